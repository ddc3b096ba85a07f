/** What agents remember that ask whether a way works: uplinks with beacons, load balancers with probes. */
import type { Position } from '../../model/events/events.ts';

/** What the uplinks of a vSwitch heard of each other (agents/ports/beacons.ts). */
export interface Beacons {
  /** The start of the switch: its beacons exist for it. */
  cause: Position;
  /** The last beacon that each uplink with carrier heard, or when it began to listen: then `from` is ''. */
  heard: Record<string, { atNs: number; from: string; position: Position; cause: Position }>;
}

/** What a load balancer knows of its next hops (agents/traffic/probes.ts). */
export interface Probes {
  /** The start of the router: its probes exist for it. */
  cause: Position;
  seq: number;
  targets: Record<string, ProbeTarget>;
}

export interface ProbeTarget {
  /** Sequence number of the probe not yet answered; null when none is out. */
  awaiting: number | null;
  misses: number;
  /** When the first of the missed probes was sent, and the last event that was recorded when it was missed. */
  missedSinceNs: number;
  missedAt: Position;
  /** The last event that was recorded when the last answer came, and the event that it was sent for. */
  heard: { position: Position; cause: Position };
}
