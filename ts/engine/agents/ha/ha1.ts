/** The ends of a pair's HA1, and what is recorded of a unit. */
import type { Endpoint } from '../../../model/lab/endpoint.ts';
import type { HaMember } from '../../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { ha1Address, interfaceAt } from '../../../model/lab/lab-index.ts';
import type { HaState } from '../../../model/state/ha-state.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';

export interface Ha1Ends {
  readonly own: LabInterface;
  readonly ownIp: Ipv4;
  readonly peerIp: Ipv4;
  readonly peerMac: Mac;
}

/** HA1 needs no ARP: both units are configured with each other's addresses. Null when HA1 is not cabled to the peer. */
export function ha1Ends(turn: Turn, node: string): Ha1Ends | null {
  const membership = turn.index.ha.get(node);
  if (membership === undefined) return null;
  const own = interfaceOf(turn, membership.self);
  const peer = interfaceOf(turn, membership.peer);
  if (own === undefined || peer === undefined) return null;
  const peerMac = turn.state.interfaces[`${peer.node}:${peer.name}`]?.usedMac as Mac;
  return { own, ownIp: ha1Address(turn.index, membership.self), peerIp: ha1Address(turn.index, membership.peer), peerMac };
}

function interfaceOf(turn: Turn, member: HaMember): LabInterface | undefined {
  return interfaceAt(turn.index, `${member.node}:${member.ha1}`);
}

export function macOf(turn: Turn, iface: LabInterface): string {
  return turn.state.interfaces[`${iface.node}:${iface.name}`]?.usedMac ?? '';
}

/** @throws for a node that is in no pair. */
export function haOf(turn: Turn, node: string): Readonly<HaState> {
  const ha = turn.state.ha[node];
  if (ha === undefined) throw new Error(`${node} is in no HA pair`);
  return ha;
}

/** The HA1 port of a unit. */
export function ha1Of({ node, ha1 }: HaMember): Endpoint {
  return `${node}:${ha1}`;
}
