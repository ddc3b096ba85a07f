/** Sizes of DPDK's receive and transmit rings and of the buffer pool behind them (rules DPK-03, DPK-07). */

export type RingFamily = '10g' | '40g' | 'virtio';

/** Descriptors. */
export interface RingLimits {
  readonly min: number;
  readonly max: number;
  /** The size is a multiple of it. */
  readonly step: number;
  readonly default: number;
}

/** virtio's ring is the host's; 256 unless the host says more. */
export const RING_LIMITS: Readonly<Record<RingFamily, RingLimits>> = {
  '10g': { min: 64, max: 8192, step: 1, default: 512 },
  '40g': { min: 64, max: 8160, step: 32, default: 512 },
  virtio: { min: 64, max: 1024, step: 1, default: 256 },
};

/** Descriptors consumed before the hardware is told of them, unless set otherwise. */
export const RX_FREE_THRESHOLD = 32;
/** Frames of one call, at most. */
export const RX_BURST = 32;

export type RingRefusal = 'ring-too-small' | 'ring-too-large' | 'alignment';

/** Why a ring of that many descriptors cannot be; null when it can. */
export function ringRefusal(family: RingFamily, descriptors: number): RingRefusal | null {
  const { min, max, step } = RING_LIMITS[family];
  if (descriptors % step !== 0) return 'alignment';
  if (descriptors < min) return 'ring-too-small';
  return descriptors > max ? 'ring-too-large' : null;
}

/**
 * The receive path a driver takes: bulk (10G) and vector paths give descriptors back in whole thresholds, so the ring must be a multiple of
 * one, and one must hold a burst; otherwise frame by frame.
 */
export function receivePath(descriptors: number, rxFreeThreshold: number = RX_FREE_THRESHOLD): 'vector' | 'plain' {
  return rxFreeThreshold >= RX_BURST && descriptors % rxFreeThreshold === 0 ? 'vector' : 'plain';
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
