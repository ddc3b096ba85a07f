/** Flows: what end hosts generate. */
import type { Ipv4 } from '../../values/ipv4-address.ts';
import type { Nanos } from '../../values/nanos.ts';
import type { Endpoint } from './endpoint.ts';

/** What a flow sends: numbered UDP frames, or the segments of one TCP connection. */
export const FLOW_PROTOCOLS = ['udp', 'tcp'] as const;
export type FlowProtocol = (typeof FLOW_PROTOCOLS)[number];

/**
 * What became of a TCP flow's connection: not begun; its SYN is not answered yet; it lives, or both ends closed it; its oldest segment
 * was sent again and not acknowledged so far; a RST ended it; a RST answered its SYN; its retries ended; its client's host lost power.
 */
export const FLOW_OUTCOMES = [
  'not-started',
  'connecting',
  'survived',
  'stalled',
  'reset',
  'refused',
  'timed-out',
  'aborted',
] as const;
export type FlowOutcome = (typeof FLOW_OUTCOMES)[number];

/** What one host's interface sends to an address. */
export interface Flow {
  readonly name: string;
  /** Absent for UDP. */
  readonly protocol?: Exclude<FlowProtocol, 'udp'>;
  readonly from: Endpoint;
  readonly to: Ipv4;
  /** Picoseconds between frames: 1,000 frames/s is 1e9. */
  readonly intervalPs: number;
  /** Bytes of each frame (TCP: of each with data) without the frame check sequence, 60 (TCP: 70) to the interface's MTU + 14. */
  readonly frameBytes: number;
  readonly startNs: Nanos;
  /** No frame is born at or after this time (TCP: no new data; then the connection is closed); null for as long as the lab runs. */
  readonly stopNs: Nanos | null;
}
