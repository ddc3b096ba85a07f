/** An event as it is published, by the command line and the API alike: a lab's definition as the object it is, bytes as hex. */
import { toHex } from '../../model/events/chain.ts';
import { eventToJson } from '../../model/events/codec.ts';
import { EVENT_KINDS, type EventKind, type EventType, type LabEvent, type Position } from '../../model/events/events.ts';
import type { CommandOutcome } from '../living/lab-commands.ts';

export interface PublishedEvent {
  readonly position: Position;
  readonly atNs: number;
  readonly type: EventType;
  readonly kind: EventKind;
  readonly cause: Position;
  readonly data: unknown;
}

export interface ChainedEvent extends PublishedEvent {
  /** Hex. */
  readonly chain: string;
}

export function publishEvent(event: LabEvent): PublishedEvent {
  const { position, atNs, type, cause } = event;
  return { position, atNs, type, kind: EVENT_KINDS[type], cause, data: dataOf(event) };
}

/** An event and the chain stored beside it. */
export function publishChained(event: LabEvent, chain: Uint8Array): ChainedEvent {
  const { position, atNs, type, cause } = event;
  return { position, atNs, type, kind: EVENT_KINDS[type], cause, chain: toHex(chain), data: dataOf(event) };
}

function dataOf(event: LabEvent): unknown {
  if (event.type !== 'LabDefined') return eventToJson(event)['data'];
  const { definition, pacePermille } = event.data;
  return { definition: parsed(definition), pacePermille };
}

/** The past may hold what no version of ours wrote; then its text is shown as it is. */
function parsed(definition: string): unknown {
  try {
    return JSON.parse(definition) as unknown;
  } catch {
    return definition;
  }
}

/** The published form of a command's outcome. */
export function publishOutcome(lab: string, outcome: CommandOutcome) {
  const { id, status } = outcome;
  if (status === 'forgotten' || status === 'pending') return { lab, id, status };
  const { position, events } = outcome;
  const reasons = status === 'refused' ? outcome.reasons : [];
  return { lab, id, status, position, reasons, events: events.map(publishEvent) };
}
