/** Proof by re-execution: every record of a lab, from its inputs alone, through a fresh engine. */
import type { Engine } from '../../engine/engine.ts';
import { type Divergence, Replay } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import { CHAIN_START, toHex } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { createEngine, engineIdentity } from '../engine/host.ts';

export type Verification =
  | {
      readonly verified: true;
      readonly positions: Position;
      /** Hex. */
      readonly chain: string;
      readonly engine: string;
      readonly checkpointsCompared: number;
      /** Outcomes that follow from the recorded inputs, as far as they were re-executed, but are not in the log. */
      readonly unrecorded: number;
      /** The last record does not end a piece of work: the run was ended there, and re-execution ends there too. */
      readonly cutOff: boolean;
      /** Engines that took the log's checkpoints, if other than this one: their checkpoints were not compared. */
      readonly otherEngines: readonly string[];
    }
  | {
      readonly verified: false;
      readonly position: Position;
      readonly engine: string;
      readonly otherEngines: readonly string[];
      readonly divergence: Divergence;
    };

/** What decides again: engines of one build. */
export interface Engines {
  readonly identity: string;
  readonly create: () => Engine;
}

/** What to do when the engine itself fails at a record. @throws always */
export type WhenEngineFails = (position: Position, error: unknown) => never;

/**
 * Re-executes a lab and compares.
 * @throws LogDamaged when the log itself cannot be read.
 */
export function verifyLab(log: EventLog, lab: string): Promise<Verification> {
  return verifyRecords(log.read(lab));
}

/**
 * Re-executes the records of a lab, all of them and in order, whose chain is checked by whoever reads them.
 * @param whenFails called where the engine throws; without it the error goes on.
 * @param engines those of this build, unless others are given.
 * @throws whatever reading the records throws.
 */
export async function verifyRecords(
  records: AsyncIterable<readonly LogRecord[]>,
  whenFails: WhenEngineFails = (_, error) => {
    throw error;
  },
  { identity: engine, create }: Engines = { identity: engineIdentity(), create: createEngine },
): Promise<Verification> {
  const replay = new Replay(create(), engine);
  const guarded = <T>(position: Position, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      return whenFails(position, error);
    }
  };
  const others = new Set<string>();
  let chain = CHAIN_START;
  let positions = 0;
  let cutOff = false;
  let divergence: Divergence | null = null;
  // After a divergence the rest is read all the same: it tells which engine recorded it, and whether it is whole.
  for await (const batch of records) {
    for (const record of batch) {
      if (record.checkpoint !== null && record.checkpoint.engine !== engine) others.add(record.checkpoint.engine);
      divergence ??= guarded(record.position, () => replay.feed(record));
      chain = record.chain;
      positions = record.position;
      cutOff = !record.settled;
    }
  }
  const otherEngines = [...others].sort();
  if (divergence !== null) return { verified: false, position: divergence.position, engine, otherEngines, divergence };
  const { checkpointsCompared } = replay;
  // What its inputs allow after the record of a run that was ended nobody has run: it may be hours of a storm.
  const unrecorded = guarded(positions, () => (cutOff ? replay.takeUnrecorded() : replay.finish())).length;
  return { verified: true, positions, chain: toHex(chain), engine, checkpointsCompared, unrecorded, cutOff, otherEngines };
}
