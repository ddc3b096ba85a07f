/**
 * Sessions: layer 3 through a firewall whose packets belong to sessions, established or new. What a frame takes beyond a router's work:
 * its addresses and ports, the look-up, state, time and counters of the session; of a new one zones, policies and two keys.
 */
import { Device } from './device.ts';
import { agreedDigest, BURST, Lane, sizesOf, WARM_UP_FRAMES } from './lane.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';
import { type FirewallShape, firewallShape } from './shape.ts';

/** Fewer than of switches, so that all benchmarks together take about a minute, or ten seconds. */
const SAMPLES = { quick: 3, all: 9 };

/** Wasm and C in turn. @throws when they did not deliver the same, or their tables did not count the same. */
function compare(plan: Plan, name: string, shape: FirewallShape): Row {
  const { frames } = sizesOf(plan);
  const samples = plan.quick ? SAMPLES.quick : SAMPLES.all;
  const [polls, warmUp] = [Math.ceil(frames / BURST), Math.ceil(WARM_UP_FRAMES / BURST)];
  const [ours, c] = [new Lane(), new Lane()];
  const device = new Device(plan.module, shape);
  for (let i = 0; i < samples; i++) {
    ours.sample(device, polls, BURST);
    if (plan.c === null) continue;
    const sample = plan.c.run('session', [shape.sessions, shape.opens ? 1 : 0, BURST, polls, warmUp]);
    c.add(sample.processorNs, sample);
  }
  const rates = ours.ns.map((ns) => (polls * BURST * 1e9) / ns);
  return rowOf(name, 'frames/s', rates, { digest: agreedDigest(name, [ours, c]), ratioToC: c.timesOf(ours) });
}

const ROWS: readonly (readonly [string, FirewallShape])[] = [
  ['layer 3 with sessions, 1k sessions', firewallShape(1000, { opens: false })],
  ['layer 3 with sessions, 100k sessions', firewallShape(100_000, { opens: false })],
  ['layer 3 with sessions, each frame opens one', firewallShape(100_000, { opens: true })],
];

export const SESSIONS: readonly Benchmark[] = ROWS.map(([name, shape]) => ({
  name,
  run: (plan) => [compare(plan, name, shape)],
}));
