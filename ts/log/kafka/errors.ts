/**
 * Errors of brokers, sorted by their meaning for a writer: whether its records were stored.
 *
 * kafkajs' table of errors ends at 88: PRODUCER_FENCED (90) shows as KAFKAJS_UNKNOWN_ERROR_CODE with the number in its text.
 * Brokers answer 47 instead of 90 to requests as old as those kafkajs sends. 49 comes when a transactional id was idle for so
 * long that the broker forgot it; the remedy is the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Another writer took over the partition. Nothing of what was being written is there, or will be. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
  constructor(
    readonly partition: number,
    options?: ErrorOptions,
  ) {
    super(`another writer took over partition ${partition}`, options);
  }
}

/** The broker did not answer the commit. Either all records of the transaction are stored, or none. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';
  constructor(
    readonly partition: number,
    options?: ErrorOptions,
  ) {
    super(`whether the last transaction on partition ${partition} was committed is not known`, options);
  }
}

/** The brokers could not be reached, or refused. Nothing of what was being written is there, or will be. */
export class WriteFailed extends Error {
  override readonly name = 'WriteFailed';
  constructor(
    readonly partition: number,
    options: ErrorOptions,
  ) {
    super(`could not write to partition ${partition}: ${messageOf(options.cause)}`, options);
  }
}

const FENCING_CODES = [47, 49, 90];

/** Whether a broker answered that this producer is fenced. */
export function isFencing(error: unknown): boolean {
  return FENCING_CODES.includes(codeOf(error) ?? 0);
}

/** Whether asking again may help, by kafkajs' table: a coordinator that moves, a transaction before that is still being ended. */
export function isPassing(error: unknown): boolean {
  return error instanceof Error && (error as { readonly retriable?: unknown }).retriable === true && !isFencing(error);
}

/** The broker's error number; null when the error is not from a broker. kafkajs wraps errors in errors. */
export function codeOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  const { type, code } = error as { readonly type?: unknown; readonly code?: unknown };
  const unknown = type === 'KAFKAJS_UNKNOWN_ERROR_CODE' ? /\d+$/.exec(error.message)?.[0] : undefined;
  if (unknown !== undefined) return Number(unknown);
  if (typeof code === 'number') return code;
  const inner: unknown = error.cause ?? (error as { readonly originalError?: unknown }).originalError;
  return inner === undefined || inner === error ? null : codeOf(inner);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const LEADERLESS_CODES = [5, 6];

/** Whether a partition has no leader, or its leader does not know yet: for a moment after a topic was made, or a broker began. */
export function isLeaderless(error: unknown): boolean {
  return LEADERLESS_CODES.includes(codeOf(error) ?? 0);
}

const WAIT_MS = 20;
const WAITS = 500;

/**
 * Asks until there is an answer.
 * @param worthwhile which errors to retry after; default all.
 * @throws the last error after about 10 s, any other at once.
 */
export async function waitUntil<T>(ask: () => Promise<T>, worthwhile: (error: unknown) => boolean = () => true): Promise<T> {
  for (let waits = 0; ; waits++) {
    try {
      return await ask();
    } catch (error) {
      if (waits >= WAITS || !worthwhile(error)) throw error;
      await sleep(WAIT_MS);
    }
  }
}
