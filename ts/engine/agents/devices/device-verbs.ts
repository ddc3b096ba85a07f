/**
 * Devices of a host that guests have, and virtual NICs that a hypervisor takes out of a guest or puts in (rules PCI-01 to PCI-03, IOM-02).
 *
 * Decision someone may dispute: a VF that is given back keeps what its last driver programmed until the next driver resets it, as it does
 * when a guest crashes.
 */

import type { Position } from '../../../model/events/events.ts';
import { PF } from '../../../model/hardware/nic.ts';
import { linkEnds, platformOf } from '../../../model/lab/attachments.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { changeMacs } from '../mac/mac-option.ts';
import { attachRunning, setPacketIo } from '../packet-io/packet-io.ts';
import { setCarrier } from '../ports/carrier.ts';
import { isLinkUp } from '../ports/function-link.ts';
import { adopt, initialise } from '../sr-iov/vf-driver.ts';
import { injectTrouble, troubleRefusals } from './driver-trouble.ts';
import { migrationRefusals, startMigration } from './migration.ts';

type State = Readonly<LabState>;

export const DEVICE_VERBS: Verbs<'packet-io' | 'migrate' | 'unplug' | 'plug' | 'assign' | 'release' | 'driver-trouble'> = {
  'packet-io': {
    refusals: ({ node }, _, state) => (state.packetIo[node] === undefined ? [`${node} is not a firewall of this lab`] : []),
    perform: (turn, { node, setting }, cause) => setPacketIo(turn, node, setting, cause),
  },
  'driver-trouble': { refusals: troubleRefusals, perform: injectTrouble },
  migrate: { refusals: migrationRefusals, perform: startMigration },
  unplug: {
    refusals: ({ endpoint }, index, state) => unplugRefusals(index, state, endpoint),
    perform: (turn, { endpoint }, cause) => unplug(turn, endpoint, cause),
  },
  plug: {
    refusals: ({ endpoint }, index, state) => plugRefusals(index, state, endpoint),
    perform: plug,
  },
  assign: { refusals: assignmentRefusals, perform: assign },
  release: {
    refusals: ({ device }, _, state) =>
      deviceRefusals(state, device) ?? (state.devices[device] === '' ? [`${device} is the host's`] : []),
    perform: (turn, { device }, cause) => release(turn, device, cause),
  },
};

// ── Why not ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function unplugRefusals(index: LabIndex, state: State, endpoint: Endpoint): string[] {
  const driver = state.drivers[endpoint];
  const device = index.peers.get(endpoint) ?? '';
  if (driver === undefined) return [`${endpoint} is no interface of a firewall`];
  if (state.devices[device] === endpoint) return [`${endpoint} is ${device}: a device is taken back with release ${device}`];
  if (!index.peers.has(endpoint)) return [`${endpoint} has no NIC`];
  return driver.isPlugged ? [] : [`${endpoint} is unplugged already`];
}

function plugRefusals(index: LabIndex, state: State, endpoint: Endpoint): string[] {
  const driver = state.drivers[endpoint];
  if (driver === undefined) return [`${endpoint} is no interface of a firewall`];
  if (!index.peers.has(endpoint)) return [`${endpoint} is not linked to anything: only assign can give it a device`];
  return driver.isPlugged ? [`${endpoint} has its NIC`] : [];
}

/** Null if it is a function of a NIC that a guest can have. */
function deviceRefusals(state: State, device: Endpoint): string[] | null {
  if (state.functions[device] === undefined) return [`${device} is no PF or VF of this lab`];
  return state.devices[device] === undefined ? [`the file links ${device} to nobody, and reserves it for nobody`] : null;
}

/** Rule PCI-01: a device has one user; the user of the PF has the whole NIC. */
function assignmentRefusals({ device, guest }: Of<'assign'>, index: LabIndex, state: State): string[] {
  const unknown = deviceRefusals(state, device);
  if (unknown !== null) return unknown;
  if (state.functions[device]?.status === 'absent') return [`${device} is not enabled; sriov_numvfs makes VFs`];
  const isCabled = index.lab.links.some(({ a, b }) => (a === device && b === guest) || (b === device && a === guest));
  if (!isCabled || interfaceAt(index, guest) === undefined) return [`the file neither links nor reserves ${device} for ${guest}`];
  return devicesInTheWay(index, state, device).map((one) => `in-use: ${one} is assigned to ${state.devices[one]}`);
}

/** The device itself, the PF of its NIC, and for a PF all VFs: those of them that guests have. */
function devicesInTheWay(index: LabIndex, state: State, device: Endpoint): Endpoint[] {
  const { node, name } = splitEndpoint(device);
  const functions = (index.byNode.get(node) ?? []).map(endpointOf);
  const concerned = name === PF ? functions : [device, `${node}:${PF}`];
  return concerned.filter((one) => (state.devices[one] ?? '') !== '');
}

// ── What follows ────────────────────────────────────────────────────────────────────────────────────────────────────

function unplug(turn: Turn, endpoint: Endpoint, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  const position = turn.say('VnicUnplugged', cause, { node, interface: name });
  for (const end of linkEnds(turn.index, endpoint) ?? []) setCarrier(turn, end, false, position);
}

/** Rule IOM-02: Azure accelerates a NIC that is added later only when it is told to. */
function plug(turn: Turn, { endpoint, model, accelerated }: Of<'plug'>, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  const isAccelerated = accelerated ?? platformOf(turn.index, node) !== 'azure';
  const position = turn.say('VnicPlugged', cause, { node, interface: name, model: model ?? '', accelerated: isAccelerated });
  for (const end of linkEnds(turn.index, endpoint) ?? []) setCarrier(turn, end, true, position);
  attachRunning(turn, endpoint, position);
}

/** Rule PCI-01: the device leaves the host, whose switch loses its uplink, and appears in the guest. */
function assign(turn: Turn, { device, guest }: Of<'assign'>, cause: Position): void {
  const hosts = turn.index.peers.get(device);
  const { node, name } = splitEndpoint(guest);
  const position = turn.say('DeviceAssigned', cause, { node, interface: name, device });
  if (hosts !== undefined) setCarrier(turn, hosts, false, position);
  setHostPromiscuous(turn, device, false, position);
  followLink(turn, device, guest, position);
  if (turn.state.nodes[node]?.power === 'running') start(turn, device, guest, position);
}

/** The device's carrier is what the NIC says; the cable itself is new. */
function followLink(turn: Turn, device: Endpoint, user: Endpoint, cause: Position): void {
  const nic = nodeNamed(turn.index, splitEndpoint(device).node);
  setCarrier(turn, device, true, cause);
  if (nic?.kind === 'nic') setCarrier(turn, user, isLinkUp(turn, nic, device), cause);
}

/** The guest's driver comes up. The MAC of a PF is the permanent address of the device (rule PCI-02). */
function start(turn: Turn, device: Endpoint, guest: Endpoint, cause: Position): void {
  const iface = interfaceAt(turn.index, guest);
  if (iface === undefined) return;
  attachRunning(turn, guest, cause);
  const isVf = turn.state.functions[device]?.kind === 'vf';
  const permanent = turn.state.interfaces[device]?.initialMac ?? '';
  const isAnotherMac = isVf ? initialise(turn, iface, cause) : adopt(turn, guest, permanent, cause);
  if (isAnotherMac && turn.state.options[iface.node] !== undefined) changeMacs(turn, iface.node, 'pf-admin', cause);
}

/** The guest loses the device; a PF is the host's again, with its permanent address. */
function release(turn: Turn, device: Endpoint, cause: Position): void {
  const guest = turn.state.devices[device] ?? '';
  const { node, name } = splitEndpoint(guest);
  setCarrier(turn, guest, false, cause);
  const position = turn.say('DeviceReleased', cause, { node, interface: name, device });
  restorePermanentMac(turn, device, position);
  setHostPromiscuous(turn, device, true, position);
  const host = turn.index.peers.get(device);
  if (host !== undefined) followLink(turn, device, host, position);
}

function restorePermanentMac(turn: Turn, device: Endpoint, cause: Position): void {
  const { initialMac = '', effectiveMac: old = '' } = turn.state.interfaces[device] ?? {};
  if (turn.state.functions[device]?.kind !== 'pf' || old === initialMac) return;
  const { node, name } = splitEndpoint(device);
  turn.say('MacAddressChanged', cause, { node, interface: name, which: 'effective', old, new: initialMac, cause: 'pf-admin' });
}

/** A PF that a host's switch uses is promiscuous (rule VF-02); the host's setting goes and comes with it. */
function setHostPromiscuous(turn: Turn, device: Endpoint, isHosts: boolean, cause: Position): void {
  const { node, name } = splitEndpoint(device);
  const nic = nodeNamed(turn.index, node);
  const requested = isHosts && nic?.kind === 'nic' && nic.pfPromiscuous;
  if (name !== PF || turn.state.interfaces[device]?.requestsPromiscuous === requested) return;
  turn.say('PromiscuousChanged', cause, { node, interface: name, requested });
}
