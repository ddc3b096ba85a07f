/**
 * Numbers of SR-IOV NICs (asm/nic/nic.ts) that the data plane and its host must agree on: flags, and bytes of their blocks. As in layout.ts:
 * constants only, no types, no imports.
 */
/** Loopback off: what VFs send goes to the wire (rule VF-06). */
export const NIC_VEPA = 1;
/** A frame that comes back is withheld from the pool that has its source (rule VF-06). */
export const NIC_PRUNES = 2;
/** The global filter passes every unicast frame: the PF is promiscuous (rule VF-02). */
export const NIC_OPEN = 4;
/** Frames that no pool wants go to the PF (rule VF-02). */
export const NIC_DEFAULT_POOL = 8;
/** 40G: a pool in unicast-promiscuous opens the global filter too. */
export const NIC_POOLS_OPEN = 16;
/** 10G: the hash takes the ports of TCP only (rule RSS-01). Looked at when a pool is made. */
export const NIC_UDP_WITHOUT_PORTS = 32;
/** Its bus and its embedded switch take time (rule COST-07, asm/nic/bus.ts). */
export const NIC_BUS = 64;

/** Receive and transmit enable (rule VF-13). */
export const POOL_RX = 1;
export const POOL_TX = 2;
/** Rules VF-03, VF-09, VF-10. */
export const POOL_BROADCAST = 4;
export const POOL_MULTICAST_HASH = 8;
export const POOL_ALL_MULTICAST = 16;
export const POOL_PROMISCUOUS = 32;
/** Rule VF-07. */
export const POOL_SPOOF_CHECK = 64;

export const QUEUES_MAX = 16;
/** Entries of the redirection table of 82599 and X540, the larger one (rule RSS-02). */
export const RSS_TABLE_MAX = 128;
export const RSS_KEY_MAX = 52;
export const NIC_BYTES = 640;
export const POOL_BYTES = 704;
export const RSS_BYTES = 15552;
export const FILTER_BYTES = 16;
