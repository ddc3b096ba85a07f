/**
 * What two histories have in common, event by event. An event is the same when it says the same at the same time; its position and that of
 * its cause move with every change before it, so they say nothing.
 *
 * Left out is what depends on how time was cut, not on what happened: time that was allowed to pass, and counts that go on record once a
 * second and behind every input (`settlesCounts`). Frames dropped are compared by their totals, in the state.
 */
import { eventToJson } from '../model/events/codec.ts';
import type { EventType, LabEvent } from '../model/events/events.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import type { Speller } from './names.ts';

const LEFT_OUT: ReadonlySet<EventType> = new Set(['LabDefined', 'TimeAdvanced', 'LagExceeded', 'FramesDropped', 'BlocksRetired']);

export interface EventsDiffer {
  /** Events compared. */
  readonly compared: { readonly a: number; readonly b: number };
  /** The first event of each that the other does not have next; null where there is none, and both null never. */
  readonly first: { readonly a: LabEvent | null; readonly b: LabEvent | null } | null;
  readonly onlyA: readonly LabEvent[];
  readonly onlyB: readonly LabEvent[];
  /** The same at another time. */
  readonly moved: readonly { readonly a: LabEvent; readonly b: LabEvent }[];
}

interface Told {
  readonly event: LabEvent;
  readonly what: string;
}

export function diffEvents(
  a: readonly LabEvent[],
  b: readonly LabEvent[],
  { a: tellA, b: tellB }: { readonly a: Speller; readonly b: Speller },
): EventsDiffer {
  const [left, right] = [toldOf(a, tellA), toldOf(b, tellB)];
  const at = left.findIndex((one, i) => timed(one) !== (right[i] === undefined ? '' : timed(right[i])));
  const parts = at >= 0 ? at : Math.min(left.length, right.length);
  const [firstA, firstB] = [left[parts]?.event ?? null, right[parts]?.event ?? null];
  const [restA, restB] = unmatched(left.slice(parts), right.slice(parts), timed);
  const [onlyA, onlyB, moved] = unmatched(restA, restB, ({ what }) => what);
  return {
    compared: { a: left.length, b: right.length },
    first: firstA === null && firstB === null ? null : { a: firstA, b: firstB },
    onlyA: onlyA.map(({ event }) => event),
    onlyB: onlyB.map(({ event }) => event),
    moved: moved.map(([one, other]) => ({ a: one.event, b: other.event })),
  };
}

function toldOf(events: readonly LabEvent[], tell: Speller): Told[] {
  return events.filter(isCompared).map((event) => ({ event, what: `${event.type} ${tell(canonicalJson(wordsOf(event)))}` }));
}

/** What an event says. The number of a frame counts the frames before it, as a position counts events; its bytes hold MACs. */
function wordsOf(event: LabEvent): unknown {
  const { data } = eventToJson(event);
  return event.type === 'FrameDropped' ? { ...(data as object), frame: 0, head: '' } : data;
}

/** Moves of a MAC after its first one are counted, and go on record later than they happened. */
function isCompared(event: LabEvent): boolean {
  return !LEFT_OUT.has(event.type) && !(event.type === 'MacMoved' && event.data.lastNs !== event.atNs);
}

function timed({ event, what }: Told): string {
  return `${event.atNs} ${what}`;
}

/** What has no equal in the other list, each equal counting once; and the pairs. */
function unmatched(
  a: readonly Told[],
  b: readonly Told[],
  key: (told: Told) => string,
): [a: Told[], b: Told[], pairs: (readonly [Told, Told])[]] {
  const open = new Map<string, Told[]>();
  for (const one of [...b].reverse()) {
    const equals = open.get(key(one));
    if (equals === undefined) open.set(key(one), [one]);
    else equals.push(one);
  }
  const pairs: (readonly [Told, Told])[] = [];
  const onlyA = a.filter((one) => {
    const match = open.get(key(one))?.pop();
    if (match !== undefined) pairs.push([one, match]);
    return match === undefined;
  });
  const left = new Set([...open.values()].flat());
  return [onlyA, b.filter((one) => left.has(one)), pairs];
}
