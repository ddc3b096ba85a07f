/** Which address a node's own packets have: that of the interface they leave by, as its routes say. */
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import { type Ipv4, prefixContains } from '../../../values/ipv4-address.ts';

export interface Source {
  readonly iface: LabInterface;
  readonly address: Ipv4;
}

/** Null without a route, as the data plane routes (asm/decide/layer3.ts, `findRoute`): the longest prefix, then the first. */
export function sourceFor(index: LabIndex, name: string, ip: Ipv4): Source | null {
  const node = nodeNamed(index, name);
  const own = index.byNode.get(name) ?? [];
  const connected = own.flatMap((iface) =>
    iface.ipv4
      .filter((prefix) => prefixContains(prefix, ip))
      .map((prefix) => ({ iface, address: prefix.address, length: prefix.prefix })),
  );
  const routes = node !== undefined && 'routes' in node ? node.routes.filter(({ network }) => prefixContains(network, ip)) : [];
  const routed = routes.flatMap(({ network, via, leasedBy }) => {
    const out = own.flatMap((iface) =>
      // In a PPPoE session the next hop is in no network of the interface.
      iface.ipv4
        .filter((one) => (iface.pppoe !== undefined && iface.name === leasedBy) || prefixContains(one, via))
        .map((one) => ({ iface, address: one.address })),
    );
    return out.slice(0, 1).map((one) => ({ ...one, length: network.prefix }));
  });
  const [best] = [...connected, ...routed].sort((a, b) => b.length - a.length);
  return best ?? null;
}
