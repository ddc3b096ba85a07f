/** Which function of a NIC has an address, or had it. */
import { entryOf, FdbEntry, fdbKey, SEVERAL } from '../frame/fdb';
import * as L from '../memory/layout';
import { Node } from '../memory/node';
import { portAt } from '../memory/port';
import { filterAt, inVlan, Nic, nicOf, poolOf, rowOf } from './nic';

// Every entry of a NIC's forwarding table is static: code that finds a key need not check its age.

/** Entry of an address; of another one, or none, when no function has it (`isOf`). */
// inline
export function entryOfAddress(node: Node, mac: u64): FdbEntry {
  return entryOf(node, fdbKey(0, mac));
}

// inline
export function isOf(entry: FdbEntry, mac: u64): bool {
  return entry.key === fdbKey(0, mac);
}

/** Whether a function has the address. */
// inline
export function hasAddress(node: Node, index: u32, mac: u64): bool {
  const entry = entryOfAddress(node, mac);
  return isOf(entry, mac) && (entry.port === index || isAmongSeveral(node, entry, index, mac));
}

function isAmongSeveral(node: Node, entry: FdbEntry, index: u32, mac: u64): bool {
  return (entry.port & SEVERAL) !== 0 && rowOf(nicOf(node), index, mac) !== <u32>L.NONE;
}

/** The function other than `from` that has an address in a VLAN: the first of several. NONE when there is none. */
export function ownerOf(node: Node, from: u32, vid: u32, mac: u64): u32 {
  const entry = entryOfAddress(node, mac);
  if (!isOf(entry, mac)) return L.NONE;
  const port = entry.port;
  if ((port & SEVERAL) === 0) return port !== from && inVlan(poolOf(portAt(port)), vid) ? port : L.NONE;
  const nic = nicOf(node);
  for (let i: u32 = 0; i < nic.filterCount; i++) {
    const filter = filterAt(nic, i);
    if (filter.mac === mac && filter.port !== from && inVlan(poolOf(portAt(filter.port)), vid)) return filter.port;
  }
  return L.NONE;
}

/** The event that took an address from a function, or from any (`NONE`) whose it was last; 0 where none had it. Asked before a drop. */
export function forgottenSince(nic: Nic, mac: u64, index: u32 = L.NONE): u32 {
  for (let i = nic.filterCount, end = i + nic.forgotten; i < end; i++) {
    const gone = filterAt(nic, i);
    if (gone.mac === mac && (index === <u32>L.NONE || gone.port === index)) return gone.cause;
  }
  return 0;
}
