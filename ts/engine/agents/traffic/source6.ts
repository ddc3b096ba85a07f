/** Which address a node's own IPv6 packets have: one of the interface they leave by, as its routes say (RFC 6724, as far as labs need it). */

import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { networksOf } from '../../../model/lab/ipv6.ts';
import { type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import { type Ipv6States, usableAddresses } from '../../../model/state/ipv6-state.ts';
import { type Ipv6, prefixContains6 } from '../../../values/ipv6-address.ts';

export interface Source6 {
  readonly iface: LabInterface;
  readonly address: Ipv6;
}

/** Null without a route, as the data plane routes (ts/dataplane/configure-ipv6.ts), and where the interface has only a link-local address. */
export function sourceFor6(index: LabIndex, state: Readonly<Ipv6States>, name: string, ip: Ipv6): Source6 | null {
  const own = (index.byNode.get(name) ?? []).filter(({ ipv6 }) => ipv6 !== undefined);
  const ways = [...connected(own, state, ip), ...routed(own, index, name, ip), ...learned(own, state, name)];
  const [best] = ways.sort((a, b) => b.length - a.length);
  if (best === undefined) return null;
  const usable = usableAddresses(state, endpointOf(best.iface)).filter(({ origin }) => origin !== 'link-local');
  const near = usable.find(({ ip: address, prefix }) => prefixContains6({ address, prefix }, ip)) ?? usable[0];
  return near === undefined ? null : { iface: best.iface, address: near.ip };
}

interface Way {
  readonly iface: LabInterface;
  /** Of the route's prefix. */
  readonly length: number;
}

function connected(own: readonly LabInterface[], state: Readonly<Ipv6States>, ip: Ipv6): Way[] {
  return own.flatMap((iface) =>
    usableAddresses(state, endpointOf(iface))
      .filter(({ ip: address, prefix }) => prefixContains6({ address, prefix }, ip))
      .map(({ prefix }) => ({ iface, length: prefix })),
  );
}

function routed(own: readonly LabInterface[], index: LabIndex, name: string, ip: Ipv6): Way[] {
  const node = nodeNamed(index, name);
  const routes = node !== undefined && 'routes6' in node ? (node.routes6 ?? []) : [];
  return routes.flatMap(({ network, via }) => {
    const out = own.find(({ ipv6 }) => ipv6 !== undefined && networksOf(ipv6).some((net) => prefixContains6(net, via)));
    return out !== undefined && prefixContains6(network, ip) ? [{ iface: out, length: network.prefix }] : [];
  });
}

/** By default routers that advertised themselves. */
function learned(own: readonly LabInterface[], { routers6 }: Readonly<Ipv6States>, name: string): Way[] {
  return (routers6[name] ?? []).flatMap((router) => {
    const iface = own.find((one) => one.name === router.interface);
    return iface === undefined ? [] : [{ iface, length: 0 }];
  });
}
