/** `sweep` of a crash over many moments: two hundred runs of the failover that the package ships, in two workers. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { momentsOf } from '../debug/sweep.ts';
import { sweepMoments } from '../services/debug/sweep-labs.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { packagePath } from './package-path.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const LAB = 'labs/ha-assigned-mac.lab.yml';
const STEP = 'crash fw1';
const RUNS = 200;
const WORKERS = 2;
const [FROM_NS, TO_NS] = [18e9, 22e9];
const NAME = `sweep of ${RUNS} crash moments`;

async function sweepCrashes({ quick, note }: Plan): Promise<Row[]> {
  if (quick) {
    note(`${NAME}: left out by --quick`);
    return [];
  }
  const read = readLabFile(readFileSync(packagePath(LAB), 'utf8'), LAB);
  if (!read.ok) throw new Error(`${LAB} is not valid`);
  const moments = momentsOf(FROM_NS, TO_NS, RUNS).map((atNs) => ({ value: String(atNs), atNs }));
  const [cpu, wall] = [process.cpuUsage(), process.hrtime.bigint()];
  const runs = await sweepMoments(read.file, STEP, moments, WORKERS);
  const wallMs = Number(process.hrtime.bigint() - wall) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  const digest = createHash('sha256')
    .update(runs.map(({ chain }) => chain).join())
    .digest('hex')
    .slice(0, 16);
  return [
    rowOf(`${NAME}, ${WORKERS} workers`, 'ms', [wallMs], { digest }),
    rowOf(`${NAME}, processor time`, 'ms', [(user + system) / 1000], { digest }),
  ];
}

export const SWEEP: readonly Benchmark[] = [{ name: NAME, run: sweepCrashes }];
