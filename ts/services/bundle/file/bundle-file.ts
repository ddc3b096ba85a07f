/** Bundles as files: gzip around the archive, as bytes come and go. Neither side holds more than a piece. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { BundleDamaged } from '../../../bundle/bundle-errors.ts';
import type { Manifest } from '../../../bundle/manifest.ts';
import { type BundlePiece, readBundle, type TakeSnapshot } from '../../../bundle/read-bundle.ts';
import { sha256 } from '../../../log/sha256.ts';

/** Byte of a gzip header that names the writer's system (RFC 1952); 255 is "unknown": the same bytes everywhere. */
const SYSTEM_AT = 9;
const UNKNOWN_SYSTEM = 255;

/** The bytes of a file, from its beginning; may be asked for again. */
export type OpenBytes = () => AsyncIterable<Uint8Array>;

/** Where a bundle lies, for whoever reads it in another thread. */
export type BundleSource = { readonly file: string } | { readonly bytes: Uint8Array };

export function bytesOf(source: BundleSource): OpenBytes {
  return 'file' in source ? fileBytes(source.file) : heldBytes(source.bytes);
}

export function fileBytes(path: string): OpenBytes {
  return () => createReadStream(path);
}

/** Bytes that are held already. */
export function heldBytes(bytes: Uint8Array): OpenBytes {
  return () => Readable.from([bytes]);
}

/** The pieces of a compressed bundle. @param takeSnapshot as `readBundle` calls it @throws as `readBundle` */
export function bundlePieces(open: OpenBytes, takeSnapshot?: TakeSnapshot): AsyncGenerator<BundlePiece> {
  return readBundle(gunzipped(open()), sha256, takeSnapshot);
}

/** What a bundle holds, once all of it was read and is known to be sound. @throws BundleDamaged, BundleNewer */
export async function soundBundle(open: OpenBytes): Promise<Manifest> {
  let manifest: Manifest | null = null;
  for await (const piece of bundlePieces(open)) if (piece.kind === 'manifest') manifest = piece.manifest;
  if (manifest === null) throw new Error('a bundle without a manifest was read to its end');
  return manifest;
}

/** Inflates a file. @throws BundleDamaged where it is no gzip, or fails its checksum, or was cut off. */
export async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const piece of gunzip) yield piece as Uint8Array;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new BundleDamaged(`byte ${gunzip.bytesWritten} of the file: expected gzip: ${error.message}`, { cause: error });
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

/** Compresses a file. */
export async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes);
  const gzip = createGzip({ level: constants.Z_BEST_COMPRESSION });
  source.on('error', (error) => gzip.destroy(error));
  let written = 0;
  for await (const piece of source.pipe(gzip) as AsyncIterable<Buffer>) {
    if (written <= SYSTEM_AT && SYSTEM_AT < written + piece.length) piece[SYSTEM_AT - written] = UNKNOWN_SYSTEM;
    written += piece.length;
    yield piece;
  }
}
