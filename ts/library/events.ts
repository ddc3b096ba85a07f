/** Which events of a history are meant. */
import { EVENT_KINDS, type EventData, type EventType, type LabEvent, type Position } from '../model/events/events.ts';
import { suggestion } from '../values/did-you-mean.ts';
import type { Nanos } from '../values/nanos.ts';

/** An event of one type. */
export interface EventOf<T extends EventType> {
  readonly type: T;
  readonly data: EventData[T];
  readonly position: Position;
  readonly atNs: Nanos;
  /** Position of the event that brought it about; 0 for inputs. */
  readonly cause: Position;
}

/** All that is given must hold. Times are durations with a unit, and inclusive. */
export interface EventFilter<T extends EventType = EventType> {
  readonly type?: T | readonly T[];
  readonly node?: string;
  readonly interface?: string;
  /** Values of fields. */
  readonly where?: Partial<EventData[T]>;
  readonly from?: string;
  readonly to?: string;
  /** Only later positions. */
  readonly after?: Position;
}

/** A filter with its times read. */
export interface EventChoice extends Omit<EventFilter, 'from' | 'to'> {
  readonly fromNs: number;
  readonly toNs: number;
}

/** The events that a filter chooses, in order. @throws RangeError for a type that there is not. */
export function chosen(events: readonly LabEvent[], choice: EventChoice): LabEvent[] {
  const { type, node, interface: name, where = {}, fromNs, toNs, after = 0 } = choice;
  const types = type === undefined ? null : new Set<string>(typeof type === 'string' ? [type] : type);
  for (const one of types ?? []) {
    if (!Object.hasOwn(EVENT_KINDS, one)) {
      throw new RangeError(`there is no event "${one}"${suggestion(one, Object.keys(EVENT_KINDS))}`);
    }
  }
  const wanted = Object.entries({ ...(node !== undefined && { node }), ...(name !== undefined && { interface: name }), ...where });
  return events.filter(({ type: is, data, atNs, position }) => {
    if (types?.has(is) === false || atNs < fromNs || atNs > toNs || position <= after) return false;
    return wanted.every(([field, value]) => (data as unknown as Readonly<Record<string, unknown>>)[field] === value);
  });
}
