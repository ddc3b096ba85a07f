/**
 * The way of nearly all packets: TCP or UDP of an established session, and nothing in it changes the state of that. Its addresses, ports and flags
 * stay in registers. The tuples in memory (tuple.ts) are for all others, about which judge.ts decides.
 *
 * Conditions stand one by one: of joined ones the compiler makes a number first, for every packet.
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { IP, PLAIN_HEADER, PROTOCOL, SOURCE, TCP, UDP } from '../frame/ipv4';
import { Node } from '../memory/node';
import * as S from '../memory/session-layout';
import { CHANGES, countPlain } from './judge';
import { addressesOf, portsOf, Session, sessionAt, tableOf } from './record';
import { BACKWARD, candidateOf, hashOf, isOver, NOT_FOUND } from './table';
import { isFragment, TCP_FLAGS, TCP_HEADER, UDP_HEADER } from './tuple';

const TRANSPORT: usize = IP + 20;

/**
 * The established session in which a packet goes on, and which has counted it; null decides nothing. Where its packets are translated, `verdict()`
 * says so.
 * @param destination the packet's.
 */
// inline
export function goesOnIn(node: Node, buffer: Buffer, destination: u32): Session | null {
  const bytes = bytesOf(buffer);
  if (<u32>load<u8>(bytes + IP) !== PLAIN_HEADER) return null;
  if (isFragment(bytes + IP)) return null;
  const protocol = <u32>load<u8>(bytes + PROTOCOL);
  if (protocol === TCP) {
    if (buffer.length < <u32>TRANSPORT + TCP_HEADER) return null;
    if ((<u32>load<u8>(bytes + TRANSPORT + TCP_FLAGS) & CHANGES) !== 0) return null;
  } else {
    if (protocol !== UDP) return null;
    if (buffer.length < <u32>TRANSPORT + UDP_HEADER) return null;
  }
  const table = tableOf(node);
  const addresses = ((<u64>bswap<u32>(load<u32>(bytes + SOURCE))) << 32) | <u64>destination;
  const ports = bswap<u32>(load<u32>(bytes + TRANSPORT));
  const reference = candidateOf(table, hashOf(addresses, ports, protocol));
  if (reference === NOT_FOUND) return null;
  const session = sessionAt(table, reference >> 1);
  if (addressesOf(session, reference & BACKWARD) !== addresses) return null;
  if (portsOf(session, reference & BACKWARD) !== ports) return null;
  if (session.protocol !== protocol) return null;
  if (session.state !== <u32>S.SESSION_ESTABLISHED) return null;
  if (isOver(session)) return null;
  countPlain(table, session, reference, protocol);
  return session;
}
