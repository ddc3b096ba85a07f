import type { Position } from '../../model/events/events.ts';

/** An event as a line of the list. */
export interface EventRow {
  readonly position: Position;
  readonly atNs: number;
  readonly type: string;
  readonly cause: Position;
  /** "node:interface", "node", or nothing for the lab as a whole. */
  readonly who: string;
  readonly text: string;
}
