/** DHCP messages in frames, as clients, servers and relays send and receive them. */
import { type Ipv4, ipv4FromNumber, ipv4ToNumber } from '../../../values/ipv4-address.ts';
import { BROADCAST, type Mac } from '../../../values/mac.ts';
import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, type DhcpMessage, emitDhcp, parseDhcp } from '../../../wire/dhcp.ts';
import { ETHERTYPE, type EthernetFrame, emitEthernet, parseEthernet } from '../../../wire/ethernet.ts';
import { emitIpv4Packet, IP_PROTOCOL, type Ipv4Packet, parseIpv4Packet } from '../../../wire/ipv4.ts';
import { emitUdp, parseUdp } from '../../../wire/udp.ts';
import { ipv4Defaults } from '../neighbours/icmp.ts';

export const NO_ADDRESS = '0.0.0.0' as Ipv4;
export const EVERYBODY = '255.255.255.255' as Ipv4;
/** Filled in by the node that routes the frame. */
const UNADDRESSED = '00:00:00:00:00:00' as Mac;

/** A message as it was received. */
export interface Received {
  readonly frame: EthernetFrame;
  readonly packet: Ipv4Packet;
  /** "client": it is for a client's port; "server": for a server's or relay's. */
  readonly to: 'client' | 'server';
  readonly message: DhcpMessage;
}

/** The message of a frame; null for every other frame, and for what is damaged. */
export function dhcpIn(bytes: Uint8Array): Received | null {
  const frame = parseEthernet(bytes);
  const packet = frame?.etherType === ETHERTYPE.ipv4 ? parseIpv4Packet(frame.payload) : null;
  if (frame === null || packet?.protocol !== IP_PROTOCOL.udp) return null;
  const udp = parseUdp(packet.payload, 0, packet);
  const message = udp === null ? null : parseDhcp(udp.payload);
  if (udp === null || message === null) return null;
  if (udp.dstPort === DHCP_CLIENT_PORT) return { frame, packet, to: 'client', message };
  return udp.dstPort === DHCP_SERVER_PORT ? { frame, packet, to: 'server', message } : null;
}

/** Addresses of a frame; MACs that are left out are filled in by the node that routes it. */
interface Addressed {
  readonly src: Ipv4;
  readonly dst: Ipv4;
  readonly srcMac?: Mac;
  readonly dstMac?: Mac;
}

/** A message to a server or relay. */
export function toServer(message: DhcpMessage, addressed: Addressed): Uint8Array {
  return frameOf(message, addressed, DHCP_CLIENT_PORT, DHCP_SERVER_PORT);
}

/** A message from a server or relay to a client. */
export function toClient(message: DhcpMessage, addressed: Addressed): Uint8Array {
  return frameOf(message, addressed, DHCP_SERVER_PORT, DHCP_CLIENT_PORT);
}

/** A message between a server and a relay. */
export function betweenServers(message: DhcpMessage, addressed: Addressed): Uint8Array {
  return frameOf(message, addressed, DHCP_SERVER_PORT, DHCP_SERVER_PORT);
}

function frameOf(message: DhcpMessage, { src, dst, srcMac, dstMac }: Addressed, srcPort: number, dstPort: number): Uint8Array {
  const payload = emitUdp({ srcPort, dstPort, payload: emitDhcp(message) }, { src, dst });
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.udp, src, dst, payload });
  const header = { dst: dstMac ?? UNADDRESSED, src: srcMac ?? UNADDRESSED, etherType: ETHERTYPE.ipv4 };
  return emitEthernet({ ...header, payload: packet });
}

/** Where an answer goes that is no unicast through routers: a client without an address hears its own MAC, or everybody's (RFC 2131, 4.1). */
export function clientAddresses(message: DhcpMessage): { readonly dst: Ipv4; readonly dstMac: Mac } {
  const isForAll = message.broadcast || message.type === 'nak' || message.yiaddr === NO_ADDRESS;
  return isForAll ? { dst: EVERYBODY, dstMac: BROADCAST } : { dst: message.yiaddr, dstMac: message.chaddr };
}

export function maskOf(prefix: number): Ipv4 {
  return ipv4FromNumber(prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);
}

/** The length of the prefix that a mask means; 32 of one with gaps. */
export function prefixOf(mask: Ipv4): number {
  const zeros = ~ipv4ToNumber(mask) >>> 0;
  const length = 32 - zeros.toString(2).length;
  return zeros === 0 ? 32 : maskOf(length) === mask ? length : 32;
}

export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
