/** What agents may do with the session table of a firewall. All of it is derived state: no event records a session. */

import type { Position } from '../../model/events/events.ts';
import type { Endpoint } from '../../model/lab/endpoint.ts';

/** A session as one unit of a pair sends it to the other. Addresses are 32-bit numbers. */
export interface SyncedSession {
  /** SESSION_* of asm/memory/layout.ts; cleared ones are gone. */
  readonly state: number;
  readonly protocol: number;
  /** Source and destination as the side that opened it sends: address, port, address, port. */
  readonly outward: readonly [source: number, sourcePort: number, destination: number, destinationPort: number];
  /** As the answers come. */
  readonly backward: readonly [source: number, sourcePort: number, destination: number, destinationPort: number];
  /** Sides that sent FIN, one bit each. */
  readonly fins: number;
  /** How long it lives without another packet, and how long it has lived. */
  readonly leftNs: number;
  readonly ageNs: number;
  /** Names of the interfaces of its first packet. */
  readonly inward: string;
  readonly outgoing: string;
  /** Number of the policy that allowed it, plus 1; 0 for the default. */
  readonly policy: number;
}

export interface SessionDoor {
  /** Clears one session, or all with 0, because of the event at `cause`. Returns how many there were. */
  clear(session: number, cause: Position): number;
  /** Up to `max` sessions that the peer does not have as they are; from here on they count as sent. */
  takeUnsynced(max: number): readonly SyncedSession[];
  /** How many there are. */
  readonly unsynced: number;
  /** All sessions must be sent to the peer again. */
  resync(): void;
  /** Takes over a session of the peer. False when the table is full. */
  install(session: SyncedSession, at: (name: string) => Endpoint, cause: Position): boolean;
}
