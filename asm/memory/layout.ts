/**
 * Numbers that the data plane and its host must agree on. Compiled twice: by asc into the wasm, by tsc into the host.
 * So: constants only, no types, no imports.
 *
 * All offsets are bytes, all multi-byte fields little endian.
 */

/** Changes whenever a snapshot taken before could not be restored after. */
export const REGION_VERSION = 15;

/** "No port", "no line", "no slot". */
export const NONE = 0xffffffff;

// ── Why `run` returned ───────────────────────────────────────────────────────────────────────────────────────────────
/** Everything strictly before `until` has happened. */
export const RUN_UNTIL = 0;
/** A timer is due; its id lies at IO_TIMER. */
export const RUN_TIMER = 1;
/** At least one frame or question waits in the punt ring. */
export const RUN_PUNT = 2;
/** `maxEvents` events were handled. */
export const RUN_EVENTS = 3;
/** A ring has no room for the next event's worst case: drain and call again. */
export const RUN_ROOM = 4;

// ── The IO block: rings, cursors, switches. Outside the hashed region. ───────────────────────────────────────────────
export const IO_NOW_NS = 0; // u64, time of the last event
export const IO_TIMER = 8; // u32
export const IO_TRACE_ON = 12; // u32, 0 or 1
export const IO_INJECT_AT = 16; // u32, address of the inject ring
export const IO_INJECT_SIZE = 20; // u32, bytes
export const IO_INJECT_USED = 24; // u32, bytes written by the host
export const IO_PUNT_AT = 28;
// How many records lie in the rings to the host: side by side, because a run checks them before every event.
export const IO_PUNT_COUNT = 32;
export const IO_NOTICE_COUNT = 36;
export const IO_TRACE_USED = 40; // bytes
export const IO_EGRESS_USED = 44; // bytes
export const IO_NOTICE_AT = 48;
export const IO_NOTICE_SIZE = 52; // records
export const IO_TRACE_AT = 56;
export const IO_TRACE_SIZE = 60; // bytes
export const IO_EGRESS_AT = 64;
export const IO_EGRESS_SIZE = 68; // bytes
export const IO_TRACE_PORTS_AT = 72; // one byte per port: 0 or WATCH_*
export const IO_REGION_AT = 76;
export const IO_REGION_USED = 80; // u32, bytes; behind them is nothing but zeros
export const IO_BYTES = 128;

// ── The region's header, as far as the host reads it ─────────────────────────────────────────────────────────────────
export const REGION_SIZE = 4; // u32, bytes of the region, used or not
export const REGION_NOW_NS = 8; // u64

// ── Inject records, back to back, each padded to 8 bytes ─────────────────────────────────────────────────────────────
// 0 atNs u64 | 8 port u32 | 12 direction u32 | 16 cause u32 | 20 vlan u32 | 24 length u32 | 28 - | 32 bytes
export const INJECT_AT_NS = 0;
export const INJECT_PORT = 8;
export const INJECT_DIRECTION = 12;
export const INJECT_CAUSE = 16;
export const INJECT_VLAN = 20;
export const INJECT_LENGTH = 24;
export const INJECT_BYTES = 32;
/** The cable brings the frame to the port. */
export const INJECT_RECEIVED = 0;
/** The port's node sends the frame. */
export const INJECT_SENT = 1;
/** In the VLAN word of a sent frame: it holds a packet that the port's node routes and addresses itself. */
export const INJECT_ROUTED = 0x80000000;

// ── Punt records ─────────────────────────────────────────────────────────────────────────────────────────────────────
// 0 kind u32 | 4 port u32 | 8 address u32 | 12 length u32 | 16 vlan u32 | 20 cause u32 | 24 ip u32 | 28 socket u32 | 32 number u64 | 40 address 16 bytes
export const PUNT_KIND = 0;
export const PUNT_PORT = 4;
export const PUNT_ADDRESS = 8;
export const PUNT_LENGTH = 12;
export const PUNT_VLAN = 16;
export const PUNT_CAUSE = 20;
export const PUNT_IP = 24;
export const PUNT_SOCKET = 28;
export const PUNT_NUMBER = 32;
// Of a question about an IPv6 next hop: its address.
export const PUNT_HIGH = 40;
export const PUNT_LOW = 48;
export const PUNT_BYTES = 56;
export const PUNT_RING = 64; // records
/** A frame for the node's agent (ARP, or IPv4 to one of its own addresses). */
export const PUNT_FRAME = 1;
/** A next hop has no entry: resolve PUNT_IP on PUNT_PORT. */
export const PUNT_RESOLVE = 2;
/** A used entry is no longer trusted: verify PUNT_IP on PUNT_PORT. */
export const PUNT_VERIFY = 3;
/** A switch port disabled itself; PUNT_IP holds the drop reason. */
export const PUNT_DISABLED = 4;
/** Socket PUNT_SOCKET of a port froze, or thawed (rule MMP-05). PUNT_NUMBER is the frame that found out; 0 is the timer. */
export const PUNT_FROZEN = 5;
export const PUNT_THAWED = 6;
/** A socket's first block closed (rules MMP-03, MMP-04); PUNT_IP holds its status, PUNT_NUMBER its frames. */
export const PUNT_RETIRED = 7;
/** A switch floods STORM_FRAMES frames in less than STORM_WINDOW_NS; PUNT_NUMBER is their rate per second. */
export const PUNT_STORM = 8;
export const STORM_FRAMES = 10_000;
export const STORM_WINDOW_NS = 1_000_000_000;

// ── Notice records: the first frame of a run of drops, the first move of a run of moves ─────────────────────────────
// 0 atNs u64 | 8 number u64 | 16 port u32 | 20 reason u32 | 24 cause u32 | 28 length u32 | 32 vlan u32 | 36 blamed u32 | 40 head 64 bytes
// 104 kind u32
// 0 atNs u64 | 8 mac u64    | 16 port u32 | 20 from u32   | 24 cause u32 | 28 node u32   | 32 vlan u32 | 36 -
export const NOTICE_AT_NS = 0;
export const NOTICE_NUMBER = 8;
export const NOTICE_PORT = 16;
export const NOTICE_REASON = 20;
export const NOTICE_CAUSE = 24;
export const NOTICE_LENGTH = 28;
export const NOTICE_VLAN = 32;
export const NOTICE_BLAMED = 36;
export const NOTICE_HEAD = 40;
export const NOTICE_HEAD_BYTES = 64;
export const NOTICE_KIND = 104;
export const NOTICE_BYTES = 112;
export const NOTICE_DROP = 1;
/** A learned address moved: NOTICE_PORT is where it is now, NOTICE_VLAN the id of its VLAN, 0 for untagged. */
export const NOTICE_MOVE = 2;
/** A TCP flow connected, or ended without a FIN: NOTICE_FROM is its index, NOTICE_NODE its state (TCP_*), NOTICE_VLAN whether it was connected. */
export const NOTICE_FLOW = 3;
export const NOTICE_MAC = 8;
export const NOTICE_FROM = 20;
export const NOTICE_NODE = 28;

// ── Trace and egress records, back to back, each padded to 8 bytes ───────────────────────────────────────────────────
// 0 atNs u64 | 8 number u64 | 16 port u32 | 20 kind u32 | 24 reason u32 | 28 cause u32 | 32 vlan u32 | 36 length u32 | 40 flow u32 | 44 bytes
export const TRACE_AT_NS = 0;
export const TRACE_NUMBER = 8;
export const TRACE_PORT = 16;
export const TRACE_KIND = 20;
export const TRACE_REASON = 24;
export const TRACE_CAUSE = 28;
export const TRACE_VLAN = 32;
export const TRACE_LENGTH = 36;
export const TRACE_FLOW = 40; // number of its flow plus 1; 0 for none
export const TRACE_BYTES = 44;
/** Which frames of a port are traced: all, or those that die there. */
export const WATCH_ALL = 1;
export const WATCH_DROPS = 2;
export const TRACE_RECEIVED = 1;
export const TRACE_SENT = 2;
export const TRACE_DROPPED = 3;

/** Set in a vlan word when the frame carries an 802.1Q tag; the low 16 bits are its TCI. */
export const VLAN_TAGGED = 0x10000;
/** Of a TCI: the VLAN id; priority and drop-eligible bits. */
export const VLAN_ID_MASK = 0xfff;
export const VLAN_PRIORITY_MASK = 0xf000;
/** Set in the vlan word of a frame that its line corrupted: the check sequence will be wrong. */
export const VLAN_CORRUPTED = 0x20000;

// ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────
export const ETHERNET_HEADER_BYTES = 14;
export const TAG_BYTES = 4;
export const CHECK_SEQUENCE_BYTES = 4;
/** Without the check sequence: shorter frames are padded on the line. */
export const SHORTEST_FRAME_BYTES = 60;
/** Rule JUM-01: the largest MTU of any port. */
export const MTU_MAX = 9216;
/** Largest frame a small buffer holds, and a jumbo one: the largest MTU with an Ethernet header and an inner tag. */
export const SMALL_FRAME_MAX = 2048;
export const JUMBO_FRAME_MAX = MTU_MAX + 64;
/** Frames that may wait for one unresolved neighbour (rule ARP-01). */
export const NEIGHBOUR_QUEUE_MAX = 3;
/** Multicast groups one port can join. */
export const GROUPS_MAX = 8;
/** Runs of the drop table that stand for "too many places", one per reason number (asm/frame/drop-run.ts). */
export const DROP_RUN_OVERFLOW = 256;
/**
 * Slots for runs of moves (asm/frame/move-run.ts), a power of two: three quarters of them is how many addresses of a lab that move
 * within the same two virtual seconds are told apart.
 */
export const MOVE_RUNS = 512;
/** A flow's latencies: each doubling of time has 2^4 buckets (asm/memory/latency.ts). */
export const LATENCY_STEP_BITS = 4;
export const LATENCY_BUCKETS = 608;
/** Blocks of elements and of arenas begin at multiples of this many bytes, a line of the processor's cache. */
export const CACHE_LINE_BYTES = 64;

// ── Node kinds and flags, port flags ─────────────────────────────────────────────────────────────────────────────────
export const NODE_NONE = 0;
export const NODE_VSWITCH = 1;
export const NODE_SWITCH = 2;
export const NODE_LAYER3 = 3;
export const NODE_NIC = 4;

/** The node's HA state decides whether its data ports forward. */
export const NODE_HA_MEMBER = 1;
/** The node passes packets on (firewall, router); else only its own. */
export const NODE_FORWARDS = 2;
/** Rule VSW-16. */
export const NODE_REVERSE_PATH_CHECK = 4;
/** ARP from untrusted ports is checked against the node's bindings (rule DAI-01). */
export const NODE_INSPECTS_ARP = 8;
/** Some ports are members of bonds (rule HST-02). */
export const NODE_BONDS = 16;
/** The node passes packets on in sessions (asm/session/); it has this instead of NODE_FORWARDS. */
export const NODE_SESSIONS = 32;
/** A node that passes packets on has one of the two. */
export const NODE_PASSES_ON = 34;
/** DHCP (asm/decide/dhcp.ts): the node is a server or relay; the switch snoops. */
export const NODE_SERVES_DHCP = 1024;
export const NODE_SNOOPS_DHCP = 2048;
/** The switch is a cloud's fabric (asm/decide/fabric.ts). */
export const NODE_FABRIC = 4096;

export const PORT_UP = 1;
export const PORT_UPLINK = 2;
export const PORT_ACTIVE_UPLINK = 4;
export const PORT_BLOCKED = 8;
/** Policy of the switch port. */
export const PORT_PROMISCUOUS = 16;
export const PORT_MAC_CHANGES = 32;
export const PORT_FORGED = 64;
/** The guest asked its vNIC for promiscuous mode. */
export const PORT_GUEST_PROMISCUOUS = 128;
/** Rules LRN-01 to LRN-03. */
export const PORT_LEARNS = 256;
export const PORT_FLOODS = 512;
export const PORT_LIMIT_DROPS = 1024;
/** An HA port: outside the HA gate, everything IPv4 goes to the agent. */
export const PORT_HA = 2048;
/** Frames sent leave the lab through the egress ring. */
export const PORT_EXTERNAL = 4096;
/** ARP is not inspected here (rule DAI-01). */
export const PORT_TRUSTED = 8192;
/** The switch shut the port down (ARP rate, port security). */
export const PORT_DISABLED = 16384;
/** Port security: a source too many disables the port instead of being dropped. */
export const PORT_SHUTS_DOWN = 32768;
/** Frames that arrive wait in a receive ring until a core takes them (asm/io/ring.ts). */
export const PORT_RINGS = 65536;
/** Sending takes more than time on a line: a core's time, a descriptor, or a place in the ring at the far end (asm/io/tx.ts). */
export const PORT_TX_STAGE = 131072;

/** Interfaces of a firewall that do not route (rules MODE-02 to MODE-04): they bridge, listen, or are one end of a virtual wire. */
export const PORT_LAYER2 = 262144;
export const PORT_TAP = 524288;
export const PORT_WIRE = 1048576;
/** DHCP: the address of an interface is leased; servers may speak at this port of a switch that snoops. */
export const PORT_LEASED = 4194304;
export const PORT_DHCP_TRUSTED = 8388608;

/** Aggregates and their members (asm/decide/aggregate.ts): an aggregate has no line of its own, its members have. */
export const PORT_MEMBER = 33554432;
export const PORT_AGGREGATE = 67108864;
/** What a member receives is the aggregate's; the aggregate sends by it. */
export const PORT_COLLECTING = 134217728;
export const PORT_DISTRIBUTING = 268435456;
/** The member speaks LACP: its frames go to the agent. */
export const PORT_LACP = 536870912;
/** Its guest is stunned, at the end of a live migration: it takes no frame and sends none (rule PCI-03). */
export const PORT_STUNNED = 1073741824;
/** One end of PPPoE sessions (asm/decide/pppoe.ts): a client's interface, or a concentrator's. */
export const PORT_PPPOE = 16777216;
/** Port of a vSwitch that awaits a guest of another hypervisor: nobody is there. */
export const PORT_VACANT = 2097152;

export const VLAN_TRUNK = 4095;

/** Tags that a virtual wire passes: one bit per VLAN id, bit 0 for untagged frames (asm/decide/virtual-wire.ts). */
export const TAGS_BYTES = 512;
/** Subinterfaces of an interface: two bytes per VLAN id (asm/decide/subinterface.ts). */
export const SUBINTERFACES_BYTES = 8192;
/** Locked addresses of a bridge with bonds (asm/decide/bond.ts). */
export const LOCKS_BYTES = 4112;
/** A route for IPv6 (asm/decide/routes6.ts). */
export const ROUTE6_BYTES = 64;

// ── Guest packet I/O (asm/io/): flags, and bytes of their blocks ─────────────────────────────────────────────────────
/** Fullness is seen by the sender, and all entries can be used (virtio, vhost; rule HST-05). Else a NIC's ring (DPK-04). */
export const RING_SHARED = 1;
/** A frame that finds no descriptor dies as `no-descriptor`, not as `rx-ring-full` (rule VF-15). */
export const RING_OF_VF = 2;
/** Every frame taken needs a buffer of the node's pool in its place (rule DPK-05). */
export const RING_TAKES_MBUFS = 4;
/** No poll thread looks at it: none is on the NIC's memory node (rule HST-03). */
export const RING_UNPOLLED = 8;
/** The driver gives descriptors back a threshold at a time, and keeps the rest (rule DPK-02). */
export const RING_IN_BATCHES = 16;

/** How a group of sockets shares frames: numbers of PACKET_FANOUT_* (rule MMP-07). */
export const FANOUT_HASH = 0;
export const FANOUT_LB = 1;
export const FANOUT_CPU = 2;
export const FANOUT_ROLLOVER = 3;
export const FANOUT_RND = 4;
export const FANOUT_QM = 5;

/** Status of a block: TP_STATUS_* of the kernel. 0: the kernel's. */
export const BLOCK_USER = 1;
export const BLOCK_LOSING = 4;
export const BLOCK_TIMEOUT = 32;

/** Queues, and sockets, that one port can have. */
export const RINGS_MAX = 16;
export const NODE_IO_BYTES = 64;
export const CORE_BYTES = 192;
/** Head, and 8,192 entries of eight bytes (asm/io/flow-cache.ts). */
export const FLOW_CACHE_BYTES = 65_600;
export const PORT_IO_BYTES = 192;
export const RING_BYTES = 192;
/** A transmit ring: its head, and its descriptors behind it. */
export const TX_BYTES = 128;
export const TX_DESCRIPTOR_BYTES = 8;
export const SOCKET_BYTES = 256;
export const BLOCK_BYTES = 64;
/** Header of a block, and of a record before its frame; records begin at multiples of 8 (asm/io/packet-ring.ts). */
export const BLOCK_HEADER_BYTES = 48;
export const RECORD_HEADER_BYTES = 82;
export const RECORD_ALIGNMENT = 8;
