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
import { bearFrame, deliverFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, headerSum, IP, SOURCE, TCP, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import { firstOf, lineAt, takeArrival } from '../frame/line';
import { ACK, SYN } from '../frame/tcp-header';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import * as S from '../memory/session-layout';
import { burst } from '../run/poll';
import { Session, sessionAt, tableOf } from '../session/record';
import { insert } from '../session/table';
import { turnedAddresses, turnedPorts } from '../session/tuple';
import { DEFINITION, draw, FRAME_BYTES, fold, NETWORK, stationMac, Tester, tester } from './tester';

const PORTS: u32 = 2;
const SERVICE: u32 = 443;
const FIRST_PORT: u32 = 1024;
/** The policy that allows the sessions, from 1. */
const POLICY: u32 = 4;
const AT_TCP: usize = IP + 20;
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
  const addresses = addressesOf(session);
  const ports = portsOf(session);
  const born = bearFrame(PORTS + port, FRAME_BYTES, DEFINITION, 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  const isClient = port === 0;
  storeMac(bytes, portAt(port).usedMac);
  storeMac(bytes + 6, stationMac(isClient ? clientOf(session) : serverOf(session)));
  fillPacket(bytes, isClient ? addresses : turnedAddresses(addresses), isClient ? ports : turnedPorts(ports), opens ? SYN : ACK);
  send(PORTS + port, <Buffer>born, 0);
}

// inline
function fillPacket(bytes: usize, addresses: u64, ports: u32, flags: u32): void {
  store<u16>(bytes + 12, 0x0008);
  store<u16>(bytes + IP, 0x0045);
  store<u16>(bytes + TOTAL_LENGTH, bswap<u16>(<u16>(FRAME_BYTES - L.ETHERNET_HEADER_BYTES)));
  store<u32>(bytes + IP + 4, 0);
  store<u16>(bytes + TTL, 0x0640);
  store<u16>(bytes + CHECKSUM, 0);
  store<u32>(bytes + SOURCE, bswap<u32>(<u32>(addresses >> 32)));
  store<u32>(bytes + DESTINATION, bswap<u32>(<u32>addresses));
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>~headerSum(bytes + IP, 20)));
  store<u32>(bytes + AT_TCP, bswap<u32>(ports));
  store<u8>(bytes + AT_TCP + 12, 0x50);
  store<u8>(bytes + AT_TCP + 13, <u8>flags);
}

/** As `drain` of the other testers, but what is folded is what the firewall wrote: the address, TTL and checksum. */
function drainPackets(own: Tester, index: u32): void {
  const head = header();
  const line = lineAt(index);
  const port = line.to;
  const node = nodeAt(portAt(port).node);
  let digest = own.digest;
  let frames: u64 = 0;
  while (line.head !== 0) {
    const first = firstOf(line);
    const atNs = first.atNs;
    if (atNs > head.nowNs) head.nowNs = atNs;
    const vlan = first.vlan;
    const buffer = takeArrival(index, line, first);
    node.received++;
    const bytes = bytesOf(buffer);
    digest = fold(digest, <u32>buffer.number + (port << 20) + vlan + load<u32>(bytes + 2) + load<u32>(bytes + TTL));
    frames++;
    deliverFrame(buffer, port);
  }
  own.digest = digest;
  own.frames += frames;
}
