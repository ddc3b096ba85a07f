/**
 * Vitest matchers for labs. `import 'switchback-lab/vitest'` in a test or a setup file adds them to `expect`:
 *
 *   expect(lab).toFailOverWithin('4s');
 *   expect(lab).toDeliver('up', { lost: { max: 10 } });
 *
 * They only read: run or step the lab first.
 */
import { expect } from 'vitest';
import { BaseLab } from './base-lab.ts';
import {
  convergesWithin,
  type DropExpectation,
  delivers,
  dropsFrames,
  type FlowExpectation,
  failsOverWithin,
  meets,
  type Verdict,
  verifies,
  type WhichTakeover,
} from './matchers.ts';
import type { LabExpectation } from './options.ts';

/** What `expect(lab)` can do besides vitest's own. */
export interface LabMatchers<R = unknown> {
  /** A unit took over from another, no later than this after the last command (or report from outside) before it. */
  toFailOverWithin(span: string, which?: WhichTakeover): R;
  /** After the last command nothing changed any more later than this: HA states, neighbours, MACs, uplinks, carriers. */
  toConvergeWithin(span: string): R;
  /** The flow arrives as expected; without expectations, nothing is lost. */
  toDeliver(flow: string, expected?: FlowExpectation): R;
  /** Frames were dropped at a place, for a reason; `count` says how many. */
  toDropFrames(expected?: DropExpectation): R;
  /** Any expectation of a lab file's `validate`. */
  toMeet(expectation: LabExpectation): R;
  /** The whole history follows again from its inputs, byte for byte. */
  toVerify(): R;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares it so, and declarations of one interface must agree
  interface Matchers<T = any> extends LabMatchers<T> {}
}

/** A verdict as vitest takes it. */
function matcher<A extends readonly unknown[]>(what: string, judge: (lab: BaseLab, ...args: A) => Verdict) {
  return (received: unknown, ...args: A) => {
    if (!(received instanceof BaseLab)) throw new TypeError(`expected a Lab of switchback-lab, found ${typeof received}`);
    const { pass, seen } = judge(received, ...args);
    const named = args.map((arg) => JSON.stringify(arg)).join(', ');
    return { pass, message: () => `expected the lab ${pass ? 'not ' : ''}to ${what} ${named}: ${seen}` };
  };
}

expect.extend({
  toFailOverWithin: matcher('fail over within', failsOverWithin),
  toConvergeWithin: matcher('converge within', convergesWithin),
  toDeliver: matcher('deliver', delivers),
  toDropFrames: matcher('drop frames', dropsFrames),
  toMeet: matcher('meet', (lab: BaseLab, expectation: LabExpectation) => meets(lab, expectation)),
  toVerify: matcher('verify', verifies),
});
