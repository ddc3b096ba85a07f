/**
 * Aggregates, written twice: the engine's state machines of IEEE 802.1AX on real LACP frames, and the oracle (reference-lacp.ts, from the
 * documentation) see the same cables come and go, and must agree on which members each end uses when, to the millisecond.
 *
 * ORACLE_RUNS asks for more cases, ORACLE_SEED for others; SWITCHBACK_SHRINK=no is content with the first failure.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcomes } from './play.ts';
import { aggregateCases, aggregateDifference } from './play-lacp.ts';

const RUNS = 40;
const runs = Number(process.env['ORACLE_RUNS'] ?? RUNS);
const endOnFailure = process.env['SWITCHBACK_SHRINK'] === 'no';
const seed = Number(process.env['ORACLE_SEED'] ?? 20_240_611);

test(`at ${runs} random aggregates both ends use the members that the oracle says, when it says`, () => {
  const outcomes: Outcomes = new Map();
  const agree = fc.property(aggregateCases, (one) => aggregateDifference(one, outcomes) === null);
  const { counterexample, counterexamplePath } = fc.check(agree, { seed, numRuns: runs, endOnFailure });
  const told = counterexample === null ? null : `path ${counterexamplePath}\n${aggregateDifference(counterexample[0])}`;
  expect(told).toBeNull();
  if (runs < RUNS) return;
  expect([...outcomes.keys()]).toEqual(expect.arrayContaining(['joined', 'min-links', 'no-carrier', 'not-selected']));
}, 180_000);
