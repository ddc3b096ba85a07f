/**
 * Interfaces that move from one unit of a pair to the other (rule HA-22, AWS): the API detaches the interface from the peer, then attaches it to
 * the new active unit. It keeps its MAC and its addresses, so no neighbour and no table of the fabric has to change.
 *
 *   CloudCallStarted ── half of the time ──► detached: no carrier at either unit ── the other half ──► attached, carrier, CloudCallEnded
 *
 * In a file both units have an interface by each name. The one that is not attached has no carrier; when the other's comes, the two
 * exchange their MACs.
 *
 * Decision someone may dispute: the platform tells how long a move takes in all; when within that time the interface leaves the peer is half way here.
 */
import type { Position } from '../../../model/events/events.ts';
import { linkEnds } from '../../../model/lab/attachments.ts';
import type { CloudMove } from '../../../model/lab/cloud.ts';
import { type Endpoint, type NodeName, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { detachedAtFirst, fabricMac, movingInterfaces } from '../../../model/lab/fabric.ts';
import { changeMac } from '../../turn/mac-change.ts';
import type { Turn } from '../../turn/turn.ts';
import { setCarrier } from '../ports/carrier.ts';

/** How long after its start a call has detached the interfaces, ns. */
export function untilDetached({ takesNs }: CloudMove): number {
  return Math.floor(takesNs / 2);
}

/** Whether an interface of the unit is not attached to it. */
export function lacksInterfaces(turn: Turn, node: NodeName): boolean {
  return movingInterfaces(turn.index.lab, node).some((own) => turn.state.cloudInterfaces[own] !== true);
}

/** Detaches from the peer what it has. @returns whether it had anything. */
export function detachFromPeer(turn: Turn, node: NodeName, cause: Position): boolean {
  const peer = turn.index.ha.get(node)?.peer.node ?? '';
  const attached = movingInterfaces(turn.index.lab, peer).filter((one) => turn.state.cloudInterfaces[one] === true);
  for (const one of attached) {
    const position = say(turn, one, false, macOf(turn, one), cause);
    plug(turn, one, false, position);
  }
  return attached.length > 0;
}

/** Attaches to the unit what it lacks: the interface of the same name, which the peer had. */
export function attachTo(turn: Turn, node: NodeName, cause: Position): void {
  const peer = turn.index.ha.get(node)?.peer.node ?? '';
  for (const own of movingInterfaces(turn.index.lab, node)) {
    if (turn.state.cloudInterfaces[own] === true) continue;
    const theirs = `${peer}:${splitEndpoint(own).name}`;
    const [mac, other] = [movingMac(turn, own, theirs), macOf(turn, own)];
    const position = say(turn, own, true, mac, cause);
    // Else it is back where it was: nobody else had it in between.
    if (mac !== other) takeMac(turn, theirs, other, position);
    takeMac(turn, own, mac, position);
    plug(turn, own, true, position);
  }
}

function say(turn: Turn, endpoint: Endpoint, attached: boolean, mac: string, cause: Position): Position {
  const { node, name } = splitEndpoint(endpoint);
  return turn.say('CloudInterfaceChanged', cause, { node, interface: name, attached, mac });
}

function takeMac(turn: Turn, endpoint: Endpoint, mac: string, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  for (const which of ['initial', 'effective', 'used'] as const) {
    const old = turn.state.interfaces[endpoint]?.[`${which}Mac`] ?? '';
    if (old !== mac) changeMac(turn, cause, { node, interface: name, which, old, new: mac, cause: 'interface-moved' });
  }
}

/** The MAC of the interface that moves: that of the unit which had it when the lab began. */
function movingMac({ index }: Turn, own: Endpoint, theirs: Endpoint): string {
  const first = detachedAtFirst(index.lab).includes(own) ? theirs : own;
  return fabricMac(index, first) ?? '';
}

function macOf({ state }: Turn, endpoint: Endpoint): string {
  return state.interfaces[endpoint]?.initialMac ?? '';
}

/** The carrier of both ends of its cable. */
function plug(turn: Turn, endpoint: Endpoint, up: boolean, cause: Position): void {
  for (const end of linkEnds(turn.index, endpoint) ?? []) setCarrier(turn, end, up, cause);
}
