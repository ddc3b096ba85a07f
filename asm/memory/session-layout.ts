/**
 * Numbers of session tables that the data plane and its host must agree on, as layout.ts has them of everything else: constants only, no
 * types, no imports.
 */

export const SESSION_FREE = 0;
/** TCP: the opening SYN passed, and no answer yet. */
export const SESSION_OPENING = 1;
/** TCP: SYN and ACK came back. */
export const SESSION_HANDSHAKE = 2;
/** TCP after its handshake; of any other protocol from its first packet on. */
export const SESSION_ESTABLISHED = 3;
/** TCP: one side sent FIN. */
export const SESSION_HALF_CLOSED = 4;
/** TCP: both sides sent FIN, or one sent RST. */
export const SESSION_CLOSING = 5;
/** An operator cleared it: its packets find no session, because of that command. */
export const SESSION_CLEARED = 6;

/** Numbers of the timeouts of a table. */
export const TIMEOUT_TCP = 0;
export const TIMEOUT_TCP_INIT = 1;
export const TIMEOUT_TCP_HANDSHAKE = 2;
export const TIMEOUT_TCP_HALF_CLOSED = 3;
export const TIMEOUT_TCP_TIME_WAIT = 4;
export const TIMEOUT_UDP = 5;
export const TIMEOUT_ICMP = 6;
export const TIMEOUT_DEFAULT = 7;
export const TIMEOUTS = 8;

/** What happens to a new session, or to TCP without one. */
export const ACTION_ALLOW = 0;
export const ACTION_DENY = 1;
export const ACTION_RESET = 2;

/** Of a session: it has not been sent to the peer as it is; the peer sent it; its packets are translated. */
export const SESSION_UNSYNCED = 1;
export const SESSION_FROM_PEER = 2;
export const SESSION_TRANSLATED = 4;

/** In a policy: any protocol. */
export const ANY_PROTOCOL = 256;
/** Zones are bits of a word; bit 0 is that of interfaces in no zone. */
export const ZONES_MAX = 31;

export const SESSION_TABLE_BYTES = 192;
export const SESSION_BYTES = 128;
export const SESSION_KEY_BYTES = 8;
export const POLICY_BYTES = 48;
export const TRANSLATION_BYTES = 64;
/** Protocols whose ports, or identifiers, a pool gives out apart: TCP, UDP, ICMP. */
export const POOL_PROTOCOLS = 3;
