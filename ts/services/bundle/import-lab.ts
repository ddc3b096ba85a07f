/** A bundle as a recorded lab. */
import type { EventLog } from '../../log/event-log.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { LabExists } from '../living/lab-errors.ts';
import { bundlePieces, type OpenBytes, soundBundle } from './file/bundle-file.ts';

export interface Imported {
  readonly lab: string;
  readonly positions: Position;
  /** Hex. */
  readonly chain: string;
}

export interface ImportOptions {
  /** Name in this log; that of the bundle when it is not given. */
  readonly name?: string;
  /** Whether a lab of that name is forgotten first. */
  readonly replace?: boolean;
}

/**
 * Appends the records of a bundle as a new lab: all, or none. The bundle is read twice, so that nothing is written before all of it is
 * known to be sound. Whether its outcomes follow from its inputs is another question: `verifyLab`.
 * @throws BundleDamaged, BundleNewer; LabExists unless `replace`; whatever the log throws.
 */
export async function importLab(log: EventLog, open: OpenBytes, { name, replace = false }: ImportOptions = {}): Promise<Imported> {
  const { lab: named, positions, chain } = await soundBundle(open);
  const lab = name ?? named;
  if (replace) await log.remove(lab);
  else if ((await log.head(lab)) !== null) throw new LabExists(lab);
  const recordedAtMs = Date.now();
  let appended = 0;
  try {
    for await (const piece of bundlePieces(open)) {
      if (piece.kind !== 'records') continue;
      const records: LogRecord[] = piece.records.map((record) => ({ ...record, recordedAtMs }));
      await log.append(lab, appended, records);
      appended = records.at(-1)?.position ?? appended;
    }
  } catch (error) {
    if (appended > 0) await log.remove(lab);
    throw error;
  }
  return { lab, positions, chain };
}
