/**
 * Writes a bundle: one lab in one file, a tar archive that whoever has the platform compresses (gzip). The same history makes the same
 * archive: no clock, no names of people, no order but that of the log.
 */
import type { LogRecord } from '../model/events/record.ts';
import { encodeManifest, MANIFEST_FILE, type Manifest } from './manifest.ts';
import { PartWriter } from './record-parts.ts';
import { TAR_END, type TarFile, tarEntry } from './tar.ts';

/** The data plane that recorded the lab, as WebAssembly. */
export const ENGINE_FILE = 'engine.wasm';

/**
 * The archive, in pieces of about one MiB.
 * @param records all of the lab, in order, as `manifest` says; read as the pieces are taken.
 * @param wasm the data plane of the engine that `manifest` names; null when it names none.
 * @param snapshots files of snapshots (snapshot-parts.ts); they stand behind the records that they are about.
 */
export async function* writeBundle(
  manifest: Manifest,
  records: AsyncIterable<readonly LogRecord[]>,
  wasm: Uint8Array | null = null,
  snapshots: AsyncIterable<TarFile> | null = null,
): AsyncGenerator<Uint8Array> {
  yield tarEntry({ name: MANIFEST_FILE, bytes: encodeManifest(manifest) });
  if (wasm !== null) yield tarEntry({ name: ENGINE_FILE, bytes: wasm });
  const parts = new PartWriter();
  const written = function* (part: TarFile | null): Generator<Uint8Array> {
    if (part !== null) yield tarEntry(part);
  };
  for await (const batch of records) for (const record of batch) yield* written(parts.add(record));
  yield* written(parts.finish());
  if (snapshots !== null) for await (const file of snapshots) yield tarEntry(file);
  yield TAR_END;
}
