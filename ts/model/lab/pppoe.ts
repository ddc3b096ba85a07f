/** What a lab defines of PPPoE (RFC 2516): clients among the interfaces, and concentrators. */
import type { Ipv4 } from '../../values/ipv4-address.ts';
import type { Nanos } from '../../values/nanos.ts';

/** How an end notices that the other is silent (RFC 1661, section 5.8): it asks this often, and gives up when as many answers are missing. */
export interface PppEchoes {
  readonly echoNs: Nanos;
  readonly echoFailures: number;
}

/** An interface that has its address in a session. */
export type PppoeClient = PppEchoes;

/** An interface of a node that gives sessions, and the addresses in them, first and last. */
export interface PppoeConcentrator extends PppEchoes {
  readonly interface: string;
  readonly first: Ipv4;
  readonly last: Ipv4;
}

/** The largest packet in a session (RFC 2516, section 7): its header and PPP's protocol take 8 of 1500 bytes. */
export const PPPOE_MTU = 1492;
export const PPPOE_BYTES = 8;
