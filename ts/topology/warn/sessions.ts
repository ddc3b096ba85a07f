/** Warnings about firewalls with zones: what no session can pass. */
import { endpointOf } from '../../model/lab/endpoint.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import { proxiedAt } from '../../model/lab/proxy-arp.ts';
import { zoneOf } from '../../model/lab/sessions.ts';
import { prefixContains } from '../../values/ipv4-address.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView } from './lab-view.ts';

/** An interface that routes and is in no zone: no policy fits what comes in or goes out there. */
export function interfaceInNoZone(view: LabView): Problem[] {
  return view.lab.interfaces.flatMap((iface) => {
    const node = view.nodes.get(iface.node);
    if (node?.kind !== 'firewall' || node.sessions === undefined) return [];
    const routes = iface.mode === 'layer3' && iface.name !== MANAGEMENT && iface.ipv4.length > 0;
    if (!routes || zoneOf(node.sessions, iface.name) !== null) return [];
    return [
      {
        place: atProperty(view, node.name, 'zones'),
        message: `${endpointOf(iface)} is in no zone: the firewall drops what it would pass on from there or to there (policy-deny)`,
        remedy: `name ${iface.name} in a zone of ${node.name}`,
      },
    ];
  });
}

/** A pool whose addresses are in no network of the interfaces it leads to, and that nobody routes to the firewall. */
export function nobodyFindsThePool(view: LabView): Problem[] {
  return view.lab.nodes.flatMap((node) => {
    if (node.kind !== 'firewall' || node.sessions === undefined) return [];
    const own = view.lab.interfaces.filter((iface) => iface.node === node.name);
    const proxied = new Set(own.flatMap((iface) => proxiedAt(node, iface)));
    const routes = view.lab.nodes.flatMap((other) => ('routes' in other && other !== node ? other.routes : []));
    return node.sessions.nat.flatMap(({ name, pool }, index) => {
      const isRouted = routes.some(({ network }) => prefixContains(network, pool.first));
      if (proxied.has(pool.first) || isRouted) return [];
      return [
        {
          place: atProperty(view, node.name, 'nat', String(index), 'pool'),
          message: `nobody finds the pool of ${name}: ${pool.first} is in no network of ${node.name} behind the rule, and no node has a route to it`,
          remedy: `take addresses of such a network, or add a route to ${pool.first} through ${node.name}`,
        },
      ];
    });
  });
}
