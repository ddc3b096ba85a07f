/**
 * A lab that runs in a test: `given` starts it, its verbs move it, its questions say what happened.
 *
 *   const run = given(lab(…), { watch: ['vsw'] });
 *   run.command('crash fw1').until(seconds(20)).receives('vsw:g1', frame);
 *   expect(run.said('HaStateChanged', { node: 'fw2' })).toHaveLength(1);
 *
 * Time is exclusive: after `until(t)` everything strictly before t has happened, and the next command comes at t.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ControlDoor, FlowState, NodeState, PortState, TraceRecord } from '../../ts/dataplane/dataplane.ts';
import { Engine } from '../../ts/engine/engine.ts';
import { type DropReason, dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import type { EventData, EventType, LabEvent } from '../../ts/model/events/events.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../ts/model/lab/endpoint.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { portOf } from '../../ts/model/lab/lab-index.ts';
import type { LabState } from '../../ts/model/state/lab-state.ts';
import { neighboursFor } from '../../ts/model/state/neighbour-state.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { type Mac, macFromNumber, macToNumber } from '../../ts/values/mac.ts';
import { playsLab } from './played.ts';

const WASM = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const TRACE_BYTES = 1 << 18;

/** Node's own: checkpoints hash the whole region, and the portable one takes longer than the tests. */
function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** A decided event of one type. */
export interface Said<T extends EventType> {
  readonly type: T;
  readonly data: EventData[T];
  readonly position: number;
  readonly atNs: number;
  readonly cause: number;
}

/** What a watched port saw. */
export interface Seen {
  readonly at: Endpoint;
  readonly kind: TraceRecord['kind'];
  readonly atNs: number;
  readonly bytes: Uint8Array;
}

/** A row of a switch's forwarding table. */
export interface TableRow {
  readonly vlan: number;
  readonly mac: Mac;
  readonly port: Endpoint;
}

interface GivenOptions {
  /** Nodes whose ports are watched. */
  readonly watch?: readonly string[];
}

const started: Run[] = [];

/** Starts a lab: its first event, and whatever follows from it at once. */
export function given(lab: Lab, options: GivenOptions = {}): Run {
  playsLab();
  const run = new Run(lab, options.watch ?? []);
  started.push(run);
  return run;
}

export class Run {
  readonly engine: Engine;
  /** Every event so far. */
  readonly events: LabEvent[] = [];
  /** What watched ports saw since `forgetSeen`. */
  seen: Seen[] = [];

  constructor(lab: Lab, watch: readonly string[]) {
    this.engine = new Engine(WASM, { identity: 'test', sha256, traceBytes: watch.length > 0 ? TRACE_BYTES : 0 });
    this.engine.onTrace = ({ port, kind, atNs, bytes }) => this.seen.push({ at: this.#endpoint(port), kind, atNs, bytes });
    this.engine.receive({ type: 'LabDefined', data: { definition: canonicalJson(lab), pacePermille: 0 } });
    const watched = lab.interfaces.filter(({ node }) => watch.includes(node));
    if (watched.length > 0) this.engine.dataplane.watch(watched.map((iface) => this.port(endpointOf(iface))));
    this.#collect();
  }

  // ── What the world does ───────────────────────────────────────────────────────────────────────────────────────────

  /** Lets everything strictly before `ns` happen. */
  until(ns: number): this {
    this.engine.receive({ type: 'TimeAdvanced', data: { toNs: ns } });
    for (let turns = 0; !this.engine.step(); turns++) {
      if (turns > 1_000_000) throw new Error(`time does not reach ${ns}`);
    }
    this.#collect();
    return this;
  }

  /** Lets a stretch of time pass. */
  pass(ns: number): this {
    return this.until(this.nowNs + ns);
  }

  /** Gives a command, now. */
  command(text: string): this {
    this.engine.receive({ type: 'CommandReceived', data: { command: text } });
    this.#collect();
    return this;
  }

  /** Brings frames to an interface by its cable, now. They are handled when time passes. */
  receives(at: Endpoint, ...frames: readonly Uint8Array[]): this {
    return this.receivesAfter(0, at, ...frames);
  }

  /** The same, some time from now: what happens until then is recorded later than they are. */
  receivesAfter(afterNs: number, at: Endpoint, ...frames: readonly Uint8Array[]): this {
    const { node, name } = splitEndpoint(at);
    const received = frames.map((bytes) => ({ afterNs, bytes }));
    this.engine.receive({ type: 'FramesReceived', data: { node, interface: name, frames: received } });
    this.#collect();
    return this;
  }

  /** From here on `seen` starts anew. */
  forgetSeen(): this {
    this.seen = [];
    return this;
  }

  // ── What happened ─────────────────────────────────────────────────────────────────────────────────────────────────

  get nowNs(): number {
    return this.engine.horizonNs;
  }

  get state(): Readonly<LabState> {
    return this.engine.state;
  }

  /** The event at a position. */
  event(position: number): LabEvent {
    const event = this.events.find((one) => one.position === position);
    if (event === undefined) throw new RangeError(`no event #${position}`);
    return event;
  }

  /** Events of a type whose data has these values, in order. */
  said<T extends EventType>(type: T, where: Partial<EventData[T]> = {}): Said<T>[] {
    const wanted = Object.entries(where);
    const all = this.events.filter((event) => event.type === type) as unknown as Said<T>[];
    return all.filter(({ data }) => wanted.every(([key, value]) => (data as Readonly<Record<string, unknown>>)[key] === value));
  }

  /** Ports of a node that sent a copy, sorted. */
  sentBy(node: string): string[] {
    const sent = this.seen.filter(({ at, kind }) => kind === 'sent' && splitEndpoint(at).node === node);
    return sent.map(({ at }) => splitEndpoint(at).name).sort();
  }

  /** The frames an interface sent or received. */
  frames(at: Endpoint, kind: 'sent' | 'received'): Uint8Array[] {
    return this.seen.filter((one) => one.at === at && one.kind === kind).map(({ bytes }) => bytes);
  }

  /** First drops at a node, as "interface reason", sorted. */
  dropsAt(node: string): string[] {
    return this.said('FrameDropped', { node })
      .map(({ data }) => `${data.interface} ${data.reason}`)
      .sort();
  }

  /** How many frames died at an interface for a reason, by the data plane's own counters. */
  dropped(at: Endpoint, reason: DropReason): number {
    const port = this.port(at);
    const runs = this.engine.dataplane.rows((start) => this.control.readDropRuns(start));
    return sum(runs.filter((run) => run.port === port && dropReasonName(run.reason) === reason).map(({ total }) => Number(total)));
  }

  /** Which MAC a node believes an address has, on the one interface that knows it or on the one given; null without an entry. */
  neighbour(node: string, address: string, iface: string | null = null): string | null {
    const entries = neighboursFor(this.state, node, address, iface);
    if (entries.length > 1) throw new Error(`${node} knows ${address} on several interfaces: name one`);
    return entries[0]?.mac ?? null;
  }

  /** A switch's forwarding table, by VLAN and MAC. */
  table(node: string): TableRow[] {
    const id = this.node(node);
    return this.engine.dataplane
      .rows((start) => this.control.readFdb(id, start))
      .map(({ vlan, mac, port }) => ({ vlan, mac: macFromNumber(Number(mac)), port: this.#endpoint(port) }))
      .sort((a, b) => a.vlan - b.vlan || macToNumber(a.mac) - macToNumber(b.mac));
  }

  /** Counters of a flow. */
  flow(name: string): FlowState {
    return this.control.readFlow(this.engine.lab.lab.flows.findIndex((one) => one.name === name));
  }

  portState(at: Endpoint): PortState {
    return this.control.readPort(this.port(at));
  }

  nodeState(name: string): NodeState {
    return this.control.readNode(this.node(name));
  }

  // ── Below the events ──────────────────────────────────────────────────────────────────────────────────────────────

  /** The data plane's control door: for what no command can do yet. */
  get control(): ControlDoor {
    return this.engine.dataplane.control;
  }

  /** Number of an interface in the data plane. */
  port(at: Endpoint): number {
    return portOf(this.engine.lab, at);
  }

  node(name: string): number {
    const number = this.engine.lab.nodes.get(name);
    if (number === undefined) throw new Error(`no node ${name} in this lab`);
    return number;
  }

  #endpoint(port: number): Endpoint {
    const iface = this.engine.lab.lab.interfaces[port];
    return iface === undefined ? `port ${port}` : endpointOf(iface);
  }

  #collect(): void {
    this.events.push(...this.engine.take().map(({ event }) => event));
  }

  // ── Conservation ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** What does not add up, in words; empty when every frame is accounted for. */
  unaccounted(): string[] {
    const { lab } = this.engine.lab;
    const faults: string[] = [];
    let waiting = 0;
    for (const { name } of lab.nodes) {
      const node = this.nodeState(name);
      waiting += node.waiting;
      const came = node.received + node.born + node.copied;
      const went = node.sent + node.delivered + node.consumed + node.dropped + BigInt(node.waiting);
      if (came !== went) faults.push(`${name}: ${came} frames came, ${went} went`);
    }
    const onLines = sum(lab.interfaces.map((iface) => this.control.readPort(this.port(endpointOf(iface))).inFlight));
    const totals = this.control.readTotals();
    if (totals.inFlight !== waiting + onLines) {
      faults.push(`${totals.inFlight} frames in flight, but ${onLines} on lines and ${waiting} waiting`);
    }
    const came = totals.born + totals.copied;
    const went = totals.delivered + totals.consumed + totals.dropped + BigInt(totals.inFlight);
    if (came !== went) faults.push(`in the whole lab: ${came} frames came, ${went} went`);
    if (totals.inFlight === 0 && totals.buffersInUse !== 0) faults.push(`${totals.buffersInUse} buffers are held by nobody`);
    return faults;
  }
}

/** For `afterEach`: in every lab a test started, at every node, what came in went out, ended, or is still there. */
export function everyFrameIsAccountedFor(): void {
  expect(started.splice(0).flatMap((run) => run.unaccounted())).toEqual([]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
