/** Bytes inflated by the browser, piece by piece, up to a limit: a small file may stand for any number of zeros. */

/**
 * @throws RangeError behind `bytesMax` bytes; TypeError for what is not of the format, was cut off, or has something behind its end.
 */
export async function* inflated(
  bytes: Uint8Array | Blob,
  format: 'gzip' | 'deflate-raw',
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  const blob = bytes instanceof Blob ? bytes : new Blob([new Uint8Array(bytes)]);
  const stream = blob.stream().pipeThrough(new DecompressionStream(format));
  const reader = stream.getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
      if (length > bytesMax) throw new RangeError(`a page holds at most ${bytesMax} bytes of it`);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Pieces that come one by one, as one. */
export async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return joined(all);
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
