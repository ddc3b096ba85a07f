/** Thrown by whoever asks for something that lies outside the part of a recorded lab that was read: the part has to be larger. */
import type { Position } from '../model/events/events.ts';

export class NotRead extends Error {
  override readonly name = 'NotRead';
  constructor(
    /** What is missing. */
    readonly position: Position,
    /** Whether the lab has to be run again from there; else the event alone is wanted. */
    readonly isForRerun: boolean,
  ) {
    super(`position ${position} was not read`);
  }
}
