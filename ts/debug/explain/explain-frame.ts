/**
 * What became of one frame, and why: node by node, with what each went by, and the event that put it there; of a frame that died the events
 * behind its death, as `explainEvent` tells them.
 *
 * Nothing was armed before: the interval is run again with the ports watched, and once more without. Both end with the same region, byte for
 * byte, and what was decided meanwhile is what is recorded.
 */
import { sameBytes } from '../../model/events/chain.ts';
import { dropReasonName } from '../../model/events/drop-reasons.ts';
import type { EventType, LabEvent, Position } from '../../model/events/events.ts';
import type { Endpoint } from '../../model/lab/endpoint.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { isSwitchKind, type NodeKind } from '../../model/lab/nodes.ts';
import { describeFrame } from '../../wire/describe.ts';
import { EthernetView } from '../../wire/ethernet.ts';
import { Moments } from '../moments.ts';
import { ButFor } from './but-for.ts';
import { CauseFinder, type Causes } from './causes.ts';
import { dropEffect } from './effect.ts';
import { type Entry, type EntryKind, entriesFor } from './entries.ts';
import type { ExplainOptions } from './explain-flow.ts';
import { type Found, FrameFinder, type FramePlace, isUndecided } from './frame-finder.ts';
import type { History } from './history.ts';
import type { Sight, Visit } from './journey.ts';
import type { OpenLab } from './open-lab.ts';

/** `taken`: by a host for whom it is, or by an agent. `waiting`: the node has it still. */
export const DECISIONS = ['sent', 'forwarded', 'flooded', 'routed', 'taken', 'waiting', 'dropped'] as const;

export interface FrameEvent {
  readonly position: Position;
  readonly type: EventType;
  readonly atNs: number;
  /** One line for people. */
  readonly text: string;
}

/** What a node went by. */
export interface ToldEntry {
  readonly kind: EntryKind;
  readonly text: string;
  /** The event that put it there, and the input that this goes back to; the lab's definition where it stands as the file has it. */
  readonly by: FrameEvent;
  readonly origin: FrameEvent;
  readonly property: string | null;
}

export interface FrameDeath extends Causes {
  readonly at: Endpoint;
  readonly atNs: number;
  readonly reason: string;
  /** The event that made the network drop it, or that it exists for. */
  readonly cause: Position;
}

/** A node on the way, or where the way ends. */
export interface FrameStage {
  readonly node: string;
  readonly kind: NodeKind;
  /** Null where it was born. */
  readonly in: Endpoint | null;
  readonly atNs: number;
  readonly decision: (typeof DECISIONS)[number];
  readonly out: readonly { readonly at: Endpoint; readonly atNs: number }[];
  readonly entries: readonly ToldEntry[];
  readonly deaths: readonly FrameDeath[];
}

export interface FrameExplained {
  /** Its number: it keeps it over all hops, and its copies have it. */
  readonly number: number;
  /** As it was first seen, in one line. */
  readonly frame: string;
  readonly length: number;
  readonly flow: string | null;
  /** The event that it was sent for. */
  readonly because: FrameEvent | null;
  readonly stages: readonly FrameStage[];
  /** Copies are on a line, or wait in a node, when the lab ends, or longer than they were followed. */
  readonly late: boolean;
  readonly fromNs: number;
  readonly toNs: number;
  /** What was decided while it was watched is what is recorded. */
  readonly sameChain: boolean;
  /** The interval, run again without watching, ends with the same region. */
  readonly sameRegion: boolean;
  readonly reruns: number;
  readonly limited: boolean;
}

/** Explains a frame. @throws RangeError for an interface that the lab does not have, and when no such frame came. */
export function explainFrame(lab: OpenLab, place: FramePlace, options: ExplainOptions): FrameExplained {
  const finder = new FrameFinder(options.newEngine, lab.course, options.moments ?? Moments.none());
  return explainFound(lab, finder, finder.find(place), options);
}

/** Explains a frame that was found. */
export function explainFound(
  { history, course }: OpenLab,
  finder: FrameFinder,
  found: Found,
  options: ExplainOptions,
): FrameExplained {
  const { newEngine, describe, rerunsMax } = options;
  const butFor = new ButFor(newEngine, course, rerunsMax, options.moments);
  const teller = new Teller(course.lab, history, new CauseFinder(course.lab, history, butFor, describe), describe);
  const entries = entriesOf(finder, found, history);
  const stages = found.visits.map((visit, i) => teller.stageOf(visit, entries[i] ?? [], found));
  const [first] = found.records;
  const cause = first === undefined ? undefined : history.at(first.cause);
  return {
    number: found.number,
    frame: first === undefined ? '' : describeFrame(first.bytes),
    length: first?.bytes.length ?? 0,
    flow: course.lab.flows[first?.flow ?? -1]?.name ?? null,
    because: cause === undefined ? null : teller.event(cause),
    stages,
    late: found.isLate,
    fromNs: first?.atNs ?? 0,
    toNs: found.records.at(-1)?.atNs ?? 0,
    ...proofOf(finder, found, history),
    reruns: butFor.reruns,
    limited: butFor.isLimited,
  };
}

/** Runs the journey once more, an event at a time, and looks what each node goes by right before it decides. */
function entriesOf(finder: FrameFinder, { number, records, visits }: Found, history: History): Entry[][] {
  const entries: Entry[][] = [];
  const rerun = finder.rerunTo(records[0]?.atNs ?? 0);
  let seen = 0;
  rerun.engine.onTrace = (record) => {
    if (record.number === number) seen++;
  };
  rerun.engine.dataplane.watch([...new Set(records.map(({ port }) => port))]);
  while (seen < records.length) {
    const had = seen;
    const atNs = records[seen]?.atNs ?? 0;
    rerun.playUntil({ atNs: atNs - 1 });
    const pending = visits.filter(({ decidedBy }) => decidedBy >= had && records[decidedBy]?.atNs === atNs);
    const looked = pending.map((visit) => entriesFor(visit, rerun.engine, history));
    const isMore = rerun.playOne(atNs);
    for (const [i, visit] of pending.entries()) {
      if (visit.decidedBy < seen) entries[visits.indexOf(visit)] = looked[i] ?? [];
    }
    if (!isMore && seen === had) break;
  }
  return visits.map((_, i) => entries[i] ?? []);
}

function proofOf(
  finder: FrameFinder,
  { watched, records, toNs }: Found,
  history: History,
): Pick<FrameExplained, 'sameChain' | 'sameRegion'> {
  const last = watched.decided.at(-1);
  const recorded = last === undefined ? undefined : history.chainAt(last.event.position);
  const plain = finder.rerunTo(records[0]?.atNs ?? 0, false).playUntil({ atNs: toNs });
  return {
    sameChain: last === undefined || (recorded !== undefined && sameBytes(last.chain, recorded)),
    sameRegion: sameBytes(watched.engine.dataplane.region(), plain.engine.dataplane.region()),
  };
}

class Teller {
  readonly #lab: Lab;
  readonly #history: History;
  readonly #causes: CauseFinder;
  readonly #describe: (event: LabEvent) => string;

  constructor(lab: Lab, history: History, causes: CauseFinder, describe: (event: LabEvent) => string) {
    this.#lab = lab;
    this.#history = history;
    this.#causes = causes;
    this.#describe = describe;
  }

  event(event: LabEvent): FrameEvent {
    return { position: event.position, type: event.type, atNs: event.atNs, text: this.#describe(event) };
  }

  stageOf(visit: Visit, entries: readonly Entry[], { isLate, watched }: Found): FrameStage {
    const { node: name, in: came, out, drops } = visit;
    const kind = this.#lab.nodes.find((node) => node.name === name)?.kind ?? 'host';
    const first = came ?? out[0] ?? drops[0];
    const isWaiting = isLate && isUndecided(visit, watched);
    return {
      node: name,
      kind,
      in: came?.at ?? null,
      atNs: first?.record.atNs ?? 0,
      decision: isWaiting ? 'waiting' : decisionOf(visit, kind, entries),
      out: out.map(({ at, record }) => ({ at, atNs: record.atNs })),
      entries: entries.map((entry) => this.#toldEntry(entry)),
      deaths: drops.map((sight) => this.#deathOf(sight, watched)),
    };
  }

  #toldEntry({ position, ...entry }: Entry): ToldEntry {
    const by = this.#history.at(position) ?? this.#history.at(1);
    const origin = by === undefined ? undefined : this.#history.chain(by.position).at(-1);
    if (by === undefined || origin === undefined) throw new RangeError('a lab without a definition');
    return { ...entry, by: this.event(by), origin: this.event(origin) };
  }

  #deathOf({ at, record }: Sight, { engine }: Found['watched']): FrameDeath {
    const reason = dropReasonName(record.reason);
    const { atNs, cause } = record;
    const runs = Object.entries(engine.state.drops).filter(
      ([, run]) => `${run.node}:${run.interface}` === at && run.reason === reason,
    );
    const begun = runs.findLast(([, run]) => run.cause === cause) ?? runs.at(-1);
    const flow = this.#lab.flows[record.flow] ?? null;
    const causes = this.#causes.causesOf(begun === undefined ? cause : Number(begun[0]), {
      effect: dropEffect(at, reason, atNs),
      flow,
    });
    return { at, atNs, reason, cause, ...causes };
  }
}

function decisionOf({ in: came, out, drops }: Visit, kind: NodeKind, entries: readonly Entry[]): FrameStage['decision'] {
  const [sent] = out;
  if (sent === undefined) return drops.length > 0 ? 'dropped' : 'taken';
  if (came === null) return 'sent';
  if (isSwitchKind(kind)) return entries.some((entry) => entry.kind === 'forwarding') ? 'forwarded' : 'flooded';
  const [before, after] = [EthernetView.over(came.record.bytes), EthernetView.over(sent.record.bytes)];
  return before?.src === after?.src ? 'forwarded' : 'routed';
}
