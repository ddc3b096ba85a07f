/** The control door reads tables and counters. Lists come in pages: the next page starts behind the last row's index. */
import { isUnbound, neighbourSlot, RESOLVED, WIDE } from '../decide/neighbour-table';
import { SESSION_KEY } from '../decide/pppoe';
import { dropRunAt } from '../frame/drop-run';
import { wireOrder } from '../frame/ethernet';
import { FdbEntry, isForgotten, seenNs } from '../frame/fdb';
import { flowAt, latencyCount, lossAt } from '../frame/flow-record';
import { wireHalf } from '../frame/ipv6';
import { lineAt } from '../frame/line';
import { moveRunAt, moveRunSlots } from '../frame/move-run';
import { tcpOf } from '../frame/tcp-record';
import * as L from '../memory/layout';
import * as N from '../memory/nic-layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { FDB_BYTES, header, LOSSES_MAX } from '../memory/region';
import { BITMAP_BITS, filterAt, hasMulticastBit, inVlan, nicOf, poolOf, queueFrames } from '../nic/nic';
import { listOf } from './abi';

const PAGE_ROWS: u32 = 512;
const ROWS: usize = memory.data(32768, 16);
const RECORD: usize = memory.data(128, 16);

export function readTotals(): usize {
  const head = header();
  store<u64>(RECORD, head.nowNs);
  store<u64>(RECORD + 8, head.nextNumber);
  // Each node counts its own frames; the sums of the lab are made here, on request.
  memory.fill(RECORD + 16, 0, 40);
  for (let id: u32 = 0; id < head.nodeCount; id++) {
    const node = nodeAt(id);
    add(RECORD + 16, node.born);
    add(RECORD + 24, node.copied);
    add(RECORD + 32, node.delivered);
    add(RECORD + 40, node.consumed);
    add(RECORD + 48, node.dropped);
  }
  store<u32>(RECORD + 56, head.descriptorsInUse);
  store<u32>(RECORD + 60, head.buffersInUse);
  return RECORD;
}

function add(at: usize, count: u64): void {
  store<u64>(at, load<u64>(at) + count);
}

export function readNode(id: u32): usize {
  const state = nodeAt(id);
  store<u32>(RECORD, state.power);
  store<u32>(RECORD + 4, state.haActive);
  store<u32>(RECORD + 8, state.powerCause);
  store<u32>(RECORD + 12, state.haCause);
  store<u64>(RECORD + 16, state.received);
  store<u64>(RECORD + 24, state.sent);
  store<u64>(RECORD + 32, state.born);
  store<u64>(RECORD + 40, state.copied);
  store<u64>(RECORD + 48, state.delivered);
  store<u64>(RECORD + 56, state.consumed);
  store<u64>(RECORD + 64, state.dropped);
  store<u64>(RECORD + 72, state.moved);
  store<u32>(RECORD + 80, state.waiting);
  return RECORD;
}

export function readPort(id: u32): usize {
  const state = portAt(id);
  store<u32>(RECORD, state.flags);
  store<u32>(RECORD + 4, state.vlan);
  store<u64>(RECORD + 8, wireOrder(state.initialMac));
  store<u64>(RECORD + 16, wireOrder(state.effectiveMac));
  store<u64>(RECORD + 24, wireOrder(state.usedMac));
  store<u32>(RECORD + 32, state.linkCause);
  store<u32>(RECORD + 36, state.policyCause);
  store<u32>(RECORD + 40, state.macCause);
  store<u32>(RECORD + 44, state.guestCause);
  store<u64>(RECORD + 48, state.rxFrames);
  store<u64>(RECORD + 56, state.rxBytes);
  store<u64>(RECORD + 64, state.txFrames);
  store<u64>(RECORD + 72, state.txBytes);
  store<u64>(RECORD + 80, state.drops);
  store<u32>(RECORD + 88, state.line === <u32>L.NONE ? 0 : lineAt(state.line).frames);
  return RECORD;
}

export function readLost(id: u32, copies: bool): usize {
  const born = portAt(id);
  if (copies) {
    store<u64>(RECORD, born.lostCopyNs);
    store<u32>(RECORD + 8, born.lostCopyPort);
    store<u32>(RECORD + 12, born.lostCopyReason);
    store<u32>(RECORD + 16, born.lostCopyCause);
    return RECORD;
  }
  store<u64>(RECORD, born.lostNs);
  store<u32>(RECORD + 8, born.lostPort);
  store<u32>(RECORD + 12, born.lostReason);
  store<u32>(RECORD + 16, born.lostCause);
  return RECORD;
}

export function readFlow(id: u32): usize {
  const state = flowAt(id);
  store<u64>(RECORD, state.sent);
  store<u64>(RECORD + 8, state.copied);
  store<u64>(RECORD + 16, state.received);
  store<u64>(RECORD + 24, state.dropped);
  store<u64>(RECORD + 32, state.reordered);
  store<u64>(RECORD + 40, state.lastNs);
  store<u64>(RECORD + 48, state.longestGapNs);
  store<u64>(RECORD + 56, state.longestGapFromNs);
  store<u64>(RECORD + 64, state.latencyMinNs);
  store<u64>(RECORD + 72, state.latencyMaxNs);
  store<u64>(RECORD + 80, state.latencySumNs);
  store<u64>(RECORD + 88, state.firstNs);
  store<u64>(RECORD + 96, state.steadyReceived);
  store<u64>(RECORD + 104, state.steadyLastNs);
  return RECORD;
}

/** The connection of a TCP flow; zeros for any other. */
export function readTcp(id: u32): usize {
  memory.fill(RECORD, 0, 72);
  if (flowAt(id).tcpAt === 0) return RECORD;
  const tcp = tcpOf(flowAt(id));
  store<u32>(RECORD, tcp.state);
  store<u32>(RECORD + 4, tcp.resetPort);
  store<u32>(RECORD + 8, tcp.retries);
  store<u64>(RECORD + 16, tcp.connectedNs);
  store<u64>(RECORD + 24, tcp.endedNs);
  store<u64>(RECORD + 32, tcp.retransmissions);
  store<u64>(RECORD + 40, tcp.progressNs);
  store<u64>(RECORD + 48, tcp.longestStallNs);
  store<u64>(RECORD + 56, tcp.longestStallFromNs);
  store<u64>(RECORD + 64, tcp.delivered);
  return RECORD;
}

export function readLosses(id: u32, start: u32): usize {
  let rows: u32 = 0;
  for (let index = start; index < LOSSES_MAX; index++) {
    const loss = lossAt(flowAt(id), index);
    if (loss.frames === 0) break;
    const row = ROWS + rows * 32;
    store<u32>(row, index);
    store<u32>(row + 4, loss.port);
    store<u32>(row + 8, loss.reason);
    store<u64>(row + 16, loss.frames);
    store<u64>(row + 24, loss.ageSumNs);
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readLatencies(id: u32, start: u32): usize {
  let rows: u32 = 0;
  for (let bucket = start; bucket < <u32>L.LATENCY_BUCKETS && rows < PAGE_ROWS; bucket++) {
    const count = latencyCount(flowAt(id), bucket);
    if (count === 0) continue;
    store<u32>(ROWS + rows * 8, bucket);
    store<u32>(ROWS + rows * 8 + 4, count);
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readFdb(id: u32, start: u32): usize {
  const node = nodeAt(id);
  let rows: u32 = 0;
  for (let slot = start; slot < node.fdbSlots && rows < PAGE_ROWS; slot++) {
    const entry = changetype<FdbEntry>(<usize>(node.fdbAt + slot * FDB_BYTES));
    if (entry.key === 0 || isForgotten(entry)) continue;
    const row = ROWS + rows * 32;
    store<u32>(row, slot);
    store<u32>(row + 4, <u32>(entry.key >> 48) & L.VLAN_ID_MASK);
    store<u64>(row + 8, wireOrder(entry.key & 0xffffffffffff));
    store<u32>(row + 16, entry.port);
    store<u32>(row + 20, entry.cause);
    store<u64>(row + 24, seenNs(node, entry));
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readNeighbours(id: u32, start: u32): usize {
  const node = nodeAt(id);
  let rows: u32 = 0;
  for (let slot = start; slot < node.neighbourSlots && rows < PAGE_ROWS; slot++) {
    const entry = neighbourSlot(node, slot);
    if (entry.state === 0 || isUnbound(entry) || (entry.port & SESSION_KEY) !== 0) continue;
    const row = ROWS + rows * 64;
    store<u32>(row, slot);
    store<u32>(row + 4, (entry.port & WIDE) === 0 ? entry.ip : 0);
    store<u64>(row + 8, wireOrder(entry.mac));
    store<u32>(row + 16, entry.port & ~WIDE);
    store<u32>(row + 20, entry.cause);
    store<u32>(row + 24, entry.state === RESOLVED ? 1 : 0);
    store<u32>(row + 28, entry.frames);
    store<u64>(row + 32, entry.reachableUntilNs);
    store<u32>(row + 40, entry.probing);
    store<u32>(row + 44, entry.session);
    store<u64>(row + 48, wireHalf(entry.high));
    store<u64>(row + 56, wireHalf(entry.low));
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readDropRuns(start: u32): usize {
  let rows: u32 = 0;
  for (let slot = start; slot < header().dropRunSize && rows < PAGE_ROWS; slot++) {
    const run = dropRunAt(slot);
    if (run.used === 0) continue;
    const row = ROWS + rows * 48;
    store<u32>(row, slot);
    store<u32>(row + 4, run.port);
    store<u32>(row + 8, run.reason);
    store<u32>(row + 12, run.cause);
    store<u64>(row + 16, run.count);
    store<u64>(row + 24, run.firstNs);
    store<u64>(row + 32, run.lastNs);
    store<u64>(row + 40, run.total);
    rows++;
  }
  return listOf(ROWS, rows);
}

/** Runs that were counted in since the last flush; of a slot that is a node's, only the number of its moves is said. */
export function readMoveRuns(start: u32): usize {
  const nodes = header().nodeCount;
  let rows: u32 = 0;
  for (let slot = start; slot < moveRunSlots() && rows < PAGE_ROWS; slot++) {
    const run = moveRunAt(slot);
    if (run.count === 0) continue;
    const row = ROWS + rows * 56;
    store<u32>(row, slot);
    store<u32>(row + 4, run.node);
    store<u32>(row + 8, slot < nodes ? 0 : 1);
    store<u32>(row + 12, <u32>(run.key >> 48) & L.VLAN_ID_MASK);
    store<u64>(row + 16, wireOrder(run.key & 0xffffffffffff));
    store<u32>(row + 24, run.from);
    store<u32>(row + 28, run.to);
    store<u32>(row + 32, run.cause);
    store<u32>(row + 36, run.count);
    store<u64>(row + 40, run.firstNs);
    store<u64>(row + 48, run.lastNs);
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readNic(id: u32): usize {
  const nic = nicOf(nodeAt(id));
  store<u32>(RECORD, nic.flags);
  store<u32>(RECORD + 4, nic.modeCause);
  store<u32>(RECORD + 8, nic.filterCause);
  store<u32>(RECORD + 12, nic.multicastCause);
  store<u64>(RECORD + 16, nic.spoofed);
  return RECORD;
}

export function readPool(id: u32): usize {
  const pool = poolOf(portAt(id));
  store<u32>(RECORD, pool.flags);
  store<u32>(RECORD + 4, pool.portVlan);
  store<u32>(RECORD + 8, pool.queues);
  store<u32>(RECORD + 12, pool.enabledQueues);
  store<u32>(RECORD + 16, pool.lastHash);
  store<u32>(RECORD + 20, pool.linkCause);
  store<u32>(RECORD + 24, pool.filterCause);
  store<u32>(RECORD + 28, pool.vlanCause);
  store<u32>(RECORD + 32, pool.spoofCause);
  store<u32>(RECORD + 36, pool.modeCause);
  store<u32>(RECORD + 40, pool.queueCause);
  return RECORD;
}

export function readQueueFrames(id: u32, queue: u32): u64 {
  return queue < <u32>N.QUEUES_MAX ? load<u64>(queueFrames(poolOf(portAt(id)), queue)) : 0;
}

export function readFilters(id: u32, start: u32): usize {
  const nic = nicOf(nodeAt(id));
  let rows: u32 = 0;
  for (let slot = start; slot < nic.filterCount && rows < PAGE_ROWS; slot++) {
    const filter = filterAt(nic, slot);
    const row = ROWS + rows * 24;
    store<u32>(row, slot);
    store<u32>(row + 4, filter.port);
    store<u64>(row + 8, wireOrder(filter.mac));
    store<u32>(row + 16, filter.cause);
    rows++;
  }
  return listOf(ROWS, rows);
}

/** VLANs of a function; a member of VLAN 0 takes untagged frames. */
export function readPoolVlans(id: u32): usize {
  const pool = poolOf(portAt(id));
  let rows: u32 = 0;
  for (let vid: u32 = 0; vid < <u32>L.VLAN_TRUNK; vid++) {
    if (inVlan(pool, vid)) store<u32>(ROWS + 4 * rows++, vid);
  }
  return listOf(ROWS, rows);
}

export function readMulticast(id: u32): usize {
  const nic = nicOf(nodeAt(id));
  let rows: u32 = 0;
  for (let vector: u32 = 0; vector < BITMAP_BITS; vector++) {
    if (hasMulticastBit(nic, vector)) store<u32>(ROWS + 4 * rows++, vector);
  }
  return listOf(ROWS, rows);
}
