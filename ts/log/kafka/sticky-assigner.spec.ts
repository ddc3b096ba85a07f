import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignSticky, type Member } from './sticky-assigner.ts';

const PARTITIONS = 12;
const partition = fc.integer({ min: -1, max: PARTITIONS + 1 });
const members = fc.uniqueArray(fc.record({ id: fc.string(), owned: fc.array(partition) }), {
  selector: ({ id }) => id,
  minLength: 1,
  maxLength: 15,
});

const all = Array.from({ length: PARTITIONS }, (_, index) => index);
const asMembers = (assigned: ReadonlyMap<string, readonly number[]>): Member[] =>
  [...assigned].map(([id, owned]) => ({ id, owned }));
const moved = (before: ReadonlyMap<string, readonly number[]>, after: ReadonlyMap<string, readonly number[]>) =>
  all.filter((index) => [...before].some(([id, owned]) => owned.includes(index) && !after.get(id)?.includes(index)));

describe('partitions', () => {
  test('go to one member each, whatever the members claim, and nobody has two more than another', () => {
    fc.assert(
      fc.property(members, (claims) => {
        const assigned = assignSticky(PARTITIONS, claims);
        expect([...assigned.values()].flat().sort((a, b) => a - b)).toEqual(all);
        const counts = claims.map(({ id }) => assigned.get(id)?.length ?? -1);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('go to the same members in whatever order those come', () => {
    fc.assert(
      fc.property(members, (claims) => {
        expect(assignSticky(PARTITIONS, [...claims].reverse())).toEqual(assignSticky(PARTITIONS, claims));
      }),
    );
  });

  test('stay where they are when nobody comes or goes', () => {
    fc.assert(
      fc.property(members, (claims) => {
        const assigned = assignSticky(PARTITIONS, claims);
        expect(assignSticky(PARTITIONS, asMembers(assigned))).toEqual(assigned);
      }),
    );
  });

  test('of a member that goes are the only ones that move', () => {
    fc.assert(
      fc.property(members, (claims) => {
        const before = assignSticky(PARTITIONS, claims);
        const [gone, ...rest] = asMembers(before);
        fc.pre(rest.length > 0);
        const after = assignSticky(PARTITIONS, rest);
        expect(moved(before, after).every((index) => gone?.owned.includes(index))).toBe(true);
      }),
    );
  });

  test('move to a member that comes, and to nobody else', () => {
    fc.assert(
      fc.property(members, (claims) => {
        const before = assignSticky(PARTITIONS, claims);
        fc.pre(!before.has('the new one'));
        const after = assignSticky(PARTITIONS, [...asMembers(before), { id: 'the new one', owned: [] }]);
        expect(moved(before, after)).toEqual(after.get('the new one'));
      }),
    );
  });
});

test('one of two who claim the same keeps it', () => {
  const assigned = assignSticky(4, [
    { id: 'b', owned: [0, 1] },
    { id: 'a', owned: [1, 2] },
  ]);
  expect(assigned).toEqual(
    new Map([
      ['a', [1, 2]],
      ['b', [0, 3]],
    ]),
  );
});
