/**
 * How many VFs a PF has, while the lab runs: what `echo N > /sys/class/net/PF/device/sriov_numvfs` is on a host (rule VF-01).
 *
 * Decision someone may dispute: another number means that all VFs go and new ones come, as the 10G driver does it itself
 * (ixgbe_sriov.c, `ixgbe_pci_sriov_enable`); the kernel's file wants a 0 in between.
 */

import type { Position } from '../../../model/events/events.ts';
import { NEW_VF, vfsMax } from '../../../model/hardware/nic.ts';
import { functionsOf, nicOf } from '../../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabIndex } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import type { Turn } from '../../turn/turn.ts';
import { isThere } from './vf-channel.ts';

/** VFs a NIC has interfaces for, vf0 first. */
function vfsOf(index: LabIndex, nic: Nic): Endpoint[] {
  const vfs = functionsOf(index, nic).filter(({ mode }) => mode === 'vf');
  // The lab's order is that of names, in which vf10 comes before vf2.
  return vfs.map(endpointOf).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** "nic1:vf0 is assigned to fw1:eth1", of the first that is, whether its guest has power or not (rule PCI-01); null when none is. */
function assigned(state: Turn['state'], devices: readonly Endpoint[]): string | null {
  const device = devices.find((one) => (state.devices[one] ?? '') !== '');
  return device === undefined ? null : `${device} is assigned to ${state.devices[device]}`;
}

/** Every reason to refuse a number of VFs. Removing all of them is never refused (see `setVfCount`). */
export function vfCountRefusals(index: LabIndex, state: Turn['state'], pf: Endpoint, count: number): string[] {
  const nic = nicOf(index, splitEndpoint(pf).node);
  if (nic === null) return [`${pf} is no function of a NIC of this lab`];
  const vfs = vfsOf(index, nic);
  const now = vfs.filter((vf) => isThere(state, vf)).length;
  if (count === now) return [];
  const [pfInUse, inUse] = [assigned(state, [pf]), count === 0 ? null : assigned(state, vfs)];
  const most = vfsMax(nic.model, nic.trafficClasses);
  return [
    ...(pfInUse === null ? [] : [`${pfInUse}: the host has no driver for it`]),
    ...(count > most ? [`an ${nic.model.toUpperCase()} has at most ${most} VFs`] : []),
    ...(count > vfs.length && count <= most
      ? [`${nic.name} has interfaces for ${vfs.length} VFs; max-vfs in its file says how many`]
      : []),
    ...(inUse === null ? [] : [inUse]),
  ];
}

/** Rule VF-01: removing all VFs while one is assigned leaves them in place, and the host logs it. */
export function setVfCount(turn: Turn, pf: Endpoint, count: number, cause: Position): void {
  const nic = nicOf(turn.index, splitEndpoint(pf).node);
  if (nic === null) return;
  const vfs = vfsOf(turn.index, nic);
  const there = vfs.filter((vf) => isThere(turn.state, vf));
  if (there.length === count) return;
  const inUse = assigned(turn.state, there);
  if (inUse !== null) {
    const text = `${inUse}: ${there.length} VFs are not removed`;
    turn.say('SystemLog', cause, { node: nic.name, eventId: 'vfs-in-use', severity: 'informational', text });
    return;
  }
  for (const vf of there) removeVf(turn, vf, cause);
  for (const vf of vfs.slice(0, count)) addVf(turn, vf, cause);
}

function removeVf(turn: Turn, vf: Endpoint, cause: Position): void {
  const { node, name } = splitEndpoint(vf);
  const old = turn.state.interfaces[vf]?.effectiveMac ?? '';
  const position = turn.say('VfConfigChanged', cause, { node, interface: name, ...NEW_VF, removed: true });
  if (old === '') return;
  turn.say('MacAddressChanged', position, { node, interface: name, which: 'effective', old, new: '', cause: 'pf-admin' });
}

/** It is the host's, until `assign` gives it to a guest. */
function addVf(turn: Turn, vf: Endpoint, cause: Position): void {
  const { node, name } = splitEndpoint(vf);
  turn.say('VfConfigChanged', cause, { node, interface: name, ...NEW_VF, removed: false });
}
