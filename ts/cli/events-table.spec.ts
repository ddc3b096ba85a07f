import { expect, test } from 'vitest';
import type { LabEvent } from '../model/events/events.ts';
import { eventsTable, streamEventsTable, WINDOW_EVENTS } from './events-table.ts';

const MANY = 50_000;
/** Far more than it takes, far less than the 332 s of a table that measures all of its rows. */
const WHOLE_MS_MAX = 5000;

function eventAt(position: number): LabEvent {
  const command = `link ${position % 2 === 0 ? 'down' : 'up'} fw${position % 7}:eth1`;
  return { position, atNs: position * 1000, cause: 0, type: 'CommandReceived', data: { command, id: '' } } as unknown as LabEvent;
}

/** Events, and how many of them were taken. */
class Source {
  taken = 0;
  readonly #count: number;
  constructor(count: number) {
    this.#count = count;
  }

  // biome-ignore lint/suspicious/useAwait: what is read is asynchronous elsewhere
  async *[Symbol.asyncIterator](): AsyncGenerator<LabEvent> {
    while (this.taken < this.#count) yield eventAt(++this.taken);
  }
}

async function linesOf(count: number): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of streamEventsTable(new Source(count))) pieces.push(piece);
  return pieces.join('\n').split('\n');
}

test('the first line of a long table is there before the rest of the log is read', async () => {
  const source = new Source(MANY);
  const { value } = await streamEventsTable(source).next();
  expect(value).toMatch(/^POSITION +TIME +TYPE +WHO +TEXT +CAUSE$/);
  expect(source.taken).toBe(WINDOW_EVENTS);
});

test('a table of 50,000 events takes time in proportion to its rows', async () => {
  const beganMs = performance.now();
  expect(await linesOf(MANY)).toHaveLength(MANY + 1);
  expect(performance.now() - beganMs).toBeLessThan(WHOLE_MS_MAX);
});

test('a short table is the one that is drawn whole, a long one has the same columns', async () => {
  const short = Array.from({ length: WINDOW_EVENTS - 1 }, (_, index) => eventAt(index + 1));
  expect(await linesOf(short.length)).toEqual(eventsTable(short).split('\n'));
  const long = Array.from({ length: WINDOW_EVENTS }, (_, index) => eventAt(index + 1));
  expect(await linesOf(long.length)).toEqual(eventsTable(long).split('\n'));
});

test('a log without events of the wanted types is a table with its heads alone', async () => {
  expect(await linesOf(0)).toEqual(eventsTable([]).split('\n'));
});
