/**
 * Polled lines: the code that serves the far end takes frames when it likes, in bursts. Their arrivals create no events.
 *
 * This file makes no decision about a frame: `burst` hands the frames of a line to `arrive`, as `run` does when they are due. So a
 * benchmark measures the code that labs run: the same policy, tables, provenance, pool and counters.
 */
import { firstOf, lineAt } from '../frame/line';
import { ringsAreEmpty, ringsHaveRoom } from '../frame/trace';
import { header } from '../memory/region';
import { arriveFrom } from './receive';

/** Makes a line polled, before any frame is on it. */
export function setPolled(index: u32, polled: bool): void {
  lineAt(index).polled = polled ? 1 : 0;
}

/** Serves up to `max` frames that wait on a polled line. Time moves to each frame's arrival. Returns how many there were. */
export function burst(index: u32, max: u32): u32 {
  const head = header();
  let served: u32 = 0;
  const line = lineAt(index);
  while (served < max) {
    // One by one: of three conditions joined the compiler makes a number first, for every frame.
    const first = firstOf(line);
    if (changetype<usize>(first) === 0) break;
    if (!ringsAreEmpty()) {
      if (!ringsHaveRoom()) break;
    }
    const atNs = first.atNs;
    if (atNs > head.nowNs) head.nowNs = atNs;
    arriveFrom(index, line, first);
    served++;
  }
  return served;
}
