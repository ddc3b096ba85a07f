/** WebAssembly from a stranger, made unable to take more than its share of memory. */
import { BundleDamaged } from '../../bundle/bundle-errors.ts';
import { ENGINE_FILE } from '../../bundle/write-bundle.ts';

/** Pages of 64 KiB: 1 GiB. The regions of labs have some hundred MiB at most. */
export const PAGES_MAX = 2 ** 14;

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
/** Flags of limits (WebAssembly core, 5.3.8): only a minimum, or a maximum, too. Shared and 64-bit memories have other flags. */
const NO_MAXIMUM = 0;
const HAS_MAXIMUM = 1;
const LEB_BYTES_MAX = 5;

/**
 * The same module with a maximum for its memory.
 * @throws BundleDamaged when it has no memory of its own, or asks for more from the start.
 */
export function cappedWasm(wasm: Uint8Array, pagesMax = PAGES_MAX): Uint8Array {
  for (let at = HEADER_BYTES; at < wasm.length; ) {
    const { value: size, end: start } = leb(wasm, at + 1);
    if (wasm[at] !== MEMORY_SECTION) {
      at = start + size;
      continue;
    }
    const section = memorySection(wasm.subarray(start, start + size), pagesMax);
    const capped = new Uint8Array(at + section.length + Math.max(0, wasm.length - start - size));
    capped.set(wasm.subarray(0, at));
    capped.set(section, at);
    capped.set(wasm.subarray(start + size), at + section.length);
    return capped;
  }
  throw new BundleDamaged(`${ENGINE_FILE}: it has no memory of its own`);
}

function memorySection(payload: Uint8Array, pagesMax: number): Uint8Array {
  const [count, flags] = payload;
  if (count !== 1 || (flags !== NO_MAXIMUM && flags !== HAS_MAXIMUM)) {
    throw new BundleDamaged(`${ENGINE_FILE}: expected one memory of 32 bits that nobody shares`);
  }
  const { value: min, end } = leb(payload, 2);
  const max = Math.min(pagesMax, flags === HAS_MAXIMUM ? leb(payload, end).value : pagesMax);
  if (min > max) throw new BundleDamaged(`${ENGINE_FILE}: it asks for ${min} pages of memory; expected at most ${pagesMax}`);
  const limits = [1, HAS_MAXIMUM, ...toLeb(min), ...toLeb(max)];
  return Uint8Array.of(MEMORY_SECTION, ...toLeb(limits.length), ...limits);
}

function leb(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < LEB_BYTES_MAX; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  throw new BundleDamaged(`${ENGINE_FILE}, byte ${start}: expected a number`);
}

function toLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
