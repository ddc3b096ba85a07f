/**
 * DHCP in the data plane (RFC 2131): which frames are for the agent of a client, server or relay, and which a switch that snoops lets pass.
 * What the messages say is the agents' matter (ts/engine/agents/leases).
 */
import { DROP_DHCP_SNOOPING } from '../../gen/asm/drop-reasons';
import { Buffer, bytesOf, retain } from '../frame/buffer';
import { ETHERTYPE_IPV4, etherTypeOf } from '../frame/ethernet';
import { dropFrame } from '../frame/frame';
import { DESTINATION, IP, IPV4_HEADER_BYTES, PROTOCOL, UDP } from '../frame/ipv4';
import { puntFrame } from '../frame/punt';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { Port } from '../memory/port';
import { findRoute, Route, VIA_LOCAL } from './routes';

const SERVER_PORT: u32 = 67;
const CLIENT_PORT: u32 = 68;
const EVERYBODY: u32 = 0xffffffff;
const UDP_HEADER_BYTES: u32 = 8;
/** Where a packet that is a later piece of another says so. */
const FRAGMENT_OFFSET_MASK: u32 = 0x1fff;

/** The port that an IPv4 packet of DHCP is for: a server's or relay's, or a client's; 0 of any other packet. */
function dhcpPortOf(buffer: Buffer): u32 {
  const bytes = bytesOf(buffer);
  if (load<u8>(bytes + PROTOCOL) !== <u8>UDP) return 0;
  if ((<u32>bswap<u16>(load<u16>(bytes + IP + 6)) & FRAGMENT_OFFSET_MASK) !== 0) return 0;
  const header = <u32>(load<u8>(bytes + IP) & 15) * 4;
  if (header < IPV4_HEADER_BYTES || buffer.length < <u32>IP + header + UDP_HEADER_BYTES) return 0;
  const to: u32 = bswap<u16>(load<u16>(bytes + IP + header + 2));
  return to === SERVER_PORT || to === CLIENT_PORT ? to : 0;
}

/**
 * Hands a packet of DHCP to the agent. A client has no address yet when it is answered, so it takes what is for its port whatever the
 * address; servers and relays take what is for everybody or for an address of their own. False: it is none of the node's.
 */
export function takesDhcp(node: Node, port: Port, index: u32, buffer: Buffer, cause: u32): bool {
  const to = dhcpPortOf(buffer);
  if (to === 0 || buffer.flow !== 0) return false;
  const ip = bswap<u32>(load<u32>(bytesOf(buffer) + DESTINATION));
  const isClients = to === CLIENT_PORT && (port.flags & L.PORT_LEASED) !== 0;
  if (!isClients && ((node.flags & L.NODE_SERVES_DHCP) === 0 || !(ip === EVERYBODY || isLocal(node, ip)))) return false;
  puntFrame(index, buffer, 0, cause);
  return true;
}

function isLocal(node: Node, ip: u32): bool {
  const route = findRoute(node, ip);
  return route !== null && (<Route>route).via === VIA_LOCAL;
}

/**
 * A switch that snoops: what a server says comes in only by a trusted port. Everything else of DHCP passes, and the agent gets a copy
 * (rule DAI-01: bindings follow leases). False: dropped.
 */
export function dhcpAccepted(node: Node, index: u32, port: Port, buffer: Buffer, vlan: u32): bool {
  if (etherTypeOf(bytesOf(buffer)) !== ETHERTYPE_IPV4) return true;
  const to = dhcpPortOf(buffer);
  if (to === 0 || buffer.flow !== 0) return true;
  if (to === CLIENT_PORT && (port.flags & L.PORT_DHCP_TRUSTED) === 0) {
    dropFrame(buffer, vlan, index, DROP_DHCP_SNOOPING, 1);
    return false;
  }
  retain(buffer);
  node.copied++;
  puntFrame(index, buffer, vlan, buffer.cause);
  return true;
}
