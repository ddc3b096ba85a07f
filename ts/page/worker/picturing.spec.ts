/**
 * The picture that the page's workers draw, on Node:
 *
 *   records ─ bundle ─► desk ─► parts, and a file ═ what `switchback graph` draws of the same records
 */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { playsLab } from '../../../test/support/played.ts';
import { bundleOfLab, type MadeBundle } from '../../../test/web/bundles.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { decodeBody } from '../../model/events/codec.ts';
import { drawing } from '../../picture/drawing.ts';
import type { SvgElement } from '../../picture/element.ts';
import { plainLayout } from '../../picture/plain-layout.ts';
import { planOf } from '../../picture/plan.ts';
import { svgText } from '../../picture/svg-text.ts';
import { labScene } from '../../services/picture/lab-picture.ts';
import type { PictureChanges } from '../ask/questions.ts';
import { Desk } from './desk.ts';

const LAB = 'ha-assigned-mac';
const WASM = readFileSync(new URL('../../../gen/dataplane/dataplane.core.wasm', import.meta.url));

let made: MadeBundle;
let desk: Desk;

beforeAll(async () => {
  made = await bundleOfLab(LAB);
  desk = await opened();
});

async function opened(): Promise<Desk> {
  const one = new Desk({ nowMs: () => 0, pause: () => Promise.resolve() }, { proof: () => undefined, piece: () => undefined });
  await one.answer('dataplane', { wasm: WASM, identity: 'test' });
  await one.answer('open', { bytes: made.bytes, outlines: false });
  return one;
}

/** The positions of the first events of some types. */
function firstOf(...types: readonly string[]): number[] {
  return types.map((type) => made.records.findIndex(({ body }) => decodeBody(body).type === type) + 1);
}

test('a position has the picture that "graph" draws of it, at events of each sort', async () => {
  playsLab();
  const log = openMemoryLog();
  await log.append(LAB, 0, made.records);
  const positions = [1, ...firstOf('TimeAdvanced', 'FramesDropped', 'HaStateChanged', 'NeighbourUpdated'), made.records.length];
  for (const position of new Set(positions)) {
    expect(position).toBeGreaterThan(0);
    const { scene, defined } = await labScene(log, LAB, { position });
    const expected = svgText(drawing(plainLayout(planOf(defined)), scene, LAB));
    expect(await desk.answer('svg', { position }), `#${position}`).toBe(expected);
  }
});

test('parts that changed, put on those before, are the whole picture; and a step changes few', async () => {
  playsLab();
  const parts = new Map<string, string>();
  const show = async (position: number, isDerived: boolean): Promise<PictureChanges> => {
    const changes = await desk.answer('picture', { position, isDerived });
    for (const [name, text] of changes) {
      if (text === '') parts.delete(name);
      else parts.set(name, text);
    }
    return changes;
  };
  const [failover = 1] = firstOf('HaStateChanged');
  const first = await show(failover, true);
  const second = await show(failover + 1, true);
  expect(second.length).toBeLessThan(first.length / 2);
  expect(await show(failover + 1, true)).toEqual([]);
  await show(1, false);
  await show(made.records.length, true);
  const fresh = await (await opened()).answer('picture', { position: made.records.length, isDerived: true });
  expect(Object.fromEntries(parts)).toEqual(Object.fromEntries(fresh));
  const tags = fresh.map(([, text]) => (JSON.parse(text) as SvgElement).tag);
  expect(tags.length).toBeGreaterThan(20);
});

test('a layout is taken where it is one of this definition, and no other', async () => {
  playsLab();
  const { layout } = await (await opened()).answer('layOut', { given: null });
  const moved = { ...layout, by: 'elk', width: layout.width + 100 };
  expect((await desk.answer('layOut', { given: moved })).layout).toEqual(moved);
  expect((await desk.answer('layOut', { given: { ...moved, plan: '0'.repeat(64) } })).layout).toEqual(layout);
});
