/** Packet sockets with a TPACKET_V3 ring: what the kernel works out when one is set up. */
import { type Nanos, nanos } from './nanos.ts';

const DEFAULT_RETIRE_MS = 8;
const SLOWEST_MBPS = 1000;
const MEBI = 1024 * 1024;
const NANOS_PER_MS = 1e6;

/**
 * Rule MMP-02: when a block that is not full is closed, where nobody says. As prb_calc_retire_blk_tmo of Linux has it (af_packet.c),
 * integer divisions included.
 * @param linkMbps null where the device has no speed, as virtio.
 */
export function retireTimeout(blockBytes: number, linkMbps: number | null): Nanos {
  if (linkMbps === null || linkMbps < SLOWEST_MBPS) return nanos(DEFAULT_RETIRE_MS * NANOS_PER_MS);
  const megabits = Math.floor((blockBytes * 8) / MEBI);
  const gigabits = Math.floor(linkMbps / 1000);
  return nanos((Math.floor(megabits / gigabits) + 1) * NANOS_PER_MS);
}
