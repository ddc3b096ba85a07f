/**
 * What packet I/O a node needs, from the lab and the mode it runs: cores, rings, transmit rings, packet sockets, each with its costs.
 * Pure; ts/dataplane/configure-io.ts carries it out. The table of docs/cost-model.md ("What a frame pays") is here in code.
 *
 * Three ways for a frame to reach a node with cores:
 *
 *   device   a NIC's descriptors: VF, PF or cable       the hardware fills them, nobody is asked
 *   guest    a host's switch towards its guest          one ring each way, shared: the guest's on its port, the other on the switch's
 *   host     a guest towards its host's switch
 */

import { type Nanos, nanos } from '../../values/nanos.ts';
import type { Cores, Fanout } from '../hardware/cores.ts';
import { COSTS_PS, type CostName, IDLE_INTERRUPT, POLL_LOOP, VIRTUAL_INTERRUPT, WORKER_WAKE_UP } from '../hardware/cost.ts';
import { poolMin, rearmsInBatches, VECTOR_REARM } from '../hardware/dpdk-ring.ts';
import { DEFAULT_PROFILE, NATIVE_PROFILES } from '../hardware/driver-matrix.ts';
import type { PacketIoMode } from '../hardware/packet-io.ts';
import { retireTimeout } from '../hardware/packet-mmap.ts';
import { attachmentOf } from './attachments.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import type { LabInterface } from './interfaces.ts';
import { interfaceAt, type LabIndex, MANAGEMENT, nodeNamed } from './lab-index.ts';
import type { HostSwitching, LabNode } from './nodes.ts';
import { linkMbps } from './wire-speed.ts';

export interface RingPlan {
  readonly queue: number;
  readonly core: number;
  /** Shared with the other end (virtio), which sees that it is full. */
  readonly isShared: boolean;
  readonly isOfVf: boolean;
  readonly takesMbufs: boolean;
  /** False: no poll thread is on the NIC's memory node (rule HST-03). */
  readonly isPolled: boolean;
  readonly size: number;
  readonly freeThreshold: number;
  /** Whether that many are given back at once, and no more (rule DPK-02). */
  readonly isInBatches: boolean;
  readonly rxPs: number;
  readonly copyPsPerByte: number;
  /** More for a frame whose flow OVS does not find in its cache. */
  readonly missPs: number;
  /** Until a sleeping core runs. */
  readonly wakeNs: Nanos;
  /** What waking it costs the core that does. */
  readonly notifyPs: number;
}

export interface TxPlan {
  readonly txPs: number;
  readonly copyPsPerByte: number;
  /** 0 where the other end's ring is the limit. */
  readonly descriptors: number;
  readonly retries: number;
  readonly retryPs: number;
}

export interface SocketPlan {
  readonly core: number;
  readonly blockBytes: number;
  readonly blocks: number;
  readonly retireNs: Nanos;
  readonly readerWakePs: number;
  readonly appPs: number;
}

export interface PortPlan {
  readonly endpoint: Endpoint;
  readonly rings: readonly RingPlan[];
  readonly tx: TxPlan;
  readonly sockets: readonly SocketPlan[];
  readonly fanout: Fanout;
}

export interface IoPlan {
  readonly cores: number;
  readonly polls: boolean;
  readonly burst: number;
  readonly loopNs: Nanos;
  /** 0 where no poll driver runs. */
  readonly mbufs: number;
  /** Of so many flows that its cache does not have, each core puts one in; null where there is no cache. */
  readonly emcInsertInverse: number | null;
  /** What a hit in its signature cache takes, and asking the control plane, ps; null where it has no such cache, or knows every flow. */
  readonly smcPs: number | null;
  readonly upcallPs: number | null;
  readonly ports: readonly PortPlan[];
}

const NO_WAIT = nanos(0);
/** Rule DPK-07. */
const MBUFS_PER_CORE_CACHE = 256;

/** The packet I/O of a node; null when it has no cores. `mode` matters to firewalls. */
export function planIo(index: LabIndex, node: LabNode, mode: PacketIoMode): IoPlan | null {
  if (node.kind === 'firewall' && node.cores !== undefined) return planGuest(index, node.name, node.cores, mode);
  if ((node.kind === 'bridge' || node.kind === 'vswitch') && node.host !== undefined) return planHost(index, node.name, node.host);
  return null;
}

/** Whether forwarding takes a node time. */
export function hasCores(node: LabNode): boolean {
  return coresOf(node) !== undefined;
}

export function coresOf(node: LabNode): Cores | undefined {
  if (node.kind === 'firewall') return node.cores;
  return node.kind === 'bridge' || node.kind === 'vswitch' ? node.host?.cores : undefined;
}

/** The modes a node can come to run: what must be reserved for it. */
export function plansOf(index: LabIndex, node: LabNode): readonly IoPlan[] {
  const modes: readonly PacketIoMode[] = node.kind === 'firewall' ? ['dpdk', 'mmap'] : ['dpdk'];
  return modes.flatMap((mode) => planIo(index, node, mode) ?? []);
}

// ── Hosts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function planHost(index: LabIndex, name: string, { datapath, cores }: HostSwitching): IoPlan {
  const polls = datapath === 'ovs-dpdk';
  const ports = linked(index, name).map((port) => {
    const guest = guestBehind(index, port);
    return guest === null ? hostDevice(index, port, cores, polls) : hostGuest(port, cores, polls, coresOf(guest) ?? null);
  });
  return planned(cores, polls, polls ? cores.emcInsertInverse : null, ports);
}

/** OVS on a NIC. In the kernel a hop is one cost, of receiving (rules COST-03, COST-04). */
function hostDevice(index: LabIndex, port: LabInterface, cores: Cores, polls: boolean): PortPlan {
  const cost = costsOf(cores);
  const ring = { takesMbufs: polls, isOfVf: false, copyPsPerByte: 0 };
  const polled = { rxPs: cost('pmd-rx') + cost('emc'), missPs: cost('emc-miss'), wakeNs: NO_WAIT };
  return {
    endpoint: endpointOf(port),
    rings: polls
      ? deviceRings(cores, {
          ...ring,
          ...polled,
          isPolled: isOnMemoryNode(index, port, cores),
          isInBatches: rearms(index, port, cores),
        })
      : deviceRings(cores, { ...ring, rxPs: cost('kernel-ovs'), wakeNs: IDLE_INTERRUPT }),
    tx: { ...DEVICE_TX, txPs: polls ? cost('pmd-tx') : 0, descriptors: cores.txRing },
    sockets: [],
    fanout: cores.fanout,
  };
}

/** vhost: the guest's transmit queue is a ring of the switch's port. A sleeping worker is woken at the guest's cost (HST-06). */
function hostGuest(port: LabInterface, cores: Cores, polls: boolean, guest: Cores | null): PortPlan {
  const cost = costsOf(cores);
  const rxPs = polls ? cost('vhost-dequeue') + cost('emc') : cost('vhost-net') + cost('kernel-ovs');
  const missPs = polls ? cost('emc-miss') : 0;
  const txPs = polls ? cost('vhost-enqueue') : cost('vhost-net');
  const copyPsPerByte = cost('copy-byte');
  const wakeNs = polls ? NO_WAIT : WORKER_WAKE_UP;
  const notifyPs = polls ? 0 : costsOf(guest ?? cores)('kick');
  return {
    endpoint: endpointOf(port),
    rings: [{ ...sharedRing(cores), rxPs, copyPsPerByte, missPs, wakeNs, notifyPs }],
    tx: { txPs, copyPsPerByte, descriptors: 0, retries: cores.retries, retryPs: txPs },
    sockets: [],
    fanout: cores.fanout,
  };
}

// ── Guests ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function planGuest(index: LabIndex, name: string, cores: Cores, mode: PacketIoMode): IoPlan {
  const polls = mode === 'dpdk';
  const ports = linked(index, name)
    .filter((port) => port.mode !== 'ha' && port.name !== MANAGEMENT)
    .map((port) => (polls ? pollDriver(index, port, cores) : packetSockets(index, port, cores)));
  return planned(cores, polls, null, ports);
}

function pollDriver(index: LabIndex, port: LabInterface, cores: Cores): PortPlan {
  const cost = costsOf(cores);
  const endpoint = endpointOf(port);
  const shared = { endpoint, sockets: [], fanout: cores.fanout };
  if (isVirtual(index, port)) {
    const rxPs = cost('virtio-rx') + cost('guest-app');
    const ring = { ...sharedRing(cores), takesMbufs: true, rxPs, copyPsPerByte: 0, wakeNs: NO_WAIT, notifyPs: 0 };
    return { ...shared, rings: [ring], tx: { ...DEVICE_TX, txPs: cost('virtio-tx'), descriptors: 0 } };
  }
  const rxPs = cost('pmd-rx') + cost('guest-app');
  const rings = deviceRings(cores, {
    takesMbufs: true,
    isOfVf: isOnVf(index, port),
    rxPs,
    copyPsPerByte: 0,
    wakeNs: NO_WAIT,
    isInBatches: rearms(index, port, cores),
  });
  return { ...shared, rings, tx: { ...DEVICE_TX, txPs: cost('pmd-tx'), descriptors: cores.txRing } };
}

/** The kernel's ring before, packet sockets behind (rule MMP-01). */
function packetSockets(index: LabIndex, port: LabInterface, cores: Cores): PortPlan {
  const cost = costsOf(cores);
  const copyPsPerByte = cost('copy-byte');
  const isDevice = !isVirtual(index, port);
  const rxPs = cost('kernel-rx') + cost('socket-copy');
  const rings = isDevice
    ? deviceRings(cores, { takesMbufs: false, isOfVf: isOnVf(index, port), rxPs, copyPsPerByte, wakeNs: IDLE_INTERRUPT })
    : [
        {
          ...sharedRing(cores),
          rxPs,
          copyPsPerByte,
          wakeNs: VIRTUAL_INTERRUPT,
          notifyPs: costsOf(peerCores(index, port) ?? cores)('inject'),
        },
      ];
  const retireNs = cores.retireNs ?? retireTimeout(cores.blockBytes, isDevice ? deviceMbps(index, port) : null);
  const { blockBytes, blocks } = cores;
  const sockets = Array.from({ length: cores.sockets }, (_, socket) => {
    return { core: socket % cores.count, blockBytes, blocks, retireNs, readerWakePs: cost('wake'), appPs: cost('guest-app') };
  });
  const tx = { ...DEVICE_TX, txPs: cost('kernel-tx'), copyPsPerByte, descriptors: isDevice ? cores.txRing : 0 };
  return { endpoint: endpointOf(port), rings, tx, sockets, fanout: cores.fanout };
}

// ── Rings ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const DEVICE_TX = { copyPsPerByte: 0, retries: 0, retryPs: 0 } as const;

type DeviceRing = Pick<RingPlan, 'takesMbufs' | 'isOfVf' | 'rxPs' | 'copyPsPerByte' | 'wakeNs'> &
  Partial<Pick<RingPlan, 'isPolled' | 'missPs' | 'isInBatches'>>;

/** One ring per receive queue. */
function deviceRings(cores: Cores, ring: DeviceRing): RingPlan[] {
  return Array.from({ length: cores.queues }, (_, queue) => ({
    isPolled: true,
    missPs: 0,
    isInBatches: false,
    ...ring,
    queue,
    core: queue % cores.count,
    isShared: false,
    size: cores.rxRing,
    freeThreshold: ring.isInBatches ? VECTOR_REARM : ring.takesMbufs ? cores.rxFreeThreshold : 0,
    notifyPs: 0,
  }));
}

/** Whether the poll driver of a device gives descriptors back in batches. */
function rearms(index: LabIndex, port: LabInterface, { rxRing, rxFreeThreshold }: Cores): boolean {
  const peer = peerNode(index, port);
  const isPfOfE810 = peer?.kind === 'nic' && peer.model === 'e810' && !isOnVf(index, port);
  return rearmsInBatches(rxRing, rxFreeThreshold, dpdkReleaseOf(nodeNamed(index, port.node)), isPfOfE810);
}

/** Release of the DPDK that a node polls with; '' where nothing states it. */
function dpdkReleaseOf(node: LabNode | undefined): string {
  if (node?.kind === 'firewall') return (node.nativeDrivers ?? NATIVE_PROFILES[DEFAULT_PROFILE]).dpdkRelease;
  return (node?.kind === 'bridge' ? node.dpdk : undefined) ?? '';
}

function sharedRing(cores: Cores): Omit<RingPlan, 'rxPs' | 'copyPsPerByte' | 'wakeNs' | 'notifyPs'> {
  const one = { queue: 0, core: 0, isShared: true, isOfVf: false, takesMbufs: false, isPolled: true, freeThreshold: 0 };
  return { ...one, isInBatches: false, missPs: 0, size: cores.virtioRing };
}

function planned(cores: Cores, polls: boolean, emcInsertInverse: number | null, ports: readonly PortPlan[]): IoPlan {
  const { count, burst } = cores;
  const cost = costsOf(cores);
  const smcPs = emcInsertInverse !== null && cores.signatureCache ? cost('smc') : null;
  const upcallPs = emcInsertInverse !== null && cores.classifier ? cost('upcall') : null;
  const caches = { emcInsertInverse, smcPs, upcallPs };
  return withMbufs({ cores: count, polls, burst, loopNs: POLL_LOOP, mbufs: polls ? cores.mbufs : 0, ...caches, ports });
}

/** Rule DPK-07: where the file gives no number, as many buffers as rings, bursts and the caches of cores can hold. */
function withMbufs(plan: IoPlan): IoPlan {
  if (!plan.polls || plan.mbufs !== 0) return plan;
  const { cores, burst } = plan;
  const rxDescriptors = plan.ports.reduce((sum, { rings }) => sum + rings.reduce((all, { size }) => all + size, 0), 0);
  const txDescriptors = plan.ports.reduce((sum, { tx }) => sum + tx.descriptors, 0);
  const rings = { rxQueues: 1, rxDescriptors, txQueues: 1, txDescriptors };
  return { ...plan, mbufs: poolMin({ ...rings, burst, cores, cachePerCore: MBUFS_PER_CORE_CACHE }) };
}

function costsOf({ costsPs }: Cores): (name: CostName) => number {
  return (name) => costsPs[name] ?? COSTS_PS[name];
}

// ── Neighbourhood ───────────────────────────────────────────────────────────────────────────────────────────────────

function linked(index: LabIndex, node: string): readonly LabInterface[] {
  return (index.byNode.get(node) ?? []).filter((port) => index.peers.has(endpointOf(port)));
}

function peerNode(index: LabIndex, port: LabInterface): LabNode | undefined {
  return nodeNamed(index, interfaceAt(index, index.peers.get(endpointOf(port)) ?? '')?.node ?? '');
}

/** The virtual machine at the other end of a switch's port; null when there is none. */
function guestBehind(index: LabIndex, port: LabInterface): LabNode | null {
  const peer = peerNode(index, port);
  const isGuest = peer?.kind === 'firewall' || (peer?.kind === 'host' && peer.on !== null);
  return peer !== undefined && isGuest ? peer : null;
}

/** Cores of the host's switch at the other end. */
function peerCores(index: LabIndex, port: LabInterface): Cores | undefined {
  const peer = peerNode(index, port);
  return peer === undefined ? undefined : coresOf(peer);
}

/** Whether a guest's interface leads to its host's switch: then it is virtio or the like, not a device. */
function isVirtual(index: LabIndex, port: LabInterface): boolean {
  const kind = peerNode(index, port)?.kind;
  return kind === 'bridge' || kind === 'vswitch';
}

/** Rule HST-03. A cable that is no NIC's is on any. */
function isOnMemoryNode(index: LabIndex, port: LabInterface, { memoryNode = 0 }: Cores): boolean {
  const peer = peerNode(index, port);
  return peer?.kind !== 'nic' || (peer.memoryNode ?? 0) === memoryNode;
}

function isOnVf(index: LabIndex, port: LabInterface): boolean {
  return attachmentOf(index, port).kind === 'sriov';
}

/** Speed a device reports by the lab file, its NIC's or the cable's; null for one without a rate. */
function deviceMbps(index: LabIndex, port: LabInterface): number | null {
  const peer = peerNode(index, port);
  if (peer?.kind === 'nic') return linkMbps(index.lab, peer, 0);
  const endpoint = endpointOf(port);
  const rateBps = index.lab.links.find(({ a, b }) => a === endpoint || b === endpoint)?.rateBps ?? 0;
  return rateBps === 0 ? null : rateBps / 1e6;
}
