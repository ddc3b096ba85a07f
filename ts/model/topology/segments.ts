/**
 * Layer-2 segments: which interfaces hear each other's broadcasts, by cables, switches and vSwitch VLANs.
 *
 * An approximation, for errors and warnings only: physical switches carry every VLAN everywhere, and a trunk port (4095)
 * counts as untagged.
 */
import { type Endpoint, endpointOf, type Lab, type LabInterface } from '../lab.ts';
import { isSwitchKind } from './resolve-interfaces.ts';

const TRUNK = 4095;

export type Segments = ReadonlyMap<Endpoint, string>;

/** The segment of every interface of a host, firewall or router. */
export function segmentsOf({ nodes, interfaces, links }: Lab): Segments {
  const parents = new Map<string, string>();
  const find = (item: string): string => {
    let root = item;
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up;
    if (root !== item) parents.set(item, root);
    return root;
  };
  const join = (a: string, b: string) => {
    const [x, y] = [find(a), find(b)];
    if (x !== y) parents.set(y, x);
  };
  const switches = new Set(nodes.filter(({ kind }) => isSwitchKind(kind)).map(({ name }) => name));
  const vlans = new Map<Endpoint, number>();
  for (const { a, b } of links) join(a, b);
  for (const iface of interfaces) {
    const bridge = bridgeOf(iface, switches);
    // "node" alone cannot be an endpoint: endpoints hold a colon.
    if (bridge !== null) join(bridge, endpointOf(iface));
    if (iface.vlan !== 0 && iface.vlan !== TRUNK) vlans.set(endpointOf(iface), iface.vlan);
  }
  const peers = new Map(
    links.flatMap(({ a, b }): [Endpoint, Endpoint][] => [
      [a, b],
      [b, a],
    ]),
  );
  const stations = interfaces.filter(({ node }) => !switches.has(node)).map(endpointOf);
  return new Map(stations.map((end) => [end, `${find(end)} ${vlans.get(peers.get(end) ?? '') ?? 0}`]));
}

/** What an interface is bridged into: its switch, or a firewall's layer-2 or virtual-wire side. */
function bridgeOf(iface: LabInterface, switches: ReadonlySet<string>): string | null {
  if (switches.has(iface.node)) return iface.node;
  return iface.mode === 'layer2' || iface.mode === 'virtual-wire' ? `${iface.node} ${iface.mode}` : null;
}
