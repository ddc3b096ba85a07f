/** How large a lab may be. Every limit has a name, and reaching one is an error that says so. */

/** Several times what 300,000 tokens of a lab take. A character costs up to 150 bytes while it is read. */
export const LAB_FILE_CHARACTERS_MAX = 2 * 1024 * 1024;
/** Words of YAML: keys, values, indicators, spaces, line ends. */
export const LAB_FILE_TOKENS_MAX = 300_000;
/** Of one such word: a text of millions of lines, or a command of millions of words, costs as much as so many tokens. */
export const LAB_FILE_TOKEN_CHARACTERS_MAX = 16_384;
export const LAB_FILE_DEPTH_MAX = 100;
/** Of one map: as many as a lab may have interfaces. */
export const LAB_FILE_KEYS_PER_MAP_MAX = 16384;
/** Errors of one file that are told; the others are counted. Also of warnings. */
export const FINDINGS_TOLD_MAX = 1000;
/** Of aliases, and of anchors. */
export const LAB_FILE_ALIASES_MAX = 4096;
/** Keys and values, with all aliases and merges written out. */
export const LAB_FILE_VALUES_MAX = 300_000;
export const NODES_MAX = 4096;
export const INTERFACES_MAX = 16384;
export const PORTS_PER_SWITCH_MAX = 1024;
export const PORT_GROUPS_PER_SWITCH_MAX = 512;
/** Rule VF-01: what the largest NIC has. */
export const VFS_PER_NIC_MAX = 256;
/** What the table of a switch that inspects ARP can hold. */
export const ARP_BINDINGS_PER_SWITCH_MAX = 256;
export { ADDRESSES_PER_INTERFACE_MAX, MTU_MAX, MTU_MIN, ROUTES_PER_NODE_MAX } from '../../model/config/limits.ts';

/** Of one node that forwards. */
export const CORES_PER_NODE_MAX = 16;
export const QUEUES_PER_INTERFACE_MAX = 16;
/** Rule DPK-03. */
export const RING_MIN = 64;
export const RING_MAX = 8192;
export const MBUFS_MAX = 65_536;
export const PAGE_BYTES = 4096;
export const BLOCK_BYTES_MAX = 4 * 1024 * 1024;
export const BLOCKS_MAX = 64;
/** Rule HST-05. */
export const RETRIES_MAX = 32;
export const MEMORY_NODE_MAX = 7;
export const EMC_INVERSE_MAX = 2 ** 32 - 1;
export const COST_NS_MAX = 1_000_000;
/** Virtual wires, and VLAN objects, of one firewall. */
export const WIRES_MAX = 512;
/** Zones of one firewall: a bit each of a word of linear memory. */
export const ZONES_PER_FIREWALL_MAX = 31;
export const POLICIES_PER_FIREWALL_MAX = 256;
export const NAT_RULES_PER_FIREWALL_MAX = 32;
export const POOL_ADDRESSES_MAX = 64;
/** Addresses of one pool of a DHCP server, its pools, what it keeps for single clients, and the servers of a relay. */
export const POOL_LEASES_MAX = 4096;
export const POOLS_PER_SERVER_MAX = 64;
export const DHCP_RESERVATIONS_MAX = 256;
/** What a port of the data plane has room for, those of IPv6 addresses among them. */
export const GROUPS_PER_INTERFACE_MAX = 8;
export const DHCP_RELAY_SERVERS_MAX = 8;
/** Sessions that a PPPoE concentrator gives at once, and echoes that may be missing. Each session takes two entries of its neighbour table. */
export const PPPOE_SESSIONS_MAX = 4096;
export const PPP_ECHO_FAILURES_MAX = 100;
/** Of one firewall's session table. */
export const SESSIONS_MAX = 131_072;
export const SESSIONS_DEFAULT = 2048;
export const AGGREGATES_PER_NODE_MAX = 64;
/** IEEE 802.1AX bounds none; platforms use eight at once. */
export const MEMBERS_PER_AGGREGATE_MAX = 8;
export const HA_PAIRS_MAX = 1024;
export const FLOWS_MAX = 1024;
export const STEPS_MAX = 10_000;
export const CHECKS_MAX = 1024;
export const EXPECTATIONS_PER_CHECK_MAX = 256;

/** Rule LRN-03. */
export const LEARNED_MACS_PER_PORT_MAX = 4096;
export const SWITCH_TABLE_MAX = 65_536;
export const LINK_RATE_BPS_MAX = 1_000_000_000_000;
export const LINK_QUEUE_BYTES_MAX = 64 * 1024 * 1024;
/** A lab's seed has 32 bits. */
export const SEED_MAX = 0xffff_ffff;
/** Of delay and of jitter. The data plane multiplies a jitter by a 32-bit fraction: it must stay below 2^32 ns. */
export const IMPAIRMENT_NS_MAX = 4_000_000_000;
/** As many as the command `secure` can say. */
export const ARP_PER_SECOND_MAX = 999_999;

/** Ethernet without the frame check sequence. */
export const FRAME_BYTES_MIN = 60;
export const ETHERNET_HEADER_BYTES = 14;
/** Of a TCP flow, with its data: flow, segment and birth. */
export const TCP_FRAME_BYTES_MIN = 70;
