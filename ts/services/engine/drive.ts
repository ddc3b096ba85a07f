/**
 * Drives an engine through inputs, from the beginning of a lab or from its end, and makes what it decides durable. A refused
 * append ends the run: the engine is discarded, whatever it had decided beyond.
 */
import type { Input } from '../../engine/input.ts';
import type { EventLog } from '../../log/event-log.ts';
import { CHAIN_START } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { haltRecord } from './halt-record.ts';
import type { EngineReport, WorkProgress } from './messages.ts';
import { EnginePool, HostFailed } from './pool.ts';

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
  /** Instants at which drops are counted, ns, ascending. */
  readonly marks?: readonly number[];
  /** Called with every event once it is durable, in order. */
  readonly onEvent?: (event: LabEvent) => void;
  /** Called now and then, by wall time. */
  readonly onProgress?: (progress: WorkProgress) => void;
  /** Ends the run: what was decided by then is recorded, and no more. */
  readonly signal?: AbortSignal;
}

/** The run was ended from outside. What was recorded until then stays. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(
    /** The lab where it was ended. */
    readonly result: DriveResult,
    readonly atNs: number,
  ) {
    super('interrupted');
  }
}

/** The engine died: a trap in the data plane, or a broken invariant. The lab's history says so. */
export class EngineDied extends Error {
  override readonly name = 'EngineDied';
}

/**
 * Runs inputs through an engine and appends all that follows.
 * @throws Interrupted by `signal`; EngineDied once `EngineHalted` is recorded; whatever the log throws.
 */
export async function drive({ lab, log, inputs, past = [], marks = [], onEvent, onProgress, signal }: Drive): Promise<DriveResult> {
  const pool = new EnginePool(1);
  let last = past.at(-1) ?? null;
  const append = async (records: readonly LogRecord[]): Promise<void> => {
    await log.append(lab, last?.position ?? 0, records);
    last = records.at(-1) ?? last;
    if (onEvent !== undefined) for (const { body } of records) onEvent(decodeBody(body));
  };
  try {
    const host = pool.open(append);
    host.onProgress = onProgress ?? null;
    const interrupt = (): void => host.stop();
    signal?.addEventListener('abort', interrupt, { once: true });
    if (signal?.aborted) interrupt();
    host.past(past);
    await host.work({ type: 'resume' });
    const { report } = await host.work({ type: 'inputs', inputs, commandId: '', withReport: true, marks });
    if (report === null) throw new Error('the engine gave no report');
    const result = { position: last?.position ?? 0, chain: last?.chain ?? CHAIN_START, ...report };
    if (report.cutAtNs !== null) throw new Interrupted(result, report.cutAtNs);
    return result;
  } catch (error) {
    if (!(error instanceof HostFailed)) throw error;
    if (error.failure.type !== 'diverged' && last !== null) await append([haltRecord(last, error.message)]);
    throw new EngineDied(`the engine of lab ${lab} halted: ${error.message}`, { cause: error });
  } finally {
    await pool.close();
  }
}
