/**
 * Duplicate address detection (RFC 4862, section 5.4) of the addresses that hosts make: one probe, and a second of silence. Meanwhile an address is
 * tentative and not used, or optimistic and used (RFC 4429), as the file says.
 *
 * Decisions someone may dispute: the probe leaves at once, not within a second, which only keeps hosts apart that start together; and addresses
 * of the file are not probed: that they differ is checked before a lab runs.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Ipv6Status } from '../../../model/state/ipv6-state.ts';
import { neighbourKey } from '../../../model/state/neighbour-state.ts';
import { groupMac, type Ipv6, solicitedNode, UNSPECIFIED } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { emitDiscovery } from '../../../wire/neighbour-discovery.ts';
import type { Turn } from '../../turn/turn.ts';
import { discoveryFrame, usedMac } from './solicitation.ts';

/** RFC 4861, section 10: RETRANS_TIMER. */
const SILENCE_NS = 1_000_000_000;

/** What an address is when an interface has just made it. */
export function statusOfNew({ ipv6 }: LabInterface): 'tentative' | 'optimistic' | 'preferred' {
  if (ipv6?.duplicateDetection === undefined) return 'preferred';
  return ipv6.duplicateDetection === 'on' ? 'tentative' : 'optimistic';
}

/** Begins to ask whether another station has an address; the probe leaves with the node's next tick. */
export function startProbing6(turn: Turn, { node, name }: LabInterface, ip: Ipv6, cause: Position): void {
  turn.memory(node).ipv6.probes[neighbourKey(ip, name)] = { isSent: false, nextNs: turn.nowNs, cause };
}

/** A node has power again: what it was probing, it probes anew. */
export function probeAgain6(turn: Turn, node: string, cause: Position): void {
  for (const iface of turn.index.byNode.get(node) ?? []) {
    for (const { ip, status } of turn.state.addresses6[endpointOf(iface)] ?? []) {
      if (status === 'tentative' || status === 'optimistic') startProbing6(turn, iface, ip, cause);
    }
  }
}

/** Sends the probes that are due, and takes the addresses for which nobody spoke. Returns when the next is due; null for none. */
export function probeTick(turn: Turn, node: string): number | null {
  const { probes } = turn.memory(node).ipv6;
  for (const iface of turn.index.byNode.get(node) ?? []) {
    for (const { ip } of [...(turn.state.addresses6[endpointOf(iface)] ?? [])]) {
      const probe = probes[neighbourKey(ip, iface.name)];
      if (probe === undefined || probe.nextNs > turn.nowNs) continue;
      if (probe.isSent) settle(turn, iface, ip, 'preferred', '', probe.cause);
      else {
        Object.assign(probe, { isSent: true, nextNs: turn.nowNs + SILENCE_NS });
        turn.send(endpointOf(iface), probeFrame(turn, iface, ip), probe.cause);
      }
    }
  }
  const due = Object.values(probes).map(({ nextNs }) => nextNs);
  return due.length === 0 ? null : Math.min(...due);
}

/** RFC 4861, section 4.3: from nobody, without an address of its sender, to the group of the address. */
function probeFrame(turn: Turn, iface: LabInterface, ip: Ipv6): Uint8Array {
  const group = solicitedNode(ip);
  const packet = emitDiscovery({ kind: 'solicitation', target: ip, mac: null }, UNSPECIFIED, group);
  return discoveryFrame(usedMac(turn, iface), groupMac(group), packet);
}

/** Another station has an address, or probes it at the same time. Where this one is being probed here, it is a duplicate, and is not used. */
export function hearClaim(turn: Turn, iface: LabInterface, ip: Ipv6, mac: Mac, cause: Position): void {
  if (turn.memory(iface.node).ipv6.probes[neighbourKey(ip, iface.name)] === undefined || mac === usedMac(turn, iface)) return;
  settle(turn, iface, ip, 'duplicate', mac, cause);
}

function settle(
  turn: Turn,
  iface: LabInterface,
  ip: Ipv6,
  status: Ipv6Status & ('preferred' | 'duplicate'),
  mac: string,
  cause: Position,
): void {
  const { node, name } = iface;
  delete turn.memory(node).ipv6.probes[neighbourKey(ip, name)];
  const own = turn.state.addresses6[endpointOf(iface)]?.find((one) => one.ip === ip);
  if (own === undefined) return;
  const { prefix, origin } = own;
  turn.say('Ipv6AddressChanged', cause, { node, interface: name, ip, prefix, origin, status, mac });
}
