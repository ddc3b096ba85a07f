/**
 * Recorded state: everything a lab's log says, folded. Topology, addresses, policy, HA, neighbour caches, system log.
 *
 * `evolve` is total and never throws: the past has happened. It updates the state in place, because a fold of a million
 * events must not copy it a million times; who needs the old state clones it first. What changes per frame (tables,
 * queues, counters) is not here: that is derived state, and comes from re-execution.
 */

import type { Nanos } from '../../values/nanos.ts';
import type { EventData, EventType, LabEvent, Position } from '../events/events.ts';
import { reservedGuests } from '../lab/attachments.ts';
import { type Endpoint, endpointOf, type NodeName } from '../lab/endpoint.ts';
import type { PortSecurity } from '../lab/interfaces.ts';
import type { Lab } from '../lab/lab.ts';
import { type Impairment, UNIMPAIRED } from '../lab/links.ts';
import type { VSwitchPolicy } from '../lab/nodes.ts';
import { DEVICE_FOLDS, type DeviceStates, defineDevices } from './device-state.ts';
import { definePacketIo, PACKET_IO_FOLDS, type PacketIoStates } from './packet-io-state.ts';
import { defineFunctions, NIC_FOLDS, type NicStates } from './vf-state.ts';

export interface NodeState {
  power: 'running' | 'crashed';
  since: Position;
}

export interface InterfaceState {
  /** MAC the host assigned; '' where there is none. */
  initialMac: string;
  /** MAC the guest's driver set; starts equal. */
  effectiveMac: string;
  /** MAC the node puts into its layer-3 frames. */
  usedMac: string;
  /** 'hypervisor', 'self' or 'ha-virtual' on firewalls; '' elsewhere. */
  macSource: string;
  isUp: boolean;
  requestsPromiscuous: boolean;
  /** vSwitch port: what it overrides of the switch's policy. */
  policy: Partial<VSwitchPolicy>;
  /** Impairment of the direction that leaves it. */
  line: Impairment;
  /** Port of a physical switch: what it allows; null where nothing is limited. */
  security: PortSecurity | null;
  /** 'forwarding', 'blocked' or 'disabled'. */
  portState: string;
  /** Position of the event that last changed this interface. */
  since: Position;
}

export interface NeighbourState {
  mac: string;
  interface: string;
  since: Position;
}

export interface HaState {
  state: string;
  reason: string;
  isProcessRunning: boolean;
  isPeerKnown: boolean;
  since: Position;
}

export interface DropState {
  node: string;
  interface: string;
  reason: string;
  /** Position of the event the drops are blamed on. */
  cause: Position;
  frames: number;
}

export interface LogLine {
  position: Position;
  atNs: number;
  node: string;
  eventId: string;
  severity: string;
  text: string;
}

export interface LabState extends NicStates, PacketIoStates, DeviceStates {
  /** Position and time of the last event folded; 0 before the first. */
  position: Position;
  atNs: number;
  lab: Lab | null;
  /** Virtual time per wall time, in thousandths; 0 where time moves by steps alone. */
  pacePermille: number;
  /** Virtual time up to which time was allowed to pass. */
  horizonNs: number;
  /** Why nothing comes after this; '' while the lab lives. */
  ended: string;
  nodes: Record<NodeName, NodeState>;
  interfaces: Record<Endpoint, InterfaceState>;
  /** vSwitches. */
  policies: Record<NodeName, VSwitchPolicy>;
  /** vSwitches: the active uplink; '' when none has carrier. */
  uplinks: Record<NodeName, string>;
  /** Switches with bindings: whether they inspect ARP, and which MAC each address may have. */
  inspections: Record<NodeName, { isEnabled: boolean; bindings: Record<string, string> }>;
  /** Firewalls. */
  options: Record<NodeName, { useHypervisorMac: boolean; vmMacBase: string }>;
  /** Neighbour caches, by node and address. */
  neighbours: Record<NodeName, Record<string, NeighbourState>>;
  ha: Record<NodeName, HaState>;
  /** Runs of drops, by the position of their FrameDropped. */
  drops: Record<string, DropState>;
  /** The last SYSTEM_LOG_MAX lines, oldest first. */
  systemLog: LogLine[];
}

/** Lines of the system log kept in state; all of them are in the log of events. */
export const SYSTEM_LOG_MAX = 256;

export function initialState(): LabState {
  return {
    position: 0,
    atNs: 0,
    lab: null,
    pacePermille: 0,
    horizonNs: 0,
    ended: '',
    nodes: {},
    interfaces: {},
    policies: {},
    uplinks: {},
    inspections: {},
    options: {},
    neighbours: {},
    nics: {},
    functions: {},
    packetIo: {},
    drivers: {},
    devices: {},
    vhost: {},
    ha: {},
    drops: {},
    systemLog: [],
  };
}

type Folds = { readonly [T in EventType]?: (state: LabState, data: EventData[T], event: LabEvent) => void };

const FOLDS: Folds = {
  LabDefined: (state, data) => {
    state.pacePermille = data.pacePermille;
    defineLab(state, data.definition);
  },
  // Time never goes back, whatever a log says.
  TimeAdvanced: (state, data) => {
    state.horizonNs = Math.max(state.horizonNs, data.toNs);
  },
  RecordingStopped: (state, data) => {
    state.ended = data.reason;
  },
  EngineHalted: (state, data) => {
    state.ended = data.reason;
  },
  NodePowerChanged: (state, data, event) => {
    state.nodes[data.node] = { power: data.power === 'running' ? 'running' : 'crashed', since: event.position };
    // A unit without power holds no role and remembers no neighbour.
    state.neighbours[data.node] = {};
    const ha = state.ha[data.node];
    if (ha) state.ha[data.node] = { ...ha, state: 'initial', reason: data.power, isPeerKnown: false, since: event.position };
  },
  InterfaceLinkChanged: (state, data, event) => touch(state, data, event, { isUp: data.up }),
  InterfaceModeChanged: (state, data, event) => touch(state, data, event, { macSource: data.macSource }),
  PromiscuousChanged: (state, data, event) => touch(state, data, event, { requestsPromiscuous: data.requested }),
  MacAddressChanged: (state, data, event) => {
    if (data.which === 'initial') touch(state, data, event, { initialMac: data.new });
    if (data.which === 'effective') touch(state, data, event, { effectiveMac: data.new });
    if (data.which === 'used') touch(state, data, event, { usedMac: data.new });
  },
  MacOptionChanged: (state, data) => {
    const options = state.options[data.node];
    if (options) options.useHypervisorMac = data.useHypervisorMac;
  },
  MacBaseChanged: (state, data) => {
    const options = state.options[data.node];
    if (options) options.vmMacBase = data.vmMacBase;
  },
  LineChanged: (state, data, event) => {
    const { delayNs, jitterNs, lossPpm, corruptionPpm, rateBps } = data;
    const line = { delayNs: delayNs as Nanos, jitterNs: jitterNs as Nanos, lossPpm, corruptionPpm, rateBps };
    touch(state, data, event, { line });
  },
  PortSecurityChanged: (state, data, event) => {
    const { trusted, arpPerSecond, macLimit } = data;
    const onViolation = data.onViolation === 'shutdown' ? 'shutdown' : 'drop';
    touch(state, data, event, { security: { trusted, arpPerSecond, macLimit, onViolation } });
  },
  PortStateChanged: (state, data, event) => touch(state, data, event, { portState: data.state }),
  UplinkChanged: (state, data) => {
    state.uplinks[data.node] = data.to;
  },
  ArpInspectionChanged: (state, data) => {
    inspectionOf(state, data.node).isEnabled = data.enabled;
  },
  ArpBindingChanged: (state, data) => {
    const { bindings } = inspectionOf(state, data.node);
    if (data.new === '') delete bindings[data.ip];
    else bindings[data.ip] = data.new;
  },
  PolicyChanged: (state, data, event) => changePolicy(state, data, event),
  NeighbourUpdated: (state, data, event) => {
    let cache = state.neighbours[data.node];
    if (cache === undefined) {
      cache = {};
      state.neighbours[data.node] = cache;
    }
    if (data.new === '') delete cache[data.ip];
    else cache[data.ip] = { mac: data.new, interface: data.interface, since: event.position };
  },
  HaStateChanged: (state, data, event) => {
    const ha = state.ha[data.node];
    if (ha === undefined) return;
    // Field by field: roles change often, and a spread of the old state takes longer than the rest of the fold.
    const { isProcessRunning, isPeerKnown } = ha;
    state.ha[data.node] = { state: data.to, reason: data.reason, isProcessRunning, isPeerKnown, since: event.position };
  },
  HaPeerLost: (state, data) => setPeerKnown(state, data.node, false),
  HaPeerFound: (state, data) => setPeerKnown(state, data.node, true),
  HaProcessChanged: (state, data) => {
    const ha = state.ha[data.node];
    if (ha) ha.isProcessRunning = data.running;
  },
  FrameDropped: (state, data, event) => {
    const { node, interface: name, reason } = data;
    state.drops[event.position] = { node, interface: name, reason, cause: event.cause, frames: 1 };
  },
  FramesDropped: (state, data, event) => {
    const run = state.drops[event.cause];
    if (run) run.frames += data.count;
  },
  SystemLog: (state, data, event) => {
    const { node, eventId, severity, text } = data;
    state.systemLog.push({ position: event.position, atNs: event.atNs, node, eventId, severity, text });
    if (state.systemLog.length > SYSTEM_LOG_MAX) state.systemLog.shift();
  },
};

type Fold = (state: LabState, data: unknown, event: LabEvent) => void;

/** All that an event of a type does, in the order of the tables. */
const FOLDS_OF_TYPE = new Map<string, Fold[]>();
for (const table of [FOLDS, NIC_FOLDS, PACKET_IO_FOLDS, DEVICE_FOLDS]) {
  for (const [type, fold] of Object.entries(table)) {
    FOLDS_OF_TYPE.set(type, [...(FOLDS_OF_TYPE.get(type) ?? []), fold as Fold]);
  }
}

/** Folds one event into the state, in place. Events it does not know change nothing but position and time. */
export function evolve(state: LabState, event: LabEvent): void {
  state.position = event.position;
  state.atNs = event.atNs;
  const { type, data } = event;
  if (hasReservedName(data as Readonly<Record<string, unknown>>)) return;
  for (const fold of FOLDS_OF_TYPE.get(type) ?? []) fold(state, data, event);
}

/**
 * Events of a log that somebody made up may name what JavaScript gives a meaning of its own; no lab has such a node. By their keys,
 * which objects of one shape share: a list of the values is a new array for every event.
 */
function hasReservedName(data: Readonly<Record<string, unknown>>): boolean {
  for (const field of Object.keys(data)) {
    const value = data[field];
    if (typeof value === 'string' && isReserved(value)) return true;
  }
  return false;
}

/** Most names differ in length already. */
function isReserved(name: string): boolean {
  if (name.length === '__proto__'.length) return name === '__proto__' || name === 'prototype';
  return name.length === 'constructor'.length && name === 'constructor';
}

/** What a vSwitch port lets its guest do: its own overrides, else the switch's policy (rule VSW-15). */
export function effectivePolicy(state: LabState, node: NodeName, endpoint: Endpoint): VSwitchPolicy {
  const inherited = state.policies[node] ?? { promiscuous: false, macChanges: false, forgedTransmits: false };
  return { ...inherited, ...state.interfaces[endpoint]?.policy };
}

/** The setting's field in a policy. */
export function policyField(setting: string): keyof VSwitchPolicy {
  return setting === 'promiscuous' ? 'promiscuous' : setting === 'mac-changes' ? 'macChanges' : 'forgedTransmits';
}

function touch(
  state: LabState,
  at: { readonly node: string; readonly interface: string },
  event: LabEvent,
  change: Partial<InterfaceState>,
): void {
  const iface = state.interfaces[`${at.node}:${at.interface}`];
  if (iface === undefined) return;
  Object.assign(iface, change, { since: event.position });
}

function changePolicy(state: LabState, data: EventData['PolicyChanged'], event: LabEvent): void {
  const change = { [policyField(data.setting)]: data.accept };
  if (data.interface === '') {
    const policy = state.policies[data.node];
    if (policy) state.policies[data.node] = { ...policy, ...change };
    return;
  }
  const policy = { ...state.interfaces[`${data.node}:${data.interface}`]?.policy, ...change };
  touch(state, data, event, { policy });
}

function setPeerKnown(state: LabState, node: NodeName, isKnown: boolean): void {
  const ha = state.ha[node];
  if (ha) ha.isPeerKnown = isKnown;
}

function inspectionOf(state: LabState, node: NodeName): LabState['inspections'][string] {
  let inspection = state.inspections[node];
  if (inspection === undefined) {
    inspection = { isEnabled: false, bindings: {} };
    state.inspections[node] = inspection;
  }
  return inspection;
}

/** Impairment of each direction as the file gives it, by the interface that sends. */
function linesOf(lab: Lab): Map<Endpoint, Impairment> {
  const lines = new Map<Endpoint, Impairment>();
  for (const link of lab.links) {
    if (link.impairA) lines.set(link.a, link.impairA);
    if (link.impairB) lines.set(link.b, link.impairB);
  }
  return lines;
}

/** A definition that defines nothing changes nothing: the past may hold what no version of ours wrote, and folding it must not fail. */
function defineLab(state: LabState, definition: string): void {
  const begun = initialState();
  try {
    begin(begun, JSON.parse(definition) as Lab);
  } catch {
    return;
  }
  const { position, atNs, pacePermille, horizonNs, ended } = state;
  Object.assign(state, begun, { position, atNs, pacePermille, horizonNs, ended });
}

/** @throws TypeError when `lab` is not what its type says. */
function begin(state: LabState, lab: Lab): void {
  state.lab = lab;
  for (const node of lab.nodes) {
    state.nodes[node.name] = { power: 'running', since: 1 };
    if (node.kind === 'vswitch') {
      state.policies[node.name] = { ...node.policy };
      state.uplinks[node.name] = node.uplinks[0] ?? '';
    }
    if ((node.kind === 'switch' || node.kind === 'bridge') && node.arpInspection) {
      const bindings = Object.fromEntries(node.arpInspection.bindings.map(({ ip, mac }) => [ip, mac]));
      state.inspections[node.name] = { isEnabled: true, bindings };
    }
    if (node.kind === 'firewall') {
      state.options[node.name] = { useHypervisorMac: node.useHypervisorMac, vmMacBase: node.vmMacBase };
    }
    if (node.kind === 'firewall' || node.kind === 'host' || node.kind === 'router') state.neighbours[node.name] = {};
  }
  defineFunctions(state, lab);
  definePacketIo(state, lab);
  defineDevices(state, lab);
  const promiscuous = new Set(lab.nodes.filter((node) => node.kind === 'nic' && node.pfPromiscuous).map(({ name }) => name));
  const lines = linesOf(lab);
  const reserved = reservedGuests(lab);
  for (const iface of lab.interfaces) {
    // What a VF answers to is what the PF gave it, until its driver asks for another.
    const mac = iface.mac ?? iface.vf?.adminMac ?? '';
    state.interfaces[endpointOf(iface)] = {
      initialMac: mac,
      effectiveMac: mac,
      usedMac: mac,
      macSource: '',
      isUp: !reserved.has(endpointOf(iface)),
      requestsPromiscuous: iface.mode === 'pf' && promiscuous.has(iface.node),
      policy: { ...iface.policy },
      line: lines.get(endpointOf(iface)) ?? UNIMPAIRED,
      security: iface.security ?? null,
      portState: 'forwarding',
      since: 1,
    };
  }
  for (const pair of lab.haPairs) {
    for (const member of pair.members) {
      state.ha[member.node] = { state: 'initial', reason: 'boot', isProcessRunning: true, isPeerKnown: false, since: 1 };
    }
  }
}
