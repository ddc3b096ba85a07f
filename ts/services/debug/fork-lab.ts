/** A fork of a recorded lab, recorded as a lab of its own (ts/debug/fork.ts), and what came out differently. */
import { courseOf } from '../../debug/course.ts';
import { type Fork, type ForkRequest, forkCourse } from '../../debug/fork.ts';
import { judged } from '../../debug/judged.ts';
import type { CheckResult } from '../../engine/checks.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import type { Check } from '../../model/lab/script.ts';
import { readAll } from '../ask/state-at.ts';
import { createEngine } from '../engine/host.ts';
import { recordAt } from '../engine/record-at.ts';
import { LabExists } from '../living/lab-errors.ts';
import { diffLabs, type LabsDiffer } from './diff-labs.ts';
import { recordCourse } from './record-course.ts';
import { refuseMistakes } from './setting-mistakes.ts';

export interface ForkOrder extends Omit<ForkRequest, 'at'> {
  readonly lab: string;
  readonly at: Until | null;
  /** Name of the fork. */
  readonly name: string;
  /** Whether a lab of that name is forgotten first. */
  readonly replace: boolean;
  /** Checks to judge both labs by. */
  readonly checks?: readonly Check[];
  readonly signal?: AbortSignal;
}

export interface ForkReport extends Omit<Fork, 'course'> {
  readonly lab: string;
  readonly fork: string;
  readonly position: Position;
  /** Hex. */
  readonly chain: string;
  readonly virtualTimeNs: number;
  /** Verdicts of the checks over the original and over the fork. */
  readonly checks: readonly { readonly before: CheckResult; readonly after: CheckResult }[];
  /** The original is `a`, the fork `b`, both at their end. */
  readonly difference: LabsDiffer;
}

/**
 * Plays the fork, records it, and compares.
 * @throws RangeError for a change that cannot be; LabExists; what the order's signal was aborted with
 */
export async function forkLab(log: EventLog, order: ForkOrder, snapshots?: SnapshotStore): Promise<ForkReport> {
  const { lab, name, checks = [] } = order;
  const original = courseOf(await readAll(log, lab));
  if (order.changed === undefined) refuseMistakes(original.lab, order.set ?? []);
  const { course, ...fork } = forkCourse(original, { ...order, at: await pointOf(log, lab, order.at) });
  if (order.replace && name !== lab) await log.remove(name);
  else if ((await log.head(name)) !== null) throw new LabExists(name);
  const engine = await recordCourse(log, name, course, order.signal);
  const [before, after] = [judged(createEngine, original, checks), judged(createEngine, course, checks)];
  return {
    lab,
    fork: name,
    ...fork,
    position: engine.position,
    chain: toHex(engine.chain),
    virtualTimeNs: engine.horizonNs,
    checks: before.flatMap((one, i) => (after[i] === undefined ? [] : [{ before: one, after: after[i] }])),
    difference: await diffLabs(log, { lab, until: null }, { lab: name, until: null }, snapshots),
  };
}

async function pointOf(log: EventLog, lab: string, at: Until | null): Promise<ForkRequest['at']> {
  if (at === null || 'atNs' in at) return at;
  const record = await recordAt(log, lab, at.position);
  if (record === null) throw new RangeError(`lab ${lab} has no position ${at.position}`);
  return { event: decodeBody(record.body) };
}
