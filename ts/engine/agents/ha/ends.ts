/** The ends of a pair's control links, and what is recorded of a unit. */
import type { Endpoint } from '../../../model/lab/endpoint.ts';
import { type ControlLink, controlLinksOf, type DataLink, dataLinksOf, dataPortName } from '../../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { controlAddress, controlPort, interfaceAt, type LabIndex } from '../../../model/lab/lab-index.ts';
import type { HaState } from '../../../model/state/ha-state.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { HaMemory } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';

/** Both ends of a data link as a unit sees them. */
export interface DataPorts {
  readonly own: Endpoint;
  readonly peer: Endpoint;
}

/** Null where the unit has no such link. The peer's end is where the peer is configured to have it. */
export function dataPortsOf(turn: Turn, node: string, link: DataLink): DataPorts | null {
  const unit = unitOf(turn, node);
  if (unit === null) return null;
  const own = dataPortName(unit.pair, link);
  const peer = dataPortName(turn.index.ha.get(unit.peer.node)?.pair ?? unit.pair, link);
  return own === undefined || peer === undefined ? null : { own: `${node}:${own}`, peer: `${unit.peer.node}:${peer}` };
}

/** The data link that an interface carries; null for none. */
export function dataLinkAt(index: LabIndex, { node, name }: LabInterface): DataLink | null {
  const pair = index.ha.get(node)?.pair;
  return pair === undefined ? null : (dataLinksOf(pair).find((link) => dataPortName(pair, link) === name) ?? null);
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
