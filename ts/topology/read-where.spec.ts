import { describe, expect, test } from 'vitest';
import type { LabEvent } from '../model/events/events.ts';
import { meets, readWhere } from './read-where.ts';

const role = (node: string, to: string): LabEvent =>
  ({
    type: 'HaStateChanged',
    position: 9,
    atNs: 0,
    cause: 1,
    data: { node, from: 'passive', to, reason: 'peer-lost' },
  }) as LabEvent;

describe('a condition on fields of events', () => {
  test.each(['node: fw2, to: active', '{ node: fw2, to: active }'])('chooses the events that meet all of it: %s', (text) => {
    const where = readWhere(text, ['HaStateChanged']);
    expect([role('fw2', 'active'), role('fw1', 'active'), role('fw2', 'passive')].map((event) => meets(where, event))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('without a type means the types that have all its fields', () => {
    const { types } = readWhere('ip: 10.0.1.1, seq: 1, mac: "00:50:56:bb:00:01"', null);
    expect(types.has('GarpSent')).toBe(true);
    expect(types.has('NeighbourUpdated')).toBe(false);
  });

  test.each([
    ['nod: fw2', ['HaStateChanged'], /^HaStateChanged has no field "nod"; did you mean "node"\?$/],
    ['xyzzy: 1', null, /^no event has a field "xyzzy"; docs\/events\.md has the fields$/],
    ['to: activ', ['HaStateChanged'], /^HaStateChanged\.to is never "activ"; did you mean "active"\?$/],
    ['seq: one', ['GarpSent'], /^GarpSent\.seq is a number, "one" is a string$/],
    ['definition: x, seq: 1', null, /^no event has definition and seq$/],
    ['node', null, /node needs a value/],
    ['frames: x', ['FramesReceived'], /not a single value/],
    ['[', null, /is no condition; expected fields and their values/],
    ['', null, /is no condition/],
  ] as const)('that no event can meet is refused: %s', (text, types, message) => {
    expect(() => readWhere(text, types)).toThrow(message);
  });
});
