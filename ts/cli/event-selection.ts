/** Which events of a log are meant: from when to when, of which types, at which nodes, with which values. */
import { asDamage } from '../log/checks.ts';
import type { EventLog, LogRecord } from '../log/event-log.ts';
import { EVENT_KINDS, type EventType, type LabEvent } from '../model/events/events.ts';
import type { Lab } from '../model/lab/lab.ts';
import { type EventWhere, meets, readWhere } from '../topology/read-where.ts';
import { suggestion } from '../values/did-you-mean.ts';
import { CliError, EXIT, usable } from './errors.ts';
import { type Moment, momentOf } from './options.ts';

/** As people give them. */
export interface SelectionOptions {
  readonly from?: string;
  readonly to?: string;
  readonly type?: readonly EventType[];
  readonly node?: readonly string[];
  readonly where?: string;
}

export interface Selection {
  readonly from: Moment;
  readonly to: Moment;
  /** Null for all. */
  readonly types: ReadonlySet<EventType> | null;
  readonly nodes: ReadonlySet<string> | null;
  readonly where: EventWhere | null;
}

/** A stored event and what is stored beside it. */
export interface StoredEvent {
  readonly event: LabEvent;
  readonly record: LogRecord;
}

type Decode = (body: Uint8Array) => LabEvent;

export const EVERYTHING: Selection = {
  from: { position: 1 },
  to: { position: Number.MAX_SAFE_INTEGER },
  types: null,
  nodes: null,
  where: null,
};

/** @throws CliError for what no event can be */
export function selectionOf({ from, to, type, node, where }: SelectionOptions): Selection {
  return {
    from: from === undefined ? EVERYTHING.from : momentOf(from, '--from'),
    to: to === undefined ? EVERYTHING.to : momentOf(to, '--to'),
    types: type === undefined ? null : new Set(type),
    nodes: node === undefined ? null : new Set(node),
    where: where === undefined ? null : usable(() => readWhere(where, type ?? null), '--where: '),
  };
}

export function collectTypes(text: string, before: readonly EventType[] = []): EventType[] {
  return [...before, ...parts(text).map(eventTypeOf)];
}

export function collectNodes(text: string, before: readonly string[] = []): string[] {
  return [...before, ...parts(text)];
}

function parts(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** In any case: HaStateChanged, hastatechanged. @throws CliError */
function eventTypeOf(text: string): EventType {
  const types = Object.keys(EVENT_KINDS) as EventType[];
  const found = types.find((type) => type.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  const hint = suggestion(text, types) || '; docs/events.md has the types';
  throw new CliError(EXIT.usage, `--type: there is no event type "${text}"${hint}`);
}

/** @throws CliError for a node that the lab does not have: nothing can have happened there. */
export async function refuseStrangers(log: EventLog, lab: string, { nodes, where }: Selection): Promise<void> {
  const named = where?.fields['node'];
  const asked = [...(nodes ?? []), ...(typeof named === 'string' && named !== '' ? [named] : [])];
  if (asked.length === 0) return;
  const known = await nodesOf(log, lab);
  const stranger = asked.find((node) => !known.includes(node));
  if (stranger === undefined) return;
  const hint = suggestion(stranger, known) || `; it has ${known.join(', ')}`;
  throw new CliError(EXIT.usage, `lab ${lab} has no node "${stranger}"${hint}`);
}

async function nodesOf(log: EventLog, lab: string): Promise<readonly string[]> {
  const { decodeBody } = await import('../model/events/codec.ts');
  for await (const [first] of log.read(lab, 1, 1)) {
    const event = first === undefined ? null : decodeOrDamage(lab, first, decodeBody);
    if (event?.type === 'LabDefined') return (JSON.parse(event.data.definition) as Lab).nodes.map(({ name }) => name);
  }
  return [];
}

/** @throws CliError when the first moment lies after the last: no event can be between them. */
export async function refuseBackwards(
  log: EventLog,
  lab: string,
  { from, to }: Selection,
  options: SelectionOptions,
): Promise<void> {
  if (!(await isAfter(log, lab, from, to))) return;
  throw new CliError(EXIT.usage, `--from ${options.from ?? '1'} lies after --to ${options.to ?? 'the end'}`);
}

/** A position and a time are compared by the time of the event there. */
async function isAfter(log: EventLog, lab: string, from: Moment, to: Moment): Promise<boolean> {
  if ('position' in from && 'position' in to) return from.position > to.position;
  if ('atNs' in from && 'atNs' in to) return from.atNs > to.atNs;
  const { timeOf } = await import('../services/ask/recorded-state.ts');
  const timeAt = async (moment: Moment): Promise<number> => ('atNs' in moment ? moment.atNs : timeOf(log, lab, moment.position));
  return (await timeAt(from)) > (await timeAt(to));
}

/** The events that are there. */
export function select(log: EventLog, lab: string, wanted: Selection): AsyncGenerator<StoredEvent> {
  const first = firstOf(wanted);
  const last = 'position' in wanted.to ? wanted.to.position : undefined;
  return last !== undefined && last < first ? chosen(nothing(), lab, wanted) : chosen(log.read(lab, first, last), lab, wanted);
}

/** Those, and the ones to come, until the signal aborts, the last moment has passed, or the lab is removed. */
export function followed(log: EventLog, lab: string, wanted: Selection, signal: AbortSignal): AsyncGenerator<StoredEvent> {
  return chosen(log.follow(lab, firstOf(wanted), signal), lab, wanted);
}

function firstOf({ from }: Selection): number {
  return 'position' in from ? from.position : 1;
}

async function* nothing(): AsyncGenerator<readonly LogRecord[]> {
  // An interval that ends before it begins.
}

async function* chosen(batches: AsyncIterable<readonly LogRecord[]>, lab: string, wanted: Selection): AsyncGenerator<StoredEvent> {
  const { to } = wanted;
  const { decodeBody } = await import('../model/events/codec.ts');
  for await (const batch of batches) {
    for (const record of batch) {
      const event = decodeOrDamage(lab, record, decodeBody);
      if ('atNs' in to && event.atNs > to.atNs) return;
      if (isWanted(event, wanted)) yield { event, record };
      if ('position' in to && event.position >= to.position) return;
    }
  }
}

/** Whether a selection has an event. */
export function isWanted(event: LabEvent, { from, to, types, nodes, where }: Selection): boolean {
  const isAfterFrom = 'position' in from ? event.position >= from.position : event.atNs >= from.atNs;
  const isBeforeTo = 'position' in to ? event.position <= to.position : event.atNs <= to.atNs;
  if (!isAfterFrom || !isBeforeTo || types?.has(event.type) === false) return false;
  return (nodes === null || ('node' in event.data && nodes.has(event.data.node))) && (where === null || meets(where, event));
}

function decodeOrDamage(lab: string, { position, body }: LogRecord, decode: Decode): LabEvent {
  try {
    return decode(body);
  } catch (error) {
    throw asDamage(lab, position, error);
  }
}
