/**
 *   a ── s1 ── s2        The cable that the file has last closes the ring.
 *         \   /
 *          s3 ── b
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { labOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { closingCables } from './rings.ts';

const LOOPED = labOf(readFileSync('test/cli/fixtures/looped.lab.yml', 'utf8')).lab;

test('a ring of switches has one closing cable, and the lab without it has no ring', () => {
  const [cable, ...others] = closingCables(LOOPED);
  expect(others).toEqual([]);
  expect(cable).toMatchObject({ path: 'topology.links[4]', value: 's3:p2 to s1:p2 closes a ring of switches' });
  expect(cable?.lab?.links).toHaveLength(4);
  expect(cable?.lab === null || cable === undefined ? null : closingCables(cable.lab)).toEqual([]);
});

test.each(['uplink-team', 'lacp-member-lost', 'same-host-pair'])(
  '%s has no ring: its parallel cables act as one, or end at vSwitches',
  (name) => {
    expect(closingCables(shippedLab(name).lab)).toEqual([]);
  },
);
