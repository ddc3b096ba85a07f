/** Rings of cores against what drivers can do: sizes a NIC refuses are mistakes, a pool too small is a warning. */
import {
  poolBytes,
  type RingFamily,
  RX_BURST,
  receivePath,
  ringRange,
  ringRefusal,
  TX_RS_THRESHOLD,
} from '../../model/hardware/dpdk-ring.ts';
import { familyOf, generationOf } from '../../model/hardware/nic.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import { coresOf, hasCores, planIo } from '../../model/lab/io-plan.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { indexLab, type LabIndex, nodeNamed } from '../../model/lab/lab-index.ts';
import type { Firewall, Switch, VSwitch } from '../../model/lab/nodes.ts';
import type { Draft, Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';

/** Rule DPK-03: a ring that the driver of a NIC, or virtio, cannot have. */
export function checkRings(draft: Draft, lab: Lab): void {
  if (!lab.nodes.some(hasCores)) return;
  const index = indexLab(lab);
  for (const node of lab.nodes) {
    const cores = coresOf(node);
    const raw = draft.nodes.get(node.name);
    if (cores === undefined || raw === undefined) continue;
    const asked = [
      ...drivenNics(index, node.name).flatMap((nic) => [
        { ...nic, key: 'rx-ring', size: cores.rxRing } as const,
        { ...nic, key: 'tx-ring', size: cores.txRing } as const,
      ]),
      { family: 'virtio', driven: 'virtio', key: 'virtio-ring', size: cores.virtioRing } as const,
    ];
    for (const { family, driven, key, size } of asked) {
      const range = `a ring of ${driven} has ${ringRange(family)}`;
      const isReported = key !== 'tx-ring' || size % TX_RS_THRESHOLD === 0;
      if (isReported && ringRefusal(family, size) === null) continue;
      const reason = isReported ? range : `${range}; one for transmission is a multiple of ${TX_RS_THRESHOLD}, tx_rs_thresh`;
      draft.error(draft.where(raw, 'io', key), `${node.name} has rings of ${size} descriptors: ${reason}`, { rule: 'DPK-03' });
    }
  }
}

/** The NICs that a node's interfaces are functions of, one of each generation. */
function drivenNics(index: LabIndex, node: string): { readonly family: RingFamily; readonly driven: string }[] {
  const nics = (index.byNode.get(node) ?? []).flatMap((iface) => {
    const peer = nodeNamed(index, nodeOf(index.peers.get(endpointOf(iface)) ?? ''));
    return peer?.kind === 'nic' ? [[`a ${generationOf(peer.model)} NIC`, familyOf(peer.model)] as const] : [];
  });
  return [...new Map(nics)].map(([driven, family]) => ({ driven, family }));
}

function nodeOf(endpoint: Endpoint): string {
  return endpoint.slice(0, endpoint.indexOf(':'));
}

/** Rule DPK-07: with fewer buffers, rings starve each other under load. */
export function poolTooSmall(view: LabView): Problem[] {
  if (!view.lab.nodes.some(hasCores)) return [];
  const index = indexLab(view.lab);
  return view.lab.nodes.flatMap((node) => {
    const asked = coresOf(node)?.mbufs ?? 0;
    const withDefault = asked === 0 ? null : planIo(index, withMbufs(node, 0), 'dpdk');
    if (withDefault === null || withDefault.mbufs <= asked) return [];
    const raw = view.draft.nodes.get(node.name);
    return [
      {
        place: view.draft.keyPlace(raw === undefined ? [] : view.draft.where(raw, 'io', 'mbufs')),
        message: `${node.name} has ${asked} buffers, but its rings, bursts and caches can hold ${withDefault.mbufs}: some frames will find no buffer`,
        rule: 'DPK-07',
        remedy: `set mbufs to ${withDefault.mbufs} or more, which take ${poolBytes(withDefault.mbufs)} bytes of huge pages, or remove it`,
      },
    ];
  });
}

/** Rule DPK-03: a ring with which a poll driver takes frames one by one. */
export function receivesByPlainPath(view: LabView): Problem[] {
  if (!view.lab.nodes.some(hasCores)) return [];
  const index = indexLab(view.lab);
  return view.lab.nodes.flatMap((node) => {
    const raw = view.draft.nodes.get(node.name);
    if (raw === undefined || (node.kind === 'firewall' && node.packetIo === 'mmap')) return [];
    const rings = planIo(index, node, 'dpdk')?.ports.flatMap((port) => port.rings) ?? [];
    const plain = rings.find(({ size, freeThreshold }) => freeThreshold > 0 && receivePath(size, freeThreshold) === 'plain');
    if (plain === undefined) return [];
    const { size, freeThreshold } = plain;
    return [
      {
        place: view.draft.keyPlace(view.draft.where(raw, 'io', freeThreshold < RX_BURST ? 'rx-free-threshold' : 'rx-ring')),
        message: `${node.name} receives by the plain path: rings of ${size} descriptors with a threshold of ${freeThreshold} are not for the vector path, whose costs the lab charges`,
        rule: 'DPK-03',
        remedy: `set rx-free-threshold to ${RX_BURST} or more, and rx-ring to a multiple of it`,
      },
    ];
  });
}

/** Rule HST-03: a NIC whose queues nobody polls, though it is cabled to a datapath of poll threads. */
export function nicOnAnotherMemoryNode(view: LabView): Problem[] {
  if (!view.lab.nodes.some(hasCores)) return [];
  const index = indexLab(view.lab);
  return view.lab.nodes.flatMap((node) => {
    const unpolled = planIo(index, node, 'dpdk')?.ports.filter(({ rings }) => rings.some(({ isPolled }) => !isPolled)) ?? [];
    return unpolled.map(({ endpoint }) => {
      const nic = nodeNamed(index, nodeOf(index.peers.get(endpoint) ?? ''));
      const memoryNode = (nic?.kind === 'nic' ? nic.memoryNode : 0) ?? 0;
      return {
        place: view.draft.keyPlace(view.draft.whereInterface(endpoint)),
        message: `no poll thread of ${node.name} is on memory node ${memoryNode} of ${nic?.name}: nothing polls ${endpoint}, so its frames are lost`,
        rule: 'HST-03',
        remedy: `set memory-node of ${node.name}'s io to ${memoryNode}, or move ${nic?.name}`,
      };
    });
  });
}

type WithCores = Firewall | Switch | VSwitch;

/** The same node with another number of buffers. */
function withMbufs(node: Lab['nodes'][number], mbufs: number): Lab['nodes'][number] {
  const one = node as WithCores;
  if (one.kind === 'firewall') return one.cores === undefined ? one : { ...one, cores: { ...one.cores, mbufs } };
  return one.host === undefined ? one : { ...one, host: { ...one.host, cores: { ...one.host.cores, mbufs } } };
}
