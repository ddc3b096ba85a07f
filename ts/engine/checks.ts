/**
 * Checks of a lab file, evaluated over its events: a fold that takes events in order. State is read at its instant, flows once at the
 * end. Drops are counted in the engine at both ends of their window (`marksOf`), not from their events, which come only once a
 * second. Every failure reports the actual value.
 */
import type { LabEvent } from '../model/events/events.ts';
import { splitEndpoint } from '../model/lab/endpoint.ts';
import type { Bounds, Check, Expectation } from '../model/lab/script.ts';
import { evolve, initialState, type LabState } from '../model/state/lab-state.ts';
import { neighboursFor } from '../model/state/neighbour-state.ts';
import { formatSeconds } from '../values/nanos.ts';
import type { DropCount, DropSample } from './drop-counts.ts';

export interface CheckResult {
  readonly name: string;
  readonly description: string;
  readonly pass: boolean;
  /** One line per expectation that failed. */
  readonly failures: readonly string[];
}

/** Totals of a flow; the report has more. */
export interface FlowTotals {
  readonly name: string;
  readonly received: number;
  readonly lost: number;
  readonly longestGapNs: number;
  readonly framesPerSecond: number | null;
  readonly latencyNs: { readonly p50: number; readonly p99: number; readonly mean: number } | null;
  /** Null for a flow of UDP frames. */
  readonly tcp: { readonly state: string; readonly longestStallNs: number; readonly retransmissions: number } | null;
  /** The node whose core had no time left; null for none. */
  readonly limitedBy: { readonly node: string } | null;
}

/** Dropped frames at the marks of the checks, and at the end. */
export interface DropHistory {
  readonly samples: readonly DropSample[];
  readonly end: readonly DropCount[];
}

type DropsExpected = Extract<Expectation, { kind: 'drops' }>;

/** Instants at which drops must be counted for these checks, ascending, ns. */
export function marksOf(checks: readonly Check[]): number[] {
  const windows = checks.flatMap(({ expect }) => expect.filter((one) => one.kind === 'drops'));
  const ends = windows.flatMap(({ fromNs, toNs }) => [fromNs, ...(toNs === null ? [] : [toNs + 1])]);
  return [...new Set(ends)].filter((ns) => ns > 0).sort((a, b) => a - b);
}

interface Watch {
  readonly expectation: Expectation;
  count: number;
  /** State expectations: what was seen at their instant, once it has passed. */
  seen: string | null;
}

export class CheckRun {
  readonly #checks: readonly Check[];
  readonly #watches: ReadonlyMap<Check, readonly Watch[]>;
  readonly #state: LabState = initialState();

  constructor(checks: readonly Check[]) {
    this.#checks = checks;
    this.#watches = new Map(
      checks.map((check) => [check, check.expect.map((expectation) => ({ expectation, count: 0, seen: null }))]),
    );
  }

  /** Takes the next event. */
  observe(event: LabEvent): void {
    this.#askStates(event.atNs);
    for (const watch of this.#all()) {
      const { expectation } = watch;
      if (expectation.kind === 'event' && matches(expectation, event)) watch.count++;
    }
    evolve(this.#state, event);
  }

  /** The verdicts, once the last event has been observed. */
  results(flows: readonly FlowTotals[], drops: DropHistory): CheckResult[] {
    this.#askStates(Number.POSITIVE_INFINITY);
    for (const watch of this.#all()) {
      if (watch.expectation.kind === 'drops') watch.count = dropsIn(watch.expectation, drops);
    }
    return this.#checks.map((check) => {
      const failures = (this.#watches.get(check) ?? []).flatMap((watch) => failureOf(watch, flows) ?? []);
      return { name: check.name, description: check.description, pass: failures.length === 0, failures };
    });
  }

  *#all(): Generator<Watch> {
    for (const watches of this.#watches.values()) yield* watches;
  }

  /** Answers the state expectations whose instant lies before `nextNs`: everything at that instant has been folded. */
  #askStates(nextNs: number): void {
    for (const watch of this.#all()) {
      const { expectation } = watch;
      if (watch.seen !== null || (expectation.kind !== 'neighbour' && expectation.kind !== 'ha')) continue;
      const isDue = expectation.atNs === null ? nextNs === Number.POSITIVE_INFINITY : expectation.atNs < nextNs;
      if (isDue) watch.seen = answerOf(this.#state, expectation);
    }
  }
}

/** What expectations are asked about at one moment: all that happened by then. */
export interface CheckMoment {
  readonly state: LabState;
  /** How many events so far an expectation about events has counted. */
  readonly events: number;
  readonly flows: () => readonly FlowTotals[];
  readonly drops: () => readonly DropCount[];
}

/** Why an expectation fails at a moment, its own times aside; null where it holds. */
export function failureAt(expectation: Expectation, { state, events, flows, drops }: CheckMoment): string | null {
  switch (expectation.kind) {
    case 'event':
      return failureOf({ expectation, count: events, seen: null }, [], false);
    case 'drops':
      return failureOf({ expectation, count: framesOf(expectation, drops()), seen: null }, [], false);
    case 'neighbour':
    case 'ha':
      return failureOf({ expectation, count: 0, seen: answerOf(state, expectation) }, [], false);
    case 'flow':
      return failureOf({ expectation, count: 0, seen: null }, flows(), false);
  }
}

function answerOf(state: LabState, expectation: Extract<Expectation, { kind: 'neighbour' | 'ha' }>): string {
  if (expectation.kind === 'ha') {
    const isRunning = state.nodes[expectation.node]?.power === 'running';
    return isRunning ? (state.ha[expectation.node]?.state ?? 'none') : 'crashed';
  }
  const wanted = state.interfaces[expectation.mac]?.usedMac ?? expectation.mac;
  const entries = neighboursFor(state, expectation.node, expectation.ip, expectation.interface ?? null);
  if (entries.length === 0) return 'none';
  if (entries.every(({ mac }) => mac === wanted)) return expectation.mac;
  const isOne = entries.length === 1;
  return entries.map(({ mac, interface: name }) => `${mac}${ownerOf(state, mac)}${isOne ? '' : ` on ${name}`}`).join(' and ');
}

function ownerOf({ interfaces }: LabState, mac: string): string {
  const owner = Object.keys(interfaces).find((endpoint) => interfaces[endpoint]?.usedMac === mac);
  return owner === undefined ? '' : ` (${owner})`;
}

/** Frames dropped in a window: the count at its end minus the count at its start. The end of the run stands for a mark it did not reach. */
function dropsIn(expectation: DropsExpected, { samples, end }: DropHistory): number {
  const before = (ns: number): number =>
    ns === 0 ? 0 : framesOf(expectation, samples.find(({ beforeNs }) => beforeNs === ns)?.drops ?? end);
  const { fromNs, toNs } = expectation;
  return (toNs === null ? framesOf(expectation, end) : before(toNs + 1)) - before(fromNs);
}

function framesOf({ at, reason }: DropsExpected, drops: readonly DropCount[]): number {
  const isThere = (place: string): boolean => at === null || place === at || splitEndpoint(place).node === at;
  const counted = drops.filter((one) => isThere(one.at) && (reason === null || one.reason === reason));
  return counted.reduce((sum, { frames }) => sum + frames, 0);
}

/** Whether an event is one that an expectation counts. */
export function matches(expectation: Extract<Expectation, { kind: 'event' }>, event: LabEvent): boolean {
  if (event.type !== expectation.type || !inWindow(expectation, event.atNs)) return false;
  const data = event.data as unknown as Readonly<Record<string, unknown>>;
  return Object.entries(expectation.where).every(([field, value]) => data[field] === value);
}

function inWindow(window: { readonly fromNs: number; readonly toNs: number | null }, atNs: number): boolean {
  return atNs >= window.fromNs && (window.toNs === null || atNs <= window.toNs);
}

/** @param isTimed whether to say of which time it is. */
function failureOf(watch: Watch, flows: readonly FlowTotals[], isTimed = true): string | null {
  const { expectation } = watch;
  const when = isTimed ? timesOf(expectation) : '';
  switch (expectation.kind) {
    case 'event':
      return outside(expectation.count, watch.count, `${expectation.type} ${JSON.stringify(expectation.where)}${when}`);
    case 'drops': {
      const what = `frames dropped at ${expectation.at ?? 'any place'} (${expectation.reason ?? 'any reason'})${when}`;
      return outside(expectation.count, watch.count, what);
    }
    case 'neighbour':
      if (watch.seen === expectation.mac) return null;
      return `${expectation.node} has ${expectation.ip} at ${watch.seen}, expected ${expectation.mac}${when}`;
    case 'ha':
      return watch.seen === expectation.state ? null : `${expectation.node} is ${watch.seen}, expected ${expectation.state}${when}`;
    case 'flow':
      return flowFailure(
        expectation,
        flows.find(({ name }) => name === expectation.flow),
      );
  }
}

function flowFailure(expectation: Extract<Expectation, { kind: 'flow' }>, flow: FlowTotals | undefined): string | null {
  if (flow === undefined) return `there is no flow ${expectation.flow}`;
  const failures = [
    outside(expectation.received, flow.received, `frames of ${flow.name} received`),
    outside(expectation.lost, flow.lost, `frames of ${flow.name} lost`),
    outside(expectation.longestGapNs, flow.longestGapNs, `ns is the longest gap of ${flow.name}`),
    outside(expectation.framesPerSecond, flow.framesPerSecond ?? 0, `frames per second received of ${flow.name}`),
    outside(expectation.latencyP50Ns, flow.latencyNs?.p50 ?? Number.NaN, `ns is the median latency of ${flow.name}`),
    outside(expectation.latencyP99Ns, flow.latencyNs?.p99 ?? Number.NaN, `ns is the 99th percentile of latency of ${flow.name}`),
    outside(expectation.latencyMeanNs, flow.latencyNs?.mean ?? Number.NaN, `ns is the mean latency of ${flow.name}`),
    expectation.outcome === null || expectation.outcome === flow.tcp?.state
      ? null
      : `${flow.name} ${flow.tcp === null ? 'is no TCP flow' : `is ${flow.tcp.state}`}, expected ${expectation.outcome}`,
    outside(expectation.stallNs, flow.tcp?.longestStallNs ?? Number.NaN, `ns is the longest stall of ${flow.name}`),
    outside(expectation.retransmissions, flow.tcp?.retransmissions ?? Number.NaN, `segments of ${flow.name} sent again`),
    expectation.limitedBy === null || expectation.limitedBy === limitOf(flow)
      ? null
      : `${flow.name} is limited by ${limitOf(flow)}, expected ${expectation.limitedBy}`,
  ].filter((failure) => failure !== null);
  return failures.length === 0 ? null : failures.join('; ');
}

function limitOf({ limitedBy }: FlowTotals): string {
  return limitedBy?.node ?? 'line';
}

function outside(bounds: Bounds | null, value: number, what: string): string | null {
  if (bounds === null) return null;
  const { min, max } = bounds;
  if ((min === null || value >= min) && (max === null || value <= max)) return null;
  return `${Number.isNaN(value) ? 'no' : grouped(value)} ${what}, expected ${boundsText(min, max)}`;
}

/** "at most 20,000", "at least 20", "20 to 30", "exactly 20". */
function boundsText(min: number | null, max: number | null): string {
  if (min === null) return max === null ? 'any number' : `at most ${grouped(max)}`;
  if (max === null) return `at least ${grouped(min)}`;
  return min === max ? `exactly ${grouped(min)}` : `${grouped(min)} to ${grouped(max)}`;
}

/** 20000 as "20,000", the same in every locale. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function timesOf(expectation: Expectation): string {
  if (expectation.kind === 'flow') return '';
  return 'atNs' in expectation ? atText(expectation.atNs) : windowText(expectation);
}

function windowText(window: { readonly fromNs: number; readonly toNs: number | null }): string {
  const from = formatSeconds(window.fromNs);
  return window.toNs === null ? ` from ${from} s` : ` from ${from} to ${formatSeconds(window.toNs)} s`;
}

function atText(atNs: number | null): string {
  return atNs === null ? ' at the end' : ` at ${formatSeconds(atNs)} s`;
}
