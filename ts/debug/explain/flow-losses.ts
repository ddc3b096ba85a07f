/**
 * The frames that a flow lost, found by running the lab again with the ports watched that dropped any. Nothing was armed before.
 *
 * Drops on record are of a place, and not of a flow. A watched port tells of each frame that dies which flow it is of; the record whose
 * first frame began the run of drops tells the cause. Losses of one place and reason that go back to the same input are one loss.
 */
import type { TraceRecord } from '../../dataplane/dataplane.ts';
import { readLosses } from '../../engine/derived-cores.ts';
import { dropReasonName } from '../../model/events/drop-reasons.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { Flow } from '../../model/lab/flow.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { Moments } from '../moments.ts';
import { type NewEngine, Rerun } from '../rerun.ts';
import type { History } from './history.ts';
import type { OpenLab } from './open-lab.ts';

export interface FlowLoss {
  readonly at: Endpoint;
  readonly reason: string;
  readonly frames: number;
  /** Of the first and the last frame, ns. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Position of the FrameDropped that began the run; 0 where none is known. */
  readonly drop: Position;
}

/** Frames of a flow that arrived one after another for the same event. */
export interface Delivery {
  readonly fromNs: number;
  toNs: number;
  readonly cause: Position;
}

export interface WatchedFlow {
  readonly losses: readonly FlowLoss[];
  readonly deliveries: readonly Delivery[];
  readonly chain: Uint8Array;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
}

interface Counted {
  readonly at: Endpoint;
  readonly reason: string;
  readonly drop: Position;
  frames: number;
  readonly fromNs: number;
  toNs: number;
}

const TRACE_BYTES = 4 << 20;

/**
 * Runs a course again with the ports watched where frames were dropped, and where a flow arrives.
 * @param moments gets those that this run comes by.
 */
export function watchFlow(newEngine: NewEngine, { history, course }: OpenLab, number: number, moments: Moments): WatchedFlow {
  const flow = course.lab.flows[number];
  if (flow === undefined) throw new RangeError(`the lab has no flow ${number}`);
  const watch = new FlowWatch(course.lab, flow, number, history);
  const traced = new Rerun(() => newEngine({ traceBytes: TRACE_BYTES }), course, { forgets: true }).play(1);
  traced.engine.onTrace = (record) => watch.take(record);
  traced.engine.dataplane.watch(watch.destinations, watch.dropping());
  moments.along(traced, null);
  for (const place of readLosses(traced.engine, number)) watch.addUnseen(place.interface, place.reason, place.frames);
  const { sent, received, copied, dropped } = traced.engine.dataplane.control.readFlow(number);
  const inFlight = Number(sent + copied - received - dropped);
  return {
    losses: watch.losses(),
    deliveries: watch.deliveries,
    chain: traced.engine.chain,
    sent: Number(sent),
    received: Number(received),
    lost: Math.max(0, Number(sent - received) - inFlight),
  };
}

/** Takes in what ports saw, and tells the losses of one flow. */
class FlowWatch {
  readonly deliveries: Delivery[] = [];
  readonly #lab: Lab;
  readonly #flow: Flow;
  readonly #number: number;
  readonly #history: History;
  readonly #names: readonly Endpoint[];
  readonly #firstDrops: ReadonlyMap<string, Position>;
  /** Position of the FrameDropped of each run of drops that is going on. */
  readonly #runs = new Map<string, Position>();
  readonly #counted = new Map<string, Counted>();
  /** Ports where the flow arrives. */
  readonly destinations: readonly number[];

  constructor(lab: Lab, flow: Flow, number: number, history: History) {
    this.#lab = lab;
    this.#flow = flow;
    this.#number = number;
    this.#history = history;
    this.#names = lab.interfaces.map(endpointOf);
    this.#firstDrops = firstDropsOf(history);
    this.destinations = this.#destinationPorts();
  }

  /** Ports where anything was dropped. */
  dropping(): number[] {
    const places = new Set([...this.#firstDrops.values()].map((position) => placeOf(this.#history.at(position))));
    return this.#names.flatMap((name, port) => (places.has(name) ? [port] : []));
  }

  #destinationPorts(): number[] {
    return this.#lab.interfaces.flatMap(({ ipv4 }, port) => (ipv4.some(({ address }) => address === this.#flow.to) ? [port] : []));
  }

  take(record: TraceRecord): void {
    if (record.kind === 'dropped') this.#takeDrop(record);
    else if (record.kind === 'received' && record.flow === this.#number && this.destinations.includes(record.port)) {
      const last = this.deliveries.at(-1);
      if (last?.cause === record.cause) last.toNs = record.atNs;
      else this.deliveries.push({ fromNs: record.atNs, toNs: record.atNs, cause: record.cause });
    }
  }

  #takeDrop({ port, reason: code, cause, number, atNs, flow }: TraceRecord): void {
    const at = this.#names[port] ?? '';
    const reason = dropReasonName(code);
    const key = `${port} ${code} ${cause}`;
    const begun = this.#firstDrops.get(dropKey(at, reason, number, atNs));
    if (begun !== undefined) this.#runs.set(key, begun);
    if (flow === this.#number) this.#count(at, reason, this.#runs.get(key) ?? 0, atNs, atNs, 1);
  }

  #count(at: Endpoint, reason: string, drop: Position, fromNs: number, toNs: number, frames: number): void {
    const key = `${at} ${reason} ${this.#history.origin(drop)}`;
    const counted = this.#counted.get(key);
    if (counted === undefined) {
      this.#counted.set(key, { at, reason, drop, frames, fromNs, toNs });
      return;
    }
    counted.frames += frames;
    counted.toNs = Math.max(counted.toNs, toNs);
  }

  /** Frames that died without a buffer, which no port sees: the drops on record at that place tell when. */
  addUnseen(at: Endpoint, reason: string, frames: number): void {
    const seen = [...this.#counted.values()].filter((one) => one.at === at && one.reason === reason);
    const missing = frames - seen.reduce((sum, one) => sum + one.frames, 0);
    if (missing <= 0) return;
    const drops = [...this.#history.events()].filter((event) => isDropAt(event, at, reason));
    const [first] = drops;
    if (first !== undefined) this.#count(at, reason, first.position, first.atNs, drops.at(-1)?.atNs ?? first.atNs, missing);
  }

  losses(): FlowLoss[] {
    return [...this.#counted.values()].sort((a, b) => a.fromNs - b.fromNs || (a.at < b.at ? -1 : 1));
  }
}

function isDropAt(event: LabEvent, at: Endpoint, reason: string): boolean {
  return placeOf(event) === at && 'reason' in event.data && event.data.reason === reason;
}

/** Where an event says that frames were dropped; empty for other events. */
function placeOf(event: LabEvent | undefined): Endpoint {
  if (event?.type !== 'FrameDropped' && event?.type !== 'FramesDropped') return '';
  return `${event.data.node}:${event.data.interface}`;
}

function dropKey(at: Endpoint, reason: string, frame: number, atNs: number): string {
  return `${at} ${reason} ${frame} ${atNs}`;
}

function firstDropsOf(history: History): ReadonlyMap<string, Position> {
  const drops = new Map<string, Position>();
  for (const event of history.events()) {
    if (event.type !== 'FrameDropped') continue;
    const { node, interface: name, reason, frame } = event.data;
    drops.set(dropKey(`${node}:${name}`, reason, frame, event.atNs), event.position);
  }
  return drops;
}
