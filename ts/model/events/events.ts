/**
 * An event as TypeScript sees it. Kinds and fields of all events are generated from proto/switchback/v1/events.proto
 * (scripts/events.ts); docs/events.md lists them.
 */
import type { EventData } from '../../../gen/events/types.ts';
import type { Nanos } from '../../values/nanos.ts';

export { EVENT_KINDS } from '../../../gen/events/kinds.ts';
export type { EventData, ReceivedFrame } from '../../../gen/events/types.ts';

/** Number of an event in its lab's log, from 1. */
export type Position = number;

export type EventType = keyof EventData;
export type EventKind = 'input' | 'outcome';

/** An event's type and data, before it has a place in the log. A union: narrowing `type` narrows `data`. */
export type Payload = { [T in EventType]: { readonly type: T; readonly data: EventData[T] } }[EventType];

/** A decided event: a payload with its position, time and cause. */
export type LabEvent = Payload & {
  readonly position: Position;
  readonly atNs: Nanos;
  /** Position of the mechanical parent; 0 for inputs. */
  readonly cause: Position;
};
