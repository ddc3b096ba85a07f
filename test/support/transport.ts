/** Segments and datagrams from outside, and what a captured frame holds. */

import { internetChecksum, isChecksumValid } from '../../ts/wire/checksum.ts';
import { ETHERTYPE, emitEthernet, padToMinimum, parseEthernet } from '../../ts/wire/ethernet.ts';
import { emitIpv4Packet, IP_PROTOCOL, IPV4_HEADER_BYTES, parseIpv4Packet, readIpv4Address } from '../../ts/wire/ipv4.ts';
import { emitTcp, parseTcp, TCP_FLAG } from '../../ts/wire/tcp.ts';
import { emitUdp, parseUdp } from '../../ts/wire/udp.ts';
import { ip, mac } from './lab.ts';

/** "10.0.1.11:1000". */
export type SocketAddress = `${string}:${number}`;

/** Where a frame comes from and goes to: MACs, then sockets. */
export interface Way {
  readonly macs: readonly [from: string, to: string];
  readonly from: SocketAddress;
  readonly to: SocketAddress;
}

const ICMP_HEADER_BYTES = 8;
const QUOTED_BYTES = IPV4_HEADER_BYTES + 8;

export type Flags = 'S' | 'SA' | 'A' | 'F' | 'R';
const FLAGS: Readonly<Record<Flags, number>> = {
  S: TCP_FLAG.syn,
  SA: TCP_FLAG.syn | TCP_FLAG.ack,
  A: TCP_FLAG.ack,
  F: TCP_FLAG.fin | TCP_FLAG.ack,
  R: TCP_FLAG.rst,
};

function endsOf({ from, to }: Way) {
  const [[src = '', srcPort = ''], [dst = '', dstPort = '']] = [from.split(':'), to.split(':')] as [string[], string[]];
  return { between: { src: ip(src), dst: ip(dst) }, srcPort: Number(srcPort), dstPort: Number(dstPort) };
}

function frameOf(way: Way, protocol: number, payload: Uint8Array): Uint8Array {
  const header = { tos: 0, id: 0, dontFragment: true, ttl: 64, protocol };
  const packet = emitIpv4Packet({ ...header, ...endsOf(way).between, payload });
  const [src, dst] = way.macs;
  return padToMinimum(emitEthernet({ src: mac(src), dst: mac(dst), etherType: ETHERTYPE.ipv4, payload: packet }));
}

/** A TCP segment with `bytes` of payload. */
export function segment(way: Way, flags: Flags, bytes = 0): Uint8Array {
  const { between, srcPort, dstPort } = endsOf(way);
  const tcp = { srcPort, dstPort, seq: 1000, ack: 2000, flags: FLAGS[flags], window: 8192, urgent: 0 };
  return frameOf(way, IP_PROTOCOL.tcp, emitTcp({ ...tcp, payload: new Uint8Array(bytes).fill(7) }, between));
}

export function datagram(way: Way, bytes = 12): Uint8Array {
  const { between, srcPort, dstPort } = endsOf(way);
  return frameOf(way, IP_PROTOCOL.udp, emitUdp({ srcPort, dstPort, payload: new Uint8Array(bytes).fill(7) }, between));
}

/** An ICMP error, "port unreachable", that quotes the packet of another frame with its first eight bytes, as RFC 792 has it. */
export function unreachable(way: Way, quoted: Uint8Array): Uint8Array {
  const quote = (parseEthernet(quoted)?.payload ?? new Uint8Array(0)).slice(0, QUOTED_BYTES);
  const message = new Uint8Array(ICMP_HEADER_BYTES + quote.length);
  message.set([3, 3]);
  message.set(quote, ICMP_HEADER_BYTES);
  const sum = internetChecksum(message, 0, message.length);
  message.set([sum >>> 8, sum & 0xff], 2);
  return frameOf(way, IP_PROTOCOL.icmp, message);
}

/** "icmp error 10.0.2.12 > 10.0.1.11 of 10.0.1.11:1000 > 10.0.2.12:80", where both checksums are right. */
function toldError(payload: Uint8Array, ends: string): string {
  const quoted = payload.subarray(ICMP_HEADER_BYTES);
  if (!isChecksumValid(payload, 0, payload.length) || !isChecksumValid(quoted, 0, IPV4_HEADER_BYTES)) return 'bad error';
  const view = new DataView(quoted.buffer, quoted.byteOffset, quoted.byteLength);
  const port = (at: number) => view.getUint16(IPV4_HEADER_BYTES + at);
  return `icmp error ${ends} of ${readIpv4Address(quoted, 12)}:${port(0)} > ${readIpv4Address(quoted, 16)}:${port(2)}`;
}

/** "tcp 10.0.1.11:1000 > 10.0.2.12:80 S" of a frame whose checksums are right; "bad …" of any other. */
export function told(frame: Uint8Array): string {
  const packet = parseIpv4Packet(parseEthernet(frame)?.payload ?? new Uint8Array(0));
  if (packet === null) return 'bad packet';
  const { src, dst, protocol, payload } = packet;
  if (protocol === IP_PROTOCOL.udp) {
    const udp = parseUdp(payload, 0, packet);
    return udp === null ? 'bad datagram' : `udp ${src}:${udp.srcPort} > ${dst}:${udp.dstPort}`;
  }
  if (protocol === IP_PROTOCOL.icmp && payload[0] === 3) return toldError(payload, `${src} > ${dst}`);
  if (protocol !== IP_PROTOCOL.tcp) return `protocol ${protocol} ${src} > ${dst}`;
  const tcp = parseTcp(payload, 0, packet);
  if (tcp === null) return 'bad segment';
  const flags = Object.entries(FLAGS).find(([, bits]) => bits === tcp.flags)?.[0] ?? tcp.flags;
  return `tcp ${src}:${tcp.srcPort} > ${dst}:${tcp.dstPort} ${flags}`;
}
