/** A recorded lab as a bundle. */
import { manifestOf } from '../../bundle/manifest.ts';
import { writeBundle } from '../../bundle/write-bundle.ts';
import type { EventLog } from '../../log/event-log.ts';
import { toHex } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import { NoSuchLab } from '../living/lab-errors.ts';
import { gzipped } from './bundle-file.ts';

export interface Exported {
  readonly lab: string;
  readonly positions: Position;
  /** Hex. */
  readonly chain: string;
  /** Of the file. */
  readonly bytes: number;
}

/**
 * Hands a lab's bundle over in pieces, as far as the lab goes when this begins.
 * @throws NoSuchLab; LogDamaged: then what was handed over is no bundle.
 */
export async function exportLab(log: EventLog, lab: string, write: (piece: Uint8Array) => void): Promise<Exported> {
  const head = await log.head(lab);
  if (head === null) throw new NoSuchLab(lab, await log.labs());
  const { position: positions } = head;
  const chain = toHex(head.chain);
  const archive = writeBundle(manifestOf(lab, positions, chain, null), log.read(lab, 1, positions));
  let bytes = 0;
  for await (const piece of gzipped(archive)) {
    bytes += piece.length;
    write(piece);
  }
  return { lab, positions, chain, bytes };
}
