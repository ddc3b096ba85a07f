/**
 * PacketMMAP (TPACKET_V3) in numbers: what the kernel works out for a packet socket whose owner does not say. Names are those of
 * net/packet/af_packet.c and include/uapi/linux/if_packet.h.
 */
import { type Nanos, nanos } from '../../values/nanos.ts';

/** TP_STATUS_* of a block. */
export const STATUS = {
  KERNEL: 0,
  USER: 1,
  COPY: 2,
  LOSING: 4,
  CSUMNOTREADY: 8,
  VLAN_VALID: 16,
  BLK_TMO: 32,
  VLAN_TPID_VALID: 64,
  CSUM_VALID: 128,
} as const;

/** DEFAULT_PRB_RETIRE_TOV: where nothing better is known. */
const DEFAULT_RETIRE_MS = 8;
const SPEED_1000 = 1000;
const MEBIBIT = 1 << 20;
const NANOS_PER_MS = 1e6;

/**
 * Rule MMP-02: when a block that is not full is closed, where nobody says (prb_calc_retire_blk_tmo): as long as the link takes to
 * fill it, in whole ms, and one more. Integer divisions as in the kernel.
 * @param blockBytes size of a block, a multiple of the page size.
 * @param linkMbps speed of the link in Mbit/s; null when the driver does not know one, as virtio.
 */
export function retireTimeout(blockBytes: number, linkMbps: number | null): Nanos {
  if (linkMbps === null || linkMbps < SPEED_1000) return nanos(DEFAULT_RETIRE_MS * NANOS_PER_MS);
  const megabits = Math.floor((blockBytes * 8) / MEBIBIT);
  return nanos((Math.floor(megabits / Math.floor(linkMbps / SPEED_1000)) + 1) * NANOS_PER_MS);
}

/** struct tpacket_block_desc with its header: what each block begins with. */
export const BLOCK_HEADER_BYTES = 48;
/** TPACKET3_HDRLEN: the packet header, aligned to 16, and a sockaddr_ll of 20. */
const TPACKET3_HDRLEN = 68;
const TPACKET_ALIGNMENT = 16;
const V3_ALIGNMENT = 8;
const MAC_HEADER_BYTES = 14;
/** Shorter MAC headers are counted as so long. */
const MAC_HEADER_MIN = 16;
/** Shorter frames are padded on the line. */
const FRAME_MIN = 60;

/**
 * What a frame takes of a block (tpacket_rcv): the network header begins on a multiple of 16 behind the packet header, the frame
 * 14 bytes before that, and the next record on a multiple of 8. 144 for a frame of 64 bytes with its check sequence.
 * @param frameBytes without tag and check sequence.
 */
export function recordBytes(frameBytes: number): number {
  const network = alignUp(TPACKET3_HDRLEN + MAC_HEADER_MIN, TPACKET_ALIGNMENT);
  return alignUp(network - MAC_HEADER_BYTES + Math.max(frameBytes, FRAME_MIN), V3_ALIGNMENT);
}

function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
