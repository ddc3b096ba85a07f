/**
 * The chain: each record's 32 bytes are SHA-256(chain of the record before it, its own body), the first one's from 32 zero
 * bytes. Two runs of a lab behaved alike exactly when their chains end alike.
 *
 * It is no signature. Whoever can rewrite a log can chain it anew; compare with a chain you trust.
 */
import { sha256 } from '@noble/hashes/sha2.js';

export const CHAIN_BYTES = 32;

/** What the first record is chained to. Do not write into it. */
export const CHAIN_START: Uint8Array = new Uint8Array(CHAIN_BYTES);

/** A SHA-256: the pure one below anywhere; Node's edges may bring node:crypto's, which checks a log twice as fast. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Where chain and body are joined before they are hashed: allocating an array per event took as long as hashing it. */
let scratch = new Uint8Array(1024);

/** The chain of a record, from the chain of the record before it and its own encoded body. */
export function nextChain(previous: Uint8Array, body: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  if (previous.length !== CHAIN_BYTES) throw new RangeError(`a chain has ${CHAIN_BYTES} bytes, not ${previous.length}`);
  const length = CHAIN_BYTES + body.length;
  if (scratch.length < length) scratch = new Uint8Array(length * 2);
  scratch.set(previous);
  scratch.set(body, CHAIN_BYTES);
  return hash(scratch.subarray(0, length));
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** @throws RangeError when the text is not hex, two digits a byte. */
export function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new RangeError(`not hex: ${text.slice(0, 80)}`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
