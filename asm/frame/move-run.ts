/**
 * Runs of moves: a learned MAC address that moves between the ports of a switch, time and again. The first move of a run becomes a
 * notice, and so a MacMoved event with count 1. Later moves are counted here; the host reads the counts at inputs and once per
 * virtual second (MacMoved with their number). A run goes on while the address moves in each virtual second; a second without a
 * move ends it.
 *
 * The table begins with one slot per node, which counts the moves of addresses for which the rest has no room. The rest is an
 * open-addressed hash of (switch, VLAN, MAC). A new run that finds the hash three quarters full first removes runs that ended.
 */
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header, MOVE_RUN_BYTES } from '../memory/region';
import { NANOS_PER_SECOND } from '../memory/slot';
import { wireOrder } from './ethernet';
import { askForFlush, newNotice } from './notice';

@unmanaged
export class MoveRun {
  /** As in the forwarding table (fdb.ts); 0 for a free slot, and in the slot of a node. */
  key: u64;
  node: u32;
  /** Of the latest move: the ports, and the event that its frame exists for. */
  from: u32;
  to: u32;
  cause: u32;
  /** Moves since the last flush, without the first of the run. */
  count: u32;
  firstNs: u64;
  lastNs: u64;
}
if (offsetof<MoveRun>() > <usize>MOVE_RUN_BYTES) ERROR('MoveRun does not fit its slot');

export function moveRunAt(index: u32): MoveRun {
  return changetype<MoveRun>(<usize>(header().moveRuns + index * MOVE_RUN_BYTES));
}

/** How many slots there are, those of the nodes included. */
export function moveRunSlots(): u32 {
  return header().nodeCount + <u32>L.MOVE_RUNS;
}

function homeOf(key: u64, node: u32): u32 {
  return <u32>(((key + node) * 0x9e3779b97f4a7c15) >> 40) & (<u32>L.MOVE_RUNS - 1);
}

/** The run of an address, or the free slot where it would go. */
function findRun(key: u64, node: u32): MoveRun {
  let slot = homeOf(key, node);
  while (true) {
    const run = moveRunAt(header().nodeCount + slot);
    if (run.key === 0 || (run.key === key && run.node === node)) return run;
    slot = (slot + 1) & (<u32>L.MOVE_RUNS - 1);
  }
}

/** Whether the address moved in no part of the virtual second before this one, nor in this one. */
function hasEnded(run: MoveRun): bool {
  return header().nowNs / NANOS_PER_SECOND > run.lastNs / NANOS_PER_SECOND + 1;
}

/** Counts a move of a learned address. @param cause the event that the frame exists for which the switch learned from. */
export function countMove(key: u64, from: u32, to: u32, cause: u32): void {
  const head = header();
  const node = portAt(to).node;
  nodeAt(node).moved++;
  let run = findRun(key, node);
  const isNew = run.key === 0;
  if (isNew && hasNoRoom()) {
    countIn(moveRunAt(node), node, from, to, cause);
    return;
  }
  // Making room may have moved the slots.
  if (isNew) run = findRun(key, node);
  if (!isNew && !hasEnded(run)) {
    countIn(run, node, from, to, cause);
    return;
  }
  if (isNew) head.moveRunCount++;
  run.key = key;
  run.node = node;
  run.lastNs = head.nowNs;
  notify(key, node, from, to, cause);
}

function countIn(run: MoveRun, node: u32, from: u32, to: u32, cause: u32): void {
  const now = header().nowNs;
  run.node = node;
  run.from = from;
  run.to = to;
  run.cause = cause;
  if (run.count === 0) run.firstNs = now;
  run.count++;
  run.lastNs = now;
  askForFlush();
}

function notify(key: u64, node: u32, from: u32, to: u32, cause: u32): void {
  const at = newNotice(L.NOTICE_MOVE);
  store<u64>(at + L.NOTICE_MAC, wireOrder(key & 0xffffffffffff));
  store<u32>(at + L.NOTICE_PORT, to);
  store<u32>(at + L.NOTICE_FROM, from);
  store<u32>(at + L.NOTICE_CAUSE, cause);
  store<u32>(at + L.NOTICE_NODE, node);
  store<u32>(at + L.NOTICE_VLAN, <u32>(key >> 48) & L.VLAN_ID_MASK);
}

/** Whether the hash is three quarters full, even without runs that ended. Those end with a second: one look per second finds all. */
function hasNoRoom(): bool {
  const head = header();
  if (head.moveRunCount * 4 < <u32>L.MOVE_RUNS * 3) return false;
  const second = head.nowNs / NANOS_PER_SECOND;
  if (head.movesSweptIn === second) return true;
  head.movesSweptIn = second;
  let slot: u32 = 0;
  while (slot < <u32>L.MOVE_RUNS) {
    const run = moveRunAt(head.nodeCount + slot);
    if (run.key !== 0 && hasEnded(run)) removeAt(slot);
    else slot++;
  }
  return head.moveRunCount * 4 >= <u32>L.MOVE_RUNS * 3;
}

/** Removes a run and moves back those that probed past it, as the forwarding table does. */
function removeAt(from: u32): void {
  const first = header().nodeCount;
  const mask = <u32>L.MOVE_RUNS - 1;
  let hole = from;
  let slot = from;
  header().moveRunCount--;
  while (true) {
    slot = (slot + 1) & mask;
    const run = moveRunAt(first + slot);
    if (run.key === 0) break;
    if (((slot - homeOf(run.key, run.node)) & mask) < ((slot - hole) & mask)) continue;
    memory.copy(changetype<usize>(moveRunAt(first + hole)), changetype<usize>(run), MOVE_RUN_BYTES);
    hole = slot;
  }
  memory.fill(changetype<usize>(moveRunAt(first + hole)), 0, MOVE_RUN_BYTES);
}

/** Forgets what was counted since the last flush. The host has read it. */
export function flushMoveRuns(): void {
  for (let i: u32 = 0, end = moveRunSlots(); i < end; i++) moveRunAt(i).count = 0;
}
