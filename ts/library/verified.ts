/** Proof by re-execution, of records that are all in memory. */
import { Replay } from '../engine/replay.ts';
import { CHAIN_START, toHex } from '../model/events/chain.ts';
import type { Position } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import type { EngineSource } from './engine-source.ts';

/** The outcome of a re-execution: the same history, or the first position where it parts. */
export type Verified =
  | { readonly verified: true; readonly positions: Position; readonly chain: string }
  | { readonly verified: false; readonly position: Position; readonly reason: string };

/** Decides records again from their inputs alone, in an engine of its own, and compares byte for byte. */
export function verifiedRecords(records: readonly LogRecord[], source: EngineSource): Verified {
  const replay = new Replay(source.create(), source.identity);
  for (const record of records) {
    const divergence = replay.feed(record);
    if (divergence !== null) return { verified: false, position: divergence.position, reason: divergence.reason };
  }
  const last = records.at(-1);
  // A run that was ended early has not decided all that its inputs allow.
  const [unrecorded] = last?.settled === false ? [] : replay.finish();
  if (unrecorded !== undefined) return { verified: false, position: unrecorded.event.position, reason: 'unexpected-outcome' };
  return { verified: true, positions: last?.position ?? 0, chain: toHex(last?.chain ?? CHAIN_START) };
}
