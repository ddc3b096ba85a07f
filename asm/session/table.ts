/**
 * The session table: an open-addressed hash over both keys of each session. A slot of the index is a hash and the number
 * of a session with the direction; an empty one is zero. Removal closes the gap (Knuth, volume 3, 6.4, algorithm R), so no slot is ever
 * marked as deleted.
 *
 * A session whose time is over is found by nobody and stays where it is: a packet of its key removes it, or, when the table is
 * full, a sweep of the next SWEEP_MAX sessions. So a full table costs a bounded time for each packet that finds no room.
 */

import { header } from '../memory/region';
import * as S from '../memory/session-layout';
import { addressesOf, portsOf, Session, SessionTable, sessionAt, timeoutNs, timeoutOf } from './record';
import { releasePort } from './translation';
import { unmark } from './unsynced';

/** Sessions that a full table looks at for one that has expired, at most, before it refuses a new one. */
export const SWEEP_MAX: u32 = 256;
/** "Not in the table", and the bit of a reference that says which key was found. */
export const NOT_FOUND: u32 = 0xffffffff;
export const BACKWARD: u32 = 1;

@unmanaged
class Place {
  hash: u32;
  /** Number of the session times two, plus its direction, plus 1; 0 when empty. */
  reference: u32;
}
if (offsetof<Place>() > <usize>S.SESSION_KEY_BYTES) ERROR('Place does not fit its slot');

// inline
function placeAt(table: SessionTable, index: u32): Place {
  return changetype<Place>(<usize>(table.indexAt + index * S.SESSION_KEY_BYTES));
}

/** Two rounds of multiplication and folding, as in SplitMix64's finish (Vigna). */
// inline
export function hashOf(addresses: u64, ports: u32, protocol: u32): u32 {
  let h = addresses * 0xbf58476d1ce4e5b9;
  h ^= (h >> 32) ^ (((<u64>ports) << 8) | <u64>protocol);
  h *= 0x94d049bb133111eb;
  return <u32>(h >> 32);
}

/** Where a key leads: the session's number times two, plus BACKWARD for its second key; NOT_FOUND. */
// inline
export function find(table: SessionTable, addresses: u64, ports: u32, protocol: u32): u32 {
  const hash = hashOf(addresses, ports, protocol);
  const place = placeAt(table, hash & (table.slots - 1));
  const reference = place.reference;
  if (reference === 0) return NOT_FOUND;
  if (place.hash === hash && hasKey(table, reference - 1, addresses, ports, protocol)) return reference - 1;
  return findBehind(table, hash, addresses, ports, protocol);
}

/** The same from the second place on. */
function findBehind(table: SessionTable, hash: u32, addresses: u64, ports: u32, protocol: u32): u32 {
  const mask = table.slots - 1;
  let index = (hash + 1) & mask;
  while (true) {
    const place = placeAt(table, index);
    const reference = place.reference;
    if (reference === 0) return NOT_FOUND;
    if (place.hash === hash && hasKey(table, reference - 1, addresses, ports, protocol)) return reference - 1;
    index = (index + 1) & mask;
  }
}

/**
 * The first key with a hash, as `find` gives it; NOT_FOUND, which the reference of an empty place, 0, becomes. Its caller compares the key: two with
 * one hash are very rare.
 */
// inline
export function candidateOf(table: SessionTable, hash: u32): u32 {
  const place = placeAt(table, hash & (table.slots - 1));
  return place.hash === hash ? place.reference - 1 : candidateBehind(table, hash);
}

/** The same, in whatever place. */
function candidateBehind(table: SessionTable, hash: u32): u32 {
  const mask = table.slots - 1;
  let index = hash & mask;
  let place = placeAt(table, index);
  while (place.hash !== hash && place.reference !== 0) {
    index = (index + 1) & mask;
    place = placeAt(table, index);
  }
  return place.reference - 1;
}

// inline
function hasKey(table: SessionTable, reference: u32, addresses: u64, ports: u32, protocol: u32): bool {
  const session = sessionAt(table, reference >> 1);
  const direction = reference & BACKWARD;
  if (addressesOf(session, direction) !== addresses) return false;
  return portsOf(session, direction) === ports && session.protocol === protocol;
}

/** Whether a session's time is over. */
// inline
export function isOver(session: Session): bool {
  return session.expiresNs <= header().nowNs;
}

/**
 * A session with these keys, which the table does not have yet and has room for. Its caller fills in the rest.
 */
export function insert(
  table: SessionTable,
  outward: u64,
  outwardPorts: u32,
  backward: u64,
  backwardPorts: u32,
  protocol: u32,
  state: u32,
): Session {
  assert(table.used < table.max);
  const number = takeNumber(table);
  const session = sessionAt(table, number);
  clearBehindKeys(session);
  session.outward = outward;
  session.outwardPorts = outwardPorts;
  session.backward = backward;
  session.backwardPorts = backwardPorts;
  session.protocol = protocol;
  session.startNs = header().nowNs;
  enter(table, session, state);
  putKey(table, hashOf(outward, outwardPorts, protocol), number * 2);
  putKey(table, hashOf(backward, backwardPorts, protocol), number * 2 + BACKWARD);
  return session;
}

/**
 * What `insert` does not write, by stores: `memory.fill` of so few bytes is slower, because V8 calls a function of the host for it, and so is a
 * loop. The padding behind the fields is zero always.
 */
// inline
function clearBehindKeys(session: Session): void {
  const at = changetype<usize>(session);
  store<u64>(at, 0, offsetof<Session>('flags'));
  store<u64>(at, 0, offsetof<Session>('outwardPackets'));
  store<u64>(at, 0, offsetof<Session>('backwardPackets'));
  store<u64>(at, 0, offsetof<Session>('syncedNs'));
  store<u64>(at, 0, offsetof<Session>('inPort'));
  store<u64>(at, 0, offsetof<Session>('policy'));
  store<u64>(at, 0, offsetof<Session>('cause'));
}
// Two fields of 32 bits are cleared together, and `next` is the last: a further field must be cleared too.
if (
  offsetof<Session>('fins') !== offsetof<Session>('flags') + 4 ||
  offsetof<Session>('outPort') !== offsetof<Session>('inPort') + 4 ||
  offsetof<Session>('translation') !== offsetof<Session>('policy') + 4 ||
  offsetof<Session>('next') !== offsetof<Session>('cause') + 4 ||
  offsetof<Session>() !== offsetof<Session>('next') + 4
)
  ERROR('Session has other fields than `clearBehindKeys` clears');

function takeNumber(table: SessionTable): u32 {
  table.used++;
  if (table.free === 0) return table.high++;
  const number = table.free - 1;
  table.free = sessionAt(table, number).next;
  return number;
}

function putKey(table: SessionTable, hash: u32, reference: u32): void {
  const mask = table.slots - 1;
  let index = hash & mask;
  while (placeAt(table, index).reference !== 0) index = (index + 1) & mask;
  const place = placeAt(table, index);
  place.hash = hash;
  place.reference = reference + 1;
}

/** Removes a session and both its keys; its translated port is free again. */
export function remove(table: SessionTable, number: u32): void {
  const session = sessionAt(table, number);
  removeKey(table, hashOf(session.outward, session.outwardPorts, session.protocol), number * 2);
  removeKey(table, hashOf(session.backward, session.backwardPorts, session.protocol), number * 2 + BACKWARD);
  releasePort(table, session);
  unmark(table, session);
  session.state = S.SESSION_FREE;
  session.flags = 0;
  session.next = table.free;
  table.free = number + 1;
  table.used--;
}

function removeKey(table: SessionTable, hash: u32, reference: u32): void {
  const mask = table.slots - 1;
  let gap = hash & mask;
  while (placeAt(table, gap).reference !== reference + 1) gap = (gap + 1) & mask;
  let index = gap;
  while (true) {
    index = (index + 1) & mask;
    const place = placeAt(table, index);
    if (place.reference === 0) break;
    // It may move into the gap unless its own place lies behind it.
    if (((index - place.hash) & mask) < ((index - gap) & mask)) continue;
    placeAt(table, gap).hash = place.hash;
    placeAt(table, gap).reference = place.reference;
    gap = index;
  }
  placeAt(table, gap).hash = 0;
  placeAt(table, gap).reference = 0;
}

/** Removes the expired and the cleared among the next sessions. Whether there was one. */
export function sweep(table: SessionTable): bool {
  const before = table.used;
  const steps = min(table.high, SWEEP_MAX);
  for (let step: u32 = 0; step < steps; step++) {
    if (table.cursor >= table.high) table.cursor = 0;
    const session = sessionAt(table, table.cursor);
    if (session.state !== S.SESSION_FREE && (session.state === S.SESSION_CLEARED || isOver(session))) remove(table, table.cursor);
    table.cursor++;
  }
  return table.used < before;
}

/** A session takes a state, and its time begins anew. */
export function enter(table: SessionTable, session: Session, state: u32): void {
  session.state = state;
  session.expiresNs = header().nowNs + timeoutNs(table, timeoutOf(session.protocol, state));
}

/** Removes all sessions, because of the event at `cause`. */
export function loseAll(table: SessionTable, cause: u32): void {
  for (let number: u32 = 0; number < table.high; number++) {
    if (sessionAt(table, number).state !== S.SESSION_FREE) remove(table, number);
  }
  memory.fill(table.sessionsAt, 0, table.high * S.SESSION_BYTES);
  table.high = 0;
  table.free = 0;
  table.cursor = 0;
  table.opened = 0;
  table.lostCause = cause;
}
