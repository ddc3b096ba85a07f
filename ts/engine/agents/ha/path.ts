/** Which way a unit's own packets leave, as its routes say (longest prefix first). */
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces, type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import { routesInUse } from '../../../model/lab/routes.ts';
import { type Ipv4, prefixContains } from '../../../values/ipv4-address.ts';

export interface Way {
  readonly iface: LabInterface;
  /** The interface's address in the network of the next hop. */
  readonly source: Ipv4;
  readonly nextHop: Ipv4;
}

/** The egress interface and next hop towards an address; null where there is no route over a data interface. */
export function wayTo(index: LabIndex, node: string, target: Ipv4): Way | null {
  const direct = connected(index, node, target);
  if (direct !== null) return direct;
  const found = nodeNamed(index, node);
  const [best] = (found === undefined ? [] : [...routesInUse(found)])
    .filter(({ network }) => prefixContains(network, target))
    .sort((a, b) => b.network.prefix - a.network.prefix);
  return best === undefined ? null : connected(index, node, best.via);
}

function connected(index: LabIndex, node: string, nextHop: Ipv4): Way | null {
  for (const iface of dataInterfaces(index, node)) {
    const own = iface.ipv4.find((prefix) => prefixContains(prefix, nextHop));
    if (own !== undefined) return { iface, source: own.address, nextHop };
  }
  return null;
}
