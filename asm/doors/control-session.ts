/** The control door of session tables: it configures them, follows commands and the peer of a pair, and reads sessions. */
import { ICMP } from '../frame/ipv4';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header, takeElement } from '../memory/region';
import * as S from '../memory/session-layout';
import { nextPolicy, Policy, setZone as putZone } from '../session/policy';
import { Session, sessionAt, setTimeoutNs, tableOf } from '../session/record';
import { markUnsynced, takeUnsynced as take } from '../session/sync';
import { find, insert, isOver, NOT_FOUND, remove, sweep } from '../session/table';
import { holdPort, nextTranslation, Translation, translationOf } from '../session/translation';
import { firstMarked } from '../session/unsynced';
import { listOf, NO_SUCH_NODE, NO_SUCH_PORT, OK, OUT_OF_MEMORY, resultOf, TABLE_FULL } from './abi';
import { nodeExists, portExists } from './exists';

const PAGE_ROWS: u32 = 128;
const ROW_BYTES: u32 = 88;
const ROWS: usize = memory.data(11264, 16);
const RECORD: usize = memory.data(16, 16);

function hasSessions(id: u32): bool {
  return nodeExists(id) && nodeAt(id).sessionsAt !== 0;
}

function wholeLines(bytes: u32): u32 {
  return (bytes + L.CACHE_LINE_BYTES - 1) & ~(L.CACHE_LINE_BYTES - 1);
}

/** Gives a firewall a session table. `slots` is a power of two, at least four times `max`; `syncTimer` is NONE without a peer. */
export function configureSessions(
  id: u32,
  max: u32,
  slots: u32,
  policies: u32,
  translations: u32,
  mapBytes: u32,
  withoutSyn: u32,
  syncTimer: u32,
): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  const zones = wholeLines(node.portCount);
  const policyBytes = wholeLines(policies * S.POLICY_BYTES);
  const marks = wholeLines(((max + 63) / 64) * 8);
  const rest =
    translations * S.TRANSLATION_BYTES + slots * S.SESSION_KEY_BYTES + max * S.SESSION_BYTES + marks + wholeLines(mapBytes);
  const at = takeElement(S.SESSION_TABLE_BYTES + zones + policyBytes + rest);
  if (at === 0) return resultOf(OUT_OF_MEMORY);
  node.sessionsAt = at;
  const table = tableOf(node);
  table.slots = slots;
  table.max = max;
  table.zonesAt = at + S.SESSION_TABLE_BYTES;
  table.firstPort = node.firstPort;
  table.policiesAt = table.zonesAt + zones;
  table.policyMax = policies;
  table.translationsAt = table.policiesAt + policyBytes;
  table.translationMax = translations;
  table.indexAt = table.translationsAt + translations * S.TRANSLATION_BYTES;
  table.sessionsAt = table.indexAt + slots * S.SESSION_KEY_BYTES;
  table.unsyncedAt = table.sessionsAt + max * S.SESSION_BYTES;
  table.mapsAt = table.unsyncedAt + marks;
  table.mapsEnd = table.mapsAt + mapBytes;
  table.withoutSyn = withoutSyn;
  table.syncTimer = syncTimer + 1;
  table.lostCause = 1;
  return resultOf(OK);
}

export function setSessionTimeout(id: u32, timeout: u32, ns: u64): usize {
  if (!hasSessions(id) || timeout >= <u32>S.TIMEOUTS) return resultOf(NO_SUCH_NODE);
  setTimeoutNs(tableOf(nodeAt(id)), timeout, ns);
  return resultOf(OK);
}

/** Puts an interface into a zone, from 1 to ZONES_MAX. */
export function setZone(id: u32, zone: u32): usize {
  if (!portExists(id) || !hasSessions(portAt(id).node)) return resultOf(NO_SUCH_PORT);
  putZone(tableOf(nodeAt(portAt(id).node)), id, zone);
  return resultOf(OK);
}

/** Adds a policy behind those there are. Zones are one bit each. */
export function addPolicy(
  id: u32,
  from: u32,
  to: u32,
  source: u32,
  sourceMask: u32,
  destination: u32,
  destinationMask: u32,
  protocol: u32,
  firstPort: u32,
  lastPort: u32,
  action: u32,
): usize {
  if (!hasSessions(id)) return resultOf(NO_SUCH_NODE);
  const made = nextPolicy(tableOf(nodeAt(id)));
  if (made === null) return resultOf(TABLE_FULL);
  const policy = <Policy>made;
  policy.from = from;
  policy.to = to;
  policy.source = source & sourceMask;
  policy.sourceMask = sourceMask;
  policy.destination = destination & destinationMask;
  policy.destinationMask = destinationMask;
  policy.protocol = protocol;
  policy.firstPort = firstPort;
  policy.lastPort = lastPort;
  policy.action = action;
  return resultOf(OK);
}

/** Adds a source translation behind those there are. */
export function addTranslation(
  id: u32,
  from: u32,
  to: u32,
  source: u32,
  sourceMask: u32,
  first: u32,
  last: u32,
  firstPort: u32,
  lastPort: u32,
): usize {
  if (!hasSessions(id)) return resultOf(NO_SUCH_NODE);
  const made = nextTranslation(tableOf(nodeAt(id)), first, last, firstPort, lastPort);
  if (made === null) return resultOf(TABLE_FULL);
  const translation = <Translation>made;
  translation.from = from;
  translation.to = to;
  translation.source = source & sourceMask;
  translation.sourceMask = sourceMask;
  return resultOf(OK);
}

/** Clears one session (its number plus 1), or all (0), because of the event at `cause`. Returns how many. */
export function clearSessions(id: u32, session: u32, cause: u32): u32 {
  if (!hasSessions(id)) return 0;
  const table = tableOf(nodeAt(id));
  let cleared: u32 = 0;
  for (let number: u32 = 0; number < table.high; number++) {
    const one = sessionAt(table, number);
    if (!isAlive(one) || (session !== 0 && number + 1 !== session)) continue;
    one.state = S.SESSION_CLEARED;
    one.cause = cause;
    markUnsynced(table, one);
    cleared++;
  }
  return cleared;
}

function isAlive(session: Session): bool {
  return session.state !== S.SESSION_FREE && session.state !== S.SESSION_CLEARED && !isOver(session);
}

/** Sessions that live, those there is room for, and how many were opened since the lab began. */
export function readSessionTable(id: u32): usize {
  memory.fill(RECORD, 0, 16);
  if (!hasSessions(id)) return RECORD;
  const table = tableOf(nodeAt(id));
  let living: u32 = 0;
  for (let number: u32 = 0; number < table.high; number++) if (isAlive(sessionAt(table, number))) living++;
  store<u32>(RECORD, living);
  store<u32>(RECORD + 4, table.max);
  store<u64>(RECORD + 8, table.opened);
  return RECORD;
}

/** Sessions that live, by number. */
export function readSessions(id: u32, start: u32): usize {
  if (!hasSessions(id)) return listOf(ROWS, 0);
  const table = tableOf(nodeAt(id));
  let rows: u32 = 0;
  for (let number = start; number < table.high && rows < PAGE_ROWS; number++) {
    const session = sessionAt(table, number);
    if (isAlive(session)) writeRow(rows++, number, session);
  }
  return listOf(ROWS, rows);
}

/** Takes up to `max` sessions that the peer does not have as they are, those that were cleared included. */
export function takeUnsynced(id: u32, max: u32): usize {
  if (!hasSessions(id)) return listOf(ROWS, 0);
  const table = tableOf(nodeAt(id));
  let rows: u32 = 0;
  const most = min(max, PAGE_ROWS);
  while (rows < most && table.unsynced > 0) {
    const number = firstMarked(table);
    const session = sessionAt(table, number);
    take(table, session);
    if (!isOver(session)) writeRow(rows++, number, session);
  }
  return listOf(ROWS, rows);
}

/** Sessions that takeUnsynced has not taken yet. */
export function readUnsynced(id: u32): u32 {
  return hasSessions(id) ? tableOf(nodeAt(id)).unsynced : 0;
}

/** The peer has nothing, or may have missed something: it must hear of every session again. */
export function resyncSessions(id: u32): usize {
  if (!hasSessions(id)) return resultOf(NO_SUCH_NODE);
  const table = tableOf(nodeAt(id));
  for (let number: u32 = 0; number < table.high; number++) {
    const session = sessionAt(table, number);
    if (isAlive(session) && session.state >= <u32>S.SESSION_ESTABLISHED && session.protocol !== ICMP) markUnsynced(table, session);
  }
  return resultOf(OK);
}

/** A session as the peer has it, or that it cleared: then the event at `cause` says so. */
export function installSession(
  id: u32,
  outward: u64,
  outwardPorts: u32,
  backward: u64,
  backwardPorts: u32,
  protocol: u32,
  state: u32,
  fins: u32,
  leftNs: u64,
  ageNs: u64,
  inPort: u32,
  outPort: u32,
  policy: u32,
  cause: u32,
): usize {
  if (!hasSessions(id)) return resultOf(NO_SUCH_NODE);
  const table = tableOf(nodeAt(id));
  const known = find(table, outward, outwardPorts, protocol);
  if (known !== NOT_FOUND) remove(table, known >> 1);
  const crossing = find(table, backward, backwardPorts, protocol);
  if (crossing !== NOT_FOUND) remove(table, crossing >> 1);
  if (table.used === table.max && !sweep(table)) return resultOf(TABLE_FULL);
  const session = insert(table, outward, outwardPorts, backward, backwardPorts, protocol, state);
  session.fins = fins;
  session.expiresNs = header().nowNs + leftNs;
  session.startNs = header().nowNs - min(ageNs, header().nowNs);
  session.inPort = inPort;
  session.outPort = outPort;
  session.policy = policy;
  session.flags = S.SESSION_FROM_PEER;
  session.cause = cause;
  const isTranslated = <u32>backward !== <u32>(outward >> 32);
  session.translation = isTranslated ? translationOf(table, <u32>backward) : 0;
  if (session.translation !== 0) session.flags |= S.SESSION_TRANSLATED;
  holdPort(table, session);
  return resultOf(OK);
}

function writeRow(index: u32, number: u32, session: Session): void {
  const row = ROWS + index * ROW_BYTES;
  const now = header().nowNs;
  store<u32>(row, number);
  store<u32>(row + 4, session.protocol);
  store<u64>(row + 8, session.outward);
  store<u64>(row + 16, session.backward);
  store<u32>(row + 24, session.outwardPorts);
  store<u32>(row + 28, session.backwardPorts);
  store<u32>(row + 32, session.state);
  store<u32>(row + 36, session.flags);
  store<u64>(row + 40, session.expiresNs - now);
  store<u64>(row + 48, now - session.startNs);
  store<u64>(row + 56, session.outwardPackets);
  store<u64>(row + 64, session.backwardPackets);
  store<u32>(row + 72, session.inPort);
  store<u32>(row + 76, session.outPort);
  store<u32>(row + 80, session.policy);
  store<u32>(row + 84, session.fins);
}
