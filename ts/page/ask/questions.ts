/**
 * What the page asks its workers, and what they answer. All of it crosses by structured clone.
 *
 * Two workers run the same script: the *reader* folds records, which always ends soon; the *runner* re-executes, which may take as long as
 * a bundle wants it to. Neither waits for the other, and a runner that takes too long is ended and begun anew.
 */
import type { Position } from '../../model/events/events.ts';
import type { PictureLayout } from '../../picture/layout.ts';
import type { DoQuestions } from './do-questions.ts';
import type { EventRow } from './event-row.ts';

/** A node as the page lists it. */
export interface NodeRow {
  readonly name: string;
  readonly kind: string;
}

/** Events in columns. In a lab that grows they may be longer than the lab is: `OpenedLab.positions` says how far they hold. */
export interface EventColumns {
  readonly atNs: Float64Array;
  readonly cause: Uint32Array;
  /** 0 is the lab as a whole; 1 and up are its nodes, in the order of `OpenedLab.nodes`. */
  readonly lane: Uint16Array;
  /** One of MARK. */
  readonly mark: Uint8Array;
}

/** What an event is drawn as. */
export const MARK = { outcome: 0, input: 1, drop: 2, time: 3 } as const;

/** Of a node, drawn in this order: the role of a unit without power, and power without carrier, are of no use. */
export const TRACKS = ['mode', 'role', 'power', 'carrier'] as const;
export type Track = (typeof TRACKS)[number];

/** From a position on, something about a node is otherwise; null for nothing to show. */
export interface TrackChange {
  readonly lane: number;
  readonly track: Track;
  readonly from: Position;
  readonly value: string | null;
}

/** What comes behind the first `from` events of a lab; its columns hold these events alone: index i is position from + i + 1. */
export interface LabPiece {
  readonly lab: string;
  readonly from: Position;
  readonly positions: Position;
  /** Hex, as the records have it. */
  readonly chain: string;
  /** Nodes and flows, in the piece with the definition; null in any other. */
  readonly definition: { readonly nodes: readonly NodeRow[]; readonly flows: readonly string[] } | null;
  readonly events: EventColumns;
  /** In order. */
  readonly changes: readonly TrackChange[];
}

/** A lab as far as it is read. A longer one is another object with the same `events` and `changes`, which only grow. */
export interface OpenedLab {
  readonly lab: string;
  readonly positions: Position;
  /** Hex, as the records have it. */
  readonly chain: string;
  /** Time of the last event, ns. */
  readonly endNs: number;
  readonly nodes: readonly NodeRow[];
  readonly flows: readonly string[];
  /** Index i is position i + 1. */
  readonly events: EventColumns;
  readonly changes: readonly TrackChange[];
}

/** A frame that a port saw. */
export interface FrameRow {
  readonly atNs: number;
  readonly number: number;
  readonly at: string;
  readonly kind: 'received' | 'sent' | 'dropped';
  /** Name of the drop reason; empty for a frame that was not dropped. */
  readonly reason: string;
  readonly cause: Position;
  readonly text: string;
  readonly bytes: Uint8Array;
}

export interface FrameWindow {
  readonly frames: readonly FrameRow[];
  /** There were more, which are not here. */
  readonly isCut: boolean;
}

/** Frames of flows, counted from the beginning of the lab, at moments of its re-execution: index i of a column is the time `atNs[i]`. */
export interface FlowHistory {
  readonly atNs: Float64Array;
  readonly flows: readonly {
    readonly name: string;
    readonly sent: Float64Array;
    readonly received: Float64Array;
    readonly lost: Float64Array;
  }[];
}

/** How far the lab is proven by re-execution. */
export type Proof =
  | { readonly status: 'running'; readonly proven: Position; readonly of: Position }
  | { readonly status: 'proven'; readonly proven: Position; readonly chain: string; readonly checkpoints: number }
  | { readonly status: 'diverged'; readonly proven: Position; readonly position: Position; readonly reason: string }
  | { readonly status: 'failed'; readonly proven: Position; readonly reason: string };

/** JSON of the command line: `at -f json`, `explain -f json`. The page reads what it knows of it. */
export type Json = Readonly<Record<string, unknown>>;

/** A lab that was laid out, and the style sheet of pictures. */
export interface LaidOut {
  readonly layout: PictureLayout;
  readonly style: string;
}

/**
 * What a picture has other than in the worker's answer before: name and text of each such part, in the order in which they are drawn. The
 * text is the JSON of an element; it is empty for a part that is gone.
 */
export type PictureChanges = readonly (readonly [name: string, text: string])[];

/** A recorded state: the names of all that it has, in order, and what of it is not as it was in the worker's answer before. */
export interface RecordedChanges {
  readonly names: readonly string[];
  readonly changed: Json;
}

/** Every question: what is given, and what comes back. */
export interface Questions extends DoQuestions {
  /** Compiles the data plane; to be asked before anything is executed. */
  readonly dataplane: { readonly ask: { readonly wasm: Uint8Array; readonly identity: string }; readonly answer: null };
  /** Reads a bundle. A reader gives what it has read as notices, in pieces, and answers when it was sound to its end. */
  readonly open: { readonly ask: { readonly bytes: Uint8Array | Blob; readonly outlines: boolean }; readonly answer: null };
  /** Executes the lab of a link, to be opened as a bundle. `isSame` is false where its last event has another chain than the link says. */
  readonly link: {
    readonly ask: { readonly code: string };
    readonly answer: { readonly bytes: Uint8Array; readonly isSame: boolean };
  };
  /**
   * Events of a living lab that came behind the last one, as the API sends them; a reader answers with the piece that they make.
   * @throws LogDamaged for one that does not follow
   */
  readonly append: { readonly ask: { readonly events: readonly Json[] }; readonly answer: LabPiece | null };
  /** Begins to re-execute; how far it is comes as notices. */
  readonly prove: { readonly ask: null; readonly answer: null };
  /** What flows carried as far as the lab is proven. */
  readonly flows: { readonly ask: null; readonly answer: FlowHistory };
  readonly rows: { readonly ask: { readonly from: Position; readonly to: Position }; readonly answer: readonly EventRow[] };
  /** The next event, on from a position and round the end, whose line holds a text; 0 for none. Without regard to case. */
  readonly find: {
    readonly ask: { readonly text: string; readonly from: Position; readonly backwards: boolean };
    readonly answer: Position;
  };
  /** Recorded state, as `at LAB@POSITION -f json` prints it; `derived` is null. */
  readonly recorded: { readonly ask: { readonly position: Position }; readonly answer: RecordedChanges };
  /** The same with derived state. */
  readonly derived: { readonly ask: { readonly position: Position }; readonly answer: Json };
  /** As `explain LAB --drop POSITION -f json`. */
  readonly explain: { readonly ask: { readonly position: Position }; readonly answer: Json };
  /** As `explain LAB --flow NAME -f json`. */
  readonly explainFlow: { readonly ask: { readonly flow: string }; readonly answer: Json };
  /** As `mac LAB MAC -f json`. */
  readonly mac: { readonly ask: { readonly mac: string }; readonly answer: Json };
  /** Lays the lab out: as is given, where that is a layout of its definition. To be asked before the first picture. */
  readonly layOut: { readonly ask: { readonly given: Json | null }; readonly answer: LaidOut };
  /** The picture at a position. The reader draws what is recorded; the runner draws what switches believe and lines carry, too. */
  readonly picture: { readonly ask: { readonly position: Position; readonly isDerived: boolean }; readonly answer: PictureChanges };
  /** The picture with derived state as a file: what `graph LAB@POSITION` writes. */
  readonly svg: { readonly ask: { readonly position: Position }; readonly answer: string };
  /** What ports saw from a time to a time, both included. */
  readonly frames: { readonly ask: { readonly fromNs: number; readonly toNs: number }; readonly answer: FrameWindow };
}

export type QuestionName = keyof Questions;

export interface Asked<Q extends QuestionName = QuestionName> {
  readonly id: number;
  readonly question: Q;
  readonly ask: Questions[Q]['ask'];
}

export type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly name: string; readonly message: string }
  | { readonly kind: 'proof'; readonly proof: Proof }
  | { readonly kind: 'piece'; readonly piece: LabPiece }
  | { readonly kind: 'violation'; readonly directive: string };
