/**
 * A TCP reset that a firewall sends for a segment that it refuses (RFC 9293, 3.10.7.1, "the connection does not exist"): as if the address that the segment was for
 * answered.
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { bearFrame } from '../frame/frame';
import { CHECKSUM, DESTINATION, IP, PROTOCOL, SOURCE, TCP, TOTAL_LENGTH, TTL } from '../frame/ipv4';
import { ACK, FIN, RST, SYN } from '../frame/tcp-header';
import { SHORTEST_FRAME_BYTES } from '../memory/layout';

const AT: usize = IP + 20;
const BYTES: u32 = 40;
const RESET_TTL: u8 = 64;

/** @returns the reset, without MAC addresses; null when no buffer is free. @param index where the segment came in. */
export function bearReset(index: u32, refused: Buffer): Buffer | null {
  const born = bearFrame(index, SHORTEST_FRAME_BYTES, refused.cause, 0);
  if (born === null) return null;
  const bytes = bytesOf(<Buffer>born);
  const segment = bytesOf(refused);
  const at = segment + IP + <usize>(load<u8>(segment + IP) & 15) * 4;
  memory.fill(bytes, 0, SHORTEST_FRAME_BYTES);
  store<u16>(bytes + 12, 0x0008);
  store<u8>(bytes + IP, 0x45);
  store<u16>(bytes + TOTAL_LENGTH, bswap<u16>(<u16>BYTES));
  store<u8>(bytes + TTL, RESET_TTL);
  store<u8>(bytes + PROTOCOL, <u8>TCP);
  store<u32>(bytes + SOURCE, load<u32>(segment + DESTINATION));
  store<u32>(bytes + DESTINATION, load<u32>(segment + SOURCE));
  store<u16>(bytes + CHECKSUM, <u16>~sumOf(bytes + IP, 20));
  store<u16>(bytes + AT, load<u16>(at + 2));
  store<u16>(bytes + AT + 2, load<u16>(at));
  number(bytes + AT, segment, at);
  // The pseudo header: addresses, protocol, length of the segment.
  const pseudo = sumOf(bytes + SOURCE, 8) + <u32>bswap<u16>(<u16>TCP) + <u32>bswap<u16>(20);
  const sum = pseudo + sumOf(bytes + AT, 20);
  store<u16>(bytes + AT + 16, <u16>~((sum & 0xffff) + (sum >> 16)));
  return born;
}

/** Sequence numbers and flags: of a segment with ACK the reset takes the acknowledged number, else it acknowledges the segment. */
function number(reset: usize, segment: usize, at: usize): void {
  const flags = <u32>load<u8>(at + 13);
  store<u8>(reset + 12, 0x50);
  if ((flags & ACK) !== 0) {
    store<u32>(reset + 4, load<u32>(at + 8));
    store<u8>(reset + 13, <u8>RST);
    return;
  }
  const total = <u32>bswap<u16>(load<u16>(segment + TOTAL_LENGTH));
  const headers = <u32>(at - segment - IP) + <u32>(load<u8>(at + 12) >> 4) * 4;
  const length = total - min(total, headers) + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
  store<u32>(reset + 8, bswap<u32>(bswap<u32>(load<u32>(at + 4)) + length));
  store<u8>(reset + 13, <u8>(RST | ACK));
}

/** Ones' complement sum of 16-bit words as they lie in memory, folded. */
function sumOf(at: usize, bytes: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < bytes; i += 2) sum += load<u16>(at + i);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}
