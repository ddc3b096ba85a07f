/**
 * Whether an event happened, or follows from the lab's definition alone. Everything up to `definedUpTo` follows from it, and so does
 * later what such an event caused: an election, an announcement that goes on, the drop of a flow's frame.
 *
 * The positions of those later events lie in a ring, oldest first. It holds the latest 1024; an older one counts as an event that
 * happened.
 */
import { header, ORIGINS_MAX } from './region';

/** The event at a position follows from the one at `cause`. Positions only grow. */
export function noteCause(position: u32, cause: u32): void {
  if (!isDefined(cause)) return;
  const head = header();
  store<u32>(placeOf(head.originCount), position);
  head.originCount++;
}

/** Whether an event follows from the lab's definition alone. */
// inline
export function isDefined(position: u32): bool {
  return position <= header().definedUpTo || isListed(position);
}

function placeOf(index: u32): usize {
  return <usize>(header().origins + (index % ORIGINS_MAX) * 4);
}

function isListed(position: u32): bool {
  const count = header().originCount;
  let from: u32 = count > ORIGINS_MAX ? count - ORIGINS_MAX : 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    const listed = load<u32>(placeOf(middle));
    if (listed === position) return true;
    if (listed < position) from = middle + 1;
    else to = middle;
  }
  return false;
}

/** Of two events that together bring something about: the later one, or the only one that happened. */
export function later(a: u32, b: u32): u32 {
  const last = a > b ? a : b;
  const first = a > b ? b : a;
  if (last <= header().definedUpTo) return last;
  return !isDefined(first) && isDefined(last) ? first : last;
}
