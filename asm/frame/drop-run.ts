/**
 * Runs of drops: frames lost at one place, for one reason, because of one event. The first frame of a run becomes a notice, and so a
 * FrameDropped event. Later frames are counted here; the host reads the counts at inputs and once per virtual second
 * (FramesDropped).
 *
 * The table begins with one slot per reason for "too many places", used when the rest is full. The rest is an open-addressed hash of
 * the places. A flush that finds the hash more than half full removes quiet runs.
 */

import * as L from '../memory/layout';
import { DROP_RUN_BYTES, header } from '../memory/region';
import { askForFlush, newNotice } from './notice';

@unmanaged
export class DropRun {
  used: u32;
  port: u32;
  reason: u32;
  cause: u32;
  /** Frames since the last flush, without the first of the run. */
  count: u64;
  firstNs: u64;
  lastNs: u64;
  total: u64;
}
if (offsetof<DropRun>() > <usize>DROP_RUN_BYTES) ERROR('DropRun does not fit its slot');

export function dropRunAt(index: u32): DropRun {
  return changetype<DropRun>(<usize>(header().dropRuns + index * DROP_RUN_BYTES));
}

function slotOf(port: u32, reason: u32, cause: u32, slots: u32): u32 {
  return ((((port * 31 + reason) * 31 + cause) * 0x9e3779b1) >> 8) & (slots - 1);
}

/** Index of the run of a place, made when it is new; the overflow slot of its reason when there is no room. */
function findRun(port: u32, reason: u32, cause: u32): u32 {
  const head = header();
  const slots = head.dropRunSize - <u32>L.DROP_RUN_OVERFLOW;
  let slot = slotOf(port, reason, cause, slots);
  while (true) {
    const index = <u32>L.DROP_RUN_OVERFLOW + slot;
    const run = dropRunAt(index);
    if (run.used === 0) {
      if (head.dropRunCount * 4 >= slots * 3) return claim(reason, L.NONE, reason, 0);
      head.dropRunCount++;
      return claim(index, port, reason, cause);
    }
    if (run.port === port && run.reason === reason && run.cause === cause) return index;
    slot = (slot + 1) & (slots - 1);
  }
}

function claim(index: u32, port: u32, reason: u32, cause: u32): u32 {
  const run = dropRunAt(index);
  run.port = port;
  run.reason = reason;
  run.cause = cause;
  return index;
}

/**
 * Counts one dropped frame. `bytes` may be 0 when there never was a buffer.
 * @param cause of the run.
 * @param blamed the event that this frame's drop is blamed on; of a run, the first frame's is said.
 */
export function countDrop(
  port: u32,
  reason: u32,
  cause: u32,
  blamed: u32,
  number: u64,
  bytes: usize,
  length: u32,
  vlan: u32,
): void {
  const head = header();
  const index = findRun(port, reason, cause);
  const run = dropRunAt(index);
  run.total++;
  if (run.used === 0) {
    run.used = 1;
    notify(run, blamed, number, bytes, length, vlan);
    return;
  }
  if (run.count === 0) run.firstNs = head.nowNs;
  run.count++;
  run.lastNs = head.nowNs;
  askForFlush();
}

/** A block of a packet socket closed, not the first: the sockets keep the counts, which the host reads with the drops. */
export function countRetired(): void {
  askForFlush();
}

function notify(run: DropRun, blamed: u32, number: u64, bytes: usize, length: u32, vlan: u32): void {
  const at = newNotice(L.NOTICE_DROP);
  store<u32>(at + L.NOTICE_PORT, run.port);
  store<u32>(at + L.NOTICE_REASON, run.reason);
  store<u32>(at + L.NOTICE_CAUSE, run.cause);
  store<u32>(at + L.NOTICE_BLAMED, blamed);
  store<u64>(at + L.NOTICE_NUMBER, number);
  store<u32>(at + L.NOTICE_LENGTH, length);
  store<u32>(at + L.NOTICE_VLAN, vlan);
  memory.fill(at + L.NOTICE_HEAD, 0, L.NOTICE_HEAD_BYTES);
  if (bytes !== 0) memory.copy(at + L.NOTICE_HEAD, bytes, min<u32>(length, L.NOTICE_HEAD_BYTES));
}

/** Forgets what was counted since the last flush, and quiet runs when the table fills up. The host has read it. */
export function flushDropRuns(): void {
  const head = header();
  head.dropsPending = 0;
  const crowded = head.dropRunCount * 2 > head.dropRunSize - <u32>L.DROP_RUN_OVERFLOW;
  for (let i: u32 = 0; i < head.dropRunSize; i++) {
    const run = dropRunAt(i);
    if (run.used === 0) continue;
    if (crowded && run.count === 0) run.used = 2;
    run.count = 0;
  }
  if (crowded) forgetQuietRuns();
}

/**
 * Empties the slots marked 2. An open-addressed table cannot just lose entries, so the survivors are put in again, in
 * table order: the result depends on nothing else.
 */
function forgetQuietRuns(): void {
  const head = header();
  const size = head.dropRunSize;
  for (let i: u32 = 0; i < size; i++) {
    if (dropRunAt(i).used !== 2) continue;
    memory.fill(changetype<usize>(dropRunAt(i)), 0, DROP_RUN_BYTES);
    if (i >= <u32>L.DROP_RUN_OVERFLOW) head.dropRunCount--;
  }
  let moved = true;
  while (moved) {
    moved = false;
    for (let i: u32 = L.DROP_RUN_OVERFLOW; i < size; i++) {
      if (dropRunAt(i).used !== 0 && settle(i)) moved = true;
    }
  }
}

/** Moves the run at `index` to the first free slot on its probe path, if that comes before it. */
function settle(index: u32): bool {
  const run = dropRunAt(index);
  const slots = header().dropRunSize - <u32>L.DROP_RUN_OVERFLOW;
  let slot = slotOf(run.port, run.reason, run.cause, slots);
  while (<u32>L.DROP_RUN_OVERFLOW + slot !== index) {
    const home = dropRunAt(<u32>L.DROP_RUN_OVERFLOW + slot);
    if (home.used === 0) {
      memory.copy(changetype<usize>(home), changetype<usize>(run), DROP_RUN_BYTES);
      memory.fill(changetype<usize>(run), 0, DROP_RUN_BYTES);
      return true;
    }
    slot = (slot + 1) & (slots - 1);
  }
  return false;
}
