/**
 * What the time line draws of a recorded lab: its events in columns, and where a node's state became another. It takes event after event, so
 * that a lab that grows costs what comes, not what is there.
 */
import { EVENT_KINDS, type LabEvent } from '../../model/events/events.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { NodeKind } from '../../model/lab/nodes.ts';
import { evolve, initialState, type LabState } from '../../model/state/lab-state.ts';
import { type LabPiece, MARK, type NodeRow, TRACKS, type Track, type TrackChange } from '../ask/questions.ts';

/** Lanes are numbered in 16 bits; a lab file has far fewer nodes. */
const NODES_MAX = 0xffff;
/** What a lab is about first: a time line of many lanes begins with it. */
const KINDS: readonly NodeKind[] = ['firewall', 'hypervisor', 'vswitch', 'nic', 'switch', 'router', 'host'];

/** What a piece says of its events. */
export type OutlinePiece = Pick<LabPiece, 'definition' | 'events' | 'changes'>;

/** A node in the time line. */
interface Lane {
  readonly number: number;
  /** Names of its interfaces, with the keys that recorded state has them by. */
  readonly interfaces: readonly (readonly [name: string, key: string])[];
  /** What its tracks show now, in the order of TRACKS. */
  readonly shown: (string | null)[];
}

export class Outline {
  /** Folded from all events that were taken. */
  readonly state: LabState = initialState();
  readonly #lanes = new Map<string, Lane>();
  #definition: LabPiece['definition'] = null;
  #changes: TrackChange[] = [];
  #columns = noColumns();

  take(event: LabEvent): void {
    evolve(this.state, event);
    const { position, atNs, cause, type } = event;
    if (type === 'LabDefined') this.#define(position);
    const node = nodeOf(event);
    const lane = this.#lanes.get(node);
    this.#columns.atNs.push(atNs);
    this.#columns.cause.push(cause);
    this.#columns.lane.push(lane?.number ?? 0);
    this.#columns.mark.push(markOf(event));
    if (lane !== undefined) this.#look(node, lane, position);
  }

  /** What was taken since the last piece. */
  piece(): OutlinePiece {
    const { atNs, cause, lane, mark } = this.#columns;
    const events = {
      atNs: Float64Array.from(atNs),
      cause: Uint32Array.from(cause),
      lane: Uint16Array.from(lane),
      mark: Uint8Array.from(mark),
    };
    const piece = { definition: this.#definition, events, changes: this.#changes };
    [this.#definition, this.#changes, this.#columns] = [null, [], noColumns()];
    return piece;
  }

  #define(position: number): void {
    const { lab } = this.state;
    if (lab === null) return;
    const nodes = nodesOf(lab);
    this.#definition = { nodes, flows: lab.flows.map(({ name }) => name) };
    const interfaces = new Map<string, (readonly [string, string])[]>();
    for (const { node, name } of lab.interfaces) {
      const own = interfaces.get(node) ?? [];
      own.push([name, `${node}:${name}`]);
      interfaces.set(node, own);
    }
    for (const [index, { name }] of nodes.entries()) {
      const lane = { number: index + 1, interfaces: interfaces.get(name) ?? [], shown: TRACKS.map(() => null) };
      this.#lanes.set(name, lane);
      this.#look(name, lane, position);
    }
  }

  /** Looks at a node after an event of its own. */
  #look(node: string, { number, interfaces, shown }: Lane, from: number): void {
    for (const [index, track] of TRACKS.entries()) {
      const value = track === 'carrier' ? carrierText(this.state, interfaces) : VALUES[track](this.state, node);
      if (shown[index] === value) continue;
      shown[index] = value;
      this.#changes.push({ lane: number, track, from, value });
    }
  }
}

function noColumns(): { readonly atNs: number[]; readonly cause: number[]; readonly lane: number[]; readonly mark: number[] } {
  return { atNs: [], cause: [], lane: [], mark: [] };
}

function nodesOf({ nodes }: Lab): readonly NodeRow[] {
  const rows = nodes.map(({ name, kind }) => ({ name, kind }));
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

/** What a track shows of a node; null for nothing. */
const VALUES: { readonly [T in Exclude<Track, 'carrier'>]: (state: LabState, node: string) => string | null } = {
  power: (state, node) => {
    const power = state.nodes[node]?.power ?? 'running';
    return power === 'running' ? null : power;
  },
  role: (state, node) => state.ha[node]?.state ?? null,
  mode: (state, node) => state.packetIo[node]?.running ?? null,
};

function carrierText({ interfaces: states }: LabState, interfaces: Lane['interfaces']): string | null {
  const down: string[] = [];
  for (const [name, key] of interfaces) if (states[key]?.isUp === false) down.push(name);
  return down.length === 0 ? null : `no carrier: ${down.join(', ')}`;
}
