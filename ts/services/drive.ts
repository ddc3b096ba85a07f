/**
 * Drives an engine in a worker and makes what it decides durable, batch by batch. A refused append ends the run: the worker is
 * discarded, whatever it had decided beyond.
 */
import { Worker } from 'node:worker_threads';
import type { Input } from '../engine/engine.ts';
import type { EventLog } from '../log/event-log.ts';
import { CHAIN_START, nextChain } from '../model/chain.ts';
import { decodeBody, encodeBody } from '../model/codec.ts';
import type { LabEvent, Position } from '../model/events.ts';
import type { Nanos } from '../model/nanos.ts';
import type { LogRecord } from '../model/record.ts';
import type { EngineReport, FromEngine, ToEngine } from './engine-messages.ts';

export interface DriveResult extends EngineReport {
  readonly position: Position;
  readonly chain: Uint8Array;
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

/** The engine's worker died: a trap in the data plane, or a broken invariant. The lab's history says so. */
export class EngineDied extends Error {
  override readonly name = 'EngineDied';
}

/**
 * Runs inputs through an engine and appends all that follows.
 * @throws EngineDied once `EngineHalted` is recorded; whatever the log throws.
 */
export async function drive({ lab, log, inputs, past = [], onEvent }: Drive): Promise<DriveResult> {
  const script = import.meta.url.endsWith('.ts') ? './engine-worker.ts' : './engine-worker.js';
  const worker = new Worker(new URL(script, import.meta.url), { workerData: { inputs, past } });
  let head = tailOf(past.at(-1));
  let appends: Promise<void> = Promise.resolve();
  const append = async (records: readonly LogRecord[]): Promise<void> => {
    await log.append(lab, head.position, records);
    const last = records.at(-1);
    if (last !== undefined) head = tailOf(last);
    if (onEvent !== undefined) for (const { body } of records) onEvent(decodeBody(body));
    worker.postMessage({ kind: 'acknowledge' } satisfies ToEngine);
  };
  try {
    const done = await new Promise<Extract<FromEngine, { kind: 'done' }>>((resolve, reject) => {
      worker.on('error', (error) => reject(new EngineDied(`the engine of lab ${lab} halted: ${String(error)}`, { cause: error })));
      worker.on('exit', (code) => reject(new EngineDied(`the engine of lab ${lab} ended with code ${code} before it was done`)));
      worker.on('message', (message: FromEngine) => {
        if (message.kind === 'done') resolve(message);
        else {
          appends = appends.then(() => append(message.records));
          appends.catch(reject);
        }
      });
    });
    await appends;
    const { kind: _, ...report } = done;
    return { position: head.position, chain: head.chain, ...report };
  } catch (error) {
    if (error instanceof EngineDied) {
      await appends;
      await recordHalt(log, lab, head, error.message);
    }
    throw error;
  } finally {
    await worker.terminate();
  }
}

interface Tail {
  readonly position: Position;
  readonly chain: Uint8Array;
  readonly atNs: number;
}

function tailOf(last: LogRecord | undefined): Tail {
  if (last === undefined) return { position: 0, chain: CHAIN_START, atNs: 0 };
  return { position: last.position, chain: last.chain, atNs: decodeBody(last.body).atNs };
}

/** Puts the engine's death on record, right behind the last thing it is known to have decided. */
async function recordHalt(log: EventLog, lab: string, tail: Tail, reason: string): Promise<void> {
  const position = tail.position + 1;
  const body = encodeBody({ type: 'EngineHalted', data: { reason }, position, atNs: tail.atNs as Nanos, cause: 0 });
  const record = { position, body, chain: nextChain(tail.chain, body), recordedAtMs: Date.now(), commandId: '', checkpoint: null };
  await log.append(lab, tail.position, [record]);
}
