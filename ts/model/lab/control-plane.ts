/** How long control planes take (rule COST-09), where a lab says so. What is absent takes no time of its own. */
import { type Nanos, nanos } from '../../values/nanos.ts';

export interface ControlPlane {
  /** From a request of a VF's driver to the PF's answer. */
  readonly mailboxNs?: Nanos;
  /** From the moment a VF is reset until its driver can set it up. */
  readonly vfResetNs?: Nanos;
  /** From the decision to become active to the change of role. */
  readonly promotionNs?: Nanos;
  /** From a cable that is plugged in to carrier at its ends. */
  readonly carrierNs?: Nanos;
}

/** What the rule has: the shortest call to a cloud's API, and the longest that carrier takes. */
export const PUBLISHED_TIMES = {
  mailboxNs: nanos(500_000),
  vfResetNs: nanos(100_000_000),
  promotionNs: nanos(1_000_000),
  carrierNs: nanos(4_000_000_000),
  /** One way; a lab has it as the latency of its HA1 cables. */
  ha1Ns: nanos(1_000_000),
  /** A lab has it at its pairs. */
  cloudCallNs: nanos(20_000_000_000),
} as const;
