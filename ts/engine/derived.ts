/**
 * Derived state: what changes per frame, read out of linear memory after re-execution. Counters, tables, flows, frames in
 * flight. Plain JSON with the lab's own names.
 */
import { addressOf } from '../dataplane/address-door.ts';
import type { FlowState } from '../dataplane/dataplane.ts';
import { type LatencyRow, percentileNs } from '../dataplane/latency.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import { nodeNamed, nodeNumber } from '../model/lab/lab-index.ts';
import { isSwitchKind } from '../model/lab/nodes.ts';
import { macFromNumber } from '../values/mac.ts';
import { type CoreReport, type LossReport, limitOf, readCores, readLosses } from './derived-cores.ts';
import { readSessions, readSessionTables, type SessionReport, type SessionTableReport } from './derived-sessions.ts';
import { readTcp, type TcpReport } from './derived-tcp.ts';
import type { Engine } from './engine.ts';

export interface LatencyReport {
  readonly min: number;
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
}

/** Totals of one flow. Times are nanoseconds. */
export interface FlowReport {
  readonly name: string;
  /** Frames; of a TCP flow, the segments of both ends. */
  readonly sent: number;
  readonly received: number;
  /** Sent, not received, and not on its way. */
  readonly lost: number;
  readonly inFlight: number;
  readonly reordered: number;
  /** Longest time in which nothing arrived, from the flow's start to its stop or now; and when it began. */
  readonly longestGapNs: number;
  readonly longestGapFromNs: number;
  /** Arrivals per second while it was sent, since it last started or changed its rate; null until two of different times. */
  readonly framesPerSecond: number | null;
  /** Null until something arrived. Percentiles are right to 1 part in 32. */
  readonly latencyNs: LatencyReport | null;
  /** Where its frames died; of more than eight places, the first eight. */
  readonly losses: readonly LossReport[];
  /** Its connection; null for a flow of UDP frames. */
  readonly tcp: TcpReport | null;
  /** The core its rate is due to; null when no core lost any of its frames. */
  readonly limitedBy: { readonly node: string; readonly core: number } | null;
}

export interface Conservation {
  readonly born: number;
  readonly copied: number;
  readonly delivered: number;
  readonly consumed: number;
  readonly dropped: number;
  readonly inFlight: number;
  /** born + copied = delivered + consumed + dropped + inFlight. */
  readonly holds: boolean;
}

export interface NodeCounters {
  readonly node: string;
  readonly received: number;
  readonly sent: number;
  readonly born: number;
  readonly copied: number;
  readonly delivered: number;
  readonly consumed: number;
  readonly dropped: number;
  readonly waiting: number;
  /** received + born + copied = sent + delivered + consumed + dropped + waiting. */
  readonly conserved: boolean;
}

export interface InterfaceCounters {
  readonly interface: string;
  readonly rxFrames: number;
  readonly rxBytes: number;
  readonly txFrames: number;
  readonly txBytes: number;
  readonly drops: number;
  readonly inFlight: number;
}

export interface TableEntry {
  readonly node: string;
  readonly vlan: number;
  readonly mac: string;
  readonly interface: string;
  /** Null for an entry the host assigned. */
  readonly lastSeenNs: number | null;
  readonly cause: number;
}

export interface Derived {
  readonly atNs: number;
  readonly frames: Conservation;
  readonly nodes: readonly NodeCounters[];
  readonly interfaces: readonly InterfaceCounters[];
  readonly tables: readonly TableEntry[];
  readonly neighbours: readonly {
    readonly node: string;
    readonly interface: string;
    readonly ip: string;
    readonly mac: string | null;
    readonly waiting: number;
    /** Until when it is used without asking; null for one that has no MAC yet, and for one that never ages. */
    readonly reachableUntilNs: number | null;
    /** Being asked for again, and still used. */
    readonly verifying: boolean;
  }[];
  readonly sessions: readonly SessionReport[];
  readonly sessionTables: readonly SessionTableReport[];
  readonly flows: readonly FlowReport[];
  readonly cores: readonly CoreReport[];
}

/** Stands for no time: an entry that the host assigned, or one that never ages. */
const FOR_EVER = 0xffff_ffff_ffff_ffffn;
const PORT_MASK = 0x7fff_ffff;

/** Everything the data plane can be asked. */
export function readDerived(engine: Engine): Derived {
  return {
    atNs: engine.dataplane.nowNs,
    frames: readConservation(engine),
    nodes: engine.lab.lab.nodes.map(({ name }, id) => readNode(engine, name, id)),
    interfaces: engine.lab.lab.interfaces.map((iface, id) => readInterface(engine, endpointOf(iface), id)),
    tables: readTables(engine),
    neighbours: readNeighbours(engine),
    sessions: readSessions(engine),
    sessionTables: readSessionTables(engine),
    flows: readFlows(engine),
    cores: readCores(engine),
  };
}

export function readConservation(engine: Engine): Conservation {
  const { born, copied, delivered, consumed, dropped, inFlight } = engine.dataplane.control.readTotals();
  const holds = born + copied === delivered + consumed + dropped + BigInt(inFlight);
  const [b, c, d, k, x] = [born, copied, delivered, consumed, dropped].map(Number) as [number, number, number, number, number];
  return { born: b, copied: c, delivered: d, consumed: k, dropped: x, inFlight, holds };
}

function readNode(engine: Engine, node: string, id: number): NodeCounters {
  const n = engine.dataplane.control.readNode(id);
  return {
    node,
    received: Number(n.received),
    sent: Number(n.sent),
    born: Number(n.born),
    copied: Number(n.copied),
    delivered: Number(n.delivered),
    consumed: Number(n.consumed),
    dropped: Number(n.dropped),
    waiting: n.waiting,
    conserved: n.received + n.born + n.copied === n.sent + n.delivered + n.consumed + n.dropped + BigInt(n.waiting),
  };
}

function readInterface(engine: Engine, name: string, id: number): InterfaceCounters {
  const port = engine.dataplane.control.readPort(id);
  return {
    interface: name,
    rxFrames: Number(port.rxFrames),
    rxBytes: Number(port.rxBytes),
    txFrames: Number(port.txFrames),
    txBytes: Number(port.txBytes),
    drops: Number(port.drops),
    inFlight: port.inFlight,
  };
}

/** Forwarding tables of all switches and of firewalls with layer-2 interfaces, in the lab's order, then by VLAN and MAC. */
function readTables(engine: Engine): TableEntry[] {
  return engine.lab.lab.nodes.flatMap(({ name }) => readTable(engine, name));
}

/**
 * The forwarding table of one node, by VLAN and MAC; empty for a node that has none. A firewall has a table for each VLAN object (rule
 * MODE-02); its rows have the tag of the interface, which tells the object.
 */
export function readTable(engine: Engine, node: string): TableEntry[] {
  const { control } = engine.dataplane;
  const kind = nodeNamed(engine.lab, node)?.kind;
  if (kind === undefined || (kind !== 'firewall' && !isSwitchKind(kind))) return [];
  const id = nodeNumber(engine.lab, node);
  const rows = engine.dataplane.rows((start) => control.readFdb(id, start));
  rows.sort((a, b) => a.vlan - b.vlan || Number(a.mac - b.mac));
  return rows.map((row) => ({
    node,
    vlan: kind === 'firewall' ? (engine.lab.lab.interfaces[row.port & PORT_MASK]?.vlan ?? 0) : row.vlan,
    mac: macFromNumber(Number(row.mac)),
    interface: engine.lab.lab.interfaces[row.port & PORT_MASK]?.name ?? '',
    lastSeenNs: row.seenNs === FOR_EVER ? null : Number(row.seenNs),
    cause: row.cause,
  }));
}

function readNeighbours(engine: Engine): Derived['neighbours'] {
  const { control } = engine.dataplane;
  return engine.lab.lab.nodes.flatMap(({ name }, id) => {
    // The other end of a PPPoE session is no neighbour: who it is is recorded.
    const rows = engine.dataplane.rows((start) => control.readNeighbours(id, start)).filter(({ session }) => session === 0);
    rows.sort((a, b) => a.ip - b.ip || Number(a.high - b.high) || Number(a.low - b.low) || a.port - b.port);
    return rows.map(({ port, ip, high, low, mac, resolved, waiting, reachableUntilNs, verifying }) => ({
      node: name,
      interface: engine.lab.lab.interfaces[port]?.name ?? '',
      ip: addressOf({ ip, high, low }),
      mac: resolved === 1 ? macFromNumber(Number(mac)) : null,
      waiting,
      reachableUntilNs: resolved === 0 || reachableUntilNs === FOR_EVER ? null : Number(reachableUntilNs),
      verifying: resolved === 1 && verifying === 1,
    }));
  });
}

export function readFlows(engine: Engine): FlowReport[] {
  const { control } = engine.dataplane;
  return engine.lab.lab.flows.map((flow, id) => {
    const latencies = engine.dataplane.rows((start) => control.readLatencies(id, start));
    const losses = readLosses(engine, id);
    const untilNs = lastSendNs(engine, flow.name);
    const tcp = readTcp(engine, flow, id);
    return {
      ...reportFlow(flow.name, control.readFlow(id), latencies, untilNs),
      losses,
      tcp,
      limitedBy: limitOf(engine, losses),
    };
  });
}

/** The present, or when a flow stopped. */
function lastSendNs({ state, dataplane: { nowNs } }: Engine, flow: string): number {
  return Math.min(nowNs, state.flows[flow]?.untilNs ?? nowNs);
}

/** @param untilNs a gap that is still open counts up to here. */
function reportFlow(
  name: string,
  state: FlowState,
  latencies: readonly LatencyRow[],
  untilNs: number,
): Omit<FlowReport, 'losses' | 'tcp' | 'limitedBy'> {
  const sent = Number(state.sent);
  const received = Number(state.received);
  const inFlight = Number(state.sent + state.copied - state.received - state.dropped);
  const lastNs = Number(state.lastNs);
  const openGapNs = Math.max(0, untilNs - lastNs);
  const isOpenLongest = openGapNs > Number(state.longestGapNs);
  return {
    name,
    sent,
    received,
    lost: Math.max(0, sent - received - inFlight),
    inFlight,
    reordered: Number(state.reordered),
    longestGapNs: isOpenLongest ? openGapNs : Number(state.longestGapNs),
    longestGapFromNs: isOpenLongest ? lastNs : Number(state.longestGapFromNs),
    framesPerSecond: steadyRate(state),
    latencyNs: latencies.length === 0 ? null : reportLatency(state, latencies),
  };
}

function steadyRate({ firstNs, steadyReceived, steadyLastNs }: FlowState): number | null {
  const ns = Number(steadyLastNs - firstNs);
  return steadyReceived < 2n || ns <= 0 ? null : Math.round((Number(steadyReceived - 1n) * 1e9) / ns);
}

/** A bucket may reach beyond what was seen; a percentile does not. */
function reportLatency(state: FlowState, latencies: readonly LatencyRow[]): LatencyReport {
  const min = Number(state.latencyMinNs);
  const max = Number(state.latencyMaxNs);
  const measured = latencies.reduce((sum, { count }) => sum + count, 0);
  const percentile = (share: number) => Math.min(max, Math.max(min, percentileNs(latencies, share) ?? min));
  return { min, p50: percentile(0.5), p99: percentile(0.99), mean: Number(state.latencySumNs / BigInt(measured)), max };
}
