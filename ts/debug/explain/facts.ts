/** Facts: what is so in a lab at a moment, with the event that made it so and what that goes back to. */
import type { EventType, LabEvent, Position } from '../../model/events/events.ts';
import { UNTRIED } from './but-for.ts';
import type { CauseFinder, Causes } from './causes.ts';
import { eventEffect } from './effect.ts';
import type { History } from './history.ts';

export interface Fact extends Causes {
  /** Such as "client1 has 10.0.1.1 at 52:54:00:aa:00:01 by eth0". */
  readonly text: string;
  /** The event that made it so; 1 where the lab was defined so. */
  readonly position: Position;
  readonly type: EventType;
  readonly atNs: number;
}

export class FactTeller {
  readonly #history: History;
  readonly #causes: CauseFinder;

  constructor(history: History, causes: CauseFinder) {
    this.#history = history;
    this.#causes = causes;
  }

  /** @param property where the file says so, for what is as the lab was defined. */
  since(position: Position, text: string, property: string): Fact {
    const event = this.#history.at(position);
    if (event !== undefined && event.position > 1) return this.of(event, text);
    const because = { position: 1, type: 'LabDefined', atNs: 0, text: `${property}: as written`, property, ...UNTRIED } as const;
    return { text, position: 1, type: 'LabDefined', atNs: 0, because: [because], conditions: [] };
  }

  of(event: LabEvent, text: string): Fact {
    const { position, type, atNs, cause } = event;
    const asked = { effect: eventEffect(event), flow: null };
    const causes = cause === 0 ? { because: [], conditions: [] } : this.#causes.causesOf(position, asked);
    return { text, position, type, atNs, ...causes };
  }
}
