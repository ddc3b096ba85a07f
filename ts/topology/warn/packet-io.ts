/** Warnings about firewalls that will not run DPDK, drivers that do not go together, and devices that two want. */
import { boundVersion, DEFAULT_PROFILE, leastPfOf, NATIVE_PROFILES, nativePfVersion } from '../../model/hardware/driver-matrix.ts';
import { driverVerdict, IN_KERNEL, isEarlier } from '../../model/hardware/driver-version.ts';
import { pfDriver } from '../../model/hardware/nic.ts';
import { attachmentOf } from '../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import { guestDriver } from '../../model/lab/guest-driver.ts';
import { indexLab } from '../../model/lab/lab-index.ts';
import type { Firewall } from '../../model/lab/nodes.ts';
import { firstChoice, packetInterfaces } from '../../model/lab/packet-io-choice.ts';
import { groupBy } from '../../values/group-by.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView } from './lab-view.ts';

function firewalls(view: LabView): Firewall[] {
  return view.lab.nodes.filter((node) => node.kind === 'firewall');
}

/** Rule IOM-02: one interface takes the whole device to MMAP. */
export function interfaceForbidsDpdk(view: LabView): Problem[] {
  const index = indexLab(view.lab);
  return firewalls(view).flatMap((firewall) => {
    const { reason, interface: name } = firstChoice(index, firewall);
    const endpoint = `${firewall.name}:${name}`;
    if (name === '') return [];
    const isAcceleration = reason === 'accelerated-networking-off';
    const why = isAcceleration ? 'has no accelerated networking' : 'is a NIC without a poll driver';
    const cure = isAcceleration ? `set accelerated: on at ${endpoint}` : `remove nic: at ${endpoint}`;
    return [
      {
        place: view.draft.keyPlace(view.draft.whereOfInterface(endpoint, isAcceleration ? 'accelerated' : 'nic')),
        message: `${endpoint} ${why}: ${firewall.name} runs MMAP on all its interfaces`,
        rule: 'IOM-02',
        remedy: `${cure}, or set packet-io: mmap at ${firewall.name}`,
      },
    ];
  });
}

/** Rule IOM-03: asked for in so many words, and impossible. */
export function interfaceMoveForbidsDpdk(view: LabView): Problem[] {
  return firewalls(view)
    .filter(({ name, haMode }) => haMode === 'interface-move' && view.draft.nodes.get(name)?.raw['packet-io'] === 'dpdk')
    .map(({ name }) => ({
      place: atProperty(view, name, 'packet-io'),
      message: `${name} moves interfaces at a failover, which rules out DPDK: it runs MMAP`,
      rule: 'IOM-03',
      remedy: `set ha-mode: secondary-ip, or packet-io: mmap at ${name}`,
    }));
}

/** Rule DRV-02, of the mode the firewall will start in. */
export function hostDriverNotLater(view: LabView): Problem[] {
  const index = indexLab(view.lab);
  return firewalls(view).flatMap((firewall) => {
    const { mode } = firstChoice(index, firewall);
    const native = firewall.nativeDrivers ?? NATIVE_PROFILES[DEFAULT_PROFILE];
    return packetInterfaces(index, firewall.name).flatMap((iface) => {
      const attachment = attachmentOf(index, iface);
      if (attachment.kind !== 'sriov') return [];
      const { nic, device } = attachment;
      const driver = pfDriver(nic.model);
      const [host, own] = [nic.driverVersion ?? IN_KERNEL, nativePfVersion(native, driver, mode)];
      if (driverVerdict(host, own) !== 'not-later') return [];
      return [
        {
          place: atProperty(view, nic.name, 'driver-version'),
          message: `${driver} ${host} on the host is not later than ${own}, which ${endpointOf(iface)} (${device}) includes for ${mode.toUpperCase()}`,
          rule: 'DRV-02',
          remedy: `give ${nic.name} a driver-version later than ${own}`,
        },
      ];
    });
  });
}

/** Rule DRV-06: the kernel's VF driver of 10G names the least PF driver it works with; DPDK's names none. */
export function hostDriverTooOldForVf(view: LabView): Problem[] {
  const index = indexLab(view.lab);
  return firewalls(view).flatMap((firewall) => {
    if (firstChoice(index, firewall).mode !== 'mmap') return [];
    const own = boundVersion(firewall.nativeDrivers ?? NATIVE_PROFILES[DEFAULT_PROFILE], 'ixgbevf', 'mmap');
    const least = leastPfOf(own);
    return packetInterfaces(index, firewall.name).flatMap((iface) => {
      const attachment = attachmentOf(index, iface);
      if (attachment.kind !== 'sriov' || guestDriver(attachment) !== 'ixgbevf') return [];
      const { nic, device } = attachment;
      const host = nic.driverVersion ?? IN_KERNEL;
      if (!isEarlier(host, least)) return [];
      return [
        {
          place: atProperty(view, nic.name, 'driver-version'),
          message: `ixgbe ${host} on the host is too old for ixgbevf ${own} of ${endpointOf(iface)} (${device}), which needs ${least} or later`,
          rule: 'DRV-06',
          remedy: `give ${nic.name} the driver-version ${least} or a later one`,
        },
      ];
    });
  });
}

/** Rule PCI-01: only one of those that a device is promised to can have it. */
export function deviceWantedTwice(view: LabView): Problem[] {
  const modes = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface.mode]));
  const isDevice = (end: Endpoint) => modes.get(end) === 'pf' || modes.get(end) === 'vf';
  const wanted = view.lab.links.flatMap(({ a, b }) => {
    const device = [a, b].find(isDevice);
    const user = device === a ? b : a;
    return device === undefined || !isGuest(view, user) ? [] : [{ device, user }];
  });
  return [...groupBy(wanted, ({ device }) => device)].flatMap(([device, users]) => {
    const [first, second] = users;
    if (first === undefined || second === undefined) return [];
    return [
      {
        place: view.draft.keyPlace(view.draft.whereInterface(second.user)),
        message: `${device} is for ${users.map(({ user }) => user).join(' and ')}, but only one of them can have it at a time`,
        rule: 'PCI-01',
        remedy: `release ${device} before it is assigned again, or give ${splitEndpoint(second.user).node} another device`,
      },
    ];
  });
}

function isGuest(view: LabView, endpoint: Endpoint): boolean {
  const kind = view.nodes.get(splitEndpoint(endpoint).node)?.kind;
  return kind === 'firewall' || kind === 'host' || kind === 'router';
}

/** Rule HST-04: server ports are deprecated, and the guest behind one is cut off when its switch restarts. */
export function serverPortLosesItsGuest(view: LabView): Problem[] {
  return view.lab.interfaces
    .filter(({ vhost }) => vhost === 'server')
    .map((port) => ({
      place: view.draft.keyPlace(view.draft.whereOfInterface(endpointOf(port), 'vhost')),
      message: `${endpointOf(port)} is a vhost-user server: after a restart of ${port.node} its guest has no link until it restarts too`,
      rule: 'HST-04',
      remedy: `set vhost: client at ${endpointOf(port)}`,
    }));
}

/** Rule HST-04: the switch cannot reach the rings of such a guest. */
export function guestSharesNoMemory(view: LabView): Problem[] {
  return view.lab.interfaces
    .filter(({ lacksSharedMemory }) => lacksSharedMemory)
    .map((port) => {
      const guest = view.draft.peers.get(endpointOf(port)) ?? '';
      const node = view.nodes.get(splitEndpoint(guest).node);
      const host = (node !== undefined && 'on' in node ? node.on : null) ?? '';
      return {
        place: atProperty(view, host, 'huge-pages'),
        message: `${guest} gets no link: ${endpointOf(port)} is a vhost-user port, and ${host} gives its guests no shared huge pages`,
        rule: 'HST-04',
        remedy: `remove huge-pages: off at ${host}`,
      };
    });
}
