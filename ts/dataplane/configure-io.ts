/** Cores, rings and packet sockets into linear memory, as ts/model/lab/io-plan.ts plans them; and what that takes of it. */

import * as L from '../../asm/memory/layout.ts';
import type { Fanout } from '../model/hardware/cores.ts';
import { BLOCK_HEADER_BYTES, recordBytes } from '../model/hardware/packet-mmap.ts';
import { hasCores, type IoPlan, type PortPlan, planIo, plansOf, type RingPlan } from '../model/lab/io-plan.ts';
import { indexAllCables, type LabIndex, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import type { LabNode } from '../model/lab/nodes.ts';
import { firstChoice } from '../model/lab/packet-io-choice.ts';
import type { Dataplane } from './dataplane.ts';
import { ioBytes, ioSlots, type NodeIoSize } from './io-size.ts';

const FANOUT_NUMBERS: Readonly<Record<Fanout, number>> = {
  hash: L.FANOUT_HASH,
  lb: L.FANOUT_LB,
  cpu: L.FANOUT_CPU,
  rollover: L.FANOUT_ROLLOVER,
  random: L.FANOUT_RND,
  queue: L.FANOUT_QM,
};
/** Rule DPK-06: descriptors that are done are taken back when fewer than this are free. */
export const TX_FREE_THRESHOLD = 32;

/** Slots and memory that the cores of a node need, in any mode. */
export interface IoReserve {
  readonly slots: number;
  readonly bytes: number;
  /** Frames that can lie in its rings and blocks, in the mode it starts in. */
  readonly frames: number;
}

/** Of each node of a lab, in its order. Devices that are assigned later bring interfaces with them, so all cables count. */
export function ioReserves({ lab }: LabIndex): readonly IoReserve[] {
  if (!lab.nodes.some(hasCores)) return lab.nodes.map(() => NO_RESERVE);
  const all = indexAllCables(lab);
  return lab.nodes.map((node) => ioReserve(all, node));
}

const NO_RESERVE: IoReserve = { slots: 0, bytes: 0, frames: 0 };

function ioReserve(index: LabIndex, node: LabNode): IoReserve {
  const plans = plansOf(index, node);
  return {
    slots: Math.max(0, ...plans.map((plan) => ioSlots(sizeOf(plan)))),
    bytes: Math.max(0, ...plans.map((plan) => ioBytes(sizeOf(plan)))),
    frames: framesAtStart(index, node),
  };
}

/**
 * In the mode the node starts in. Blocks of packet sockets hold thousands of frames, and a firewall that polls need not pay for them in
 * memory because it might change its mode; if it does, the lab's buffers may be used up before its blocks are.
 */
function framesAtStart(index: LabIndex, node: LabNode): number {
  const plan = planIo(index, node, node.kind === 'firewall' ? firstChoice(index, node).mode : 'dpdk');
  return plan === null ? 0 : framesOf(plan);
}

function sizeOf({ cores, emcInsertInverse, smcPs, upcallPs, ports }: IoPlan): NodeIoSize {
  return {
    cores,
    flowCaches: emcInsertInverse === null ? 0 : cores,
    signatureCaches: smcPs === null ? 0 : cores,
    classifiers: upcallPs === null ? 0 : cores,
    ports: ports.length,
    rings: ports.reduce((sum, { rings }) => sum + rings.length, 0),
    hashes: ports.filter(needsHash).length,
    txDescriptors: ports.map(({ tx }) => tx.descriptors),
    socketBlocks: ports.flatMap(({ sockets }) => sockets.map(({ blocks }) => blocks)),
  };
}

function needsHash({ rings, sockets, fanout }: PortPlan): boolean {
  return rings.length > 1 || sockets.length > 1 || (sockets.length > 0 && fanout === 'hash');
}

function framesOf({ cores, burst, ports }: IoPlan): number {
  const inRings = ports.flatMap(({ rings }) => rings.map(({ size }) => size));
  const inBlocks = ports.flatMap(({ sockets }) =>
    sockets.map(
      ({ blocks, blockBytes }) => blocks * Math.floor((blockBytes - BLOCK_HEADER_BYTES) / recordBytes(L.SHORTEST_FRAME_BYTES)),
    ),
  );
  return [...inRings, ...inBlocks, cores * burst].reduce((sum, frames) => sum + frames, 0);
}

/** Gives each node with cores its slots and its arena. Once; afterwards nodes can be set up again and again. */
export function reserveIo(dataplane: Dataplane, index: LabIndex): void {
  let firstSlot = 0;
  for (const [node, { slots, bytes }] of ioReserves(index).entries()) {
    if (slots === 0) continue;
    dataplane.control.reserveIo(node, firstSlot, slots, bytes);
    firstSlot += slots;
  }
}

/** Sets a node's packet I/O up as planned, instead of what it was; what lay in its rings is dropped because of `cause`. */
export function configureIo(dataplane: Dataplane, index: LabIndex, name: string, plan: IoPlan, cause: number): void {
  const { control } = dataplane;
  const node = nodeNumber(index, name);
  control.clearIo(node, cause);
  control.configureMbufs(node, plan.mbufs);
  for (let core = 0; core < plan.cores; core++) control.configureCore(node, plan.polls, plan.loopNs, plan.burst);
  const { emcInsertInverse, smcPs, upcallPs } = plan;
  for (let core = 0; emcInsertInverse !== null && core < plan.cores; core++) {
    control.configureFlowCache(node, core, emcInsertInverse);
    if (smcPs !== null) control.configureSignatureCache(node, core, smcPs);
    if (upcallPs !== null) control.configureClassifier(node, core, BigInt(upcallPs));
  }
  for (const port of plan.ports) configurePort(dataplane, index, port, cause);
}

function configurePort({ control }: Dataplane, index: LabIndex, plan: PortPlan, cause: number): void {
  const port = portOf(index, plan.endpoint);
  for (const ring of plan.rings) {
    const { queue, core, size, freeThreshold, rxPs, copyPsPerByte, missPs, wakeNs, notifyPs } = ring;
    const costs = { rxPs, copyPsPerByte, missPs, wakeNs, notifyPs };
    control.configureRing({ port, queue, core, ringFlags: flagsOf(ring), size, freeThreshold, ...costs, cause });
  }
  control.configureTx({ port, ...plan.tx, freeThreshold: TX_FREE_THRESHOLD, cause });
  if (plan.sockets.length > 1) control.configureFanout(port, FANOUT_NUMBERS[plan.fanout], BigInt(port));
  plan.sockets.forEach((socket, number) => {
    control.configureSocket({ port, socket: number, ...socket, retireNs: BigInt(socket.retireNs), cause });
  });
}

function flagsOf({ isShared, isOfVf, takesMbufs, isPolled, isInBatches }: RingPlan): number {
  const kind = (isShared ? L.RING_SHARED : 0) | (isOfVf ? L.RING_OF_VF : 0) | (takesMbufs ? L.RING_TAKES_MBUFS : 0);
  return kind | (isPolled ? 0 : L.RING_UNPOLLED) | (isInBatches ? L.RING_IN_BATCHES : 0);
}
