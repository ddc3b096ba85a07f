/**
 * Questions about why, to a recorded lab: its course is run again on this machine. Where moments of the lab can be kept, a frame, an event and
 * an expectation are explained from the part of the lab around them (lab-part.ts); what does not come out as recorded is asked of the whole
 * lab again.
 */
import { type EventExplained, explainEvent } from '../../debug/explain/explain-event.ts';
import { explainFlow, type FlowExplained } from '../../debug/explain/explain-flow.ts';
import { explainFrame, type FrameExplained } from '../../debug/explain/explain-frame.ts';
import { explainWhy, type WhyExplained } from '../../debug/explain/explain-why.ts';
import type { FramePlace } from '../../debug/explain/frame-finder.ts';
import { type MacBiography, macBiography } from '../../debug/explain/mac-biography.ts';
import { type OpenLab, openLab } from '../../debug/explain/open-lab.ts';
import type { Moments } from '../../debug/moments.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import type { Mac } from '../../values/mac.ts';
import { createEngine } from '../engine/host.ts';
import { labExpectation } from './lab-expectation.ts';
import { askPart, type PartOpened } from './lab-part.ts';
import { timeOf } from './recorded-state.ts';
import { readAll } from './state-at.ts';

/** An event in one line. */
type Describe = (event: LabEvent) => string;

/** Why a flow lost frames. @throws NoSuchFlow naming the flows there are. */
export async function explainLabFlow(log: EventLog, lab: string, flow: string, describe: Describe): Promise<FlowExplained> {
  return explainFlow(await readAll(log, lab), flow, { newEngine: createEngine, describe });
}

/** Why an event happened. @throws RangeError for a position that the lab does not have. */
export async function explainLabEvent(
  log: EventLog,
  lab: string,
  position: Position,
  describe: Describe,
  snapshots?: SnapshotStore,
): Promise<EventExplained> {
  const atNs = snapshots === undefined ? Number.POSITIVE_INFINITY : await timeOf(log, lab, position);
  const ask = (open: OpenLab, moments?: Moments): EventExplained =>
    explainEvent(open, position, { newEngine: createEngine, describe, ...(moments && { moments }) });
  const part = await fromPart(log, lab, atNs, ({ open, moments }) => ask(open, moments), snapshots);
  if (part?.told.sameChain === true) return part.told;
  return ask(openLab(await readAll(log, lab)));
}

/** What became of a frame, and why. @throws RangeError for an interface that the lab does not have, and when no such frame came. */
export async function explainLabFrame(
  log: EventLog,
  lab: string,
  place: FramePlace,
  describe: Describe,
  snapshots?: SnapshotStore,
): Promise<FrameExplained> {
  const atNs = 'atNs' in place.which ? place.which.atNs : Number.POSITIVE_INFINITY;
  const ask = (open: OpenLab, moments?: Moments): FrameExplained =>
    explainFrame(open, place, { newEngine: createEngine, describe, ...(moments && { moments }) });
  const part = await fromPart(log, lab, atNs, ({ open, moments }) => ask(open, moments), snapshots);
  if (part?.told.sameChain === true && part.told.sameRegion && (part.isToEnd || !part.told.late)) return part.told;
  return ask(openLab(await readAll(log, lab)));
}

/** What a part of the lab tells; null where the whole lab has to be asked. */
async function fromPart<T>(
  log: EventLog,
  lab: string,
  atNs: number,
  ask: (part: PartOpened) => T,
  snapshots?: SnapshotStore,
): Promise<{ readonly told: T; readonly isToEnd: boolean } | null> {
  if (snapshots === undefined || !Number.isFinite(atNs)) return null;
  try {
    return await askPart({ log, lab, snapshots }, atNs, ask);
  } catch (error) {
    // The frame may come later than the part reaches; what the whole lab does not have is said of the whole lab. A moment that came with
    // a bundle is nothing to rely on.
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) return null;
    throw error;
  }
}

/** Why an expectation holds or fails at a moment. @param check as text. @throws RangeError when it is none, or asks for a time of its own */
export async function explainLabWhy(
  log: EventLog,
  lab: string,
  check: string,
  until: Until | null,
  describe: Describe,
  snapshots?: SnapshotStore,
): Promise<WhyExplained> {
  const expectation = await labExpectation(log, lab, check);
  const ask = (open: OpenLab, moments?: Moments): WhyExplained =>
    explainWhy(open, expectation, until, { newEngine: createEngine, describe, ...(moments && { moments }) });
  const part = await fromPart(log, lab, await timeUntil(log, lab, until), ({ open, moments }) => ask(open, moments), snapshots);
  if (part?.told.sameChain === true) return part.told;
  return ask(openLab(await readAll(log, lab)));
}

/** Up to when a moment reaches; null is the end of the lab. */
async function timeUntil(log: EventLog, lab: string, until: Until | null): Promise<number> {
  if (until !== null && 'atNs' in until) return until.atNs;
  const position = until?.position ?? (await log.head(lab))?.position ?? 0;
  return timeOf(log, lab, position);
}

/** The life of a MAC address in a recorded lab. */
export async function lifeOfMac(log: EventLog, lab: string, mac: Mac): Promise<MacBiography> {
  return macBiography(await readAll(log, lab), mac, createEngine);
}
