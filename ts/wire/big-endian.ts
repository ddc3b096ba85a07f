/**
 * Whole numbers in network byte order (most significant byte first), at an offset of a byte array.
 *
 * Reading never fails: a byte past the end counts as zero, so the caller checks the length once, before the first field.
 * Writing does fail, loudly: a value that does not fit its field, or a field outside the buffer, is a broken program.
 */

export function u8At(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function u16At(bytes: Uint8Array, at: number): number {
  return (u8At(bytes, at) << 8) | u8At(bytes, at + 1);
}

export function u32At(bytes: Uint8Array, at: number): number {
  return ((u16At(bytes, at) << 16) | u16At(bytes, at + 2)) >>> 0;
}

/** @throws RangeError when the value does not fit, or the field lies outside the buffer. */
export function putU8(out: Uint8Array, at: number, value: number, field: string): void {
  checkField(out, at, 1, value, field);
  out[at] = value;
}

/** @throws RangeError when the value does not fit, or the field lies outside the buffer. */
export function putU16(out: Uint8Array, at: number, value: number, field: string): void {
  checkField(out, at, 2, value, field);
  out[at] = value >>> 8;
  out[at + 1] = value & 0xff;
}

/** @throws RangeError when the value does not fit, or the field lies outside the buffer. */
export function putU32(out: Uint8Array, at: number, value: number, field: string): void {
  checkField(out, at, 4, value, field);
  out[at] = value >>> 24;
  out[at + 1] = (value >>> 16) & 0xff;
  out[at + 2] = (value >>> 8) & 0xff;
  out[at + 3] = value & 0xff;
}

function checkField(out: Uint8Array, at: number, size: number, value: number, field: string): void {
  const max = 2 ** (8 * size) - 1;
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${field} is ${value}: expected a whole number from 0 to ${max}`);
  }
  if (at < 0 || at + size > out.length) {
    throw new RangeError(`${field} at byte ${at} lies outside a buffer of ${out.length} bytes`);
  }
}
