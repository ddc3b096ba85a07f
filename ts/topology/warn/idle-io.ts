/**
 * Settings of `io` that a node has no use for: another value would give the same plan of packet I/O (ts/model/lab/io-plan.ts), of the node and
 * of its neighbours, in every mode it can come to.
 */
import { type Cores, FANOUTS } from '../../model/hardware/cores.ts';
import { COSTS_PS, type CostName } from '../../model/hardware/cost.ts';
import type { PacketIoMode } from '../../model/hardware/packet-io.ts';
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import { coresOf, hasCores, planIo } from '../../model/lab/io-plan.ts';
import { indexAllCables, type LabIndex } from '../../model/lab/lab-index.ts';
import type { LabNode } from '../../model/lab/nodes.ts';
import { firstChoice } from '../../model/lab/packet-io-choice.ts';
import { nanos } from '../../values/nanos.ts';
import type { Problem } from '../draft/draft.ts';
import { MEMORY_NODE_MAX } from '../draft/limits.ts';
import { idle, type Setting } from './idle.ts';
import type { LabView } from './lab-view.ts';
import { commandsOf } from './steps.ts';

interface IoSetting {
  readonly rule: string;
  readonly needs: string;
  /** Cores that differ in this setting only. */
  readonly others: (cores: Cores) => Cores[];
}

type Sized =
  | 'queues'
  | 'burst'
  | 'rxRing'
  | 'txRing'
  | 'virtioRing'
  | 'rxFreeThreshold'
  | 'mbufs'
  | 'blockBytes'
  | 'blocks'
  | 'sockets';

function sized(field: Sized | 'emcInsertInverse' | 'retries', rule: string, needs: string): IoSetting {
  return { rule, needs, others: (cores) => [{ ...cores, [field]: cores[field] + 1 }] };
}

const OF_DEVICES = 'only ports to NICs and cables have them';
const OF_SOCKETS = 'only packet sockets (packet-io: mmap) have them';

const SETTINGS: Readonly<Record<string, IoSetting>> = {
  queues: sized('queues', 'RSS-02', OF_DEVICES),
  burst: sized('burst', 'DPK-01', 'only cores have bursts'),
  'rx-ring': sized('rxRing', 'DPK-03', OF_DEVICES),
  'tx-ring': sized('txRing', 'DPK-06', OF_DEVICES),
  'virtio-ring': sized('virtioRing', 'HST-05', 'only ports between a host switch and its guest have them'),
  'rx-free-threshold': sized('rxFreeThreshold', 'DPK-02', 'only a poll driver of a NIC holds descriptors back'),
  mbufs: sized('mbufs', 'DPK-05', 'only poll drivers (packet-io: dpdk, datapath: ovs-dpdk) have them'),
  'block-size': sized('blockBytes', 'MMP-03', OF_SOCKETS),
  blocks: sized('blocks', 'MMP-05', OF_SOCKETS),
  sockets: sized('sockets', 'MMP-07', 'only packet-io: mmap has them'),
  retire: {
    rule: 'MMP-04',
    needs: OF_SOCKETS,
    others: (cores) => [{ ...cores, retireNs: nanos((cores.retireNs ?? 0) + 1) }],
  },
  fanout: {
    rule: 'MMP-07',
    needs: 'only several packet sockets (packet-io: mmap, sockets above 1) share frames',
    others: (cores) => FANOUTS.map((fanout) => ({ ...cores, fanout })),
  },
  'emc-insert-inv-prob': sized('emcInsertInverse', 'HST-03', 'only datapath ovs-dpdk has this cache'),
  smc: {
    rule: 'HST-03',
    needs: 'only datapath ovs-dpdk has this cache',
    others: ({ signatureCache, ...cores }) => [signatureCache ? cores : { ...cores, signatureCache: true }],
  },
  upcalls: {
    rule: 'HST-03',
    needs: 'only datapath ovs-dpdk has this classifier',
    others: ({ classifier, ...cores }) => [classifier ? cores : { ...cores, classifier: true }],
  },
  'memory-node': {
    rule: 'HST-03',
    needs: 'only poll threads (datapath: ovs-dpdk) at a NIC are on one',
    others: (cores) => Array.from({ length: MEMORY_NODE_MAX + 1 }, (_, memoryNode) => ({ ...cores, memoryNode })),
  },
  retries: sized('retries', 'HST-05', 'only a host switch tries again when the ring of a guest is full'),
};

function costSetting(name: CostName): IoSetting {
  const others = (cores: Cores): Cores[] => [
    { ...cores, costsPs: { ...cores.costsPs, [name]: (cores.costsPs[name] ?? COSTS_PS[name]) + 1 } },
  ];
  return { rule: 'COST-01', needs: 'its cores never do this work', others };
}

export function settingOfIoIsIdle(view: LabView): Problem[] {
  if (!view.lab.nodes.some(hasCores)) return [];
  // A list of its own: nodes are exchanged in it, one at a time.
  const nodes = [...view.lab.nodes];
  const index = indexAllCables({ ...view.lab, nodes });
  const settings = nodes.flatMap((node, number) => {
    const cores = coresOf(node);
    const io = view.draft.nodes.get(node.name)?.raw.io;
    if (cores === undefined || io === undefined) return [];
    const { costs = {}, ...sizes } = io;
    const asked = [
      ...Object.keys(sizes).map((key) => ({ path: ['io', key], setting: SETTINGS[key] })),
      ...Object.keys(costs).map((key) => ({ path: ['io', 'costs', key], setting: costSetting(key as CostName) })),
    ];
    const plansNow = plansAround(view, index, node);
    return asked.flatMap(({ path, setting }): Setting[] => {
      if (setting === undefined) return [];
      const isUsed = setting.others(cores).some((other) => {
        nodes[number] = withCores(node, other);
        const plans = plansAround(view, index, nodes[number]);
        nodes[number] = node;
        return plans !== plansNow;
      });
      return [{ node: node.name, path, isUsed, rule: setting.rule, needs: setting.needs }];
    });
  });
  return idle(view, settings);
}

/** The plans of a node and of those it is cabled to, as text. */
function plansAround(view: LabView, index: LabIndex, node: LabNode): string {
  const cables = index.byNode.get(node.name) ?? [];
  const peers = cables.flatMap((iface) => index.lab.nodes[index.nodes.get(nodeOf(index, endpointOf(iface))) ?? -1] ?? []);
  return JSON.stringify([node, ...peers].map((one) => modesOf(view, index, one).map((mode) => planOf(index, one, mode))));
}

function nodeOf(index: LabIndex, endpoint: string): string {
  return splitEndpoint(index.peers.get(endpoint) ?? ':').node;
}

/** A fanout mode chooses among several sockets; with one there is nothing to choose. */
function planOf(index: LabIndex, node: LabNode, mode: PacketIoMode): unknown {
  const plan = planIo(index, node, mode);
  return plan && { ...plan, ports: plan.ports.map((port) => ({ ...port, fanout: port.sockets.length > 1 ? port.fanout : null })) };
}

const CHANGES_MODE: readonly string[] = ['packet-io', 'plug', 'unplug', 'assign', 'release', 'power-on'];

/** A firewall runs the mode of its choice, and may come to run the other by a command. */
function modesOf(view: LabView, index: LabIndex, node: LabNode): readonly PacketIoMode[] {
  if (node.kind !== 'firewall') return ['dpdk'];
  const mayChange = commandsOf(view).some(({ verb }) => CHANGES_MODE.includes(verb));
  return mayChange ? ['dpdk', 'mmap'] : [firstChoice(index, node).mode];
}

function withCores(node: LabNode, cores: Cores): LabNode {
  if (node.kind === 'firewall') return { ...node, cores };
  return 'host' in node && node.host !== undefined ? { ...node, host: { ...node.host, cores } } : node;
}
