/**
 * Source NAT, dynamic address and port: a session from zones to zones takes an address of a pool, and one of its ports. A port, or the identifier
 * of an ICMP echo, is in use by one session at a time, whatever its destination; TCP, UDP and ICMP have ports of their own.
 *
 * The address follows from the client's, so that a client keeps it while it has ports (PAN-OS: dynamic IP and port); then the next one
 * with a free port is taken. Ports are given out in rising order from one to the next, so a port is used again as late as possible.
 *
 *   Translation.mapAt ┌ for each address, for TCP, UDP, ICMP: one bit a port, 1 = in use ┘
 */
import { ICMP, TCP, UDP } from '../frame/ipv4';
import { POOL_PROTOCOLS, TRANSLATION_BYTES } from '../memory/session-layout';
import { Session, SessionTable } from './record';
import { Tuple } from './tuple';

@unmanaged
export class Translation {
  /** Zones, one bit each. */
  from: u32;
  to: u32;
  source: u32;
  sourceMask: u32;
  /** First and last address of the pool. */
  first: u32;
  last: u32;
  firstPort: u32;
  lastPort: u32;
  mapAt: u32;
  /** Ports given out so far. */
  given: u32;
}
if (offsetof<Translation>() > <usize>TRANSLATION_BYTES) ERROR('Translation does not fit its slot');

/** "No port is free." */
export const EXHAUSTED: u32 = 0;

export function translationAt(table: SessionTable, index: u32): Translation {
  return changetype<Translation>(<usize>(table.translationsAt + index * TRANSLATION_BYTES));
}

/** Bytes of the map of one address and protocol: whole words of 64 ports. */
export function mapBytes(firstPort: u32, lastPort: u32): u32 {
  return ((lastPort - firstPort + 64) / 64) * 8;
}

/** Adds a translation with its map; null when the table was not made for it. */
export function nextTranslation(table: SessionTable, first: u32, last: u32, firstPort: u32, lastPort: u32): Translation | null {
  const bytes = (last - first + 1) * POOL_PROTOCOLS * mapBytes(firstPort, lastPort);
  if (table.translationCount >= table.translationMax || table.mapsAt + bytes > table.mapsEnd) return null;
  const translation = translationAt(table, table.translationCount++);
  translation.first = first;
  translation.last = last;
  translation.firstPort = firstPort;
  translation.lastPort = lastPort;
  translation.mapAt = table.mapsAt;
  table.mapsAt += bytes;
  return translation;
}

/** Number of the translation that a new session needs, plus 1; 0 for none. The first that fits. Only protocols with ports are translated. */
export function findTranslation(table: SessionTable, tuple: Tuple, from: u32, to: u32): u32 {
  if (protocolOf(tuple.protocol) < 0) return 0;
  for (let index: u32 = 0; index < table.translationCount; index++) {
    const one = translationAt(table, index);
    if (((one.from >> from) & 1) === 0 || ((one.to >> to) & 1) === 0) continue;
    if ((<u32>(tuple.addresses >> 32) & one.sourceMask) === one.source) return index + 1;
  }
  return 0;
}

/** Number of the translation whose pool has an address, plus 1; 0 for none. */
export function translationOf(table: SessionTable, ip: u32): u32 {
  for (let index: u32 = 0; index < table.translationCount; index++) {
    const one = translationAt(table, index);
    if (ip >= one.first && ip <= one.last) return index + 1;
  }
  return 0;
}

function protocolOf(protocol: u32): i32 {
  if (protocol === TCP) return 0;
  if (protocol === UDP) return 1;
  return protocol === ICMP ? 2 : -1;
}

function mapOf(one: Translation, ip: u32, protocol: u32): usize {
  const row = (ip - one.first) * POOL_PROTOCOLS + <u32>protocolOf(protocol);
  return <usize>(one.mapAt + row * mapBytes(one.firstPort, one.lastPort));
}

/** Takes a port for a client: the pool's address in the upper half, the port in the lower; EXHAUSTED when none is free. */
export function takePort(one: Translation, client: u32, protocol: u32): u64 {
  const addresses = one.last - one.first + 1;
  const preferred = ((client * 0x9e3779b1) >> 8) % addresses;
  for (let step: u32 = 0; step < addresses; step++) {
    const ip = one.first + ((preferred + step) % addresses);
    const port = takePortOf(one, ip, protocol);
    if (port !== EXHAUSTED) return ((<u64>ip) << 32) | <u64>port;
  }
  return EXHAUSTED;
}

function takePortOf(one: Translation, ip: u32, protocol: u32): u32 {
  const map = mapOf(one, ip, protocol);
  const ports = one.lastPort - one.firstPort + 1;
  const words = (ports + 63) / 64;
  const start = one.given % ports;
  for (let step: u32 = 0; step <= words; step++) {
    const word = (start / 64 + step) % words;
    let free = ~load<u64>(map + word * 8);
    if (step === 0) free &= u64.MAX_VALUE << (start % 64);
    if (word === words - 1 && ports % 64 !== 0) free &= ~(u64.MAX_VALUE << (ports % 64));
    if (free === 0) continue;
    const bit = <u32>ctz(free);
    store<u64>(map + word * 8, load<u64>(map + word * 8) | ((<u64>1) << bit));
    one.given = word * 64 + bit + 1;
    return one.firstPort + word * 64 + bit;
  }
  return EXHAUSTED;
}

/** Marks the port of a session that the peer made as in use. */
export function holdPort(table: SessionTable, session: Session): void {
  setPortOf(table, session, true);
}

/** The port of a session that ends is free again. */
export function releasePort(table: SessionTable, session: Session): void {
  setPortOf(table, session, false);
}

function setPortOf(table: SessionTable, session: Session, used: bool): void {
  if (session.translation === 0) return;
  const one = translationAt(table, session.translation - 1);
  setPort(one, <u32>session.backward, session.backwardPorts & 0xffff, session.protocol, used);
}

export function setPort(one: Translation, ip: u32, port: u32, protocol: u32, used: bool): void {
  const offset = port - one.firstPort;
  const at = mapOf(one, ip, protocol) + (offset / 64) * 8;
  const bit = (<u64>1) << (offset % 64);
  store<u64>(at, used ? load<u64>(at) | bit : load<u64>(at) & ~bit);
}
