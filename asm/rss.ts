/**
 * Receive-side scaling: which queue of a function a frame goes to (rules RSS-01 to RSS-03).
 *
 * The Toeplitz hash is linear: the hash of a packet is the XOR of what each half byte of its input contributes at its place.
 * So the key is turned into a table once, and hashing is one look-up per half byte:
 *
 *   Rss  ┌ 0 mask ┬ 8 key, 56 bytes ┬ 64 entries, 128 bytes ┬ 192 contributions: 72 places × 16 values × u32 ┐
 *
 * 10G: one block for the whole port, every VF uses the PF's key and table. 40G: one block per function (RSS-03).
 */
import { Buffer, bytesOf, etherTypeOf } from './frame';
import { IP, PROTOCOL } from './ipv4';
import * as L from './layout';

@unmanaged
export class Rss {
  /** Number of table entries - 1: the low bits of the hash that choose one (rule RSS-02). */
  mask: u32;
  _pad: u32;
}

const KEY: usize = 8;
const ENTRIES: usize = 64;
const CONTRIBUTIONS: usize = 192;
const VALUES: u32 = 16;
/** Half bytes of the longest input: two IPv6 addresses and two ports. */
const PLACES: u32 = 72;
/** Places of the ports, behind the addresses. */
const PORTS_OF_IPV4: u32 = 16;
const PORTS_OF_IPV6: u32 = 64;

const ETHERTYPE_IPV4: u32 = 0x0800;
const ETHERTYPE_IPV6: u32 = 0x86dd;
const TCP: u32 = 6;
const UDP: u32 = 17;
const IPV4_SOURCE: usize = IP + 12;
const IPV4_FRAGMENT: usize = IP + 6;
/** More fragments, or an offset: not the whole packet. */
const FRAGMENTED: u32 = 0x3fff;
const IPV6_SOURCE: usize = IP + 8;
const IPV6_NEXT_HEADER: usize = IP + 6;
const IPV6_PAYLOAD: usize = IP + 40;

/** Puts eight bytes of the key, as a big endian number, at a place of it. `buildTable` follows. */
export function storeKey(rss: Rss, word: u32, bytes: u64): void {
  store<u64>(changetype<usize>(rss) + KEY + word * 8, bswap<u64>(bytes));
}

/** The 32 bits of the key that begin at a bit. */
function window(rss: Rss, bit: u32): u32 {
  const at = changetype<usize>(rss) + KEY + (bit >> 3);
  return <u32>((bswap<u64>(load<u64>(at)) << (bit & 7)) >> 32);
}

/** Works out what every half byte contributes under the key. */
export function buildTable(rss: Rss): void {
  for (let place: u32 = 0; place < PLACES; place++) {
    for (let value: u32 = 0; value < VALUES; value++) {
      let sum: u32 = 0;
      for (let bit: u32 = 0; bit < 4; bit++) {
        if ((value & (8 >> bit)) !== 0) sum ^= window(rss, place * 4 + bit);
      }
      store<u32>(contribution(rss, place, value), sum);
    }
  }
}

// inline
function contribution(rss: Rss, place: u32, value: u32): usize {
  return changetype<usize>(rss) + CONTRIBUTIONS + <usize>((place * VALUES + value) * 4);
}

/** What `length` bytes contribute from a place on. */
function hashOf(rss: Rss, place: u32, bytes: usize, length: u32): u32 {
  let hash: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const byte: u32 = load<u8>(bytes + i);
    hash ^= load<u32>(contribution(rss, place + i * 2, byte >> 4));
    hash ^= load<u32>(contribution(rss, place + i * 2 + 1, byte & 15));
  }
  return hash;
}

/** Rule RSS-01: addresses, and the ports of unfragmented TCP and UDP. What is no IP hashes to 0. */
export function hashFrame(rss: Rss, buffer: Buffer): u32 {
  const bytes = bytesOf(buffer);
  const etherType = etherTypeOf(bytes);
  if (etherType === ETHERTYPE_IPV4) return hashIpv4(rss, bytes, buffer.length);
  return etherType === ETHERTYPE_IPV6 ? hashIpv6(rss, bytes, buffer.length) : 0;
}

function hashIpv4(rss: Rss, bytes: usize, length: u32): u32 {
  if (length < <u32>IP + 20) return 0;
  const addresses = hashOf(rss, 0, bytes + IPV4_SOURCE, 8);
  const isWhole = (bswap<u16>(load<u16>(bytes + IPV4_FRAGMENT)) & FRAGMENTED) === 0;
  const header = <u32>(load<u8>(bytes + IP) & 15) * 4;
  if (!isWhole || !hasPorts(load<u8>(bytes + PROTOCOL)) || length < <u32>IP + header + 4) return addresses;
  return addresses ^ hashOf(rss, PORTS_OF_IPV4, bytes + IP + header, 4);
}

/** Ports right behind the header only: an extension header leaves the addresses. */
function hashIpv6(rss: Rss, bytes: usize, length: u32): u32 {
  if (length < <u32>IPV6_PAYLOAD) return 0;
  const addresses = hashOf(rss, 0, bytes + IPV6_SOURCE, 32);
  if (!hasPorts(load<u8>(bytes + IPV6_NEXT_HEADER)) || length < <u32>IPV6_PAYLOAD + 4) return addresses;
  return addresses ^ hashOf(rss, PORTS_OF_IPV6, bytes + IPV6_PAYLOAD, 4);
}

function hasPorts(protocol: u32): bool {
  return protocol === TCP || protocol === UDP;
}

export function storeEntry(rss: Rss, index: u32, queue: u32): void {
  if (index < <u32>L.RSS_TABLE_MAX) store<u8>(changetype<usize>(rss) + ENTRIES + index, <u8>queue);
}

/** Rule RSS-02. A function with fewer queues than the shared table names uses the low bits of the entry. */
export function queueOf(rss: Rss, hash: u32, queues: u32): u32 {
  return <u32>load<u8>(changetype<usize>(rss) + ENTRIES + (hash & rss.mask)) % queues;
}
