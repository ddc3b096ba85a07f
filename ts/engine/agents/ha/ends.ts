/** The ends of a pair's control links, and what is recorded of a unit. */
import type { Endpoint } from '../../../model/lab/endpoint.ts';
import { type ControlLink, controlLinksOf } from '../../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { controlAddress, controlPort, interfaceAt, type LabIndex } from '../../../model/lab/lab-index.ts';
import type { HaState } from '../../../model/state/ha-state.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { HaMemory } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';

/** Both ends of HA2 as a unit sees them; null where the pair has none. */
export function ha2PortsOf(turn: Turn, node: string): { readonly own: Endpoint; readonly peer: Endpoint } | null {
  const unit = unitOf(turn, node);
  if (unit?.pair.ha2 === undefined) return null;
  return { own: `${node}:${unit.pair.ha2}`, peer: `${unit.peer.node}:${unit.pair.ha2}` };
}

/** A unit's place in its pair. */
export type Membership = NonNullable<ReturnType<LabIndex['ha']['get']>>;

export interface LinkEnds {
  readonly own: LabInterface;
  readonly peer: Endpoint;
  readonly ownIp: Ipv4;
  readonly peerIp: Ipv4;
  readonly peerMac: Mac;
}

/** A unit that runs: its place in its pair and its memory. Null for a node that is in no pair, or has no power. */
export function unitOf(turn: Turn, node: string): (Membership & { readonly memory: HaMemory }) | null {
  const membership = turn.index.ha.get(node);
  const memory = turn.memory(node).ha;
  return membership === undefined || memory === null ? null : { ...membership, memory };
}

/**
 * Both ends of a control link as one unit sees them. Control links need no ARP: both units are configured with each other's addresses
 * (the lab's choice). Null when the link has no interface or no address.
 */
export function endsOf(turn: Turn, node: string, link: ControlLink): LinkEnds | null {
  const membership = turn.index.ha.get(node);
  if (membership === undefined) return null;
  const { pair, self, peer: other } = membership;
  const own = interfaceAt(turn.index, controlPort(pair, self, link));
  const peer = controlPort(pair, other, link);
  const ownIp = controlAddress(turn.index, pair, self, link);
  const peerIp = controlAddress(turn.index, pair, other, link);
  if (own === undefined || interfaceAt(turn.index, peer) === undefined || ownIp === null || peerIp === null) return null;
  return { own, peer, ownIp, peerIp, peerMac: turn.state.interfaces[peer]?.usedMac as Mac };
}

/** The control link that an interface carries; null for none. */
export function controlLinkAt(index: LabIndex, iface: LabInterface): ControlLink | null {
  const membership = index.ha.get(iface.node);
  if (membership === undefined) return null;
  const { pair, self } = membership;
  return controlLinksOf(pair).find((link) => controlPort(pair, self, link) === `${iface.node}:${iface.name}`) ?? null;
}

/** The MAC of a unit's HA1 port, which decides an election between equal priorities (rule HA-06). */
export function ha1MacOf(turn: Turn, node: string): string {
  const ends = endsOf(turn, node, 'ha1');
  return ends === null ? '' : (turn.state.interfaces[`${node}:${ends.own.name}`]?.usedMac ?? '');
}

/** @throws for a node that is in no pair. */
export function haOf(turn: Turn, node: string): Readonly<HaState> {
  const ha = turn.state.ha[node];
  if (ha === undefined) throw new Error(`${node} is in no HA pair`);
  return ha;
}
