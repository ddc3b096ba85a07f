import { expect, test } from 'vitest';
import { AppendConflict, type LabAppend } from '../event-log.ts';
import { AppendQueue } from './append-queue.ts';

const to = (lab: string): LabAppend => ({ lab, expected: 0, records: [] });

test('appends to a hundred labs that wait together are one commit, in the order of their arrival', async () => {
  const groups: string[][] = [];
  const queue = new AppendQueue((group) => {
    groups.push(group.map(({ lab }) => lab));
    return group.map(() => null);
  });
  const labs = Array.from({ length: 100 }, (_, index) => `lab-${index}`);
  await Promise.all(labs.map((lab) => queue.add(to(lab))));
  expect(groups).toEqual([labs]);
  await queue.add(to('later'));
  expect(groups).toHaveLength(2);
});

test('an append that is refused stops no other; a commit that fails stores none', async () => {
  const conflict = new AppendConflict('b', 0, 1);
  const queue = new AppendQueue((group) => group.map(({ lab }) => (lab === 'b' ? conflict : null)));
  const settled = await Promise.allSettled(['a', 'b', 'c'].map((lab) => queue.add(to(lab))));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(settled[1]).toMatchObject({ reason: conflict });

  const failing = new AppendQueue(() => {
    throw new Error('the disk is full');
  });
  const failed = await Promise.allSettled([failing.add(to('a')), failing.add(to('b'))]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('what must come after appends that wait commits them first', async () => {
  let commits = 0;
  const queue = new AppendQueue((group) => {
    commits++;
    return group.map(() => null);
  });
  const added = queue.add(to('a'));
  queue.flush();
  expect(commits).toBe(1);
  await added;
});
