/** What drivers of VFs remember between turns. */
import type { Position } from '../../model/events/events.ts';
import type { MailboxApi } from '../../model/hardware/nic.ts';

/** Words of the mailbox (10G), or a message of the virtual channel and its arguments (40G). */
export type VfRequest = readonly number[] | readonly string[];

/** What a VF's driver does next, and when. */
export interface VfWork {
  readonly atNs: number;
  readonly cause: Position;
  /** Where the driver speaks an older mailbox than the newest. */
  readonly mailboxApi?: MailboxApi;
}
