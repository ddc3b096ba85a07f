/** A worker of a sweep over moments: runs a lab file with a step at its share of the times, ascending, and tells each run as it ends. */
import { parentPort } from 'node:worker_threads';
import { SharedPast } from '../../debug/shared-past.ts';
import type { SweptResult } from '../../debug/sweep.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { createEngine } from '../engine/host.ts';

/** What a worker is asked: once. */
export interface MomentsAsked {
  readonly file: LabFile;
  readonly step: string;
  /** Ascending, ns, each with its number in the whole sweep. */
  readonly moments: readonly { readonly number: number; readonly atNs: number }[];
}

export interface MomentTold {
  readonly number: number;
  readonly result: SweptResult;
}

const port = parentPort;
if (port === null) throw new Error('sweep-worker runs as a worker only');

port.on('message', ({ file, step, moments }: MomentsAsked) => {
  const past = new SharedPast(createEngine, file, step);
  for (const { number, atNs } of moments) port.postMessage({ number, result: past.at(atNs) } satisfies MomentTold);
  port.close();
});
