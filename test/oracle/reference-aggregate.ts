/** The member of an aggregate that a frame leaves by, as docs/topology.md has it (Aggregates): the oracle's arithmetic. */
import { TCP, UDP } from './reference-packet.ts';

/** What frames of one flow share. */
export interface Conversation {
  readonly protocol: number;
  readonly source: number;
  readonly destination: number;
  /** Of TCP and UDP. */
  readonly ports: readonly [source: number, destination: number];
}

/** Hash of a frame: of its packet's conversation, else of both MACs. */
export function hashOf(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== 0x0800) {
    const word = (at: number) => view.getUint32(at, true);
    const half = (at: number) => view.getUint16(at, true);
    return [half(10), word(0), half(4)].reduce(mixed, word(6));
  }
  const ports = 14 + (view.getUint8(14) & 15) * 4;
  return hashOfConversation({
    protocol: view.getUint8(23),
    source: view.getUint32(26),
    destination: view.getUint32(30),
    ports: [view.getUint16(ports), view.getUint16(ports + 2)],
  });
}

export function hashOfConversation({ protocol, source, destination, ports }: Conversation): number {
  const words = [turned(source), turned(destination)];
  if (protocol === TCP || protocol === UDP) words.push(turned(ports[0] * 0x10000 + ports[1]));
  return words.reduce(mixed, protocol);
}

/** @param members those that send, in order. */
export function memberOf(members: readonly string[], hash: number): string | undefined {
  return members[Math.floor((hash / 2 ** 32) * members.length)];
}

/** A word of a frame, read with its first byte as the lowest. */
function turned(word: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, word);
  return bytes.getUint32(0, true);
}

function mixed(hash: number, word: number): number {
  let h = (hash ^ word) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}
