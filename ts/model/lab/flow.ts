/** Flows: what end hosts generate. */
import type { Ipv4 } from '../../values/ipv4-address.ts';
import type { Ipv6 } from '../../values/ipv6-address.ts';
import type { Nanos } from '../../values/nanos.ts';
import type { Endpoint } from './endpoint.ts';

/** Frames per second of one flow. */
export const FLOW_RATE_MAX = 100_000_000;
const PS_PER_SECOND = 1e12;
/** Check sequence, preamble and gap of a frame on a line, as the data plane counts them (asm/frame/line.ts). */
const LINE_OVERHEAD_BYTES = 24;

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
  readonly to: Ipv4 | Ipv6;
  /** Picoseconds between frames: 1,000 frames/s is 1e9. */
  readonly intervalPs: number;
  /** Bytes of each frame (TCP: of each with data) without the frame check sequence, 60 (TCP: 70) to the interface's MTU + 14. */
  readonly frameBytes: number;
  readonly startNs: Nanos;
  /** No frame is born at or after this time (TCP: no new data; then the connection is closed); null for as long as the lab runs. */
  readonly stopNs: Nanos | null;
}

/** Picoseconds between frames of so many a second. */
export function intervalOf(framesPerSecond: number): number {
  return Math.round(PS_PER_SECOND / framesPerSecond);
}

/** Bits per second of a flow on a line. */
export function bitsPerSecond({ intervalPs, frameBytes }: Pick<Flow, 'intervalPs' | 'frameBytes'>): number {
  return Math.round((PS_PER_SECOND / intervalPs) * (frameBytes + LINE_OVERHEAD_BYTES) * 8);
}

/** How many frames of so many bytes a line of a rate carries in a second. */
export function framesPerSecondOf(rateBps: number, frameBytes: number): number {
  return Math.floor(rateBps / ((frameBytes + LINE_OVERHEAD_BYTES) * 8));
}
