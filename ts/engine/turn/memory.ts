/**
 * State that agents keep between turns and that events do not record: next retries, pings under way, unfinished bursts. It is plain
 * data, part of every snapshot and of the agents' hash. A node that loses power loses it.
 */
import type { Position } from '../../model/events/events.ts';
import { asNamed, named } from '../../values/named.ts';

/** A next hop being asked for, or an entry being verified. */
export interface Asking {
  interface: string;
  /** Requests sent so far. */
  tries: number;
  nextNs: number;
  /** Unicast to this MAC (verification), or '' for broadcast (resolution). */
  mac: string;
  cause: Position;
}

export interface GarpBurst {
  /** Sequence number of the next one, up to GARP_BURST. */
  seq: number;
  nextNs: number;
  cause: Position;
}

export interface HaMemory {
  pingSeq: number;
  /** Sequence number of the ping not yet answered; null when none is out. */
  awaiting: number | null;
  misses: number;
  /** When the first of the missed pings was sent. */
  missedSinceNs: number;
  nextHeartbeatNs: number;
  nextHelloNs: number;
  lastHelloNs: number;
  /** Event that lets the unit be promoted when its hold ends (HaPeerLost, or boot). */
  holdCause: Position;
}

export interface NodeMemory {
  asking: Record<string, Asking>;
  garp: GarpBurst | null;
  ha: HaMemory | null;
  /** VFs whose driver will reset them, by interface. */
  vfResets: Record<string, { atNs: number; cause: Position }>;
  /** Last defence of each own address (rule ARP-07). */
  defendedNs: Record<string, number>;
}

export interface AgentMemory {
  nodes: Record<string, NodeMemory>;
  /** Position of the FrameDropped of each run, by "port|reason|cause". */
  dropRuns: Record<string, Position>;
  /** Position of the last BlockRetired of each packet socket, by "port|socket". */
  firstBlocks: Record<string, Position>;
}

export function emptyMemory(): AgentMemory {
  return { nodes: named(), dropRuns: {}, firstBlocks: {} };
}

/** The memory that a copy or JSON of one holds: what is keyed by names has no prototype again. */
export function revivedMemory(memory: AgentMemory): AgentMemory {
  for (const own of Object.values(memory.nodes)) own.vfResets = asNamed(own.vfResets);
  return { ...memory, nodes: asNamed(memory.nodes) };
}

export function emptyNodeMemory(): NodeMemory {
  return { asking: {}, garp: null, ha: null, vfResets: named(), defendedNs: {} };
}
