/** Runs of a sweep in workers, several at a time; nothing of them is recorded. */
import { type SweptRun, sweptRun } from '../../debug/sweep.ts';
import { CheckRun, marksOf } from '../../engine/checks.ts';
import { scriptInputs } from '../../engine/script.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { newWorker } from '../engine/new-worker.ts';
import { EnginePool } from '../engine/pool.ts';
import type { MomentsAsked, MomentTold } from './sweep-worker.ts';

/** A lab file of a sweep, and the value that it has. */
export interface Variant {
  readonly value: string;
  readonly file: LabFile;
}

/**
 * Runs every variant to its end.
 * @param workers how many run at a time.
 * @returns what they came to, in the order of the variants.
 * @throws HostFailed when an engine traps.
 */
export async function sweepLabs(variants: readonly Variant[], workers: number): Promise<SweptRun[]> {
  const pool = new EnginePool(workers);
  const runs: SweptRun[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < variants.length; number = next++) {
      const variant = variants[number];
      if (variant !== undefined) runs[number] = await runIn(pool, variant);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
    return runs;
  } finally {
    await pool.close();
  }
}

/** A moment of a sweep, as the file would say it, and in ns. */
export interface SweptMoment {
  readonly value: string;
  readonly atNs: number;
}

/**
 * Runs a lab file with a step at each of some times. The runs of one worker share their past (ts/debug/shared-past.ts).
 * @param moments ascending.
 * @returns what they came to, in the order of the moments.
 * @throws Error when a worker dies.
 */
export async function sweepMoments(
  file: LabFile,
  step: string,
  moments: readonly SweptMoment[],
  workers: number,
): Promise<SweptRun[]> {
  const runs: SweptRun[] = [];
  const numbered = moments.map(({ atNs }, number) => ({ number, atNs }));
  // Every worker has early moments, whose branches are long, and late ones.
  const shares = Array.from({ length: workers }, (_, worker) => numbered.filter(({ number }) => number % workers === worker));
  const told = ({ number, result }: MomentTold): void => {
    runs[number] = sweptRun(moments[number]?.value ?? '', result);
  };
  await Promise.all(shares.map((share) => shareOf({ file, step, moments: share }, told)));
  return runs;
}

async function shareOf(asked: MomentsAsked, told: (run: MomentTold) => void): Promise<void> {
  const worker = newWorker('./sweep-worker', import.meta.url);
  let left = asked.moments.length;
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (run: MomentTold) => {
        told(run);
        if (--left === 0) resolve();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the worker ended with code ${code}, ${left} runs before its end`)));
      worker.postMessage(asked);
    });
  } finally {
    await worker.terminate();
  }
}

async function runIn(pool: EnginePool, { value, file }: Variant): Promise<SweptRun> {
  const { checks } = file.script;
  const run = new CheckRun(checks);
  let last: LogRecord | null = null;
  const host = pool.open((records) => {
    for (const { body } of records) run.observe(decodeBody(body));
    last = records.at(-1) ?? last;
    return Promise.resolve();
  });
  try {
    const inputs = scriptInputs(file.lab, file.script);
    const { position, report } = await host.work({
      type: 'inputs',
      inputs,
      commandId: '',
      withReport: true,
      marks: marksOf(checks),
    });
    if (report === null || last === null) throw new Error('the engine gave no report');
    const results = run.results(report.flows, { samples: report.dropSamples, end: report.drops });
    return sweptRun(value, { position, chain: toHex((last as LogRecord).chain), flows: report.flows, checks: results });
  } finally {
    await host.close();
  }
}
