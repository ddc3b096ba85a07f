/** What an end of a PPPoE session keeps between turns (agents/leases/pppoe.ts). Plain data. */
import type { Position } from '../../model/events/events.ts';
import type { Endpoint } from '../../model/lab/endpoint.ts';

/**
 *   client: waiting ─▶ discovering ─PADO─▶ requesting ─PADS─▶ lcp ─▶ ipcp ─▶ open
 *   concentrator:                                      PADR─▶ lcp ─▶ ipcp ─▶ open
 */
export interface PppEnd {
  role: 'client' | 'concentrator';
  /** Name of the interface. */
  interface: string;
  state: 'waiting' | 'discovering' | 'requesting' | 'lcp' | 'ipcp' | 'open';
  /** This end's MAC and the other's; '' before the other was heard. */
  mac: string;
  peer: string;
  /** The interface that had the other's MAC when it was heard first; '' for none of the lab's. */
  peerAt: Endpoint | '';
  /** 0 before the concentrator gave it. */
  session: number;
  /** The number that an end calls itself by in LCP; a client by it in discovery, too. */
  magic: number;
  /** Hexadecimal digits of the concentrator's cookie; '' for none. */
  cookie: string;
  /** This end's address, and the other's. */
  ip: string;
  peerIp: string;
  /** Messages sent in this state without an answer; when the next one is due. */
  tries: number;
  nextNs: number;
  /** Identifier of the latest request. */
  id: number;
  /** In this state: the other end acknowledged this end's request; this end that of the other. */
  isAcknowledged: boolean;
  hasAcknowledged: boolean;
  /** Echoes without an answer, when the first of them was sent, and the last event that was on record when one was answered. */
  missing: number;
  missingSinceNs: number;
  heard: Position;
  /** The event that its messages are sent for. */
  cause: Position;
}

/** What a concentrator gave last, so that the next client gets the next of each. */
export interface PppoeLast {
  session: number;
  ip: string;
}
