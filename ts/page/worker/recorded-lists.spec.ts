/** state ─► changes ─► state ═ state; a list that did not change is the same object as before, and is not sent. */
import { expect, test } from 'vitest';
import { RecordedStates } from '../model/recorded-states.ts';
import { RecordedLists } from './recorded-lists.ts';

test('a document has the recorded state of each answer, and gets only the lists that changed', () => {
  const [lists, states] = [new RecordedLists(), new RecordedStates()];
  const first = { lab: 'l', position: 1, nodes: [{ node: 'a' }], drops: [{ count: 1 }] };
  expect(lists.changesTo(first).changed).toEqual(first);
  const shown = states.with(new RecordedLists().changesTo(first));
  const second = { lab: 'l', position: 2, nodes: [{ node: 'a' }], drops: [{ count: 2 }], moves: [] };
  const changes = lists.changesTo(second);
  expect(changes.changed).toEqual({ position: 2, drops: [{ count: 2 }], moves: [] });
  const after = states.with(changes);
  expect(after).toEqual(second);
  expect(after['nodes']).toBe(shown['nodes']);
  expect(Object.keys(states.with(lists.changesTo(first)))).toEqual(Object.keys(first));
});
