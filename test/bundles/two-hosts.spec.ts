// Written by "switchback export". The bundle beside it holds the lab's whole history.
import { Recording } from 'switchback-lab';
import { expect, test } from 'vitest';

const recording = await Recording.open(new URL('./two-hosts.sbk', import.meta.url));

test('two-hosts: the recorded history follows from its inputs again', () => {
  expect(recording.verify()).toEqual({
    verified: true,
    positions: 5,
    chain: '3b1e9e7bd2f225d1d34601583a16c58308ac1bb0cb0d951c6d4f2868782775fd',
  });
});

test('two-hosts: nothing-lost', () => {
  const { failures } = recording.check({ flow: 'web', lost: { max: 1 } });
  expect(failures).toEqual([]);
});
