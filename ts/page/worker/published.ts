/**
 * Events as an API sends them, as records again: `publishChained` backwards. Equal events have equal bodies, so a record whose chain follows
 * from the one before it is the very record that the server has; any other is refused by its chain.
 */
import { fromHex } from '../../model/events/chain.ts';
import { encodeBody } from '../../model/events/codec.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { Json } from '../ask/questions.ts';

/**
 * The record of a published event. The mark `settled` is not sent: a record that follows a lab never has it.
 * @throws TypeError naming the field that is missing or of the wrong type; RangeError for what is no hexadecimal
 */
export function recordOf({ position, atNs, type, cause, chain, data }: Json): LogRecord {
  const event = { position, atNs, type, cause, data: bytesIn(data) } as unknown as LabEvent;
  const body = encodeBody(event);
  return {
    position: event.position,
    body,
    chain: fromHex(String(chain)),
    recordedAtMs: 0,
    commandId: '',
    checkpoint: null,
    settled: false,
  };
}

/** Fields that hold bytes; they are sent as hexadecimal. */
const BYTES: ReadonlySet<string> = new Set(['bytes', 'head']);

function bytesIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bytesIn);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => {
    return [name, BYTES.has(name) && typeof field === 'string' ? fromHex(field) : bytesIn(field)] as const;
  });
  return Object.fromEntries(fields);
}
