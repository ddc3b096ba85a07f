/** A recorded lab as a bundle. */
import { manifestOf } from '../../bundle/manifest.ts';
import type { TarFile } from '../../bundle/tar.ts';
import { writeBundle } from '../../bundle/write-bundle.ts';
import type { EventLog, Head } from '../../log/event-log.ts';
import { toHex } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import { dataplaneWasm, engineIdentity } from '../engine/host.ts';
import { NoSuchLab } from '../living/lab-errors.ts';
import { snapshotFiles } from './bundled-snapshots.ts';
import { gzipped } from './file/bundle-file.ts';

export interface Exported {
  readonly lab: string;
  readonly positions: Position;
  /** Hex. */
  readonly chain: string;
  /** Of the file. */
  readonly bytes: number;
  /** How many snapshots are in it, where they were asked for: none where this engine decides something else than is recorded. */
  readonly snapshots?: number;
}

export interface ExportOptions {
  /** Put the data plane of this build into the bundle: for those who have another one. */
  readonly withEngine?: boolean;
  /** Run the lab again and put snapshots of it into the bundle, so that whoever imports it finds any moment sooner. */
  readonly withSnapshots?: boolean;
}

/** The bundle of a lab up to its end, as it is taken. Whoever meets damage in the log (LogDamaged) has no bundle. */
export function bundleOf(
  log: EventLog,
  lab: string,
  { position, chain }: Head,
  withEngine = false,
  snapshots: AsyncIterable<TarFile> | null = null,
): AsyncGenerator<Uint8Array> {
  const manifest = manifestOf(lab, position, toHex(chain), withEngine ? engineIdentity() : null);
  return gzipped(writeBundle(manifest, log.read(lab, 1, position), withEngine ? dataplaneWasm() : null, snapshots));
}

/** The same files, counted as they pass. */
async function* counted(files: AsyncIterable<TarFile>, count: () => void): AsyncGenerator<TarFile> {
  for await (const file of files) {
    count();
    yield file;
  }
}

/**
 * Hands a lab's bundle over in pieces, as far as the lab goes when this begins.
 * @throws NoSuchLab; RangeError when another engine recorded the lab than the one that is to go with it; LogDamaged: then what was handed
 * over is no bundle.
 */
export async function exportLab(
  log: EventLog,
  lab: string,
  write: (piece: Uint8Array) => void,
  { withEngine = false, withSnapshots = false }: ExportOptions = {},
): Promise<Exported> {
  const head = await log.head(lab);
  if (head === null) throw new NoSuchLab(lab, await log.labs());
  if (withEngine) await refuseOtherEngines(log, lab);
  const { position: positions } = head;
  const chain = toHex(head.chain);
  let bytes = 0;
  let snapshots = 0;
  const files = withSnapshots ? counted(snapshotFiles(log, lab, head), () => snapshots++) : null;
  for await (const piece of bundleOf(log, lab, head, withEngine, files)) {
    bytes += piece.length;
    write(piece);
  }
  return { lab, positions, chain, bytes, ...(withSnapshots && { snapshots }) };
}

async function refuseOtherEngines(log: EventLog, lab: string): Promise<void> {
  const identity = engineIdentity();
  for await (const batch of log.read(lab)) {
    for (const { position, checkpoint } of batch) {
      if (checkpoint === null || checkpoint.engine === identity) continue;
      throw new RangeError(`position ${position} was recorded by engine ${checkpoint.engine}, and this one is ${identity}`);
    }
  }
}
