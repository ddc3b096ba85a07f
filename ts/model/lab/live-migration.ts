/** How guests leave a hypervisor alive (rule PCI-03). */
import type { Nanos } from '../../values/nanos.ts';

export interface LiveMigration {
  /** How long memory is copied while the guest runs. */
  readonly preCopyNs: Nanos;
  /** How long the guest is stunned while the rest is copied. */
  readonly stunNs: Nanos;
  /** The hypervisor tells a guest that it has moved, and the guest announces its addresses; absent where it does not. */
  readonly guestAnnounces?: true;
}
