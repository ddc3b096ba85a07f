/** The four questions of `explain`, and their answers as they are printed and sent. */
import type { EventExplained } from '../../debug/explain/explain-event.ts';
import type { FlowExplained } from '../../debug/explain/explain-flow.ts';
import type { FrameExplained } from '../../debug/explain/explain-frame.ts';
import type { WhyExplained } from '../../debug/explain/explain-why.ts';
import type { FramePlace } from '../../debug/explain/frame-finder.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { Position } from '../../model/events/events.ts';
import { parseDuration } from '../../values/nanos.ts';
import { explainLabEvent, explainLabFlow, explainLabFrame, explainLabWhy } from '../ask/explain-lab.ts';
import { lineOf } from '../publish/describe-event.ts';

/** What is to be explained: the losses of a flow, an event, a frame, or an expectation at a moment (null: the end). */
export type WhatToExplain =
  | { readonly of: 'flow'; readonly flow: string }
  | { readonly of: 'event'; readonly position: Position }
  | { readonly of: 'frame'; readonly place: FramePlace }
  | { readonly of: 'why'; readonly check: string; readonly until: Until | null };

export type Explanation =
  | { readonly of: 'flow'; readonly told: FlowExplained }
  | { readonly of: 'event'; readonly told: EventExplained }
  | { readonly of: 'frame'; readonly told: FrameExplained }
  | { readonly of: 'why'; readonly check: string; readonly told: WhyExplained };

/**
 * @param snapshots where moments of the lab are kept, so that a frame, an event and an expectation of a long lab are explained sooner.
 * @throws NoSuchFlow; RangeError for anything else that the lab does not have, and for an expectation that is none
 */
export async function explainLab(log: EventLog, lab: string, what: WhatToExplain, snapshots?: SnapshotStore): Promise<Explanation> {
  switch (what.of) {
    case 'flow':
      return { of: 'flow', told: await explainLabFlow(log, lab, what.flow, lineOf) };
    case 'event':
      return { of: 'event', told: await explainLabEvent(log, lab, what.position, lineOf, snapshots) };
    case 'frame':
      return { of: 'frame', told: await explainLabFrame(log, lab, what.place, lineOf, snapshots) };
    case 'why':
      return { of: 'why', check: what.check, told: await explainLabWhy(log, lab, what.check, what.until, lineOf, snapshots) };
  }
}

export function publishExplanation(lab: string, explanation: Explanation): object {
  return explanation.of === 'why' ? { lab, check: explanation.check, ...explanation.told } : { lab, ...explanation.told };
}

/** Reads "fw1:eth1@12.5s", the first frame seen there from then on, or "fw1:eth1#3", the third. @throws RangeError */
export function readFramePlace(text: string): FramePlace {
  const [, at, sign, which = ''] = /^([^@#]+)([@#])([^@#]+)$/.exec(text) ?? [];
  if (at === undefined) throw new RangeError(`"${text}" is no place; expected NODE:INTERFACE@TIME or NODE:INTERFACE#NUMBER`);
  if (sign === '@') {
    const atNs = parseDuration(which);
    if (atNs !== null) return { at, which: { atNs } };
    throw new RangeError(`"${which}" is not a time; expected a number with a unit, such as 12.5s or 400ms`);
  }
  const nth = Number(which);
  if (Number.isSafeInteger(nth) && nth >= 1) return { at, which: { nth } };
  throw new RangeError(`"${which}" is no number of a frame; they begin at 1`);
}
