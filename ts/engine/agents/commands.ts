/**
 * What a command does. `refusalsOf` decides, with all reasons at once; `perform` says what follows. Nothing is said of a
 * command that is refused, except that it was.
 */
import { linkEnds } from '../../dataplane/configure.ts';
import { nicOf } from '../../dataplane/configure-nic.ts';
import { tableSizes } from '../../dataplane/sizing.ts';
import { type Command, parseCommand } from '../../model/commands/command.ts';
import type { EventData, Position } from '../../model/events/events.ts';
import { familyOf, PF } from '../../model/hardware/nic.ts';
import { type Endpoint, type Firewall, splitEndpoint } from '../../model/lab/lab.ts';
import { interfaceAt, type LabIndex, nodeNamed } from '../../model/lab/lab-index.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import type { Turn } from '../turn.ts';
import { setHaProcess, startHa } from './ha/ha.ts';
import { startPacketIo } from './packet-io/packet-io.ts';
import { connectGuest, followSwitch } from './packet-io/vhost.ts';
import { announceGuest, setCarrier } from './ports/carrier.ts';
import { changeMacs, startFirewall } from './ports/mac-option.ts';
import { bind, impair, secure, setPortState } from './ports/switch-port.ts';
import { packetIoRefusals, performPacketIo } from './sr-iov/devices.ts';
import { setLinkSpeed, speedRefusals } from './sr-iov/link-speed.ts';
import {
  configureVf,
  detectMaliciousDriver,
  enableVf,
  reloadDriver,
  sendByHand,
  setBridgeMode,
  setPfPromiscuous,
  vfRefusals,
} from './sr-iov/pf.ts';
import { isThere } from './sr-iov/vf-channel.ts';
import { setVfCount, vfCountRefusals } from './sr-iov/vf-count.ts';
import { askForMac, startDrivers } from './sr-iov/vf-driver.ts';

type Of<V extends Command['verb']> = Extract<Command, { verb: V }>;

/** Rule MAC-11: platforms whose fabric decides; the option does not exist there. */
const PLATFORMS_WITHOUT_OPTION: readonly string[] = ['aws', 'azure', 'gcp', 'oci'];

/** Rule MBX-01. */
const MAILBOX_WORDS = 16;

/** Handles a command's text: accepts or refuses it, and says what follows. */
export function handleCommand(turn: Turn, text: string, cause: Position): void {
  const parsed = parseCommand(text);
  const reasons = 'error' in parsed ? [parsed.error] : refusalsOf(parsed.command, turn.index, turn.state);
  if ('error' in parsed || reasons.length > 0) {
    turn.say('CommandRefused', cause, { command: text, reasons });
    return;
  }
  perform(turn, parsed.command, turn.say('CommandAccepted', cause, { command: text }));
}

/** Every reason to refuse a command; none when it may be done. */
export function refusalsOf(command: Command, index: LabIndex, state: Readonly<LabState>): string[] {
  switch (command.verb) {
    case 'crash':
    case 'power-on':
      return nodeRefusals(index, state, command);
    case 'link':
      return linkRefusals(index, state, command);
    case 'set':
      return policyRefusals(index, command);
    case 'commit':
      return firewallRefusals(index, command.node, optionRefusals);
    case 'license':
      return firewallRefusals(index, command.node, () => []);
    case 'ha-process':
      return index.ha.has(command.node) ? [] : [`${command.node} is in no HA pair`];
    case 'edit-mac':
      return [...macRefusals(index, command.endpoint), ...editRefusals(index, state, command.endpoint)];
    case 'guest-mac':
      return nodeNamed(index, splitEndpoint(command.endpoint).node)?.kind === 'firewall'
        ? ['a firewall chooses its MAC by commit use-hypervisor-mac, not as a guest']
        : macRefusals(index, command.endpoint);
    case 'impair':
      return linkEnds(index, command.endpoint) === null ? [`no link at ${command.endpoint}`] : [];
    case 'inspect-arp':
      return switchRefusals(index, command.node);
    case 'bind':
      return bindingRefusals(index, state, command);
    case 'secure':
      return portRefusals(index, command.endpoint) ?? switchRefusals(index, splitEndpoint(command.endpoint).node);
    case 'port':
      return portRefusals(index, command.endpoint) ?? [];
    case 'ip-vf':
      return vfRefusals(index, state, command.endpoint, command.change);
    case 'numvfs':
      return vfCountRefusals(index, state, command.endpoint, command.vfs);
    case 'link-speed':
      return speedRefusals(index, command.endpoint, command.mbps);
    case 'ip-promisc':
    case 'bridge-mode':
    case 'vf':
    case 'vf-request':
      return nicRefusals(index, state, command);
    case 'packet-io':
    case 'migrate':
    case 'unplug':
    case 'plug':
    case 'assign':
    case 'release':
      return packetIoRefusals(command, index, state);
  }
}

/** A cable without a NIC at its end stays down (rule IOM-02). */
function linkRefusals(index: LabIndex, state: Readonly<LabState>, { endpoint, up }: Of<'link'>): string[] {
  const ends = linkEnds(index, endpoint);
  if (ends === null) return [`no link at ${endpoint}`];
  return ends.filter((end) => up && state.drivers[end]?.isPlugged === false).map((end) => `${end} is unplugged`);
}

function switchRefusals(index: LabIndex, name: string): string[] {
  const kind = nodeNamed(index, name)?.kind;
  return kind === 'switch' || kind === 'bridge' ? [] : [`${name} is not a physical switch of this lab`];
}

/** A switch holds as many bindings as its table has room for (rule DAI-01). */
function bindingRefusals(index: LabIndex, state: Readonly<LabState>, { node: name, ip, mac }: Of<'bind'>): string[] {
  const node = nodeNamed(index, name);
  if (node?.kind !== 'switch' && node?.kind !== 'bridge') return switchRefusals(index, name);
  const bindings = state.inspections[name]?.bindings ?? {};
  const most = tableSizes(index, node).neighbourSlots / 2;
  const isOneMore = mac !== null && !Object.hasOwn(bindings, ip);
  return isOneMore && Object.keys(bindings).length >= most ? [`${name} holds ${most} bindings, as many as it can`] : [];
}

/** Null when the endpoint is a port of any switch. */
function portRefusals(index: LabIndex, endpoint: Endpoint): string[] | null {
  const mode = interfaceAt(index, endpoint)?.mode;
  if (mode === undefined) return [`no interface ${endpoint}`];
  return mode === 'port' || mode === 'uplink' ? null : [`${endpoint} is not a port of a switch`];
}

function nodeRefusals(index: LabIndex, state: Readonly<LabState>, command: Of<'crash'> | Of<'power-on'>): string[] {
  const { node, verb } = command;
  if (!index.nodes.has(node)) return [`no node ${node}`];
  const running = state.nodes[node]?.power === 'running';
  if (verb === 'crash') return running ? [] : [`${node} has crashed already`];
  return running ? [`${node} is running`] : [];
}

function policyRefusals(index: LabIndex, command: Of<'set'>): string[] {
  if (nodeNamed(index, command.node)?.kind !== 'vswitch') return [`${command.node} is not a vSwitch of this lab`];
  if (command.interface === null) return [];
  const port = interfaceAt(index, `${command.node}:${command.interface}`);
  if (port === undefined) return [`${command.node} has no port ${command.interface}`];
  return port.mode === 'uplink' ? [`${command.node}:${command.interface} is an uplink: policy applies to guests' ports`] : [];
}

function firewallRefusals(index: LabIndex, name: string, more: (index: LabIndex, node: Firewall) => string[]): string[] {
  const node = nodeNamed(index, name);
  return node?.kind === 'firewall' ? more(index, node) : [`${name} is not a firewall of this lab`];
}

function optionRefusals(index: LabIndex, firewall: Firewall): string[] {
  const host = nodeNamed(index, firewall.on);
  const platform = host?.kind === 'hypervisor' ? host.platform : '';
  return PLATFORMS_WITHOUT_OPTION.includes(platform) ? ['option-not-available'] : [];
}

function macRefusals(index: LabIndex, endpoint: Endpoint): string[] {
  const iface = interfaceAt(index, endpoint);
  if (iface === undefined) return [`no interface ${endpoint}`];
  if (iface.mode === 'pf') return [`${endpoint} is a PF: its MAC is that of the device, or of the guest that has it`];
  return iface.mac === null ? [`${endpoint} is a port of a switch: it has no MAC of its own`] : [];
}

/** Requests of 10G are words of the mailbox. */
function nicRefusals(
  index: LabIndex,
  state: Readonly<LabState>,
  command: Of<'ip-promisc'> | Of<'bridge-mode'> | Of<'vf'> | Of<'vf-request'>,
): string[] {
  const endpoint = 'endpoint' in command ? command.endpoint : `${command.node}:${PF}`;
  const nic = nicOf(index, splitEndpoint(endpoint).node);
  const kind = state.functions[endpoint]?.kind;
  if (nic === null || kind === undefined) return [`${endpoint} is no function of a NIC of this lab`];
  if ((command.verb === 'vf' || command.verb === 'vf-request') !== (kind === 'vf'))
    return [`${endpoint} is a ${kind.toUpperCase()}`];
  if (kind === 'vf' && !isThere(state, endpoint)) return [`${endpoint} is not enabled`];
  if (command.verb === 'vf' && command.action === 'reload' && !index.peers.has(endpoint)) return [`nobody uses ${endpoint}`];
  if (command.verb === 'vf' && command.action !== 'reload' && familyOf(nic.model) === '10g') {
    return [`${nic.name} is a NIC of 10G: its PF disables no VFs`];
  }
  const isMailbox = command.verb === 'vf-request' && familyOf(nic.model) === '10g';
  const isWord = (word: string) => /^[0-9a-f]{1,8}$/i.test(word);
  return isMailbox && (command.words.length > MAILBOX_WORDS || !command.words.every(isWord))
    ? ['a mailbox request is up to 16 words of hexadecimal digits']
    : [];
}

/** Verbs of NICs; false for any other. */
function performOnNic(turn: Turn, command: Command, cause: Position): boolean {
  switch (command.verb) {
    case 'ip-vf':
      configureVf(turn, command.endpoint, command.change, cause);
      return true;
    case 'ip-promisc':
      setPfPromiscuous(turn, splitEndpoint(command.endpoint).node, command.on, cause);
      return true;
    case 'bridge-mode':
      setBridgeMode(turn, command.node, command.mode, cause);
      return true;
    case 'numvfs':
      setVfCount(turn, command.endpoint, command.vfs, cause);
      return true;
    case 'link-speed':
      setLinkSpeed(turn, command.endpoint, command.mbps, cause);
      return true;
    case 'vf':
      if (command.action === 'reload') reloadDriver(turn, command.endpoint, cause);
      else if (command.action === 'enable') enableVf(turn, command.endpoint, cause);
      else detectMaliciousDriver(turn, command.endpoint, cause);
      return true;
    case 'vf-request':
      sendByHand(turn, command.endpoint, command.words, cause);
      return true;
    default:
      return false;
  }
}

/** A VF's MAC is the PF's to give (rule VF-08). */
function editRefusals(index: LabIndex, state: Readonly<LabState>, endpoint: Endpoint): string[] {
  const peer = index.peers.get(endpoint) ?? '';
  const isVf = state.functions[peer]?.kind === 'vf';
  return isVf ? [`${endpoint} is ${peer}: its MAC is set with ip link set ${splitEndpoint(peer).node}:${PF} vf N mac`] : [];
}

function perform(turn: Turn, command: Command, cause: Position): void {
  if (performOnNic(turn, command, cause)) return;
  switch (command.verb) {
    case 'packet-io':
    case 'migrate':
    case 'unplug':
    case 'plug':
    case 'assign':
    case 'release':
      performPacketIo(turn, command, cause);
      return;
    case 'crash':
    case 'power-on':
      setPower(turn, command.node, command.verb === 'power-on', cause);
      return;
    case 'link':
      setLink(turn, command.endpoint, command.up, cause);
      return;
    case 'set':
      turn.say('PolicyChanged', cause, {
        node: command.node,
        interface: command.interface ?? '',
        setting: command.setting,
        accept: command.accept,
      });
      return;
    case 'commit':
      commitOption(turn, command, cause);
      return;
    case 'license':
      setBase(turn, command, cause);
      return;
    case 'ha-process':
      setProcess(turn, command, cause);
      return;
    case 'edit-mac':
      editMac(turn, command, cause);
      return;
    case 'guest-mac':
      setGuestMac(turn, command.endpoint, command.mac, cause);
      return;
    case 'impair':
      impair(turn, command.endpoint, command.change, cause);
      return;
    case 'inspect-arp':
      inspectArp(turn, command, cause);
      return;
    case 'bind':
      bind(turn, command.node, command.ip, command.mac, cause);
      return;
    case 'secure':
      secure(turn, command.endpoint, command.change, cause);
      return;
    case 'port':
      setPortState(turn, command.endpoint, command.state, 'operator', cause);
      return;
  }
}

function inspectArp(turn: Turn, { node, enabled }: Of<'inspect-arp'>, cause: Position): void {
  if ((turn.state.inspections[node]?.isEnabled ?? false) === enabled) return;
  turn.say('ArpInspectionChanged', cause, { node, enabled });
}

/** A hypervisor takes everything that runs on it along. */
function setPower(turn: Turn, node: string, on: boolean, cause: Position): void {
  const guests = turn.index.lab.nodes.filter((guest) => 'on' in guest && guest.on === node).map(({ name }) => name);
  for (const name of [node, ...guests]) {
    if ((turn.state.nodes[name]?.power === 'running') === on) continue;
    const position = turn.say('NodePowerChanged', cause, { node: name, power: on ? 'running' : 'crashed' });
    followSwitch(turn, name, on, position);
    if (on) {
      connectGuest(turn, name, position);
      startNode(turn, name, position);
      announceGuest(turn, name, position);
    } else {
      turn.forget(name);
    }
  }
}

/** What a node does when it gets power: at the lab's beginning, and after a crash. */
export function startNode(turn: Turn, name: string, cause: Position): void {
  startPacketIo(turn, name, cause);
  startDrivers(turn, name, cause);
  if (nodeNamed(turn.index, name)?.kind !== 'firewall') return;
  startFirewall(turn, name, cause);
  startHa(turn, name, cause);
}

function setLink(turn: Turn, endpoint: Endpoint, up: boolean, cause: Position): void {
  for (const end of linkEnds(turn.index, endpoint) ?? []) setCarrier(turn, end, up, cause);
}

/** Rule MAC-09: a commit that changes nothing says nothing. */
function commitOption(turn: Turn, command: Of<'commit'>, cause: Position): void {
  const { node, useHypervisorMac } = command;
  if (turn.state.options[node]?.useHypervisorMac === useHypervisorMac) return;
  const position = turn.say('MacOptionChanged', cause, { node, useHypervisorMac });
  changeMacs(turn, node, useHypervisorMac ? 'option-on' : 'option-off', position);
}

/** Rule MAC-06: a licence is itself a MAC change. */
function setBase(turn: Turn, command: Of<'license'>, cause: Position): void {
  const { node, vmMacBase } = command;
  changeMacs(turn, node, 'license', turn.say('MacBaseChanged', cause, { node, vmMacBase }));
}

function setProcess(turn: Turn, command: Of<'ha-process'>, cause: Position): void {
  const { node, running } = command;
  setHaProcess(turn, node, running, turn.say('HaProcessChanged', cause, { node, running }));
}

/** Rule MAC-10: the host changes the vNIC; a firewall follows only with the option on. */
function editMac(turn: Turn, command: Of<'edit-mac'>, cause: Position): void {
  const { node } = splitEndpoint(command.endpoint);
  const isFirewall = nodeNamed(turn.index, node)?.kind === 'firewall';
  const which = isFirewall ? (['initial', 'effective'] as const) : (['initial', 'effective', 'used'] as const);
  setMacs(turn, command.endpoint, command.mac, which, 'hypervisor-edit', cause);
  if (isFirewall) changeMacs(turn, node, 'hypervisor-edit', cause);
}

/** On a VF the guest must ask (rules MBX-03, VCH-03); refused, it keeps what it has. */
function setGuestMac(turn: Turn, endpoint: Endpoint, mac: string, cause: Position): void {
  if (turn.state.interfaces[endpoint]?.effectiveMac === mac || !askForMac(turn, endpoint, mac, cause)) return;
  setMacs(turn, endpoint, mac, ['effective', 'used'], 'guest-os', cause);
}

function setMacs(
  turn: Turn,
  endpoint: Endpoint,
  mac: string,
  which: readonly EventData['MacAddressChanged']['which'][],
  why: EventData['MacAddressChanged']['cause'],
  cause: Position,
): void {
  const { node, name } = splitEndpoint(endpoint);
  for (const one of which) {
    const old = turn.state.interfaces[endpoint]?.[`${one}Mac`] ?? '';
    if (old === mac) continue;
    turn.say('MacAddressChanged', cause, { node, interface: name, which: one, old, new: mac, cause: why });
  }
}
