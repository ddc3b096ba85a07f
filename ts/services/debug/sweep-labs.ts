/** Runs of a sweep in workers, several at a time; nothing of them is recorded. */
import { type SweptRun, sweptRun } from '../../debug/sweep.ts';
import { CheckRun, marksOf } from '../../engine/checks.ts';
import { scriptInputs } from '../../engine/script.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { EnginePool } from '../engine/pool.ts';

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
