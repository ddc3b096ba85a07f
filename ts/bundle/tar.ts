/**
 * Archives of files as `tar` writes and reads them: POSIX.1-1988 "ustar", blocks of 512 bytes.
 *
 *   0        100   108  116  124    136    148    156  157  257     263      512
 *   ┌────────┬─────┬────┬────┬──────┬──────┬──────┬────┬─────┬───────┬────────┐
 *   │ name   │mode │uid │gid │ size │ time │ sum  │type│ ... │"ustar"│ ...    │
 *   └────────┴─────┴────┴────┴──────┴──────┴──────┴────┴─────┴───────┴────────┘
 *
 * Numbers are octal text. Written headers have no time and no owner, so that the same files make the same bytes. An archive that somebody
 * unpacked and packed again is read too: folders and extended headers (types x and g of pax) are skipped.
 */
import { BundleDamaged } from './bundle-errors.ts';
import type { ByteSource } from './byte-source.ts';

const BLOCK_BYTES = 512;
const END_BLOCKS = 2;
const NAME = { at: 0, length: 100 } as const;
const SIZE = { at: 124, length: 12 } as const;
const SUM = { at: 148, length: 8 } as const;
const TYPE_AT = 156;
const MAGIC_AT = 257;
/** Fields of a written header, all the same for every entry. */
const FIXED: readonly (readonly [at: number, text: string])[] = [
  [100, '0000644\0'],
  [108, '0000000\0'],
  [116, '0000000\0'],
  [136, '00000000000\0'],
  [TYPE_AT, '0'],
  [MAGIC_AT, 'ustar\x0000'],
];
const FILE_TYPES: ReadonlySet<string> = new Set(['0', '\0']);
const SKIPPED_TYPES: ReadonlySet<string> = new Set(['5', 'x', 'g']);

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What ends an archive. */
export const TAR_END: Uint8Array = new Uint8Array(END_BLOCKS * BLOCK_BYTES);

/** A file as it stands in an archive: header, bytes, and zeros up to a whole block. The name is ASCII and below 100 characters. */
export function tarEntry({ name, bytes }: TarFile): Uint8Array {
  const entry = new Uint8Array(BLOCK_BYTES + padded(bytes.length));
  writeText(entry, NAME.at, name);
  for (const [at, text] of FIXED) writeText(entry, at, text);
  writeText(entry, SIZE.at, `${bytes.length.toString(8).padStart(SIZE.length - 1, '0')}\0`);
  writeText(entry, SUM.at, `${checksum(entry).toString(8).padStart(6, '0')}\0 `);
  entry.set(bytes, BLOCK_BYTES);
  return entry;
}

/**
 * The files of an archive, in its order, up to its end; then reads on, so that whoever inflates the bytes checks them all.
 * @param fileBytesMax longer files are refused as damage, before any of their bytes are held.
 * @throws BundleDamaged with the byte where it shows.
 */
export async function* readTar(source: ByteSource, fileBytesMax: number): AsyncGenerator<TarFile> {
  for (;;) {
    const at = source.position;
    const header = await source.take(BLOCK_BYTES);
    if (header === null) throw new BundleDamaged(`byte ${at}: the archive has no end: the file was cut off`);
    if (isZero(header)) return drain(source);
    const { name, size, type } = readHeader(header, at);
    if (size > fileBytesMax) throw new BundleDamaged(`byte ${at}: a file of ${size} bytes; expected at most ${fileBytesMax}`);
    const content = size === 0 ? new Uint8Array(0) : await source.take(padded(size));
    if (content === null) throw new BundleDamaged(`byte ${at}: the file ends before ${name} begins`);
    if (FILE_TYPES.has(type)) yield { name, bytes: content.subarray(0, size) };
    else if (!SKIPPED_TYPES.has(type))
      throw new BundleDamaged(`byte ${at}: an entry of type ${JSON.stringify(type)}; expected files`);
  }
}

/** Behind the end there are zeros at most: tar fills its last record with them. */
async function drain(source: ByteSource): Promise<void> {
  for (;;) {
    const at = source.position;
    const block = await source.take(BLOCK_BYTES);
    if (block === null) return;
    if (!isZero(block)) throw new BundleDamaged(`byte ${at}: something stands behind the end of the archive`);
  }
}

function readHeader(header: Uint8Array, at: number): { readonly name: string; readonly size: number; readonly type: string } {
  const sum = octal(header, SUM);
  const withoutSum = header.slice();
  withoutSum.fill(0, SUM.at, SUM.at + SUM.length);
  const isSound = readText(header, MAGIC_AT, 5) === 'ustar' && sum === checksum(withoutSum);
  const size = octal(header, SIZE);
  if (!isSound || size === null) throw new BundleDamaged(`byte ${at}: expected the header of a file in a tar archive`);
  const [name = ''] = readText(header, NAME.at, NAME.length).split('\0');
  return { name: name.replace(/^\.\//, ''), size, type: readText(header, TYPE_AT, 1) };
}

/** Sum of a header's bytes with its own field as blanks; the field holds zeros. */
function checksum(header: Uint8Array): number {
  let sum = SUM.length * 0x20;
  for (let at = 0; at < BLOCK_BYTES; at++) sum += header[at] ?? 0;
  return sum;
}

function octal(header: Uint8Array, { at, length }: { readonly at: number; readonly length: number }): number | null {
  const text = /^ *([0-7]+)[ \0]*$/.exec(readText(header, at, length))?.[1];
  return text === undefined ? null : Number.parseInt(text, 8);
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

function writeText(into: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
}

function readText(from: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...from.subarray(at, at + length));
}
