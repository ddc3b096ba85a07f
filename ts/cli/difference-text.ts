/** What differs between two labs, for people: where they part, what each flow lost or gained, events by type, state by path. */
import type { FlowDiffers } from '../debug/diff.ts';
import type { ValueDiffers } from '../debug/diff-values.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { LabsDiffer } from '../services/debug/diff-labs.ts';
import { textOf, whoOf } from '../services/publish/describe-event.ts';
import { formatSeconds } from '../values/nanos.ts';
import { count, paint, span } from './output.ts';
import { table } from './table.ts';

/** Lines of each part; the JSON has all. */
const LINES_MAX = 20;
/** Counters of nodes and interfaces follow from the rest: they are counted, not shown. */
const COUNTERS = /^(?:frames|nodes\[|interfaces\[|cores\[|.*\.(?:packets|answers|expiresNs|startNs|lastSeenNs|reachableUntilNs)$)/;

export function differenceText({ a, b, same, renamed, definition, events, recorded, derived, flows }: LabsDiffer): string {
  const side = ({ lab, position, atNs }: LabsDiffer['a']): string => `${lab}@${position} (${span(atNs)})`;
  const head = `${side(a)} | ${side(b)}`;
  if (same) return `${head}\nno difference`;
  const shown = derived.filter(({ path }) => !COUNTERS.test(path));
  const counters = derived.length - shown.length;
  return [
    [head, ...renamed.map((one) => `${one.b} is read as ${one.a}`)].join('\n'),
    ...part('definition', definition.map(valueLine)),
    ...(events.first === null
      ? []
      : [['first divergence', eventLine('-', events.first.a), eventLine('+', events.first.b)].join('\n')]),
    ...(flows.length === 0 ? [] : [flowsTable(flows)]),
    ...part('events', eventLines(events)),
    ...part('recorded state', recorded.map(valueLine)),
    ...part('derived state', shown.map(valueLine)),
    ...(counters === 0 ? [] : [`and ${count(counters)} counters; -f json has them`]),
  ].join('\n\n');
}

function part(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - LINES_MAX;
  return [[title, ...lines.slice(0, LINES_MAX), ...(more > 0 ? [`  and ${count(more)} more; -f json has them`] : [])].join('\n')];
}

function valueLine({ path, a, b }: ValueDiffers): string {
  const told = (value: unknown): string => (value === null ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value));
  return `  ${path}: ${told(a)} → ${told(b)}`;
}

function eventLine(sign: '-' | '+' | '~', event: LabEvent | null): string {
  const text =
    event === null
      ? 'nothing more'
      : `#${event.position}  ${formatSeconds(event.atNs)}  ${event.type}  ${whoOf(event)}  ${textOf(event)}`;
  return paint(sign === '-' ? 'bad' : sign === '+' ? 'good' : 'plain', `  ${sign} ${text}`);
}

/** Those of each side alone in the order of time; what only moved behind them. */
function eventLines({ onlyA, onlyB, moved }: LabsDiffer['events']): string[] {
  const lines = [...onlyA.map((event) => ['-', event] as const), ...onlyB.map((event) => ['+', event] as const)];
  lines.sort(([, one], [, other]) => one.atNs - other.atNs);
  const shifts = moved.map(({ a, b }) => {
    const later = b.atNs > a.atNs;
    return `${eventLine('~', a)} (${later ? '+' : '-'}${span(Math.abs(b.atNs - a.atNs))})`;
  });
  return [...lines.map(([sign, event]) => eventLine(sign, event)), ...shifts];
}

function flowsTable(flows: readonly FlowDiffers[]): string {
  const numbers = ['arrived', 'now', 'lost', 'gained', 'longest gap', 'gap now'].map((head) => ({ head, align: 'right' }) as const);
  return table(
    ['flow', ...numbers],
    flows.map(({ name, a, b, lost, gained }) => [
      name,
      a === null ? '-' : count(a.received),
      b === null ? '-' : count(b.received),
      count(lost),
      count(gained),
      a === null ? '-' : span(a.longestGapNs),
      b === null ? '-' : span(b.longestGapNs),
    ]),
  );
}
