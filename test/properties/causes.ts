/**
 * What a property about causes compares: a run of a lab, and the same run without some of its inputs (ts/debug/rerun.ts). What two runs
 * have in common are effects (ts/debug/effects.ts). What had happened before its origin (a neighbour moves to and fro, a queue was full
 * before) cannot vanish with it: it happens less often without the origin.
 */
import { type Course, isRemovable, withLab } from '../../ts/debug/course.ts';
import { type Happened, saidBy } from '../../ts/debug/effects.ts';
import { type Moment, Rerun } from '../../ts/debug/rerun.ts';
import type { LabEvent, Position } from '../../ts/model/events/events.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { newEngine } from './drive.ts';

/** What happened, and the event that says so. */
interface Effect {
  readonly what: string;
  readonly position: Position;
}

/** A course that was run, and can be run again from any of its inputs on without some of them. */
class Retold {
  /** By position. */
  readonly events = new Map<Position, LabEvent>();
  readonly effects: Effect[] = [];
  /** Position of each input. */
  readonly positions: readonly Position[];
  readonly #course: Course;
  /** Everything that happened, as effects say it, and how often: every single drop, too. */
  readonly #happened: Happened;
  /** The lab before each input. */
  readonly #moments: Moment[] = [];
  /** What happened without some inputs, by their indices. */
  readonly #retold = new Map<string, Happened>();
  #roomy: Retold | null = null;

  constructor(course: Course) {
    this.#course = course;
    const run = new Rerun(newEngine, course, { watches: true });
    for (const [i, { input }] of course.given.entries()) {
      if (isRemovable(input)) this.#moments[i] = run.moment();
      run.play(i + 1);
    }
    this.positions = [...run.positions.values()];
    this.#happened = run.happened;
    for (const { event } of run.decided) {
      this.events.set(event.position, event);
      for (const what of saidBy(event)) this.effects.push({ what, position: event.position });
    }
  }

  /** The same course in a lab whose queues have room for every frame. */
  get roomy(): Retold {
    this.#roomy ??= new Retold(withLab(this.#course, roomyLab(this.#course.lab)));
    return this.#roomy;
  }

  happens(what: string): boolean {
    return this.#happened.has(what);
  }

  /** Whether an effect does not happen without these inputs. */
  isPreventedBy(what: string, ...without: readonly number[]): boolean {
    return !this.#without(without).has(what);
  }

  /** Whether an effect had happened before an input. */
  isOlderThan(what: string, input: number): boolean {
    return this.#moments[input]?.happened.has(what) === true;
  }

  /** Whether an effect happens less often without an input. */
  isRepeatedBy(what: string, input: number): boolean {
    return this.#without([input]).times(what) < this.#happened.times(what);
  }

  #without(without: readonly number[]): Happened {
    const key = [...without].sort((a, b) => a - b).join(' ');
    let happened = this.#retold.get(key);
    if (happened === undefined) {
      happened = this.#runWithout(without);
      this.#retold.set(key, happened);
    }
    return happened;
  }

  #runWithout(numbers: readonly number[]): Happened {
    const first = Math.min(...numbers);
    const from = this.#moments[first];
    if (from === undefined) throw new RangeError(`input ${first} cannot be left out`);
    return new Rerun(newEngine, leftOut(this.#course, numbers), { from, watches: true }).play().happened;
  }
}

const ROOM_BYTES = 10_000_000;

/** The lab with queues that no random lab fills. */
function roomyLab(lab: Lab): Lab {
  return { ...lab, links: lab.links.map((link) => ({ ...link, queueBytes: ROOM_BYTES })) };
}

/** The course without inputs, its time cut as it was: a moment before them stays one of it. */
function leftOut({ lab, given }: Course, numbers: readonly number[]): Course {
  return { lab, given: given.filter((_, i) => !numbers.includes(i)) };
}

// ── Judging chains ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * An effect is *judged* when some input is needed for it: without that input alone it does not happen. It *leads home* when the input
 * at the end of its chain is needed, or, of an effect that had happened before that input, or before with another chain that leads home,
 * when it happens less often without that input. It is
 * *listed* when several inputs suffice for it, which is one of these:
 *
 * - no input is needed;
 * - its chain ends at one of two inputs that each suffice: without either alone it happens, without both it does not. What was given
 *   after it counts together as the other one: it cannot have brought it about, but may bring the like of it about again;
 * - each input that it needs is needed only beside the input at the end of its chain: without that one it happens, and without both it
 *   happens too. So those inputs bring it about together, and all the others suffice without them;
 * - the inputs that it needs only kept a queue from being full: in the same lab whose queues have room, it happens with them and without
 *   each of them. So those inputs suffice for it, and room suffices for it.
 *
 * All of this is found out by running the lab again.
 */
export interface Verdicts {
  /** Effects whose chain ends at an input that they need. */
  home: number;
  /** Effects whose chain misses every input that they need. */
  readonly astray: string[];
  /** Effects for which several inputs suffice. */
  readonly shared: string[];
}

/** Follows the chain of every effect of a course. */
export function judge(course: Course): Verdicts {
  const run = new Retold(course);
  const inputs = course.given.flatMap(({ input }, i) => (isRemovable(input) ? [i] : []));
  const verdicts: Verdicts = { home: 0, astray: [], shared: [] };
  const ledHome = new Set<string>();
  for (const { what, position } of firstOfEach(run)) {
    const chain = chainFrom(run.events, position);
    const root = run.positions.indexOf(chain.at(-1)?.position ?? 0);
    const isInput = inputs.includes(root);
    const isRepeated = () => (ledHome.has(what) || run.isOlderThan(what, root)) && run.isRepeatedBy(what, root);
    if (isInput && (run.isPreventedBy(what, root) || isRepeated())) {
      verdicts.home++;
      ledHome.add(what);
      continue;
    }
    const before = inputs.filter((i) => (run.positions[i] ?? 0) < position);
    const needed = before.filter((i) => run.isPreventedBy(what, i));
    const line = `${what}\n    ${told(chain)}\n    needs ${needed.map((i) => told(chainFrom(run.events, run.positions[i] ?? 0))).join(', ')}`;
    const after = inputs.filter((i) => (run.positions[i] ?? 0) > position);
    if (isShared(run, what, { root: isInput ? root : null, before, after, needed })) verdicts.shared.push(line);
    else if (needed.length > 0) verdicts.astray.push(line);
  }
  return verdicts;
}

/** Where the chain of an effect ends, the inputs before and after the effect, and those before it that it needs. */
interface Found {
  /** Null where the chain ends at what cannot be taken out. */
  readonly root: number | null;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly needed: readonly number[];
}

/** Whether several inputs suffice for an effect that does not lead home (`Verdicts`). */
function isShared(run: Retold, what: string, { root, before, after, needed }: Found): boolean {
  if (root !== null) {
    const suffices = (other: number) => other !== root && !needed.includes(other) && run.isPreventedBy(what, root, other);
    if (needed.length === 0 || before.some(suffices)) return true;
    if (after.length > 0 && run.isPreventedBy(what, root, ...after)) return true;
    if (!run.isPreventedBy(what, root) && needed.every((one) => !run.isPreventedBy(what, root, one))) return true;
  }
  const { roomy } = run;
  return needed.length > 0 && roomy.happens(what) && needed.every((one) => !roomy.isPreventedBy(what, one));
}

/** One effect of each wording and origin: the others would be judged alike. */
function firstOfEach({ effects, events }: Retold): Effect[] {
  const found = new Map<string, Effect>();
  for (const effect of effects) {
    const origin = chainFrom(events, effect.position).at(-1)?.position;
    const key = `${effect.what} #${origin}`;
    if (!found.has(key)) found.set(key, effect);
  }
  return [...found.values()];
}

/** The events from one back to the one that nothing caused. */
function chainFrom(events: ReadonlyMap<Position, LabEvent>, from: Position): LabEvent[] {
  const chain: LabEvent[] = [];
  for (let event = events.get(from); event !== undefined; event = events.get(event.cause)) {
    chain.push(event);
    if (event.cause >= event.position) throw new Error(`#${event.position} ${event.type} has a cause that came later`);
  }
  return chain;
}

/** A chain as one line, for messages. */
function told(chain: readonly LabEvent[]): string {
  return chain.map((event) => `#${event.position} ${event.type}${whereOf(event)}`).join(' ← ');
}

function whereOf({ type, data }: LabEvent): string {
  if (type === 'CommandReceived') return ` "${data.command}"`;
  const { node = '', interface: name = '' } = data as { readonly node?: string; readonly interface?: string };
  return node === '' ? '' : ` ${node}${name === '' ? '' : `:${name}`}`;
}
