/**
 * Layer-2 segments: which interfaces hear each other's broadcasts, by cables, switches and VLANs.
 *
 * For errors and warnings only. A station on a trunk port is in the VLANs of its subinterfaces, and itself untagged.
 */
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { isSwitchKind, type NodeKind } from '../../model/lab/nodes.ts';
import { isSubinterface, lineOwnerOf } from '../../model/lab/subinterface.ts';
import { groupBy } from '../../values/group-by.ts';

const TRUNK = 4095;

export type Segments = ReadonlyMap<Endpoint, string>;

/** What joins what: a station by its endpoint, a switch in one VLAN by "node vlan". */
interface Forest {
  find(item: string): string;
  join(a: string, b: string): void;
}

/** The end of a cable: a station or an access port gives and takes untagged frames, a trunk or one with subinterfaces those of every VLAN. */
export interface CableEnd {
  readonly isTrunk: boolean;
  /** The station or bridge behind the end for frames with this tag. */
  behind(tag: number): string;
}

/** The segment of every interface of a host, firewall or router. */
export function segmentsOf({ nodes, interfaces, links }: Lab): Segments {
  const forest = emptyForest();
  const kinds = new Map(nodes.map(({ name, kind }) => [name, kind]));
  const subs = groupBy(interfaces.filter(isSubinterface), lineOwnerOf);
  const byName = new Map(interfaces.map((iface) => [endpointOf(iface), iface]));
  const ends = new Map(
    interfaces.map((iface) => {
      const acting = actingFor(byName, iface);
      return [endpointOf(iface), cableEnd(acting, kinds.get(iface.node), subs.get(endpointOf(acting)))];
    }),
  );
  const vlans = new Set([0, ...interfaces.map(({ vlan }) => vlan).filter((vlan) => vlan !== TRUNK)]);
  for (const { a, b, standby } of links) {
    if (standby === true) continue;
    const [one, other] = [ends.get(a), ends.get(b)];
    if (one === undefined || other === undefined) continue;
    for (const tag of one.isTrunk && other.isTrunk ? vlans : [0]) forest.join(one.behind(tag), other.behind(tag));
  }
  const stations = interfaces.filter(({ node }) => !isSwitchKind(kinds.get(node) ?? 'host'));
  return new Map(stations.map((iface) => [endpointOf(iface), forest.find(ends.get(endpointOf(iface))?.behind(0) ?? '')]));
}

/** The interface that acts where a cable ends: of a member of an aggregate, the aggregate. */
export function actingFor(interfaces: ReadonlyMap<Endpoint, LabInterface>, iface: LabInterface): LabInterface {
  return iface.memberOf === undefined ? iface : (interfaces.get(`${iface.node}:${iface.memberOf}`) ?? iface);
}

/** @param subs the subinterfaces of an interface. */
export function cableEnd(iface: LabInterface, kind: NodeKind | undefined, subs: readonly LabInterface[] = []): CableEnd {
  const { node, mode, vlan, bridge } = iface;
  if (mode === 'virtual-wire') return { isTrunk: true, behind: (tag) => `${node} ${bridge} ${tag}` };
  if (kind === undefined || !isSwitchKind(kind)) {
    const placeOf = (one: LabInterface) => (one.bridge === undefined ? endpointOf(one) : `${node} ${one.bridge}`);
    const ofTag = (tag: number) => (tag === 0 ? iface : subs.find((sub) => sub.vlan === tag));
    return { isTrunk: subs.length > 0, behind: (tag) => placeOf(ofTag(tag) ?? { ...iface, name: `${iface.name}?${tag}` }) };
  }
  const isTrunk = mode === 'uplink' || vlan === TRUNK || (vlan === 0 && kind !== 'vswitch');
  return { isTrunk, behind: (tag) => `${node} ${isTrunk ? tag : vlan}` };
}

function emptyForest(): Forest {
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
  return { find, join };
}
