/**
 * The way from an event back to what began it: a step, a command, an injected frame, or a property of the file; and for each of them that can
 * be taken out, whether it is necessary.
 */
import type { EventType, LabEvent, Position } from '../../model/events/events.ts';
import type { Flow } from '../../model/lab/flow.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { type ButFor, UNTRIED, type Verdict } from './but-for.ts';
import type { Effect } from './effect.ts';
import type { History } from './history.ts';
import { placeOf, propertiesOf } from './properties.ts';
import type { Property } from './property.ts';
import { timersBehind } from './timer-properties.ts';

/** An event, or a property of the file, that an effect goes back to. */
export interface Because extends Verdict {
  readonly position: Position;
  readonly type: EventType;
  readonly atNs: number;
  /** One line for people. */
  readonly text: string;
  /** Path in the lab file; null for what happened. */
  readonly property: string | null;
}

/** A property that decides whether an effect happens, or how long it lasts, beside what began it. */
export interface Condition extends Verdict {
  readonly property: string;
  readonly value: string;
  /** What it was in the rerun; null without one. */
  readonly other: string | null;
}

export interface Causes {
  /** Nearest first. */
  readonly because: readonly Because[];
  readonly conditions: readonly Condition[];
}

/** An effect, and what is known of it. */
export interface Asked {
  readonly effect: Effect;
  /** How often it happened; counted when it is not known. */
  readonly times?: number;
  /** The flow that lost frames; null where it is not asked for one. */
  readonly flow: Flow | null;
  /** Other events whose properties decide over it, such as answers that were dropped meanwhile. */
  readonly blocked?: readonly Position[];
}

/** Properties that are tried for one effect. */
const PROPERTIES_MAX = 8;

export class CauseFinder {
  readonly #lab: Lab;
  readonly #history: History;
  readonly #butFor: ButFor;
  readonly #describe: (event: LabEvent) => string;

  constructor(lab: Lab, history: History, butFor: ButFor, describe: (event: LabEvent) => string) {
    this.#lab = lab;
    this.#history = history;
    this.#butFor = butFor;
    this.#describe = describe;
  }

  /** Why an effect happened that the event at a position records, or that this event made happen. */
  causesOf(from: Position, asked: Asked): Causes {
    const chain = this.#history.chain(from);
    // What was dropped on the way there, such as the answer that was awaited, is nearer to the beginning.
    const deciding = chain.toReversed().flatMap(({ position }) => this.#propertiesOf(position, asked.flow));
    const properties = this.#tried(deciding, asked);
    const because = chain
      .map((event) => (event.type === 'LabDefined' ? null : this.#because(event, asked)))
      .filter((one) => one !== null);
    const root = chain.at(-1);
    const isOfFile = root === undefined || root.type === 'LabDefined';
    const first = isOfFile
      ? (properties.find(({ necessary }) => necessary === true) ?? properties[0] ?? this.#placeOf(from, asked.flow))
      : null;
    if (first !== null) because.push(ofFile(first));
    const blocked = (asked.blocked ?? []).flatMap((position) => this.#propertiesOf(position, asked.flow));
    const conditions = [...properties, ...this.#tried(blocked, asked)].filter(
      ({ property, other }) => other !== null && property !== first?.property,
    );
    return { because, conditions };
  }

  #because(event: LabEvent, { effect, times }: Asked): Because {
    const verdict = event.cause === 0 ? this.#butFor.withoutInput(event.position, effect, times) : UNTRIED;
    return {
      position: event.position,
      type: event.type,
      atNs: event.atNs,
      text: this.#describe(event),
      property: null,
      ...verdict,
    };
  }

  /** Properties that decide the drop at a position, or how long it took to come to an event there. */
  #propertiesOf(position: Position, flow: Flow | null): readonly Property[] {
    const event = this.#history.at(position);
    if (event === undefined) return [];
    return event.type === 'FrameDropped' ? propertiesOf(this.#lab, event.data, flow) : timersBehind(this.#lab, event);
  }

  #placeOf(from: Position, flow: Flow | null): Condition {
    const event = this.#history.at(from);
    const { path, value } = event === undefined ? placeOf(this.#lab, NOWHERE, flow) : placeOf(this.#lab, whereOf(event), flow);
    return { property: path, value, other: null, ...UNTRIED };
  }

  /** The likely ones, each with what a rerun with another value says. */
  #tried(properties: readonly Property[], { effect, times }: Asked): Condition[] {
    const paths = new Map(properties.map((property) => [property.path, property]));
    return [...paths.values()].slice(0, PROPERTIES_MAX).map((property) => {
      const { path, value, other } = property;
      return { property: path, value, other, ...this.#butFor.withOther(property, effect, times) };
    });
  }
}

const NOWHERE = { node: '', interface: '' };

function whereOf({ data }: LabEvent): typeof NOWHERE {
  return { node: 'node' in data ? data.node : '', interface: 'interface' in data ? data.interface : '' };
}

/** A property as the beginning of a chain. */
function ofFile({ property, value, necessary, without, other }: Condition): Because {
  const text = `${property}: ${value}${other === null ? '' : ` (tried: ${other})`}`;
  return { position: 1, type: 'LabDefined', atNs: 0, text, property, necessary, without };
}
