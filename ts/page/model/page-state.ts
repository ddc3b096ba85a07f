/** Everything that the page shows. Panels are functions of it. */
import type { EventRow } from '../ask/event-row.ts';
import type { FlowHistory, FrameRow, FrameWindow, Json, LaidOut, OpenedLab, Proof } from '../ask/questions.ts';
import type { Reach, View } from '../timeline/view.ts';
import type { Tab } from './address.ts';
import { type Answer, NONE } from './answer.ts';
import { type DoingState, IDLE } from './doing-state.ts';
import type { RuleNames } from './rule-names.ts';

/** What is asked at the tab "why": about the event at the cursor, the losses of a flow, or the life of a MAC address. */
export type Why =
  | { readonly of: 'event' }
  | { readonly of: 'flow'; readonly flow: string }
  | { readonly of: 'mac'; readonly mac: string };

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
  /** The rules of the domain; null where they are not found. */
  readonly rules: RuleNames | null;
  /** The lab itself, as it stands in a link; empty where it came another way. */
  readonly code: string;
  /** How the page stands to the living lab that it shows. */
  readonly link: Link;
  /** Why nothing could be opened; empty while nothing went wrong. */
  readonly trouble: string;
  /** Null where nobody asks for a token to read; else why the one that was given is refused, empty before one is given. */
  readonly locked: string | null;
  readonly lab: OpenedLab | null;
  readonly proof: Proof | null;
  /** What flows carried; null until the lab is proven. */
  readonly rates: FlowHistory | null;
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
  rules: null,
  code: '',
  link: NO_LINK,
  trouble: '',
  locked: null,
  lab: null,
  proof: null,
  rates: null,
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

/** Number of the lane of a node or of an interface's node; -1 for none. */
export function laneIn({ lab }: PageState, selected: string | null): number {
  const node = nodeOf(selected);
  return node === null ? -1 : (lab?.nodes.findIndex(({ name }) => name === node) ?? -1) + 1;
}

/** The state of a page that shows no lab: what does not come with a lab stays. */
export function closed({ labs, rules, violations }: PageState): PageState {
  return { ...EMPTY, labs, rules, violations };
}
