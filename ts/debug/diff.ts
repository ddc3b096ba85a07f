/**
 * Two labs, or one at two moments, side by side: the definitions, what happened, recorded and derived state, and what each flow lost or
 * gained. Nothing is a difference that only the order of positions, a lab's names or its derived MACs make.
 */
import type { Derived, FlowReport } from '../engine/derived.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { Lab } from '../model/lab/lab.ts';
import { diffEvents, type EventsDiffer } from './diff-events.ts';
import { diffValues, type ValueDiffers } from './diff-values.ts';
import { type Speller, type Spellings, spellings } from './names.ts';

/** A lab at a moment. */
export interface Side {
  readonly lab: Lab;
  /** Everything up to the moment. */
  readonly events: readonly LabEvent[];
  /** Recorded state as it is published: plain data. */
  readonly recorded: Readonly<Record<string, unknown>>;
  readonly derived: Derived;
}

/** A flow that did not fare alike. */
export interface FlowDiffers {
  readonly name: string;
  /** Null where that side has no such flow. */
  readonly a: FlowReport | null;
  readonly b: FlowReport | null;
  /** Frames that arrive in `a` and not in `b`. */
  readonly lost: number;
  /** Frames that arrive in `b` and not in `a`. */
  readonly gained: number;
}

export interface Difference {
  /** Nothing differs. */
  readonly same: boolean;
  /** What the second lab calls a thing of the first, where that is another name. */
  readonly renamed: readonly { readonly a: string; readonly b: string }[];
  readonly definition: readonly ValueDiffers[];
  readonly events: EventsDiffer;
  readonly recorded: readonly ValueDiffers[];
  readonly derived: readonly ValueDiffers[];
  readonly flows: readonly FlowDiffers[];
}

export function diffSides(a: Side, b: Side): Difference {
  const words = spellings(a.lab, b.lab);
  const definition = diffValues(a.lab, b.lab, words);
  const events = diffEvents(a.events, b.events, words);
  const recorded = diffValues(recordedOf(a, words.a), recordedOf(b, words.b), words);
  const derived = diffValues(derivedOf(a), derivedOf(b), words);
  const flows = diffFlows(a.derived.flows, b.derived.flows, words);
  const same = events.first === null && [definition, recorded, derived, flows].every(({ length }) => length === 0);
  const renamed = [...words.renamed].map(([theirs, ours]) => ({ a: ours, b: theirs }));
  return { same, renamed, definition, events, recorded, derived, flows };
}

/** Runs of drops are cut where their cause changes; what is compared are their totals. */
function recordedOf({ recorded }: Side, tell: Speller): Record<string, unknown> {
  const totals = new Map<string, number>();
  for (const run of (recorded['drops'] ?? []) as readonly { node: string; interface: string; reason: string; frames: number }[]) {
    const key = tell(`${run.node}:${run.interface} ${run.reason}`);
    totals.set(key, (totals.get(key) ?? 0) + run.frames);
  }
  return { ...recorded, drops: Object.fromEntries(totals) };
}

/** Flows have a part of their own. */
function derivedOf({ derived }: Side): Omit<Derived, 'atNs' | 'flows'> {
  const { atNs: _, flows: __, ...rest } = derived;
  return rest;
}

function diffFlows(a: readonly FlowReport[], b: readonly FlowReport[], words: Spellings): FlowDiffers[] {
  const theirs = new Map(b.map((flow) => [words.renamed.get(flow.name) ?? flow.name, flow]));
  const names = [...new Set([...a.map(({ name }) => name), ...theirs.keys()])];
  return names.flatMap((name) => {
    const [one, other] = [a.find((flow) => flow.name === name) ?? null, theirs.get(name) ?? null];
    const more = (other?.received ?? 0) - (one?.received ?? 0);
    const isAlike = diffValues(one, other === null ? null : { ...other, name }, words).length === 0;
    return isAlike ? [] : [{ name, a: one, b: other, lost: Math.max(0, -more), gained: Math.max(0, more) }];
  });
}
