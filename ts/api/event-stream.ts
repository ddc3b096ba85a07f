/**
 * A lab's events as server-sent events. `id` is the position, so a reader that was cut off goes on where it was
 * (`Last-Event-ID`).
 *
 * Nothing is read from the log before the reader has taken what was read so far: a slow reader waits, and costs one piece of
 * memory, however far behind it is. A stream without news waits for the append and costs nothing.
 */
import { type EventLog, type Head, LabRemoved } from '../log/event-log.ts';
import type { LabEvent, Position } from '../model/events/events.ts';
import { EventPieces } from './event-pieces.ts';

/** When a browser should try again after it was cut off. */
const RETRY_MS = 1000;

export interface EventStream {
  readonly log: EventLog;
  readonly lab: string;
  readonly from: Position;
  /** Which events the reader asked for; all unless given. */
  readonly isWanted?: (event: LabEvent) => boolean;
  /** Aborted when the reader has gone, or the server closes. */
  readonly signal: AbortSignal;
  /** Does a piece of work when it is its turn. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The text of the stream; ends when the lab is removed, with an event `end`, or when the signal aborts, without. */
export async function* eventStream({ log, lab, from, isWanted, signal, turn }: EventStream): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  const pieces = new EventPieces(log, lab, from, (position, json) => `id: ${position}\ndata: ${json}\n\n`, isWanted);
  const watch = log.watch(lab, signal);
  try {
    for (;;) {
      const head: Head | null = await watch.holds(pieces.next);
      const text = head === null ? null : await turn(() => pieceOf(pieces, head.position));
      if (signal.aborted) return;
      if (text === null) break;
      if (text !== '') yield text;
    }
  } finally {
    watch.close();
  }
  // Without this word a reader could not tell a lab that is gone from a connection that is.
  yield 'event: end\ndata: {"reason":"removed"}\n\n';
}

/** Null when the lab was removed. */
async function pieceOf(pieces: EventPieces, to: Position): Promise<string | null> {
  try {
    return await pieces.read(to);
  } catch (error) {
    if (error instanceof LabRemoved) return null;
    throw error;
  }
}
