/** Strips and lanes of a lab that grows, as pixels need them. */
import { describe, expect, test } from 'vitest';
import { MARK, type OpenedLab, type TrackChange } from '../ask/questions.ts';
import { countBefore, Lanes, nearest } from './lanes.ts';
import { Strips } from './strips.ts';

function labOf(changes: readonly TrackChange[], lanes: readonly number[], marks: readonly number[]): OpenedLab {
  const positions = lanes.length;
  const events = {
    atNs: Float64Array.from(lanes.keys()),
    cause: new Uint32Array(positions),
    lane: Uint16Array.from(lanes),
    mark: Uint8Array.from(marks),
  };
  return { lab: 'lab', positions, chain: '', endNs: positions, nodes: [], flows: [], events, changes };
}

const role = (from: number, value: string | null): TrackChange => ({ lane: 1, track: 'role', from, value });

describe('strips', () => {
  test('last from a change to the next one, and the last to the end', () => {
    const strips = new Strips();
    strips.grow(labOf([role(2, 'passive'), role(10, 'active'), role(20, null), role(30, 'passive')], [], []));
    const seen = [...strips.seen(1, { xOf: (position) => position * 10, width: 350, endX: 340 })];
    expect(seen).toEqual([
      { track: 'role', value: 'passive', from: 20, to: 100 },
      { track: 'role', value: 'active', from: 100, to: 200 },
      { track: 'role', value: 'passive', from: 300, to: 340 },
    ]);
    expect([...strips.seen(2, { xOf: (position) => position, width: 100, endX: 100 })]).toEqual([]);
  });

  test('that began before the view are seen from its left edge on', () => {
    const strips = new Strips();
    strips.grow(labOf([role(1, 'passive'), role(50, 'active'), role(5000, 'passive')], [], []));
    const seen = [...strips.seen(1, { xOf: (position) => position - 1000, width: 100, endX: 100 })];
    expect(seen).toEqual([{ track: 'role', value: 'active', from: 0, to: 100 }]);
  });

  test('of a hundred thousand changes are at most two to a pixel, and leave no pixel out', () => {
    const changes = Array.from({ length: 100_000 }, (_, index) => role(index + 1, index % 2 === 0 ? 'active' : 'passive'));
    const strips = new Strips();
    const growing: TrackChange[] = [];
    for (let from = 0; from < changes.length; from += 9999) {
      growing.push(...changes.slice(from, from + 9999));
      strips.grow(labOf(growing, [], []));
    }
    const width = 500;
    const seen = [...strips.seen(1, { xOf: (position) => (position / 100_000) * width, width, endX: width })];
    expect(seen.length).toBeLessThanOrEqual(2 * width);
    const columns = new Set(seen.flatMap(({ from, to }) => [Math.floor(from), Math.floor(to - 1e-9)]));
    expect(columns.size).toBe(width);
  });
});

describe('lanes', () => {
  test('have their events in order as a lab grows, without time that only passes', () => {
    const lanes = new Lanes(3);
    const of = [0, 1, 2, 1, 1, 0, 2, 1];
    const marks = [MARK.input, MARK.outcome, MARK.drop, MARK.time, MARK.drop, MARK.input, MARK.outcome, MARK.input];
    for (const end of [3, 3, 8]) lanes.grow(labOf([], of.slice(0, end), marks.slice(0, end)));
    const listOf = (lane: number, which: 'all' | 'inputs' | 'drops'): number[] => {
      const list = lanes.at(lane)?.[which];
      return list === undefined ? [] : [...list.items.subarray(0, list.length)];
    };
    expect([0, 1, 2].map((lane) => listOf(lane, 'all'))).toEqual([
      [1, 6],
      [2, 5, 8],
      [3, 7],
    ]);
    expect([0, 1, 2].map((lane) => listOf(lane, 'inputs'))).toEqual([[1, 6], [8], []]);
    expect([0, 1, 2].map((lane) => listOf(lane, 'drops'))).toEqual([[], [5], [3]]);
    expect(lanes.at(3)).toBe(undefined);
  });

  test('find what is before a value, and what is nearest to it', () => {
    const list = { items: Uint32Array.of(2, 5, 9, 0, 0), length: 3 };
    const same = (position: number): number => position;
    expect([0, 2, 3, 9, 10].map((value) => countBefore(list, value, same))).toEqual([0, 0, 1, 2, 3]);
    expect([0, 3, 4, 8, 100].map((value) => nearest(list, value, same))).toEqual([2, 2, 5, 9, 9]);
    expect(nearest({ items: new Uint32Array(4), length: 0 }, 3, same)).toBe(0);
  });
});
