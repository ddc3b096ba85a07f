/** Flows: what end hosts generate. */
import type { Ipv4 } from '../../values/ipv4-address.ts';
import type { Nanos } from '../../values/nanos.ts';
import type { Endpoint } from './endpoint.ts';

/** Numbered UDP frames from one host's interface to an address. */
export interface Flow {
  readonly name: string;
  readonly from: Endpoint;
  readonly to: Ipv4;
  /** Picoseconds between frames: 1,000 frames/s is 1e9. */
  readonly intervalPs: number;
  /** Bytes of each frame without the frame check sequence, 60 to the interface's MTU + 14. */
  readonly frameBytes: number;
  readonly startNs: Nanos;
  /** No frame is born at or after this time; null for as long as the lab runs. */
  readonly stopNs: Nanos | null;
}
