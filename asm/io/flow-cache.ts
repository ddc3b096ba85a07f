/**
 * The exact-match cache of a poll thread of OVS (rule HST-03): which flows it finds without asking the classifier. 8,192 entries, of
 * which each flow has two, by two parts of its hash. Of the flows that are not there only one in a hundred is put in, so that
 * a flood of short ones does not throw the others out (lib/dpif-netdev.c: `emc_lookup`, `emc_probabilistic_insert`).
 *
 *   FlowCache ┌ counters, random numbers, costs ┬ 64 entries: 8192 × u64, 0 for none ┐
 *
 * An entry is a flow's 64-bit fingerprint instead of its header fields. What comes after a miss is in classifier.ts.
 */
import { ARP_FRAME_BYTES } from '../frame/arp';
import { Buffer, bytesOf } from '../frame/buffer';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherTypeOf } from '../frame/ethernet';
import { hasPorts, IP, PROTOCOL } from '../frame/ipv4';
import * as C from '../memory/classifier-layout';
import * as L from '../memory/layout';
import { nextRandom } from '../memory/random';

@unmanaged
export class FlowCache {
  hits: u64;
  misses: u64;
  random: u64;
  /** Of so many flows that are not there one is put in; 0: none ever is. */
  insertInverse: u32;
  /** What a hit in the signature cache takes, ps; where that cache is, 0 for none. */
  signaturePs: u32;
  signatureHits: u64;
  upcalls: u64;
  /** What asking the control plane takes, ps; where the classifier is, 0 for one that knows every flow. */
  upcallPs: u64;
  signaturesAt: u32;
  classifierAt: u32;
}

const ENTRIES: usize = 64;
const PLACES: u32 = 8192;
if (offsetof<FlowCache>() > ENTRIES || ENTRIES + PLACES * 8 > <usize>L.FLOW_CACHE_BYTES) ERROR('FlowCache does not fit its block');
/** Bits of a flow's hash for one place. */
const PLACE_BITS: u64 = 13;

/** Initialises a cache in zeroed memory. @param seed of its random numbers, not 0. */
export function initCache(at: u32, insertInverse: u32, seed: u64): void {
  const cache = changetype<FlowCache>(<usize>at);
  cache.insertInverse = insertInverse;
  cache.random = seed;
}

/** Nothing is in it, as after a start of OVS. Its counters stay, and its random numbers go on. */
export function emptyCache(at: u32): void {
  const cache = changetype<FlowCache>(<usize>at);
  memory.fill(<usize>at + ENTRIES, 0, L.FLOW_CACHE_BYTES - ENTRIES);
  if (cache.signaturesAt !== 0) memory.fill(<usize>cache.signaturesAt, 0, C.SIGNATURE_CACHE_BYTES);
  if (cache.classifierAt !== 0) memory.fill(<usize>cache.classifierAt, 0, C.CLASSIFIER_BYTES);
}

// inline
function placeOf(cache: FlowCache, hash: u64): usize {
  return changetype<usize>(cache) + ENTRIES + ((<usize>hash & (PLACES - 1)) << 3);
}

/** Whether a flow is in the cache, and the classifier still knows it. One that is not may be put in. */
export function findsFlow(cache: FlowCache, flow: u64, isKnown: bool): bool {
  const first = placeOf(cache, flow);
  const second = placeOf(cache, flow >> PLACE_BITS);
  if (isKnown && (load<u64>(first) === flow || load<u64>(second) === flow)) {
    cache.hits++;
    return true;
  }
  cache.misses++;
  if (isChosen(cache)) store<u64>(leastOf(first, second), flow);
  return false;
}

function isChosen(cache: FlowCache): bool {
  const inverse = cache.insertInverse;
  return inverse !== 0 && nextRandom(changetype<usize>(cache) + offsetof<FlowCache>('random')) <= u32.MAX_VALUE / inverse;
}

/** An empty place, else the one of the flow with the lower hash. */
function leastOf(first: usize, second: usize): usize {
  const a = load<u64>(first);
  const b = load<u64>(second);
  return (a !== 0 && b === 0) || <u32>b < <u32>a ? second : first;
}

/** In a fingerprint always: an entry of 0 is none. */
const KNOWN: u64 = 1 << 63;

// ── Flows ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const IPV4_BYTES: u32 = <u32>IP + 20;
const IPV6_BYTES: u32 = <u32>IP + 40;
const PORTS_BYTES: u32 = 4;
/** More fragments, and the offset, as a frame's two bytes load. */
const FRAGMENTED: u32 = 0xff3f;

/** Fingerprint of what OVS's action "normal" looks at: port, tag, MACs, EtherType. Never 0. */
export function megaflowOf(port: u32, buffer: Buffer, vlan: u32): u64 {
  return ethernetOf(port, bytesOf(buffer), vlan) | KNOWN;
}

// inline
function ethernetOf(port: u32, bytes: usize, vlan: u32): u64 {
  return mix(mix(mix(((<u64>port) << 32) | vlan, load<u64>(bytes)), load<u32>(bytes, 8)), load<u16>(bytes, 12));
}

/** Fingerprint of the fields by which OVS tells flows apart: port, tag, addresses, and the constant fields of IP and ARP. Never 0. */
export function flowOf(port: u32, buffer: Buffer, vlan: u32): u64 {
  const bytes = bytesOf(buffer);
  const length = buffer.length;
  const ethernet = ethernetOf(port, bytes, vlan);
  const etherType = etherTypeOf(bytes);
  let flow = ethernet;
  if (etherType === ETHERTYPE_IPV4 && length >= IPV4_BYTES) flow = ofIpv4(ethernet, bytes, length);
  else if (etherType === ETHERTYPE_IPV6 && length >= IPV6_BYTES) flow = ofIpv6(ethernet, bytes, length);
  else if (etherType === ETHERTYPE_ARP && length >= ARP_FRAME_BYTES)
    flow = mix(mix(mix(ethernet, load<u64>(bytes, 20)), load<u64>(bytes, 28)), load<u64>(bytes, 34));
  return flow | KNOWN;
}

/** Type of service, whether it is whole, TTL, protocol, addresses; ports of a whole packet. */
function ofIpv4(ethernet: u64, bytes: usize, length: u32): u64 {
  const isWhole = (load<u16>(bytes + IP + 6) & FRAGMENTED) === 0;
  const kind = load<u8>(bytes + IP + 1) | ((<u32>load<u16>(bytes + IP + 8)) << 8) | (isWhole ? 0 : 1 << 24);
  const flow = mix(mix(ethernet, kind), load<u64>(bytes + IP + 12));
  const at = <u32>IP + <u32>(load<u8>(bytes + IP) & 15) * 4;
  return isWhole && hasPorts(load<u8>(bytes + PROTOCOL)) && at + PORTS_BYTES <= length ? mix(flow, load<u32>(bytes + at)) : flow;
}

/** Traffic class and label, next header, hop limit, addresses; ports right behind the header. */
function ofIpv6(ethernet: u64, bytes: usize, length: u32): u64 {
  let flow = mix(mix(ethernet, load<u32>(bytes + IP)), load<u16>(bytes + IP + 6));
  for (let at: usize = IP + 8; at < <usize>IPV6_BYTES; at += 8) flow = mix(flow, load<u64>(bytes + at));
  const ports = hasPorts(load<u8>(bytes + IP + 6)) && IPV6_BYTES + PORTS_BYTES <= length;
  return ports ? mix(flow, load<u32>(bytes + IPV6_BYTES)) : flow;
}

/** Takes a word into a hash: an odd multiplier, and its high half back down (as in MurmurHash3's finalizer). */
function mix(hash: u64, word: u64): u64 {
  const mixed = (hash ^ word) * 0xff51afd7ed558ccd;
  return mixed ^ (mixed >> 32);
}
