/**
 * A pair in a cloud (rule HA-22): the fabric ignores the gratuitous ARP of a new active unit, which calls the API instead. Traffic resumes when
 * the call is done, not when the role changes.
 *
 *   HaStateChanged ──► CloudCallStarted ── the call takes its time ──► CloudAddressMoved | CloudRouteChanged … ──► CloudCallEnded
 *
 * Interfaces that move take theirs along: MAC, addresses (cloud-interfaces.ts).
 *
 * Decision someone may dispute: a call that is under way is given up when its unit is no longer active. The calls of one failover end together.
 */
import type { Position } from '../../../model/events/events.ts';
import type { CloudMove } from '../../../model/lab/cloud.ts';
import { endpointOf, type NodeName, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { fabricMac, fabricPorts } from '../../../model/lab/fabric.ts';
import { dataInterfaces } from '../../../model/lab/lab-index.ts';
import type { Router } from '../../../model/lab/nodes.ts';
import { neighbourAt } from '../../../model/state/neighbour-state.ts';
import { formatPrefix } from '../../../values/ipv4-address.ts';
import type { Turn } from '../../turn/turn.ts';
import { attachTo, detachFromPeer, lacksInterfaces, untilDetached } from './cloud-interfaces.ts';
import { unitOf } from './ends.ts';

/** The unit became active because of the event at `cause`. What the API knows of it already needs no call. */
export function callCloud(turn: Turn, node: NodeName, cause: Position): void {
  const cloud = unitOf(turn, node)?.pair.cloud;
  if (cloud === undefined || !isCallNeeded(turn, node, cloud)) return;
  turn.say('CloudCallStarted', cause, { node, moves: cloud.moves, takesNs: cloud.takesNs });
  turn.wake(node, 'cloud', turn.nowNs + (cloud.moves === 'interfaces' ? untilDetached(cloud) : cloud.takesNs));
}

/** The unit is no longer active, or lost its power. */
export function giveUpCall(turn: Turn, node: NodeName, cause: Position): void {
  if (turn.state.cloudCalls[node] === undefined) return;
  turn.wake(node, 'cloud', null);
  turn.say('CloudCallEnded', cause, { node, outcome: 'given-up' });
}

/** The call is done. */
export function cloudTick(turn: Turn, node: NodeName): void {
  const cloud = unitOf(turn, node)?.pair.cloud;
  const cause = turn.state.cloudCalls[node];
  if (cloud === undefined || cause === undefined) return;
  if (cloud.moves === 'interfaces' && detachFromPeer(turn, node, cause)) {
    turn.wake(node, 'cloud', turn.nowNs + cloud.takesNs - untilDetached(cloud));
    return;
  }
  if (cloud.moves === 'interfaces') attachTo(turn, node, cause);
  else if (cloud.moves === 'addresses') for (const address of addressesToMove(turn, node)) moveAddress(turn, address, cause);
  else for (const change of routesToMove(turn, node)) turn.say('CloudRouteChanged', cause, change);
  turn.say('CloudCallEnded', cause, { node, outcome: 'done' });
}

function isCallNeeded(turn: Turn, node: NodeName, { moves }: CloudMove): boolean {
  if (moves === 'interfaces') return lacksInterfaces(turn, node);
  return moves === 'addresses' ? addressesToMove(turn, node).length > 0 : routesToMove(turn, node).length > 0;
}

interface AddressToMove {
  readonly fabric: NodeName;
  readonly ip: string;
  readonly old: string;
  readonly new: string;
}

/** Addresses of the unit that a fabric has at another interface. */
function addressesToMove(turn: Turn, node: NodeName): AddressToMove[] {
  return dataInterfaces(turn.index, node).flatMap((iface) => {
    const own = endpointOf(iface);
    const fabric = splitEndpoint(turn.index.peers.get(own) ?? '').node;
    const bindings = fabricsOf(turn).includes(fabric) ? turn.state.inspections[fabric]?.bindings : undefined;
    const mac = fabricMac(turn.index, own);
    if (bindings === undefined || mac === null) return [];
    return iface.ipv4.flatMap(({ address }) => {
      const old = bindings[address] ?? '';
      return old === mac ? [] : [{ fabric, ip: address, old, new: mac }];
    });
  });
}

/** The fabric has the address at another interface, and its routers know that at once. */
function moveAddress(turn: Turn, { fabric, ip, old, new: mac }: AddressToMove, cause: Position): void {
  const position = turn.say('CloudAddressMoved', cause, { node: fabric, ip, old, new: mac });
  for (const { iface } of fabricPorts(turn.index, fabric)) {
    const { node, name } = splitEndpoint(iface);
    if (!routersOf(turn).some((router) => router.name === node)) continue;
    const entry = neighbourAt(turn.state, node, name, ip);
    if (entry !== undefined && entry.mac !== mac)
      turn.say('NeighbourUpdated', position, { node, interface: name, ip, old: entry.mac, new: mac });
  }
}

/** Routes of the cloud's routers that lead to an interface of the peer, with the address of the same interface of the unit. */
function routesToMove(turn: Turn, node: NodeName): { node: NodeName; network: string; old: string; new: string }[] {
  const peer = turn.index.ha.get(node)?.peer.node ?? '';
  return dataInterfaces(turn.index, peer).flatMap((theirs) => {
    const ours = dataInterfaces(turn.index, node).find(({ name }) => name === theirs.name)?.ipv4[0]?.address;
    return routersOf(turn).flatMap(({ name, routes }) =>
      routes
        .filter(({ via }) => theirs.ipv4.some(({ address }) => address === via) && ours !== undefined && via !== ours)
        .map(({ network, via }) => ({ node: name, network: formatPrefix(network), old: via, new: ours ?? '' })),
    );
  });
}

function fabricsOf({ index }: Turn): NodeName[] {
  return index.lab.nodes.flatMap((node) => (node.kind === 'switch' && node.fabric !== undefined ? [node.name] : []));
}

function routersOf({ index }: Turn): Router[] {
  return index.lab.nodes.filter((node): node is Router => node.kind === 'router' && node.fabric !== undefined);
}
