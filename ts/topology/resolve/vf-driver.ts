/** What a lab file says of the driver of a guest's VF. */
import { MAILBOX_APIS, NEWEST_MAILBOX } from '../../model/hardware/nic.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { RawDevice } from '../draft/raw-drivers.ts';

/** The version of the mailbox that an interface's driver speaks (rule MBX-08); nothing where it is the newest. */
export function mailboxApiOf(raw: RawDevice): Pick<LabInterface, 'mailboxApi'> {
  const api = MAILBOX_APIS.find((one) => one === raw['mailbox-api'] || Number(one) === raw['mailbox-api']);
  return api === undefined || api === NEWEST_MAILBOX ? {} : { mailboxApi: api };
}
