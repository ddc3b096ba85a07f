/** Which events of a log are meant: from when to when, of which types, at which nodes, with which values. */
import { asDamage } from '../log/checks.ts';
import type { EventLog, LogRecord } from '../log/event-log.ts';
import type { EventType, LabEvent } from '../model/events/events.ts';
import { ALL_EVENTS, type EventFilter, passes, readEventTypes, readNames, strangerIn } from '../services/publish/event-filter.ts';
import { readWhere } from '../topology/read-where.ts';
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

export interface Selection extends EventFilter {
  readonly from: Moment;
  readonly to: Moment;
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
  ...ALL_EVENTS,
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
  return [...before, ...usable(() => readEventTypes(text), '--type: ')];
}

export function collectNodes(text: string, before: readonly string[] = []): string[] {
  return [...before, ...readNames(text)];
}

/** @throws CliError for a node that the lab does not have: nothing can have happened there. */
export async function refuseStrangers(log: EventLog, lab: string, wanted: Selection): Promise<void> {
  const stranger = await strangerIn(log, lab, wanted);
  if (stranger !== null) throw new CliError(EXIT.usage, stranger);
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
export function isWanted(event: LabEvent, { from, to, ...filter }: Selection): boolean {
  const isAfterFrom = 'position' in from ? event.position >= from.position : event.atNs >= from.atNs;
  const isBeforeTo = 'position' in to ? event.position <= to.position : event.atNs <= to.atNs;
  return isAfterFrom && isBeforeTo && passes(event, filter);
}

function decodeOrDamage(lab: string, { position, body }: LogRecord, decode: Decode): LabEvent {
  try {
    return decode(body);
  } catch (error) {
    throw asDamage(lab, position, error);
  }
}
