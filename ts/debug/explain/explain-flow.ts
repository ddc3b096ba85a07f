/**
 * Why a flow lost frames: each loss with its place and reason, how long it took and why, and the events behind it back to the step, command,
 * injected frame or property of the file that began it.
 */
import { sameBytes } from '../../model/events/chain.ts';
import type { EventType, LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { Flow } from '../../model/lab/flow.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { type Course, courseOf } from '../course.ts';
import type { NewEngine } from '../rerun.ts';
import { ButFor, UNTRIED, type Verdict } from './but-for.ts';
import { type FlowLoss, type WatchedFlow, watchFlow } from './flow-losses.ts';
import { History } from './history.ts';
import { placeOf, propertiesOf } from './properties.ts';
import { fixed, type Property } from './property.ts';
import { type Stage, stagesOf } from './stages.ts';

/** An event, or a property of the file, that a loss goes back to. */
export interface Because extends Verdict {
  readonly position: Position;
  readonly type: EventType;
  readonly atNs: number;
  /** One line for people. */
  readonly text: string;
  /** Path in the lab file; null for what happened. */
  readonly property: string | null;
}

/** A property that decides whether a loss happens, or how long it lasts, beside what began it. */
export interface Condition extends Verdict {
  readonly property: string;
  readonly value: string;
  /** What it was in the rerun; null without one. */
  readonly other: string | null;
}

export interface ExplainedLoss {
  readonly at: string;
  readonly reason: string;
  readonly frames: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly stages: readonly Stage[];
  /** Nearest first. */
  readonly because: readonly Because[];
  readonly conditions: readonly Condition[];
}

export interface FlowExplained {
  readonly flow: string;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly losses: readonly ExplainedLoss[];
  /** The re-execution with tracing on decided the recorded events, byte for byte. */
  readonly sameChain: boolean;
  readonly reruns: number;
  /** Reruns were at their limit: what was not tried has no verdict. */
  readonly limited: boolean;
}

export interface ExplainOptions {
  readonly newEngine: NewEngine;
  /** An event in one line. */
  readonly describe: (event: LabEvent) => string;
  /** How many reruns it may cost; default RERUNS_MAX. */
  readonly rerunsMax?: number;
}

/** Properties that are tried for one loss. */
const PROPERTIES_MAX = 4;

/**
 * Explains the losses of a flow, largest first.
 * @param records the whole lab.
 * @throws NoSuchFlow naming the flows there are, when there is none of this name.
 */
export function explainFlow(records: readonly LogRecord[], name: string, options: ExplainOptions): FlowExplained {
  const course = courseOf(records);
  const number = course.lab.flows.findIndex((flow) => flow.name === name);
  if (number < 0) throw new NoSuchFlow(name, course.lab);
  const history = new History(records);
  const watched = watchFlow(options.newEngine, course, history, number);
  const butFor = new ButFor(options.newEngine, course, number, options.rerunsMax);
  const explainer = new LossExplainer(course, history, watched, butFor, course.lab.flows[number] as Flow, options.describe);
  const losses = [...watched.losses].sort((a, b) => b.frames - a.frames || a.fromNs - b.fromNs);
  const explained = losses.map((loss) => explainer.explain(loss));
  return {
    flow: name,
    sent: watched.sent,
    received: watched.received,
    lost: watched.lost,
    losses: explained,
    sameChain: sameBytes(watched.chain, records.at(-1)?.chain ?? new Uint8Array()),
    reruns: butFor.reruns,
    limited: butFor.isLimited,
  };
}

/** A flow that the lab does not have. */
export class NoSuchFlow extends Error {
  override readonly name = 'NoSuchFlow';
  constructor(asked: string, { flows }: Lab) {
    const names = flows.map(({ name }) => name).join(', ');
    super(`no flow ${asked} in this lab; it has ${names === '' ? 'no flows' : names}`);
  }
}

class LossExplainer {
  readonly #course: Course;
  readonly #history: History;
  readonly #watched: WatchedFlow;
  readonly #butFor: ButFor;
  readonly #flow: Flow;
  readonly #describe: (event: LabEvent) => string;

  constructor(
    course: Course,
    history: History,
    watched: WatchedFlow,
    butFor: ButFor,
    flow: Flow,
    describe: (event: LabEvent) => string,
  ) {
    this.#course = course;
    this.#history = history;
    this.#watched = watched;
    this.#butFor = butFor;
    this.#flow = flow;
    this.#describe = describe;
  }

  explain(loss: FlowLoss): ExplainedLoss {
    const stages = stagesOf(this.#history, loss, this.#watched.deliveries);
    const chain = this.#history.chain(loss.drop);
    const properties = this.#tried(this.#propertiesOf(loss.drop), loss);
    const because = chain
      .map((event) => (event.type === 'LabDefined' ? null : this.#because(event, loss)))
      .filter((one) => one !== null);
    const root = chain.at(-1);
    const isOfFile = root === undefined || root.type === 'LabDefined';
    const first = isOfFile
      ? (properties.find(({ necessary }) => necessary === true) ?? properties[0] ?? this.#placeOf(loss))
      : null;
    if (first !== null) because.push(ofFile(first));
    const blocked = stages.flatMap(({ position }) => this.#propertiesOf(position));
    const conditions = [...properties, ...this.#tried(blocked, loss)].filter(
      ({ property, other }) => other !== null && property !== first?.property,
    );
    return {
      at: loss.at,
      reason: loss.reason,
      frames: loss.frames,
      fromNs: loss.fromNs,
      toNs: loss.toNs,
      stages,
      because,
      conditions,
    };
  }

  #because(event: LabEvent, loss: FlowLoss): Because {
    const verdict = event.cause === 0 ? this.#butFor.withoutInput(event.position, loss) : UNTRIED;
    return {
      position: event.position,
      type: event.type,
      atNs: event.atNs,
      text: this.#describe(event),
      property: null,
      ...verdict,
    };
  }

  /** Properties that decide the drop at a position; none for other events. */
  #propertiesOf(position: Position): readonly Property[] {
    const event = this.#history.at(position);
    return event?.type === 'FrameDropped' ? propertiesOf(this.#course.lab, event.data, this.#flow) : [];
  }

  #placeOf(loss: FlowLoss): Condition {
    const event = this.#history.at(loss.drop);
    const { path, value } =
      event?.type === 'FrameDropped'
        ? placeOf(this.#course.lab, event.data, this.#flow)
        : fixed(`flows.${this.#flow.name}`, 'as written');
    return { property: path, value, other: null, ...UNTRIED };
  }

  /** The likely ones, each with what a rerun with another value says. */
  #tried(properties: readonly Property[], loss: FlowLoss): Condition[] {
    const paths = new Map(properties.map((property) => [property.path, property]));
    return [...paths.values()].slice(0, PROPERTIES_MAX).map((property) => {
      const { path, value, other } = property;
      return { property: path, value, other, ...this.#butFor.withOther(property, loss) };
    });
  }
}

/** A property as the beginning of a chain. */
function ofFile({ property, value, necessary, without, other }: Condition): Because {
  const text = `${property}: ${value}${other === null ? '' : ` (tried: ${other})`}`;
  return { position: 1, type: 'LabDefined', atNs: 0, text, property, necessary, without };
}
