/** The archive inside a bundle, by the browser's own gzip. */
import { BundleDamaged } from '../../bundle/bundle-errors.ts';

/** A page that needs more is closed by its browser; a log of a million events has about a fifth of it. */
export const INFLATED_BYTES_MAX = 2 ** 29;

/**
 * Inflates a file, piece by piece.
 * @throws BundleDamaged where it is no gzip, fails its checksum, was cut off, or is longer than a page can hold.
 */
export async function* gunzipped(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const inflated = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = inflated.getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
      if (length > INFLATED_BYTES_MAX) throw new BundleDamaged(`a page holds at most ${INFLATED_BYTES_MAX} bytes of an archive`);
      yield value;
    }
  } catch (error) {
    if (error instanceof BundleDamaged) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new BundleDamaged(`expected gzip: ${why}`, { cause: error });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
