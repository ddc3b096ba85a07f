/**
 * One line about a frame, in tcpdump's manner: `00:50:56:aa:00:01 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.1.1 tell …`.
 *
 * It reads views, not values, so that a damaged frame is described as far as it can be read: cut short, a wrong checksum,
 * an unknown type in hexadecimal. It never throws, whatever the bytes.
 */
import { type ArpPacket, ArpView, isGratuitous, parseArp } from './arp.ts';
import { parseBeacon } from './beacon.ts';
import { u8At, u16At } from './big-endian.ts';
import { isChecksumValid } from './checksum.ts';
import { describeIpv6 } from './describe-ipv6.ts';
import { describePppoe } from './describe-pppoe.ts';
import { ETHERTYPE, ETHERTYPE_MIN, EthernetView } from './ethernet.ts';
import { ICMP_CODE, ICMP_ECHO_HEADER_BYTES, ICMP_ECHO_ID, ICMP_ECHO_SEQ, ICMP_ECHO_TYPE, ICMP_TYPE } from './icmp.ts';
import { IP_PROTOCOL, Ipv4View } from './ipv4.ts';
import { LACP_STATE, parseLacpdu } from './lacp.ts';
import { parseTcp, TCP_FLAG, type TcpSegment } from './tcp.ts';
import { parseUdp, UDP_DST_PORT, UDP_HEADER_BYTES, UDP_LENGTH, UDP_SRC_PORT } from './udp.ts';

const RARP_REQUEST = 3;
const RARP_REPLY = 4;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [ETHERTYPE.lldp, 'LLDP'],
  [ETHERTYPE.vlan, '802.1Q (second tag)'],
]);

/** tcpdump's letters, in its order. */
const FLAG_LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [TCP_FLAG.fin, 'F'],
  [TCP_FLAG.syn, 'S'],
  [TCP_FLAG.rst, 'R'],
  [TCP_FLAG.psh, 'P'],
  [TCP_FLAG.ack, '.'],
  [TCP_FLAG.urg, 'U'],
  [TCP_FLAG.ece, 'E'],
  [TCP_FLAG.cwr, 'W'],
];

/** The letters that switches show, in the order of the bits. */
const LACP_LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [LACP_STATE.activity, 'A'],
  [LACP_STATE.timeout, 'T'],
  [LACP_STATE.aggregation, '+'],
  [LACP_STATE.synchronization, 'S'],
  [LACP_STATE.collecting, 'C'],
  [LACP_STATE.distributing, 'D'],
  [LACP_STATE.defaulted, 'F'],
  [LACP_STATE.expired, 'E'],
];

/** One line, without a line end. */
export function describeFrame(bytes: Uint8Array): string {
  const frame = EthernetView.over(bytes);
  if (frame === null) return `Ethernet truncated, ${bytes.length} bytes`;
  const { vlan } = frame;
  const tag = vlan === null ? '' : ` vlan ${vlan.id}${vlan.priority === 0 ? '' : ` priority ${vlan.priority}`}`;
  return `${frame.src} > ${frame.dst}${tag} ${describePayload(frame.etherType, frame.payload)}`;
}

function describePayload(etherType: number, payload: Uint8Array): string {
  if (etherType === ETHERTYPE.arp) return describeArp(payload);
  if (etherType === ETHERTYPE.rarp) return describeRarp(payload);
  if (etherType === ETHERTYPE.ipv4) return describeIpv4(payload);
  if (etherType === ETHERTYPE.ipv6) return describeIpv6(payload);
  if (etherType === ETHERTYPE.slow) return describeSlow(payload);
  if (etherType === ETHERTYPE.pppoeDiscovery || etherType === ETHERTYPE.pppoeSession) return describePppoe(payload, describeIpv4);
  if (etherType === ETHERTYPE.beacon) return describeBeacon(payload);
  if (etherType < ETHERTYPE_MIN) return `802.3 length ${etherType}`;
  const name = TYPE_NAMES.get(etherType) ?? `ethertype 0x${etherType.toString(16).padStart(4, '0')}`;
  return `${name} length ${payload.length}`;
}

function describeArp(payload: Uint8Array): string {
  const packet = parseArp(payload);
  if (packet !== null) return `ARP ${arpText(packet)}${isGratuitous(packet) ? ' (gratuitous)' : ''}`;
  const view = ArpView.over(payload);
  return view === null ? `ARP truncated or not IPv4 over Ethernet, ${payload.length} bytes` : `ARP opcode ${view.opcode}`;
}

function arpText({ operation, senderIp, senderMac, targetIp }: ArpPacket): string {
  if (operation === 'reply') return `${senderIp} is-at ${senderMac}`;
  return `who-has ${targetIp} tell ${senderIp}`;
}

function describeRarp(payload: Uint8Array): string {
  const view = ArpView.over(payload);
  if (view === null) return `RARP truncated or not IPv4 over Ethernet, ${payload.length} bytes`;
  if (view.opcode === RARP_REQUEST) return `RARP who-is ${view.targetMac} tell ${view.senderMac}`;
  if (view.opcode === RARP_REPLY) return `RARP ${view.targetMac} at ${view.targetIp}`;
  return `RARP opcode ${view.opcode}`;
}

function describeBeacon(payload: Uint8Array): string {
  const beacon = parseBeacon(payload);
  return beacon === null ? `beacon truncated, ${payload.length} bytes` : `beacon of ${beacon.vswitch}:${beacon.uplink}`;
}

function describeSlow(payload: Uint8Array): string {
  const pdu = parseLacpdu(payload);
  if (pdu === null) return `slow protocol, no LACP or truncated, ${payload.length} bytes`;
  const { actor, partner } = pdu;
  const letters = LACP_LETTERS.filter(([bit]) => (actor.state & bit) !== 0).map(([, letter]) => letter);
  const own = `${actor.system} key ${actor.key} port ${actor.port} [${letters.join('')}]`;
  return `LACP ${own} partner ${partner.system} port ${partner.port}`;
}

function describeIpv4(payload: Uint8Array): string {
  const view = Ipv4View.over(payload);
  if (view === null) return `IPv4 truncated or malformed, ${payload.length} bytes`;
  const { offsetBytes, hasMore } = view.fragment;
  const isFragment = offsetBytes > 0 || hasMore;
  const notes = [
    isFragment ? ` (fragment at ${offsetBytes}${hasMore ? ', more to come' : ''})` : '',
    view.isChecksumValid ? '' : ' (bad IPv4 checksum)',
    view.isComplete ? '' : ' (truncated)',
  ].join('');
  // Only the first piece of a packet begins with the header of the layer above, and it seldom holds all of it.
  const text = isFragment ? `IPv4 ${view.src} > ${view.dst} protocol ${view.protocol}` : describeTransport(view);
  return `${text}${notes}`;
}

/** Lengths are what the headers claim, so that the head of a frame is described as the frame was. */
function describeTransport(view: Ipv4View): string {
  const { src, dst, protocol, payload } = view;
  const length = Math.max(0, view.totalLength - view.headerLength);
  if (protocol === IP_PROTOCOL.icmp) return `IPv4 ${src} > ${dst} ${icmpText(view, length)}`;
  if (protocol === IP_PROTOCOL.udp) {
    if (payload.length < UDP_HEADER_BYTES) return `IPv4 ${src} > ${dst} UDP truncated`;
    const ports = `IPv4 ${src}:${u16At(payload, UDP_SRC_PORT)} > ${dst}:${u16At(payload, UDP_DST_PORT)}`;
    const isBad = view.isComplete && parseUdp(payload, 0, view) === null;
    return `${ports} UDP length ${u16At(payload, UDP_LENGTH) - UDP_HEADER_BYTES}${isBad ? ' (bad UDP length or checksum)' : ''}`;
  }
  if (protocol === IP_PROTOCOL.tcp) {
    const tcp = parseTcp(payload);
    if (tcp === null) return `IPv4 ${src} > ${dst} TCP truncated or malformed`;
    const note = view.isComplete && parseTcp(payload, 0, view) === null ? ' (bad TCP checksum)' : '';
    const dataLength = length - (payload.length - tcp.payload.length);
    return `IPv4 ${src}:${tcp.srcPort} > ${dst}:${tcp.dstPort} ${tcpText(tcp, dataLength)}${note}`;
  }
  return `IPv4 ${src} > ${dst} protocol ${protocol} length ${length}`;
}

function icmpText({ payload, isComplete }: Ipv4View, length: number): string {
  if (payload.length < ICMP_ECHO_HEADER_BYTES) return 'ICMP truncated';
  const note = isComplete && !isChecksumValid(payload, 0, payload.length) ? ' (bad ICMP checksum)' : '';
  const type = u8At(payload, ICMP_TYPE);
  const code = u8At(payload, ICMP_CODE);
  const isEcho = code === 0 && (type === ICMP_ECHO_TYPE.request || type === ICMP_ECHO_TYPE.reply);
  if (!isEcho) return `ICMP type ${type} code ${code} length ${length}${note}`;
  const kind = type === ICMP_ECHO_TYPE.request ? 'request' : 'reply';
  return `ICMP echo ${kind} id ${u16At(payload, ICMP_ECHO_ID)} seq ${u16At(payload, ICMP_ECHO_SEQ)} length ${length}${note}`;
}

function tcpText({ flags, seq, ack, window }: TcpSegment, dataLength: number): string {
  const letters = FLAG_LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  const acknowledged = (flags & TCP_FLAG.ack) === 0 ? '' : ` ack ${ack}`;
  return `TCP [${letters.join('') || 'none'}] seq ${seq}${acknowledged} win ${window} length ${dataLength}`;
}
