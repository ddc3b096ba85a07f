/** Many readers of one server: the memory that readers of a long history need, and the time that idle streams take. */
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '../model/events/record.ts';
import { type LogRow, logRow } from './log-rows.ts';
import { Served, storeLab } from './served.ts';

const LAB = 'long';
const READERS = 200;
const EVENTS = 50_000;
const PAGE = 10_000;
const STREAMS = 1000;

/** Answers of a server, by status. */
export type Statuses = Readonly<Record<number, number>>;

/** Sends so many requests for a page of events at once, each on a connection of its own, and reads all answers. */
export async function readTogether(url: string, lab: string, readers: number, page: number): Promise<Statuses> {
  const statuses: Record<number, number> = {};
  const reading = Array.from({ length: readers }, async (_, reader) => {
    const answer = await ask(`${url}/v1/labs/${lab}/events?from=${1 + reader}&limit=${page}`);
    const status = answer.statusCode ?? 0;
    statuses[status] = (statuses[status] ?? 0) + 1;
    await new Promise((resolve, reject) => answer.on('end', resolve).on('error', reject).resume());
  });
  await Promise.all(reading);
  return statuses;
}

/** Streams of a lab's events behind its end. */
export class IdleStreams {
  readonly #answers: readonly IncomingMessage[];
  /** How many of them have got an event. */
  told = 0;

  private constructor(answers: readonly IncomingMessage[]) {
    this.#answers = answers;
    for (const answer of answers) {
      let text = '';
      answer.setEncoding('utf8').on('error', () => undefined);
      answer.on('data', (chunk: string) => {
        const had = text.includes('\ndata: ');
        text += chunk;
        if (!had && text.includes('\ndata: ')) this.told++;
      });
    }
  }

  /** @throws Error when the server refuses one */
  static async open(url: string, lab: string, streams: number, from: number): Promise<IdleStreams> {
    const asked = Array.from({ length: streams }, () => ask(`${url}/v1/labs/${lab}/events/stream?from=${from}`));
    const answers = await Promise.all(asked);
    const refused = answers.find(({ statusCode }) => statusCode !== 200);
    if (refused !== undefined) {
      for (const answer of answers) answer.destroy();
      throw new Error(`a stream was refused with ${refused.statusCode}`);
    }
    return new IdleStreams(answers);
  }

  close(): void {
    for (const answer of this.#answers) answer.destroy();
  }
}

/** The share of one core that a server takes while nothing happens, percent. */
export async function idleShare(served: Served, seconds: number): Promise<number> {
  const startS = await served.processorSeconds();
  const startMs = performance.now();
  await sleep(seconds * 1000);
  const passedS = (performance.now() - startMs) / 1000;
  return ((await served.processorSeconds()) - startS) / passedS / 0.01;
}

function ask(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent: false }, resolve).on('error', reject));
}

/** @param node arguments of Node up to the verb: the file of the command line. @param history as long as asked for */
export async function benchReaders(node: readonly string[], history: (length: number) => Iterable<LogRecord>): Promise<LogRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
  let served: Served | null = null;
  try {
    await storeLab(dir, LAB, history(EVENTS));
    served = await Served.start(node, dir);
    await readTogether(served.url, LAB, READERS, PAGE);
    const peakMiB = await served.peakMiB();
    const streams = await IdleStreams.open(served.url, LAB, STREAMS, EVENTS + 1);
    // The work of opening them, its garbage included, is over.
    await sleep(3000);
    const shares: number[] = [];
    for (let sample = 0; sample < 3; sample++) shares.push(await idleShare(served, 10));
    streams.close();
    return [
      logRow(`memory of a server with ${READERS} readers of ${PAGE} of ${EVENTS} events`, 'MiB', [peakMiB], 400),
      logRow(`one core's time for ${STREAMS} idle event streams`, '%', shares, 2),
    ];
  } finally {
    await served?.stop();
    rmSync(dir, { recursive: true });
  }
}
