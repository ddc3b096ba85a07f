/** Cores and their rings, read out of linear memory: what each did, and whose want of time a flow ran into (rule COST-01). */

import { dropReasonName } from '../model/events/drop-reasons.ts';
import { type Endpoint, endpointOf } from '../model/lab/endpoint.ts';
import { type IoPlan, type PortPlan, planIo } from '../model/lab/io-plan.ts';
import { nodeNamed, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import type { Engine } from './engine.ts';

export interface CoreReport {
  readonly node: string;
  readonly core: number;
  readonly polls: boolean;
  /** Share of its time with frames in hand, in thousandths. A polling core is busy all the time (DPK-09). */
  readonly atWorkPermille: number;
  readonly frames: number;
  readonly bursts: number;
  readonly emptyPolls: number;
  readonly wakeUps: number;
  /** Frames whose flow OVS's exact-match cache had, and had not (HST-03). */
  readonly flowHits: number;
  readonly flowMisses: number;
  /** Of these misses, frames whose flow its signature cache had, and those for which it asked the control plane. */
  readonly signatureHits: number;
  readonly upcalls: number;
  readonly rings: readonly RingReport[];
  readonly sockets: readonly SocketReport[];
}

/** A receive ring and what came of it (rules DPK-04, DPK-05, COST-05). */
export interface RingReport {
  readonly interface: string;
  readonly queue: number;
  readonly waiting: number;
  readonly stored: number;
  readonly missed: number;
  readonly withoutBuffer: number;
  readonly interrupts: number;
  /** Notifications that a sending core paid for. */
  readonly doorbells: number;
}

/** A packet socket and its blocks (rules MMP-03 to MMP-05). */
export interface SocketReport {
  readonly interface: string;
  readonly socket: number;
  readonly blocksFull: number;
  readonly blocksByTimer: number;
  readonly frozen: boolean;
  readonly wakeUps: number;
}

/** Losses which show that the core that serves the ring of the interface had no time. */
/** A share of lost frames below one in this many does not show which core was too slow. */
const STRAY_LOSS = 100;
const OWN_RING_FULL: readonly string[] = ['rx-ring-full', 'no-descriptor'];

export function readCores(engine: Engine): CoreReport[] {
  return engine.lab.lab.nodes.flatMap(({ name }) => {
    const plan = planOf(engine, name);
    return plan === null ? [] : Array.from({ length: plan.cores }, (_, core) => readCore(engine, name, plan, core));
  });
}

function planOf(engine: Engine, name: string): IoPlan | null {
  const node = nodeNamed(engine.lab, name);
  return node === undefined ? null : planIo(engine.lab, node, engine.state.packetIo[name]?.running ?? 'dpdk');
}

function readCore(engine: Engine, node: string, plan: IoPlan, core: number): CoreReport {
  const read = engine.dataplane.control.readCore(nodeNumber(engine.lab, node), core);
  return {
    node,
    core,
    polls: plan.polls,
    atWorkPermille: read.upNs === 0n ? 0 : Number((read.workNs * 1000n) / read.upNs),
    frames: Number(read.frames),
    bursts: Number(read.bursts),
    emptyPolls: Number(read.emptyPolls),
    wakeUps: Number(read.wakeUps),
    flowHits: Number(read.flowHits),
    flowMisses: Number(read.flowMisses),
    signatureHits: Number(read.signatureHits),
    upcalls: Number(read.upcalls),
    rings: plan.ports.flatMap((port) => readRings(engine, port, core)),
    sockets: plan.ports.flatMap((port) => readSockets(engine, port, core)),
  };
}

function readRings(engine: Engine, { endpoint, rings }: PortPlan, core: number): RingReport[] {
  const port = portOf(engine.lab, endpoint);
  return rings
    .filter((ring) => ring.core === core)
    .map(({ queue }) => {
      const { frames, stored, missed, withoutBuffer, interrupts, doorbells } = engine.dataplane.control.readRing(port, queue);
      return {
        interface: endpoint,
        queue,
        waiting: frames,
        stored: Number(stored),
        missed: Number(missed),
        withoutBuffer: Number(withoutBuffer),
        interrupts: Number(interrupts),
        doorbells: Number(doorbells),
      };
    });
}

function readSockets(engine: Engine, { endpoint, sockets }: PortPlan, core: number): SocketReport[] {
  const port = portOf(engine.lab, endpoint);
  return sockets.flatMap((plan, socket) => {
    if (plan.core !== core) return [];
    const { retiredFull, retiredByTimer, frozen, wakeUps } = engine.dataplane.control.readSocket(port, socket);
    const counts = { blocksFull: Number(retiredFull), blocksByTimer: Number(retiredByTimer), wakeUps: Number(wakeUps) };
    return [{ interface: endpoint, socket, frozen: frozen === 1, ...counts }];
  });
}

/** Where frames of a flow died, in the order in which that began. */
export interface LossReport {
  readonly interface: string;
  readonly reason: string;
  readonly frames: number;
  /** Mean time since their birth. */
  readonly meanAgeNs: number;
}

export function readLosses(engine: Engine, flow: number): LossReport[] {
  const { control } = engine.dataplane;
  return engine.dataplane
    .rows((start) => control.readLosses(flow, start))
    .map(({ port, reason, frames, ageSumNs }) => ({
      interface: endpointOf(engine.lab.lab.interfaces[port] ?? { node: '', name: '' }),
      reason: dropReasonName(reason),
      frames: Number(frames),
      meanAgeNs: Number(ageSumNs / frames),
    }));
}

/**
 * The core that limits a flow: of the cores that lost more than one in a hundred of all lost frames, the last on the path, where frames
 * were oldest. Earlier cores may lose more frames, because they do not know that later ones drop them. Null if no core lost any.
 */
export function limitOf(engine: Engine, losses: readonly LossReport[]): { node: string; core: number } | null {
  const lost = losses.reduce((sum, { frames }) => sum + frames, 0);
  const oldestFirst = losses.filter(({ frames }) => frames * STRAY_LOSS > lost).sort((a, b) => b.meanAgeNs - a.meanAgeNs);
  for (const loss of oldestFirst) {
    const core = coreBehind(engine, loss);
    if (core !== null) return core;
  }
  return null;
}

/** The core that empties a ring is responsible when it is full: the interface's own core, or that of the other end (HST-05). */
function coreBehind(engine: Engine, { interface: endpoint, reason }: LossReport): { node: string; core: number } | null {
  if (OWN_RING_FULL.includes(reason)) return ringCore(engine, endpoint);
  if (reason === 'mmap-frozen') return socketCore(engine, endpoint);
  return reason === 'tx-ring-full' ? ringCore(engine, engine.lab.peers.get(endpoint) ?? '') : null;
}

/** The core of an interface's fullest ring. */
function ringCore(engine: Engine, endpoint: Endpoint): { node: string; core: number } | null {
  const found = portPlan(engine, endpoint);
  if (found === null) return null;
  const port = portOf(engine.lab, endpoint);
  const missed = found.port.rings.map(({ queue }) => Number(engine.dataplane.control.readRing(port, queue).missed));
  const worst = found.port.rings[missed.indexOf(Math.max(...missed))];
  return worst === undefined ? null : { node: found.node, core: worst.core };
}

function socketCore(engine: Engine, endpoint: Endpoint): { node: string; core: number } | null {
  const found = portPlan(engine, endpoint);
  const socket = found?.port.sockets[0];
  return found === null || socket === undefined ? null : { node: found.node, core: socket.core };
}

function portPlan(engine: Engine, endpoint: Endpoint): { readonly node: string; readonly port: PortPlan } | null {
  const node = endpoint.slice(0, endpoint.indexOf(':'));
  const port = planOf(engine, node)?.ports.find((one) => one.endpoint === endpoint);
  return port === undefined ? null : { node, port };
}
