/** Links of a resolved lab, and what a line does to the frames of one direction. */
import type { Nanos } from '../../values/nanos.ts';
import type { Endpoint } from './endpoint.ts';

/** What a line does to the frames of one direction, beyond its rate and latency. */
export interface Impairment {
  /** Added to the link's latency. */
  readonly delayNs: Nanos;
  /** Each frame is late by a random time up to this; frames stay in order. */
  readonly jitterNs: Nanos;
  /** Chances in parts per million. */
  readonly lossPpm: number;
  readonly corruptionPpm: number;
  /** Instead of the link's own rate; 0 leaves it. */
  readonly rateBps: number;
}

export const UNIMPAIRED: Impairment = { delayNs: 0 as Nanos, jitterNs: 0 as Nanos, lossPpm: 0, corruptionPpm: 0, rateBps: 0 };

export interface LabLink {
  readonly a: Endpoint;
  readonly b: Endpoint;
  /** Bits per second; 0 is unlimited. */
  readonly rateBps: number;
  readonly latencyNs: Nanos;
  /** Bytes that may wait for the line in each direction before frames are dropped as `queue-full`. */
  readonly queueBytes: number;
  /** Of the link's random numbers, 32 bits: from the names of its ends, so that no other link disturbs them. */
  readonly seed?: number;
  /** Impairment of the direction that leaves `a`, and of the one that leaves `b`. */
  readonly impairA?: Impairment;
  readonly impairB?: Impairment;
  /** A device's cable to a guest that does not have it yet (rule PCI-01); absent for every other link. */
  readonly reserved?: true;
  /** The cable of a vNIC on a hypervisor that its guest may move to (rule PCI-03); absent for every other link, and while the guest is there. */
  readonly standby?: true;
}
