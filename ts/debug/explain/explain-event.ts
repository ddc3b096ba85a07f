/**
 * Why an event happened, a drop or any other: the events behind it, back to the step, command, injected frame or property of the file that
 * began it.
 */
import { sameBytes } from '../../model/events/chain.ts';
import type { EventType, Position } from '../../model/events/events.ts';
import { Rerun } from '../rerun.ts';
import { ButFor } from './but-for.ts';
import { CauseFinder, type Causes } from './causes.ts';
import { eventEffect } from './effect.ts';
import type { ExplainOptions } from './explain-flow.ts';
import type { OpenLab } from './open-lab.ts';

export interface EventExplained extends Causes {
  readonly position: Position;
  readonly type: EventType;
  readonly atNs: number;
  /** One line for people. */
  readonly text: string;
  /** The re-execution decided the recorded events up to this one, byte for byte. */
  readonly sameChain: boolean;
  readonly reruns: number;
  /** Reruns were at their limit: what was not tried has no verdict. */
  readonly limited: boolean;
}

/**
 * Explains the event at a position.
 * @throws RangeError when the lab has no such position.
 */
export function explainEvent(lab: OpenLab, position: Position, options: ExplainOptions): EventExplained {
  const { history, course } = lab;
  const event = history.at(position);
  if (event === undefined) throw new RangeError(`the lab ends at position ${history.end}; it has no position ${position}`);
  const butFor = new ButFor(options.newEngine, course, options.rerunsMax, options.moments);
  const finder = new CauseFinder(course.lab, history, butFor, options.describe);
  const isInput = event.cause === 0;
  const causes = isInput ? { because: [], conditions: [] } : finder.causesOf(position, { effect: eventEffect(event), flow: null });
  return {
    position,
    type: event.type,
    atNs: event.atNs,
    text: options.describe(event),
    ...causes,
    sameChain: isAgain(lab, position, options),
    reruns: butFor.reruns,
    limited: butFor.isLimited,
  };
}

/** Whether the lab, run again up to a position, decides the event that is recorded there, and all before it. */
function isAgain({ history, course }: OpenLab, position: Position, { newEngine, moments }: ExplainOptions): boolean {
  const from = moments?.before(history.at(position)?.atNs ?? 0) ?? null;
  const rerun = new Rerun(newEngine, course, from === null ? {} : { from }).playUntil({ position });
  const chain = rerun.decided.find((one) => one.event.position === position)?.chain;
  const recorded = history.chainAt(position);
  return chain !== undefined && recorded !== undefined && sameBytes(chain, recorded);
}
