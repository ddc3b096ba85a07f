/**
 * What a poll thread of OVS asks when its exact-match cache does not have a frame's flow (rule HST-03): a signature cache, where it is on,
 * and then the classifier, which asks the control plane for the first frame of a flow: an *upcall*.
 *
 *   frame ─► exact match ─► signatures ─► classifier ─► upcall
 *            flow-cache.ts   smcPs         missPs        missPs + upcallPs
 *
 *   signatures ┌ 262,144 places for 4 flows: u32 each, 0 for none ┐
 *   classifier ┌ 8,192 places for a megaflow: fingerprint u64, used at u64 ┐
 *
 * Sources: lib/dpif-netdev.c, `dfc_processing`, `smc_lookup_batch`, `smc_insert` and `fast_path_processing`: the thread itself makes the
 * upcall (`handle_packet_upcall`), so its other frames wait. A megaflow of the action "normal" is told apart by interface, tag, MACs and
 * EtherType (ofproto-dpif-xlate.c, `xlate_normal`); one that is not used for 10 s is removed (`max-idle`), and entries of both caches that
 * belong to it are worth nothing any more.
 *
 * Decision someone may dispute: 8,192 megaflows, where OVS has room for 200,000; in eight neighbouring places the one that was used last
 * the longest ago makes room.
 */

import * as C from '../memory/classifier-layout';
import { nextRandom } from '../memory/random';
import { FlowCache, findsFlow } from './flow-cache';

/** Signatures of one place. */
const WAYS: u32 = 4;
const PLACES: u64 = 262_144;
/** Bits of a flow's hash that choose the place; those above are its signature. */
const PLACE_BITS: u64 = 18;
if (<u64>C.SIGNATURE_CACHE_BYTES !== PLACES * WAYS * 4) ERROR('signatures do not fill their block');

const MEGAFLOWS: u32 = 8192;
const MEGAFLOW_BYTES: u32 = 16;
/** Places in which a megaflow may lie. */
const WINDOW: u32 = 8;
if (<u32>C.CLASSIFIER_BYTES !== MEGAFLOWS * MEGAFLOW_BYTES) ERROR('megaflows do not fill their block');
const MAX_IDLE_NS: u64 = 10_000_000_000;

/**
 * What finding a frame's flow takes beyond the exact match, ps.
 * @param missPs what asking the classifier takes
 */
export function searchPs(cache: FlowCache, flow: u64, megaflow: u64, missPs: u64, nowNs: u64): u64 {
  const isKnown = cache.classifierAt === 0 || usesMegaflow(cache.classifierAt, megaflow, nowNs);
  if (findsFlow(cache, flow, isKnown)) return 0;
  if (cache.signaturesAt !== 0 && findsSignature(cache, flow, isKnown)) {
    cache.signatureHits++;
    return cache.signaturePs;
  }
  if (isKnown) return missPs;
  cache.upcalls++;
  return missPs + cache.upcallPs;
}

/** Whether a flow's signature is in the cache, and its megaflow is there. One that is not is put in. */
function findsSignature(cache: FlowCache, flow: u64, isKnown: bool): bool {
  const place = <usize>cache.signaturesAt + <usize>(flow & (PLACES - 1)) * WAYS * 4;
  const signature = <u32>(flow >> PLACE_BITS) | 1;
  let free: usize = 0;
  for (let way: u32 = 0; way < WAYS; way++) {
    const at = place + way * 4;
    const found = load<u32>(at);
    if (found === signature) return isKnown;
    if (found === 0 && free === 0) free = at;
  }
  if (free === 0) free = place + (nextRandom(changetype<usize>(cache) + offsetof<FlowCache>('random')) % WAYS) * 4;
  store<u32>(free, signature);
  return false;
}

/** Whether the classifier has a megaflow; it has it from now on. */
function usesMegaflow(table: u32, megaflow: u64, nowNs: u64): bool {
  const first = <u32>megaflow & (MEGAFLOWS - 1);
  let oldest: usize = 0;
  for (let i: u32 = 0; i < WINDOW; i++) {
    const at = <usize>table + ((first + i) & (MEGAFLOWS - 1)) * MEGAFLOW_BYTES;
    if (load<u64>(at) === megaflow) {
      const isFresh = nowNs - load<u64>(at, 8) <= MAX_IDLE_NS;
      store<u64>(at, nowNs, 8);
      return isFresh;
    }
    if (oldest === 0 || load<u64>(at, 8) < load<u64>(oldest, 8)) oldest = at;
  }
  store<u64>(oldest, megaflow);
  store<u64>(oldest, nowNs, 8);
  return false;
}
