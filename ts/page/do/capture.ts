/** A capture in a worker, as the command line writes it. */
import { captureRecords, portsOf } from '../../capture/lab-capture.ts';
import type { NewEngine } from '../../debug/rerun.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { joined } from '../link/inflated.ts';

/** A page that holds more is closed by its browser. */
const CAPTURE_BYTES_MAX = 2 ** 29;

/** @param interfaces "node:interface"; none for all. @throws NoSuchInterface; RangeError for a capture that a page cannot hold */
export function captured(
  lab: string,
  records: readonly LogRecord[],
  interfaces: readonly string[],
  newEngine: NewEngine,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const request = { interfaces, fromNs: 0, toNs: Number.MAX_SAFE_INTEGER - 1 };
  captureRecords({ lab, records, newEngine }, request, (piece) => {
    length += piece.length;
    if (length > CAPTURE_BYTES_MAX)
      throw new RangeError(`a page holds at most ${CAPTURE_BYTES_MAX} bytes of a capture: name an interface`);
    pieces.push(piece);
  });
  return joined(pieces);
}

/** Names of the interfaces that have a line of their own. */
export function interfacesOf(records: readonly LogRecord[]): readonly string[] {
  const { names, lines } = portsOf(records);
  return names.filter((_, port) => lines[port] === port);
}
