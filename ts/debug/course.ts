/**
 * A course: what a lab is and what was done to it, so that it can be run again, whole or changed.
 *
 * What is done to a lab are its inputs. Time that was allowed to pass is one of them, and it is recorded ahead: a `TimeAdvanced` to 45 s
 * that was given at 20 s allows everything between. Whoever changes what happens in between has to cut it there (`added`), and whoever
 * removes an input joins the time before and behind it (`without`). A changed course then has the very inputs that a lab file with this
 * change would have, and so the same chain. Inputs are compared by content and time (`sameInput`): positions move with every change.
 */
import type { Input } from '../engine/input.ts';
import { defineInput } from '../engine/script.ts';
import { sameBytes } from '../model/events/chain.ts';
import { bodyType, decodeBody, encodeBody } from '../model/events/codec.ts';
import { EVENT_KINDS, type LabEvent, type Position } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import type { Lab } from '../model/lab/lab.ts';
import { nanos } from '../values/nanos.ts';

/** An input, and when it was given. */
export interface Given {
  readonly input: Input;
  /** The horizon at which it was given, ns: everything strictly before has happened. */
  readonly atNs: number;
  /** Where it is recorded; 0 for one that is not. */
  readonly position: Position;
  /** Id of the command that brought it; empty for none. It is beside the event, and changes no chain. */
  readonly commandId: string;
}

export interface Course {
  readonly lab: Lab;
  /** In order; the first one defines the lab. */
  readonly given: readonly Given[];
  /** Of a part of a recorded lab: what is missing. */
  readonly unread?: Unread;
}

/** Inputs that a part of a recorded lab lacks, so that it is run from a moment behind the first ones alone, and no further than it goes. */
export interface Unread {
  /** Between the definition and this position. */
  readonly to: Position;
  /** Up to when those let time pass, ns. */
  readonly allowedNs: number;
  /** From this position on; beyond the end of the lab when none is missing there. */
  readonly from: Position;
  /** None that was given at or before this time is missing behind the part, ns. */
  readonly completeNs: number;
}

/**
 * The course of a recorded lab. A record that says where an engine failed is none of its inputs.
 * @throws RangeError when the records do not begin with the lab's definition.
 */
export function courseOf(records: Iterable<LogRecord>): Course {
  const given: Given[] = [];
  for (const { position, body, commandId } of records) {
    const type = bodyType(body);
    if (EVENT_KINDS[type] !== 'input' || type === 'EngineHalted') continue;
    const event = decodeBody(body);
    given.push({ input: { type: event.type, data: event.data } as Input, atNs: event.atNs, position, commandId });
  }
  return begun(given);
}

/** The course of inputs that were not recorded, such as those of a lab file (`scriptInputs`). @throws RangeError without a definition */
export function courseOfInputs(inputs: Iterable<Input>): Course {
  const given: Given[] = [];
  let atNs = 0;
  for (const input of inputs) {
    given.push({ input, atNs, position: 0, commandId: '' });
    atNs = Math.max(atNs, allowedTo(input));
  }
  return begun(given);
}

function begun(given: readonly Given[]): Course {
  const first = given[0]?.input;
  if (first?.type !== 'LabDefined') throw new RangeError('a course begins with the definition of its lab');
  return { lab: JSON.parse(first.data.definition) as Lab, given };
}

/** Ends of courses that were asked for: of a long one, finding it took half as long as a question. */
const ENDS = new WeakMap<readonly Given[], number>();

/** Up to when everything may happen once all inputs are given, ns. */
export function endOf({ given, unread }: Course): number {
  let endNs = ENDS.get(given);
  if (endNs === undefined) {
    endNs = given.reduce((latestNs, { input }) => Math.max(latestNs, allowedTo(input)), unread?.allowedNs ?? 0);
    ENDS.set(given, endNs);
  }
  return endNs;
}

function allowedTo(input: Input): number {
  return input.type === 'TimeAdvanced' ? nanos(input.data.toNs) : 0;
}

/** Whether a lab can do without an input: a command, frames, a carrier; not its definition and not time. */
export function isRemovable({ type }: Input): boolean {
  return type !== 'LabDefined' && type !== 'TimeAdvanced';
}

/** Whether two inputs are the same thing done at the same time, wherever they are recorded. */
export function sameInput(a: Given, b: Given): boolean {
  return a.atNs === b.atNs && a.input.type === b.input.type && sameBytes(contentOf(a), contentOf(b));
}

/** An input's bytes, all at one position. */
function contentOf({ input, atNs }: Given): Uint8Array {
  return encodeBody({ ...input, position: 1, atNs: nanos(atNs), cause: 0 } as LabEvent);
}

// ── Changed courses ─────────────────────────────────────────────────────────────────────────────────────────────────

/** The course without some of its inputs, by their numbers. Time that was cut for them alone is joined again. */
export function without(course: Course, numbers: ReadonlySet<number>): Course {
  const { given } = course;
  const kept: Given[] = [];
  /** The last one kept is time that passed only up to an input that is gone. */
  let isLoose = false;
  for (const [number, one] of given.entries()) {
    const last = kept.at(-1);
    if (numbers.has(number)) {
      isLoose ||= last?.input.type === 'TimeAdvanced' && allowedTo(last.input) === one.atNs && last.atNs < one.atNs;
    } else if (isLoose && last !== undefined && one.input.type === 'TimeAdvanced') {
      kept.splice(-1, 1, { ...one, atNs: last.atNs });
      isLoose = false;
    } else {
      kept.push(one);
      isLoose = false;
    }
  }
  return { ...course, given: kept };
}

/**
 * The course with inputs added at a time: after all others of that time, as steps of a lab file come, and before anything that happens
 * then. Time that was allowed to pass beyond is cut there.
 * @throws RangeError for a time behind the course's end.
 */
export function added({ lab, given }: Course, atNs: number, inputs: readonly Input[]): Course {
  const endNs = endOf({ lab, given });
  if (atNs > endNs) throw new RangeError(`the lab ends at ${endNs} ns, before ${atNs} ns`);
  const next = given.findIndex(({ input }) => allowedTo(input) > atNs);
  if (next < 0) return { lab, given: addedAtEnd(given, endNs, inputs) };
  const rest = given.slice(next);
  const [passing] = rest;
  const isCut = passing !== undefined && passing.atNs < atNs;
  const before = isCut ? [newly(timeTo(atNs), passing.atNs)] : [];
  const behind = isCut ? [{ ...passing, atNs }, ...rest.slice(1)] : rest;
  return { lab, given: [...given.slice(0, next), ...before, ...inputs.map((input) => newly(input, atNs)), ...behind] };
}

/** The course with inputs added right behind one of its inputs that lets no time pass, at the same time; or behind time that has passed. */
export function addedBehind({ lab, given }: Course, number: number, inputs: readonly Input[]): Course {
  const one = given[number];
  const atNs = one === undefined ? 0 : Math.max(one.atNs, allowedTo(one.input));
  return { lab, given: [...given.slice(0, number + 1), ...inputs.map((input) => newly(input, atNs)), ...given.slice(number + 1)] };
}

/** At the end a run settles its counts (`settlesCounts`): what is added comes before that. */
function addedAtEnd(given: readonly Given[], endNs: number, inputs: readonly Input[]): Given[] {
  const reaches = given.findIndex(({ input }) => allowedTo(input) === endNs);
  const last = given.findLastIndex(({ input, atNs }) => input.type !== 'TimeAdvanced' && atNs === endNs);
  const place = Math.max(reaches, last) + 1;
  const settling = last > reaches ? [] : [newly(timeTo(endNs), endNs)];
  return [...given.slice(0, place), ...inputs.map((input) => newly(input, endNs)), ...settling, ...given.slice(place)];
}

/** The course up to a time: without what was given from then on, and without time beyond it. */
export function cutAt({ lab, given }: Course, atNs: number): Course {
  const kept: Given[] = [];
  for (const one of given) {
    if (one.input.type !== 'LabDefined' && one.atNs >= atNs) break;
    kept.push(allowedTo(one.input) > atNs ? { ...one, input: timeTo(atNs) } : one);
  }
  return { lab, given: kept };
}

/** The course with another input in the place of one, at the same time. */
export function replaced({ lab, given }: Course, number: number, input: Input): Course {
  return { lab, given: given.map((one, i) => (i === number ? { ...one, input, position: 0 } : one)) };
}

/** The same done to another lab, or at another pace: virtual time per wall time, in thousandths; 0 where time moves by steps. */
export function withLab(course: Course, lab: Lab, pacePermille?: number): Course {
  const [definition, ...rest] = course.given;
  const pace = definition?.input.type === 'LabDefined' ? definition.input.data.pacePermille : 0;
  return { ...course, lab, given: [newly(defineInput(lab, pacePermille ?? pace), 0), ...rest] };
}

function newly(input: Input, atNs: number): Given {
  return { input, atNs, position: 0, commandId: '' };
}

function timeTo(toNs: number): Input {
  return { type: 'TimeAdvanced', data: { toNs } };
}
