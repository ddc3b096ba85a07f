/**
 * A lab's events as server-sent events. `id` is the position, so a reader that was cut off goes on where it was
 * (`Last-Event-ID`).
 *
 * Nothing is read from the log before the reader has taken what was read so far: a slow reader waits, and costs one batch of
 * memory, however far behind it is.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { EventLog, LogRecord } from '../log/event-log.ts';
import type { Position } from '../model/events/events.ts';
import { publishChained } from '../services/publish/publish-event.ts';
import { decodeStored } from './polite-log.ts';

/** Text handed over at a time, characters; several events share a write when they come together. */
const CHUNK_CHARACTERS = 16 * 1024;
/** When a browser should try again after it was cut off. */
const RETRY_MS = 1000;

export interface EventStream {
  readonly log: EventLog;
  readonly lab: string;
  readonly from: Position;
  /** Aborted when the reader has gone, or the server closes. */
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
}

/** The text of the stream; ends when the lab is removed, with an event `end`, or when the signal aborts, without. */
export async function* eventStream({ log, lab, from, signal, heartbeatMs }: EventStream): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  const batches = log.follow(lab, from, signal)[Symbol.asyncIterator]();
  for (;;) {
    const next = new Awaited(batches.next());
    while (!(await next.within(heartbeatMs))) yield ': nothing new\n\n';
    const batch = next.take();
    if (batch.done === true) break;
    for (const text of chunks(lab, batch.value)) {
      if (signal.aborted) return;
      yield text;
    }
    await breathe();
  }
  // Without this word a reader could not tell a lab that is gone from a connection that is.
  if (!signal.aborted) yield 'event: end\ndata: {"reason":"removed"}\n\n';
}

function* chunks(lab: string, records: readonly LogRecord[]): Generator<string> {
  let text = '';
  for (const record of records) {
    const event = publishChained(decodeStored(lab, record), record.chain);
    text += `id: ${record.position}\ndata: ${JSON.stringify(event)}\n\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** A promise that is waited for in rounds, without one more listener on it for each. */
class Awaited<T> {
  #take: (() => T) | null = null;
  #wake: () => void = () => undefined;

  constructor(promise: Promise<T>) {
    const settle = (take: () => T): void => {
      this.#take = take;
      this.#wake();
    };
    promise.then(
      (value) => settle(() => value),
      (error: unknown) =>
        settle(() => {
          throw error;
        }),
    );
  }

  /** Whether it settled within this time. */
  async within(ms: number): Promise<boolean> {
    if (this.#take !== null) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    return this.#take !== null;
  }

  /** The promise's value. @throws the promise's error */
  take(): T {
    if (this.#take === null) throw new Error('not settled yet');
    return this.#take();
  }
}
