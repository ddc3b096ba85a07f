/**
 * What encrypted HA1 makes of a message (rule HA-02): bytes that tell nobody what they say, and that no other pair takes for its own.
 *
 *   0        8                 n-4      n
 *   ┌────────┬─────────────────┬────────┐
 *   │ number │ message, hidden │ check  │
 *   └────────┴─────────────────┴────────┘
 *
 * Heads up! This is a model and no cipher: the platform speaks SSH there, with keys that the units exchange. Here the key is the name of the
 * pair, and the hidden bytes are a plain function of key and number. It shows what encryption does to the network; it keeps no secret.
 */
import { fnv1a } from '../../../values/fnv1a.ts';

const NUMBER_BYTES = 8;
const CHECK_BYTES = 4;
const WORD_BYTES = 4;

/** @param number tells messages of one key apart, below 2^53. */
export function seal(key: string, number: number, message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES + message.length + CHECK_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(number));
  bytes.set(hidden(key, number, message), NUMBER_BYTES);
  view.setUint32(NUMBER_BYTES + message.length, checkOf(key, number, message));
  return bytes;
}

/** The message in sealed bytes; null where they were sealed with another key, or are damaged. */
export function unseal(key: string, bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < NUMBER_BYTES + CHECK_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = Number(view.getBigUint64(0));
  const message = hidden(key, number, bytes.subarray(NUMBER_BYTES, bytes.length - CHECK_BYTES));
  return view.getUint32(bytes.length - CHECK_BYTES) === checkOf(key, number, message) ? message : null;
}

/** Hides what is plain, and shows what is hidden. */
function hidden(key: string, number: number, bytes: Uint8Array): Uint8Array {
  let word = 0;
  return bytes.map((byte, at) => {
    if (at % WORD_BYTES === 0) word = fnv1a(`${key}\0${number}\0${at}`);
    return byte ^ ((word >>> ((at % WORD_BYTES) * 8)) & 0xff);
  });
}

function checkOf(key: string, number: number, message: Uint8Array): number {
  return fnv1a(`${key}\0${number}\0${message.join()}`);
}
