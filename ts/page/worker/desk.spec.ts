/**
 * A desk without a worker around it: a lab is read in pieces, and followed in pieces, and each piece costs what is in it.
 *
 *   bundle ─► desk ─► piece, piece, piece … ═ the whole outline
 *   event  ─► desk ─► piece of that event; events that were there before are not decoded again
 */
import { expect, test, vi } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { bundleOf } from '../../../test/web/bundles.ts';
import { longLab } from '../../bench/long-lab.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Payload } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { publishChained } from '../../services/publish/publish-event.ts';
import type { Json, LabPiece } from '../ask/questions.ts';
import { GrowingLab } from '../model/growing-lab.ts';
import { Desk } from './desk.ts';
import { Outline } from './outline.ts';
import { RecordStore } from './record-store.ts';
import { Recording } from './recording.ts';

const demo = recordsOf(shippedLab('ha-assigned-mac'));

/** Long enough for three files of a bundle. */
function longRecords(count: number): LogRecord[] {
  const definition = decodeBody(demo[0]?.body ?? new Uint8Array(0)) as Payload & { readonly type: 'LabDefined' };
  return [...longLab(definition, count)];
}

/** A desk whose clock runs a second each time that it is looked at, so that it tells every piece. */
function deskWith(pieces: LabPiece[]): Desk {
  let nowMs = 0;
  const slicing = { nowMs: () => (nowMs += 1000), pause: () => Promise.resolve() };
  return new Desk(slicing, { proof: () => undefined, piece: (piece) => void pieces.push(piece) });
}

test('the pieces of a bundle are the outline of all of its events', async () => {
  const records = longRecords(30_000);
  const pieces: LabPiece[] = [];
  await deskWith(pieces).answer('open', { bytes: (await bundleOf('long', records)).bytes, outlines: true });
  expect(pieces.length).toBeGreaterThan(3);
  const growing = new GrowingLab();
  const lab = pieces.map((piece) => growing.take(piece)).at(-1);
  const outline = new Outline();
  for (const { body } of records) outline.take(decodeBody(body));
  const whole = outline.piece();
  expect(lab?.positions).toBe(30_000);
  expect(lab?.nodes).toEqual(whole.definition?.nodes);
  expect(lab?.changes).toEqual(whole.changes);
  for (const column of ['atNs', 'cause', 'lane', 'mark'] as const) {
    expect(lab?.events[column].slice(0, 30_000)).toEqual(whole.events[column]);
  }
});

test('an event that comes costs the same, however many were there before', async () => {
  const records = longRecords(6000);
  const published = records.map(({ body, chain }) => JSON.parse(JSON.stringify(publishChained(decodeBody(body), chain))) as Json);
  const decoded = vi.spyOn(Recording.prototype, 'eventAt');
  try {
    const desk = deskWith([]);
    await desk.answer('open', { bytes: (await bundleOf('long', records.slice(0, 100))).bytes, outlines: true });
    for (let end = 100; end < 6000; end += 590) {
      decoded.mockClear();
      const piece = await desk.answer('append', { events: published.slice(end, end + 590) });
      expect([piece?.from, piece?.positions, piece?.events.atNs.length]).toEqual([end, end + 590, 590]);
      expect(decoded).toHaveBeenCalledTimes(590);
    }
  } finally {
    decoded.mockRestore();
  }
});

test('a desk that draws nothing gives no piece', async () => {
  const pieces: LabPiece[] = [];
  const desk = deskWith(pieces);
  await desk.answer('open', { bytes: (await bundleOf('demo', demo.slice(0, 50))).bytes, outlines: false });
  expect(pieces).toEqual([]);
  expect(await desk.answer('recorded', { position: 50 })).toMatchObject({ changed: { lab: 'demo', position: 50 } });
});

test('records come out of the store as they went in', () => {
  const checkpoint = { engine: 'e', region: Uint8Array.of(1), agents: Uint8Array.of(2) };
  const marked = demo.map((record, index) => {
    const { position, body, chain } = record;
    const isMarked = index % 50 === 0;
    return {
      position,
      body,
      chain: Uint8Array.from(chain),
      recordedAtMs: 0,
      commandId: isMarked ? `c${index}` : '',
      checkpoint: isMarked ? checkpoint : null,
      settled: isMarked,
    };
  });
  const store = new RecordStore();
  for (let from = 0; from < marked.length; from += 7) store.add(marked.slice(from, from + 7));
  store.add([]);
  expect([...store.records()]).toEqual(marked);
  expect([...store.records(100)]).toEqual(marked.slice(99));
  for (const position of [1, 7, 8, 91, marked.length]) expect(store.record(position)).toEqual(marked[position - 1]);
  expect([store.record(0), store.record(marked.length + 1), store.body(0), store.chain(0)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
