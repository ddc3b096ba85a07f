/**
 * Control links: which of them work (rules HA-02, HA-03). A link is dead when it was declared down, or when three heartbeats in a row
 * were lost on it; the peer is lost only when all links are dead.
 */
import type { Position } from '../../../model/events/events.ts';
import { type ControlLink, controlLinksOf, DATA_LINKS, type DataLink, dataLinksOf } from '../../../model/lab/ha-pair.ts';
import { sayAndLog, type Turn } from '../../turn/turn.ts';
import { dataPortsOf, endsOf, haOf } from './ends.ts';

/** Rule HA-07. */
export const MISSES_MAX = 3;

/** The control links of a unit, the preferred first; none for a node that is in no pair. */
export function linksOf(turn: Turn, node: string): readonly ControlLink[] {
  const membership = turn.index.ha.get(node);
  return membership === undefined ? [] : controlLinksOf(membership.pair);
}

/** Whether nothing is expected of a link any more. */
export function isDead(turn: Turn, node: string, link: ControlLink): boolean {
  const memory = turn.memory(node).ha?.links[link];
  return (memory?.misses ?? 0) >= MISSES_MAX || haOf(turn, node).linksDown.includes(link);
}

/** The first link that works, has carrier, and is complete; ha1 when there is none. */
export function linkInUse(turn: Turn, node: string): ControlLink {
  const works = (link: ControlLink): boolean => {
    const ends = endsOf(turn, node, link);
    return ends !== null && !isDead(turn, node, link) && (turn.state.interfaces[`${node}:${ends.own.name}`]?.isUp ?? false);
  };
  return linksOf(turn, node).find(works) ?? 'ha1';
}

/** The first data link that works and has carrier; null where HA2 as a whole is down, or the pair has none (rule HA-02). */
export function dataLinkInUse(turn: Turn, node: string): DataLink | null {
  const pair = turn.index.ha.get(node)?.pair;
  if (pair === undefined) return null;
  const works = (link: DataLink): boolean => {
    const isUp = turn.state.interfaces[dataPortsOf(turn, node, link)?.own ?? '']?.isUp ?? false;
    return isUp && !haOf(turn, node).linksDown.includes(link);
  };
  return dataLinksOf(pair).find(works) ?? null;
}

/** How a unit learns that a link went or came: by carrier, or by what it hears. */
const LOG_IDS = { carrier: 'ha1-link-change', connection: 'connect-change' } as const;

/** Declares a link down or up (rule HA-02): HaLinkChanged and its line in the system log. */
export function declareLink(
  turn: Turn,
  node: string,
  { link, up, by }: { readonly link: ControlLink | DataLink; readonly up: boolean; readonly by: keyof typeof LOG_IDS },
  cause: Position,
): Position {
  const text = `${link} ${by} of ${node} is ${up ? 'up' : 'down'}`;
  const severity = up ? 'informational' : 'critical';
  return sayAndLog(
    turn,
    'HaLinkChanged',
    cause,
    { node, link, up },
    { eventId: DATA_LINKS.some((one) => one === link) ? 'ha2-link-change' : LOG_IDS[by], severity, text },
  );
}
