/**
 * Reserved links: a device's cable to a guest that does not have it yet (rule PCI-01). The command `assign` plugs it.
 *
 * A device may have one plain link and any number of reserved ones; the guest's end has no other.
 */
import type { Endpoint } from '../../model/lab/endpoint.ts';
import type { LabLink } from '../../model/lab/links.ts';
import { type Draft, flagOf } from '../draft/draft.ts';
import type { RawLink } from '../draft/raw.ts';

export function isReserved(raw: RawLink | undefined): boolean {
  return flagOf(raw?.reserved, false);
}

/** Once interfaces are known: one end is a function of a NIC, the other a guest's interface. */
export function checkReservations(draft: Draft, links: readonly LabLink[]): void {
  for (const { a, b, reserved } of links) {
    if (reserved !== true || draft.interfaces.get(a) === undefined || draft.interfaces.get(b) === undefined) continue;
    if (isDeviceOf(draft, a, b) || isDeviceOf(draft, b, a)) continue;
    const path = (draft.ends.get(a) ?? draft.ends.get(b))?.path.slice(0, -2) ?? [];
    const message = `a reserved link needs a PF or VF at one end and a guest at the other; ${a} and ${b} are not such a pair`;
    draft.error([...path, 'reserved'], message, { rule: 'PCI-01', remedy: 'remove reserved' });
  }
}

function isDeviceOf(draft: Draft, device: Endpoint, guest: Endpoint): boolean {
  const mode = draft.interfaces.get(device)?.mode;
  const kind = draft.resolved.get(draft.interfaces.get(guest)?.node ?? '')?.kind;
  return (mode === 'pf' || mode === 'vf') && (kind === 'firewall' || kind === 'host' || kind === 'router');
}
