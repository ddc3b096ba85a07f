/** Shape of what forwarding runs on: cores, rings, costs. */
import { DATAPATHS, DEFAULT_CORES, FANOUTS } from '../../model/hardware/cores.ts';
import { COST_NAMES, COSTS_PS } from '../../model/hardware/cost.ts';
import {
  BLOCK_BYTES_MAX,
  BLOCKS_MAX,
  CORES_PER_NODE_MAX,
  COST_NS_MAX,
  EMC_INVERSE_MAX,
  MBUFS_MAX,
  MEMORY_NODE_MAX,
  PAGE_BYTES,
  QUEUES_PER_INTERFACE_MAX,
  RETRIES_MAX,
  RING_MAX,
  RING_MIN,
} from '../draft/limits.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const defaults = DEFAULT_CORES;

function descriptors(description: string): Schema {
  return value.integer(`a number of descriptors from ${RING_MIN} to ${RING_MAX}`, description, RING_MIN, RING_MAX);
}

const costs = Object.fromEntries(
  COST_NAMES.map((name) => [
    name,
    {
      title: 'nanoseconds such as 31.9',
      description: `Instead of ${COSTS_PS[name] / 1000} ns (COST-02 to COST-08).`,
      type: 'number',
      minimum: 0,
      maximum: COST_NS_MAX,
    },
  ]),
);

export const processing: Record<string, Schema> = {
  datapath: value.word('a datapath', 'What forwards on the host: costs its cores time (COST-03, COST-04).', DATAPATHS),
  cores: value.integer(
    'a number of cores',
    'Cores that forwarding runs on (COST-01). Without them it costs nothing.',
    1,
    CORES_PER_NODE_MAX,
  ),
  io: value.closed('packet I/O', 'Rings, blocks and costs of a node with cores.', {
    queues: value.integer(
      'a number of queues',
      'Receive queues of each interface (RSS-02). Default 1.',
      1,
      QUEUES_PER_INTERFACE_MAX,
    ),
    burst: value.integer('a burst', `Frames a core takes at once (DPK-01). Default ${defaults.burst}.`, 1, 256),
    'rx-ring': descriptors(
      `Receive descriptors of a queue of a NIC (DPK-03). Default ${defaults.rxRing}; 2048 on a host (HST-03).`,
    ),
    'tx-ring': descriptors(`Transmit descriptors (DPK-06). Default ${defaults.txRing}.`),
    'virtio-ring': descriptors(`Entries of a virtio queue (HST-05). Default ${defaults.virtioRing}.`),
    'rx-free-threshold': value.integer(
      'a threshold',
      `Descriptors held back (DPK-02). Default ${defaults.rxFreeThreshold}.`,
      1,
      1024,
    ),
    mbufs: value.integer(
      'a number of buffers',
      'Of the poll drivers (DPK-05). Default: rings, bursts and caches together (DPK-07).',
      1,
      MBUFS_MAX,
    ),
    'block-size': {
      title: 'a size in whole pages of 4 KiB, such as 64KiB',
      description: 'Of a block of a packet socket (MMP-03). Default 64KiB.',
      type: ['string', 'integer'],
      format: 'block-size',
      multipleOf: PAGE_BYTES,
      minimum: PAGE_BYTES,
      maximum: BLOCK_BYTES_MAX,
    },
    blocks: value.integer('a number of blocks', `Of a packet socket (MMP-05). Default ${defaults.blocks}.`, 2, BLOCKS_MAX),
    retire: value.duration('When a block that is not full is closed (MMP-04). Default: from the speed of the link (MMP-02).'),
    sockets: value.integer(
      'a number of sockets',
      'Packet sockets of each interface (MMP-07). Default 1.',
      1,
      QUEUES_PER_INTERFACE_MAX,
    ),
    fanout: value.word('a fanout mode', 'Which socket gets a frame (MMP-07). Default hash.', FANOUTS),
    'emc-insert-inv-prob': value.integer(
      'a number',
      'Of so many flows that OVS with DPDK does not find in its cache it puts one in; 0: none (HST-03). Default 100.',
      0,
      EMC_INVERSE_MAX,
    ),
    smc: value.flag('OVS with DPDK has a signature cache behind the exact-match one (HST-03). Default off.'),
    upcalls: value.flag(
      "OVS with DPDK asks its control plane for a flow's first frame (HST-03). Default off: it knows every flow.",
    ),
    'memory-node': value.integer(
      'a memory node',
      'That the cores are on: poll threads serve the NICs of theirs (HST-03). Default 0.',
      0,
      MEMORY_NODE_MAX,
    ),
    retries: value.integer('a number of retries', 'Of a host switch on a full ring (HST-05). Default 8.', 0, RETRIES_MAX),
    costs: value.closed('costs', 'Costs that differ from the table, in nanoseconds.', costs),
  }),
};
