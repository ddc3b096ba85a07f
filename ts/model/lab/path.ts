/** What frames between two interfaces may cross. */
import { aggregateOf, cabledOf } from './aggregates.ts';
import { joinedWith } from './bridge.ts';
import { type Endpoint, endpointOf, splitEndpoint } from './endpoint.ts';
import { type LabIndex, nodeNamed } from './lab-index.ts';
import { lineOwner, subinterfacesOf } from './subinterface.ts';

export interface Path {
  /** Nodes that forward, and those of both ends. */
  readonly nodes: ReadonlySet<string>;
  readonly interfaces: ReadonlySet<Endpoint>;
  /** Whether cables lead from one end to the other. */
  readonly isCabled: boolean;
}

const FORWARDING = new Set(['switch', 'bridge', 'vswitch', 'nic']);

/** A cable, as the two interfaces at its ends. */
type Cable = readonly [Endpoint, Endpoint];

/**
 * Every switch, bridge, NIC and transparent firewall between two interfaces, and the interfaces that join them. What a segment has
 * besides (other guests, switches that lead nowhere else) is left out. Where two ways lead across, both are the path.
 */
export function pathBetween(index: LabIndex, a: Endpoint, b: Endpoint): Path {
  const [ofA, ofB] = [cabledOf(index, lineOwner(index, a)), cabledOf(index, lineOwner(index, b))];
  const ends = new Set([...ofA, ...ofB]);
  let cables = cablesFrom(index, ofA, ends);
  const isCabled = cables.some((cable) => cable.some((end) => ofB.includes(end)));
  for (let before = -1; before !== cables.length; ) {
    before = cables.length;
    const ended = new Set(cables.flat());
    const leadsOn = (end: Endpoint) => exitsOf(index, end).some((exit) => ended.has(exit));
    cables = cables.filter((cable) => cable.every((end) => ends.has(end) || leadsOn(end)));
  }
  const cabled = cables.flat();
  const aggregates = cabled.flatMap((end) => aggregateOf(index, end) ?? []).map(endpointOf);
  const interfaces = new Set([a, b, ...cabled, ...aggregates]);
  return { nodes: new Set([...interfaces].map((one) => splitEndpoint(one).node)), interfaces, isCabled };
}

/** The cables of a segment that join interfaces which frames leave again, or such an interface and one of the ends. */
function cablesFrom(index: LabIndex, start: readonly Endpoint[], ends: ReadonlySet<Endpoint>): readonly Cable[] {
  const cables: Cable[] = [];
  const left = new Set<Endpoint>();
  const queue = [...start];
  for (let endpoint = queue.shift(); endpoint !== undefined; endpoint = queue.shift()) {
    const peer = index.peers.get(endpoint);
    if (peer === undefined) continue;
    const exits = exitsOf(index, peer);
    if (exits.length === 0 && !ends.has(peer)) continue;
    if (!cables.some((cable) => cable.includes(peer))) cables.push([endpoint, peer]);
    const fresh = exits.filter((exit) => !left.has(exit));
    for (const exit of fresh) left.add(exit);
    queue.push(...fresh);
  }
  return cables;
}

/** Where a frame that comes in at an interface may leave: a switch by any other port, a firewall by what it is joined with. */
function exitsOf(index: LabIndex, end: Endpoint): readonly Endpoint[] {
  const { node } = splitEndpoint(end);
  if (!FORWARDING.has(nodeNamed(index, node)?.kind ?? '')) return bridgedFrom(index, end);
  return (index.byNode.get(node) ?? []).map(endpointOf).filter((one) => one !== end);
}

/** The lines by which a firewall passes on what comes in at one: in the hands of the interface there or of its subinterfaces. */
function bridgedFrom(index: LabIndex, end: Endpoint): readonly Endpoint[] {
  const aggregate = aggregateOf(index, end);
  const line = aggregate === undefined ? end : endpointOf(aggregate);
  const members = [line, ...subinterfacesOf(index, line).map(endpointOf)];
  const exits = members.flatMap((member) => joinedWith(index, member)).map((exit) => lineOwner(index, exit));
  const others = [...new Set(exits)].filter((exit) => exit !== line);
  return others.flatMap((exit) => cabledOf(index, exit));
}
