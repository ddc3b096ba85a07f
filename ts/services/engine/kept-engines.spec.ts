import { expect, test } from 'vitest';
import { switchedHosts } from '../../../test/support/recorded-lab.ts';
import { defineInput } from '../../engine/script.ts';
import { createMemorySnapshots } from '../../log/memory-snapshots.ts';
import { toHex } from '../../model/events/chain.ts';
import { createEngine } from './host.ts';
import { keepEngine, takeEngine } from './kept-engines.ts';

const { lab } = switchedHosts('duration: 5s\n');

/** A small lab that was run for so long. */
function snapshotAt(untilNs: number) {
  const engine = createEngine();
  engine.receive(defineInput(lab));
  engine.receive({ type: 'TimeAdvanced', data: { toNs: untilNs } });
  while (!engine.step());
  return { snapshot: engine.snapshot(), region: toHex(engine.checkpoint().region) };
}

test('an engine is taken again for the same lab of the same store, once at a time', () => {
  const [store, other] = [createMemorySnapshots(), createMemorySnapshots()];
  const engine = takeEngine(store, 'lab');
  engine.restore(snapshotAt(1e9).snapshot);
  keepEngine(store, 'lab', engine);
  expect(takeEngine(other, 'lab')).not.toBe(engine);
  expect(takeEngine(store, 'lab')).toBe(engine);
  expect(takeEngine(store, 'lab')).not.toBe(engine);
  keepEngine(store, 'lab', engine);
  expect(takeEngine(store, 'another lab')).not.toBe(engine);
});

test('an engine that went on from a late moment goes on from an early one as a new engine does', () => {
  const [early, late] = [snapshotAt(1e9), snapshotAt(3e9)];
  const engine = createEngine();
  engine.restore(late.snapshot);
  engine.receive({ type: 'TimeAdvanced', data: { toNs: 4e9 } });
  while (!engine.step());
  engine.restore(early.snapshot);
  expect(toHex(engine.checkpoint().region)).toBe(early.region);
  engine.receive({ type: 'TimeAdvanced', data: { toNs: 3e9 } });
  while (!engine.step());
  const fresh = createEngine();
  fresh.restore(early.snapshot);
  fresh.receive({ type: 'TimeAdvanced', data: { toNs: 3e9 } });
  while (!fresh.step());
  expect(engine.checkpoint()).toEqual(fresh.checkpoint());
});
