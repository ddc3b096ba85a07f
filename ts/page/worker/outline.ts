/** What the time line draws of a recorded lab: every event in columns, and the stretches in which a node's state stayed the same. */
import { EVENT_KINDS, type LabEvent, type Position } from '../../model/events/events.ts';
import type { NodeKind } from '../../model/lab/nodes.ts';
import { evolve, initialState, type LabState } from '../../model/state/lab-state.ts';
import { type EventColumns, MARK, type NodeRow, type Strip, type Track } from '../ask/questions.ts';

export interface Outline {
  readonly nodes: readonly NodeRow[];
  readonly flows: readonly string[];
  readonly events: EventColumns;
  readonly strips: readonly Strip[];
}

/** Lanes are numbered in 16 bits; a lab file has far fewer nodes. */
const NODES_MAX = 0xffff;
/** What a lab is about first: a time line of many lanes begins with it. */
const KINDS: readonly NodeKind[] = ['firewall', 'hypervisor', 'vswitch', 'nic', 'switch', 'router', 'host'];
/** Drawn in this order: the role of a unit without power, and power without carrier, are of no use. */
const TRACKS: readonly Track[] = ['mode', 'role', 'power', 'carrier'];

/** @param length how many events there are. */
export function outlineOf(events: Iterable<LabEvent>, length: number): Outline {
  const state = initialState();
  const columns = {
    atNs: new Float64Array(length),
    cause: new Uint32Array(length),
    lane: new Uint16Array(length),
    mark: new Uint8Array(length),
  };
  let lanes = new Map<string, number>();
  const strips = new OpenStrips();
  for (const event of events) {
    evolve(state, event);
    const at = event.position - 1;
    if (event.type === 'LabDefined') {
      lanes = new Map(nodesOf(state).map(({ name }, node) => [name, node + 1]));
      for (const [node, lane] of lanes) strips.look(state, node, lane, event.position);
    }
    const node = nodeOf(event);
    const lane = lanes.get(node) ?? 0;
    columns.atNs[at] = event.atNs;
    columns.cause[at] = event.cause;
    columns.lane[at] = lane;
    columns.mark[at] = markOf(event);
    if (lane > 0) strips.look(state, node, lane, event.position);
  }
  const nodes = nodesOf(state);
  const flows = (state.lab?.flows ?? []).map(({ name }) => name);
  return { nodes, flows, events: columns, strips: strips.closed(length + 1) };
}

function nodesOf({ lab }: LabState): readonly NodeRow[] {
  const rows = (lab?.nodes ?? []).map(({ name, kind }) => ({ name, kind }));
  return rows.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)).slice(0, NODES_MAX);
}

function nodeOf({ data }: LabEvent): string {
  return 'node' in data ? data.node : '';
}

function markOf({ type }: LabEvent): number {
  if (type === 'FrameDropped' || type === 'FramesDropped') return MARK.drop;
  if (type === 'TimeAdvanced') return MARK.time;
  return EVENT_KINDS[type] === 'input' ? MARK.input : MARK.outcome;
}

/** Strips as they grow. */
class OpenStrips {
  readonly #closed: Strip[] = [];
  readonly #open = new Map<
    string,
    { readonly lane: number; readonly track: Track; readonly from: Position; readonly value: string }
  >();

  /** Looks at a node after an event. */
  look(state: LabState, node: string, lane: number, position: Position): void {
    for (const track of TRACKS) {
      const value = VALUES[track](state, node);
      const key = `${lane} ${track}`;
      const open = this.#open.get(key);
      if (open?.value === value) continue;
      if (open !== undefined) this.#closed.push({ ...open, to: position });
      if (value === null) this.#open.delete(key);
      else this.#open.set(key, { lane, track, from: position, value });
    }
  }

  /** All strips, by lane and position. */
  closed(end: Position): readonly Strip[] {
    const all = [...this.#closed, ...[...this.#open.values()].map((open) => ({ ...open, to: end }))];
    return all.sort((a, b) => a.lane - b.lane || TRACKS.indexOf(a.track) - TRACKS.indexOf(b.track) || a.from - b.from);
  }
}

/** What a track shows of a node; null for nothing. */
const VALUES: { readonly [T in Track]: (state: LabState, node: string) => string | null } = {
  power: (state, node) => {
    const power = state.nodes[node]?.power ?? 'running';
    return power === 'running' ? null : power;
  },
  role: (state, node) => state.ha[node]?.state ?? null,
  mode: (state, node) => state.packetIo[node]?.running ?? null,
  carrier: (state, node) => {
    const down = (state.lab?.interfaces ?? [])
      .filter((iface) => iface.node === node && state.interfaces[`${node}:${iface.name}`]?.isUp === false)
      .map(({ name }) => name);
    return down.length === 0 ? null : `no carrier: ${down.join(', ')}`;
  },
};
