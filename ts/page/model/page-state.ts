/** Everything that the page shows. Panels are functions of it. */
import type { EventRow } from '../ask/event-row.ts';
import type { FrameRow, FrameWindow, Json, LaidOut, OpenedLab, Proof } from '../ask/questions.ts';
import type { Reach, View } from '../timeline/view.ts';
import type { Tab } from './address.ts';
import { type Answer, NONE } from './answer.ts';
import { type DoingState, IDLE } from './doing-state.ts';

/** What is asked at the tab "why": about the event at the cursor, or the losses of a flow. */
export type Why = { readonly of: 'event' } | { readonly of: 'flow'; readonly flow: string };

/**
 * `none`: what is shown is a file. `live`: events come as they are decided. `cut`: the server does not answer; the page goes on with what it
 * has. `ended`: the lab was removed. `tampered`: an event came that does not follow, and nothing behind it is taken. `other`: what is shown came
 * from a link that another version made, which decided otherwise.
 */
export interface Link {
  readonly status: 'none' | 'live' | 'cut' | 'ended' | 'tampered' | 'other';
  readonly detail: string;
}

export const NO_LINK: Link = { status: 'none', detail: '' };

/** The picture at the cursor: its parts by name, in the order in which they are drawn. */
export interface Pictured {
  readonly position: number;
  /** What switches believe and lines carry is in it. */
  readonly isDerived: boolean;
  readonly parts: ReadonlyMap<string, string>;
}

export interface PageState {
  readonly phase: 'empty' | 'opening' | 'open';
  /** More of the lab is being read: what is there can be looked at, and counts once all of it was found sound. */
  readonly isReading: boolean;
  /** Labs of the server that sent the page; null for a page without one. */
  readonly labs: readonly string[] | null;
  /** The lab itself, as it stands in a link; empty where it came another way. */
  readonly code: string;
  /** How the page stands to the living lab that it shows. */
  readonly link: Link;
  /** Why nothing could be opened; empty while nothing went wrong. */
  readonly trouble: string;
  readonly lab: OpenedLab | null;
  readonly proof: Proof | null;
  /** The one moment that everything shows; 0 before the first event. */
  readonly cursor: number;
  readonly other: number | null;
  /** Name of a node, or "node:interface". */
  readonly selected: string | null;
  readonly tab: Tab;
  readonly view: View;
  readonly reach: Reach;
  readonly scroll: number;
  /** The line of the event at the cursor. */
  readonly line: EventRow | null;
  /** Where everything is drawn; null until the lab is laid out. */
  readonly laidOut: LaidOut | null;
  readonly pictured: Pictured | null;
  /** Frames that move in the picture, first to last; none while history does not play. */
  readonly flights: readonly FrameRow[];
  /** Size of the picture: 1 is its own, 0 as large as its place allows. */
  readonly zoom: number;
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
  readonly doing: DoingState;
  readonly isPlaying: boolean;
  readonly isHelpOpen: boolean;
  /** What the browser's policy kept from happening: a defect of the page. */
  readonly violations: readonly string[];
}

export const EMPTY: PageState = {
  phase: 'empty',
  isReading: false,
  labs: null,
  code: '',
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
  laidOut: null,
  pictured: null,
  flights: [],
  zoom: 0,
  recorded: NONE,
  otherRecorded: NONE,
  derived: NONE,
  asked: { of: 'event' },
  why: NONE,
  framesNs: 10_000_000,
  frames: NONE,
  frame: -1,
  doing: IDLE,
  isPlaying: false,
  isHelpOpen: false,
  violations: [],
};

/** The node of what is selected: "fw1" of "fw1:eth1". */
export function nodeOf(selected: string | null): string | null {
  return selected === null ? null : (selected.split(':')[0] ?? null);
}
