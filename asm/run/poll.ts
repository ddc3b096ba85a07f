/**
 * Polled links: whoever serves the far end takes frames when it likes, in bursts. Their arrivals are no events.
 *
 * Nothing here decides anything: `burst` hands the frames that wait on a link to `arrive`, as `run` does when their time
 * comes. So what a benchmark measures is what labs do: same policy, tables, provenance, pool and counters.
 */
import { firstOf, linkAt } from '../frame/line';
import { ringsHaveRoom } from '../frame/trace';
import { header } from '../memory/region';
import { arriveFrom } from './receive';

/** Makes a link direction polled, before any frame is on it. */
export function setPolled(link: u32, polled: bool): void {
  linkAt(link).polled = polled ? 1 : 0;
}

/** Serves up to `max` frames that wait on a polled link. Time moves to each frame's arrival. Returns how many there were. */
export function burst(link: u32, max: u32): u32 {
  const head = header();
  let served: u32 = 0;
  const line = linkAt(link);
  while (served < max) {
    // One by one: of three conditions joined the compiler makes a number first, for every frame.
    if (line.head === 0) break;
    if (!ringsHaveRoom()) break;
    const atNs = firstOf(line).atNs;
    if (atNs > head.nowNs) head.nowNs = atNs;
    arriveFrom(link, line);
    served++;
  }
  return served;
}
