/**
 * A fork: a lab that shares the past of another one up to a moment, has a change there, and plays the later inputs again.
 *
 * The past is shared in behaviour, not as bytes: time that was allowed to pass ahead is cut where the change comes (course.ts), so that a fork is
 * the very run that a lab file with this change would be. Frames from outside are played as they were recorded, and do not react to the
 * change. A fork follows no clock, and does not end where its original was ended.
 */
import type { Input } from '../engine/input.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { Lab } from '../model/lab/lab.ts';
import { formatSeconds, parseDuration } from '../values/nanos.ts';
import { added, addedBehind, type Course, endOf, type Given, isRemovable, withLab, without } from './course.ts';
import { commandsFor, type Setting } from './settings.ts';

/**
 * Where a change comes: at a time, as a step of a lab file does, after the steps of that time and before anything that happens then; or
 * behind an event. An event that the lab decided while time passed shares its instant with others: the change comes once all of them have
 * happened, 1 ns later.
 */
export type ForkPoint = { readonly atNs: number } | { readonly event: LabEvent };

export interface ForkRequest {
  /** Null for the end of the lab. */
  readonly at: ForkPoint | null;
  readonly run?: readonly string[];
  readonly set?: readonly Setting[];
  /** Steps to leave out: "crash fw1", or with their time "crash fw1@20.5s". */
  readonly without?: readonly string[];
  /** The lab as a changed file defines it, for settings that no command changes. */
  readonly changed?: Lab;
}

/** One thing that the fork does otherwise. */
export interface ForkChange {
  readonly kind: 'run' | 'set' | 'without';
  /** The command; for a setting of the definition, "NODE.PROPERTY=VALUE". */
  readonly text: string;
  readonly atNs: number;
}

export interface Fork {
  readonly course: Course;
  /** The time of the change; 0 where the definition is another one. */
  readonly atNs: number;
  readonly changes: readonly ForkChange[];
  /** The definition is another one, so the lab was played from its beginning. */
  readonly fromStart: boolean;
  /** What came from outside and is played as it was recorded, from the change on. */
  readonly openLoop: { readonly inputs: number; readonly frames: number };
}

/**
 * @throws RangeError for a moment behind the end, a step that is not there or that several are, or a setting that no command changes where
 * `changed` is missing
 */
export function forkCourse(original: Course, { at, run = [], set = [], without: steps = [], changed }: ForkRequest): Fork {
  const course = unpaced(original);
  const removed = steps.map((step) => stepOf(course, step));
  const point = at ?? { atNs: Math.min(endOf(course), ...removed.map((number) => course.given[number]?.atNs ?? 0)) };
  const early = at === null ? undefined : removed.find((number) => isBefore(course, number, point));
  const shared = early === undefined ? undefined : course.given[early];
  if (shared !== undefined) {
    throw new RangeError(
      `"${textOf(shared.input)}" was given at ${formatSeconds(shared.atNs)} s, before the fork: that past is shared`,
    );
  }
  const made = set.map((setting) => ({ setting, commands: commandsFor(course.lab, setting) }));
  const defined = made.filter(({ commands }) => commands === null).map(({ setting }) => setting);
  const [missing] = defined;
  if (missing !== undefined && changed === undefined) {
    throw new RangeError(needsFile(missing));
  }
  const commands = [...made.flatMap((one) => one.commands ?? []), ...run];
  const [grown, atNs] = withCommands(course, point, commands);
  const gone = new Set(removed.map((number) => grown.given.indexOf(course.given[number] as Given)));
  const bare = without(grown, gone);
  return {
    course: changed === undefined || defined.length === 0 ? bare : withLab(bare, changed),
    atNs: defined.length > 0 ? 0 : atNs,
    changes: [
      ...removed.map((number) => ({ kind: 'without', ...stepAt(course, number) }) as const),
      ...defined.map((setting) => ({ kind: 'set', text: told(setting), atNs: 0 }) as const),
      ...commands.map((text, i) => ({ kind: i < commands.length - run.length ? 'set' : 'run', text, atNs }) as const),
    ],
    fromStart: defined.length > 0,
    openLoop: outsideOf(bare, defined.length > 0 ? 0 : atNs),
  };
}

/** Without a clock, and without the end that somebody gave it. */
function unpaced({ lab, given }: Course): Course {
  const ended = new Set(given.flatMap(({ input }, i) => (input.type === 'RecordingStopped' ? [i] : [])));
  const course = ended.size === 0 ? { lab, given } : without({ lab, given }, ended);
  const first = given[0]?.input;
  return first?.type === 'LabDefined' && first.data.pacePermille > 0 ? withLab(course, lab, 0) : course;
}

function withCommands(course: Course, point: ForkPoint, commands: readonly string[]): [Course, number] {
  const inputs = commands.map((command): Input => ({ type: 'CommandReceived', data: { command } }));
  if ('atNs' in point) return [inputs.length === 0 ? course : added(course, point.atNs, inputs), point.atNs];
  const { position, atNs } = point.event;
  const behind = course.given.findLastIndex((one) => one.position <= position);
  const given = course.given[behind];
  const passes = given?.input.type === 'TimeAdvanced' && given.input.data.toNs > given.atNs;
  if (!passes) return [inputs.length === 0 ? course : addedBehind(course, behind, inputs), atNs];
  // The time itself that was allowed to pass: nothing has happened in it yet.
  if (given.position === position) return [inputs.length === 0 ? course : addedBehind(course, behind - 1, inputs), atNs];
  return [inputs.length === 0 ? course : added(course, atNs + 1, inputs), atNs + 1];
}

function isBefore({ given }: Course, number: number, point: ForkPoint): boolean {
  const one = given[number];
  if (one === undefined) return false;
  return 'atNs' in point ? one.atNs < point.atNs : one.position <= point.event.position;
}

/** What came from outside of the lab from a time on. */
function outsideOf({ given }: Course, fromNs: number): Fork['openLoop'] {
  const outside = given.filter(({ input, atNs }) => atNs >= fromNs && ['FramesReceived', 'CarrierReported'].includes(input.type));
  const frames = outside.map(({ input }) => (input.type === 'FramesReceived' ? input.data.frames.length : 0));
  return { inputs: outside.length, frames: frames.reduce((sum, one) => sum + one, 0) };
}

// ── Steps by what they say ──────────────────────────────────────────────────────────────────────────────────────────

/** Number of the input that a step names. @throws RangeError when there is none, or more than one */
export function stepOf({ given }: Course, step: string): number {
  const cut = step.lastIndexOf('@');
  const atNs = cut < 0 ? null : parseDuration(step.slice(cut + 1));
  const text = inWords(atNs === null ? step : step.slice(0, cut));
  const same = given.flatMap((one, i) => (isRemovable(one.input) && inWords(textOf(one.input)) === text ? [i] : []));
  const found = same.filter((number) => atNs === null || given[number]?.atNs === atNs);
  const [number, second] = found;
  const times = same.map((one) => `${formatSeconds(given[one]?.atNs ?? 0)} s`);
  if (number === undefined) {
    const known = given.flatMap(({ input }) => (isRemovable(input) ? [`"${textOf(input)}"`] : []));
    const there = times.length > 0 ? `it was given at ${times.join(', ')}` : `the lab was given ${known.join(', ') || 'nothing'}`;
    throw new RangeError(`there is no step "${step}"; ${there}`);
  }
  if (second !== undefined)
    throw new RangeError(`"${step}" was given at ${times.join(', ')}: name one, as in "${text}@${times[0]?.replace(' ', '')}"`);
  return number;
}

function stepAt({ given }: Course, number: number): { readonly text: string; readonly atNs: number } {
  const one = given[number];
  return one === undefined ? { text: '', atNs: 0 } : { text: textOf(one.input), atNs: one.atNs };
}

/** An input as a person names it. */
export function textOf(input: Input): string {
  switch (input.type) {
    case 'CommandReceived':
      return input.data.command;
    case 'FramesReceived':
      return `inject ${input.data.node}:${input.data.interface}`;
    case 'CarrierReported':
      return `carrier ${input.data.node}:${input.data.interface} ${input.data.up ? 'up' : 'down'}`;
    default:
      return input.type;
  }
}

/** A command with one space between its words. */
export function inWords(text: string): string {
  return text.trim().split(/\s+/).join(' ');
}

/** What to say of a setting that only another definition of the lab can have. */
export function needsFile(setting: Setting): string {
  return `no command changes ${told(setting)}: it needs the lab file, to play the lab from its beginning`;
}

function told({ of, property, value }: Setting): string {
  return `${of}.${property}=${value}`;
}
