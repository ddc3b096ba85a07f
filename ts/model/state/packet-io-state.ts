/** Recorded state of how firewalls move their frames, folded from events: what is set, what runs, and which drivers are bound. */
import type { LabEvent, Position } from '../events/events.ts';
import { isLogical } from '../hardware/firewall-mac.ts';
import type { PacketIoMode } from '../hardware/packet-io.ts';
import { OWN_VNIC, type VirtualNic, VNIC_MODELS } from '../hardware/vnic.ts';
import { type Endpoint, endpointOf, type NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { isSubinterface } from '../lab/subinterface.ts';
import type { Evolvers } from './evolvers.ts';

export interface PacketIoState {
  setting: PacketIoMode;
  /** What the device does since it last started; the setting follows at the next start (rule IOM-04). */
  running: PacketIoMode;
  /** Why it runs no DPDK; '' where it does. */
  reason: string;
  /** The first interface that forbids DPDK; '' where none does. */
  interface: string;
  /** Position of the event that last selected a mode. */
  since: Position;
}

/** A firewall's interface as its operating system sees it. */
export interface DriverState {
  vnic: VirtualNic;
  isPlugged: boolean;
  /** '' until the firewall has started with it. */
  driver: string;
  version: string;
  /** '' until a driver is bound. */
  mode: string;
  /** Of the host's PF driver (rule DRV-02); '' where nothing was checked. */
  verdict: string;
  /** Position of the event that last changed any of this. */
  since: Position;
}

export interface PacketIoStates {
  /** Firewalls. */
  packetIo: Record<NodeName, PacketIoState>;
  /** Interfaces of firewalls. */
  drivers: Record<Endpoint, DriverState>;
}

/** Firewalls as the definition of the lab has them; each selects its mode when it starts. */
export function definePacketIo(state: PacketIoStates, lab: Lab): void {
  for (const node of lab.nodes) {
    if (node.kind !== 'firewall' || node.isHardware === true) continue;
    const setting = modeOf(node.packetIo);
    state.packetIo[node.name] = { setting, running: setting, reason: '', interface: '', since: 1 };
  }
  for (const iface of lab.interfaces) {
    if (state.packetIo[iface.node] === undefined || isSubinterface(iface) || isLogical(iface)) continue;
    state.drivers[endpointOf(iface)] = { ...UNBOUND, vnic: iface.vnic ?? OWN_VNIC, isPlugged: true, since: 1 };
  }
}

const UNBOUND = { driver: '', version: '', mode: '', verdict: '' } as const;

/** Anything but "mmap" is the default: logs may be older than the setting. */
function modeOf(word: string | undefined): PacketIoMode {
  return word === 'mmap' ? 'mmap' : 'dpdk';
}

export const PACKET_IO_EVOLVERS: Evolvers<PacketIoStates> = {
  PacketIoModeSelected: (state, data, event) => {
    const device = state.packetIo[data.node];
    if (device === undefined) return;
    const { mode, reason, interface: name } = data;
    state.packetIo[data.node] = { ...device, running: modeOf(mode), reason, interface: name, since: event.position };
  },
  PacketIoSettingChanged: (state, data) => {
    const device = state.packetIo[data.node];
    if (device) device.setting = modeOf(data.setting);
  },
  DriverBound: (state, data, event) => {
    const { driver, version, mode } = data;
    change(state, data, event, { driver, version, mode });
  },
  DriverCompatChecked: (state, data, event) => change(state, data, event, { verdict: data.verdict }),
  VnicUnplugged: (state, data, event) => change(state, data, event, { ...UNBOUND, isPlugged: false }),
  VnicPlugged: (state, data, event) => {
    const model = VNIC_MODELS.find((one) => one === data.model) ?? null;
    change(state, data, event, { vnic: { model, accelerated: data.accelerated }, isPlugged: true });
  },
  // What drove the device goes with it.
  DeviceReleased: (state, data, event) => change(state, data, event, UNBOUND),
};

function change(
  state: PacketIoStates,
  at: { readonly node: string; readonly interface: string },
  event: LabEvent,
  more: Partial<DriverState>,
): void {
  const driver = state.drivers[`${at.node}:${at.interface}`];
  if (driver) Object.assign(driver, more, { since: event.position });
}
