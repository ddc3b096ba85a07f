/**
 * Numbers of TCP flows that the data plane and its host must agree on, as layout.ts has them of everything else: constants only, no
 * types, no imports.
 */

/** Shortest frame of a TCP flow's data: headers of 54 bytes, and flow, segment and birth. */
export const TCP_FRAME_MIN = 70;
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
