/** Fields of every event type and what they hold, for checks that name them. Generated from the proto (scripts/events.ts). */
import { EVENT_FIELDS, type FieldCheck } from '../../../gen/events/fields.ts';
import { suggestion } from '../../values/did-you-mean.ts';

/** The fields of an event type by name, each with its kind; null for a type that does not exist. */
export function fieldsOf(type: string): ReadonlyMap<string, string> | null {
  const fields = checksOf(type);
  return fields === null ? null : new Map(Object.entries(fields).map(([name, { kind }]) => [name, kind]));
}

/**
 * Why a field of an event never has this value, in words; null where it may. Kinds are not compared: a value of another kind
 * passes.
 */
export function valueFault(type: string, field: string, value: string | number | boolean): string | null {
  const check = checksOf(type)?.[field];
  if (check === undefined) return null;
  const { values, max } = check;
  if (values !== undefined && typeof value === 'string' && !values.includes(value)) {
    const near = suggestion(value, values);
    return `${type}.${field} is never "${value}"${near === '' ? `; expected ${values.map((one) => one || '""').join(', ')}` : near}`;
  }
  if (max === undefined || typeof value !== 'number') return null;
  const fits = Number.isInteger(value) && value >= 0 && value <= max;
  return fits ? null : `${type}.${field} is never ${value}; expected a whole number from 0 to ${max}`;
}

function checksOf(type: string): Readonly<Record<string, FieldCheck>> | null {
  return Object.hasOwn(EVENT_FIELDS, type) ? EVENT_FIELDS[type as keyof typeof EVENT_FIELDS] : null;
}
