/**
 * The way a flow's frames take: over cables, switches, vSwitches and NICs to the next hop, over firewalls and routers to the address.
 *
 * An approximation in two things: of several ways through a segment it is the shortest, and of a pair's two units the one that the file
 * names first.
 */
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { Flow } from '../../model/lab/flow.ts';
import { indexLab, type LabIndex, nodeNamed } from '../../model/lab/lab-index.ts';
import type { LabNode } from '../../model/lab/nodes.ts';
import { isSwitchKind } from '../../model/lab/nodes.ts';
import { lineOwner, subinterfacesOf } from '../../model/lab/subinterface.ts';
import { type Ipv4, prefixContains } from '../../values/ipv4-address.ts';
import { isIpv6 } from '../../values/ipv6-address.ts';
import type { LabView } from './lab-view.ts';

/** More firewalls and routers than a frame meets in any lab that makes sense: routes may lead in a circle. */
const HOPS_MAX = 16;

/** Interfaces in the order in which frames pass them: out of one, into the next. As far as there is a way. */
export type Way = readonly Endpoint[];

/** The way of every flow, by its name. */
export function waysOf(view: LabView): ReadonlyMap<string, Way> {
  const index = indexLab(view.lab);
  const known = new Map<string, Way>();
  return new Map(
    view.lab.flows.map((flow) => {
      const key = `${flow.from} ${flow.to}`;
      const way = known.get(key) ?? wayOf(view, index, flow);
      known.set(key, way);
      return [flow.name, way];
    }),
  );
}

function wayOf(view: LabView, index: LabIndex, { from, to }: Flow): Way {
  // Routes for IPv6 may be learned while the lab runs: nothing is foreseen about them.
  if (isIpv6(to)) return [];
  const way: Endpoint[] = [];
  for (let hops = 0, out: Endpoint | null = from; out !== null && hops < HOPS_MAX; hops++) {
    const next = nextHop(index, splitEndpoint(out).node, to);
    const stretch = next === null ? [] : acrossSegment(view, index, out, next);
    way.push(...stretch);
    const last = stretch.at(-1);
    if (last === undefined || next === to) break;
    out = egressOf(index, splitEndpoint(last).node, to);
  }
  return way;
}

/** The address to which a node sends for another: itself where it is near, else the next hop of the longest route. */
function nextHop(index: LabIndex, name: string, to: Ipv4): Ipv4 | null {
  if ((index.byNode.get(name) ?? []).some(({ ipv4 }) => ipv4.some((network) => prefixContains(network, to)))) return to;
  const node: LabNode | undefined = nodeNamed(index, name);
  const routes = node !== undefined && 'routes' in node ? node.routes : [];
  const fitting = routes.filter(({ network }) => prefixContains(network, to));
  return fitting.toSorted((a, b) => b.network.prefix - a.network.prefix)[0]?.via ?? null;
}

function egressOf(index: LabIndex, name: string, to: Ipv4): Endpoint | null {
  const hop = nextHop(index, name, to);
  const out = (index.byNode.get(name) ?? []).find(
    ({ ipv4 }) => hop !== null && ipv4.some((network) => prefixContains(network, hop)),
  );
  return out === undefined ? null : endpointOf(out);
}

/** The interfaces from one station to the nearest that has an address, both included; empty where no way leads there. */
function acrossSegment(view: LabView, index: LabIndex, from: Endpoint, address: Ipv4): Endpoint[] {
  const segment = view.segments.get(from);
  const line = lineOwner(index, from);
  const came = new Map<Endpoint, Endpoint | null>([[line, null]]);
  const queue = [line];
  for (const out of queue) {
    const into = index.peers.get(out);
    if (into === undefined || came.has(into)) continue;
    came.set(into, out);
    const { node } = splitEndpoint(into);
    const ports = index.byNode.get(node) ?? [];
    if (isSwitchKind(nodeNamed(index, node)?.kind ?? 'host')) {
      for (const port of ports.map(endpointOf)) {
        if (came.has(port)) continue;
        came.set(port, into);
        queue.push(port);
      }
    } else if (stationsAt(index, into).some((one) => view.segments.get(one) === segment && hasAddress(index, one, address))) {
      return backFrom(came, into);
    }
  }
  return [];
}

/** An interface and its subinterfaces. */
function stationsAt(index: LabIndex, endpoint: Endpoint): readonly Endpoint[] {
  return [endpoint, ...subinterfacesOf(index, endpoint).map(endpointOf)];
}

function hasAddress(index: LabIndex, endpoint: Endpoint, wanted: Ipv4): boolean {
  const iface = index.lab.interfaces[index.interfaces.get(endpoint) ?? -1];
  return iface?.ipv4.some(({ address }) => address === wanted) ?? false;
}

function backFrom(came: ReadonlyMap<Endpoint, Endpoint | null>, end: Endpoint): Endpoint[] {
  const way: Endpoint[] = [];
  for (let at: Endpoint | null | undefined = end; at; at = came.get(at)) way.unshift(at);
  return way;
}
