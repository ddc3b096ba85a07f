/** Flag of nodes (layout.ts) that concerns ARP. Shared with the host. */
/** The agent of an end host is handed every ARP frame for a group (asm/decide/heard-arp.ts). */
export const NODE_HEARS_ARP = 524288;
