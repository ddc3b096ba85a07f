/**
 * Gratuitous ARP from a firewall: one per address after a MAC change (MAC-09), ten per address on becoming active (HA-16).
 */
import type { Position } from '../../../model/events/events.ts';
import { isLogical } from '../../../model/hardware/firewall-mac.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces } from '../../../model/lab/lab-index.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { emitArpFrame, garpRequest } from '../../../wire/arp.ts';
import type { Turn } from '../../turn/turn.ts';

/** Rule HA-16: two at once, then one per second for eight seconds. */
export const GARP_BURST = 10;
const GARP_AT_ONCE = 2;
const GARP_STEP_NS = 1_000_000_000;

/** One gratuitous ARP for every address of an interface, from the MAC it uses now. */
export function announce(turn: Turn, iface: LabInterface, seq: number, cause: Position): void {
  // An address in a PPPoE session, or of an interface without a cable, is nobody's neighbour on a segment.
  if (iface.pppoe !== undefined || isLogical(iface)) return;
  const endpoint = endpointOf(iface);
  const mac = turn.state.interfaces[endpoint]?.usedMac as Mac;
  for (const { address } of iface.ipv4) announceAddress(turn, iface, address, mac, seq, cause);
}

export function announceAddress(turn: Turn, iface: LabInterface, ip: Ipv4, mac: Mac, seq: number, cause: Position): void {
  const position = turn.say('GarpSent', cause, { node: iface.node, interface: iface.name, ip, mac, seq });
  turn.send(endpointOf(iface), emitArpFrame(garpRequest(mac, ip)), position);
}

/** Starts the burst of a unit that became active because of the event at `cause`. */
export function startBurst(turn: Turn, node: string, cause: Position): void {
  for (let seq = 1; seq <= GARP_AT_ONCE; seq++) announceAll(turn, node, seq, cause);
  turn.memory(node).garp = { seq: GARP_AT_ONCE + 1, nextNs: turn.nowNs + GARP_STEP_NS, cause };
  turn.wake(node, 'garp', turn.nowNs + GARP_STEP_NS);
}

/** The burst's next second. */
export function continueBurst(turn: Turn, node: string): void {
  const burst = turn.memory(node).garp;
  if (burst === null) return;
  announceAll(turn, node, burst.seq, burst.cause);
  burst.seq++;
  burst.nextNs += GARP_STEP_NS;
  if (burst.seq > GARP_BURST) turn.memory(node).garp = null;
  else turn.wake(node, 'garp', burst.nextNs);
}

/** A unit that is no longer active owes nobody an announcement. */
export function stopBurst(turn: Turn, node: string): void {
  turn.memory(node).garp = null;
  turn.wake(node, 'garp', null);
}

function announceAll(turn: Turn, node: string, seq: number, cause: Position): void {
  for (const iface of dataInterfaces(turn.index, node)) announce(turn, iface, seq, cause);
}
