/**
 * The way of nearly all packets: TCP or UDP of an established session, and nothing in it changes the state of that. Its addresses, ports and flags
 * stay in registers. The tuples in memory (tuple.ts) are for all others, about which judge.ts decides.
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { hasPorts, IP, PROTOCOL, SOURCE, TCP } from '../frame/ipv4';
import { Node } from '../memory/node';
import * as S from '../memory/session-layout';
import { CHANGES, countPlain } from './judge';
import { sessionAt, tableOf } from './record';
import { find, isOver, NOT_FOUND } from './table';
import { addressesAt, isFragment, TCP_FLAGS, TCP_HEADER, UDP_HEADER } from './tuple';

/** Version 4 and a header without options. */
const PLAIN_HEADER: u32 = 0x45;
const TRANSPORT: usize = IP + 20;

/** Whether a packet goes on in an established session, which has counted it then; `verdict()` says whether it is translated. False decides nothing. */
// inline
export function goesOn(node: Node, buffer: Buffer): bool {
  const bytes = bytesOf(buffer);
  const protocol = <u32>load<u8>(bytes + PROTOCOL);
  if (<u32>load<u8>(bytes + IP) !== PLAIN_HEADER || !hasPorts(protocol) || isFragment(bytes + IP)) return false;
  const isTcp = protocol === TCP;
  if (buffer.length < <u32>TRANSPORT + (isTcp ? TCP_HEADER : UDP_HEADER)) return false;
  if (isTcp && (<u32>load<u8>(bytes + TRANSPORT + TCP_FLAGS) & CHANGES) !== 0) return false;
  const table = tableOf(node);
  const reference = find(table, addressesAt(bytes + SOURCE), bswap<u32>(load<u32>(bytes + TRANSPORT)), protocol);
  if (reference === NOT_FOUND) return false;
  const session = sessionAt(table, reference >> 1);
  if (session.state !== <u32>S.SESSION_ESTABLISHED || isOver(session)) return false;
  countPlain(table, session, reference);
  return true;
}
