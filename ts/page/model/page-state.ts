/** Everything that the page shows. Panels are functions of it. */
import type { EventRow, FrameWindow, Json, OpenedLab, Proof } from '../ask/questions.ts';
import type { Reach, View } from '../timeline/view.ts';
import type { Tab } from './address.ts';

/** An answer that takes a while: of which moment it is, and what it is once it is there. */
export type Answer<T> =
  | { readonly status: 'none' }
  | { readonly status: 'asked'; readonly of: string }
  | { readonly status: 'there'; readonly of: string; readonly value: T }
  | { readonly status: 'failed'; readonly of: string; readonly message: string };

export const NONE = { status: 'none' } as const;

/** What is asked at the tab "why": about the event at the cursor, or the losses of a flow. */
export type Why = { readonly of: 'event' } | { readonly of: 'flow'; readonly flow: string };

/**
 * `none`: what is shown is a file. `live`: events come as they are decided. `cut`: the server does not answer; the page goes on with what it
 * has. `ended`: the lab was removed. `tampered`: an event came that does not follow, and nothing behind it is taken.
 */
export interface Link {
  readonly status: 'none' | 'live' | 'cut' | 'ended' | 'tampered';
  readonly detail: string;
}

export const NO_LINK: Link = { status: 'none', detail: '' };

export interface PageState {
  readonly phase: 'empty' | 'opening' | 'open';
  /** More of the lab is being read: what is there can be looked at, and counts once all of it was found sound. */
  readonly isReading: boolean;
  /** Labs of the server that sent the page; null for a page without one. */
  readonly labs: readonly string[] | null;
  /** How the page stands to the living lab that it shows. */
  readonly link: Link;
  /** Why nothing could be opened; empty while nothing went wrong. */
  readonly trouble: string;
  readonly lab: OpenedLab | null;
  readonly proof: Proof | null;
  /** The one moment that everything shows; 0 before the first event. */
  readonly cursor: number;
  readonly other: number | null;
  /** Name of a node. */
  readonly selected: string | null;
  readonly tab: Tab;
  readonly view: View;
  readonly reach: Reach;
  readonly scroll: number;
  /** The line of the event at the cursor. */
  readonly line: EventRow | null;
  readonly recorded: Answer<Json>;
  readonly otherRecorded: Answer<Json>;
  readonly derived: Answer<Json>;
  readonly asked: Why;
  readonly why: Answer<Json>;
  /** Length of the time around the cursor in which frames are listed, ns. */
  readonly framesNs: number;
  readonly frames: Answer<FrameWindow>;
  /** Index in the list of frames; -1 for none. */
  readonly frame: number;
  readonly isPlaying: boolean;
  readonly isHelpOpen: boolean;
  /** What the browser's policy kept from happening: a defect of the page. */
  readonly violations: readonly string[];
}

export const EMPTY: PageState = {
  phase: 'empty',
  isReading: false,
  labs: null,
  link: NO_LINK,
  trouble: '',
  lab: null,
  proof: null,
  cursor: 0,
  other: null,
  selected: null,
  tab: 'state',
  view: { axis: 'time', from: 0, to: 1 },
  reach: { from: 0, to: 1 },
  scroll: 0,
  line: null,
  recorded: NONE,
  otherRecorded: NONE,
  derived: NONE,
  asked: { of: 'event' },
  why: NONE,
  framesNs: 10_000_000,
  frames: NONE,
  frame: -1,
  isPlaying: false,
  isHelpOpen: false,
  violations: [],
};
