/** A scripted run: a lab file through its steps in virtual time, onto a log, with its checks evaluated on the way. */

import { type CheckResult, CheckRun, marksOf } from '../../engine/checks.ts';
import type { Conservation, FlowReport } from '../../engine/derived.ts';
import type { CoreReport } from '../../engine/derived-cores.ts';
import { scriptInputs } from '../../engine/script.ts';
import type { EventLog } from '../../log/event-log.ts';
import { toHex } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { type Drive, type DriveResult, drive, Interrupted } from '../engine/drive.ts';
import { LabExists } from './lab-errors.ts';

export interface RunReport {
  readonly lab: string;
  readonly position: Position;
  /** Hex. */
  readonly chain: string;
  readonly virtualTimeNs: number;
  readonly checks: readonly CheckResult[];
  readonly flows: readonly FlowReport[];
  readonly cores: readonly CoreReport[];
  readonly frames: Conservation;
  /** The run was ended before its time: its checks were not evaluated, and `virtualTimeNs` is how far it came. */
  readonly interrupted: boolean;
}

export interface RunOptions extends Pick<Drive, 'onEvent' | 'onProgress' | 'signal'> {
  readonly replace?: boolean;
}

/**
 * Runs a lab file from the beginning, or until `signal` ends it.
 * @throws LabExists unless `replace`.
 */
export async function runLab(file: LabFile, log: EventLog, options: RunOptions = {}): Promise<RunReport> {
  const { name: lab } = file;
  // A damaged lab has no end that could be asked for, and can be replaced all the same.
  if (options.replace) await log.remove(lab);
  else if ((await log.head(lab)) !== null) throw new LabExists(lab);
  const checks = new CheckRun(file.script.checks);
  const running = drive({
    lab,
    log,
    inputs: scriptInputs(file.lab, file.script),
    marks: marksOf(file.script.checks),
    ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
    ...(options.signal !== undefined && { signal: options.signal }),
    onEvent: (event) => {
      checks.observe(event);
      options.onEvent?.(event);
    },
  });
  try {
    const result = await running;
    const verdicts = checks.results(result.flows, { samples: result.dropSamples, end: result.drops });
    return { ...reportOf(lab, result, result.horizonNs), checks: verdicts, interrupted: false };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { ...reportOf(lab, error.result, error.atNs), checks: [], interrupted: true };
  }
}

function reportOf(
  lab: string,
  { position, chain, flows, cores, frames }: DriveResult,
  virtualTimeNs: number,
): Omit<RunReport, 'checks' | 'interrupted'> {
  return { lab, position, chain: toHex(chain), virtualTimeNs, flows, cores, frames };
}
