/** Cores of host switches and firewalls, with their rings and costs. */
import { type Cores, DEFAULT_CORES, HOST_RX_RING } from '../../model/hardware/cores.ts';
import type { CostName } from '../../model/hardware/cost.ts';
import type { HostSwitching } from '../../model/lab/nodes.ts';
import { nanos } from '../../values/nanos.ts';
import { parseByteSize } from '../../values/quantities.ts';
import { type Draft, type DraftNode, durationOf, flagOf } from '../draft/draft.ts';
import type { RawIo, RawNode } from '../draft/raw.ts';

const PS_PER_NS = 1000;

/** A switch becomes a host's by its datapath, or by having cores: then it is the kernel's. */
export function hostSwitchingOf(draft: Draft, node: DraftNode): { readonly host?: HostSwitching } {
  const { datapath, cores } = node.raw;
  if (datapath === undefined && cores === undefined) {
    refuseIoWithoutCores(draft, node, 'add `datapath:` or `cores:`');
    return {};
  }
  const { io = {} } = node.raw;
  const resolved = resolveCores(node.raw, { ...io, 'rx-ring': io['rx-ring'] ?? HOST_RX_RING });
  return { host: { datapath: datapath ?? 'ovs-kernel', cores: resolved } };
}

export function guestCoresOf(draft: Draft, node: DraftNode): { readonly cores?: Cores } {
  if (node.raw.cores !== undefined) return { cores: resolveCores(node.raw, node.raw.io ?? {}) };
  refuseIoWithoutCores(draft, node, 'add `cores:`');
  return {};
}

function refuseIoWithoutCores(draft: Draft, node: DraftNode, remedy: string): void {
  if (node.raw.io === undefined) return;
  draft.errorAtKey(draft.where(node, 'io'), `${node.name} has io settings but no cores`, {
    rule: 'COST-01',
    remedy,
  });
}

function resolveCores({ cores }: RawNode, io: RawIo): Cores {
  const size = io['block-size'];
  return {
    count: cores ?? DEFAULT_CORES.count,
    queues: io.queues ?? DEFAULT_CORES.queues,
    burst: io.burst ?? DEFAULT_CORES.burst,
    rxRing: io['rx-ring'] ?? DEFAULT_CORES.rxRing,
    txRing: io['tx-ring'] ?? DEFAULT_CORES.txRing,
    virtioRing: io['virtio-ring'] ?? DEFAULT_CORES.virtioRing,
    rxFreeThreshold: io['rx-free-threshold'] ?? DEFAULT_CORES.rxFreeThreshold,
    mbufs: io.mbufs ?? DEFAULT_CORES.mbufs,
    blockBytes: size === undefined ? DEFAULT_CORES.blockBytes : (parseByteSize(String(size)) ?? DEFAULT_CORES.blockBytes),
    blocks: io.blocks ?? DEFAULT_CORES.blocks,
    retireNs: io.retire === undefined ? null : durationOf(io.retire, nanos(0)),
    sockets: io.sockets ?? DEFAULT_CORES.sockets,
    fanout: io.fanout ?? DEFAULT_CORES.fanout,
    emcInsertInverse: io['emc-insert-inv-prob'] ?? DEFAULT_CORES.emcInsertInverse,
    ...(flagOf(io.smc, false) && { signatureCache: true }),
    ...(flagOf(io.upcalls, false) && { classifier: true }),
    retries: io.retries ?? DEFAULT_CORES.retries,
    ...((io['memory-node'] ?? 0) !== 0 && { memoryNode: io['memory-node'] as number }),
    costsPs: costsOf(io),
  };
}

function costsOf({ costs = {} }: RawIo): Cores['costsPs'] {
  const entries = Object.entries(costs) as [CostName, number | undefined][];
  return Object.fromEntries(entries.flatMap(([name, ns]) => (ns === undefined ? [] : [[name, Math.round(ns * PS_PER_NS)]])));
}
