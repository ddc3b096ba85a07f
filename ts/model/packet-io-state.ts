/** Recorded state of how firewalls move their frames, folded from events: what is set, and what runs. */
import type { EventData, EventType, LabEvent, Position } from './events.ts';
import type { Lab, NodeName } from './lab.ts';
import type { PacketIoMode } from './packet-io.ts';

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

export interface PacketIoStates {
  /** Firewalls. */
  packetIo: Record<NodeName, PacketIoState>;
}

/** Firewalls as the definition of the lab has them; each selects its mode when it starts. */
export function definePacketIo(state: PacketIoStates, lab: Lab): void {
  for (const node of lab.nodes) {
    if (node.kind !== 'firewall') continue;
    const setting = modeOf(node.packetIo);
    state.packetIo[node.name] = { setting, running: setting, reason: '', interface: '', since: 1 };
  }
}

/** Anything but "mmap" is the default: logs may be older than the setting. */
function modeOf(word: string | undefined): PacketIoMode {
  return word === 'mmap' ? 'mmap' : 'dpdk';
}

type Folds = { readonly [T in EventType]?: (state: PacketIoStates, data: EventData[T], event: LabEvent) => void };

export const PACKET_IO_FOLDS: Folds = {
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
};
