/**
 * Numbers of TCP flows that the data plane and its host must agree on, as layout.ts has them of everything else: constants only, no
 * types, no imports.
 */

/** Shortest frame of a TCP flow's data: headers of 54 bytes, and flow, segment and birth. */
export const TCP_FRAME_MIN = 70;
/** Of a node: jumbo frames are on for the whole device (rule JUM-01). */
export const NODE_JUMBO = 1048576;
/** Of a firewall's interface: whoever connects to its addresses is answered. */
export const PORT_ANSWERS_TCP = 2147483648;
/** Rule JUM-01: what a firewall announces as the size of a segment, without and with jumbo frames: 1,500 and 9,192 without headers of 40. */
export const TCP_MSS_STANDARD = 1460;
export const TCP_MSS_JUMBO = 9152;
/** Record of a flow's TCP connection, and the births of the segments in its window (asm/frame/tcp-record.ts). */
export const TCP_BIRTHS_AT = 448;
export const TCP_BYTES = TCP_BIRTHS_AT + 64 * 8;
// States of its client.
export const TCP_CLOSED = 0;
export const TCP_SYN_SENT = 1;
export const TCP_ESTABLISHED = 2;
/** Both ends have sent their FIN. */
export const TCP_FINISHED = 3;
export const TCP_RESET = 4;
/** A RST answered its SYN. */
export const TCP_REFUSED = 5;
export const TCP_TIMED_OUT = 6;
/** The client's host lost its power. */
export const TCP_ABORTED = 7;
