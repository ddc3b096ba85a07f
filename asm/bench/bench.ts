/**
 * The burst benchmark around polled lines (poll.ts).
 *
 *   tester ports P..2P-1 ──line p──► device ports 0..P-1, node 0 ──line P+p──► tester ports, node 1
 *
 * One poll of port p: as many new frames as a burst holds are born on its tester port, the device forwards them, and the
 * tester takes the frames that have come for port p and folds them into a digest. The C and JavaScript baselines do the same.
 */

import { send } from '../decide/send';
import { Buffer, bytesOf } from '../frame/buffer';
import { storeMac } from '../frame/ethernet';
import { fdbKey, fdbLearn } from '../frame/fdb';
import { bearFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, headerSum, IP, SOURCE, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { burst } from '../run/poll';
import { ipv6Polls, routesIpv6 } from './bench-ipv6';
import { nicPolls, withQueues } from './bench-nic';
import { sessionPolls, withSessions } from './bench-session';
import { DEFINITION, drain, draw, FRAME_BYTES, NETWORK, resetTester, stationMac, Tester, tester } from './tester';

/** Starts a measurement on a device that is configured; a learning switch has learned all stations. */
export function benchBegin(ports: u32, stations: u32, trunk: u32, trunkVlan: u32): void {
  resetTester(ports, stations, trunk, trunkVlan);
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
  const kind = nodeAt(0).kind;
  if (kind === <u32>L.NODE_NIC) {
    nicPolls(own, polls, size);
    return;
  }
  if (hasSessions()) {
    sessionPolls(own, polls, size);
    return;
  }
  if (routesIpv6()) {
    ipv6Polls(own, polls, size);
    return;
  }
  const routes = kind === <u32>L.NODE_LAYER3;
  for (let i: u32 = 0; i < polls; i++) {
    const port = own.port;
    own.port = (port + 1) & (own.ports - 1);
    for (let k: u32 = 0; k < size; k++) bear(own, port, routes);
    burst(port, size);
    drain(own, own.ports + port);
  }
}

/** Frames delivered since `benchBegin`, and the digest of all of them, in order. Of a NIC, queues included; of a firewall, sessions. */
export function benchFrames(): u64 {
  return tester().frames;
}

export function benchDigest(): u32 {
  if (hasSessions()) return withSessions(tester());
  return nodeAt(0).kind === <u32>L.NODE_NIC ? withQueues(tester()) : tester().digest;
}

function hasSessions(): bool {
  return (nodeAt(0).flags & L.NODE_SESSIONS) !== 0;
}

export function benchDropped(): u64 {
  return nodeAt(0).dropped + nodeAt(1).dropped;
}

/** One frame from a random station behind a port to a random station behind another. */
// inline
function bear(own: Tester, port: u32, routed: bool): void {
  const x = draw(own);
  const mask = own.ports - 1;
  const from = (x & 0xffff & (own.stations - 1) & ~mask) | port;
  let to = (x >> 16) & (own.stations - 1);
  // No branch: the processor could not predict it.
  to ^= u32((to & mask) === port);
  const born = bearFrame(own.ports + port, FRAME_BYTES, DEFINITION, 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  storeMac(bytes, routed ? portAt(port).usedMac : stationMac(to));
  storeMac(bytes + 6, stationMac(from));
  if (routed) fillPacket(bytes, NETWORK | ((to & mask) << 16) | to, NETWORK | (port << 16) | from);
  send(own.ports + port, <Buffer>born, port === own.trunk ? own.trunkVlan : 0);
}

function fillPacket(bytes: usize, destination: u32, source: u32): void {
  store<u16>(bytes + 12, 0x0008);
  store<u16>(bytes + IP, 0x0045);
  store<u16>(bytes + TOTAL_LENGTH, bswap<u16>(<u16>(FRAME_BYTES - L.ETHERNET_HEADER_BYTES)));
  store<u32>(bytes + IP + 4, 0);
  store<u16>(bytes + TTL, 0x1140);
  store<u16>(bytes + CHECKSUM, 0);
  store<u32>(bytes + SOURCE, bswap<u32>(source));
  store<u32>(bytes + DESTINATION, bswap<u32>(destination));
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>~headerSum(bytes + IP, 20)));
}
