/**
 * The network as linear memory has it, read through the control door; and the same network as recorded state has it. Two ways
 * to one plain shape, so that a test can say they are equal and, where they are not, which value of which interface.
 *
 * Positions are compared too: everything in linear memory names the event behind it. Recorded state keeps one position per
 * node, neighbour and HA unit; for ports, where linear memory keeps four, `Provenance` counts them from the events alone.
 */
import * as L from '../../asm/memory/layout.ts';
import * as N from '../../asm/memory/nic-layout.ts';
import { addressOf } from '../../ts/dataplane/address-door.ts';
import { addressesInMemory } from '../../ts/dataplane/configure-nic.ts';
import type { Engine } from '../../ts/engine/engine.ts';
import type { EventData, LabEvent, Position } from '../../ts/model/events/events.ts';
import { type Endpoint, endpointOf } from '../../ts/model/lab/endpoint.ts';
import type { LabInterface } from '../../ts/model/lab/interfaces.ts';
import { indexLab, type LabIndex, nodeNamed } from '../../ts/model/lab/lab-index.ts';
import { movedTo } from '../../ts/model/lab/migration.ts';
import type { LabNode, VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import type { LabState } from '../../ts/model/state/lab-state.ts';
import { neighbourKey } from '../../ts/model/state/neighbour-state.ts';
import { effectivePolicy, policyField } from '../../ts/model/state/switch-state.ts';
import type { FunctionState } from '../../ts/model/state/vf-state.ts';
import { macFromNumber } from '../../ts/values/mac.ts';

/** Positions of the events behind what a port is. */
interface PortCauses {
  link: Position;
  policy: Position;
  mac: Position;
  guest: Position;
}

interface PortFacts {
  readonly isUp: boolean;
  /** 'forwarding', 'blocked' or 'disabled'. */
  readonly state: string;
  readonly isActiveUplink: boolean;
  /** Port of a physical switch: exempt from ARP inspection. */
  readonly isTrusted: boolean;
  readonly vlan: number;
  readonly initialMac: string;
  readonly effectiveMac: string;
  readonly usedMac: string;
  /** vSwitch ports only; null elsewhere. */
  readonly policy: VSwitchPolicy | null;
  /** vSwitch ports only: whether the guest asked for promiscuous reception. */
  readonly guestPromiscuous: boolean;
  readonly causes: PortCauses;
}

interface Neighbour {
  readonly ip: string;
  readonly mac: string;
  readonly interface: string;
  readonly since: Position;
}

interface NodeFacts {
  readonly isRunning: boolean;
  readonly powerSince: Position;
  /** Null outside HA pairs. */
  readonly ha: { readonly isActive: boolean; readonly since: Position } | null;
  /** Resolved entries, by `neighbourKey`; on a switch that inspects ARP, its bindings. */
  readonly neighbours: Readonly<Record<string, Neighbour>>;
  /** Other ends of PPPoE sessions that are open, by interface and number. */
  readonly sessions: Readonly<Record<string, Neighbour>>;
  /** What a vSwitch knows of its guests, by "vlan mac": the ports that have it, or "several", and the event behind it. */
  readonly guests: Readonly<Record<string, { readonly port: string; readonly since: Position }>>;
}

/** A PF or VF: what its pool is. */
interface FunctionFacts {
  readonly receives: boolean;
  readonly transmits: boolean;
  readonly checksSources: boolean;
  readonly mode: Readonly<Record<string, boolean>>;
  readonly portVlan: number;
  readonly vlans: readonly number[];
  readonly queues: number;
  readonly enabledQueues: number;
  /** Exact addresses and the events behind them. */
  readonly addresses: Readonly<Record<string, Position>>;
}

interface NicFacts {
  readonly bridgeMode: string;
  readonly isOpen: boolean;
  readonly multicast: readonly number[];
}

export interface Network {
  readonly functions: Readonly<Record<Endpoint, FunctionFacts>>;
  readonly nics: Readonly<Record<string, NicFacts>>;
  readonly nodes: Readonly<Record<string, NodeFacts>>;
  readonly ports: Readonly<Record<Endpoint, PortFacts>>;
}

const STATIC = 0xffff_ffff_ffff_ffffn;
const PORT_MASK = 0x7fff_ffff;
const SEVERAL = 'several';

// ── From linear memory ──────────────────────────────────────────────────────────────────────────────────────────────

/** What the data plane holds now. */
export function readBack(engine: Engine): Network {
  const { lab } = engine.lab;
  const functions = lab.interfaces.filter(({ mode }) => mode === 'pf' || mode === 'vf').map(endpointOf);
  const nics = lab.nodes.filter(({ kind }) => kind === 'nic');
  return {
    functions: Object.fromEntries(functions.map((endpoint) => [endpoint, functionInMemory(engine, endpoint)])),
    nics: Object.fromEntries(nics.map(({ name }) => [name, nicInMemory(engine, name)])),
    nodes: Object.fromEntries(lab.nodes.map(({ name }, id) => [name, nodeInMemory(engine, id)])),
    ports: Object.fromEntries(lab.interfaces.map((iface, id) => [endpointOf(iface), portInMemory(engine, iface, id)])),
  };
}

function nodeInMemory(engine: Engine, id: number): NodeFacts {
  const { control } = engine.dataplane;
  const { lab, ha } = engine.lab;
  const name = lab.nodes[id]?.name ?? '';
  const node = control.readNode(id);
  const neighbours: Record<string, Neighbour> = {};
  const sessions: Record<string, Neighbour> = {};
  for (const row of engine.dataplane.rows((start) => control.readNeighbours(id, start))) {
    if (row.resolved === 0 && row.session === 0) continue;
    const [address, iface] = [addressOf(row), lab.interfaces[row.port]?.name ?? ''];
    const mac = macFromNumber(Number(row.mac));
    const entry = { ip: address, mac, interface: iface, since: row.cause };
    if (row.session === 0) neighbours[neighbourKey(address, iface)] = entry;
    else sessions[`${iface} ${row.session}`] = entry;
  }
  const guests: Record<string, NodeFacts['guests'][string]> = {};
  for (const row of knowsGuests(lab.nodes[id]) ? engine.dataplane.rows((start) => control.readFdb(id, start)) : []) {
    if (row.seenNs !== STATIC) continue;
    const port = row.port > PORT_MASK ? SEVERAL : (lab.interfaces[row.port]?.name ?? '');
    guests[`${row.vlan} ${macText(row.mac)}`] = { port, since: row.cause };
  }
  return {
    isRunning: node.power === 1,
    powerSince: node.powerCause,
    ha: ha.has(name) ? { isActive: node.haActive === 1, since: node.haCause } : null,
    neighbours,
    sessions,
    guests,
  };
}

function portInMemory(engine: Engine, iface: LabInterface, id: number): PortFacts {
  const port = engine.dataplane.control.readPort(id);
  const has = (flag: number) => (port.portFlags & flag) !== 0;
  const isGuestPort = isVSwitchPort(engine.lab, iface);
  return {
    isUp: has(L.PORT_UP),
    state: has(L.PORT_BLOCKED) ? 'blocked' : has(L.PORT_DISABLED) ? 'disabled' : 'forwarding',
    isActiveUplink: has(L.PORT_ACTIVE_UPLINK),
    isTrusted: has(L.PORT_TRUSTED),
    vlan: port.vlan,
    initialMac: macText(port.initialMac),
    effectiveMac: macText(port.effectiveMac),
    usedMac: macText(port.usedMac),
    policy: isGuestPort
      ? { promiscuous: has(L.PORT_PROMISCUOUS), macChanges: has(L.PORT_MAC_CHANGES), forgedTransmits: has(L.PORT_FORGED) }
      : null,
    guestPromiscuous: has(L.PORT_GUEST_PROMISCUOUS),
    causes: { link: port.linkCause, policy: port.policyCause, mac: port.macCause, guest: port.guestCause },
  };
}

function functionInMemory(engine: Engine, endpoint: Endpoint): FunctionFacts {
  const port = engine.lab.interfaces.get(endpoint) ?? 0;
  const { poolFlags, portVlan, queues, enabledQueues } = engine.dataplane.control.readPool(port);
  const has = (flag: number) => (poolFlags & flag) !== 0;
  const addresses = addressesInMemory(engine.dataplane, engine.lab, endpoint);
  return {
    receives: has(N.POOL_RX),
    transmits: has(N.POOL_TX),
    checksSources: has(N.POOL_SPOOF_CHECK),
    mode: {
      broadcast: has(N.POOL_BROADCAST),
      multicast: has(N.POOL_MULTICAST_HASH),
      allMulticast: has(N.POOL_ALL_MULTICAST),
      promiscuous: has(N.POOL_PROMISCUOUS),
    },
    portVlan,
    vlans: [...engine.dataplane.control.readPoolVlans(port)],
    queues,
    enabledQueues,
    addresses: Object.fromEntries(addresses.map(({ mac, cause }) => [mac, cause])),
  };
}

function nicInMemory(engine: Engine, name: string): NicFacts {
  const node = engine.lab.nodes.get(name) ?? 0;
  const { nicFlags } = engine.dataplane.control.readNic(node);
  return {
    bridgeMode: (nicFlags & N.NIC_VEPA) !== 0 ? 'vepa' : 'veb',
    isOpen: (nicFlags & N.NIC_OPEN) !== 0,
    multicast: [...engine.dataplane.control.readMulticast(node)],
  };
}

/** Zero is no address, in linear memory; in recorded state that is ''. */
function macText(value: bigint): string {
  return value === 0n ? '' : macFromNumber(Number(value));
}

function macOrNone(mac: string | undefined): string {
  return mac === undefined || mac === '00:00:00:00:00:00' ? '' : mac;
}

// ── From recorded state ─────────────────────────────────────────────────────────────────────────────────────────────

/** What linear memory should hold, given recorded state and the positions that the events themselves tell. */
export function recordedNetwork(state: LabState, provenance: Provenance): Network {
  if (state.lab === null) return { nodes: {}, ports: {}, functions: {}, nics: {} };
  const { index } = provenance;
  return {
    functions: Object.fromEntries(Object.entries(state.functions).map(([endpoint, one]) => [endpoint, functionOnRecord(one)])),
    nics: Object.fromEntries(Object.keys(state.nics).map((name) => [name, nicOnRecord(state, index, name)])),
    nodes: Object.fromEntries(state.lab.nodes.map(({ name }) => [name, nodeOnRecord(state, provenance, name)])),
    ports: Object.fromEntries(
      state.lab.interfaces.map((iface) => [endpointOf(iface), portOnRecord(state, index, iface, provenance.of(endpointOf(iface)))]),
    ),
  };
}

function nodeOnRecord(state: LabState, provenance: Provenance, name: string): NodeFacts {
  const { power, since } = state.nodes[name] ?? { power: '', since: 0 };
  const ha = state.ha[name];
  return {
    isRunning: power === 'running',
    powerSince: since,
    ha: ha === undefined ? null : { isActive: ha.state === 'active', since: ha.since },
    neighbours: { ...state.neighbours[name], ...bindingsOnRecord(state, provenance, name) },
    sessions: sessionsOnRecord(state, name),
    guests: guestsOnRecord(state, provenance, name),
  };
}

/** Rule LEASE-06: a session is known by both MACs and its number. */
function sessionsOnRecord(state: LabState, name: string): Record<string, Neighbour> {
  const own = Object.entries(state.pppoe).filter(([endpoint]) => endpoint.startsWith(`${name}:`));
  return Object.fromEntries(
    own.flatMap(([endpoint, sessions]) => {
      const iface = endpoint.slice(name.length + 1);
      return Object.values(sessions).map(({ session, peer, peerIp, since }) => [
        `${iface} ${session}`,
        { ip: peerIp, mac: peer, interface: iface, since },
      ]);
    }),
  );
}

/** Rule DAI-01: bindings lie in the neighbour table of the switch, on its first port. */
function bindingsOnRecord(state: LabState, provenance: Provenance, name: string): Record<string, Neighbour> {
  const first = provenance.index.byNode.get(name)?.[0]?.name ?? '';
  const bindings = Object.entries(state.inspections[name]?.bindings ?? {});
  const bound = ([ip, mac]: [string, string]): Neighbour => ({ ip, mac, interface: first, since: provenance.ofBinding(name, ip) });
  return Object.fromEntries(bindings.map((binding) => [neighbourKey(binding[0], first), bound(binding)]));
}

/** Rule VSW-01: a vSwitch knows the effective MACs of its guests, per VLAN of their ports. */
function guestsOnRecord(state: LabState, provenance: Provenance, name: string): NodeFacts['guests'] {
  const guests: Record<string, { port: string; since: Position }> = {};
  for (const port of provenance.index.byNode.get(name) ?? []) {
    if (!isVSwitchPort(provenance.index, port)) continue;
    const guest = state.interfaces[provenance.index.peers.get(endpointOf(port)) ?? ''];
    if (guest === undefined || macOrNone(guest.effectiveMac) === '') continue;
    const key = `${port.vlan} ${guest.effectiveMac}`;
    const since = provenance.ofEffectiveMac(endpointOf(port));
    const other = guests[key];
    guests[key] = { port: other === undefined ? port.name : SEVERAL, since: Math.max(since, other?.since ?? 0) };
  }
  return guests;
}

/** Rules VF-07, VF-11, VF-13, MBX-06, MBX-07: what the settings of a function come to. */
function functionOnRecord(one: FunctionState): FunctionFacts {
  const { config, mode, vlans, queues, enabledQueues, addresses } = one;
  const works = one.status === 'ready' && config.linkState !== 'disable';
  return {
    receives: works && !one.isRxOff,
    transmits: works,
    checksSources: config.spoofCheck && !one.isSpoofCheckSuspended,
    mode: { ...mode },
    portVlan: config.vlan === 0 ? 0 : config.vlan + config.qos * 8192,
    vlans,
    queues,
    enabledQueues,
    addresses,
  };
}

function nicOnRecord(state: LabState, index: LabIndex, name: string): NicFacts {
  const pf = `${name}:pf`;
  const users = [pf, index.peers.get(pf) ?? ''];
  return {
    bridgeMode: state.nics[name]?.bridgeMode ?? '',
    isOpen: users.some((user) => state.interfaces[user]?.requestsPromiscuous ?? false),
    multicast: state.nics[name]?.multicast ?? [],
  };
}

function portOnRecord(state: LabState, index: LabIndex, iface: LabInterface, causes: PortCauses): PortFacts {
  const endpoint = endpointOf(iface);
  const own = state.interfaces[endpoint];
  const isGuestPort = isVSwitchPort(index, iface);
  const guest = isGuestPort ? state.interfaces[index.peers.get(endpoint) ?? ''] : undefined;
  return {
    isUp: own?.isUp ?? false,
    state: own?.portState ?? '',
    isActiveUplink:
      iface.mode === 'uplink' && (state.uplinks[iface.node] === iface.name || state.teamUplinks[endpoint]?.isUsed === true),
    isTrusted: own?.security?.trusted ?? false,
    vlan: iface.vlan,
    initialMac: macOrNone(isGuestPort ? guest?.initialMac : own?.initialMac),
    effectiveMac: macOrNone(isGuestPort ? guest?.effectiveMac : own?.effectiveMac),
    usedMac: macOrNone(isGuestPort ? guest?.effectiveMac : own?.usedMac),
    policy: isGuestPort ? effectivePolicy(state, iface.node, endpoint) : null,
    guestPromiscuous: guest?.requestsPromiscuous ?? false,
    causes,
  };
}

function isVSwitchPort(index: LabIndex, iface: LabInterface): boolean {
  return iface.mode === 'port' && knowsGuests(nodeNamed(index, iface.node));
}

/** Rules VSW-01, HA-22: a vSwitch and a cloud's fabric. */
function knowsGuests(node: LabNode | undefined): boolean {
  return node?.kind === 'vswitch' || (node?.kind === 'switch' && node.fabric !== undefined);
}

/** For every port, the last event that concerned its carrier, policy, addresses and guest: a fold of its own. */
export class Provenance {
  #index: LabIndex | null = null;
  /** Who has which device of a host, of those that changed hands. */
  readonly #devices: Record<Endpoint, Endpoint> = {};
  readonly #causes = new Map<Endpoint, PortCauses>();
  readonly #overrides = new Set<string>();
  readonly #bindings = new Map<string, Position>();
  readonly #effectiveMacs = new Map<Endpoint, string>();
  readonly #effectiveSince = new Map<Endpoint, Position>();

  get index(): LabIndex {
    if (this.#index === null) throw new Error('no lab is defined yet');
    return this.#index;
  }

  of(endpoint: Endpoint): PortCauses {
    return this.#causes.get(endpoint) ?? { link: 0, policy: 0, mac: 0, guest: 0 };
  }

  /** The last event that gave the guest of a vSwitch port another effective MAC, or put another guest there. */
  ofEffectiveMac(port: Endpoint): Position {
    return this.#effectiveSince.get(port) ?? 1;
  }

  ofBinding(node: string, ip: string): Position {
    return this.#bindings.get(`${node} ${ip}`) ?? 1;
  }

  add(event: LabEvent): void {
    const { position } = event;
    if (event.type === 'LabDefined') this.#define(event.data.definition);
    if (event.type === 'InterfaceLinkChanged') this.#set(at(event.data), 'link', position);
    if (event.type === 'MacAddressChanged') {
      this.#changeMac(event.data, position);
    }
    if (event.type === 'PromiscuousChanged') this.#setBefore(at(event.data), 'guest', position);
    if (event.type === 'PolicyChanged') this.#changePolicy(event.data, position);
    if (event.type === 'PortStateChanged' || event.type === 'PortSecurityChanged') this.#set(at(event.data), 'policy', position);
    if (event.type === 'ArpBindingChanged') this.#bindings.set(`${event.data.node} ${event.data.ip}`, position);
    if (event.type === 'CloudAddressMoved') this.#bindings.set(`${event.data.node} ${event.data.ip}`, position);
    if (event.type === 'DeviceAssigned' || event.type === 'DeviceReleased') this.#replug(event);
    if (event.type === 'GuestMigrated') this.#move(event);
    if (event.type === 'TeamUplinkChanged') this.#set(`${event.data.node}:${event.data.interface}`, 'policy', position);
    if (event.type === 'UplinkChanged') {
      this.#set(`${event.data.node}:${event.data.from}`, 'policy', position);
      this.#set(`${event.data.node}:${event.data.to}`, 'policy', position);
    }
  }

  #define(definition: string): void {
    const index = indexLab(JSON.parse(definition) as LabIndex['lab']);
    this.#index = index;
    for (const iface of index.lab.interfaces) {
      this.#causes.set(endpointOf(iface), { link: 1, policy: 1, mac: 1, guest: 1 });
      this.#effectiveMacs.set(endpointOf(iface), iface.mac ?? '');
      for (const field of Object.keys(iface.policy ?? {})) this.#overrides.add(`${endpointOf(iface)} ${field}`);
    }
  }

  #replug({ type, data }: Extract<LabEvent, { type: 'DeviceAssigned' | 'DeviceReleased' }>): void {
    this.#devices[data.device] = type === 'DeviceAssigned' ? at(data) : '';
    this.#index = indexLab(this.index.lab, this.#devices);
  }

  /** The vNICs of a guest that moved are in other ports: those it left know nothing of it any more. */
  #move({ data, position }: Extract<LabEvent, { type: 'GuestMigrated' }>): void {
    const ports = (): Endpoint[] =>
      (this.index.byNode.get(data.node) ?? []).flatMap((iface) => this.index.peers.get(endpointOf(iface)) ?? []);
    const left = ports();
    this.#index = indexLab(movedTo(this.index.lab, data.node, data.to), this.#devices);
    for (const port of [...left, ...ports()]) {
      this.#set(port, 'mac', position);
      this.#set(port, 'guest', position);
      this.#effectiveSince.set(port, position);
    }
  }

  /** A used MAC concerns the vSwitch only where it is not the effective one: there it is a forged source (VSW-09). */
  #changeMac(data: EventData['MacAddressChanged'], position: Position): void {
    const endpoint = at(data);
    if (data.which === 'effective') {
      this.#effectiveMacs.set(endpoint, data.new);
      this.#effectiveSince.set(this.index.peers.get(endpoint) ?? '', position);
    }
    this.#set(endpoint, 'mac', position);
    if (data.which !== 'used' || data.new !== this.#effectiveMacs.get(endpoint)) this.#setBefore(endpoint, 'mac', position, true);
  }

  #set(endpoint: Endpoint, what: keyof PortCauses, position: Position): void {
    const causes = this.#causes.get(endpoint);
    if (causes !== undefined) causes[what] = position;
  }

  /** On the vSwitch port that an interface is plugged into, if it is; a MAC concerns a cloud's fabric, too (HA-22). */
  #setBefore(guest: Endpoint, what: keyof PortCauses, position: Position, inFabrics = false): void {
    const port = this.index.peers.get(guest);
    const node = port === undefined ? undefined : nodeNamed(this.index, port.slice(0, port.indexOf(':')));
    const isFabric = node?.kind === 'switch' && node.fabric !== undefined;
    if (port !== undefined && (node?.kind === 'vswitch' || (inFabrics && isFabric))) this.#set(port, what, position);
  }

  #changePolicy(data: EventData['PolicyChanged'], position: Position): void {
    const field = policyField(data.setting);
    for (const port of this.index.byNode.get(data.node) ?? []) {
      const endpoint = endpointOf(port);
      if (port.mode !== 'port') continue;
      if (data.interface === port.name) this.#overrides.add(`${endpoint} ${field}`);
      else if (data.interface !== '' || this.#overrides.has(`${endpoint} ${field}`)) continue;
      this.#set(endpoint, 'policy', position);
    }
  }
}

function at(data: { readonly node: string; readonly interface: string }): Endpoint {
  return `${data.node}:${data.interface}`;
}
