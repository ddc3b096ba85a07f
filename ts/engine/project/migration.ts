/** Guests that move into linear memory: they are stunned, and the cables of their vNICs lead to another vSwitch (rules PCI-03, VSW-01). */
import { joinGroups } from '../../dataplane/configure-groups.ts';
import { configureIpv6, hasIpv6 } from '../../dataplane/configure-ipv6.ts';
import { plugDevice, setLine } from '../../dataplane/configure-lines.ts';
import type { EventData } from '../../model/events/events.ts';
import type { Endpoint } from '../../model/lab/endpoint.ts';
import { nodeNumber, portOf } from '../../model/lab/lab-index.ts';
import { UNIMPAIRED } from '../../model/lab/links.ts';
import { pluggedCables, standbyCables } from '../../model/lab/migration.ts';
import { type Mac, macToNumber } from '../../values/mac.ts';
import type { Target } from './nic.ts';

/** A stunned guest takes no frame and sends none. */
export function projectStun({ dataplane, index }: Target, guest: string, isStunned: boolean, position: number): void {
  dataplane.control.setStunned(nodeNumber(index, guest), isStunned, position);
}

/** The guest runs on: the host that it left forgets its addresses, and the other knows them. A line keeps the impairment of its ends. */
export function projectMigration(target: Target, { node, from }: EventData['GuestMigrated'], position: number): void {
  const { dataplane, index, state } = target;
  projectStun(target, node, false, position);
  for (const { port } of standbyCables(index, node, from)) projectGuest(target, port, undefined, position);
  for (const { vnic, port } of pluggedCables(index, node)) {
    plugDevice(dataplane, index, vnic, position);
    for (const end of [vnic, port]) setLine(dataplane, index, end, state.interfaces[end]?.line ?? UNIMPAIRED, position);
    projectGuest(target, port, vnic, position);
  }
  // The new host hears from the guest's driver which groups it is in (rule VSW-08).
  for (const iface of index.byNode.get(node) ?? []) if (iface.groups !== undefined) joinGroups(dataplane, index, iface, []);
  if (hasIpv6(index, node)) configureIpv6(dataplane, index, state, node, position);
}

/** What a port of a vSwitch knows of its guest; nothing where there is none. */
function projectGuest({ dataplane, index, state }: Target, port: Endpoint, vnic: Endpoint | undefined, position: number): void {
  const guest = state.interfaces[vnic ?? ''];
  const [initial, effective] = [guest?.initialMac, guest?.effectiveMac].map((mac) => numberOf(mac ?? '')) as [bigint, bigint];
  dataplane.control.setVacant(portOf(index, port), vnic === undefined);
  dataplane.control.setMacs(portOf(index, port), initial, effective, effective, position);
  dataplane.control.setGuestPromiscuous(portOf(index, port), guest?.requestsPromiscuous ?? false, position);
}

function numberOf(mac: string): bigint {
  return mac === '' ? 0n : BigInt(macToNumber(mac as Mac));
}
