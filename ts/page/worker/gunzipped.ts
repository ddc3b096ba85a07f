/** The archive inside a bundle, by the browser's own gzip. */
import { BundleDamaged } from '../../bundle/bundle-errors.ts';
import { inflated } from '../link/inflated.ts';

/** A page that needs more is closed by its browser; a log of a million events has about a fifth of it. */
export const INFLATED_BYTES_MAX = 2 ** 29;

/**
 * Inflates a file, piece by piece.
 * @throws BundleDamaged where it is no gzip, fails its checksum, was cut off, or is longer than a page can hold.
 */
export async function* gunzipped(bytes: Uint8Array | Blob): AsyncGenerator<Uint8Array> {
  try {
    yield* inflated(bytes, 'gzip', INFLATED_BYTES_MAX);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BundleDamaged(error instanceof RangeError ? why : `expected gzip: ${why}`, { cause: error });
  }
}
