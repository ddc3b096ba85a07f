/** Sizes of DPDK's receive and transmit rings and of the buffer pool behind them (rules DPK-03, DPK-07). */

import { isEarlier } from './driver-version.ts';

export type RingFamily = '10g' | '40g' | 'virtio';

/** Descriptors. */
export interface RingLimits {
  readonly min: number;
  readonly max: number;
  /** The size is a multiple of it, or a power of two. */
  readonly step: number | 'power-of-two';
  readonly default: number;
}

/**
 * Rule DPK-03, by driver:
 * - 10G, PF and VF (DPDK, drivers/net/ixgbe/ixgbe_rxtx.h and `ixgbe_dev_rx_queue_setup`): IXGBE_MIN_RING_DESC to IXGBE_MAX_RING_DESC. The
 *   hardware wants rings in multiples of IXGBE_ALIGN, 128 bytes, and a descriptor has 16: IXGBE_RXD_ALIGN is 8.
 * - 40G: multiples of 32 (drivers/net/i40e/i40e_rxtx.h, drivers/net/iavf/iavf_rxtx.h: I40E_ and IAVF_ALIGN_RING_DESC), at most 8192 - 32
 *   (iavf_rxtx.h, IAVF_MAX_RING_DESC; Linux, i40e.h, I40E_MAX_NUM_DESCRIPTORS_XL710). The E810 has the same (ice_rxtx.h, ICE_MAX_RING_DESC).
 * - virtio: the ring is the host's. QEMU takes powers of two up to VIRTQUEUE_MAX_SIZE (hw/net/virtio-net.c, `virtio_net_device_realize`).
 *
 * Decision someone may dispute: these are the newest releases; older ones of DPDK stop at 4096 on both families. QEMU makes no virtio ring
 * below 256, but lets the guest use less of it: here 64 is the least of each driver.
 */
export const RING_LIMITS: Readonly<Record<RingFamily, RingLimits>> = {
  '10g': { min: 64, max: 8192, step: 8, default: 512 },
  '40g': { min: 64, max: 8160, step: 32, default: 512 },
  virtio: { min: 64, max: 1024, step: 'power-of-two', default: 256 },
};

/** Descriptors consumed before the hardware is told of them, unless set otherwise. */
export const RX_FREE_THRESHOLD = 32;
/** Frames of one call, at most. */
export const RX_BURST = 32;

/**
 * Descriptors from one that asks the hardware for a report to the next, as drivers have it by default. They refuse a transmit ring that is no
 * multiple of it (ixgbe_rxtx.c, `ixgbe_dev_tx_queue_setup`; i40e_rxtx.c, `i40e_dev_tx_queue_setup`).
 */
export const TX_RS_THRESHOLD = 32;

export type RingRefusal = 'ring-too-small' | 'ring-too-large' | 'alignment';

/** Why a ring of that many descriptors cannot be; null when it can. */
export function ringRefusal(family: RingFamily, descriptors: number): RingRefusal | null {
  const { min, max, step } = RING_LIMITS[family];
  if (descriptors < min) return 'ring-too-small';
  if (descriptors > max) return 'ring-too-large';
  return isAligned(descriptors, step) ? null : 'alignment';
}

function isAligned(descriptors: number, step: RingLimits['step']): boolean {
  return step === 'power-of-two' ? (descriptors & (descriptors - 1)) === 0 : descriptors % step === 0;
}

/** What rings of a driver may be: "64 to 8192 descriptors, in multiples of 8". */
export function ringRange(family: RingFamily): string {
  const { min, max, step } = RING_LIMITS[family];
  return `${min} to ${max} descriptors, ${step === 'power-of-two' ? 'a power of two' : `in multiples of ${step}`}`;
}

/**
 * The receive path a driver takes: bulk (10G) and vector paths give descriptors back in whole thresholds, so the ring must be a multiple of
 * one, and one must hold a burst; otherwise frame by frame.
 */
export function receivePath(descriptors: number, rxFreeThreshold: number = RX_FREE_THRESHOLD): 'vector' | 'plain' {
  return rxFreeThreshold >= RX_BURST && descriptors % rxFreeThreshold === 0 ? 'vector' : 'plain';
}

/** Descriptors that a vector path gives back at once. */
export const VECTOR_REARM = 64;

/**
 * Whether a poll driver gives descriptors back in batches of VECTOR_REARM: on the vector path of DPDK 25.07 and later (drivers/net/intel/common/
 * rx.h, CI_VPMD_RX_REARM_THRESH), on a PF of an E810 from 21.02 (drivers/net/ice/ice_rxtx.h, ICE_RXQ_REARM_THRESH). That path needs a power of
 * two (`ci_rxq_vec_capable`).
 *
 * Decision someone may dispute: the vector path of an older release has batches of 32; here it gives all back above `rxFreeThreshold`, as
 * the plain path does. So does one of an unknown release. A ring of 64 could never hold more than a batch, and is left to the plain path.
 */
export function rearmsInBatches(descriptors: number, rxFreeThreshold: number, release: string, isPfOfE810: boolean): boolean {
  const isSince = release !== '' && !isEarlier(release, isPfOfE810 ? '21.02' : '25.07');
  const isPowerOfTwo = isAligned(descriptors, 'power-of-two');
  return isSince && isPowerOfTwo && descriptors > VECTOR_REARM && receivePath(descriptors, rxFreeThreshold) === 'vector';
}

/**
 * Bytes of a frame buffer: room for headers that a program puts in front, and the frame (rte_mbuf_core.h, RTE_PKTMBUF_HEADROOM and
 * RTE_MBUF_DEFAULT_DATAROOM).
 *
 * Decision someone may dispute: a frame that is longer takes one buffer here, where a driver chains several.
 */
export const BUFFER_BYTES = { headroom: 128, data: 2048 } as const;

/** Memory that the buffers of a pool take, in bytes, without DPDK's record of each. */
export function poolBytes(buffers: number): number {
  return buffers * (BUFFER_BYTES.headroom + BUFFER_BYTES.data);
}

/** What a pool must hold for: every queue's ring, a burst in flight for each core, and each core's cache. */
export interface PoolDemand {
  readonly rxQueues: number;
  readonly rxDescriptors: number;
  readonly txQueues: number;
  readonly txDescriptors: number;
  readonly burst: number;
  readonly cores: number;
  readonly cachePerCore: number;
}

/** Buffers a pool needs so that no ring ever waits for another (rule DPK-07). */
export function poolMin({ rxQueues, rxDescriptors, txQueues, txDescriptors, burst, cores, cachePerCore }: PoolDemand): number {
  return rxQueues * rxDescriptors + txQueues * txDescriptors + cores * (burst + cachePerCore);
}
