/** Reads a condition on the fields of events, "{ node: fw2, to: active }": the `where` of a check, for those who look for events. */
import { EVENT_KINDS, type EventType, type LabEvent } from '../model/events/events.ts';
import { suggestion } from '../values/did-you-mean.ts';
import { readSource } from './draft/source-document.ts';
import { fieldsOf, valueFault } from './resolve/event-fields.ts';

type Value = string | number | boolean;

/** Values of fields, and the types that have all these fields and may have these values. */
export interface EventWhere {
  readonly types: ReadonlySet<EventType>;
  readonly fields: Readonly<Record<string, Value>>;
}

/**
 * Reads a condition, with or without its braces.
 * @param types the only ones looked for; null for all.
 * @throws RangeError when no event of these types can meet it, and says why.
 */
export function readWhere(text: string, types: readonly EventType[] | null): EventWhere {
  const fields = fieldsIn(text);
  const among = types ?? (Object.keys(EVENT_KINDS) as EventType[]);
  for (const field of Object.keys(fields)) refuseUnknown(field, among);
  const having = among.filter((type) => Object.keys(fields).every((field) => fieldsOf(type)?.has(field) === true));
  if (having.length === 0) throw new RangeError(`no event has ${Object.keys(fields).join(' and ')}`);
  const faults = new Map(having.map((type) => [type, faultOf(type, fields)]));
  const fitting = having.filter((type) => faults.get(type) === null);
  const [first] = having;
  if (fitting.length === 0 && first !== undefined) throw new RangeError(faults.get(first) ?? '');
  return { types: new Set(fitting), fields };
}

/** Whether an event meets a condition. */
export function meets({ types, fields }: EventWhere, { type, data }: LabEvent): boolean {
  const values = data as unknown as Readonly<Record<string, unknown>>;
  return types.has(type) && Object.entries(fields).every(([field, value]) => values[field] === value);
}

function fieldsIn(text: string): Readonly<Record<string, Value>> {
  const braced = text.trim().startsWith('{') ? text : `{ ${text} }`;
  const { source, problems } = readSource(braced);
  const value = source?.value;
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (problems[0] !== undefined || entries.length === 0) {
    throw new RangeError(`"${text}" is no condition; expected fields and their values, such as "node: fw2, to: active"`);
  }
  const nested = entries.find(([, one]) => !['string', 'number', 'boolean'].includes(typeof one));
  if (nested !== undefined) throw new RangeError(`${nested[0]} needs a value, such as "${nested[0]}: fw2"`);
  return Object.fromEntries(entries) as Record<string, Value>;
}

function refuseUnknown(field: string, types: readonly EventType[]): void {
  const known = new Set(types.flatMap((type) => [...(fieldsOf(type)?.keys() ?? [])]));
  if (known.has(field)) return;
  const near = suggestion(field, known);
  const [only] = types;
  if (types.length === 1) throw new RangeError(`${only} has no field "${field}"${near || `; expected ${[...known].join(', ')}`}`);
  throw new RangeError(`no event has a field "${field}"${near || '; docs/events.md has the fields'}`);
}

/** Why events of a type never meet a condition; null where they may. */
function faultOf(type: EventType, fields: Readonly<Record<string, Value>>): string | null {
  for (const [field, value] of Object.entries(fields)) {
    const kind = fieldsOf(type)?.get(field) ?? 'other';
    if (kind === 'other') return `${type}.${field} is not a single value, so it cannot be compared`;
    if (typeof value !== kind) return `${type}.${field} is a ${kind}, ${JSON.stringify(value)} is a ${typeof value}`;
    const fault = valueFault(type, field, value);
    if (fault !== null) return fault;
  }
  return null;
}
