/**
 * The event streams that are open: how many, one heartbeat for all of them, and all of them to an end when the server closes. A
 * heartbeat keeps proxies from closing a stream without events, and shows a client that the connection is alive.
 */
import type { ServerResponse } from 'node:http';
import type { ApiLimits } from './limits.ts';
import { Problem } from './problem.ts';

const HEARTBEAT = ': nothing new\n\n';

interface OpenStream {
  readonly controller: AbortController;
  readonly response: ServerResponse;
  /** Bytes on the connection at the last heartbeat. */
  written: number;
}

export class Streams {
  readonly #limits: ApiLimits;
  readonly #open = new Set<OpenStream>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: ApiLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Takes a place until the response is closed. @returns a signal that is aborted then. @throws Problem `too-many-streams` */
  enter(response: ServerResponse): AbortSignal {
    const { streamsMax, heartbeatMs } = this.#limits;
    if (this.#open.size >= streamsMax) {
      throw new Problem('too-many-streams', `${streamsMax} event streams are open already`, {}, { 'retry-after': '10' });
    }
    const stream: OpenStream = { controller: new AbortController(), response, written: 0 };
    // The client may have gone while its lab was looked up; then nobody would give the place back.
    if (response.destroyed) stream.controller.abort();
    if (response.destroyed) return stream.controller.signal;
    this.#open.add(stream);
    this.#timer ??= setInterval(() => this.#beat(), heartbeatMs).unref();
    response.once('close', () => this.#leave(stream));
    return stream.controller.signal;
  }

  /** Ends all of them. */
  end(): void {
    for (const { controller } of this.#open) controller.abort();
  }

  #leave(stream: OpenStream): void {
    stream.controller.abort();
    this.#open.delete(stream);
    if (this.#open.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Streams that had events since the last heartbeat, or whose reader is behind, need none. */
  #beat(): void {
    for (const stream of this.#open) {
      const { response, written } = stream;
      const { bytesWritten = 0 } = response.socket ?? {};
      if (bytesWritten === written && response.headersSent && !response.writableEnded && response.writableLength === 0) {
        response.write(HEARTBEAT);
      }
      stream.written = response.socket?.bytesWritten ?? 0;
    }
  }
}
