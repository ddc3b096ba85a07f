/**
 * The tester around a NIC. Device ports: 0 the wire, 1 the PF, 2.. the VFs.
 *
 * Each VF is a station with one address, and behind the wire there are as many more. Wire and VFs are polled alternately, so
 * half of all frames come from the wire, a quarter goes to it, and a quarter stays inside the NIC; without a wire (trunk NONE)
 * all of them do. Every frame is IPv4 and TCP with addresses and ports of its own. Its header has no checksum: to a NIC that is
 * payload.
 */

import { send } from '../decide/send';
import { Buffer, bytesOf } from '../frame/buffer';
import { storeMac } from '../frame/ethernet';
import { bearFrame, deliverFrame } from '../frame/frame';
import { DESTINATION, SOURCE } from '../frame/ipv4';
import * as L from '../memory/layout';
import { portAt } from '../memory/port';
import { poolOf, queueFrames } from '../nic/nic';
import { hashFrame, Rss } from '../nic/rss';
import { burst } from '../run/poll';
import { DEFINITION, drain, draw, FRAME_BYTES, fold, stationMac, Tester, tester } from './tester';

/** First VF among the device's ports. */
const FIRST_VF: u32 = 2;
const SOURCE_PORT: usize = 34;
/** Frames that `benchHashes` has at hand, a power of two. */
const HASHED: u32 = 64;
const HASHED_AT: usize = memory.data(256, 64);

/** Polls wire and VFs in turn. */
export function nicPolls(own: Tester, polls: u32, size: u32): void {
  for (let i: u32 = 0; i < polls; i++) {
    const port = nextPort(own);
    const vfs = own.stations;
    const isWire = port === own.trunk;
    const first = isWire ? vfs : port - FIRST_VF;
    const others = isWire ? vfs - 1 : 0;
    const reach = isWire || own.trunk === <u32>L.NONE ? vfs - 1 : vfs * 2 - 1;
    for (let k: u32 = 0; k < size; k++) {
      const x = draw(own);
      const from = first | (x & others);
      const to = (x >> 16) & reach;
      // A station does not write to itself. No branch: the processor could not predict it.
      bear(own, port, from, to ^ u32(to === from), x);
    }
    burst(port, size);
    drain(own, own.ports + port);
  }
}

function nextPort(own: Tester): u32 {
  const turn = own.port;
  const hasWire = own.trunk !== <u32>L.NONE;
  own.port = (turn + 1) & ((own.stations << u32(hasWire)) - 1);
  if (!hasWire) return FIRST_VF + turn;
  return (turn & 1) === 0 ? own.trunk : FIRST_VF + (turn >> 1);
}

// inline
function bear(own: Tester, port: u32, from: u32, to: u32, random: u32): void {
  const born = bearFrame(own.ports + port, FRAME_BYTES, DEFINITION, 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  storeMac(bytes, stationMac(to));
  storeMac(bytes + 6, stationMac(from));
  fillPacket(bytes, random);
  send(own.ports + port, <Buffer>born, port === own.trunk ? own.trunkVlan : 0);
}

/** From 10.0.x.x to 10.1.x.x, as a number draws them. */
// inline
function fillPacket(bytes: usize, random: u32): void {
  // EtherType, version and length of the header, length of the packet, no identification.
  store<u64>(bytes + 12, 0x2e00_0045_0008);
  // No fragment, TTL 64, TCP.
  store<u32>(bytes + 20, 0x0640_0000);
  store<u16>(bytes + 24, 0);
  store<u32>(bytes + SOURCE, 0x000a | (random & 0xffff_0000));
  store<u32>(bytes + DESTINATION, 0x010a | (random << 16));
  store<u32>(bytes + SOURCE_PORT, random * 0x9e37_79b1);
}

/** The digest, and in which queues frames were counted, with the last hash of each VF. */
export function withQueues(own: Tester): u32 {
  let digest = own.digest;
  for (let vf: u32 = 0; vf < own.stations; vf++) {
    const pool = poolOf(portAt(FIRST_VF + vf));
    digest = fold(digest, pool.lastHash);
    for (let queue: u32 = 0; queue < pool.queues; queue++) digest = fold(digest, load<u32>(queueFrames(pool, queue)));
  }
  return digest;
}

/** Hashes as many frames with the first VF's key, of a few that are in the cache. */
export function benchHashes(count: u32): void {
  const own = tester();
  const rss = changetype<Rss>(<usize>poolOf(portAt(FIRST_VF)).rssAt);
  const port = own.ports + FIRST_VF;
  for (let i: u32 = 0; i < HASHED; i++) {
    const buffer = <Buffer>bearFrame(port, FRAME_BYTES, DEFINITION, 0);
    fillPacket(bytesOf(buffer), draw(own));
    store<u32>(HASHED_AT + i * 4, <u32>changetype<usize>(buffer));
  }
  own.digest = foldHashes(rss, own.digest, count);
  own.frames += count;
  for (let i: u32 = 0; i < HASHED; i++) deliverFrame(hashed(i), port);
}

function foldHashes(rss: Rss, digest: u32, count: u32): u32 {
  let folded = digest;
  for (let i: u32 = 0; i < count; i++) folded = fold(folded, hashFrame(rss, hashed(i)));
  return folded;
}

// inline
function hashed(index: u32): Buffer {
  return changetype<Buffer>(<usize>load<u32>(HASHED_AT + (index & (HASHED - 1)) * 4));
}
