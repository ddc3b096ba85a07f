/**
 * What a test expects of a lab, as verdicts: whether it holds, and what was seen. Pure: a verdict never moves the lab, so a test runs or
 * steps it first. `vitest.ts` makes matchers of them; other test runners may use them as they are.
 */
import { formatSeconds, parseDuration } from '../values/nanos.ts';
import type { BaseLab } from './base-lab.ts';
import type { LabExpectation } from './options.ts';
import { settlingOf, type Takeover } from './takeover.ts';

export interface Verdict {
  readonly pass: boolean;
  /** What was seen: why it does not hold or, where it does, what a negated matcher objects to. */
  readonly seen: string;
}

/** Which takeover is meant: the first of this pair, to this unit, at or after this time. */
export interface WhichTakeover {
  readonly pair?: string;
  readonly unit?: string;
  readonly from?: string;
}

/** What is expected of a flow; without anything, that nothing is lost. */
export type FlowExpectation = Omit<
  LabExpectation,
  'flow' | 'event' | 'where' | 'neighbour' | 'mac' | 'ha' | 'state' | 'drops' | 'count'
>;

/** What is expected of drops. `count` is at least 1 unless it says otherwise. */
export type DropExpectation = Pick<LabExpectation, 'count' | 'from' | 'to' | 'within'> & {
  readonly at?: string;
  readonly reason?: string;
};

/** A unit took over, no later than `span` after the last thing that the world did before it. */
export function failsOverWithin(lab: BaseLab, span: string, which: WhichTakeover = {}): Verdict {
  const limitNs = spanOf(span);
  const fromNs = which.from === undefined ? 0 : spanOf(which.from);
  const meant = ({ pair, unit, atNs }: Takeover): boolean =>
    (which.pair === undefined || pair === which.pair) && (which.unit === undefined || unit === which.unit) && atNs >= fromNs;
  const takeover = lab.takeovers().find(meant);
  if (takeover === undefined) return { pass: false, seen: `no unit took over until ${seconds(lab.timeNs)}` };
  const { unit, atNs, position, reason, after, tookNs } = takeover;
  const how = `${unit} became active at ${seconds(atNs)} (#${position}, ${reason})`;
  if (after === null || tookNs === null) return { pass: false, seen: `${how}, after nothing that the world did` };
  const cause = after.type === 'CommandAccepted' ? after.data.command : after.type;
  return { pass: tookNs <= limitNs, seen: `${how}, ${seconds(tookNs)} after "${cause}" (#${after.position})` };
}

/**
 * After the last thing that the world did, the network settled within `span`: no HA state, neighbour entry, MAC, uplink or carrier changed
 * later. The lab must have run that long since.
 */
export function convergesWithin(lab: BaseLab, span: string): Verdict {
  const limitNs = spanOf(span);
  const settling = settlingOf(lab.events() as Parameters<typeof settlingOf>[0]);
  if (settling === null) return { pass: false, seen: 'the world did nothing: no command was carried out' };
  const { deed, last } = settling;
  const ranNs = lab.timeNs - deed.atNs;
  if (ranNs < limitNs) return { pass: false, seen: `the lab ran only ${seconds(ranNs)} since #${deed.position}: step it on` };
  if (last === null) return { pass: true, seen: `nothing changed after #${deed.position}` };
  const tookNs = last.atNs - deed.atNs;
  return {
    pass: tookNs <= limitNs,
    seen: `the last change, ${last.type} #${last.position}, came ${seconds(tookNs)} after #${deed.position}`,
  };
}

/** A flow arrives as expected: delivers(lab, 'up', { lost: { max: 10 }, 'longest-gap': { max: '1s' } }). */
export function delivers(lab: BaseLab, flow: string, expected: FlowExpectation = { lost: 0 }): Verdict {
  const { sent, received, lost } = lab.flow(flow);
  return meets(lab, { ...expected, flow }, `${flow} sent ${sent} frames, received ${received}, lost ${lost}`);
}

/** Frames were dropped: drops(lab, { at: 'vsw1', reason: 'forged-transmit' }). */
export function dropsFrames(lab: BaseLab, { at, reason, ...more }: DropExpectation = {}): Verdict {
  const drops = { ...(at !== undefined && { at }), ...(reason !== undefined && { reason }) };
  const counts = lab.drops(drops).map((one) => `${one.frames} at ${one.at} (${one.reason})`);
  return meets(lab, { ...more, drops }, counts.length === 0 ? 'no frame was dropped there' : `dropped: ${counts.join(', ')}`);
}

/** Any expectation of a lab file's `validate`: meets(lab, { ha: 'fw2', state: 'active', at: '40s' }). */
export function meets(lab: BaseLab, expectation: LabExpectation, seen = 'it holds'): Verdict {
  const { pass, failures } = lab.check(expectation);
  return { pass, seen: pass ? seen : failures.join('; ') };
}

/** The whole history follows again from its inputs, byte for byte. */
export function verifies(lab: BaseLab): Verdict {
  const result = lab.verify();
  if (result.verified) return { pass: true, seen: `${result.positions} events, chain ${result.chain}` };
  return { pass: false, seen: `another history begins at #${result.position}: ${result.reason}` };
}

function spanOf(text: string): number {
  const ns = parseDuration(text);
  if (ns === null) throw new RangeError(`"${text}" is no duration; expected one with a unit, such as 4s or 400ms`);
  return ns;
}

function seconds(ns: number): string {
  return `${formatSeconds(ns).replace(/\.?0+$/, '')} s`;
}
