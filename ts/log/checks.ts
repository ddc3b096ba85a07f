/**
 * Checks that every adapter makes: of records to append, and of records that it reads.
 *
 * The two differ on purpose. An append is refused with a RangeError, since its caller is wrong; a record read back that is
 * not what was appended is damage, at the position where it shows.
 */
import { CHAIN_BYTES, CHAIN_START, nextChain, type Sha256, sameBytes } from '../model/events/chain.ts';
import { bodyPosition } from '../model/events/codec.ts';
import { Undecodable } from '../model/events/codec-strict.ts';
import type { Position } from '../model/events/events.ts';
import { type Head, LAB_NAME_BYTES_MAX, LogDamaged, type LogRecord } from './event-log.ts';

/** Where a lab ends that has no records yet. */
export const EMPTY_HEAD: Head = { position: 0, chain: CHAIN_START };

/** @throws RangeError when no store could keep a lab of this name. */
export function checkLabName(lab: string): void {
  const bytes = new TextEncoder().encode(lab);
  if (bytes.length === 0 || bytes.length > LAB_NAME_BYTES_MAX || bytes.includes(0) || new TextDecoder().decode(bytes) !== lab) {
    throw new RangeError(
      `${JSON.stringify(lab)} cannot name a lab: expected 1 to ${LAB_NAME_BYTES_MAX} bytes of UTF-8 without NUL`,
    );
  }
}

/** @throws RangeError naming the first record that does not follow the one before it. */
export function checkContiguous(lab: string, expected: Position, records: readonly LogRecord[]): void {
  checkLabName(lab);
  if (!Number.isSafeInteger(expected) || expected < 0) throw new RangeError(`${expected} is not a position`);
  for (const [index, { position, body, chain }] of records.entries()) {
    const due = expected + 1 + index;
    if (position !== due) throw new RangeError(`lab ${lab}: expected a record at position ${due}, got ${position}`);
    const inside = bodyPosition(body);
    if (inside !== due) throw new RangeError(`lab ${lab}: the body of position ${due} says that it is at ${inside}`);
    if (chain.length !== CHAIN_BYTES) throw new RangeError(`lab ${lab}: the chain of position ${due} has ${chain.length} bytes`);
  }
}

/** @throws RangeError when a range to read is none. */
export function checkRange(from: Position, to: Position): void {
  if (!Number.isSafeInteger(from) || from < 1) throw new RangeError(`${from} is not a position: they count from 1`);
  if (!(to >= 0)) throw new RangeError(`${to} is not a position`);
}

/** Follows a log record by record, from one that is trusted, and throws at the first that does not belong. */
export class ChainCheck {
  readonly #lab: string;
  readonly #hash: Sha256 | undefined;
  #position: Position;
  #chain: Uint8Array;

  constructor(lab: string, trusted: Head, hash?: Sha256) {
    this.#lab = lab;
    this.#position = trusted.position;
    this.#chain = trusted.chain;
    this.#hash = hash;
  }

  /** @throws LogDamaged at the first record that is not the next one. */
  follow(records: readonly LogRecord[]): void {
    for (const record of records) this.#step(record);
  }

  #step({ position, body, chain }: LogRecord): void {
    const due = this.#position + 1;
    if (position !== due) throw new LogDamaged(this.#lab, due, `a record of position ${position} is in its place`);
    const inside = this.#positionInside(due, body);
    if (inside !== due) throw new LogDamaged(this.#lab, due, `its body says that it is at position ${inside}`);
    if (!sameBytes(chain, nextChain(this.#chain, body, this.#hash))) {
      throw new LogDamaged(this.#lab, due, 'its chain does not follow from the record before it');
    }
    this.#position = due;
    this.#chain = chain;
  }

  #positionInside(due: Position, body: Uint8Array): Position {
    try {
      return bodyPosition(body);
    } catch (error) {
      throw asDamage(this.#lab, due, error);
    }
  }
}

/** What to throw when decoding a stored record threw `error`: damage if it could not be decoded, else the error itself. */
export function asDamage(lab: string, position: Position, error: unknown): unknown {
  return error instanceof Undecodable ? new LogDamaged(lab, position, error.message, { cause: error }) : error;
}
