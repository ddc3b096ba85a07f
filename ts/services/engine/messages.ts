/**
 * Messages between a worker that holds engines and its owner. `host` is the owner's number for one lab in one engine;
 * `job` its number for one piece of work, answered by exactly one `done` unless the host fails.
 */
import type { Conservation, FlowReport, NodeCounters } from '../../engine/derived.ts';
import type { CoreReport } from '../../engine/derived-cores.ts';
import type { DropCount, DropSample } from '../../engine/drop-counts.ts';
import type { Input } from '../../engine/input.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';

export type ToEngine =
  /** A fresh engine, or one that goes on from a snapshot (engine-snapshot.ts). */
  | { readonly kind: 'open'; readonly host: number; readonly snapshot: Uint8Array | null }
  /** Records of the lab's past, in order: re-executed and compared. */
  | { readonly kind: 'past'; readonly host: number; readonly records: readonly LogRecord[] }
  | { readonly kind: 'work'; readonly host: number; readonly job: number; readonly work: Work }
  /** The batch sent longest ago is durable. */
  | { readonly kind: 'acknowledge'; readonly host: number }
  /** Ends the work under way where it is; all that was decided is handed over. */
  | { readonly kind: 'stop'; readonly host: number }
  | { readonly kind: 'close'; readonly host: number };

export type Work =
  /** The past is complete: decide what follows from it and was not recorded. */
  | { readonly type: 'resume' }
  | {
      readonly type: 'inputs';
      readonly inputs: readonly Input[];
      readonly commandId: string;
      readonly withReport: boolean;
      /** Instants at which the report counts drops, ns, ascending. */
      readonly marks?: readonly number[];
    }
  /** A command as typed, or "step 5s". */
  | { readonly type: 'execute'; readonly text: string; readonly commandId: string }
  /** Lets the clock go at another pace, in thousandths; 0 stops it, null is the pace of the definition. */
  | { readonly type: 'pace'; readonly pacePermille: number | null }
  | { readonly type: 'snapshot' };

export type FromEngine =
  | { readonly kind: 'records'; readonly host: number; readonly records: readonly LogRecord[] }
  /** Now and then while work is under way. */
  | ({ readonly kind: 'progress'; readonly host: number } & WorkProgress)
  | ({ readonly kind: 'done'; readonly host: number; readonly job: number } & Done)
  | { readonly kind: 'failed'; readonly host: number; readonly failure: HostFailure };

/** How far work under way has come. */
export interface WorkProgress {
  /** Virtual time. */
  readonly atNs: number;
  /** Born and copied since the lab began. */
  readonly frames: number;
}

/** The result of a piece of work. */
export interface Done {
  readonly position: Position;
  readonly horizonNs: number;
  /** Wall time spent deciding since the engine stood at its last snapshot, ms: what opening the lab again would cost. */
  readonly workMs: number;
  readonly report: EngineReport | null;
  readonly snapshot: Uint8Array | null;
}

export type HostFailure =
  /** The data plane trapped, or an invariant broke. */
  | { readonly type: 'died'; readonly reason: string }
  /** The worker crashed, with all labs in it; it is not known which lab caused the crash, if any did. */
  | { readonly type: 'crashed'; readonly reason: string }
  /** Re-execution of the past decided something else: another engine recorded it. */
  | { readonly type: 'diverged'; readonly position: Position; readonly reason: string };

/** The state of an engine when its inputs are done. */
export interface EngineReport {
  readonly flows: readonly FlowReport[];
  readonly cores: readonly CoreReport[];
  readonly frames: Conservation;
  /** Frames as they stood before the first input, after the past was re-executed. */
  readonly before: Conservation;
  readonly nodes: readonly NodeCounters[];
  /** Frames dropped since `before`. */
  readonly drops: readonly DropCount[];
  /** Drops at the marks that were reached, since the lab began. */
  readonly dropSamples: readonly DropSample[];
  readonly horizonNs: number;
  /** Where the work was ended before its horizon, ns; null where it was not. */
  readonly cutAtNs: number | null;
}
