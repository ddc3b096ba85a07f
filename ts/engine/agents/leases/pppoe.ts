/** PPPoE of a node: which of its ends a packet is for, what is due at them, and what a new MAC, role or power means to them (rules LEASE-06, LEASE-07). */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import { concentratorOf } from '../../../model/lab/pppoe-ends.ts';
import type { EthernetFrame } from '../../../wire/ethernet.ts';
import { type PppoePacket, parsePppControl, parsePppoe } from '../../../wire/pppoe.ts';
import type { PppEnd } from '../../turn/pppoe-memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { drawn } from './client-identity.ts';
import { hearControl, pppTick, silenceOf } from './ppp.ts';
import { beginDiscovery, discoveryTick, hearOffer, REFUSED_WAIT_NS } from './pppoe-client.ts';
import { hearAsker } from './pppoe-concentrator.ts';
import { echoesOf, endsOf, giveUp, type Reason } from './pppoe-ends.ts';
import { sayControl } from './pppoe-frames.ts';
import { wakeAtNext } from './waking.ts';

const START_MS = 1000;
const NANOS_PER_MS = 1_000_000;

/** A packet of discovery, or a control packet of a session, reached an interface where sessions end. */
export function handlePppoe(turn: Turn, iface: LabInterface, frame: EthernetFrame, cause: Position): void {
  const packet = parsePppoe(frame.payload);
  if (packet === null) return;
  const concentrator = concentratorOf(nodeNamed(turn.index, iface.node));
  if (packet.kind === 'session' || packet.kind === 'padt') hearInSession(turn, iface, frame, packet, cause);
  else if (iface.pppoe !== undefined) hearOffer(turn, iface, frame, packet, cause);
  else if (concentrator?.interface === iface.name) hearAsker(turn, iface, concentrator, frame, packet, cause);
  wakeAtNext(turn, iface.node);
}

/** Rule LEASE-06: a session is known by both MACs and its number. */
function hearInSession(turn: Turn, iface: LabInterface, { src, dst }: EthernetFrame, packet: PppoePacket, cause: Position): void {
  const { node, name } = iface;
  const end = endsOf(turn, node).find(
    (one) => one.interface === name && one.peer === src && one.mac === dst && one.session === packet.session,
  );
  if (end === undefined || packet.session === 0) return;
  const control = packet.kind === 'padt' ? null : parsePppControl(packet.payload);
  if (packet.kind === 'session' && control === null) return;
  if (control !== null && hearControl(turn, node, end, control, cause) !== 'terminated') return;
  const position = giveUp(turn, node, end, 'terminated', false, cause);
  if (end.role === 'client') beginDiscovery(turn, iface, turn.nowNs + REFUSED_WAIT_NS, position);
}

/** Does what is due at the ends of a node. */
export function pppoeTick(turn: Turn, node: string): void {
  for (const end of endsOf(turn, node)) if (end.nextNs <= turn.nowNs) advance(turn, node, end);
}

function advance(turn: Turn, node: string, end: PppEnd): void {
  const iface = (turn.index.byNode.get(node) ?? []).find(({ name }) => name === end.interface);
  const echoes = echoesOf(turn, node, end);
  if (iface === undefined || echoes === undefined) return;
  if (end.state === 'waiting' || end.state === 'discovering' || end.state === 'requesting') {
    discoveryTick(turn, iface, end);
    return;
  }
  const outcome = pppTick(turn, node, end, echoes);
  if (outcome === null) return;
  const cause = outcome === 'lost' ? silenceOf(turn, node, end) : end.cause;
  // As pppd does, which does not know whether its words still arrive.
  const goodbye = { protocol: 'lcp', code: 'terminateRequest', id: (end.id + 1) & 0xff, data: new Uint8Array(0) } as const;
  sayControl(turn, node, end, goodbye, cause);
  const position = giveUp(turn, node, end, 'echo-lost', true, cause);
  if (end.role === 'client') beginDiscovery(turn, iface, turn.nowNs, position);
}

/** Starts the clients of a node that may speak. At a node's start each waits a little. */
export function startPppoe(turn: Turn, node: string, cause: Position, atOnce: boolean): void {
  for (const iface of turn.index.byNode.get(node) ?? []) {
    if (iface.pppoe === undefined) continue;
    const waitNs = atOnce ? 0 : drawn(turn, iface, 'start', START_MS) * NANOS_PER_MS;
    beginDiscovery(turn, iface, turn.nowNs + waitNs, cause);
  }
  pppoeTick(turn, node);
  wakeAtNext(turn, node);
}

/** A node's sessions end without a word: it has no power, or is no longer the unit that speaks. */
export function stopPppoe(turn: Turn, node: string, reason: Reason, cause: Position): void {
  for (const end of endsOf(turn, node)) giveUp(turn, node, end, reason, false, cause);
  wakeAtNext(turn, node);
}

/**
 * Rules LEASE-01 and LEASE-06: an interface has another MAC, and its sessions end. The other end is told from the old MAC, in the instant of the
 * change; a client looks for a concentrator from the new one.
 * @param canTell false where the interface was changed under the node's feet: then the other end finds out by its echoes.
 */
export function sessionsFollowMac(turn: Turn, iface: LabInterface, canTell: boolean, cause: Position): void {
  const mac = turn.state.interfaces[endpointOf(iface)]?.usedMac ?? '';
  const ends = endsOf(turn, iface.node).filter((end) => end.interface === iface.name && end.mac !== mac);
  for (const end of ends) {
    const position = giveUp(turn, iface.node, end, 'mac-change', canTell, cause);
    if (end.role === 'client') beginDiscovery(turn, iface, turn.nowNs, position);
  }
  if (ends.length === 0) return;
  pppoeTick(turn, iface.node);
  wakeAtNext(turn, iface.node);
}
