/** What a scripted run does to a lab and expects of it. */
import type { Ipv4 } from '../../values/ipv4-address.ts';
import type { Ipv6 } from '../../values/ipv6-address.ts';
import type { Nanos } from '../../values/nanos.ts';
import type { NodeName } from './endpoint.ts';
import type { FlowOutcome } from './flow.ts';

export interface Script {
  /** How far virtual time runs. */
  readonly durationNs: Nanos;
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
}

/** A command given at a virtual time. The text is one of ts/model/commands/command.ts. */
export interface Step {
  readonly atNs: Nanos;
  readonly command: string;
}

export interface Check {
  readonly name: string;
  readonly description: string;
  readonly expect: readonly Expectation[];
}

/** Inclusive bounds; null is no bound. */
export interface Bounds {
  readonly min: number | null;
  readonly max: number | null;
}

export type Expectation =
  /** How many events of a type, with these field values, happened in [fromNs, toNs]. */
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly where: Readonly<Record<string, string | number | boolean>>;
      readonly count: Bounds;
      readonly fromNs: Nanos;
      readonly toNs: Nanos | null;
    }
  /**
   * Which MAC a node believes an address has at a time; `mac` may be a MAC, "node:interface" (its used MAC) or "none". Without
   * `interface` all entries that the node has for the address must say so.
   */
  | {
      readonly kind: 'neighbour';
      readonly node: NodeName;
      /** Absent where the file does not say. */
      readonly interface?: string;
      readonly ip: Ipv4 | Ipv6;
      readonly mac: string;
      readonly atNs: Nanos | null;
    }
  /** HA state of a unit at a time. */
  | { readonly kind: 'ha'; readonly node: NodeName; readonly state: string; readonly atNs: Nanos | null }
  /** Totals of a flow at the end. */
  | {
      readonly kind: 'flow';
      readonly flow: string;
      readonly received: Bounds | null;
      readonly lost: Bounds | null;
      readonly longestGapNs: Bounds | null;
      readonly framesPerSecond: Bounds | null;
      readonly latencyP50Ns: Bounds | null;
      readonly latencyP99Ns: Bounds | null;
      readonly latencyMeanNs: Bounds | null;
      /** Of a TCP flow; null for any, and for a flow of UDP frames. */
      readonly outcome: FlowOutcome | null;
      readonly stallNs: Bounds | null;
      readonly retransmissions: Bounds | null;
      /** A node, or "line". */
      readonly limitedBy: string | null;
    }
  /** Frames dropped in [fromNs, toNs], at a place (null: anywhere) for a reason (null: any). */
  | {
      readonly kind: 'drops';
      readonly at: string | null;
      readonly reason: string | null;
      readonly count: Bounds;
      readonly fromNs: Nanos;
      readonly toNs: Nanos | null;
    };
