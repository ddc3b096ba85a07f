/** `switchback events LAB`: the log itself, in the order in which things were decided. */
import type { Command } from 'commander';
import type { EventLog } from '../log/event-log.ts';
import { toHex } from '../model/events/chain.ts';
import { EVENT_KINDS, type EventType, type LabEvent } from '../model/events/events.ts';
import type { ChainedEvent } from '../services/publish/publish-event.ts';
import { refuseBeyond } from './at.ts';
import { CliError, EXIT } from './errors.ts';
import {
  collectNodes,
  collectTypes,
  EVERYTHING,
  followed,
  isWanted,
  refuseBackwards,
  refuseStrangers,
  type Selection,
  type SelectionOptions,
  type StoredEvent,
  select,
  selectionOf,
} from './event-selection.ts';
import { untilInterrupted } from './interruption.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { print, writeText } from './output.ts';
import { headOf, withStore } from './store.ts';
import type { TimelineEvent } from './timeline.ts';

type EventsFormat = 'table' | 'json' | 'ndjson' | 'csv' | 'timeline';

interface EventsOptions extends DataOptions, SelectionOptions {
  readonly format: EventsFormat;
  readonly follow?: boolean;
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
    .option('--type <types>', 'only these types, in any case, separated by commas; may be repeated', collectTypes)
    .option('--node <nodes>', 'only events at these nodes, separated by commas; may be repeated', collectNodes)
    .option('--where <fields>', 'only events with these values of fields, as in a check: "node: fw2, to: active"')
    .option('--follow', 'go on with the events to come, until Ctrl-C (not with json or timeline)')
    .action(events);
}

async function events(lab: string, options: EventsOptions): Promise<void> {
  const wanted = selectionOf(options);
  if (options.follow === true && (options.format === 'json' || options.format === 'timeline')) {
    throw new CliError(
      EXIT.usage,
      `-f ${options.format} is complete with the last event, and --follow has none; use ndjson, csv or table`,
    );
  }
  await withStore(options.data, async (log, snapshots) => {
    await headOf(log, lab);
    await refuseStrangers(log, lab, wanted);
    if (options.follow !== true) await refuseBeyond(log, lab, wanted.from, snapshots);
    await refuseBackwards(log, lab, wanted, options);
    if (options.follow === true) return follow(log, lab, wanted, options.format);
    return printSelected(log, lab, wanted, options.format);
  });
}

/** Prints what is there and what comes. Ctrl-C ends it, and so does the lab, when it is forgotten. */
async function follow(log: EventLog, lab: string, wanted: Selection, format: EventsFormat): Promise<void> {
  await untilInterrupted(async (signal) => {
    const selected = followed(log, lab, wanted, signal);
    if (format === 'ndjson') return printNdjson(selected);
    if (format === 'csv') return printCsv(selected);
    const { followEventsTable } = await import('./events-table.ts');
    for await (const line of followEventsTable(eventsOf(selected))) print(line);
  });
}

function printSelected(log: EventLog, lab: string, wanted: Selection, format: EventsFormat): Promise<void> {
  const selected = select(log, lab, wanted);
  if (format === 'ndjson') return printNdjson(selected);
  if (format === 'json') return printJsonDocument(lab, selected);
  if (format === 'csv') return printCsv(selected);
  return format === 'timeline' ? printTimeline(log, lab, wanted) : printTable(selected);
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
