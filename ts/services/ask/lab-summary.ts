/** A lab in one line, from its last record alone. */
import { type EventLog, LabRemoved, LogDamaged } from '../../log/event-log.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';

export interface LabSummary {
  readonly lab: string;
  readonly position: Position;
  /** Hex; empty for a damaged lab. */
  readonly chain: string;
  readonly virtualTimeNs: number;
  /** Null for a lab that is whole, as far as its end tells. */
  readonly damage: string | null;
}

/** Null when the lab has gone. */
export async function labSummary(log: EventLog, lab: string): Promise<LabSummary | null> {
  try {
    const head = await log.head(lab);
    if (head === null) return null;
    const { position, chain } = head;
    let virtualTimeNs = 0;
    for await (const batch of log.read(lab, position, position)) {
      for (const { body } of batch) virtualTimeNs = decodeBody(body).atNs;
    }
    return { lab, position, chain: toHex(chain), virtualTimeNs, damage: null };
  } catch (error) {
    if (error instanceof LabRemoved) return null;
    if (!(error instanceof LogDamaged)) throw error;
    return { lab, position: error.position, chain: '', virtualTimeNs: 0, damage: error.message };
  }
}
