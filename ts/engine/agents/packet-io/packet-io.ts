/**
 * A firewall's packet I/O: the mode it runs (rules IOM-01 to IOM-04), the driver of each interface (DRV-01), and whether the host's PF driver
 * goes with it (DRV-02 to DRV-05).
 *
 * Decision someone may dispute: a NIC plugged into a running device can take it out of DPDK, never bring it back: that takes a restart, as
 * the setting does.
 */

import type { Position } from '../../../model/events/events.ts';
import {
  boundVersion,
  DEFAULT_PROFILE,
  NATIVE_PROFILES,
  type NativeDrivers,
  nativePfVersion,
} from '../../../model/hardware/driver-matrix.ts';
import { driverVerdict, IN_KERNEL } from '../../../model/hardware/driver-version.ts';
import { pfDriver } from '../../../model/hardware/nic.ts';
import type { PacketIoChoice, PacketIoMode } from '../../../model/hardware/packet-io.ts';
import type { VirtualNic } from '../../../model/hardware/vnic.ts';
import { attachmentOf, type DeviceAttachment } from '../../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { guestDriver } from '../../../model/lab/guest-driver.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { interfaceAt, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Firewall } from '../../../model/lab/nodes.ts';
import { choiceAmong, packetInterfaces } from '../../../model/lab/packet-io-choice.ts';
import type { Turn } from '../../turn/turn.ts';

/** Dataplane and HA interfaces with a NIC behind them: management takes no part (rule IOM-02). */
function pluggedInterfaces(turn: Turn, node: string): LabInterface[] {
  return packetInterfaces(turn.index, node).filter((iface) => turn.state.drivers[endpointOf(iface)]?.isPlugged === true);
}

function firewallNamed(turn: Turn, name: string): Firewall | null {
  const node = nodeNamed(turn.index, name);
  return node?.kind === 'firewall' && node.isHardware !== true ? node : null;
}

function vnicOf(turn: Turn, iface: LabInterface): VirtualNic | undefined {
  return turn.state.drivers[endpointOf(iface)]?.vnic;
}

function choiceFor(turn: Turn, firewall: Firewall, setting: PacketIoMode): PacketIoChoice {
  return choiceAmong(turn.index, firewall, setting, pluggedInterfaces(turn, firewall.name), (iface) => vnicOf(turn, iface));
}

/** A firewall starts: its setting and its NICs decide the mode, and its drivers come up in it. */
export function startPacketIo(turn: Turn, node: string, cause: Position): void {
  const firewall = firewallNamed(turn, node);
  if (firewall === null) return;
  const choice = choiceFor(turn, firewall, turn.state.packetIo[node]?.setting ?? 'dpdk');
  turn.say('PacketIoModeSelected', cause, { node, ...choice });
  for (const iface of pluggedInterfaces(turn, node)) attach(turn, firewall, iface, cause);
}

/** Rule IOM-04. A setting that is what it was says nothing. */
export function setPacketIo(turn: Turn, node: string, setting: PacketIoMode, cause: Position): void {
  if (turn.state.packetIo[node]?.setting !== setting) turn.say('PacketIoSettingChanged', cause, { node, setting });
}

/** A running firewall is given an interface: it is driven in the mode that runs, or takes the device out of DPDK (rule IOM-02). */
export function attachRunning(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const { node } = splitEndpoint(endpoint);
  const [firewall, iface] = [firewallNamed(turn, node), interfaceAt(turn.index, endpoint)];
  if (firewall === null || iface === undefined || turn.state.nodes[node]?.power !== 'running') return;
  const running = turn.state.packetIo[node]?.running ?? 'dpdk';
  const choice = choiceFor(turn, firewall, running);
  const changed = choice.mode === running ? null : turn.say('PacketIoModeSelected', cause, { node, ...choice });
  for (const own of pluggedInterfaces(turn, node)) {
    if (own.name === iface.name) attach(turn, firewall, own, changed ?? cause);
    else if (changed !== null) bind(turn, firewall, own, changed);
  }
}

/** The driver comes up with a NIC it did not have before: of a bad pair it warns once (rule DRV-04). */
function attach(turn: Turn, firewall: Firewall, iface: LabInterface, cause: Position): void {
  const checked = bind(turn, firewall, iface, cause);
  if (checked === null || turn.state.drivers[endpointOf(iface)]?.verdict !== 'not-later') return;
  const { position, hostVersion, nativeVersion } = checked;
  const text = `${iface.name}: host PF driver ${hostVersion} is not later than ${nativeVersion}, the native PF driver`;
  turn.say('SystemLog', position, { node: firewall.name, eventId: 'driver-not-later', severity: 'warning', text });
}

interface Checked {
  readonly position: Position;
  readonly hostVersion: string;
  readonly nativeVersion: string;
}

/** Says which driver an interface has in the mode that runs, and checks it; null where there is no host driver to check. */
function bind(turn: Turn, firewall: Firewall, iface: LabInterface, cause: Position): Checked | null {
  const mode = turn.state.packetIo[firewall.name]?.running ?? 'dpdk';
  const native = firewall.nativeDrivers ?? NATIVE_PROFILES[DEFAULT_PROFILE];
  const attachment = attachmentOf(turn.index, iface);
  const driver = guestDriver(attachment, vnicOf(turn, iface));
  const at = { node: firewall.name, interface: iface.name };
  const bound = turn.say('DriverBound', cause, { ...at, driver, version: boundVersion(native, driver, mode), mode });
  return attachment.kind === 'sriov' ? check(turn, at, attachment, native, mode, bound) : null;
}

/** Rules DRV-02, DRV-05. */
function check(
  turn: Turn,
  at: { readonly node: string; readonly interface: string },
  { nic, device }: DeviceAttachment,
  native: NativeDrivers,
  mode: PacketIoMode,
  cause: Position,
): Checked {
  const hostVersion = nic.driverVersion ?? IN_KERNEL;
  const nativeVersion = nativePfVersion(native, pfDriver(nic.model), mode);
  const verdict = driverVerdict(hostVersion, nativeVersion);
  const position = turn.say('DriverCompatChecked', cause, { ...at, device, hostVersion, nativeVersion, mode, verdict });
  return { position, hostVersion, nativeVersion };
}
