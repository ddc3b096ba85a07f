/**
 * Rings of switches: no spanning tree runs in the lab, so a flooded frame goes round a ring for ever.
 *
 * A vSwitch is no part of a ring, because it never sends from one uplink to another; ports of a bond act as one port (HST-02).
 */
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { LabLink } from '../../model/lab/links.ts';
import type { Problem } from '../draft/draft.ts';
import { actingFor, cableEnd } from '../draft/segments.ts';
import type { LabView } from './lab-view.ts';

const FORWARDING: readonly string[] = ['switch', 'bridge', 'nic'];

/** A cable between two switches for frames of one VLAN. */
interface Edge {
  readonly link: LabLink;
  readonly from: string;
  readonly to: string;
}

/** Each ring once, whichever VLANs go round it. */
export function ringOfSwitches(view: LabView): Problem[] {
  const told = new Set<string>();
  const vlans = new Set([0, ...view.lab.interfaces.map(({ vlan }) => vlan)]);
  return [...vlans].flatMap((vlan) => {
    return ringsOf(edgesOf(view, vlan)).flatMap((ring) => {
      const key = ring
        .map(({ a, b }) => `${a} ${b}`)
        .sort()
        .join('|');
      const [closing] = ring;
      if (told.has(key) || closing === undefined) return [];
      told.add(key);
      return [ringProblem(view, ring, closing)];
    });
  });
}

function ringProblem(view: LabView, ring: readonly LabLink[], closing: LabLink): Problem {
  const links = ring.map(({ a, b }) => `${a} to ${b}`).join(', ');
  return {
    place: view.draft.keyPlace(view.draft.ends.get(closing.a)?.path ?? []),
    message: `${links}: a ring of switches in which no port is blocked, so one broadcast goes round for ever and storms`,
    rule: 'HST-01',
    remedy: `remove the link from ${closing.a} to ${closing.b}, or put parallel ports of a bridge into a bond`,
  };
}

function edgesOf(view: LabView, vlan: number): Edge[] {
  const interfaces = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  const bonded = new Set<string>();
  return view.lab.links.flatMap((link) => {
    const ends = [link.a, link.b].map((end) => forwardingEnd(view, interfaces, end, vlan));
    const [from, to] = ends;
    if (link.reserved || link.standby || from === undefined || to === undefined) return [];
    // The second cable of a bond stands by.
    const bonds = [link.a, link.b].flatMap((end) => bondOf(interfaces.get(end)));
    if (bonds.some((bond) => bonded.has(bond))) return [];
    for (const bond of bonds) bonded.add(bond);
    return [{ link, from, to }];
  });
}

/** The switch and VLAN behind the end of a cable for frames that carry this tag, or none for 0; undefined where nothing forwards. */
function forwardingEnd(
  view: LabView,
  interfaces: ReadonlyMap<Endpoint, LabInterface>,
  end: Endpoint,
  vlan: number,
): string | undefined {
  const iface = interfaces.get(end);
  const kind = view.nodes.get(splitEndpoint(end).node)?.kind;
  if (iface === undefined || kind === undefined || !FORWARDING.includes(kind)) return undefined;
  const { isTrunk, behind } = cableEnd(actingFor(interfaces, iface), kind);
  return isTrunk || vlan === 0 ? behind(vlan) : undefined;
}

function bondOf(iface: LabInterface | undefined): string[] {
  const name = iface?.bond ?? iface?.memberOf;
  return iface === undefined || name === undefined ? [] : [`${iface.node} ${name}`];
}

/** For each cable that closes a ring, the links of that ring, the closing one first. */
function ringsOf(edges: readonly Edge[]): LabLink[][] {
  const tree: Edge[] = [];
  return edges.flatMap((edge) => {
    const path = edge.from === edge.to ? [] : pathBetween(tree, edge.from, edge.to);
    if (path === null) tree.push(edge);
    return path === null ? [] : [[edge.link, ...path]];
  });
}

/** The links between two places of a forest; null where there are none. */
function pathBetween(tree: readonly Edge[], from: string, to: string): LabLink[] | null {
  const came = new Map<string, { readonly back: string; readonly link: LabLink } | null>([[from, null]]);
  const queue = [from];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const edge of tree) {
      const next = edge.from === at ? edge.to : edge.to === at ? edge.from : null;
      if (next === null || came.has(next)) continue;
      came.set(next, { back: at, link: edge.link });
      queue.push(next);
    }
  }
  if (!came.has(to)) return null;
  const path: LabLink[] = [];
  for (let step = came.get(to); step; step = came.get(step.back)) path.push(step.link);
  return path;
}
