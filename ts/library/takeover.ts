/** Takeovers and convergence, read from a history. */
import type { LabEvent, Position } from '../model/events/events.ts';
import type { Lab } from '../model/lab/lab.ts';

/** A unit became active where its pair had an active unit before: no first election. */
export interface Takeover {
  readonly pair: string;
  /** The unit that took over. */
  readonly unit: string;
  readonly atNs: number;
  /** Position of its HaStateChanged. */
  readonly position: Position;
  readonly reason: string;
  /** The last input before it other than time: what the world did. Null when there was none. */
  readonly after: LabEvent | null;
  /** From that input to the takeover; null without it. */
  readonly tookNs: number | null;
}

/** Takeovers of all pairs, in order. */
export function takeoversOf(events: readonly LabEvent[], { haPairs }: Lab): Takeover[] {
  const pairs = new Map(haPairs.flatMap(({ name, members }) => members.map(({ node }) => [node, name] as const)));
  const hadActive = new Set<string>();
  const takeovers: Takeover[] = [];
  let after: LabEvent | null = null;
  for (const event of events) {
    if (isDeed(event)) after = event;
    if (event.type !== 'HaStateChanged' || event.data.to !== 'active') continue;
    const { node: unit, reason } = event.data;
    const pair = pairs.get(unit) ?? '';
    const { atNs, position } = event;
    if (hadActive.has(pair)) takeovers.push({ pair, unit, atNs, position, reason, after, tookNs: after && atNs - after.atNs });
    hadActive.add(pair);
  }
  return takeovers;
}

/** What the network believes: while one of these comes, it has not settled. */
const BELIEFS: ReadonlySet<string> = new Set([
  'HaStateChanged',
  'NeighbourUpdated',
  'MacMoved',
  'UplinkChanged',
  'TeamUplinkChanged',
  'InterfaceLinkChanged',
  'PortStateChanged',
]);

/** The last deed of the world, and the last event after it that changed what the network believes (null: none did). */
export interface Settling {
  readonly deed: LabEvent;
  readonly last: LabEvent | null;
}

/** Null when the world has done nothing but define the lab. */
export function settlingOf(events: readonly LabEvent[]): Settling | null {
  const deed = events.findLast(isDeed);
  if (deed === undefined) return null;
  return { deed, last: events.findLast(({ type, position }) => BELIEFS.has(type) && position > deed.position) ?? null };
}

/** A command that was carried out, or a report from outside. */
function isDeed({ type }: LabEvent): boolean {
  return type === 'CommandAccepted' || type === 'CarrierReported' || type === 'FramesReceived';
}
