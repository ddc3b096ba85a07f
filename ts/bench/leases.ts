/** A lab of hosts that take their addresses by DHCP: from the text of its file until each has a lease, real frames and all. */
import { toHex } from '../model/events/chain.ts';
import { repeat, wallNs } from './clock.ts';
import { labOf, type Run, runWhole, verify } from './lab-run.ts';
import { leasingHostsText } from './lab-texts.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const HOSTS = 1000;

/** @throws when a host has no lease at the end, two have one address, or the run does not verify. */
export function leaseRows(plan: Plan, hosts: number): Row[] {
  const name = nameOf(hosts);
  const text = leasingHostsText(hosts);
  const runs: Run[] = [];
  const times = repeat(plan.quick ? 1 : 3, () => wallNs(() => runs.push(runWhole(plan, labOf(text)))) / 1e6);
  const [run] = runs;
  if (run === undefined) throw new Error(`${name}: nothing was measured`);
  const leased = new Set(Object.values(run.engine.state.leases).map(({ ip }) => ip));
  if (leased.size !== hosts) throw new Error(`${name}: ${leased.size} addresses are leased`);
  verify(plan, run);
  const logged = run.decided.reduce((sum, { body }) => sum + body.length, 0);
  return [
    rowOf(`${name}: text to last lease`, 'ms', times, { digest: toHex(run.engine.chain).slice(0, 16) }),
    rowOf(`${name}, linear memory a host`, 'bytes', [Math.round(run.engine.dataplane.region().byteLength / hosts)]),
    rowOf(`${name}, events a host`, 'bytes', [Math.round(logged / hosts)]),
  ];
}

function nameOf(hosts: number): string {
  return `${hosts} hosts by DHCP`;
}

export const LEASES: readonly Benchmark[] = [{ name: nameOf(HOSTS), run: (plan) => leaseRows(plan, HOSTS) }];
