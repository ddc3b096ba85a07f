/**
 * What the package `switchback-lab` gives to programs on Node: this list is all of it. `browser.ts` is the same for pages, `vitest.ts` the
 * matchers. Names that are not here may change with any release. docs/library.md shows how they are used.
 */
export type { CheckResult } from '../engine/checks.ts';
export type { Conservation, FlowReport } from '../engine/derived.ts';
export type { CoreReport } from '../engine/derived-cores.ts';
export type { DropCount } from '../engine/drop-counts.ts';
export type { EventData, EventType, LabEvent, Position } from '../model/events/events.ts';
export type { Finding } from '../topology/draft/finding.ts';
export { formatFinding } from '../topology/draft/finding.ts';
export type { CommandOutcome, LabMoment, RunReport } from './base-lab.ts';
export { FileUnreadable, LabInvalid, LabMisused } from './errors.ts';
export type { EventFilter, EventOf } from './events.ts';
export { Lab } from './lab.ts';
export type { LabOrigin } from './lab-document.ts';
export type { DropExpectation, FlowExpectation, Verdict, WhichTakeover } from './matchers.ts';
export { convergesWithin, delivers, dropsFrames, failsOverWithin, meets, verifies } from './matchers.ts';
export type {
  FlowOptions,
  HaMemberOptions,
  HaPairOptions,
  HostOptions,
  LabExpectation,
  LabOptions,
  LinkEnd,
  LinkOptions,
  NodeOptions,
} from './options.ts';
export { Recording } from './recording.ts';
export type { Takeover } from './takeover.ts';
export type { LabAt } from './timeline.ts';
export type { Verified } from './verified.ts';
