/** IPv4 packets as the oracle reads and writes them: fields by name, every checksum computed anew. Slow, and no table. */
import { internetChecksum } from '../../ts/wire/checksum.ts';

export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;

/** TCP's flags (RFC 9293, 3.1). */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

const IP = 14;

export interface Ends {
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface Packet extends Ends {
  readonly protocol: number;
  readonly ttl: number;
  /** Of IPv4: header and payload. */
  readonly length: number;
  readonly flags: number;
  /** Of an ICMP message; -1 for other protocols. */
  readonly icmpType: number;
  /** Of an ICMP error: the packet that it quotes. */
  readonly quoted: (Ends & { readonly protocol: number }) | null;
}

/** RFC 792: messages about a packet, which they quote. */
const ERRORS = [3, 4, 5, 11, 12];

/** What a frame of EtherType 0x0800 carries; null where it is no packet (RFC 791, RFC 1812 5.2.2). */
export function readPacket(frame: Uint8Array): Packet | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < IP + 20 || view.getUint8(IP) !== 0x45) return null;
  const length = view.getUint16(IP + 2);
  if (length < 20 || IP + length > frame.length || internetChecksum(frame, IP, IP + 20) !== 0) return null;
  const protocol = view.getUint8(IP + 9);
  const icmpType = protocol === ICMP ? view.getUint8(IP + 20) : -1;
  return {
    protocol,
    ttl: view.getUint8(IP + 8),
    length,
    icmpType,
    flags: protocol === TCP ? view.getUint8(IP + 33) : 0,
    quoted: ERRORS.includes(icmpType) ? { protocol: view.getUint8(IP + 28 + 9), ...endsAt(view, IP + 28) } : null,
    ...endsAt(view, IP),
  };
}

/** An echo has its identifier in place of both ports. */
function endsAt(view: DataView, ip: number): Ends {
  const protocol = view.getUint8(ip + 9);
  const hasPorts = protocol === TCP || protocol === UDP;
  const identifier = protocol === ICMP ? view.getUint16(ip + 24) : 0;
  return {
    source: view.getUint32(ip + 12),
    destination: view.getUint32(ip + 16),
    sourcePort: hasPorts ? view.getUint16(ip + 20) : identifier,
    destinationPort: hasPorts ? view.getUint16(ip + 22) : identifier,
  };
}

export interface Rewriting {
  readonly macs: readonly [from: readonly number[], to: readonly number[]];
  readonly ends: Ends;
  /** Of an ICMP error: what it quotes from now on. */
  readonly quoted: Ends | null;
}

/** The frame as a router passes it on: other MACs, a TTL less, other ends. */
export function rewritten(frame: Uint8Array, { macs, ends, quoted }: Rewriting): Uint8Array {
  const bytes = Uint8Array.from(frame);
  const view = new DataView(bytes.buffer);
  bytes.set(macs[1], 0);
  bytes.set(macs[0], 6);
  view.setUint8(IP + 8, view.getUint8(IP + 8) - 1);
  const protocol = view.getUint8(IP + 9);
  const end = IP + view.getUint16(IP + 2);
  if (quoted === null) writeEnds(view, IP, ends);
  else {
    view.setUint32(IP + 12, ends.source);
    view.setUint32(IP + 16, ends.destination);
    // What the quoted packet's transport checksum covers is cut off: it follows from what changed (RFC 1624).
    const before = coveredByQuote(view, IP + 28);
    writeEnds(view, IP + 28, quoted);
    fixQuotedTransport(view, IP + 28, end, before);
    setChecksum(view, IP + 28 + 10, IP + 28, IP + 48, 0);
  }
  setChecksum(view, IP + 10, IP, IP + 20, 0);
  if (protocol === ICMP) setChecksum(view, IP + 22, IP + 20, end, 0);
  const at = protocol === TCP ? IP + 36 : IP + 26;
  if (protocol === TCP || protocol === UDP) setChecksum(view, at, IP + 20, end, pseudoHeader(view, end));
  return bytes;
}

function writeEnds(view: DataView, ip: number, { source, destination, sourcePort, destinationPort }: Ends): void {
  const protocol = view.getUint8(ip + 9);
  view.setUint32(ip + 12, source);
  view.setUint32(ip + 16, destination);
  if (protocol === TCP || protocol === UDP) {
    view.setUint16(ip + 20, sourcePort);
    view.setUint16(ip + 22, destinationPort);
  } else if (protocol === ICMP) view.setUint16(ip + 24, sourcePort);
}

function wordsOf(view: DataView, from: number, end: number): number {
  let sum = 0;
  for (let at = from; at < end; at += 2) sum += at + 1 < end ? view.getUint16(at) : view.getUint8(at) << 8;
  return sum;
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}

function setChecksum(view: DataView, at: number, from: number, end: number, more: number): void {
  view.setUint16(at, 0);
  view.setUint16(at, ~folded(wordsOf(view, from, end) + more) & 0xffff);
}

/** RFC 9293, 3.1: addresses, protocol and length. */
function pseudoHeader(view: DataView, end: number): number {
  return wordsOf(view, IP + 12, IP + 20) + view.getUint8(IP + 9) + (end - IP - 20);
}

/** The words of a quoted packet that its transport checksum covers and that a translation may change. */
function coveredByQuote(view: DataView, ip: number): number {
  const protocol = view.getUint8(ip + 9);
  if (protocol === ICMP) return view.getUint16(ip + 24);
  return wordsOf(view, ip + 12, ip + 20) + wordsOf(view, ip + 20, ip + 24);
}

function fixQuotedTransport(view: DataView, ip: number, end: number, before: number): void {
  const protocol = view.getUint8(ip + 9);
  const at = ip + 20 + (protocol === TCP ? 16 : protocol === UDP ? 6 : 2);
  if (at + 2 > end || (protocol === UDP && view.getUint16(at) === 0)) return;
  const sum = (~view.getUint16(at) & 0xffff) + (0xffff - folded(before)) + coveredByQuote(view, ip);
  view.setUint16(at, ~folded(sum) & 0xffff);
}
