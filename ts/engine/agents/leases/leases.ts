/** Leases of a node: which of its parts a message of DHCP is for, what its timer is for, and what its start and end mean to them. */
import type { Position } from '../../../model/events/events.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import { serverOf, snoopingOf } from '../../../model/lab/leases.ts';
import type { Turn } from '../../turn/turn.ts';
import { clientTick, hearServer } from './client.ts';
import { dhcpIn } from './frames.ts';
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
  wakeAtNext(turn, node);
}

/** Leases that a server gave and that ended while it was without power end when it starts. */
export function startServer(turn: Turn, node: string): void {
  if (turn.state.grants[node] !== undefined) leaseTick(turn, node);
}
