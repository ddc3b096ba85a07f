/** What a unit watches of itself: one timer for all holds, which is also set off when carrier of one of its interfaces changes. */
import type { Turn } from '../../turn/turn.ts';
import { watchLinks } from './data-links.ts';
import { haOf, unitOf } from './ends.ts';
import { watchMonitors } from './fail-hold.ts';
import { watchHa1 } from './ha1-monitor.ts';
import { watchHa2 } from './ha2.ts';
import { watchPreemption } from './preemption.ts';

const WATCHES: readonly ((turn: Turn, node: string) => number | null)[] = [
  watchHa1,
  watchHa2,
  watchLinks,
  watchMonitors,
  watchPreemption,
];

/** Looks at everything that is watched, and comes back when the next hold ends. A unit whose HA process is stopped watches nothing. */
export function watch(turn: Turn, node: string): void {
  if (unitOf(turn, node) === null || !haOf(turn, node).isProcessRunning) return;
  const ends = WATCHES.map((one) => one(turn, node)).filter((ns) => ns !== null);
  turn.wake(node, 'ha-watch', ends.length === 0 ? null : Math.min(...ends));
}
