/**
 * Why a frame that is awaited does not come. Nothing happens when a timeout ends, so its cause is what happened before:
 *
 * 1. what keeps frames off now: a node without power, a port without carrier or shut, a process that stopped. Of several, the
 *    first: with it, the frames would not have come even without the others;
 * 2. else the drop of the awaited frame, or of the one that asks for it;
 * 3. else the latest recorded change of the path: of its interfaces, and of what its switches and VFs let pass;
 * 4. else the event that the last frame was sent for.
 *
 * Of 1 and 3, only what was recorded after the last frame from there counts: that one still came through.
 */
import type { Position } from '../../model/events/events.ts';
import { aggregateOf } from '../../model/lab/aggregates.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import { type Path, pathBetween } from '../../model/lab/path.ts';
import type { Turn } from './turn.ts';

export interface Awaited {
  /** Where the frame is awaited, and where it would come from. */
  readonly at: Endpoint;
  readonly from: Endpoint;
  /** The last event that was recorded when the last frame from there was sent; 0 when none ever came. */
  readonly heard: Position;
  /** When the first of the frames was sent that should have come, or that ask for it. */
  readonly sinceNs: number;
  /** The last event that was recorded when the first frame was missed: a later change of the path is not why. */
  readonly missedAt?: Position;
  /** Both ends know each other's address: no frame for a group is awaited. */
  readonly isForStation?: boolean;
  /** A unit whose HA process would have sent it. */
  readonly process?: string;
  /** The event that the last frame was sent for. */
  readonly otherwise: Position;
}

/** The event that a silence is blamed on. */
export function causeOfSilence(turn: Turn, awaited: Awaited): Position {
  const path = pathBetween(turn.index, awaited.at, awaited.from);
  const first = blockers(turn, path, awaited.process).find((position) => position > awaited.heard);
  return first ?? lostFrame(turn, path, awaited) ?? latestChange(turn, path, awaited.heard, awaited.missedAt) ?? awaited.otherwise;
}

/** What keeps frames from crossing a path now, earliest first. @param process a unit whose HA process must run. */
export function blockers(turn: Turn, path: Path, process?: string): readonly Position[] {
  const { nodes, interfaces, ha } = turn.state;
  const found: Position[] = [];
  for (const name of path.nodes) {
    const node = nodes[name];
    if (node?.power === 'crashed') found.push(node.since);
  }
  for (const endpoint of path.interfaces) {
    const iface = interfaces[endpoint];
    // A member without carrier keeps nothing off while its aggregate works.
    const aggregate = aggregateOf(turn.index, endpoint);
    if (aggregate !== undefined && interfaces[endpointOf(aggregate)]?.isUp === true) continue;
    if (iface?.isUp === false) found.push(iface.carrierSince);
    if (iface !== undefined && iface.portState !== 'forwarding') found.push(iface.portSince);
  }
  const unit = ha[process ?? ''];
  if (unit?.isProcessRunning === false) found.push(unit.processSince);
  return found.sort((a, b) => a - b);
}

/** The latest change of a path that happened after `heard`, what opens it again included, and by `until`; null for none. */
export function latestChange(turn: Turn, path: Path, heard: Position, until: Position = Number.MAX_SAFE_INTEGER): Position | null {
  const { nodes, interfaces } = turn.state;
  const changes = [
    ...[...path.nodes].flatMap((name) => [nodes[name]?.since ?? 0, nodes[name]?.settingsSince ?? 0]),
    ...[...path.interfaces].map((endpoint) => interfaces[endpoint]?.since ?? 0),
  ];
  const latest = Math.max(0, ...changes.filter((position) => position > heard && position <= until && turn.hasHappened(position)));
  return latest === 0 ? null : latest;
}

/**
 * The drop of a frame that one end sent since then, on the way to the other; null for none. A frame for one station tells more than one
 * for a group: of that, another copy may have arrived. Copies that others lost are not awaited.
 */
export function lostFrame(
  turn: Turn,
  path: Path,
  { at, from, sinceNs, isForStation = false }: Pick<Awaited, 'at' | 'from' | 'sinceNs' | 'isForStation'>,
): Position | null {
  const kinds = isForStation ? [false] : [false, true];
  const found = kinds.flatMap((copies) => [at, from].map((end) => turn.lostFrame(end, copies)));
  return found.find((lost) => lost !== null && lost.atNs >= sinceNs && path.interfaces.has(lost.at))?.position ?? null;
}
