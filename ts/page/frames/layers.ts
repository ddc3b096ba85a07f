/** The layers of a frame with their fields, each with the bytes that it stands in: what the list of frames shows beside the hex. */
import { ARP_OPCODE, ARP_SENDER_IP, ARP_SENDER_MAC, ARP_TARGET_IP, ARP_TARGET_MAC, ArpView } from '../../wire/arp.ts';
import { ETHERNET_DST, ETHERNET_SRC, ETHERNET_TYPE, ETHERTYPE, EthernetView, VLAN_TCI, VLAN_TYPE } from '../../wire/ethernet.ts';
import { ICMP_CODE, ICMP_ECHO_HEADER_BYTES, ICMP_TYPE } from '../../wire/icmp.ts';
import {
  IP_PROTOCOL,
  IPV4_CHECKSUM,
  IPV4_DST,
  IPV4_ID,
  IPV4_PROTOCOL,
  IPV4_SRC,
  IPV4_TOTAL_LENGTH,
  IPV4_TTL,
  Ipv4View,
} from '../../wire/ipv4.ts';
import { IPV6_DST, IPV6_HEADER_BYTES, IPV6_HOP_LIMIT, IPV6_SRC, NEXT_HEADER, parseIpv6Packet } from '../../wire/ipv6.ts';
import { parseTcp, TCP_ACK, TCP_DST_PORT, TCP_FLAGS, TCP_HEADER_BYTES, TCP_SEQ, TCP_SRC_PORT, TCP_WINDOW } from '../../wire/tcp.ts';
import { UDP_CHECKSUM, UDP_DST_PORT, UDP_HEADER_BYTES, UDP_LENGTH, UDP_SRC_PORT } from '../../wire/udp.ts';

export interface Field {
  readonly name: string;
  readonly value: string;
  /** Of the frame's first byte. */
  readonly from: number;
  readonly to: number;
}

export interface Layer {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly fields: readonly Field[];
}

type FieldRow = readonly [name: string, value: string | number, offset: number, bytes: number];

function layer(name: string, from: number, to: number, rows: readonly FieldRow[]): Layer {
  const fields = rows.map(([field, value, offset, bytes]) => ({
    name: field,
    value: String(value),
    from: from + offset,
    to: from + offset + bytes,
  }));
  return { name, from, to, fields };
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x10000 + u16(bytes, at + 2);

/** The layers of a frame as far as its bytes go, outermost first. It never throws, whatever the bytes. */
export function layersOf(bytes: Uint8Array): readonly Layer[] {
  const frame = EthernetView.over(bytes);
  if (frame === null) return rest('Ethernet, cut short', bytes, 0);
  const { headerLength, vlan, etherType } = frame;
  const ethernet = layer('Ethernet', 0, headerLength, [
    ['destination', frame.dst, ETHERNET_DST, 6],
    ['source', frame.src, ETHERNET_SRC, 6],
    ...(vlan === null ? [] : ([[`VLAN, priority ${vlan.priority}`, vlan.id, VLAN_TCI, 2]] satisfies FieldRow[])),
    ['type', hex(etherType, 4), vlan === null ? ETHERNET_TYPE : VLAN_TYPE, 2],
  ]);
  return [ethernet, ...above(etherType, bytes, headerLength)];
}

function above(etherType: number, bytes: Uint8Array, at: number): readonly Layer[] {
  if (etherType === ETHERTYPE.arp || etherType === ETHERTYPE.rarp) return arp(etherType, bytes, at);
  if (etherType === ETHERTYPE.ipv4) return ipv4(bytes, at);
  if (etherType === ETHERTYPE.ipv6) return ipv6(bytes, at);
  return rest('Data', bytes, at);
}

function rest(name: string, bytes: Uint8Array, at: number): readonly Layer[] {
  return at >= bytes.length
    ? []
    : [layer(name, at, bytes.length, [['length', `${bytes.length - at} bytes`, 0, bytes.length - at]])];
}

function arp(etherType: number, bytes: Uint8Array, at: number): readonly Layer[] {
  const view = ArpView.over(bytes.subarray(at));
  if (view === null) return rest('ARP, cut short or not IPv4 over Ethernet', bytes, at);
  const end = at + ARP_TARGET_IP + 4;
  const arpLayer = layer(etherType === ETHERTYPE.arp ? 'ARP' : 'RARP', at, end, [
    ['operation', view.opcode, ARP_OPCODE, 2],
    ['sender MAC', view.senderMac, ARP_SENDER_MAC, 6],
    ['sender address', view.senderIp, ARP_SENDER_IP, 4],
    ['target MAC', view.targetMac, ARP_TARGET_MAC, 6],
    ['target address', view.targetIp, ARP_TARGET_IP, 4],
  ]);
  return [arpLayer, ...rest('Padding', bytes, end)];
}

function ipv4(bytes: Uint8Array, at: number): readonly Layer[] {
  const view = Ipv4View.over(bytes, at);
  if (view === null) return rest('IPv4, cut short or malformed', bytes, at);
  const end = at + view.headerLength;
  const ip = layer('IPv4', at, end, [
    ['total length', view.totalLength, IPV4_TOTAL_LENGTH, 2],
    ['identification', hex(view.id, 4), IPV4_ID, 2],
    ['time to live', view.ttl, IPV4_TTL, 1],
    ['protocol', view.protocol, IPV4_PROTOCOL, 1],
    [`checksum, ${view.isChecksumValid ? 'right' : 'wrong'}`, hex(u16(bytes, at + IPV4_CHECKSUM), 4), IPV4_CHECKSUM, 2],
    ['source', view.src, IPV4_SRC, 4],
    ['destination', view.dst, IPV4_DST, 4],
  ]);
  const isFirst = view.fragment.offsetBytes === 0;
  return [ip, ...(isFirst ? transport(view.protocol, bytes, end) : rest('Fragment', bytes, end))];
}

function ipv6(bytes: Uint8Array, at: number): readonly Layer[] {
  const packet = parseIpv6Packet(bytes, at);
  if (packet === null) return rest('IPv6, cut short or malformed', bytes, at);
  const end = at + IPV6_HEADER_BYTES;
  const ip = layer('IPv6', at, end, [
    ['next header', packet.nextHeader, 6, 1],
    ['hop limit', packet.hopLimit, IPV6_HOP_LIMIT, 1],
    ['source', packet.src, IPV6_SRC, 16],
    ['destination', packet.dst, IPV6_DST, 16],
  ]);
  if (packet.nextHeader !== NEXT_HEADER.icmp6) return [ip, ...transport(packet.nextHeader, bytes, end)];
  const [type = 0, code = 0] = bytes.subarray(end, end + 2);
  return [
    ip,
    layer('ICMPv6', end, bytes.length, [
      ['type', type, 0, 1],
      ['code', code, 1, 1],
    ]),
  ];
}

function transport(protocol: number, bytes: Uint8Array, at: number): readonly Layer[] {
  const left = bytes.length - at;
  if (protocol === IP_PROTOCOL.udp && left >= UDP_HEADER_BYTES) {
    const udp = layer('UDP', at, at + UDP_HEADER_BYTES, [
      ['source port', u16(bytes, at + UDP_SRC_PORT), UDP_SRC_PORT, 2],
      ['destination port', u16(bytes, at + UDP_DST_PORT), UDP_DST_PORT, 2],
      ['length', u16(bytes, at + UDP_LENGTH), UDP_LENGTH, 2],
      ['checksum', hex(u16(bytes, at + UDP_CHECKSUM), 4), UDP_CHECKSUM, 2],
    ]);
    return [udp, ...rest('Data', bytes, at + UDP_HEADER_BYTES)];
  }
  if (protocol === IP_PROTOCOL.tcp && left >= TCP_HEADER_BYTES) return tcp(bytes, at);
  if (protocol === IP_PROTOCOL.icmp && left >= ICMP_ECHO_HEADER_BYTES) {
    const icmp = layer('ICMP', at, at + ICMP_ECHO_HEADER_BYTES, [
      ['type', bytes[at + ICMP_TYPE] ?? 0, ICMP_TYPE, 1],
      ['code', bytes[at + ICMP_CODE] ?? 0, ICMP_CODE, 1],
    ]);
    return [icmp, ...rest('Data', bytes, at + ICMP_ECHO_HEADER_BYTES)];
  }
  return rest('Data', bytes, at);
}

function tcp(bytes: Uint8Array, at: number): readonly Layer[] {
  const segment = parseTcp(bytes, at);
  if (segment === null) return rest('TCP, malformed', bytes, at);
  const end = bytes.length - segment.payload.length;
  const header = layer('TCP', at, end, [
    ['source port', segment.srcPort, TCP_SRC_PORT, 2],
    ['destination port', segment.dstPort, TCP_DST_PORT, 2],
    ['sequence number', u32(bytes, at + TCP_SEQ), TCP_SEQ, 4],
    ['acknowledgement', u32(bytes, at + TCP_ACK), TCP_ACK, 4],
    ['flags', hex(segment.flags, 2), TCP_FLAGS, 1],
    ['window', segment.window, TCP_WINDOW, 2],
  ]);
  return [header, ...rest('Data', bytes, end)];
}
