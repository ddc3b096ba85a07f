/**
 * A lab's history as a trace for Perfetto (ui.perfetto.dev), in Chrome's trace event format: a process per node, in it a track of its
 * events, one of its role and one per carrier; an arrow from each event's cause to the event.
 *
 * An arrow is a pair of flow events ("s" and "f"), and Perfetto binds each to the slice that encloses it on its track at its time. So an event
 * needs a slice of some length that overlaps no other of its track, and must not begin before its cause does. In a lab many things happen at
 * one instant and take no time: they are drawn in the order of their positions, each 1 ns long and 2 ns after the one before. 2 ns,
 * because times are microseconds in decimals, and a reader that multiplies and cuts off may lose one nanosecond (slices that then overlap are
 * not drawn). `args` has the true time.
 */
import type { LabEvent, Position } from '../../model/events/events.ts';
import { evolve, initialState, type LabState } from '../../model/state/lab-state.ts';

/** One entry of `traceEvents`. Times are microseconds. */
export interface TraceEvent {
  /** M: a name; X: a slice; s, f: both ends of an arrow. */
  readonly ph: 'M' | 'X' | 's' | 'f';
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: number;
  readonly bp?: 'e';
  readonly args?: Readonly<Record<string, string | number>>;
}

/** Length of an event's slice, ns, and what is left free behind any slice. */
const EVENT_NS = 1;
const GAP_NS = 1;
/** Process of what happens to the lab as a whole. */
const LAB = '';

interface Track {
  readonly pid: number;
  readonly tid: number;
  /** Where the next slice may begin at the earliest. */
  freeNs: number;
}

/** What a track of states shows at the moment. */
interface Shown {
  readonly track: Track;
  label: string;
  sinceNs: number;
}

/** Folds a history into a trace; takes events in order. Keeps a place per event, and no event. */
export class PerfettoTrace {
  readonly #describe: (event: LabEvent) => string;
  readonly #state: LabState = initialState();
  readonly #pids = new Map<string, number>();
  readonly #tracks = new Map<string, Track>();
  readonly #shown = new Map<string, Shown>();
  readonly #places = new Map<Position, { readonly track: Track; readonly startNs: number }>();
  #out: TraceEvent[] = [];

  /** @param describe an event in words, without type and place. */
  constructor(describe: (event: LabEvent) => string) {
    this.#describe = describe;
  }

  /** Entries that the next event brings. */
  take(event: LabEvent): readonly TraceEvent[] {
    evolve(this.#state, event);
    const node = 'node' in event.data ? event.data.node : LAB;
    this.#addEvent(event, node);
    if (event.type === 'LabDefined') for (const name of Object.keys(this.#state.nodes)) this.#showNode(name, event.atNs);
    else if (node !== LAB) this.#showNode(node, event.atNs);
    return this.#taken();
  }

  /** What was still shown when the last event had been taken, up to where time had come. */
  end(): readonly TraceEvent[] {
    const endNs = Math.max(this.#state.atNs, this.#state.horizonNs);
    for (const shown of this.#shown.values()) this.#close(shown, endNs);
    return this.#taken();
  }

  #taken(): readonly TraceEvent[] {
    const taken = this.#out;
    this.#out = [];
    return taken;
  }

  #addEvent(event: LabEvent, node: string): void {
    const { position, atNs, cause, type } = event;
    const track = this.#track(node, 'events');
    const from = this.#places.get(cause);
    const startNs = Math.max(atNs, track.freeNs, from === undefined ? 0 : from.startNs + EVENT_NS + GAP_NS);
    const args = { position, atNs, cause, text: type === 'LabDefined' ? '' : this.#describe(event) };
    this.#slice(track, { name: type, cat: 'event', startNs, endNs: startNs + EVENT_NS, args });
    this.#places.set(position, { track, startNs });
    if (from === undefined) return;
    // An event has one cause: its position names the arrow.
    const arrow = { name: 'cause', cat: 'cause', id: position };
    this.#out.push({ ph: 's', ...arrow, ...placeOf(from.track), ts: microseconds(from.startNs) });
    this.#out.push({ ph: 'f', bp: 'e', ...arrow, ...placeOf(track), ts: microseconds(startNs) });
  }

  /** Roles and carriers of a node as they are now. */
  #showNode(node: string, atNs: number): void {
    const { nodes, ha, interfaces } = this.#state;
    const role = ha[node]?.state;
    if (role !== undefined) this.#show(node, 'role', nodes[node]?.power === 'running' ? role : 'no power', atNs);
    for (const iface of this.#state.lab?.interfaces ?? []) {
      if (iface.node !== node) continue;
      this.#show(node, `carrier ${iface.name}`, interfaces[`${node}:${iface.name}`]?.isUp === true ? 'up' : 'down', atNs);
    }
  }

  #show(node: string, name: string, label: string, atNs: number): void {
    const key = `${node} ${name}`;
    const shown = this.#shown.get(key);
    if (shown?.label === label) return;
    if (shown !== undefined) this.#close(shown, atNs);
    this.#shown.set(key, { track: shown?.track ?? this.#track(node, name), label, sinceNs: atNs });
  }

  #close({ track, label, sinceNs }: Shown, endNs: number): void {
    const startNs = Math.max(sinceNs, track.freeNs);
    this.#slice(track, {
      name: label,
      cat: 'state',
      startNs,
      endNs: Math.max(startNs + EVENT_NS, endNs - GAP_NS),
      args: { atNs: sinceNs },
    });
  }

  #slice(
    track: Track,
    {
      name,
      cat,
      startNs,
      endNs,
      args,
    }: { name: string; cat: string; startNs: number; endNs: number; args: TraceEvent['args'] & object },
  ): void {
    track.freeNs = endNs + GAP_NS;
    this.#out.push({ ph: 'X', name, cat, ...placeOf(track), ts: microseconds(startNs), dur: microseconds(endNs - startNs), args });
  }

  /** A track of a node, with its names when it is new. */
  #track(node: string, name: string): Track {
    const key = `${node} ${name}`;
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const pid = this.#pids.get(node) ?? this.#pids.size + 1;
    const track = { pid, tid: this.#tracks.size + 1, freeNs: 0 };
    if (!this.#pids.has(node)) {
      this.#pids.set(node, pid);
      this.#out.push({ ph: 'M', name: 'process_name', ...placeOf(track), args: { name: node === LAB ? 'lab' : node } });
    }
    this.#out.push({ ph: 'M', name: 'thread_name', ...placeOf(track), args: { name } });
    this.#tracks.set(key, track);
    return track;
  }
}

function placeOf({ pid, tid }: Track): { readonly pid: number; readonly tid: number } {
  return { pid, tid };
}

function microseconds(ns: number): number {
  return ns / 1000;
}
