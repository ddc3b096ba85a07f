/**
 * Reads a bundle as it comes, in pieces, and believes nothing of it: every length has a limit, every record must follow from the one
 * before it, and the last one must be the one that the manifest names. What came is sound only when reading has ended without an error.
 */
import { ChainCheck, EMPTY_HEAD } from '../log/checks.ts';
import { LogDamaged } from '../log/event-log.ts';
import { type Sha256, toHex } from '../model/events/chain.ts';
import type { LogRecord } from '../model/events/record.ts';
import { BundleDamaged } from './bundle-errors.ts';
import { ByteSource } from './byte-source.ts';
import { decodeManifest, MANIFEST_FILE, type Manifest } from './manifest.ts';
import { isRecordPart, readPart } from './record-parts.ts';
import { isSnapshotPart } from './snapshot-parts.ts';
import { readTar, type TarFile } from './tar.ts';
import { ENGINE_FILE } from './write-bundle.ts';

/** An archive of more bytes is no bundle: a log of ten million events has about half of this. */
export const BUNDLE_BYTES_MAX = 2 ** 31;
/** Longer than any file of a bundle: a data plane has 0.2 MB, a file of records 1 MiB and one record. */
const FILE_BYTES_MAX = 2 ** 25;
export type BundlePiece =
  /** Comes first. */
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  /** The data plane that the bundle brings; never to be trusted. */
  | { readonly kind: 'engine'; readonly wasm: Uint8Array }
  /** In order, checked up to their own chain. */
  | { readonly kind: 'records'; readonly records: readonly LogRecord[] };

/** Takes a file with a snapshot. Nothing of it was checked: snapshots save time and prove nothing. */
export type TakeSnapshot = (file: TarFile) => Promise<void>;

/**
 * The pieces of a bundle.
 * @param bytes the archive, not compressed any more.
 * @param hash a SHA-256; the pure one unless Node's is given.
 * @param takeSnapshot called with each file of a snapshot, behind the records that came before it; without it they are passed over.
 * @throws BundleDamaged naming what is wrong and where; BundleNewer; whatever `bytes` throws.
 */
export async function* readBundle(
  bytes: AsyncIterable<Uint8Array>,
  hash?: Sha256,
  takeSnapshot?: TakeSnapshot,
): AsyncGenerator<BundlePiece> {
  const source = new ByteSource(bytes, BUNDLE_BYTES_MAX);
  const reader = new Reader(hash);
  try {
    for await (const file of readTar(source, FILE_BYTES_MAX)) {
      if (!isSnapshotPart(file.name)) yield reader.take(file);
      else await takeSnapshot?.(file);
    }
    reader.finish();
  } finally {
    await source.close();
  }
}

class Reader {
  readonly #hash: Sha256 | undefined;
  #manifest: Manifest | null = null;
  #check: ChainCheck | null = null;
  #last: LogRecord | null = null;
  #hasEngine = false;

  constructor(hash: Sha256 | undefined) {
    this.#hash = hash;
  }

  take(file: TarFile): BundlePiece {
    const { name, bytes } = file;
    if (this.#manifest === null) {
      if (name !== MANIFEST_FILE) throw new BundleDamaged(`${name}: expected ${MANIFEST_FILE} in front of it`);
      this.#manifest = decodeManifest(bytes);
      this.#check = new ChainCheck(this.#manifest.lab, EMPTY_HEAD, this.#hash);
      return { kind: 'manifest', manifest: this.#manifest };
    }
    if (isRecordPart(name)) return { kind: 'records', records: this.#follow(file, this.#manifest) };
    if (name !== ENGINE_FILE || this.#manifest.engine === null || this.#hasEngine) {
      throw new BundleDamaged(`${name}: expected no such file in a bundle`);
    }
    this.#hasEngine = true;
    return { kind: 'engine', wasm: bytes };
  }

  finish(): void {
    if (this.#manifest === null) throw new BundleDamaged(`${MANIFEST_FILE}: there is none`);
    const { positions, chain, engine } = this.#manifest;
    const last = this.#last;
    if (last?.position !== positions) {
      throw new BundleDamaged(`position ${last?.position ?? 0}: the records end there; ${MANIFEST_FILE} says ${positions}`);
    }
    const found = toHex(last.chain);
    if (found !== chain) throw new BundleDamaged(`${MANIFEST_FILE}: it says chain ${chain}; that of the records is ${found}`);
    if (engine !== null && !this.#hasEngine)
      throw new BundleDamaged(`${ENGINE_FILE}: there is none; ${MANIFEST_FILE} names ${engine}`);
  }

  #follow(file: TarFile, { positions }: Manifest): readonly LogRecord[] {
    const records = readPart(file);
    try {
      this.#check?.follow(records);
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
      const { position, detail } = error;
      throw new BundleDamaged(`${file.name}, position ${position}: ${detail}`, { cause: error, position });
    }
    this.#last = records.at(-1) ?? this.#last;
    if ((this.#last?.position ?? 0) > positions) {
      throw new BundleDamaged(`${file.name}: it goes beyond position ${positions}, the last one of ${MANIFEST_FILE}`);
    }
    return records;
  }
}
