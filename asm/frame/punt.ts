/** The punt ring: frames and questions that the data plane hands to the agents. `run` returns after the event that filled it. */

import * as L from '../memory/layout';
import { IO } from '../memory/region';
import { Buffer, bytesOf } from './buffer';
import { consumeFrame } from './frame';
import { wireHalf } from './ipv6';

function nextRecord(): usize {
  const count = load<u32>(IO + L.IO_PUNT_COUNT);
  assert(count < <u32>L.PUNT_RING);
  store<u32>(IO + L.IO_PUNT_COUNT, count + 1);
  return load<u32>(IO + L.IO_PUNT_AT) + count * L.PUNT_BYTES;
}

function fill(kind: u32, port: u32, ip: u32, buffer: Buffer, vlan: u32, cause: u32): usize {
  const at = nextRecord();
  store<u32>(at + L.PUNT_KIND, kind);
  store<u32>(at + L.PUNT_PORT, port);
  store<u32>(at + L.PUNT_ADDRESS, <u32>bytesOf(buffer));
  store<u32>(at + L.PUNT_LENGTH, buffer.length);
  store<u32>(at + L.PUNT_VLAN, vlan);
  store<u32>(at + L.PUNT_CAUSE, cause);
  store<u32>(at + L.PUNT_IP, ip);
  store<u64>(at + L.PUNT_NUMBER, buffer.number);
  return at;
}

/**
 * Hands a frame to the agent of the port's node. The frame is consumed; its bytes stay where they are until the next
 * call of `run`, because nothing is allocated before.
 * @param cause the event that it reaches the agent for.
 */
export function puntFrame(port: u32, buffer: Buffer, vlan: u32, cause: u32): void {
  fill(L.PUNT_FRAME, port, 0, buffer, vlan, cause);
  consumeFrame(buffer, port);
}

/**
 * Asks the agent about a next hop, an IPv6 one where `high` or `low` is not 0; `buffer` is the frame that raised the question and stays
 * where it is.
 */
export function puntQuestion(kind: u32, port: u32, ip: u32, high: u64, low: u64, buffer: Buffer): void {
  const at = fill(kind, port, ip, buffer, 0, buffer.cause);
  store<u64>(at + L.PUNT_HIGH, wireHalf(high));
  store<u64>(at + L.PUNT_LOW, wireHalf(low));
}

/** Reports to the agent that a switch port disabled itself. */
export function puntDisabled(port: u32, reason: u32, cause: u32): void {
  const at = nextRecord();
  memory.fill(at, 0, L.PUNT_BYTES);
  store<u32>(at + L.PUNT_KIND, L.PUNT_DISABLED);
  store<u32>(at + L.PUNT_PORT, port);
  store<u32>(at + L.PUNT_CAUSE, cause);
  store<u32>(at + L.PUNT_IP, reason);
}

/** Reports a storm that a frame at a port completed. @param rate flooded frames per second. */
export function puntStorm(port: u32, cause: u32, rate: u64): void {
  const at = nextRecord();
  memory.fill(at, 0, L.PUNT_BYTES);
  store<u32>(at + L.PUNT_KIND, L.PUNT_STORM);
  store<u32>(at + L.PUNT_PORT, port);
  store<u32>(at + L.PUNT_CAUSE, cause);
  store<u64>(at + L.PUNT_NUMBER, rate);
}

/** News of a packet socket for its log. @param value status of a block, or 0. @param number a frame's, or frames of the block. */
export function puntSocket(kind: u32, port: u32, socket: u32, cause: u32, value: u32, number: u64): void {
  const at = nextRecord();
  memory.fill(at, 0, L.PUNT_BYTES);
  store<u32>(at + L.PUNT_KIND, kind);
  store<u32>(at + L.PUNT_PORT, port);
  store<u32>(at + L.PUNT_CAUSE, cause);
  store<u32>(at + L.PUNT_IP, value);
  store<u32>(at + L.PUNT_SOCKET, socket);
  store<u64>(at + L.PUNT_NUMBER, number);
}
