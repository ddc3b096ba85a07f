/**
 * Whether a packet that a firewall would pass on belongs to a session, or opens one. What it sends itself, and what is for it,
 * has none here.
 *
 *   session of its key ──► goes on in it ──────────────────────────────────────────────► PASSES
 *   none ──► can it open one? ──► policy of its zones ──► NAT ──► room in the table ──► PASSES
 *             no-session          policy-deny             pool    session-table-full     REFUSED, or RESETS
 *
 * TCP that opens nothing finds no session when the firewall lost it: by power, by an operator, or because the packet reaches the
 * other unit of a pair, which did not have it. That event is the cause of the drop.
 */
import {
  DROP_BAD_PACKET,
  DROP_NAT_POOL_EXHAUSTED,
  DROP_NO_SESSION,
  DROP_POLICY_DENY,
  DROP_SESSION_TABLE_FULL,
} from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf } from '../frame/buffer';
import { ICMP, TCP } from '../frame/ipv4';
import { FIN, RST, SYN } from '../frame/tcp-header';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { isDefined, later } from '../memory/origin';
import { header } from '../memory/region';
import * as S from '../memory/session-layout';
import { ACTION_MASK, DECIDED_BY_SHIFT, decide, zoneOf } from './policy';
import { countPacket, establishedTimeoutOf, numberOf, Session, SessionTable, sessionAt, tableOf, timeoutNs } from './record';
import { noteChange } from './sync';
import { BACKWARD, enter, find, insert, isOver, NOT_FOUND, remove, sweep } from './table';
import { stateAfter } from './tcp-state';
import { translate } from './translate';
import { EXHAUSTED, findTranslation, setPort, takePort, translationAt, translationOf } from './translation';
import { readTuple, Tuple, turnedAddresses, turnedPorts } from './tuple';

export const PASSES: u32 = 0;
export const REFUSED: u32 = 1;
/** Refused, and its sender is told by a TCP reset. */
export const RESETS: u32 = 2;
/** Flags of TCP that can change the state of an established session. */
export const CHANGES: u32 = FIN | SYN | RST;

/** What `judge` found out about the packet being decided: no state, it is written before it is read. */
@unmanaged
export class Verdict {
  /** Session and direction of a packet that is to be translated, as `find` gives them, plus 1; 0 of any other that passes. */
  translated: u32;
  reason: u32;
  cause: u32;
}
const VERDICT_BYTES: i32 = 16;
if (offsetof<Verdict>() > <usize>VERDICT_BYTES) ERROR('Verdict does not fit its slot');
const VERDICT: usize = memory.data(VERDICT_BYTES, 8);

export function verdict(): Verdict {
  return changetype<Verdict>(VERDICT);
}

/**
 * Decides about a packet that came in at a port. @param out the port that its route leads to; NONE without a route.
 * @returns PASSES, REFUSED or RESETS; `verdict()` has the rest.
 */
export function judge(node: Node, index: u32, buffer: Buffer, out: u32): u32 {
  const table = tableOf(node);
  const found = readTuple(bytesOf(buffer), buffer.length);
  if (found === null) return refuse(DROP_BAD_PACKET, 1);
  const tuple = <Tuple>found;
  const reference = find(table, tuple.addresses, tuple.ports, tuple.protocol);
  if (reference === NOT_FOUND) return withoutSession(table, index, tuple, out, lostBy(node, table));
  const session = sessionAt(table, reference >> 1);
  if (session.state > <u32>S.SESSION_HALF_CLOSED || isOver(session)) return atEnd(node, table, index, tuple, out, reference);
  goOn(table, session, reference, tuple);
  return PASSES;
}

/** A packet of a session that is closing, cleared, or over. */
function atEnd(node: Node, table: SessionTable, index: u32, tuple: Tuple, out: u32, reference: u32): u32 {
  const session = sessionAt(table, reference >> 1);
  if (session.state === S.SESSION_CLEARED) {
    if (canOpen(table, tuple)) remove(table, reference >> 1);
    return withoutSession(table, index, tuple, out, session.cause);
  }
  if (isOver(session) || (session.state === S.SESSION_CLOSING && tuple.opens !== 0 && tuple.protocol === TCP)) {
    remove(table, reference >> 1);
    return withoutSession(table, index, tuple, out, lostBy(node, table));
  }
  goOn(table, session, reference, tuple);
  return PASSES;
}

/** One more packet of a session. */
function goOn(table: SessionTable, session: Session, reference: u32, tuple: Tuple): void {
  if (session.state === <u32>S.SESSION_ESTABLISHED && (tuple.flags & CHANGES) === 0 && tuple.quotedAt === 0) {
    countPlain(table, session, reference, session.protocol);
    verdict().translated = translatedBy(session, reference);
    return;
  }
  countPacket(session, reference & BACKWARD);
  verdict().translated = translatedBy(session, reference);
  if (tuple.quotedAt === 0) moveOn(table, session, reference & BACKWARD, tuple);
}

// inline
function translatedBy(session: Session, reference: u32): u32 {
  return (session.flags & S.SESSION_TRANSLATED) === 0 ? 0 : reference + 1;
}

/** One more packet of an established session, which stays that: its time begins anew. */
// inline
export function countPlain(table: SessionTable, session: Session, reference: u32, protocol: u32): void {
  countPacket(session, reference & BACKWARD);
  if ((session.flags & S.SESSION_TRANSLATED) !== 0) verdict().translated = reference + 1;
  session.expiresNs = header().nowNs + timeoutNs(table, establishedTimeoutOf(protocol));
  noteChange(table, session, false);
}

/** A packet that may change the state of its session. */
function moveOn(table: SessionTable, session: Session, direction: u32, tuple: Tuple): void {
  const state = tuple.protocol === TCP ? stateAfter(session, direction, tuple.flags) : <u32>S.SESSION_ESTABLISHED;
  const isNew = tuple.protocol === TCP && state !== session.state;
  // Only an established session lives longer with each packet: the other timeouts are for the time from one segment to another.
  if (isNew || state === S.SESSION_ESTABLISHED) enter(table, session, state);
  noteChange(table, session, isNew);
}

function refuse(reason: u32, cause: u32): u32 {
  verdict().reason = reason;
  verdict().cause = cause;
  return REFUSED;
}

/** The event that lost the sessions that a node had, or made a unit active that has none of its peer's. */
function lostBy(node: Node, table: SessionTable): u32 {
  const isMember = (node.flags & L.NODE_HA_MEMBER) !== 0;
  return isMember && !isDefined(node.gateCause) ? later(node.gateCause, table.lostCause) : table.lostCause;
}

function withoutSession(table: SessionTable, index: u32, tuple: Tuple, out: u32, lostCause: u32): u32 {
  const isStray = !canOpen(table, tuple);
  // Nobody may open a session to an address that stands for many.
  if (isStray || translationOf(table, <u32>tuple.addresses) !== 0) {
    refuse(DROP_NO_SESSION, lostCause);
    return canBeReset(tuple) && isStray && table.withoutSyn === S.ACTION_RESET ? RESETS : REFUSED;
  }
  if (out === <u32>L.NONE) {
    verdict().translated = 0;
    return PASSES;
  }
  const from = zoneOf(table, index);
  const to = zoneOf(table, out);
  const decided = decide(table, tuple, from, to);
  if ((decided & ACTION_MASK) === S.ACTION_ALLOW) return open(table, index, tuple, out, decided >> DECIDED_BY_SHIFT);
  refuse(DROP_POLICY_DENY, 1);
  return (decided & ACTION_MASK) === S.ACTION_RESET && canBeReset(tuple) ? RESETS : REFUSED;
}

function canOpen(table: SessionTable, tuple: Tuple): bool {
  if (tuple.opens !== 0) return true;
  return table.withoutSyn === S.ACTION_ALLOW && tuple.protocol === TCP && tuple.quotedAt === 0;
}

/** RFC 9293, 3.10.7.1: a reset is not answered. */
function canBeReset(tuple: Tuple): bool {
  return tuple.protocol === TCP && tuple.quotedAt === 0 && (tuple.flags & RST) === 0;
}

/** A packet opens a session. */
function open(table: SessionTable, index: u32, tuple: Tuple, out: u32, policy: u32): u32 {
  if (table.used === table.max && !sweep(table)) return refuse(DROP_SESSION_TABLE_FULL, 1);
  const translation = findTranslation(table, tuple, zoneOf(table, index), zoneOf(table, out));
  let source = tuple.addresses >> 32;
  let sourcePort = tuple.ports >> 16;
  if (translation !== 0) {
    const taken = portFor(table, translation, tuple);
    if (taken === EXHAUSTED) return refuse(DROP_NAT_POOL_EXHAUSTED, 1);
    source = taken >> 32;
    sourcePort = <u32>taken & 0xffff;
  }
  const backward = turnedAddresses((source << 32) | (tuple.addresses & 0xffffffff));
  // An echo's answer has the identifier on both sides.
  const port = tuple.protocol === ICMP ? sourcePort : tuple.ports & 0xffff;
  const backwardPorts = turnedPorts((sourcePort << 16) | port);
  if (!freeKey(table, backward, backwardPorts, tuple.protocol)) {
    if (translation !== 0) setPort(translationAt(table, translation - 1), <u32>source, sourcePort, tuple.protocol, false);
    return refuse(DROP_NO_SESSION, 1);
  }
  const state = tuple.protocol === TCP && tuple.opens !== 0 ? S.SESSION_OPENING : S.SESSION_ESTABLISHED;
  const session = insert(table, tuple.addresses, tuple.ports, backward, backwardPorts, tuple.protocol, state);
  session.inPort = index;
  session.outPort = out;
  session.policy = policy;
  session.translation = translation;
  session.outwardPackets = 1;
  table.opened++;
  noteChange(table, session, true);
  if (translation !== 0) session.flags |= S.SESSION_TRANSLATED;
  verdict().translated = translation === 0 ? 0 : numberOf(table, session) * 2 + 1;
  return PASSES;
}

/** Expired sessions may hold ports. Only a sweep finds those. */
function portFor(table: SessionTable, translation: u32, tuple: Tuple): u64 {
  const one = translationAt(table, translation - 1);
  const client = <u32>(tuple.addresses >> 32);
  const taken = takePort(one, client, tuple.protocol);
  return taken === EXHAUSTED && sweep(table) ? takePort(one, client, tuple.protocol) : taken;
}

/** Whether no living session has a key: a client that uses an address of a pool as its own can have it already. */
function freeKey(table: SessionTable, addresses: u64, ports: u32, protocol: u32): bool {
  const reference = find(table, addresses, ports, protocol);
  if (reference === NOT_FOUND) return true;
  const session = sessionAt(table, reference >> 1);
  if (session.state !== S.SESSION_CLEARED && !isOver(session)) return false;
  remove(table, reference >> 1);
  return true;
}

/** Where a packet that is to be translated is for: on its way back to a client, that client behind the address of the pool. */
export function destinationBehind(node: Node, ip: u32): u32 {
  const reference = verdict().translated - 1;
  return (reference & BACKWARD) === 0 ? ip : <u32>(sessionAt(tableOf(node), reference >> 1).outward >> 32);
}

/** Whether a firewall translated a packet already: what answers to it has a key of a translated session. */
export function wasTranslated(table: SessionTable, buffer: Buffer): bool {
  const found = readTuple(bytesOf(buffer), buffer.length);
  if (found === null) return false;
  const tuple = <Tuple>found;
  const reference = find(table, turnedAddresses(tuple.addresses), turnedPorts(tuple.ports), tuple.protocol);
  return reference !== NOT_FOUND && sessionAt(table, reference >> 1).translation !== 0;
}

/** Gives a packet that is to be translated the addresses that it has on the other side of the firewall. Its bytes may be written. */
export function translateFrame(node: Node, buffer: Buffer): void {
  const reference = verdict().translated - 1;
  const tuple = readTuple(bytesOf(buffer), buffer.length);
  if (tuple === null) return;
  translate(bytesOf(buffer), <Tuple>tuple, sessionAt(tableOf(node), reference >> 1), reference & BACKWARD);
}
