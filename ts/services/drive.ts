/**
 * Drives an engine in a worker and makes what it decides durable, batch by batch. A refused append ends the run: the worker is
 * discarded, whatever it had decided beyond.
 */
import { Worker } from 'node:worker_threads';
import type { Conservation, FlowReport } from '../engine/derived.ts';
import type { Input } from '../engine/engine.ts';
import type { EventLog } from '../log/event-log.ts';
import { decodeBody } from '../model/codec.ts';
import type { LabEvent, Position } from '../model/events.ts';
import type { LogRecord } from '../model/record.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

export interface DriveResult {
  readonly position: Position;
  readonly chain: Uint8Array;
  readonly flows: readonly FlowReport[];
  readonly frames: Conservation;
  readonly horizonNs: number;
}

export interface Drive {
  readonly lab: string;
  readonly log: EventLog;
  readonly inputs: readonly Input[];
  /** The lab's records so far; they are re-executed first. */
  readonly past?: readonly LogRecord[];
  /** Called with every event once it is durable, in order. */
  readonly onEvent?: (event: LabEvent) => void;
}

/** Runs inputs through an engine and appends all that follows. Rejects with the worker's or the log's error. */
export async function drive({ lab, log, inputs, past = [], onEvent }: Drive): Promise<DriveResult> {
  const script = import.meta.url.endsWith('.ts') ? './engine-worker.ts' : './engine-worker.js';
  const worker = new Worker(new URL(script, import.meta.url), { workerData: { inputs, past } });
  let head = { position: past.at(-1)?.position ?? 0, chain: past.at(-1)?.chain ?? new Uint8Array(32) };
  let appends: Promise<void> = Promise.resolve();
  const append = async (records: readonly LogRecord[]): Promise<void> => {
    await log.append(lab, head.position, records);
    const last = records.at(-1);
    if (last !== undefined) head = { position: last.position, chain: last.chain };
    if (onEvent !== undefined) for (const { body } of records) onEvent(decodeBody(body));
    worker.postMessage({ kind: 'acknowledge' } satisfies ToEngine);
  };
  try {
    const done = await new Promise<Extract<FromEngine, { kind: 'done' }>>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the engine's worker ended with code ${code} before it was done`)));
      worker.on('message', (message: FromEngine) => {
        if (message.kind === 'done') resolve(message);
        else {
          appends = appends.then(() => append(message.records));
          appends.catch(reject);
        }
      });
    });
    await appends;
    const { flows, frames, horizonNs } = done;
    return { ...head, flows, frames, horizonNs };
  } finally {
    await worker.terminate();
  }
}
