/** The mode a firewall comes up in when a lab begins: its setting and the NICs that are there (rules IOM-01 to IOM-03). */
import { attachmentOf, guestDriver, platformOf } from './guest-driver.ts';
import { endpointOf, type Firewall, type LabInterface } from './lab.ts';
import { type LabIndex, MANAGEMENT } from './lab-index.ts';
import { type PacketIoChoice, selectPacketIo } from './packet-io.ts';

/** Interfaces that are there when the lab starts, without management. */
export function packetInterfaces(index: LabIndex, firewall: string): LabInterface[] {
  return (index.byNode.get(firewall) ?? []).filter((iface) => iface.name !== MANAGEMENT && index.peers.has(endpointOf(iface)));
}

export function firstChoice(index: LabIndex, { name, packetIo, haMode }: Firewall): PacketIoChoice {
  const nics = packetInterfaces(index, name).map((iface) => ({
    interface: iface.name,
    driver: guestDriver(attachmentOf(index, iface), iface.vnic),
  }));
  return selectPacketIo(packetIo, platformOf(index, name), haMode ?? null, nics);
}
