/**
 * Leases and PPPoE sessions of a node: which of its parts a message of DHCP is for, what its timer is for, and what its start, its end and a new
 * MAC mean to them.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import { serverOf, snoopingOf } from '../../../model/lab/leases.ts';
import { subinterfacesOf } from '../../../model/lab/subinterface.ts';
import type { Turn } from '../../turn/turn.ts';
import { clientTick, hearServer, leaseFollowsMac, startClients, stopClients } from './client.ts';
import { dhcpIn } from './frames.ts';
import { pppoeTick, sessionsFollowMac, startPppoe, stopPppoe } from './pppoe.ts';
import { relay } from './relay.ts';
import { expireGrants, serve } from './server.ts';
import { expireBindings, snoop } from './snooping.ts';
import { wakeAtNext } from './waking.ts';

/** A frame reached a node. False: it is none of DHCP. */
export function handleDhcp(turn: Turn, iface: LabInterface, bytes: Uint8Array, cause: Position): boolean {
  const received = dhcpIn(bytes);
  if (received === null) return false;
  const node = nodeNamed(turn.index, iface.node);
  if (snoopingOf(node) !== undefined) snoop(turn, iface, received, cause);
  else if (received.to === 'client') hearServer(turn, iface, received, cause);
  else if (serverOf(node) !== undefined && received.message.op === 'request') serve(turn, iface, received, cause);
  else relay(turn, iface, received, cause);
  return true;
}

/** The timer of leases went off. */
export function leaseTick(turn: Turn, node: string): void {
  expireGrants(turn, node);
  expireBindings(turn, node);
  clientTick(turn, node);
  pppoeTick(turn, node);
  wakeAtNext(turn, node);
}

/** Leases that a server gave and that ended while it was without power end when it starts. */
export function startServer(turn: Turn, node: string): void {
  if (turn.state.grants[node] !== undefined) leaseTick(turn, node);
}

/** Starts the clients of a node that may speak: all but those of a unit of a pair that is not active. */
export function startLeasing(turn: Turn, node: string, cause: Position, atOnce = false): void {
  const ha = turn.state.ha[node];
  if (ha !== undefined && ha.state !== 'active') return;
  startClients(turn, node, cause, atOnce);
  startPppoe(turn, node, cause, atOnce);
}

/** A node has no power, or is no longer the unit that speaks. */
export function stopLeasing(turn: Turn, node: string, reason: 'power' | 'ha-role', cause: Position): void {
  stopClients(turn, node, reason, cause);
  stopPppoe(turn, node, reason, cause);
}

/** Rule LEASE-01: an interface has another MAC, and with it its subinterfaces. @param canTell whether it can still send from the old one. */
export function leasesFollowMac(turn: Turn, iface: LabInterface, canTell: boolean, cause: Position): void {
  for (const one of [iface, ...subinterfacesOf(turn.index, endpointOf(iface))]) {
    leaseFollowsMac(turn, one, canTell, cause);
    sessionsFollowMac(turn, one, canTell, cause);
  }
}
