/**
 * The benchmark's tester: node 1, across the lines of the device under test. Its state: the stations it speaks for, its random
 * numbers, and the digest of the frames it has taken off the lines.
 */

import { bytesOf } from '../frame/buffer';
import { deliverTo } from '../frame/frame';
import { TTL } from '../frame/ipv4';
import { PAYLOAD_LENGTH } from '../frame/ipv6';
import { firstOf, lineAt, takeArrival } from '../frame/line';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { header } from '../memory/region';

@unmanaged
export class Tester {
  /** Of the device. A power of two, save for a NIC: its wire, its PF, its VFs. */
  ports: u32;
  /** A power of two. Of a NIC: its VFs; there are as many stations beyond its wire. Else station s is behind port s % ports. */
  stations: u32;
  /** VLAN word of frames that port `trunk` receives. */
  trunk: u32;
  trunkVlan: u32;
  random: u32;
  /** Next port to be polled; of a NIC, next turn. */
  port: u32;
  digest: u32;
  /** A firewall: 1 where each frame opens a session. */
  opens: u32;
  frames: u64;
  /** A firewall: its established sessions; or the number of the next new one. */
  sessions: u32;
  nextSession: u32;
}

const TESTER_BYTES: i32 = 64;
const TESTER: usize = memory.data(TESTER_BYTES, 64);
if (offsetof<Tester>() > <usize>TESTER_BYTES) ERROR('Tester does not fit its block');
/** A minimal frame without its check sequence. */
export const FRAME_BYTES: u32 = L.SHORTEST_FRAME_BYTES;
/** Event that everything here exists for. */
export const DEFINITION: u32 = 1;
/** Last four bytes of a frame's addresses: they tell stations apart. */
const DESTINATION_TAIL: usize = 2;
const SOURCE_TAIL: usize = 8;
/** Address of station 0, locally administered, in wire order; the others are numbered in the last two bytes. */
const STATION_MAC: u64 = 0x02;
const SEED: u32 = 0x9e3779b9;
/** 10.<port>.<station>: where station s is reached at layer 3. */
export const NETWORK: u32 = 0x0a000000;

// inline
export function tester(): Tester {
  return changetype<Tester>(TESTER);
}

/** Forgets the last measurement. */
export function resetTester(ports: u32, stations: u32, trunk: u32, trunkVlan: u32): void {
  const own = tester();
  own.ports = ports;
  own.stations = stations;
  own.trunk = trunk;
  own.trunkVlan = trunkVlan;
  own.random = SEED;
  own.port = 0;
  own.digest = 0;
  own.frames = 0;
}

/** xorshift32 (Marsaglia 2003). */
export function draw(own: Tester): u32 {
  let x = own.random;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  own.random = x;
  return x;
}

// inline
export function stationMac(station: u32): u64 {
  return STATION_MAC | ((<u64>bswap<u16>(<u16>station)) << 32);
}

/** A digest with one more value in it. */
// inline
export function fold(digest: u32, value: u32): u32 {
  return (rotl(digest, 5) * 31) ^ value;
}

/** Takes all frames on the line to a tester port, in order. */
export function drain(own: Tester, index: u32): void {
  takeAll(own, index, 0);
}

/** The same of packets, whose destination, TTL and checksum the device wrote: they are folded in place of the source. */
export function drainPackets(own: Tester, index: u32): void {
  takeAll(own, index, TTL);
}

/** The same of IPv6 packets, which have a hop limit and no checksum. */
export function drainPackets6(own: Tester, index: u32): void {
  takeAll(own, index, PAYLOAD_LENGTH);
}

/** @param written where the device wrote into a packet's header, of which four bytes are folded; 0: the source is folded. */
// inline
function takeAll(own: Tester, index: u32, written: usize): void {
  const head = header();
  const line = lineAt(index);
  const port = line.to;
  const node = nodeAt(portAt(port).node);
  let digest = own.digest;
  let frames: u64 = 0;
  while (true) {
    const first = firstOf(line);
    if (changetype<usize>(first) === 0) break;
    const atNs = first.atNs;
    if (atNs > head.nowNs) head.nowNs = atNs;
    const vlan = first.vlan;
    const buffer = takeArrival(index, line, first);
    node.received++;
    const bytes = bytesOf(buffer);
    const seen = written !== 0 ? load<u32>(bytes + DESTINATION_TAIL) + load<u32>(bytes + written) : load<u32>(bytes + SOURCE_TAIL);
    digest = fold(digest, <u32>buffer.number + (port << 20) + vlan + seen);
    frames++;
    deliverTo(node, buffer);
  }
  own.digest = digest;
  own.frames += frames;
}
