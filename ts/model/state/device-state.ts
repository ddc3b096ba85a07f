/**
 * Who has which device of a host (rule PCI-01), and which vhost-user ports are connected (rule HST-04), folded from events.
 *
 * A device is a function of an SR-IOV NIC. Its cable to a guest is a link of the lab, and so is the one to a host's switch; the state here
 * says which of them is plugged.
 */

import { type Endpoint, endpointOf } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { isGuest } from '../lab/nodes.ts';
import type { Evolvers } from './evolvers.ts';

export interface DeviceStates {
  /** Functions with a cable, by endpoint: the guest's interface that has it; '' for the host. */
  devices: Record<Endpoint, Endpoint>;
  /** Ports of switches that reach their guest by vhost-user: whether they are connected. */
  vhost: Record<Endpoint, boolean>;
}

export function defineDevices(state: DeviceStates, lab: Lab): void {
  const nodes = new Map(lab.nodes.map((node) => [node.name, node]));
  const modes = new Map(lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  for (const link of lab.links) {
    for (const [device, user] of [
      [link.a, link.b],
      [link.b, link.a],
    ] as const) {
      const { mode } = modes.get(device) ?? {};
      if (mode !== 'pf' && mode !== 'vf') continue;
      const isGiven = link.reserved !== true && isGuest(nodes.get(modes.get(user)?.node ?? ''));
      if (isGiven) state.devices[device] = user;
      else state.devices[device] ??= '';
    }
  }
  for (const iface of lab.interfaces) if (iface.vhost !== undefined) state.vhost[endpointOf(iface)] = true;
}

export const DEVICE_EVOLVERS: Evolvers<DeviceStates> = {
  DeviceAssigned: (state, { device, node, interface: name }) => {
    if (Object.hasOwn(state.devices, device)) state.devices[device] = `${node}:${name}`;
  },
  DeviceReleased: (state, { device }) => {
    if (Object.hasOwn(state.devices, device)) state.devices[device] = '';
  },
  VhostPortChanged: (state, { node, interface: name, connected }) => {
    if (Object.hasOwn(state.vhost, `${node}:${name}`)) state.vhost[`${node}:${name}`] = connected;
  },
};
