/**
 * What a layout is made for: boxes with their sizes, on which side each has its ports, and which boxes a line joins.
 *
 * Traffic is read from left to right: the place of whoever sends most flows (or, without flows, of the first end host) is leftmost, and each
 * other place is as far to the right as it is cables away. A cable between places of equal distance, as HA links are, joins a top and a bottom
 * edge: a layout puts such places one below the other, and it alone knows which is the upper one.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../model/events/chain.ts';
import { PF, vfNumber } from '../model/hardware/nic.ts';
import { type NodeName, splitEndpoint } from '../model/lab/endpoint.ts';
import type { Lab } from '../model/lab/lab.ts';
import type { NodeKind } from '../model/lab/nodes.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import { groupBy } from '../values/group-by.ts';
import { naturalOrder } from '../values/natural-order.ts';
import { type LabPlaces, type PlaceNumber, placesOf } from './places.ts';
import { widthOf } from './text.ts';

export interface PlanBox {
  readonly node: NodeName;
  readonly kind: NodeKind;
  readonly on: NodeName | null;
  /** Cables from the leftmost place. */
  readonly rank: number;
  /** Of a hypervisor: the least it needs. */
  readonly width: number;
  readonly height: number;
  /** Names of its ports on each side, from above; on the edges to its peers, from the left. */
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly peers: readonly string[];
}

export interface PlanLine {
  readonly link: number;
  readonly from: PlaceNumber;
  readonly to: PlaceNumber;
  readonly fromPort: string;
  readonly toPort: string;
  /** Between places of equal rank. */
  readonly isPeer: boolean;
  /** From the link's end `b` to its end `a`. */
  readonly isTurned: boolean;
}

export interface Plan {
  readonly boxes: readonly PlanBox[];
  /** From the left to the right. */
  readonly lines: readonly PlanLine[];
}

/** Title and kind of a box. */
export const HEADER_PX = 38;
/** A port with its name. */
export const ROW_PX = 18;
/** Room for the name of a port on an upper or lower edge. */
export const PEER_PX = 14;
const FOOT_PX = 8;
const WIDTH_MIN_PX = 112;
/** Beside a title: power or role. */
const BADGE_PX = 40;
/** Beside a port's name: its VLAN, letters of MACs. */
const MARKS_PX = 54;
const GAP_PX = 12;

/** The plan of a lab's definition. */
export function planOf(lab: Lab): Plan {
  const all = placesOf(lab);
  const ranks = ranksOf(lab, all);
  const sides = all.places.map(() => ({ left: new Set<string>(), right: new Set<string>(), peers: new Set<string>() }));
  const lines = all.cables.map((cable): PlanLine => {
    const [from, to] = [ranks[cable.from] ?? 0, ranks[cable.to] ?? 0];
    const { link, fromPort, toPort } = cable;
    const isPeer = from === to;
    const isTurned = from > to;
    const ends = isTurned
      ? { from: cable.to, to: cable.from, fromPort: toPort, toPort: fromPort }
      : { from: cable.from, to: cable.to, fromPort, toPort };
    sides[ends.from]?.[isPeer ? 'peers' : 'right'].add(ends.fromPort);
    sides[ends.to]?.[isPeer ? 'peers' : 'left'].add(ends.toPort);
    return { link, ...ends, isPeer, isTurned };
  });
  const boxes = all.places.map(({ node, on }, number): PlanBox => {
    const side = sides[number] ?? { left: new Set(), right: new Set(), peers: new Set() };
    const names = (all.ports.get(node.name) ?? []).map(({ name }) => name);
    // A port has one place: where its lines go both ways, it is on the left; without a line, too, but for a PF, which is with its VFs.
    const isWithVfs = (name: string): boolean =>
      name === PF && node.kind === 'nic' && [...side.right].some((one) => vfNumber(one) !== null);
    const isLined = (name: string): boolean => side.left.has(name) || side.peers.has(name);
    const right = names.filter((name) => !side.left.has(name) && (side.right.has(name) || (!isLined(name) && isWithVfs(name))));
    const peers = names.filter((name) => side.peers.has(name) && !side.left.has(name) && !side.right.has(name));
    const left = names.filter((name) => !right.includes(name) && !peers.includes(name));
    const sorted = { left: left.sort(naturalOrder), right: right.sort(naturalOrder), peers: peers.sort(naturalOrder) };
    return { node: node.name, kind: node.kind, on, rank: ranks[number] ?? 0, ...sizeOf(node.name, sorted), ...sorted };
  });
  return { boxes, lines };
}

/** Tells plans apart: SHA-256 over its canonical JSON, hex. */
export function planHash(plan: Plan): string {
  return toHex(sha256(new TextEncoder().encode(canonicalJson(plan))));
}

function sizeOf(name: NodeName, { left, right, peers }: Pick<PlanBox, 'left' | 'right' | 'peers'>) {
  const widest = (names: readonly string[]): number => Math.max(0, ...names.map((one) => widthOf(one) + MARKS_PX));
  const rows = Math.max(left.length, right.length);
  const width = Math.max(
    WIDTH_MIN_PX,
    widthOf(name) + BADGE_PX + 2 * GAP_PX,
    widest(left) + widest(right) + GAP_PX,
    peers.reduce((sum, one) => sum + widthOf(one) + GAP_PX, 0),
  );
  const edges = peers.length > 0 ? 2 * PEER_PX : 0;
  return { width, height: HEADER_PX + rows * ROW_PX + FOOT_PX + edges };
}

/** How many cables each place is from the leftmost one. Places that no cable joins with it begin anew on the left. */
function ranksOf(lab: Lab, all: LabPlaces): readonly number[] {
  const next = all.places.map((): PlaceNumber[] => []);
  for (const { from, to } of all.cables) {
    next[from]?.push(to);
    next[to]?.push(from);
  }
  const ranks = new Array<number>(all.places.length).fill(-1);
  for (const start of startsOf(lab, all)) {
    if (ranks[start] !== -1) continue;
    ranks[start] = 0;
    const queue = [start];
    for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
      for (const other of next[number] ?? []) {
        if (ranks[other] !== -1) continue;
        ranks[other] = (ranks[number] ?? 0) + 1;
        queue.push(other);
      }
    }
  }
  return ranks;
}

/** Places in the order in which they may be the leftmost: hosts by how many flows they send, other end hosts, all. */
function startsOf({ flows }: Lab, { places }: LabPlaces): readonly PlaceNumber[] {
  const sent = groupBy(flows, ({ from }) => splitEndpoint(from).node);
  const senders = [...sent].sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || naturalOrder(a, b)).map(([node]) => node);
  const placed = (node: NodeName): PlaceNumber[] => places.flatMap((place, number) => (place.node.name === node ? [number] : []));
  const hosts = places.flatMap(({ node }, number) => (node.kind === 'host' ? [number] : []));
  return [...senders.flatMap(placed), ...hosts, ...places.keys()];
}
