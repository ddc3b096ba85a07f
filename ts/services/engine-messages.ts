/** What a worker that holds an engine and its owner say to each other. */
import type { Conservation, FlowReport, NodeCounters } from '../engine/derived.ts';
import type { LogRecord } from '../model/record.ts';
import type { DropCount } from './drop-counts.ts';

export interface ToEngine {
  readonly kind: 'acknowledge';
}

export type FromEngine =
  | { readonly kind: 'records'; readonly records: readonly LogRecord[] }
  | ({ readonly kind: 'done' } & EngineReport);

/** What an engine says of itself when its inputs are done. */
export interface EngineReport {
  readonly flows: readonly FlowReport[];
  readonly frames: Conservation;
  /** Frames as they stood before the first input, after the past was re-executed. */
  readonly before: Conservation;
  readonly nodes: readonly NodeCounters[];
  /** What was dropped since `before`. */
  readonly drops: readonly DropCount[];
  readonly horizonNs: number;
}
