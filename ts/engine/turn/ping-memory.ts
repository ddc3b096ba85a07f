/** What a node remembers of the pings that it sends. */
import type { Position } from '../../model/events/events.ts';

/** A series of echo requests under way (agents/traffic/ping.ts). */
export interface Pinging {
  /** Identifier of its requests. */
  id: number;
  ip: string;
  /** What leaves of the command: requests to send in all, bytes of each behind the ICMP header, time from one to the next. */
  count: number;
  size: number;
  intervalNs: number;
  /** CommandAccepted. */
  cause: Position;
  /** Requests sent so far, and when the next one leaves; after the last, when the series ends. */
  sent: number;
  nextNs: number;
  /** When each request without an answer left, by its sequence number. */
  unanswered: Record<string, number>;
  answered: number;
  minNs: number;
  maxNs: number;
  sumNs: number;
}
