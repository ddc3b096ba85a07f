/**
 * Pairs of firewalls, written twice: the engine, and the oracle (reference-pair.ts and reference-roles.ts, from the rules). Both play the
 * same random pairs with the same faults and frames, and must agree on who is active when, to the millisecond, on what becomes of each
 * frame at each unit, on every announcement, and on every session that the peer has.
 *
 * ORACLE_RUNS asks for more cases, ORACLE_SEED for others; SWITCHBACK_SHRINK=no is content with the first failure.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcomes } from './play.ts';
import { faultDifference, stormyDifference } from './play-pair.ts';
import { faultCases, stormyCases } from './random-pair.ts';

const RUNS = 48;
const runs = Number(process.env['ORACLE_RUNS'] ?? RUNS);
const storms = Math.ceil(runs / 3);
const endOnFailure = process.env['SWITCHBACK_SHRINK'] === 'no';
const seed = Number(process.env['ORACLE_SEED'] ?? 20_240_611);

/** Null when all cases agree. */
function parted<T>(
  cases: fc.Arbitrary<T>,
  numRuns: number,
  difference: (one: T, outcomes?: Outcomes) => string | null,
  outcomes: Outcomes,
): string | null {
  const agree = fc.property(cases, (one) => difference(one, outcomes) === null);
  const { counterexample, counterexamplePath } = fc.check(agree, { seed, numRuns, endOnFailure });
  return counterexample === null ? null : `path ${counterexamplePath}\n${difference(counterexample[0])}`;
}

test(`HA-01, HA-03 to HA-09, HA-11 to HA-14, HA-16, HA-17, HA-19, HA-20: after ${runs} random faults the oracle says who is active when, and what each unit does`, () => {
  const outcomes: Outcomes = new Map();
  expect(parted(faultCases, runs, faultDifference, outcomes)).toBeNull();
  if (runs < RUNS) return;
  expect([...outcomes.keys()]).toEqual(
    expect.arrayContaining([
      'active: sent frame',
      'passive: dropped ha-not-active',
      'passive: dropped link-down',
      'crashed: dropped interface-down',
    ]),
  );
}, 180_000);

test(`HA-01, HA-02, HA-12, HA-16, HA-19: in ${storms} random storms each unit does what its role and its sessions say`, () => {
  const outcomes: Outcomes = new Map();
  expect(parted(stormyCases, storms, stormyDifference, outcomes)).toBeNull();
  if (runs < RUNS) return;
  expect([...outcomes.keys()]).toEqual(
    expect.arrayContaining(['active: sent frame', 'non-functional: dropped ha-not-active', 'suspended: dropped link-down']),
  );
}, 180_000);
