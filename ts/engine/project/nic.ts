/** Events of NICs into linear memory: a function's pool becomes what recorded state says, and what changes names the event. */

import { plugDevice, setLine } from '../../dataplane/configure-lines.ts';
import { nicFlags, setRss, syncPool } from '../../dataplane/configure-nic.ts';
import type { Dataplane } from '../../dataplane/dataplane.ts';
import type { EventData, EventType, LabEvent } from '../../model/events/events.ts';
import { effectiveRateBps, PF, WIRE } from '../../model/hardware/nic.ts';
import { nicOf } from '../../model/lab/attachments.ts';
import { type Endpoint, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabIndex } from '../../model/lab/lab-index.ts';
import { nodeNumber, portOf } from '../../model/lab/lab-index.ts';
import { UNIMPAIRED } from '../../model/lab/links.ts';
import { linkMbps } from '../../model/lab/wire-speed.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import { type Mac, macToNumber } from '../../values/mac.ts';

export interface Target {
  readonly dataplane: Dataplane;
  readonly index: LabIndex;
  readonly state: Readonly<LabState>;
}

type Projection<T extends EventType> = (target: Target, data: EventData[T], position: number) => void;
interface AtInterface {
  readonly node: string;
  readonly interface: string;
}

/** Every function as the definition has it. */
export function projectFunctions(target: Target, cause: number): void {
  for (const [endpoint, now] of Object.entries(target.state.functions)) {
    syncPool(target.dataplane, target.index, endpoint, now, cause);
    setRss(target.dataplane, target.index, endpoint, now);
    if (now.config.maxTxRate !== 0) projectVfLine(target, endpoint, cause);
  }
}

const sync: (target: Target, at: AtInterface, position: number) => void = ({ dataplane, index, state }, at, position) => {
  const endpoint = `${at.node}:${at.interface}`;
  const now = state.functions[endpoint];
  if (now !== undefined) syncPool(dataplane, index, endpoint, now, position);
};

const PROJECTIONS: { readonly [T in EventType]?: Projection<T> } = {
  // Without power the counter of spoofed frames is gone, and so is the watchdog that would read it.
  NodePowerChanged: ({ dataplane, index, state }, data) => {
    if (state.nics[data.node] !== undefined) dataplane.control.takeSpoofed(nodeNumber(index, data.node));
  },
  VfConfigChanged: (target, data, position) => {
    const endpoint = `${data.node}:${data.interface}`;
    sync(target, data, position);
    projectVfLine(target, endpoint, position);
    // Rule VF-01: whoever gets this VF next begins with key and table of a new one.
    const now = target.state.functions[endpoint];
    if (data.removed && now !== undefined) setRss(target.dataplane, target.index, endpoint, now);
  },
  LinkSpeedChanged: (target, data, position) => {
    const wire = `${data.node}:${data.interface}`;
    for (const end of [wire, target.index.peers.get(wire)]) if (end !== undefined) projectWireLine(target, end, position);
  },
  PfReset: (target, data, position) => {
    for (const iface of target.index.byNode.get(data.node) ?? [])
      sync(target, { node: data.node, interface: iface.name }, position);
  },
  VfReset: sync,
  VfMailboxReply: sync,
  VfReceiveModeChanged: sync,
  VfRxDisabled: sync,
  SpoofCheckSuspended: sync,
  QueuesEnabled: sync,
  VfDisabled: sync,
  MacAddressChanged: sync,
  VfFilterChanged: (target, data, position) => {
    if (data.filter !== 'multicast') {
      sync(target, data, position);
      return;
    }
    const node = nodeNumber(target.index, data.node);
    target.dataplane.control.setMulticast(node, Number.parseInt(data.value, 16), data.present, position);
  },
  VfRssChanged: ({ dataplane, index, state }, data) => {
    const endpoint = `${data.node}:${data.interface}`;
    const now = state.functions[endpoint];
    if (now !== undefined) setRss(dataplane, index, endpoint, now);
  },
  DeviceAssigned: (target, data, position) => plugCable(target, data.device, position),
  DeviceReleased: (target, data, position) => plugCable(target, data.device, position),
  DpdkMacTableChanged: ({ dataplane, index }, { node, interface: name, op, mac, slot, result }, position) => {
    if (result !== '0' || slot === 0) return;
    dataplane.control.setPortAddress(portOf(index, `${node}:${name}`), BigInt(macToNumber(mac as Mac)), op === 'add', position);
  },
  BridgeModeChanged: (target, data, position) => projectMode(target, data.node, position),
  PromiscuousChanged: (target, data, position) => {
    if (target.state.nics[data.node] !== undefined && data.interface === PF) projectMode(target, data.node, position);
    const [node = '', name] = (target.index.peers.get(`${data.node}:${data.interface}`) ?? '').split(':');
    if (target.state.nics[node] !== undefined && name === PF) projectMode(target, node, position);
  },
};

/** Rule PCI-01: the device's cable leads to another user. A line keeps the impairment of its ends. */
function plugCable(target: Target, device: Endpoint, position: number): void {
  const { dataplane, index, state } = target;
  plugDevice(dataplane, index, device, position);
  const user = index.peers.get(device);
  for (const end of user === undefined ? [] : [device, user]) {
    setLine(dataplane, index, end, state.interfaces[end]?.line ?? UNIMPAIRED, position);
  }
  if (state.functions[device]?.kind === 'vf') projectVfLine(target, device, position);
  projectMode(target, splitEndpoint(device).node, position);
}

export function projectNic(target: Target, event: LabEvent): void {
  const projection = PROJECTIONS[event.type] as Projection<EventType> | undefined;
  projection?.(target, event.data as never, event.position);
}

function projectMode({ dataplane, index, state }: Target, node: string, position: number): void {
  const nic = nicOf(index, node);
  const now = state.nics[node];
  if (nic === null || now === undefined) return;
  // Rule PCI-02: a guest that has the whole port decides for it.
  const pf = `${node}:${PF}`;
  const isOpen = [pf, index.peers.get(pf) ?? ''].some((one) => state.interfaces[one]?.requestsPromiscuous ?? false);
  dataplane.control.setNic(nodeNumber(index, node), nicFlags(nic, now, isOpen), position);
}

/** Rule VF-14: what exceeds the limit waits before the NIC, in the queue of the VF: it is the line of its guest that slows down. */
export function projectVfLine({ dataplane, index, state }: Target, vf: Endpoint, position: number): void {
  const guest = index.peers.get(vf);
  const line = state.interfaces[guest ?? '']?.line ?? UNIMPAIRED;
  const limit = rateLimitOf(index, state, vf);
  if (guest === undefined) return;
  const rateBps = limit === 0 || (line.rateBps !== 0 && line.rateBps < limit) ? line.rateBps : limit;
  setLine(dataplane, index, guest, { ...line, rateBps }, position);
}

/** Bits per second a VF may send; 0 is no limit. */
function rateLimitOf(index: LabIndex, state: Readonly<LabState>, vf: Endpoint): number {
  const nic = nicOf(index, splitEndpoint(vf).node);
  const config = state.functions[vf]?.config;
  if (nic === null || config === undefined) return 0;
  return effectiveRateBps(nic.model, linkMbps(index.lab, nic, state.nics[nic.name]?.speedMbps ?? 0), config.maxTxRate);
}

/** A NIC's wire runs at the speed its host set, in both directions; an impairment can only make it slower. */
export function projectWireLine({ dataplane, index, state }: Target, end: Endpoint, position: number): void {
  const line = state.interfaces[end]?.line ?? UNIMPAIRED;
  const speedBps = setSpeedMbps(index, state, end) * 1e6;
  const isSlower = line.rateBps !== 0 && (speedBps === 0 || line.rateBps < speedBps);
  setLine(dataplane, index, end, { ...line, rateBps: isSlower ? line.rateBps : speedBps }, position);
}

/** What a host set the cable at an interface to, if it ends at the wire of a NIC: the slower of two NICs. 0 is nothing. */
function setSpeedMbps(index: LabIndex, state: Readonly<LabState>, end: Endpoint): number {
  const wires = [end, index.peers.get(end) ?? ''].filter((one) => one.endsWith(`:${WIRE}`));
  const speeds = wires.map((one) => state.nics[splitEndpoint(one).node]?.speedMbps ?? 0).filter((mbps) => mbps !== 0);
  return speeds.length === 0 ? 0 : Math.min(...speeds);
}
