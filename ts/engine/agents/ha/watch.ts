/** What a unit watches of itself: one timer for all holds, which is also set off when carrier of one of its interfaces changes. */
import type { Turn } from '../../turn/turn.ts';
import { haOf, unitOf } from './ends.ts';
import { watchHa1 } from './ha1-monitor.ts';

/** Looks at everything that is watched, and comes back when the next hold ends. A unit whose HA process is stopped watches nothing. */
export function watch(turn: Turn, node: string): void {
  if (unitOf(turn, node) === null || !haOf(turn, node).isProcessRunning) return;
  turn.wake(node, 'ha-watch', watchHa1(turn, node));
}
