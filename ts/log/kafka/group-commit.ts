/**
 * Which appends go into one transaction, and how a transaction is cut into requests.
 *
 * A transaction costs three round trips whatever is in it, so all that waits goes together. An append is never spread over
 * two transactions: all of it is there, or nothing. One that is larger than the limits gets a transaction of its own, in
 * several requests.
 */
export const TRANSACTION_EVENTS_MAX = 1000;
export const TRANSACTION_BYTES_MAX = 512 * 1024;

export interface Sized {
  /** Bytes of each message. */
  readonly sizes: readonly number[];
}

/** How many of the appends that wait, from the first on, go into the next transaction: at least one, if any waits. */
export function groupLength(waiting: readonly Sized[]): number {
  let events = 0;
  let bytes = 0;
  for (const [index, { sizes }] of waiting.entries()) {
    events += sizes.length;
    for (const size of sizes) bytes += size;
    if (index > 0 && (events > TRANSACTION_EVENTS_MAX || bytes > TRANSACTION_BYTES_MAX)) return index;
  }
  return waiting.length;
}

/** Messages in order, cut into requests below the limits; a message above them goes alone. */
export function cutIntoRequests<T>(messages: readonly T[], sizeOf: (message: T) => number): readonly T[][] {
  const requests: T[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    const request = requests.at(-1);
    if (request === undefined || request.length >= TRANSACTION_EVENTS_MAX || bytes + size > TRANSACTION_BYTES_MAX) {
      requests.push([message]);
      bytes = size;
    } else {
      request.push(message);
      bytes += size;
    }
  }
  return requests;
}
