/**
 * The same decision, written twice: the data plane (asm/decide/, in WebAssembly) and the oracle (reference.ts, from the rules)
 * see the same random frames at the same random switches, and must agree on every verdict, table and counter.
 *
 * ORACLE_RUNS asks for more sequences of each kind, ORACLE_SEED for others.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceIn, type Outcomes } from './play.ts';
import { type Case, learningSwitchCases, teamCases, vswitchCases } from './random-switch.ts';

const RUNS = 1000;
const runs = Number(process.env['ORACLE_RUNS'] ?? RUNS);
const seed = Number(process.env['ORACLE_SEED'] ?? 20_240_611);

/** The first case on which data plane and oracle differ, shrunk and told; null when there is none. */
function firstDifference(cases: fc.Arbitrary<Case>, outcomes: Outcomes): string | null {
  const agree = fc.property(cases, (one) => differenceIn(one, outcomes) === null);
  const { counterexample, numShrinks, counterexamplePath } = fc.check(agree, { seed, numRuns: runs });
  if (counterexample === null) return null;
  const [one] = counterexample;
  return `seed ${seed}, path ${counterexamplePath}, shrunk ${numShrinks} times\n${differenceIn(one) ?? 'it no longer differs'}`;
}

describe(`data plane and oracle agree (${runs} sequences of each kind, seed ${seed})`, () => {
  test('VSW-01 to VSW-16, LRN-01 to LRN-03: at random vSwitches, and every outcome of the rules occurs', () => {
    const outcomes: Outcomes = new Map();
    expect(firstDifference(vswitchCases, outcomes)).toBeNull();
    if (runs < RUNS) return;
    expect([...outcomes.keys()].sort()).toEqual([
      'an address moved',
      'delivered to one',
      'delivered to several',
      'dropped dst-mac-mismatch',
      'dropped forged-transmit',
      'dropped link-down',
      'dropped mac-limit',
      'dropped no-recipient',
      'dropped port-blocked',
      'dropped reverse-path',
      'dropped source-reflected',
      'dropped vlan-mismatch',
      'refused link-down',
      'refused mac-change-rejected',
      'refused port-blocked',
      'refused reverse-path',
    ]);
  }, 180_000);

  test('VSW-16: at random teams of uplinks, by port, source MAC and IP hash, and every outcome of the rules occurs', () => {
    const outcomes: Outcomes = new Map();
    expect(firstDifference(teamCases, outcomes)).toBeNull();
    if (runs < RUNS) return;
    const names = [...outcomes.keys()];
    expect(names).toEqual(expect.arrayContaining(['delivered to one', 'delivered to several', 'dropped no-recipient']));
    expect(names).toEqual(expect.arrayContaining(['dropped reverse-path', 'refused reverse-path', 'dropped dst-mac-mismatch']));
  }, 180_000);

  test('HST-01, HST-02: at random learning switches, and every outcome of the rules occurs', () => {
    const outcomes: Outcomes = new Map();
    expect(firstDifference(learningSwitchCases, outcomes)).toBeNull();
    if (runs < RUNS) return;
    expect([...outcomes.keys()].sort()).toEqual([
      'an address moved',
      'delivered to one',
      'delivered to several',
      'dropped interface-down',
      'dropped link-down',
      'dropped no-recipient',
      // By a bond's member that stands by.
      'dropped port-blocked',
      'dropped vlan-mismatch',
    ]);
  }, 180_000);
});
