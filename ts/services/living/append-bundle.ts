/** Appends the records of a bundle to a lab. */
import { AppendConflict } from '../../log/event-log.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { bundlePieces, heldBytes } from '../bundle/file/bundle-file.ts';
import type { LivingLabContext } from './lab-context.ts';

/**
 * Appends what a lab lacks of a bundle: all of it, or what an earlier try of the same command did not append. The first record has the
 * id of the command, so that a repetition is known. Where appending fails, nothing stays, as far as this process can remove it.
 * @throws BundleDamaged; whatever the recorder throws
 */
export async function appendBundle(
  { log, recorder }: Pick<LivingLabContext, 'log' | 'recorder'>,
  lab: string,
  id: string,
  bundle: Uint8Array,
): Promise<void> {
  let appended = (await log.head(lab))?.position ?? 0;
  try {
    for await (const piece of bundlePieces(heldBytes(bundle))) {
      const records = piece.kind === 'records' ? piece.records.filter(({ position }) => position > appended) : [];
      const last = records.at(-1);
      if (last === undefined) continue;
      await recorder.append(
        lab,
        appended,
        records.map((record) => received(record, id)),
        [],
      );
      appended = last.position;
    }
    await recorder.caughtUp(lab);
  } catch (error) {
    if (!(error instanceof AppendConflict)) await recorder.forget(lab, null).catch(() => undefined);
    throw error;
  }
}

/** When a record was written and by which command, a bundle does not say. */
function received(record: LogRecord, id: string): LogRecord {
  return { ...record, recordedAtMs: Date.now(), commandId: record.position === 1 ? id : '' };
}
