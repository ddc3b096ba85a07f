/**
 * When carrier, power, addresses and roles changed: the latest CHANGES_MAX changes, in a ring.
 *
 *   Change ┌ 0 atNs ┬ 8 cause ┐
 */
import { CHANGE_BYTES, CHANGES_MAX, header } from './region';

@unmanaged
class Change {
  atNs: u64;
  cause: u32;
}
if (offsetof<Change>() > <usize>CHANGE_BYTES) ERROR('Change does not fit its row');

function changeAt(index: u32): Change {
  return changetype<Change>(<usize>(header().changeRing + (index & (CHANGES_MAX - 1)) * CHANGE_BYTES));
}

/** Something changed now because of the event at `cause`: what was seen of silent owners holds no longer (decide/silence.ts). */
export function noteChange(cause: u32): void {
  const head = header();
  const change = changeAt(head.changes++);
  change.atNs = head.nowNs;
  change.cause = cause;
}

/** When the event at `cause` changed something; 0 where that is too long ago, or it changed nothing of this kind. */
export function changedNs(cause: u32): u64 {
  const count = header().changes;
  for (let i: u32 = 1, end = min(count, CHANGES_MAX); i <= end; i++) {
    const change = changeAt(count - i);
    if (change.cause === cause) return change.atNs;
  }
  return 0;
}
