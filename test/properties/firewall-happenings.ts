/** What happens to a random lab of firewalls: operators' commands, packets that open sessions or belong to none, carriers. */
import type { Input } from '../../ts/engine/input.ts';
import { defineInput } from '../../ts/engine/script.ts';
import { type Endpoint, endpointOf } from '../../ts/model/lab/endpoint.ts';
import type { LabInterface } from '../../ts/model/lab/interfaces.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import type { Ipv4 } from '../../ts/values/ipv4-address.ts';
import { type Mac, macFromNumber, macToNumber } from '../../ts/values/mac.ts';
import { arpRequest, emitArpFrame, garpRequest } from '../../ts/wire/arp.ts';
import { pingFrame, plainFrame, strangerMac } from '../support/frames.ts';
import { datagram, type Flags, segment, unreachable, type Way } from '../support/transport.ts';
import type { FirewallHappening, PacketRecipe } from './firewall-recipe.ts';
import { namesOf, pick, QUIET_NS } from './random-lab.ts';

const MS = 1_000_000;

/** From the definition to the end of the quiet time. */
export function firewallInputs(lab: Lab, happenings: readonly FirewallHappening[], busyMs: number): Input[] {
  const inputs: Input[] = [defineInput(lab)];
  for (const one of [...happenings].sort((a, b) => a.atMs - b.atMs)) {
    inputs.push({ type: 'TimeAdvanced', data: { toNs: one.atMs * MS } }, inputOf(lab, one));
  }
  for (const toNs of [busyMs * MS, QUIET_NS, QUIET_NS]) inputs.push({ type: 'TimeAdvanced', data: { toNs } });
  return inputs;
}

function inputOf(lab: Lab, one: FirewallHappening): Input {
  if (one.kind === 'command')
    return { type: 'CommandReceived', data: { command: commandOf(lab, one.verb, one.target, one.value) } };
  const { node, name } = pick(lab.interfaces, one.port);
  if (one.kind === 'carrier') return { type: 'CarrierReported', data: { node, interface: name, up: one.up } };
  // Most packets reach a firewall's own interface, as a station at its cable sends them.
  const own = lab.interfaces.filter(
    (iface) => iface.node.startsWith('fw') && iface.mode === 'layer3' && iface.parent === undefined,
  );
  const at = one.port % 4 === 3 ? { node, name } : pick(own, one.port);
  const frames = one.packets.map((packet) => ({ afterNs: packet.afterUs * 1000, bytes: frameOf(lab, at, packet) }));
  return { type: 'FramesReceived', data: { node: at.node, interface: at.name, frames } };
}

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────────

function commandOf(lab: Lab, verb: number, target: number, value: number): string {
  const families = [nodeCommands, lineCommands, haCommands, configCommands, trafficCommands, macCommands];
  return pick(
    families.flatMap((family) => family(lab, target, value)),
    verb,
  );
}

function nodeCommands(lab: Lab, target: number): string[] {
  const node = pick(lab.nodes, target).name;
  const firewall = pick(namesOf(lab, 'firewall', 'fw1'), target);
  return [`crash ${node}`, `power-on ${node}`, `crash ${firewall}`, `power-on ${firewall}`, `power-on ${firewall}`];
}

function lineCommands(lab: Lab, target: number, value: number): string[] {
  const any = endpointOf(pick(lab.interfaces, target));
  const cabled = pick(lab.links, target).a;
  return [
    `link down ${any}`,
    `link up ${any}`,
    `link down ${cabled}`,
    `link up ${cabled}`,
    `impair ${cabled} loss ${value % 40}% jitter ${value}us`,
    `impair ${cabled} loss 100%`,
    `impair ${cabled} corruption ${value % 20}% delay ${value}us`,
    `impair ${cabled} reset`,
    `port s1:p${1 + (target % 6)} ${value & 8 ? 'block' : 'unblock'}`,
    `secure s1:p${1 + (target % 6)} mac-limit ${value % 4} arp-limit ${value % 5} violation ${value & 8 ? 'drop' : 'shutdown'}`,
  ];
}

function haCommands(lab: Lab, target: number, value: number): string[] {
  const firewall = pick(
    namesOf(lab, 'firewall', 'fw1').filter((name) => name.startsWith('fw')),
    target,
  );
  const link = pick(['ha1', 'ha1-b', 'ha2', 'ha1'], value);
  return [
    `suspend ${firewall}`,
    `functional ${firewall}`,
    `functional ${firewall}`,
    `ha-process ${firewall} stop`,
    `ha-process ${firewall} start`,
    `link down ${firewall}:${link}`,
    `link up ${firewall}:${link}`,
  ];
}

function configCommands(lab: Lab, target: number, value: number): string[] {
  const firewall = pick(namesOf(lab, 'firewall', 'fw1'), target);
  const routed = pick(
    lab.interfaces.filter(({ node, ipv4 }) => node.startsWith('fw') && ipv4.length > 0),
    target,
  );
  const path = `set ${routed.node} interface/${routed.name}`;
  const network = routed.ipv4[0]?.address.split('.')[2] ?? '0';
  return [
    `${path}/mtu ${pick([600, 1000, 1400, 1500], value)}`,
    `${path}/ipv4 10.0.${network}.${pick([1, 2, 254], value)}/24`,
    `set ${firewall} route/10.9.0.0/16 10.0.${network}.${11 + (value % 4)}`,
    `unset ${firewall} route/10.9.0.0/16`,
    `set ${firewall} use-hypervisor-mac ${value & 8 ? 'on' : 'off'}`,
    `set ${firewall} ha/priority ${value * 2}`,
    `set ${firewall} ha/preemptive ${value & 8 ? 'on' : 'off'}`,
    `set ${firewall} ha/group ${pick([7, 7, 8], value)}`,
    `set ${firewall} ha/timers/heartbeat ${1 + (value % 3)}s`,
    `commit ${firewall}`,
    `commit ${firewall}`,
    `commit ${routed.node}`,
    `commit ${routed.node}`,
    `revert ${firewall}`,
  ];
}

function trafficCommands(lab: Lab, target: number, value: number): string[] {
  const flow = pick(lab.flows, target).name;
  const from = pick(
    lab.nodes.filter(({ kind }) => kind === 'host' || kind === 'firewall'),
    target,
  ).name;
  const firewall = pick(
    namesOf(lab, 'firewall', 'fw1').filter((name) => name.startsWith('fw')),
    target,
  );
  return [
    `session clear ${firewall}`,
    `session clear ${firewall}`,
    `session clear ${firewall} id ${1 + (value % 3)}`,
    `flow start ${flow}`,
    `flow start ${flow} rate ${1 + value} for ${1 + (value % 3)}s`,
    `flow stop ${flow}`,
    `flow rate ${flow} ${1 + value * 3}`,
    `ping ${from} ${pick(addressesOf(lab), value)} count ${1 + (value % 4)} interval 100ms`,
    `ping ${from} ${pick(addressesOf(lab), value)} count 2 size 1000`,
    `arp clear ${from}`,
  ];
}

function macCommands(lab: Lab, target: number, value: number): string[] {
  const iface = endpointOf(pick(lab.interfaces, target));
  const firewall = pick(namesOf(lab, 'firewall', 'fw1'), target);
  const mac = pick(macsOf(lab), value);
  const setting = pick(['promiscuous', 'mac-changes', 'forged-transmits'], value);
  const ports = lab.interfaces.filter(({ node, mode }) => node === 'vsw' && mode === 'port');
  const port = ports.length > 0 ? pick(ports, value).name : 'p1';
  return [
    `edit-mac ${iface} ${mac}`,
    `guest-mac ${iface} ${mac}`,
    `license ${firewall} ${macFromNumber(macToNumber(mac) - (macToNumber(mac) % 256))}`,
    `commit ${firewall} use-hypervisor-mac ${value & 8 ? 'on' : 'off'}`,
    `set vsw ${setting} ${value & 8 ? 'accept' : 'reject'}`,
    `set vsw:${port} ${setting} ${value & 8 ? 'accept' : 'reject'}`,
  ];
}

function macsOf(lab: Lab): readonly Mac[] {
  return [...lab.interfaces.flatMap(({ mac }) => (mac === null ? [] : [mac])), strangerMac(1), strangerMac(2)];
}

/** Addresses of the lab, of its pool, and one that nobody has. */
function addressesOf(lab: Lab): readonly Ipv4[] {
  const own = lab.interfaces.filter(({ mode }) => mode === 'layer3').flatMap(({ ipv4 }) => ipv4.map(({ address }) => address));
  return [...own, '10.0.1.100' as Ipv4, '10.0.1.101' as Ipv4, '10.0.0.77' as Ipv4, '192.0.2.1' as Ipv4];
}

// ── Packets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const FLAGS: readonly Flags[] = ['S', 'S', 'SA', 'A', 'F', 'R'];
const PORTS = [80, 443, 1024, 1025, 5000];

/** Bytes of a packet as a station sends it to the interface that it reaches. */
function frameOf(lab: Lab, at: Pick<LabInterface, 'node' | 'name'>, recipe: PacketRecipe): Uint8Array {
  const { shape, from, to, ports, flags, bytes, tag } = recipe;
  if (shape === 'garbage') return new Uint8Array(bytes).map((_, i) => (i * 31 + flags * (i + 7)) & 0xff);
  const macs = macsOf(lab);
  const [src, dst] = [pick(macs, from), ports % 8 === 7 ? pick(macs, to) : macOf(lab, endpointOf(at))];
  const addresses = addressesOf(lab);
  const way: Way = {
    macs: [src, dst],
    from: `${pick(addresses, from)}:${pick(PORTS, ports)}`,
    to: `${pick(addresses, to)}:${pick(PORTS, ports >> 2)}`,
  };
  return tagged(packetOf(shape, way, recipe), tag);
}

function packetOf(
  shape: Exclude<PacketRecipe['shape'], 'garbage'>,
  way: Way,
  { flags, bytes, from, to }: PacketRecipe,
): Uint8Array {
  const [src, dst] = way.macs;
  const [[sender = ''], [target = '']] = [way.from.split(':'), way.to.split(':')];
  switch (shape) {
    case 'tcp':
      return damaged(segment(way, pick(FLAGS, flags), bytes), flags);
    case 'udp':
      return damaged(datagram(way, bytes), flags);
    case 'echo':
      return damaged(pingFrame(src, dst, sender, target, bytes), flags);
    case 'error':
      return unreachable({ ...way, from: way.to, to: way.from }, flags & 1 ? datagram(way) : segment(way, 'A'));
    case 'arp': {
      const arp = flags & 1 ? garpRequest(src as Mac, sender as Ipv4) : arpRequest(src as Mac, sender as Ipv4, target as Ipv4);
      return emitArpFrame(arp);
    }
    case 'plain':
      return plainFrame(src, from & 1 ? 'ff:ff:ff:ff:ff:ff' : (dst ?? ''), to % 3 === 0 ? 10 : undefined);
    default:
      return shape satisfies never;
  }
}

/** One in eight ends its life at the next hop; one in eight is no packet: its checksum is wrong. */
function damaged(frame: Uint8Array, flags: number): Uint8Array {
  if (flags % 8 === 6) frame[22] = 1;
  else if (flags % 8 === 7) frame[24] = (frame[24] ?? 0) ^ 0xff;
  if (flags % 8 === 6) fixChecksum(frame);
  return frame;
}

/** Writes the checksum of an IPv4 header of 20 bytes again. */
function fixChecksum(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint16(24, 0);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(24, ~sum & 0xffff);
}

/** Most frames have no tag. */
function tagged(frame: Uint8Array, choice: number): Uint8Array {
  const id = [10, 20, 30, 0][choice >> 1];
  if (id === undefined || frame.length < 14) return frame;
  const bytes = new Uint8Array(frame.length + 4);
  bytes.set(frame.subarray(0, 12));
  bytes.set([0x81, 0, (choice & 1) << 5, id], 12);
  bytes.set(frame.subarray(12), 16);
  return bytes;
}

function macOf(lab: Lab, endpoint: Endpoint): Mac {
  return lab.interfaces.find((iface) => endpointOf(iface) === endpoint)?.mac ?? strangerMac(3);
}
