/** Multicast groups into linear memory: those that the file names, and those that come with IPv6 addresses (rules MODE-01, VSW-08). */
import { vswitchPortOf } from '../model/lab/attachments.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import type { LabInterface } from '../model/lab/interfaces.ts';
import { type LabIndex, portOf } from '../model/lab/lab-index.ts';
import { groupMac4 } from '../values/ipv4-address.ts';
import { type Mac, macToNumber } from '../values/mac.ts';
import type { Dataplane } from './dataplane.ts';

/**
 * An interface is in these groups and in those of the file, and in no other. The switch of a vNIC passes on what its guest joined.
 * @param more MACs of groups.
 */
export function joinGroups({ control }: Dataplane, index: LabIndex, iface: LabInterface, more: readonly Mac[]): void {
  const endpoint = endpointOf(iface);
  const groups = [...more, ...(iface.groups ?? []).map(groupMac4)];
  const switchPort = vswitchPortOf(index, endpoint);
  for (const at of [endpoint, ...(switchPort === null ? [] : [switchPort])]) {
    control.leaveGroups(portOf(index, at));
    for (const group of groups) control.joinGroup(portOf(index, at), BigInt(macToNumber(group)));
  }
}

/** The groups of the file; IPv6 adds its own afterwards. */
export function configureGroups(dataplane: Dataplane, index: LabIndex): void {
  for (const iface of index.lab.interfaces) if (iface.groups !== undefined) joinGroups(dataplane, index, iface, []);
}
