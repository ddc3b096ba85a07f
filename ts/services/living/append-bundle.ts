/** Appends the records of a bundle to a lab. */
import { AppendConflict } from '../../log/event-log.ts';
import { sameBytes } from '../../model/events/chain.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { bundlePieces, heldBytes } from '../bundle/file/bundle-file.ts';
import type { LivingLabContext } from './lab-context.ts';

/**
 * Appends what a lab lacks of a bundle: all of it, or what an earlier try of the same command did not append. The first record has the
 * id of the command, so that a repetition is known. A repetition whose bundle is another one, or whose lab has gone on since, has no effect.
 * Where appending fails, nothing stays, as far as this process can remove it.
 * @throws BundleDamaged; whatever the recorder throws
 */
export async function appendBundle(
  { log, recorder }: Pick<LivingLabContext, 'log' | 'recorder'>,
  lab: string,
  id: string,
  bundle: Uint8Array,
): Promise<void> {
  const head = await log.head(lab);
  let appended = head?.position ?? 0;
  try {
    for await (const piece of bundlePieces(heldBytes(bundle))) {
      const there = piece.kind === 'records' ? piece.records.find(({ position }) => position === head?.position) : undefined;
      if (head !== null && there !== undefined && !sameBytes(there.chain, head.chain)) break;
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
