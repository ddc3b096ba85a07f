/**
 * Recorded state of NICs and their functions, folded from events. What the administrator set (`config`), what the VF's driver was
 * granted (addresses, VLANs, modes, queues), and whether the VF works at all are kept apart.
 */
import type { Position } from '../events/events.ts';
import { familyOf, forcedUpMbps, NEW_VF, RSS_KEY, rssEntries, type VfConfig, type VfLinkState, vfNumber } from '../hardware/nic.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../lab/endpoint.ts';
import type { LabInterface } from '../lab/interfaces.ts';
import type { Lab } from '../lab/lab.ts';
import type { Nic } from '../lab/nodes.ts';
import { linkMbps } from '../lab/wire-speed.ts';
import type { Evolvers } from './evolvers.ts';

export interface ReceiveMode {
  broadcast: boolean;
  /** By the shared hash table. */
  multicast: boolean;
  allMulticast: boolean;
  promiscuous: boolean;
}

export interface FunctionState {
  kind: 'pf' | 'vf';
  /** 'reset' until the driver of the VF has initialised it; 'disabled' by the PF; 'absent' while fewer VFs are enabled (rule VF-01). */
  status: 'reset' | 'ready' | 'disabled' | 'absent';
  config: VfConfig;
  /** Exact addresses, and the event each came with. The effective MAC is among them. */
  addresses: Record<string, Position>;
  /** VLANs it is a member of; 0 takes untagged frames. Sorted. */
  vlans: number[];
  mode: ReceiveMode;
  /** 10G: whether the PF listens; not after it told the VF to reset itself (rule MBX-10). */
  isClearToSend: boolean;
  /** Version of the mailbox protocol in force (rule MBX-08). */
  api: string;
  /** Whether the hardware checks sources (rule MBX-07: the setting may say more). */
  isSpoofCheckSuspended: boolean;
  isRxOff: boolean;
  queues: number;
  /** One bit per running queue. */
  enabledQueues: number;
  rssKey: string;
  rssTable: string;
  /** Requests refused in a row (rule VCH-10). */
  failures: number;
  /** Events of the malicious-driver detection since the VF was made, where the PF's driver counts them (rule VCH-10). */
  maliciousEvents: number;
  /** VF of 40G: capabilities that its driver or its PF's does not know (rule VCH-01). Sorted. */
  withheld: readonly string[];
  /** VF of 40G: speed the PF last told it, Mbit/s; 0 is link down (rule VCH-09). 0 elsewhere. */
  toldMbps: number;
}

export interface NicState {
  bridgeMode: string;
  /** Vectors in the table that all functions share (rule VF-10). */
  multicast: number[];
  /** Largest frame any function asked for; only grows (rule MBX-06). */
  maxFrame: number;
  /** Speed the host set the wire to, Mbit/s; 0 while it is that of the cable. */
  speedMbps: number;
}

export interface NicStates {
  lab: Lab | null;
  nics: Record<string, NicState>;
  functions: Record<Endpoint, FunctionState>;
}

const DEAF: ReceiveMode = { broadcast: false, multicast: false, allMulticast: false, promiscuous: false };
const STANDARD_FRAME = 1518;
/** Rules RSS-02, VCH-01. */
const DEFAULT_QUEUE_PAIRS = 4;

/** What a reset leaves: its own VLAN and broadcast (rules MBX-02, VF-03, VF-11). */
export const AFTER_RESET: ReceiveMode = { ...DEAF, broadcast: true };

/** Untagged frames, or those of the port VLAN only (rule VF-11). */
export function ownVlans(config: VfConfig): number[] {
  return [config.vlan];
}

/** A table filled round robin (rule RSS-02). */
export function roundRobin(entries: number, queues: number): string {
  return Array.from({ length: entries }, (_, i) => (i % queues).toString(16).padStart(2, '0')).join('');
}

/** The functions of a NIC as the definition of the lab has them. */
export function defineFunctions(state: NicStates, lab: Lab): void {
  const nics = new Map(lab.nodes.flatMap((node) => (node.kind === 'nic' ? [[node.name, node] as const] : [])));
  for (const { name, bridgeMode } of nics.values()) {
    state.nics[name] = { bridgeMode, multicast: [], maxFrame: STANDARD_FRAME, speedMbps: 0 };
  }
  for (const iface of lab.interfaces) {
    const nic = nics.get(iface.node);
    if (nic !== undefined && iface.mode !== 'wire') state.functions[endpointOf(iface)] = newFunction(lab, nic, iface);
  }
}

function newFunction(lab: Lab, nic: Nic, iface: LabInterface): FunctionState {
  const isThere = iface.mode === 'pf' || (vfNumber(iface.name) ?? 0) < (nic.enabledVfs ?? Number.POSITIVE_INFINITY);
  const isPf = iface.mode === 'pf';
  const family = familyOf(nic.model);
  const config = iface.vf ?? { ...NEW_VF, spoofCheck: !isPf };
  const own = isPf ? (iface.mac ?? '') : config.adminMac;
  const mbps = linkMbps(lab, nic, 0);
  const one: FunctionState = {
    kind: isPf ? 'pf' : 'vf',
    status: isPf ? 'ready' : 'reset',
    config,
    addresses: own === '' ? {} : { [own]: 1 },
    vlans: isPf ? [...new Set([0, ...nic.pfVlans])].sort((a, b) => a - b) : ownVlans(config),
    // A VF hears nothing before its driver has reset it (rules MBX-02, VCH-02).
    mode: isPf ? { ...AFTER_RESET } : { ...DEAF },
    isClearToSend: false,
    api: '1.0',
    isSpoofCheckSuspended: false,
    isRxOff: false,
    queues: isPf || family === '10g' ? 1 : DEFAULT_QUEUE_PAIRS,
    enabledQueues: isPf ? 1 : 0,
    rssKey: RSS_KEY,
    rssTable: roundRobin(rssEntries(nic.model), DEFAULT_QUEUE_PAIRS),
    failures: 0,
    maliciousEvents: 0,
    withheld: [],
    toldMbps: isPf || family === '10g' ? 0 : config.linkState === 'enable' ? forcedUpMbps(nic.model, mbps) : mbps,
  };
  return isThere ? one : absent(one);
}

/** Rule VF-01: what is left of a VF that is not enabled. */
function absent(one: FunctionState): FunctionState {
  return { ...one, status: 'absent', config: NEW_VF, addresses: {}, vlans: [], mode: { ...DEAF }, enabledQueues: 0, toldMbps: 0 };
}

/** Rule VF-01: a VF that was just enabled, or (`removed`) is no more; null where the lab has no such VF. */
function anew(state: NicStates, at: { readonly node: string; readonly interface: string }): FunctionState | null {
  const nic = state.lab?.nodes.find(({ name }) => name === at.node);
  const iface = state.lab?.interfaces.find(({ node, name }) => node === at.node && name === at.interface);
  if (state.lab === null || nic?.kind !== 'nic' || iface === undefined) return null;
  const { enabledVfs: _, ...there } = nic;
  return newFunction(state.lab, there, { ...iface, vf: NEW_VF });
}

/** What events do to functions. Addresses of interfaces are folded before these (lab-state.ts). */
export const NIC_EVOLVERS: Evolvers<NicStates> = {
  VfConfigChanged: (state, data) => {
    const one = functionAt(state, data);
    if (one === undefined) return;
    const { node: _, interface: __, removed, linkState, ...config } = data;
    if (removed || one.status === 'absent') {
      const fresh = anew(state, data) ?? one;
      state.functions[`${data.node}:${data.interface}`] = removed ? absent(fresh) : fresh;
      return;
    }
    if (data.vlan !== one.config.vlan) one.vlans = [data.vlan];
    // A setting of the spoof check is carried out, whatever suspended it before.
    if (data.spoofCheck !== one.config.spoofCheck) one.isSpoofCheckSuspended = false;
    one.config = { ...config, linkState: linkState as VfLinkState };
  },
  VfReset: (state, data) => {
    const one = functionAt(state, data);
    if (one === undefined) return;
    one.status = data.ready ? 'ready' : 'reset';
    one.isClearToSend = data.ready;
    one.vlans = ownVlans(one.config);
    one.mode = { ...AFTER_RESET };
    one.api = '1.0';
    if (rearmsSpoofCheck(state, data.node, one.config)) one.isSpoofCheckSuspended = false;
    one.isRxOff = false;
    // 40G keeps the queue pairs it was given; a 10G driver must ask for more than one again.
    if (data.ready) one.queues = 1;
    one.enabledQueues = data.ready ? 1 : 0;
    one.failures = 0;
  },
  VfResetRequired: (state, data) => {
    const one = functionAt(state, data);
    if (one) one.isClearToSend = false;
  },
  VfMailboxReply: (state, data) => {
    const one = functionAt(state, data);
    if (one === undefined) return;
    one.failures = data.ack ? 0 : one.failures + 1;
    if (!data.ack) return;
    if (data.op === 'API_NEGOTIATE') one.api = data.detail;
    if (data.op === 'GET_VF_RESOURCES') {
      one.status = 'ready';
      // Rule VF-03: the PF of 40G gives every VF the filter of broadcast, the first time as after a reset.
      one.mode = { ...one.mode, broadcast: true };
    }
    const nic = state.nics[data.node];
    if (data.op === 'SET_LPE' && nic) nic.maxFrame = Math.max(nic.maxFrame, Number(data.detail));
  },
  VfFilterChanged: (state, data, event) => {
    const one = functionAt(state, data);
    const nic = state.nics[data.node];
    if (one === undefined || nic === undefined) return;
    if (data.filter === 'mac') changeAddress(one, data.value, data.present, event.position);
    if (data.filter === 'vlan') one.vlans = changed(one.vlans, Number(data.value), data.present);
    if (data.filter === 'multicast') nic.multicast = changed(nic.multicast, Number.parseInt(data.value, 16), data.present);
  },
  MacAddressChanged: (state, data, event) => {
    if (data.which !== 'effective') return;
    const one = functionAt(state, data);
    if (one === undefined) return;
    if (data.old !== '') changeAddress(one, data.old, false, event.position);
    if (data.new !== '') changeAddress(one, data.new, true, event.position);
  },
  VfReceiveModeChanged: (state, data) => {
    const { broadcast, multicast, allMulticast, promiscuous } = data;
    const one = functionAt(state, data);
    if (one) one.mode = { broadcast, multicast, allMulticast, promiscuous };
  },
  VfRxDisabled: (state, data) => {
    const one = functionAt(state, data);
    if (one) one.isRxOff = true;
  },
  SpoofCheckSuspended: (state, data) => {
    const one = functionAt(state, data);
    if (one) one.isSpoofCheckSuspended = true;
  },
  QueuesEnabled: (state, data) => {
    const one = functionAt(state, data);
    if (one === undefined) return;
    one.queues = data.queues;
    one.enabledQueues = data.enabled;
  },
  VfDisabled: (state, data) => {
    const one = functionAt(state, data);
    if (one) one.status = 'disabled';
  },
  MaliciousDriverDetected: (state, data) => {
    const one = functionAt(state, data);
    if (one) one.maliciousEvents = data.events;
  },
  VfCapabilitiesChanged: (state, data) => {
    const one = functionAt(state, data);
    if (one) one.withheld = data.withheld;
  },
  // Rule MBX-10: no VF carries anything until its driver has reset it.
  PfReset: (state, data) => {
    for (const [endpoint, one] of Object.entries(state.functions)) {
      if (splitEndpoint(endpoint).node === data.node && one.kind === 'vf' && one.status === 'ready') one.status = 'reset';
    }
  },
  VfRssChanged: (state, data) => {
    const one = functionAt(state, data);
    if (one === undefined) return;
    one.rssKey = data.key;
    one.rssTable = data.table;
  },
  LinkSpeedChanged: (state, data) => {
    const nic = state.nics[data.node];
    if (nic) nic.speedMbps = data.mbps;
  },
  VfLinkReported: (state, data) => {
    const one = functionAt(state, data);
    if (one) one.toldMbps = data.speedMbps;
  },
  BridgeModeChanged: (state, data) => {
    const nic = state.nics[data.node];
    if (nic) nic.bridgeMode = data.mode;
  },
};

/**
 * Rule MBX-07: a reset sets the check of sources anew only where the PF tags what the VF sends, which is under a port VLAN, a priority, or
 * traffic classes; otherwise what SET_MACVLAN suspended stays so (ixgbe_sriov.c, `ixgbe_vf_reset_event`).
 */
function rearmsSpoofCheck(state: NicStates, node: string, { vlan, qos }: VfConfig): boolean {
  const nic = state.lab?.nodes.find(({ name }) => name === node);
  const trafficClasses = nic?.kind === 'nic' ? nic.trafficClasses : 1;
  return vlan !== 0 || qos !== 0 || trafficClasses > 1;
}

function functionAt(state: NicStates, at: { readonly node: string; readonly interface: string }): FunctionState | undefined {
  return state.functions[`${at.node}:${at.interface}`];
}

function changeAddress(one: FunctionState, mac: string, present: boolean, position: Position): void {
  if (!present) delete one.addresses[mac];
  else one.addresses[mac] ??= position;
}

/** A sorted set with or without a number. */
function changed(numbers: readonly number[], value: number, present: boolean): number[] {
  const others = numbers.filter((number) => number !== value);
  return present ? [...others, value].sort((a, b) => a - b) : others;
}
