/** A capture of a recorded lab (ts/capture/lab-capture.ts). */
import { type CaptureRequest, type CaptureSummary, captureRecords } from '../../capture/lab-capture.ts';
import type { EventLog } from '../../log/event-log.ts';
import { createEngine } from '../engine/host.ts';
import { readAll } from './state-at.ts';

/**
 * Writes a capture piece by piece.
 * @throws NoSuchInterface before anything is written.
 */
export async function captureLab(
  log: EventLog,
  lab: string,
  request: CaptureRequest,
  writeOut: (chunk: Uint8Array) => void,
): Promise<CaptureSummary> {
  return captureRecords({ lab, records: await readAll(log, lab), newEngine: createEngine }, request, writeOut);
}
