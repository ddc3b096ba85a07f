/**
 * Firewalls, written twice: the data plane (asm/session/, asm/decide/) and the oracle (reference-firewall.ts, from the rules) see the same
 * random packets at the same random firewalls, and must agree on what leaves, byte for byte, on every drop and on every session.
 *
 * ORACLE_RUNS asks for more sequences, ORACLE_SEED for others; SWITCHBACK_SHRINK=no is content with the first failure.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcomes } from './play.ts';
import { firewallDifference } from './play-firewall.ts';
import { firewallCases } from './random-firewall.ts';

const RUNS = 600;
const runs = Number(process.env['ORACLE_RUNS'] ?? RUNS);
const endOnFailure = process.env['SWITCHBACK_SHRINK'] === 'no';
const seed = Number(process.env['ORACLE_SEED'] ?? 20_240_611);

test(`MODE-02, MODE-03, MODE-04, MAC-12, HA-01, JUM-01: at ${runs} random firewalls data plane and oracle agree, and every outcome occurs`, () => {
  const outcomes: Outcomes = new Map();
  const agree = fc.property(firewallCases, (one) => firewallDifference(one, outcomes) === null);
  const { counterexample, counterexamplePath } = fc.check(agree, { seed, numRuns: runs, endOnFailure });
  const told = counterexample === null ? null : `path ${counterexamplePath}\n${firewallDifference(counterexample[0])}`;
  expect(told).toBeNull();
  if (runs < RUNS) return;
  expect([...outcomes.keys()]).toEqual(
    expect.arrayContaining([
      'dropped aggregate-member',
      'dropped bad-packet',
      'dropped frame-too-long',
      'dropped ha-not-active',
      'dropped interface-down',
      'dropped link-down',
      'dropped mtu-exceeded',
      'dropped no-listener',
      'dropped no-recipient',
      'dropped no-route',
      'dropped no-session',
      'dropped not-mine',
      'dropped policy-deny',
      'dropped session-table-full',
      'dropped ttl-expired',
      'dropped vlan-mismatch',
      'dropped wire-tag',
      'sent frame',
      'sent icmp',
      'sent reset',
      'to the agent',
    ]),
  );
}, 180_000);
