/** Addresses of a DPDK port beside the one that it uses (rule DPK-08, asm/decide/port-addresses.ts): how many, and bytes of their block. */
export const PORT_ADDRESSES_MAX = 127;
export const PORT_ADDRESSES_BYTES = 1024;
