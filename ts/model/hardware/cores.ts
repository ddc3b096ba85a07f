/** Cores that a node's forwarding runs on, and the rings its frames wait in (rules COST-01, DPK, MMP, HST-03 to HST-06). */

import type { Nanos } from '../../values/nanos.ts';
import type { CostName } from './cost.ts';

/** Rule MMP-07: which socket of a fanout group gets a frame. */
export const FANOUTS = ['hash', 'lb', 'cpu', 'rollover', 'random', 'queue'] as const;
export type Fanout = (typeof FANOUTS)[number];

/** What forwards on a host: OVS in the kernel, woken by interrupts, or OVS with poll threads. */
export const DATAPATHS = ['ovs-kernel', 'ovs-dpdk'] as const;
export type Datapath = (typeof DATAPATHS)[number];

/** A node without cores forwards at once and for nothing, and its frames wait nowhere. */
export interface Cores {
  readonly count: number;
  /** Receive queues of each interface; queue q is served by core q modulo count. */
  readonly queues: number;
  /** Frames a core takes out of a queue before it looks at the next (DPK-01, HST-03). */
  readonly burst: number;
  /** Descriptors of each queue of a NIC (DPK-03), and of a virtio queue. */
  readonly rxRing: number;
  readonly txRing: number;
  readonly virtioRing: number;
  /** Descriptors a poll driver holds back before it tells the NIC (DPK-02). */
  readonly rxFreeThreshold: number;
  /** Frame buffers of the poll drivers of the node; 0: as many as rule DPK-07 asks for. */
  readonly mbufs: number;
  /** Ring of each packet socket (MMP-03), and when a block that is not full is closed; null: derived from the link (MMP-02). */
  readonly blockBytes: number;
  readonly blocks: number;
  readonly retireNs: Nanos | null;
  /** Packet sockets of each interface. */
  readonly sockets: number;
  readonly fanout: Fanout;
  /** Of so many flows that are not in OVS's exact-match cache one is put in; 0: none (HST-03, `emc-insert-inv-prob`). */
  readonly emcInsertInverse: number;
  /** OVS with DPDK has a signature cache (HST-03, `smc-enable`), and a classifier that asks the control plane; absent where it has not. */
  readonly signatureCache?: true;
  readonly classifier?: true;
  /** How often a host switch tries again when a guest's ring is full (HST-05). */
  readonly retries: number;
  /** Memory node of the cores (HST-03); absent where it is 0. */
  readonly memoryNode?: number;
  /** Costs that differ from the table (cost.ts), picoseconds. */
  readonly costsPs: Readonly<Partial<Record<CostName, number>>>;
}

/** Lab choices where sources are silent: transmit rings, and blocks of which each holds 455 frames of 64 bytes. */
export const DEFAULT_CORES: Cores = {
  count: 1,
  queues: 1,
  burst: 32,
  rxRing: 512,
  txRing: 512,
  virtioRing: 256,
  rxFreeThreshold: 32,
  mbufs: 0,
  blockBytes: 65_536,
  blocks: 8,
  retireNs: null,
  sockets: 1,
  fanout: 'hash',
  emcInsertInverse: 100,
  retries: 8,
  costsPs: {},
};

/** Rule HST-03: what OVS asks of a NIC. */
export const HOST_RX_RING = 2048;
