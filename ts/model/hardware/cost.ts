/**
 * What work costs a core (rules COST-02 to COST-08): the one table of the cost model. A value is of one 64-byte frame on a core
 * of 2.6 GHz unless it says otherwise. Where it comes from, and how sure that is, stands in docs/cost-model.md.
 *
 * Costs are picoseconds, whole numbers: the published ones have tenths of a nanosecond, and sums over many frames must be exact.
 */
import type { Nanos } from '../../values/nanos.ts';
import { nanos } from '../../values/nanos.ts';

/** Names as a lab file writes them, with their values in picoseconds. */
export const COSTS_PS = {
  /** A poll driver takes a frame from a NIC (COST-02). */
  'pmd-rx': 31_900,
  /** The exact-match cache of OVS finds the flow (COST-03). */
  emc: 30_800,
  /** More, when it is not there: the classifier has to look (COST-03). */
  'emc-miss': 110_000,
  /** More, when its signature cache finds it: it is off unless a file turns it on (HST-03). */
  smc: 40_000,
  /** More than a miss, when the classifier asks the control plane (HST-03): it does where a file says so. */
  upcall: 50_000_000,
  'pmd-tx': 20_800,
  /** OVS puts a frame into a guest's ring, or takes one out (COST-03). */
  'vhost-enqueue': 68_000,
  'vhost-dequeue': 101_200,
  /** From NIC to NIC through OVS in the kernel (COST-04). */
  'kernel-ovs': 675_000,
  /** vhost-net, each way. */
  'vhost-net': 730_000,
  'kernel-rx': 288_000,
  /** A packet socket copies a frame into its block. */
  'socket-copy': 150_000,
  'kernel-tx': 387_000,
  /** A guest's poll driver on a virtio ring. */
  'virtio-rx': 60_000,
  'virtio-tx': 60_000,
  /** What the guest does with a frame: here it touches the header (COST-06). */
  'guest-app': 30_000,
  /** Per notification, not per frame (COST-05): a guest rings the doorbell, a host injects an interrupt, a reader wakes. */
  kick: 1_500_000,
  inject: 1_000_000,
  wake: 1_500_000,
  /** Copies, per byte above 64 (COST-08). */
  'copy-byte': 50,
} as const satisfies Readonly<Record<string, number>>;

export type CostName = keyof typeof COSTS_PS;
export type Costs = Readonly<Record<CostName, number>>;

export const COST_NAMES = Object.keys(COSTS_PS) as readonly CostName[];

/** Rule COST-04: vhost-net since it handles batches. */
export const VHOST_BATCHED_PS = 256_000;

/** Waiting, not work: until a sleeping core runs (COST-05), and how long a polling one takes to look at all its queues in vain. */
export const IDLE_INTERRUPT: Nanos = nanos(80_000);
export const VIRTUAL_INTERRUPT: Nanos = nanos(10_000);
export const WORKER_WAKE_UP: Nanos = nanos(1500);
export const POLL_LOOP: Nanos = nanos(1000);
