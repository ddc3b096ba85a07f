/** `switchback events LAB`: the log itself, in the order in which things were decided. */
import type { Command } from 'commander';
import { asDamage } from '../log/checks.ts';
import type { EventLog, LogRecord } from '../log/event-log.ts';
import { toHex } from '../model/events/chain.ts';
import { EVENT_KINDS, type EventType, type LabEvent } from '../model/events/events.ts';
import type { ChainedEvent } from '../services/publish/publish-event.ts';
import { suggestion } from '../values/did-you-mean.ts';
import { refuseBeyond } from './at.ts';
import { CliError, EXIT } from './errors.ts';
import { type DataOptions, dataOption, formatOption, type Moment, momentOf } from './options.ts';
import { print, writeText } from './output.ts';
import { withStore } from './store.ts';
import type { TimelineEvent } from './timeline.ts';

type EventsFormat = 'table' | 'json' | 'ndjson' | 'csv' | 'timeline';

interface EventsOptions extends DataOptions {
  readonly format: EventsFormat;
  readonly from?: string;
  readonly to?: string;
  readonly type?: readonly string[];
}

export function addEvents(program: Command): void {
  program
    .command('events')
    .summary('print the events of a recorded lab')
    .description('Prints the events of a recorded lab, in the order in which they were decided.')
    .argument('<lab>', 'name of a recorded lab')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json', 'ndjson', 'csv', 'timeline'))
    .option('--from <moment>', 'first position (98) or virtual time (12.5s), inclusive')
    .option('--to <moment>', 'last position or virtual time, inclusive')
    .option('--type <types>', 'only these types, separated by commas; may be repeated', collectTypes)
    .action(events);
}

/** A stored event and what is stored beside it. */
export interface StoredEvent {
  readonly event: LabEvent;
  readonly record: LogRecord;
}

async function events(lab: string, options: EventsOptions): Promise<void> {
  const wanted = selection(options);
  await withStore(options.data, async (log, snapshots) => {
    await refuseBeyond(log, lab, wanted.from, snapshots);
    await refuseBackwards(log, lab, wanted, options);
    const selected = select(log, lab, wanted);
    if (options.format === 'ndjson') return printNdjson(selected);
    if (options.format === 'json') return printJsonDocument(lab, selected);
    if (options.format === 'csv') return printCsv(selected);
    return options.format === 'timeline' ? printTimeline(log, lab, wanted) : printTable(selected);
  });
}

interface Selection {
  readonly from: Moment;
  readonly to: Moment;
  readonly types: ReadonlySet<string> | null;
}

const EVERYTHING: Selection = { from: { position: 1 }, to: { position: Number.MAX_SAFE_INTEGER }, types: null };

function selection({ from, to, type }: EventsOptions): Selection {
  return {
    from: from === undefined ? EVERYTHING.from : momentOf(from, '--from'),
    to: to === undefined ? EVERYTHING.to : momentOf(to, '--to'),
    types: type === undefined ? null : new Set(type),
  };
}

/** @throws CliError when the first moment lies after the last: no event can be between them. */
async function refuseBackwards(log: EventLog, lab: string, { from, to }: Selection, options: EventsOptions): Promise<void> {
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

function collectTypes(text: string, before: readonly string[] = []): string[] {
  const types = text.split(',').filter((type) => type !== '');
  return [...before, ...types.map(eventTypeOf)];
}

/** In any case: HaStateChanged, hastatechanged. @throws CliError */
function eventTypeOf(text: string): EventType {
  const types = Object.keys(EVENT_KINDS) as EventType[];
  const found = types.find((type) => type.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  const hint = suggestion(text, types) || '; docs/events.md has the types';
  throw new CliError(EXIT.usage, `--type: there is no event type "${text}"${hint}`);
}

async function* select(log: EventLog, lab: string, wanted: Selection): AsyncGenerator<StoredEvent> {
  const { from, to } = wanted;
  const { decodeBody } = await import('../model/events/codec.ts');
  const first = 'position' in from ? from.position : 1;
  const last = 'position' in to ? to.position : undefined;
  if (last !== undefined && last < first) return;
  for await (const batch of log.read(lab, first, last)) {
    for (const record of batch) {
      const event = decodeOrDamage(lab, record, decodeBody);
      if ('atNs' in to && event.atNs > to.atNs) return;
      if (isWanted(event, wanted)) yield { event, record };
    }
  }
}

function isWanted(event: LabEvent, { from, to, types }: Selection): boolean {
  const isAfterFrom = 'position' in from ? event.position >= from.position : event.atNs >= from.atNs;
  const isBeforeTo = 'position' in to ? event.position <= to.position : event.atNs <= to.atNs;
  return isAfterFrom && isBeforeTo && (types === null || types.has(event.type));
}

function decodeOrDamage(lab: string, { position, body }: LogRecord, decode: (body: Uint8Array) => LabEvent): LabEvent {
  try {
    return decode(body);
  } catch (error) {
    throw asDamage(lab, position, error);
  }
}

/** One event as it is published. */
export async function toPublished({ event, record }: StoredEvent): Promise<ChainedEvent> {
  const { publishChained } = await import('../services/publish/publish-event.ts');
  return publishChained(event, record.chain);
}

async function printNdjson(selected: AsyncIterable<StoredEvent>): Promise<void> {
  for await (const stored of selected) print(JSON.stringify(await toPublished(stored)));
}

async function printJsonDocument(lab: string, selected: AsyncIterable<StoredEvent>): Promise<void> {
  let before = `{"lab":${JSON.stringify(lab)},"events":[`;
  for await (const stored of selected) {
    writeText(`${before}\n${JSON.stringify(await toPublished(stored))}`);
    before = ',';
  }
  print(`${before === ',' ? '' : before}\n]}`);
}

async function printCsv(selected: AsyncIterable<StoredEvent>): Promise<void> {
  const [{ csvLine }, { textOf, whoOf }] = await Promise.all([
    import('./table.ts'),
    import('../services/publish/describe-event.ts'),
  ]);
  print('position,atNs,type,kind,cause,who,text,chain');
  for await (const { event, record } of selected) {
    const { position, atNs, type, cause } = event;
    print(csvLine([position, atNs, type, EVENT_KINDS[type as EventType], cause, whoOf(event), textOf(event), toHex(record.chain)]));
  }
}

async function printTable(selected: AsyncIterable<StoredEvent>): Promise<void> {
  const { streamEventsTable } = await import('./events-table.ts');
  for await (const piece of streamEventsTable(eventsOf(selected))) print(piece);
}

async function* eventsOf(selected: AsyncIterable<StoredEvent>): AsyncGenerator<LabEvent> {
  for await (const { event } of selected) yield event;
}

/** The time line names MACs by who has them, so it reads the events before the first one too. */
async function printTimeline(log: EventLog, lab: string, wanted: Selection): Promise<void> {
  const { streamTimeline } = await import('./timeline.ts');
  const read = async function* (): AsyncGenerator<TimelineEvent> {
    for await (const { event } of select(log, lab, EVERYTHING)) yield { event, isShown: isWanted(event, wanted) };
  };
  for await (const line of streamTimeline(read)) print(line);
}
