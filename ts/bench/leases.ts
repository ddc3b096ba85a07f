/** A lab of hosts that take their addresses by DHCP: from the text of its file until each has a lease, real frames and all. */
import { toHex } from '../model/events/chain.ts';
import { repeat, wallNs } from './clock.ts';
import { labOf, type Run, runWhole, verify } from './lab-run.ts';
import { leasingHostsText } from './lab-texts.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const HOSTS = 1000;
const NAME = `${HOSTS} hosts by DHCP`;

/** @throws when a host has no lease at the end, two have one address, or the run does not verify. */
function leases(plan: Plan): Row[] {
  const text = leasingHostsText(HOSTS);
  let last: Run | null = null;
  const times = repeat(plan.quick ? 1 : 5, () => wallNs(() => (last = runWhole(plan, labOf(text)))) / 1e6);
  const run = last as Run | null;
  if (run === null) throw new Error(`${NAME}: nothing was measured`);
  const leased = new Set(Object.values(run.engine.state.leases).map(({ ip }) => ip));
  if (leased.size !== HOSTS) throw new Error(`${NAME}: ${leased.size} addresses are leased`);
  if (!plan.quick) verify(plan, run);
  const logged = run.decided.reduce((sum, { body }) => sum + body.length, 0);
  const digest = toHex(run.engine.chain).slice(0, 16);
  return [
    rowOf(`${NAME}: text to last lease`, 'ms', times, { digest }),
    rowOf(`${NAME}, linear memory a host`, 'bytes', [Math.round(run.engine.dataplane.region().byteLength / HOSTS)]),
    rowOf(`${NAME}, events a host`, 'bytes', [Math.round(logged / HOSTS)]),
  ];
}

export const LEASES: readonly Benchmark[] = [{ name: NAME, run: leases }];
