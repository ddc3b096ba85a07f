/**
 * Frames dropped so far, exact at any moment: recorded drops, and drops that the data plane has counted since (they are recorded with
 * the next input or second). Reading changes nothing: the log does not depend on who reads, or when.
 *
 * The sum survives runs that the data plane forgets when its table is crowded: the fold keeps each under the position of its
 * first frame.
 */
import { endpointOf } from '../model/lab/endpoint.ts';
import type { DropState } from '../model/state/drop-state.ts';
import { runKey } from './agents/drops.ts';
import type { Engine } from './engine.ts';
import type { StepLimits } from './step-limits.ts';

export interface DropCount {
  /** "node:interface"; empty when too many places dropped to tell them apart. */
  readonly at: string;
  readonly reason: string;
  readonly frames: number;
}

/** Runs of drops with all their frames up to the engine's moment, by the position of their FrameDropped. */
export function readDropRuns(engine: Engine): Record<string, DropState> {
  const runs: Record<string, DropState> = {};
  for (const [position, run] of Object.entries(engine.state.drops)) runs[position] = { ...run };
  const { control } = engine.dataplane;
  for (const { port, reason, cause, count } of engine.dataplane.rows((start) => control.readDropRuns(start))) {
    if (count === 0n) continue;
    const first = engine.memories.dropRuns[runKey({ port: port === 0xffffffff ? -1 : port, reason, cause })];
    const run = first === undefined ? undefined : runs[first];
    if (run === undefined) throw new Error(`drops at port ${port} without a first one`);
    run.frames += Number(count);
  }
  return runs;
}

/** Frames dropped up to the engine's moment. Most first; equal counts by place and reason. */
export function readDrops(engine: Engine): DropCount[] {
  return sumDrops(Object.values(readDropRuns(engine)));
}

/** Runs summed by place and reason. Most frames first; equal counts by place and reason. */
export function sumDrops(runs: readonly DropState[]): DropCount[] {
  const totals = new Map<string, DropCount>();
  for (const { node, interface: name, reason, frames } of runs) {
    const at = node === '' ? '' : endpointOf({ node, name });
    const key = `${at} ${reason}`;
    totals.set(key, { at, reason, frames: frames + (totals.get(key)?.frames ?? 0) });
  }
  return sorted([...totals.values()]);
}

/** Frames dropped between two counts. */
export function dropsSince(before: readonly DropCount[], after: readonly DropCount[]): DropCount[] {
  const old = new Map(before.map(({ at, reason, frames }) => [`${at} ${reason}`, frames]));
  const grown = after.map(({ at, reason, frames }) => ({ at, reason, frames: frames - (old.get(`${at} ${reason}`) ?? 0) }));
  return sorted(grown.filter(({ frames }) => frames > 0));
}

function sorted(counts: readonly DropCount[]): DropCount[] {
  const place = ({ at, reason }: DropCount): string => `${at} ${reason}`;
  return [...counts].sort((a, b) => b.frames - a.frames || (place(a) < place(b) ? -1 : 1));
}

/** Frames dropped strictly before an instant. */
export interface DropSample {
  readonly beforeNs: number;
  readonly drops: readonly DropCount[];
}

/** Steps an engine, and counts its drops at instants on the way. Stopping there changes no event. */
export class DropSampler {
  readonly samples: DropSample[] = [];
  readonly #marks: readonly number[];

  /** @param marks instants of virtual time, ns, ascending, none before the engine's present. */
  constructor(marks: readonly number[] = []) {
    this.#marks = marks;
  }

  /** As `Engine.step`, but never past the next mark. Returns true when the horizon is reached. */
  step(engine: Engine, limits: Omit<StepLimits, 'stopNs'> = {}): boolean {
    const markNs = this.#marks[this.samples.length] ?? Number.POSITIVE_INFINITY;
    if (!engine.step({ ...limits, stopNs: markNs })) return false;
    if (markNs > engine.horizonNs) return true;
    this.samples.push({ beforeNs: markNs, drops: readDrops(engine) });
    return false;
  }
}
