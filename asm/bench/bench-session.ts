/**
 * The tester around a firewall with sessions. Device ports: 0 has the clients, 1 the servers.
 *
 * A session is TCP from a client to port 443 of a server, and its number gives addresses and ports: the tester looks nothing up. Either each frame
 * belongs to an established session, drawn at random, and bursts from clients and servers take turns; or each frame is a
 * SYN of a client that opens a session of its own. bench/session.c does the same.
 */
import { send } from '../decide/send';
import { Buffer, bytesOf } from '../frame/buffer';
import { storeMac } from '../frame/ethernet';
import { bearFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, IP, SOURCE, TCP } from '../frame/ipv4';
import { ACK, SYN } from '../frame/tcp-header';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import * as S from '../memory/session-layout';
import { burst } from '../run/poll';
import { Session, sessionAt, tableOf } from '../session/record';
import { insert } from '../session/table';
import { turnedAddresses, turnedPorts } from '../session/tuple';
import { DEFINITION, drainPackets, draw, FRAME_BYTES, fold, NETWORK, stationMac, Tester, tester } from './tester';

const PORTS: u32 = 2;
const SERVICE: u32 = 443;
const FIRST_PORT: u32 = 1024;
/** The policy that allows the sessions, from 1. */
const POLICY: u32 = 4;
const AT_TCP: usize = IP + 20;
/** Of its constant words: version and length, TTL and protocol. */
const HEADER_SUM: u32 = 0x4500 + 0x002e + 0x4006;
if (FRAME_BYTES - L.ETHERNET_HEADER_BYTES !== 0x2e) ERROR('the header has the length of another frame');
/** Numbers of new sessions begin again behind this. */
const NEW_SESSIONS: u32 = 0xffffff;

/** Which sessions the frames are of, from here on: of `sessions` established ones, or each of a new one. */
export function benchSessions(sessions: u32, opens: bool): void {
  const own = tester();
  own.sessions = sessions;
  own.opens = opens ? 1 : 0;
  own.nextSession = 0;
  if (opens) return;
  const table = tableOf(nodeAt(0));
  for (let number: u32 = 0; number < sessions; number++) {
    const addresses = addressesOf(number);
    const ports = portsOf(number);
    const session = insert(table, addresses, ports, turnedAddresses(addresses), turnedPorts(ports), TCP, S.SESSION_ESTABLISHED);
    session.outPort = 1;
    session.policy = POLICY;
  }
}

/** Polls clients and servers in turn; clients alone where each frame opens a session. */
export function sessionPolls(own: Tester, polls: u32, size: u32): void {
  const opens = own.opens !== 0;
  for (let i: u32 = 0; i < polls; i++) {
    const port = own.port;
    own.port = opens ? 0 : port ^ 1;
    for (let k: u32 = 0; k < size; k++) bear(own, port, opens);
    burst(port, size);
    drainPackets(own, PORTS + (port ^ 1));
  }
}

/** The digest of the frames, with what the table counted. */
export function withSessions(own: Tester): u32 {
  const table = tableOf(nodeAt(0));
  let digest = fold(fold(own.digest, table.used), <u32>table.opened);
  for (let number: u32 = 0; number < table.high; number++) digest = foldSession(digest, sessionAt(table, number));
  return digest;
}

function foldSession(digest: u32, session: Session): u32 {
  return fold(fold(digest, <u32>session.outwardPackets + (session.state << 28)), <u32>session.backwardPackets);
}

// inline
function clientOf(session: u32): u32 {
  return (session & 255) << 1;
}

// inline
function serverOf(session: u32): u32 {
  return (((session >> 3) & 255) << 1) | 1;
}

/** 10.<port>.<station>. Clients are even, servers odd. */
// inline
function addressOf(station: u32): u32 {
  return NETWORK | ((station & 1) << 16) | station;
}

// inline
function addressesOf(session: u32): u64 {
  return ((<u64>addressOf(clientOf(session))) << 32) | <u64>addressOf(serverOf(session));
}

// inline
function portsOf(session: u32): u32 {
  return ((FIRST_PORT + (session >> 8)) << 16) | SERVICE;
}

/** One frame of a session: from its client at port 0, from its server at port 1. */
// inline
function bear(own: Tester, port: u32, opens: bool): void {
  const session = opens ? own.nextSession++ & NEW_SESSIONS : <u32>((<u64>draw(own) * <u64>own.sessions) >> 32);
  const isClient = port === 0;
  const from = isClient ? clientOf(session) : serverOf(session);
  const to = isClient ? serverOf(session) : clientOf(session);
  const born = bearFrame(PORTS + port, FRAME_BYTES, DEFINITION, 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  storeMac(bytes, portAt(port).usedMac);
  storeMac(bytes + 6, stationMac(from));
  fillPacket(bytes, addressOf(from), addressOf(to), opens ? SYN : ACK);
  const ports = portsOf(session);
  store<u32>(bytes + AT_TCP, bswap<u32>(isClient ? ports : turnedPorts(ports)));
  send(PORTS + port, <Buffer>born, 0);
}

/** Words are stored whole, and the checksum follows from their values: a wide load of what was just stored in parts would stall. */
// inline
function fillPacket(bytes: usize, source: u32, destination: u32, flags: u32): void {
  // EtherType, version, length 46; TTL 64, TCP.
  store<u32>(bytes + 12, 0x00450008);
  store<u32>(bytes + 16, 0x00002e00);
  store<u32>(bytes + 20, 0x06400000);
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>~sumOf(source, destination)));
  store<u32>(bytes + SOURCE, bswap<u32>(source));
  store<u32>(bytes + DESTINATION, bswap<u32>(destination));
  store<u16>(bytes + AT_TCP + 12, <u16>(0x50 | (flags << 8)));
}

/** Ones' complement sum of the header with these addresses, its checksum left out. */
// inline
function sumOf(source: u32, destination: u32): u32 {
  const sum = (source & 0xffff) + (source >> 16) + (destination & 0xffff) + (destination >> 16) + HEADER_SUM;
  const folded = (sum & 0xffff) + (sum >> 16);
  return (folded & 0xffff) + (folded >> 16);
}
