/** What frames between two interfaces may cross. */
import { type Endpoint, endpointOf, splitEndpoint } from './endpoint.ts';
import { type LabIndex, nodeNamed } from './lab-index.ts';

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
 * Every switch, bridge and NIC between two interfaces, and the interfaces that join them. What a segment has besides (other guests,
 * switches that lead nowhere else) is left out. Where two ways lead across, both are the path.
 */
export function pathBetween(index: LabIndex, a: Endpoint, b: Endpoint): Path {
  const ends = new Set([a, b]);
  let cables = cablesFrom(index, a, ends);
  const isCabled = cables.some((cable) => cable.includes(b));
  for (let before = -1; before !== cables.length; ) {
    before = cables.length;
    cables = cables.filter((cable) => cable.every((end) => ends.has(end) || leadsOn(cables, end)));
  }
  const interfaces = new Set([a, b, ...cables.flat()]);
  return { nodes: new Set([...interfaces].map((one) => splitEndpoint(one).node)), interfaces, isCabled };
}

/** The cables of a segment that join nodes which forward, or such a node and one of the ends. */
function cablesFrom(index: LabIndex, start: Endpoint, ends: ReadonlySet<Endpoint>): readonly Cable[] {
  const cables: Cable[] = [];
  const seen = new Set<string>();
  const queue = [start];
  for (let endpoint = queue.shift(); endpoint !== undefined; endpoint = queue.shift()) {
    const peer = index.peers.get(endpoint);
    if (peer === undefined) continue;
    const { node } = splitEndpoint(peer);
    const forwards = FORWARDING.has(nodeNamed(index, node)?.kind ?? '');
    if (!forwards && !ends.has(peer)) continue;
    if (!cables.some((cable) => cable.includes(peer))) cables.push([endpoint, peer]);
    if (!forwards || seen.has(node)) continue;
    seen.add(node);
    queue.push(...(index.byNode.get(node) ?? []).map(endpointOf).filter((one) => one !== peer));
  }
  return cables;
}

/** Whether a frame that comes in here can leave the node by another cable. */
function leadsOn(cables: readonly Cable[], end: Endpoint): boolean {
  const { node } = splitEndpoint(end);
  return cables.some((cable) => cable.some((other) => other !== end && splitEndpoint(other).node === node));
}
