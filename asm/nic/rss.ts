/**
 * Receive-side scaling: which queue of a function a frame goes to (rules RSS-01 to RSS-03).
 *
 * The Toeplitz hash is linear: the hash of a packet is the XOR of the contributions of all parts of its input, each at its place. So
 * the key is turned into tables once, and hashing is one look-up per part. The first twelve bytes, which are all that IPv4 has, use
 * one table of 256 values per byte. The further input of IPv6 uses tables of half bytes: IPv6 is rarer, and tables of bytes would
 * take 24 KiB more of every function's region and of its cache.
 *
 *   Rss  ┌ 0 mask ┬ 4 UDP ┬ 8 key, 56 bytes ┬ 64 entries, 128 bytes ┬ 192 of bytes: 12 places × 256 values × u32
 *        ┴ 12480 of half bytes: 48 places × 16 values × u32 ┐
 *
 * 82599, X540: one block for the whole port, every VF uses the PF's key and table. X550 and 40G: one block per function (RSS-03).
 */
import { Buffer, bytesOf } from '../frame/buffer';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherTypeOf } from '../frame/ethernet';
import { hasPorts, IP, PROTOCOL, UDP } from '../frame/ipv4';
import * as N from '../memory/nic-layout';

@unmanaged
export class Rss {
  /** Number of table entries - 1: the low bits of the hash that choose one (rule RSS-02). */
  mask: u32;
  /** Not 0 where UDP hashes its addresses only, as drivers of 10G set it up (rule RSS-01). */
  udpWithoutPorts: u32;
}

const KEY: usize = 8;
const ENTRIES: usize = 64;
const OF_BYTES: usize = 192;
const OF_HALVES: usize = 12480;
/** Bytes of two IPv4 addresses and two ports: each place has a table of its own. */
const WHOLE_PLACES: u32 = 12;
/** Half bytes behind them of the longest input: two IPv6 addresses and two ports. */
const HALF_PLACES: u32 = 48;
/** Bytes of IPv6's addresses. */
const IPV6_ADDRESSES: u32 = 32;
/** Bytes of one place's table. */
const BYTE_TABLE: usize = 1024;
const HALF_TABLE: usize = 64;
if (offsetof<Rss>() > KEY || KEY + N.RSS_KEY_MAX > ENTRIES || ENTRIES + N.RSS_TABLE_MAX > OF_BYTES)
  ERROR('Rss does not fit its block');
if (OF_BYTES + <usize>WHOLE_PLACES * BYTE_TABLE > OF_HALVES || OF_HALVES + <usize>HALF_PLACES * HALF_TABLE > <usize>N.RSS_BYTES)
  ERROR('the tables of Rss do not fit its block');

const IPV4_SOURCE: usize = IP + 12;
const IPV4_DESTINATION: usize = IP + 16;
const IPV4_FRAGMENT: usize = IP + 6;
/** More fragments, or an offset: not the whole packet. */
const FRAGMENTED: u32 = 0x3fff;
// In the order of bytes in a frame: EtherType, version and length of the header; flags and offset, no TTL, protocol.
const PLAIN_START_MASK: u32 = 0x00ff_ffff;
const PLAIN_START: u32 = 0x0045_0008;
const PLAIN_KIND_MASK: u32 = 0xff00_ff3f;
const PLAIN_TCP: u32 = 0x0600_0000;
const PLAIN_UDP: u32 = 0x1100_0000;
const PLAIN_PAYLOAD: usize = IP + 20;
const IPV6_SOURCE: usize = IP + 8;
const IPV6_NEXT_HEADER: usize = IP + 6;
const IPV6_PAYLOAD: usize = IP + 40;

/** Size of the table, and whether the ports of UDP count. Key and table are stored later. */
export function shapeHash(rss: Rss, mask: u32, udpWithoutPorts: bool): void {
  rss.mask = mask;
  rss.udpWithoutPorts = <u32>udpWithoutPorts;
}

/** Puts eight bytes of the key, as a big endian number, at a place of it. `buildTable` follows. */
export function storeKey(rss: Rss, word: u32, bytes: u64): void {
  store<u64>(changetype<usize>(rss) + KEY + word * 8, bswap<u64>(bytes));
}

/** The 32 bits of the key that begin at a bit. */
function window(rss: Rss, bit: u32): u32 {
  const at = changetype<usize>(rss) + KEY + (bit >> 3);
  return <u32>((bswap<u64>(load<u64>(at)) << (bit & 7)) >> 32);
}

/** Computes the contribution of every byte and half byte under the key. */
export function buildTable(rss: Rss): void {
  const at = changetype<usize>(rss);
  for (let place: u32 = 0; place < WHOLE_PLACES; place++) buildPlace(rss, at + OF_BYTES + place * BYTE_TABLE, place * 8, 8);
  for (let half: u32 = 0; half < HALF_PLACES; half++)
    buildPlace(rss, at + OF_HALVES + half * HALF_TABLE, (WHOLE_PLACES * 2 + half) * 4, 4);
}

/** The table of one place: `bits` bits of the input from bit `first` on. Each value adds its lowest bit to a smaller one. */
function buildPlace(rss: Rss, table: usize, first: u32, bits: u32): void {
  store<u32>(table, 0);
  for (let value: u32 = 1; value < (<u32>1) << bits; value++) {
    const lowest = window(rss, first + bits - 1 - ctz(value));
    store<u32>(table + value * 4, load<u32>(table + (value & (value - 1)) * 4) ^ lowest);
  }
}

/** Contribution of the byte at an address, at one of the first places. */
// inline
function ofByte(rss: Rss, place: u32, at: usize): u32 {
  return load<u32>(changetype<usize>(rss) + ((<usize>load<u8>(at)) << 2) + place * BYTE_TABLE, OF_BYTES);
}

/** Contribution of four bytes, from one of the first places on. */
// inline
function ofWord(rss: Rss, place: u32, at: usize): u32 {
  return ofByte(rss, place, at) ^ ofByte(rss, place + 1, at + 1) ^ ofByte(rss, place + 2, at + 2) ^ ofByte(rss, place + 3, at + 3);
}

/** Contribution of `length` bytes, from a place behind the first ones on. */
function ofHalves(rss: Rss, place: u32, bytes: usize, length: u32): u32 {
  let hash: u32 = 0;
  let table = changetype<usize>(rss) + OF_HALVES + (place - WHOLE_PLACES) * 2 * HALF_TABLE;
  for (let i: u32 = 0; i < length; i++) {
    const byte: usize = load<u8>(bytes + i);
    hash ^= load<u32>(table + ((byte >> 4) << 2)) ^ load<u32>(table + HALF_TABLE + ((byte & 15) << 2));
    table += 2 * HALF_TABLE;
  }
  return hash;
}

/** Rule RSS-01: addresses, and the ports of unfragmented TCP and, where they count, UDP. Frames without IP hash to 0. */
// inline
export function hashFrame(rss: Rss, buffer: Buffer): u32 {
  const bytes = bytesOf(buffer);
  // Nearly every frame: IPv4 without options, where the ports follow the addresses. What both branches of a question need is worked
  // out before it: asked in the middle, V8 does not load all twelve parts, more than it has registers, before it joins the first.
  if ((load<u32>(bytes + 12) & PLAIN_START_MASK) !== PLAIN_START) return hashOther(rss, bytes, buffer.length);
  if (buffer.length < <u32>PLAIN_PAYLOAD + 4) return hashOther(rss, bytes, buffer.length);
  const at = bytes + IPV4_SOURCE;
  const addresses = ofWord(rss, 0, at) ^ ofWord(rss, 4, at + 4);
  const kind = load<u32>(bytes + IPV4_FRAGMENT) & PLAIN_KIND_MASK;
  if (kind !== PLAIN_TCP && (kind !== PLAIN_UDP || rss.udpWithoutPorts !== 0)) return addresses;
  return addresses ^ ofWord(rss, 8, at + 8);
}

/** Whether the ports of a protocol count (ixgbevf_main.c, `ixgbevf_setup_vfmrqc`: the fields IPV4_TCP and IPV6_TCP, none for UDP). */
function hashesPorts(rss: Rss, protocol: u32): bool {
  return hasPorts(protocol) && (rss.udpWithoutPorts === 0 || protocol !== UDP);
}

function hashOther(rss: Rss, bytes: usize, length: u32): u32 {
  const etherType = etherTypeOf(bytes);
  if (etherType === ETHERTYPE_IPV4) return hashIpv4(rss, bytes, length);
  return etherType === ETHERTYPE_IPV6 ? hashIpv6(rss, bytes, length) : 0;
}

function hashIpv4(rss: Rss, bytes: usize, length: u32): u32 {
  if (length < <u32>IP + 20) return 0;
  const addresses = ofWord(rss, 0, bytes + IPV4_SOURCE) ^ ofWord(rss, 4, bytes + IPV4_DESTINATION);
  const isWhole = (bswap<u16>(load<u16>(bytes + IPV4_FRAGMENT)) & FRAGMENTED) === 0;
  const header = <u32>(load<u8>(bytes + IP) & 15) * 4;
  if (!isWhole || !hashesPorts(rss, load<u8>(bytes + PROTOCOL)) || length < <u32>IP + header + 4) return addresses;
  return addresses ^ ofWord(rss, 8, bytes + IP + header);
}

/** Ports right behind the header only: an extension header leaves the addresses. */
function hashIpv6(rss: Rss, bytes: usize, length: u32): u32 {
  if (length < <u32>IPV6_PAYLOAD) return 0;
  const at = bytes + IPV6_SOURCE;
  const first = ofWord(rss, 0, at) ^ ofWord(rss, 4, at + 4) ^ ofWord(rss, 8, at + 8);
  const addresses = first ^ ofHalves(rss, WHOLE_PLACES, at + WHOLE_PLACES, IPV6_ADDRESSES - WHOLE_PLACES);
  if (!hashesPorts(rss, load<u8>(bytes + IPV6_NEXT_HEADER)) || length < <u32>IPV6_PAYLOAD + 4) return addresses;
  return addresses ^ ofHalves(rss, IPV6_ADDRESSES, bytes + IPV6_PAYLOAD, 4);
}

export function storeEntry(rss: Rss, index: u32, queue: u32): void {
  if (index < <u32>N.RSS_TABLE_MAX) store<u8>(changetype<usize>(rss) + ENTRIES + index, <u8>queue);
}

/** Rule RSS-02. A function with fewer queues than the shared table names uses the low bits of the entry. */
// inline
export function queueOf(rss: Rss, hash: u32, queues: u32): u32 {
  const entry: u32 = load<u8>(changetype<usize>(rss) + ENTRIES + (hash & rss.mask));
  // A division takes longer than all look-ups of the hash.
  return entry < queues ? entry : entry % queues;
}
