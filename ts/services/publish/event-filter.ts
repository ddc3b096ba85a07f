/** Which events are meant: of which types, at which nodes, with which values of fields. The command line and the API read it alike. */
import { asDamage } from '../../log/checks.ts';
import type { EventLog } from '../../log/event-log.ts';
import { EVENT_KINDS, type EventType, type LabEvent } from '../../model/events/events.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { type EventWhere, meets } from '../../topology/read-where.ts';
import { suggestion } from '../../values/did-you-mean.ts';

/** Null for all. */
export interface EventFilter {
  readonly types: ReadonlySet<EventType> | null;
  readonly nodes: ReadonlySet<string> | null;
  readonly where: EventWhere | null;
}

export const ALL_EVENTS: EventFilter = { types: null, nodes: null, where: null };

export function passes(event: LabEvent, { types, nodes, where }: EventFilter): boolean {
  if (types?.has(event.type) === false) return false;
  return (nodes === null || ('node' in event.data && nodes.has(event.data.node))) && (where === null || meets(where, event));
}

/** Types of events, in any case and separated by commas: "HaStateChanged, garpsent". @throws RangeError with a suggestion */
export function readEventTypes(text: string): EventType[] {
  return readNames(text).map(eventTypeOf);
}

/** Names, separated by commas. */
export function readNames(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function eventTypeOf(text: string): EventType {
  const types = Object.keys(EVENT_KINDS) as EventType[];
  const found = types.find((type) => type.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new RangeError(`there is no event type "${text}"${suggestion(text, types) || '; docs/events.md has the types'}`);
}

/**
 * A node that a filter names and the lab does not have: nothing can have happened there.
 * @returns a sentence that names it, or null.
 */
export async function strangerIn(log: EventLog, lab: string, { nodes, where }: EventFilter): Promise<string | null> {
  const named = where?.fields['node'];
  const asked = [...(nodes ?? []), ...(typeof named === 'string' && named !== '' ? [named] : [])];
  if (asked.length === 0) return null;
  const known = await nodesOf(log, lab);
  const stranger = asked.find((node) => !known.includes(node));
  if (stranger === undefined) return null;
  return `lab ${lab} has no node "${stranger}"${suggestion(stranger, known) || `; it has ${known.join(', ')}`}`;
}

async function nodesOf(log: EventLog, lab: string): Promise<readonly string[]> {
  const { decodeBody } = await import('../../model/events/codec.ts');
  for await (const [first] of log.read(lab, 1, 1)) {
    if (first === undefined) continue;
    const event = asDamaged(lab, first.position, () => decodeBody(first.body));
    if (event.type === 'LabDefined') return (JSON.parse(event.data.definition) as Lab).nodes.map(({ name }) => name);
  }
  return [];
}

function asDamaged<T>(lab: string, position: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw asDamage(lab, position, error);
  }
}
