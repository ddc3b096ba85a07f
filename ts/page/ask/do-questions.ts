/** Questions for what one does in the page: forks, commands, downloads. */
import type { Position } from '../../model/events/events.ts';
import type { EventRow } from './event-row.ts';

/** A fork behind an event: each as the command line's `--set`, `--run` and `--without` have it. */
export interface ForkAsked {
  readonly position: Position;
  readonly set: readonly string[];
  readonly run: readonly string[];
  readonly without: readonly string[];
}

export interface FlowCounts {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
}

/** A fork, and how it came out; the original is `a`, the fork `b`, both at their end. */
export interface ForkTold {
  /** Name of the fork. */
  readonly lab: string;
  /** The time of the change, ns. */
  readonly atNs: number;
  readonly changes: readonly { readonly kind: string; readonly text: string; readonly atNs: number }[];
  /** Frames from outside that were played as recorded: they do not react. */
  readonly outside: number;
  readonly positions: Position;
  /** Hex. */
  readonly chain: string;
  /** Nothing came out differently. */
  readonly same: boolean;
  /** The first event of each that the other does not have next. */
  readonly first: { readonly a: EventRow | null; readonly b: EventRow | null } | null;
  readonly flows: readonly {
    readonly name: string;
    readonly a: FlowCounts | null;
    readonly b: FlowCounts | null;
    /** Frames that arrive in the original and not in the fork; and the other way round. */
    readonly lost: number;
    readonly gained: number;
  }[];
  /** How many events only one of them has, and how many both have at different times. */
  readonly events: { readonly onlyA: number; readonly onlyB: number; readonly moved: number };
  /** The first of those events. */
  readonly onlyA: readonly EventRow[];
  readonly onlyB: readonly EventRow[];
  /** How many values of the state at the end differ. */
  readonly values: number;
  /** Bundles of both. */
  readonly original: Uint8Array;
  readonly fork: Uint8Array;
  /** The fork as a link has it; null where it is too long for one. */
  readonly code: string | null;
}

export interface DoQuestions {
  /** Plays a fork, and compares. @throws RangeError for what cannot be changed there, in a sentence */
  readonly fork: { readonly ask: ForkAsked; readonly answer: ForkTold };
  /** What was done to the lab and can be left out, as `--without` names it. */
  readonly steps: { readonly ask: null; readonly answer: readonly { readonly position: Position; readonly text: string }[] };
  /** Whole lines that a command may go on as. */
  readonly complete: { readonly ask: { readonly text: string }; readonly answer: readonly string[] };
  /** The lab as far as it came, as a bundle. */
  readonly bundle: { readonly ask: null; readonly answer: Uint8Array };
  /** What passed an interface, or all of them where none is named, as `capture` writes it: pcapng. @throws Error for one that is not there */
  readonly capture: { readonly ask: { readonly interfaces: readonly string[] }; readonly answer: Uint8Array };
  /** "node:interface" of all interfaces that can be captured at. */
  readonly interfaces: { readonly ask: null; readonly answer: readonly string[] };
  /** The lab as far as it came, as links have it; null where that is too long. */
  readonly code: { readonly ask: null; readonly answer: string | null };
}
