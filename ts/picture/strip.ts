/** A lab's history as a strip: for each node that anything happened to, its HA role and power over time, and where frames died. */
import type { LabEvent, Position } from '../model/events/events.ts';
import type { NodeName } from '../model/lab/endpoint.ts';
import type { LabState } from '../model/state/lab-state.ts';
import { evolve, initialState } from '../model/state/lab-state.ts';

/** A time during which a node was one thing: its role, "running" or "off". */
export interface StripSegment {
  readonly fromNs: number;
  readonly toNs: number;
  readonly state: string;
}

/** Frames that died at a node for one reason and by one cause. */
export interface StripLoss {
  readonly fromNs: number;
  readonly toNs: number;
  readonly frames: number;
  readonly reason: string;
  readonly position: Position;
}

export interface StripLane {
  readonly node: NodeName;
  readonly segments: readonly StripSegment[];
  readonly losses: readonly StripLoss[];
}

/** A command or another input. */
export interface StripMark {
  readonly atNs: number;
  readonly position: Position;
  readonly text: string;
}

export interface Strip {
  readonly endNs: number;
  readonly lanes: readonly StripLane[];
  readonly marks: readonly StripMark[];
}

interface OpenLane {
  readonly segments: StripSegment[];
  readonly losses: Map<Position, StripLoss>;
  state: string;
  sinceNs: number;
  /** Whether it had another role or power than at first, or lost frames. */
  isEventful: boolean;
}

/** Takes a lab's events in order; keeps what the strip shows alone. */
export class StripBuilder {
  readonly #state: LabState = initialState();
  readonly #lanes = new Map<NodeName, OpenLane>();
  readonly #marks: StripMark[] = [];

  add(event: LabEvent): void {
    evolve(this.#state, event);
    const { atNs, position } = event;
    if (event.type === 'LabDefined') this.#define();
    if (event.type === 'HaStateChanged' || event.type === 'NodePowerChanged') this.#settle(event.data.node, atNs);
    if (event.type === 'CommandReceived') this.#marks.push({ atNs, position, text: event.data.command });
    if (event.type === 'CarrierReported') this.#marks.push({ atNs, position, text: `${event.data.interface} reported` });
    if (event.type === 'FrameDropped')
      this.#lose(event.data.node, { fromNs: atNs, toNs: atNs, frames: 1, reason: event.data.reason, position });
    if (event.type === 'FramesDropped') this.#loseMore(event.data.node, event.cause, event.data.count, event.data.lastNs);
  }

  /** The strip up to a time: lanes of HA units and of nodes that something happened to, in the lab's order. */
  strip(endNs: number): Strip {
    const lanes = [...this.#lanes].flatMap(([node, lane]): StripLane[] => {
      const isUnit = this.#state.ha[node] !== undefined;
      if (!isUnit && !lane.isEventful) return [];
      const last: StripSegment = { fromNs: lane.sinceNs, toNs: Math.max(endNs, lane.sinceNs), state: lane.state };
      return [{ node, segments: [...lane.segments, last], losses: [...lane.losses.values()] }];
    });
    return { endNs, lanes, marks: this.#marks };
  }

  #define(): void {
    this.#lanes.clear();
    for (const { name } of this.#state.lab?.nodes ?? []) {
      this.#lanes.set(name, { segments: [], losses: new Map(), state: this.#stateOf(name), sinceNs: 0, isEventful: false });
    }
  }

  #stateOf(node: NodeName): string {
    if (this.#state.nodes[node]?.power === 'crashed') return 'off';
    return this.#state.ha[node]?.state ?? 'running';
  }

  #settle(node: NodeName, atNs: number): void {
    const lane = this.#lanes.get(node);
    const state = this.#stateOf(node);
    if (lane === undefined || lane.state === state) return;
    if (atNs > lane.sinceNs) lane.segments.push({ fromNs: lane.sinceNs, toNs: atNs, state: lane.state });
    lane.state = state;
    lane.sinceNs = atNs;
    lane.isEventful = true;
  }

  #lose(node: NodeName, loss: StripLoss): void {
    const lane = this.#lanes.get(node);
    if (lane === undefined) return;
    lane.losses.set(loss.position, loss);
    lane.isEventful = true;
  }

  #loseMore(node: NodeName, run: Position, frames: number, lastNs: number): void {
    const lane = this.#lanes.get(node);
    const loss = lane?.losses.get(run);
    if (lane === undefined || loss === undefined) return;
    lane.losses.set(run, { ...loss, frames: loss.frames + frames, toNs: Math.max(loss.toNs, lastNs) });
  }
}
