/**
 * The first event with which an expectation turns false: true once, and false from there on or for a while.
 *
 * What recorded state answers is asked after every event. What only re-execution answers (flows, drops) is asked at the end of every turn of
 * the engine; where it can turn only once, as a count that may not exceed a bound, first at coarse steps, and then turn by turn from
 * the last snapshot at which it held.
 */
import { failureAt, matches } from '../engine/checks.ts';
import { readFlows } from '../engine/derived.ts';
import { readDrops } from '../engine/drop-counts.ts';
import type { Engine } from '../engine/engine.ts';
import type { LabEvent, Position } from '../model/events/events.ts';
import type { Bounds, Expectation } from '../model/lab/script.ts';
import { evolve, initialState } from '../model/state/lab-state.ts';
import type { Course } from './course.ts';
import { type Moment, type NewEngine, Rerun } from './rerun.ts';

export interface Bisected {
  /** `turned`: false from `event` on; `holds`: true to the end once it was true; `never`: not true at any moment. */
  readonly status: 'turned' | 'holds' | 'never';
  /** The event with which it turned false; null where it did not. */
  readonly event: LabEvent | null;
  /** What was seen then, instead of what was expected; null where it did not turn. */
  readonly seen: string | null;
  /** Where it was true for the first time; null for never. */
  readonly trueSince: Position | null;
  /** Whether every moment was asked, or coarse steps sufficed. */
  readonly scanned: boolean;
}

/** Steps of the coarse pass: each costs a snapshot, and saves the turns between two of them. */
const COARSE_STEPS = 64;

/** Follows an expectation through what happened. `events` are all of the course's lab, in order. */
export function bisect(newEngine: NewEngine, course: Course, events: readonly LabEvent[], expectation: Expectation): Bisected {
  if (expectation.kind !== 'flow' && expectation.kind !== 'drops') return overRecorded(events, expectation);
  const to = events.length;
  if (!turnsOnce(expectation)) return followed(new Rerun(newEngine, course, { forgets: true }), expectation, events, 1, true);
  const run = new Rerun(newEngine, course, { forgets: true });
  const stride = Math.max(1, Math.ceil(to / COARSE_STEPS));
  let from: Moment | null = null;
  for (let position = 1; position <= to + stride; position += stride) {
    run.playUntil({ position: Math.min(position, to) });
    if (position > to) run.play();
    if (failureOf(run.engine, expectation) !== null) break;
    from = run.moment();
  }
  // A count that may not exceed a bound holds at the beginning, or never.
  if (from === null) return followed(new Rerun(newEngine, course, { forgets: true }), expectation, events, 1, false);
  return followed(new Rerun(newEngine, course, { from, forgets: true }), expectation, events, 1, false);
}

/** Whether an expectation that holds can turn false, and never back: counts that only grow, without a least value. */
export function turnsOnce(expectation: Expectation): boolean {
  const isUpper = (bounds: Bounds | null): boolean => bounds === null || (bounds.min ?? 0) <= 0;
  if (expectation.kind === 'drops') return isUpper(expectation.count);
  if (expectation.kind !== 'flow') return false;
  const { received, lost, longestGapNs, retransmissions, stallNs, ...others } = expectation;
  const { framesPerSecond, latencyP50Ns, latencyP99Ns, latencyMeanNs, outcome, limitedBy } = others;
  const grows = [received, lost, longestGapNs, retransmissions, stallNs];
  const moves = [framesPerSecond, latencyP50Ns, latencyP99Ns, latencyMeanNs, outcome, limitedBy];
  return grows.every(isUpper) && moves.every((one) => one === null);
}

function overRecorded(events: readonly LabEvent[], expectation: Expectation): Bisected {
  const state = initialState();
  let [count, trueSince]: [number, Position | null] = [0, null];
  for (const event of events) {
    evolve(state, event);
    if (expectation.kind === 'event' && matches(expectation, event)) count++;
    const seen = failureAt(expectation, { state, events: count, flows: () => [], drops: () => [] });
    if (seen === null) trueSince ??= event.position;
    else if (trueSince !== null) return { status: 'turned', event, seen, trueSince, scanned: true };
  }
  return { status: trueSince === null ? 'never' : 'holds', event: null, seen: null, trueSince, scanned: true };
}

/** Asks at the end of every turn, from where a rerun stands. */
function followed(run: Rerun, expectation: Expectation, events: readonly LabEvent[], first: Position, scanned: boolean): Bisected {
  const to = events.length;
  let trueSince: Position | null = null;
  if (run.engine.position > 0 && failureOf(run.engine, expectation) === null) trueSince = first;
  while (run.engine.position < to || run.next < run.course.given.length) {
    const next = run.engine.position + 1;
    if (next > to) run.play();
    else run.playUntil({ position: next });
    const seen = failureOf(run.engine, expectation);
    if (seen === null) trueSince ??= next;
    else if (trueSince !== null) {
      return { status: 'turned', event: events[Math.min(next, to) - 1] ?? null, seen, trueSince, scanned };
    }
    if (next > to) break;
  }
  return { status: trueSince === null ? 'never' : 'holds', event: null, seen: null, trueSince, scanned };
}

function failureOf(engine: Engine, expectation: Expectation): string | null {
  const { state } = engine;
  return failureAt(expectation, { state, events: 0, flows: () => readFlows(engine), drops: () => readDrops(engine) });
}
