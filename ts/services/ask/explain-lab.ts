/** Questions about why, to a recorded lab: its log is read once, and its course is run again on this machine. */
import { type EventExplained, explainEvent } from '../../debug/explain/explain-event.ts';
import { explainFlow, type FlowExplained } from '../../debug/explain/explain-flow.ts';
import { explainFrame, type FrameExplained } from '../../debug/explain/explain-frame.ts';
import { explainWhy, type WhyExplained } from '../../debug/explain/explain-why.ts';
import type { FramePlace } from '../../debug/explain/frame-finder.ts';
import { type MacBiography, macBiography } from '../../debug/explain/mac-biography.ts';
import { openLab } from '../../debug/explain/open-lab.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import { readExpectation } from '../../topology/read-expectation.ts';
import type { Mac } from '../../values/mac.ts';
import { createEngine } from '../engine/host.ts';
import { readAll } from './state-at.ts';

/** An event in one line. */
type Describe = (event: LabEvent) => string;

/** Why a flow lost frames. @throws NoSuchFlow naming the flows there are. */
export async function explainLabFlow(log: EventLog, lab: string, flow: string, describe: Describe): Promise<FlowExplained> {
  return explainFlow(await readAll(log, lab), flow, { newEngine: createEngine, describe });
}

/** Why an event happened. @throws RangeError for a position that the lab does not have. */
export async function explainLabEvent(log: EventLog, lab: string, position: Position, describe: Describe): Promise<EventExplained> {
  return explainEvent(openLab(await readAll(log, lab)), position, { newEngine: createEngine, describe });
}

/** What became of a frame, and why. @throws RangeError for an interface that the lab does not have, and when no such frame came. */
export async function explainLabFrame(log: EventLog, lab: string, place: FramePlace, describe: Describe): Promise<FrameExplained> {
  return explainFrame(openLab(await readAll(log, lab)), place, { newEngine: createEngine, describe });
}

/** Why an expectation holds or fails at a moment. @param check as text. @throws RangeError when it is none, or asks for a time of its own */
export async function explainLabWhy(
  log: EventLog,
  lab: string,
  check: string,
  until: Until | null,
  describe: Describe,
): Promise<WhyExplained> {
  const open = openLab(await readAll(log, lab));
  return explainWhy(open, readExpectation(open.course.lab, check), until, { newEngine: createEngine, describe });
}

/** The life of a MAC address in a recorded lab. */
export async function lifeOfMac(log: EventLog, lab: string, mac: Mac): Promise<MacBiography> {
  return macBiography(await readAll(log, lab), mac, createEngine);
}
