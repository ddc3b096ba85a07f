/**
 * Sessions: layer 3 through a firewall whose packets belong to sessions, established or new. What a frame takes beyond a router's work:
 * its addresses and ports, the look-up, state, time and counters of the session; of a new one zones, policies and two keys. What the
 * firewall's table counted is part of the digest.
 */
import { besideC } from './beside-c.ts';
import type { Benchmark } from './plan.ts';
import { type FirewallShape, firewallShape } from './shape.ts';

const ROWS: readonly (readonly [string, FirewallShape])[] = [
  ['layer 3 with sessions, 1k sessions', firewallShape(1000, { opens: false })],
  ['layer 3 with sessions, 100k sessions', firewallShape(100_000, { opens: false })],
  ['layer 3 with sessions, each frame opens one', firewallShape(100_000, { opens: true })],
];

export const SESSIONS: readonly Benchmark[] = ROWS.map(([name, shape]) => ({
  name,
  run: (plan) => [besideC(plan, name, shape, 'session', [shape.sessions, shape.opens ? 1 : 0])],
}));
