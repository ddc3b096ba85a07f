/**
 * Records to append in tests, and reading them back.
 */
import type { EventLog, LogRecord } from '../../ts/log/event-log.ts';
import { CHAIN_START, nextChain } from '../../ts/model/events/chain.ts';
import { encodeBody } from '../../ts/model/events/codec.ts';
import type { Position } from '../../ts/model/events/events.ts';
import { nanos } from '../../ts/values/nanos.ts';

/** Records for the positions after `after`, chained as an engine would; `says` makes one history differ from another. */
export function chained(count: number, after: LogRecord | null = null, says: (position: Position) => string = String): LogRecord[] {
  const records: LogRecord[] = [];
  let previous = after;
  for (let index = 0; index < count; index++) {
    const position = (previous?.position ?? 0) + 1;
    const body = encodeBody({
      type: 'SystemLog',
      data: { node: 'fw1', eventId: 'ha-state', severity: 'critical', text: says(position) },
      position,
      atNs: nanos(position * 1000),
      cause: position - 1,
    });
    const chain = nextChain(previous?.chain ?? CHAIN_START, body);
    previous = {
      position,
      body,
      chain,
      recordedAtMs: 1_790_000_000_000 + position,
      commandId: '',
      checkpoint: null,
      settled: position % 2 === 0,
    };
    records.push(previous);
  }
  return records;
}

/** All records of a lab, or of a range of it. */
export async function readAll(log: EventLog, lab: string, from?: Position, to?: Position): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of log.read(lab, from, to)) records.push(...batch);
  return records;
}
