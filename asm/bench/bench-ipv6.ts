/**
 * The tester around an IPv6 router: station s has the address 2001:db8:0:<port>::<s> behind port s % ports, and every frame is a packet from
 * a station behind one port to a station behind another. bench/route6.c does the same.
 */
import { send } from '../decide/send';
import { Buffer, bytesOf } from '../frame/buffer';
import { storeMac } from '../frame/ethernet';
import { bearFrame } from '../frame/frame';
import { DESTINATION6, IPV6_HEADER_BYTES, NEXT_HEADER, SOURCE6 } from '../frame/ipv6';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { burst } from '../run/poll';
import { DEFINITION, drainPackets6, draw, FRAME_BYTES, stationMac, Tester } from './tester';

/** 2001:db8::, its first byte in the lowest place. */
const NETWORK6: u64 = 0xb80d0120;
/** EtherType, version, no class, no label, length of the payload. */
const HEAD: u64 = 0x0600_0000_0060_dd86;
if (FRAME_BYTES - L.ETHERNET_HEADER_BYTES - IPV6_HEADER_BYTES !== 6) ERROR('the header has the length of another frame');
/** No next header (RFC 8200, section 4.7), hop limit 64. */
const NOTHING_FOLLOWS: u16 = 0x403b;

export function routesIpv6(): bool {
  return nodeAt(0).routes6At !== 0;
}

/** Polls the router's ports in turn. */
export function ipv6Polls(own: Tester, polls: u32, size: u32): void {
  for (let i: u32 = 0; i < polls; i++) {
    const port = own.port;
    own.port = (port + 1) & (own.ports - 1);
    for (let k: u32 = 0; k < size; k++) bear(own, port);
    burst(port, size);
    drainPackets6(own, own.ports + port);
  }
}

/** One frame from a random station behind a port to a random station behind another. */
// inline
function bear(own: Tester, port: u32): void {
  const x = draw(own);
  const index = own.ports + port;
  const mask = own.ports - 1;
  const from = (x & 0xffff & (own.stations - 1) & ~mask) | port;
  let to = (x >> 16) & (own.stations - 1);
  // No branch: the processor could not predict it.
  to ^= u32((to & mask) === port);
  const born = bearFrame(index, FRAME_BYTES, DEFINITION, 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  storeMac(bytes, portAt(port).usedMac);
  storeMac(bytes + 6, stationMac(from));
  store<u64>(bytes + 12, HEAD);
  store<u16>(bytes + NEXT_HEADER, NOTHING_FOLLOWS);
  storeAddress(bytes + SOURCE6, from, mask);
  storeAddress(bytes + DESTINATION6, to, mask);
  send(index, <Buffer>born, 0);
}

// inline
function storeAddress(at: usize, station: u32, mask: u32): void {
  store<u64>(at, NETWORK6 | ((<u64>(station & mask)) << 56));
  store<u64>(at + 8, (<u64>bswap<u16>(<u16>station)) << 48);
}
