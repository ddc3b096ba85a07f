/** A bundle as a recorded lab. */
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { LabExists } from '../living/lab-errors.ts';
import { bundlePieces, type OpenBytes, soundBundle } from './file/bundle-file.ts';
import { type ImportedSnapshots, SnapshotImport } from './snapshot-import.ts';

export interface Imported {
  readonly lab: string;
  readonly positions: Position;
  /** Hex. */
  readonly chain: string;
  /** Of a bundle with snapshots, where there is a place for them. */
  readonly snapshots?: ImportedSnapshots;
}

export interface ImportOptions {
  /** Name in this log; that of the bundle when it is not given. */
  readonly name?: string;
  /** Whether a lab of that name is forgotten first. */
  readonly replace?: boolean;
}

export interface ImportHereOptions extends ImportOptions {
  /** Where the bundle's snapshots are kept; without it they are passed over. */
  readonly snapshots?: SnapshotStore;
}

/**
 * Appends the records of a bundle as a new lab: all, or none. The bundle is read twice, so that nothing is written before all of it is
 * known to be sound. Whether its outcomes follow from its inputs is another question: `verifyLab`.
 * @throws BundleDamaged, BundleNewer; LabExists unless `replace`; whatever the log throws.
 */
export async function importLab(
  log: EventLog,
  open: OpenBytes,
  { name, replace = false, snapshots }: ImportHereOptions = {},
): Promise<Imported> {
  const { lab: named, positions, chain } = await soundBundle(open);
  const lab = name ?? named;
  if (replace) await log.remove(lab);
  else if ((await log.head(lab)) !== null) throw new LabExists(lab);
  const recordedAtMs = Date.now();
  // Those of an earlier lab of that name would be taken for this one's.
  await snapshots?.remove(lab);
  const taken = snapshots === undefined ? null : new SnapshotImport(log, lab, snapshots);
  let appended = 0;
  try {
    for await (const piece of bundlePieces(open, (file) => taken?.take(file) ?? Promise.resolve())) {
      if (piece.kind !== 'records') continue;
      const records: LogRecord[] = piece.records.map((record) => ({ ...record, recordedAtMs }));
      await log.append(lab, appended, records);
      appended = records.at(-1)?.position ?? appended;
    }
  } catch (error) {
    if (appended > 0) await log.remove(lab);
    throw error;
  }
  const outcome = taken?.outcome ?? null;
  return { lab, positions, chain, ...(outcome !== null && { snapshots: outcome }) };
}
