import { expect, test } from 'vitest';
import type { LabEvent } from '../model/events/events.ts';
import { streamTimeline, type TimelineEvent, timelineText } from './timeline.ts';

const MANY = 20_000;

function eventAt(position: number): LabEvent {
  const command = `link ${position % 2 === 0 ? 'down' : 'up'} fw1:eth1`;
  return { position, atNs: position * 1e6, cause: 0, type: 'CommandReceived', data: { command, id: '' } } as unknown as LabEvent;
}

function dropAt(position: number, count: number): LabEvent {
  const place = { node: 'fw1', interface: 'eth1', reason: 'interface-down' };
  const base = { position, atNs: position * 1e6 };
  const first = { ...base, cause: 1, type: 'FrameDropped', data: { ...place, dst: '', src: '', frame: 1, length: 60 } };
  const later = { ...base, cause: 2, type: 'FramesDropped', data: { ...place, count, firstNs: base.atNs, lastNs: base.atNs } };
  return (count === 0 ? first : later) as unknown as LabEvent;
}

/** Events, read as often as asked, and how many were taken in the last reading. */
class Source {
  taken = 0;
  readings = 0;
  readonly #events: (position: number) => LabEvent;
  readonly #count: number;
  constructor(events: (position: number) => LabEvent, count: number) {
    this.#events = events;
    this.#count = count;
  }

  // biome-ignore lint/suspicious/useAwait: what is read is asynchronous elsewhere
  async *read(): AsyncGenerator<TimelineEvent> {
    this.readings++;
    for (this.taken = 0; this.taken < this.#count; ) yield { event: this.#events(++this.taken), isShown: true };
  }
}

test('a time line is written while the log is read: it keeps no events', async () => {
  const source = new Source(eventAt, MANY);
  const lines = streamTimeline(() => source.read());
  expect((await lines.next()).value).toMatch(/^ *0\.001000000 +#1 +lab +> link up fw1:eth1$/);
  expect(source).toMatchObject({ readings: 2, taken: 2 });
});

test('its first line has the final count of a run of drops, though that is said later', async () => {
  const events = (position: number) => (position < 2 ? eventAt(position) : dropAt(position, position - 2));
  const source = new Source(events, 120);
  const lines: string[] = [];
  for await (const line of streamTimeline(() => source.read())) lines.push(line);
  expect(lines).toEqual([
    expect.stringMatching(/^0\.001000000 {2}#1 {2}lab {7}> link up fw1:eth1$/),
    expect.stringMatching(/^0\.002000000 {2}#2 {2}fw1:eth1 {2}drops 7,022 frames until 0\.120000000 s: interface-down, cause #1$/),
  ]);
  expect(timelineText(Array.from({ length: 120 }, (_, index) => events(index + 1)))).toBe(lines.join('\n'));
});
