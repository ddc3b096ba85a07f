/** Static routes of nodes, and those that a firewall has of its peer (rule HA-19). */
import { formatPrefix, parseIpv4, parseIpv4Prefix } from '../../values/ipv4-address.ts';
import type { LabNode, Route } from './nodes.ts';

/** The routes by which a node forwards. Configured ones come first: a network that has one is not the peer's. */
export function routesInUse(node: LabNode): readonly Route[] {
  if (!('routes' in node)) return [];
  if (node.kind !== 'firewall' || node.peerRoutes === undefined) return node.routes;
  const own = new Set(node.routes.map(({ network }) => formatPrefix(network)));
  return [...node.routes, ...node.peerRoutes.filter(({ network }) => !own.has(formatPrefix(network)))];
}

/** "10.9.0.0/16 via 192.0.2.10". */
export function formatRoute({ network, via }: Route): string {
  return `${formatPrefix(network)} via ${via}`;
}

/** Null for a text that is no route. */
export function parseRoute(text: string): Route | null {
  const [to = '', via = ''] = text.split(' via ', 2);
  const [network, hop] = [parseIpv4Prefix(to), parseIpv4(via)];
  return network === null || hop === null ? null : { network, via: hop };
}
