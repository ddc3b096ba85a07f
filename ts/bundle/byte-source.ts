/** Bytes that come in pieces, taken in lengths that the reader asks for. It holds one length and one piece at a time. */
import { BundleDamaged } from './bundle-errors.ts';

export class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #bytesMax: number;
  #piece: Uint8Array = new Uint8Array(0);
  /** Bytes of the piece that were taken. */
  #taken = 0;
  /** Bytes that came so far. */
  #came = 0;

  /** @param bytesMax more bytes than this are refused as damage: a small file can inflate to any length. */
  constructor(pieces: AsyncIterable<Uint8Array>, bytesMax: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#bytesMax = bytesMax;
  }

  /** How many bytes were taken. */
  get position(): number {
    return this.#came - this.#piece.length + this.#taken;
  }

  /**
   * The next `length` bytes; null where the bytes end exactly here.
   * @throws BundleDamaged when they end within this length, or are more than `bytesMax`.
   */
  async take(length: number): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(length);
    const start = this.position;
    for (let filled = 0; filled < length; ) {
      if (this.#taken === this.#piece.length && !(await this.#next())) {
        if (filled === 0) return null;
        throw new BundleDamaged(`byte ${start}: the file ends after ${filled} of ${length} bytes`);
      }
      const part = this.#piece.subarray(this.#taken, this.#taken + length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#taken += part.length;
    }
    return bytes;
  }

  /** Ends reading before the bytes end. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #next(): Promise<boolean> {
    const { value, done } = await this.#pieces.next();
    if (done === true) return false;
    this.#came += value.length;
    if (this.#came > this.#bytesMax) throw new BundleDamaged(`byte ${this.#bytesMax}: more than ${this.#bytesMax} bytes, inflated`);
    this.#piece = value;
    this.#taken = 0;
    return true;
  }
}
