/**
 * Polled links, and the burst benchmark around them.
 *
 * Nothing here decides anything: `burst` hands the frames that wait on a link to `arrive`, as `run` does when their time
 * comes. So what is measured is what labs do: same policy, tables, provenance, pool and counters.
 *
 *   tester ports P..2P-1 ──link p──► device ports 0..P-1, node 0 ──link P+p──► tester ports, node 1
 *
 * One poll of port p: as many new frames as a burst holds are born on its tester port, the device forwards them, and the
 * tester drains what waits for port p by now, folding it into a digest. The C and JavaScript baselines do the same.
 */

import { fdbKey, fdbLearn } from './fdb';
import { Buffer, bearFrame, bytesOf, Descriptor, deliverFrame, storeMac } from './frame';
import { CHECKSUM, DESTINATION, IP, SOURCE, TOTAL_LENGTH, TTL } from './ipv4';
import { headerSum } from './layer3';
import * as L from './layout';
import { arrivalVlan, linkAt, send, takeArrival } from './link';
import { nodeAt } from './node';
import { portAt } from './port';
import { arrive } from './receive';
import { header } from './region';
import { ringsHaveRoom } from './trace';

/** Makes a link direction polled, before any frame is on it. */
export function setPolled(link: u32, polled: bool): void {
  linkAt(link).polled = polled ? 1 : 0;
}

/** Serves up to `max` frames that wait on a polled link. Time moves to each frame's arrival. Returns how many there were. */
export function burst(link: u32, max: u32): u32 {
  const head = header();
  let served: u32 = 0;
  const line = linkAt(link);
  while (served < max && line.head !== 0 && ringsHaveRoom()) {
    const atNs = changetype<Descriptor>(<usize>line.head).atNs;
    if (atNs > head.nowNs) head.nowNs = atNs;
    arrive(link);
    served++;
  }
  return served;
}

// ── The benchmark's tester ──────────────────────────────────────────────────────────────────────────────────────────

@unmanaged
class Tester {
  /** Of the device; a power of two. */
  ports: u32;
  /** A power of two; station s is behind port s % ports. */
  stations: u32;
  /** VLAN word of frames that port `trunk` receives. */
  trunk: u32;
  trunkVlan: u32;
  random: u32;
  /** Next port to be polled. */
  port: u32;
  digest: u32;
  _pad: u32;
  frames: u64;
}

const TESTER: usize = memory.data(64, 64);
const FRAME_BYTES: u32 = 60;
/** Last four bytes of a frame's source: they tell stations apart. */
const SOURCE_TAIL: usize = 8;
/** Address of station 0, locally administered, in wire order; the others are numbered in the last two bytes. */
const STATION_MAC: u64 = 0x02;
const SEED: u32 = 0x9e3779b9;
const DEFINITION: u32 = 1;
/** 10.<port>.<station>: where station s is reached at layer 3. */
const NETWORK: u32 = 0x0a000000;

// inline
function tester(): Tester {
  return changetype<Tester>(TESTER);
}

/** Starts a measurement on a device that is configured; a learning switch has learned all stations. */
export function benchBegin(ports: u32, stations: u32, trunk: u32, trunkVlan: u32): void {
  const own = tester();
  own.ports = ports;
  own.stations = stations;
  own.trunk = trunk;
  own.trunkVlan = trunkVlan;
  own.random = SEED;
  own.port = 0;
  own.digest = 0;
  own.frames = 0;
  const device = nodeAt(0);
  if (device.kind !== <u32>L.NODE_SWITCH) return;
  for (let station: u32 = 0; station < stations; station++) {
    const port = station & (ports - 1);
    fdbLearn(device, fdbKey(portAt(port).vlan, stationMac(station)), port, DEFINITION);
  }
}

/** Polls `polls` ports in turn. */
export function benchPolls(polls: u32, size: u32): void {
  const own = tester();
  const routes = nodeAt(0).kind === <u32>L.NODE_LAYER3;
  for (let i: u32 = 0; i < polls; i++) {
    const port = own.port;
    own.port = (port + 1) & (own.ports - 1);
    for (let k: u32 = 0; k < size; k++) bear(own, port, routes);
    burst(port, size);
    drain(own, own.ports + port);
  }
}

/** Frames delivered since `benchBegin`, and the digest of all of them, in order. */
export function benchFrames(): u64 {
  return tester().frames;
}

export function benchDigest(): u32 {
  return tester().digest;
}

export function benchDropped(): u64 {
  return nodeAt(0).dropped + nodeAt(1).dropped;
}

/** xorshift32 (Marsaglia 2003). */
function draw(own: Tester): u32 {
  let x = own.random;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  own.random = x;
  return x;
}

/** One frame from a random station behind a port to a random station behind another. */
// inline
function bear(own: Tester, port: u32, routed: bool): void {
  const x = draw(own);
  const mask = own.ports - 1;
  const from = (x & 0xffff & (own.stations - 1) & ~mask) | port;
  let to = (x >> 16) & (own.stations - 1);
  // No branch: nobody can predict it.
  to ^= u32((to & mask) === port);
  const born = bearFrame(own.ports + port, FRAME_BYTES, DEFINITION, 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  storeMac(bytes, routed ? portAt(port).usedMac : stationMac(to));
  storeMac(bytes + 6, stationMac(from));
  if (routed) fillPacket(bytes, NETWORK | ((to & mask) << 16) | to, NETWORK | (port << 16) | from);
  send(own.ports + port, <Buffer>born, port === own.trunk ? own.trunkVlan : 0);
}

// inline
function stationMac(station: u32): u64 {
  return STATION_MAC | ((<u64>bswap<u16>(<u16>station)) << 32);
}

function fillPacket(bytes: usize, destination: u32, source: u32): void {
  store<u16>(bytes + 12, 0x0008);
  store<u16>(bytes + IP, 0x0045);
  store<u16>(bytes + TOTAL_LENGTH, bswap<u16>(<u16>(FRAME_BYTES - 14)));
  store<u32>(bytes + IP + 4, 0);
  store<u16>(bytes + TTL, 0x1140);
  store<u16>(bytes + CHECKSUM, 0);
  store<u32>(bytes + SOURCE, bswap<u32>(source));
  store<u32>(bytes + DESTINATION, bswap<u32>(destination));
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>~headerSum(bytes + IP, 20)));
}

/** Takes everything that waits for a tester port, in order. */
function drain(own: Tester, link: u32): void {
  const head = header();
  const line = linkAt(link);
  const port = line.to;
  const node = nodeAt(portAt(port).node);
  let digest = own.digest;
  let frames: u64 = 0;
  while (line.head !== 0) {
    const atNs = changetype<Descriptor>(<usize>line.head).atNs;
    if (atNs > head.nowNs) head.nowNs = atNs;
    const vlan = arrivalVlan(line);
    const buffer = takeArrival(link, line);
    node.received++;
    digest = (rotl(digest, 5) * 31) ^ (<u32>buffer.number + (port << 20) + vlan + load<u32>(bytesOf(buffer) + SOURCE_TAIL));
    frames++;
    deliverFrame(buffer, port);
  }
  own.digest = digest;
  own.frames += frames;
}
