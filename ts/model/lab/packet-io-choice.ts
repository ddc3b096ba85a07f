/** The mode a firewall comes up in when a lab begins: its setting and the NICs that are there (rules IOM-01 to IOM-03). */

import { type PacketIoChoice, type PacketIoMode, selectPacketIo } from '../hardware/packet-io.ts';
import type { VirtualNic } from '../hardware/vnic.ts';
import { attachmentOf, platformOf } from './attachments.ts';
import { endpointOf } from './endpoint.ts';
import { guestDriver } from './guest-driver.ts';
import type { LabInterface } from './interfaces.ts';
import { type LabIndex, MANAGEMENT } from './lab-index.ts';
import type { Firewall } from './nodes.ts';

/** Interfaces that are there when the lab starts, without management. */
export function packetInterfaces(index: LabIndex, firewall: string): LabInterface[] {
  return (index.byNode.get(firewall) ?? []).filter((iface) => iface.name !== MANAGEMENT && index.peers.has(endpointOf(iface)));
}

export function firstChoice(index: LabIndex, firewall: Firewall): PacketIoChoice {
  return choiceAmong(index, firewall, firewall.packetIo, packetInterfaces(index, firewall.name), ({ vnic }) => vnic);
}

/** The mode that a setting comes to with these interfaces. @param vnicOf which NIC the hypervisor gives one now. */
export function choiceAmong(
  index: LabIndex,
  { name, haMode }: Firewall,
  setting: PacketIoMode,
  interfaces: readonly LabInterface[],
  vnicOf: (iface: LabInterface) => VirtualNic | undefined,
): PacketIoChoice {
  const nics = interfaces.map((iface) => ({
    interface: iface.name,
    driver: guestDriver(attachmentOf(index, iface), vnicOf(iface)),
  }));
  return selectPacketIo(setting, platformOf(index, name), haMode ?? null, nics);
}
