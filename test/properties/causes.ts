/**
 * What a property about causes compares: a run of a lab, and the same run without some of its inputs.
 *
 * An effect is a loss, a neighbour's move, a role or a MAC that changed. Two runs have the same effect when it says the same: kind, place,
 * addresses, reason. Positions and times differ as soon as an input is left out, so they say nothing. What
 * had happened before its origin (a neighbour moves to and fro, a queue was full before) cannot vanish with it: it happens less often
 * without the origin. Of losses, the frames are counted that ports saw die, not the records, which each input splits.
 */
import type { TraceRecord } from '../../ts/dataplane/dataplane.ts';
import type { Engine } from '../../ts/engine/engine.ts';
import type { Input } from '../../ts/engine/input.ts';
import type { Snapshot } from '../../ts/engine/snapshot.ts';
import { dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import type { LabEvent, Position } from '../../ts/model/events/events.ts';
import { endpointOf } from '../../ts/model/lab/endpoint.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { newEngine } from './drive.ts';

/** A lab and the inputs that run it. */
export interface Course {
  readonly lab: Lab;
  readonly inputs: readonly Input[];
}

/** What happened, and the event that says so. */
interface Effect {
  readonly what: string;
  readonly position: Position;
}

/** How often each effect happened. */
class Tally {
  readonly #counts: Map<string, number>;

  constructor(counts: Iterable<readonly [string, number]> = []) {
    this.#counts = new Map(counts);
  }

  add(what: string): void {
    this.#counts.set(what, this.of(what) + 1);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  copy(): Tally {
    return new Tally(this.#counts);
  }
}

/** What the events of a run say, and which frames its ports saw die. */
class Happened {
  readonly said: Tally;
  readonly seen: Tally;

  constructor(said = new Tally(), seen = new Tally()) {
    this.said = said;
    this.seen = seen;
  }

  has(what: string): boolean {
    return this.said.of(what) > 0 || this.seen.of(what) > 0;
  }

  /** How often: losses as frames, everything else as events. */
  times(what: string): number {
    return isLoss(what) ? this.seen.of(what) : this.said.of(what);
  }

  copy(): Happened {
    return new Happened(this.said.copy(), this.seen.copy());
  }
}

/** A course that was run, and can be run again from any of its inputs on without some of them. */
class Retold {
  /** By position. */
  readonly events = new Map<Position, LabEvent>();
  readonly effects: Effect[] = [];
  /** Position of each input. */
  readonly positions: Position[] = [];
  readonly #course: Course;
  /** Everything that happened, as effects say it, and how often: every single drop, too. */
  readonly #happened = new Happened();
  /** The lab before each input, and how much of `#happened` was there by then. */
  readonly #moments: { readonly snapshot: Snapshot; readonly happened: Happened }[] = [];
  /** What happened without some inputs, by their indices. */
  readonly #retold = new Map<string, Happened>();

  constructor(course: Course) {
    this.#course = course;
    const engine = this.#newEngine(this.#happened);
    for (const [i, input] of course.inputs.entries()) {
      if (isRemovable(input)) this.#moments[i] = { snapshot: engine.snapshot(), happened: this.#happened.copy() };
      this.positions.push(engine.receive(input, { checkpoint: false }));
      if (input.type === 'LabDefined') watchAll(engine, course.lab);
      engine.step();
      for (const { event } of engine.take()) {
        this.events.set(event.position, event);
        for (const what of saidBy(event)) {
          this.#happened.said.add(what);
          this.effects.push({ what, position: event.position });
        }
      }
    }
  }

  /** Whether an effect does not happen without these inputs. */
  isPreventedBy(what: string, ...without: readonly number[]): boolean {
    return !this.#without(without).has(what);
  }

  /** Whether an effect that had happened before an input happens less often without it. */
  isRepeatedBy(what: string, input: number): boolean {
    const before = this.#moments[input]?.happened;
    return before?.has(what) === true && this.#without([input]).times(what) < this.#happened.times(what);
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

  #runWithout(without: readonly number[]): Happened {
    const { inputs, lab } = this.#course;
    const first = Math.min(...without);
    const moment = this.#moments[first];
    if (moment === undefined) throw new RangeError(`input ${first} cannot be left out`);
    const happened = moment.happened.copy();
    const engine = this.#newEngine(happened);
    engine.restore(moment.snapshot);
    watchAll(engine, lab);
    for (const [i, input] of inputs.entries()) {
      if (i < first || without.includes(i)) continue;
      engine.receive(input, { checkpoint: false });
      engine.step();
      for (const { event } of engine.take()) for (const what of saidBy(event)) happened.said.add(what);
    }
    return happened;
  }

  #newEngine(happened: Happened): Engine {
    const { lab } = this.#course;
    const engine = newEngine({ traceBytes: 1 << 20 });
    engine.onTrace = (record) => {
      for (const what of deathsOf(lab, record)) happened.seen.add(what);
    };
    return engine;
  }
}

function watchAll(engine: Engine, { interfaces }: Lab): void {
  engine.dataplane.watch(interfaces.map((_, port) => port));
}

/** Whether a run can do without an input: a command, frames, a carrier; not the definition and not time. */
function isRemovable({ type }: Input): boolean {
  return type !== 'LabDefined' && type !== 'TimeAdvanced';
}

// ── Judging chains ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * An effect is *judged* when some input is needed for it: without that input alone it does not happen. It *leads home* when the input
 * at the end of its chain is needed, or, of an effect that had happened before that input, when it happens less often without it. It is
 * *listed* when no input is needed, or when its chain ends at one of two inputs that each suffice: without either alone it happens,
 * without both it does not. All of this is found out by running the lab again.
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
  const inputs = course.inputs.flatMap((input, i) => (isRemovable(input) ? [i] : []));
  const verdicts: Verdicts = { home: 0, astray: [], shared: [] };
  for (const { what, position } of firstOfEach(run)) {
    const chain = chainFrom(run.events, position);
    const root = run.positions.indexOf(chain.at(-1)?.position ?? 0);
    const isInput = inputs.includes(root);
    if (isInput && (run.isPreventedBy(what, root) || run.isRepeatedBy(what, root))) {
      verdicts.home++;
      continue;
    }
    const before = inputs.filter((i) => (run.positions[i] ?? 0) < position);
    const needed = before.filter((i) => run.isPreventedBy(what, i));
    const suffices = (other: number) => !needed.includes(other) && run.isPreventedBy(what, root, other);
    const isShared = isInput && (needed.length === 0 || before.some((other) => other !== root && suffices(other)));
    const line = `${what}\n    ${told(chain)}\n    needs ${needed.map((i) => told(chainFrom(run.events, run.positions[i] ?? 0))).join(', ')}`;
    if (isShared) verdicts.shared.push(line);
    else if (needed.length > 0) verdicts.astray.push(line);
  }
  return verdicts;
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

// ── What an event says happened ─────────────────────────────────────────────────────────────────────────────────────

/** Frames that die for these never had a buffer: no port sees them die, and their place is all that is known. */
const UNSEEN = new Set(['frame-too-long', 'pool-exhausted']);

/** The effects that an event records; none for most. */
function saidBy(event: LabEvent): string[] {
  switch (event.type) {
    case 'FrameDropped': {
      const { node, interface: name, reason, src, dst, etherType } = event.data;
      return [loss(`${node}:${name}`, reason, UNSEEN.has(reason) ? null : { src, dst, etherType })];
    }
    case 'FramesDropped':
      return [loss(`${event.data.node}:${event.data.interface}`, event.data.reason, null)];
    case 'NeighbourUpdated': {
      const { node, interface: name, ip, old, new: mac } = event.data;
      return old === '' ? [] : [`${node}:${name} moves ${ip} from ${old} to ${mac}`];
    }
    case 'MacMoved': {
      const { node, vlan, mac, from, to } = event.data;
      return [`${node} moves ${mac} of VLAN ${vlan} from ${from} to ${to}`];
    }
    case 'HaStateChanged':
      return [`${event.data.node} becomes ${event.data.to}, was ${event.data.from}: ${event.data.reason}`];
    case 'HaPeerLost':
      return [`${event.data.node} loses its peer by ${event.data.by}`];
    case 'MacAddressChanged': {
      const { node, interface: name, which, old, new: mac } = event.data;
      return [`${node}:${name} changes its ${which} MAC from ${old} to ${mac}`];
    }
    default:
      return [];
  }
}

/** A frame that a watched port saw die: as a drop of its own, and as one of many. */
function deathsOf(lab: Lab, { port, kind, reason, bytes }: TraceRecord): string[] {
  const iface = lab.interfaces[port];
  if (kind !== 'dropped' || iface === undefined) return [];
  const [at, why, view] = [endpointOf(iface), dropReasonName(reason), EthernetView.over(bytes)];
  const frame = { src: view?.src ?? '', dst: view?.dst ?? '', etherType: view?.etherType ?? 0 };
  return [loss(at, why, null), ...(UNSEEN.has(why) ? [] : [loss(at, why, frame)])];
}

interface Addressed {
  readonly src: string;
  readonly dst: string;
  readonly etherType: number;
}

function loss(at: string, reason: string, frame: Addressed | null): string {
  const which = frame === null ? 'frames' : `a frame ${frame.src} > ${frame.dst} (${frame.etherType.toString(16)})`;
  return `${at} drops ${which}: ${reason}`;
}

function isLoss(what: string): boolean {
  return what.includes(' drops ');
}
