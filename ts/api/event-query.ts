/** Which events of a lab a request asks for. */
import type { LabEvent, Position } from '../model/events/events.ts';
import { positionAt } from '../services/ask/recorded-state.ts';
import { ALL_EVENTS, type EventFilter, passes, readEventTypes, readNames, strangerIn } from '../services/publish/event-filter.ts';
import { readWhere } from '../topology/read-where.ts';
import { type ApiContext, headOf } from './context.ts';
import { parseMoment } from './moment.ts';
import { Problem } from './problem.ts';

/** As people write it in an address. */
export interface EventQuery {
  readonly since?: string;
  readonly type?: string;
  readonly node?: string;
  readonly where?: string;
}

export interface EventSelection {
  /** Nothing before it is wanted. */
  readonly from: Position;
  readonly isWanted: (event: LabEvent) => boolean;
}

/** @throws Problem for what no event of the lab can be, and for a lab that is not there */
export async function selectEvents(
  { service: { log } }: ApiContext,
  lab: string,
  from: Position,
  query: EventQuery,
): Promise<EventSelection> {
  await headOf(log, lab);
  const filter = filterOf(query);
  const stranger = await strangerIn(log, lab, filter);
  if (stranger !== null) throw misplaced('no-such-part', stranger, query.node === undefined ? 'where' : 'node');
  const since = query.since === undefined ? null : parseMoment(query.since);
  if (since === null) return { from, isWanted: (event) => passes(event, filter) };
  if ('position' in since) return { from: Math.max(from, since.position), isWanted: (event) => passes(event, filter) };
  const { atNs } = since;
  // Events to come may still be before the time.
  const first = (await positionAt(log, lab, atNs - 1)) + 1;
  return { from: Math.max(from, first), isWanted: (event) => event.atNs >= atNs && passes(event, filter) };
}

function filterOf({ type, node, where }: EventQuery): EventFilter {
  const types = type === undefined ? null : usable('type', () => readEventTypes(type));
  return {
    ...ALL_EVENTS,
    types: types === null ? null : new Set(types),
    nodes: node === undefined ? null : new Set(readNames(node)),
    where: where === undefined ? null : usable('where', () => readWhere(where, types)),
  };
}

function usable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw misplaced('invalid-request', error.message, name);
  }
}

function misplaced(kind: 'invalid-request' | 'no-such-part', message: string, name: string): Problem {
  return new Problem(kind, message, { errors: [{ message, in: 'query', name }] });
}
