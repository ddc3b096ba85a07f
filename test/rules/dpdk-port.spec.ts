/** Rules DPK-03, DPK-07 and DPK-08: what can be said of a DPDK port before it moves a frame: ring sizes, its pool, its addresses. */
import { describe, expect, test } from 'vitest';
import { MAC_SLOTS, type MacTable, type MacTableRequest, newMacTable, requestMac } from '../../ts/model/hardware/dpdk-mac-table.ts';
import { poolMin, RING_LIMITS, receivePath, ringRefusal } from '../../ts/model/hardware/dpdk-ring.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { type Mac, macFromNumber } from '../../ts/values/mac.ts';
import { dpdkOnVf } from '../support/lab-file.ts';
import vectors from '../vectors/dpdk-ring.json' with { type: 'json' };

const OWN = '02:00:5e:00:00:00' as Mac;
const { defaults } = vectors;

describe('the size of a ring', () => {
  test('DPK-03: 64 to 8192 descriptors in steps of 8 on 10G, to 8160 in steps of 32 on 40G, virtio 256 and powers of two up to 1024', () => {
    expect(RING_LIMITS['10g']).toMatchObject({ min: defaults.min_ring, max: defaults.max_ring_10g, step: 8 });
    expect(RING_LIMITS['40g']).toMatchObject({ min: defaults.min_ring, max: defaults.max_ring_40g, step: 32 });
    expect(RING_LIMITS.virtio).toMatchObject({ default: 256, max: 1024 });
  });

  test.each([
    ['10g', 64, null],
    ['10g', 8192, null],
    ['10g', 8193, 'ring-too-large'],
    ['10g', 32, 'ring-too-small'],
    ['10g', 4100, 'alignment'],
    ['10g', 4104, null],
    ['40g', 4096, null],
    ['40g', 4100, 'alignment'],
    ['40g', 8160, null],
    ['40g', 8192, 'ring-too-large'],
    ['virtio', 1024, null],
    ['virtio', 2048, 'ring-too-large'],
    ['virtio', 4096, 'ring-too-large'],
    ['virtio', 1000, 'alignment'],
    ['virtio', 64, null],
  ] as const)('DPK-03: a ring of %s with %i descriptors: %s', (family, descriptors, refusal) => {
    expect(ringRefusal(family, descriptors)).toBe(refusal);
  });

  test.each(['82599', 'x710'] as const)('DPK-03: a transmit ring is a multiple of the published tx_rs_thresh on %s', (model) => {
    const faults = (size: number): readonly string[] => {
      const read = readLabFile(dpdkOnVf(model, `tx-ring: ${size}`), 'ring.lab.yml');
      return read.ok ? [] : read.findings.map(({ message }) => message);
    };
    const threshold = defaults.tx_rs_thresh;
    expect(faults(4 * threshold)).toEqual([]);
    expect(faults(4 * threshold + 8)).toEqual([expect.stringMatching(`a multiple of ${threshold}, tx_rs_thresh$`)]);
  });

  test('DPK-03: the vector path needs whole thresholds of at least a burst, else frames are taken one by one', () => {
    expect(receivePath(4096, defaults.rx_free_thresh)).toBe('vector');
    expect(receivePath(4100)).toBe('plain');
    expect(receivePath(4096, 16)).toBe('plain');
    expect(receivePath(4096, 64)).toBe('vector');
  });
});

test('DPK-07: a pool holds all rings, a burst in flight and a cache for each core', () => {
  const row = vectors.scenarios.find(({ id }) => id === 'pool-sizing');
  if (row?.minimum_mbufs === undefined) throw new Error('no pool-sizing');
  const demand = {
    rxQueues: row.rx_queues,
    rxDescriptors: row.rx_desc,
    txQueues: row.tx_queues,
    txDescriptors: row.tx_desc,
    burst: row.burst,
    cores: row.lcores,
    cachePerCore: row.cache,
  };
  expect(poolMin(demand)).toBe(row.minimum_mbufs);
  expect(poolMin({ ...demand, cores: 3 })).toBe(row.minimum_mbufs + row.burst + row.cache);
});

// ── Addresses ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Row {
  readonly id: string;
  readonly op: string;
  readonly mac?: string;
  readonly index?: number;
  readonly result: number | string;
}

function requestOf({ op, mac, index }: Row): MacTableRequest {
  if (index !== undefined) return { op: 'remove', index };
  return { op: op as 'add' | 'remove' | 'default_set', mac: (mac ?? '02:00:5e:00:7f:ff') as Mac };
}

function filled(table: MacTable): MacTable {
  let full = table;
  for (let i = 1; i < table.slots; i++) full = requestMac(full, { op: 'add', mac: macFromNumber(0x02005e010000 + i) }).table;
  return full;
}

describe('the addresses of a port', () => {
  test('DPK-08: one row after the other, as the vectors have them', () => {
    let table = newMacTable(OWN);
    for (const row of vectors.mac_table as readonly Row[]) {
      const before = row.id === 'table-full' ? filled(table) : table;
      const answer = requestMac(before, requestOf(row));
      expect(answer.result, row.id).toBe(row.result);
      table = answer.table;
    }
  });

  test('DPK-08: 128 slots in the API, 64 on a 40G NIC, the default among them', () => {
    expect([MAC_SLOTS.api, MAC_SLOTS['40g']]).toEqual([defaults.mac_slots_api, defaults.mac_slots_40g]);
    const full = filled(newMacTable(OWN, MAC_SLOTS['40g']));
    expect(full.secondary.filter((mac) => mac !== null)).toHaveLength(63);
    expect(requestMac(full, { op: 'add', mac: '02:00:5e:00:00:01' as Mac }).result).toBe('-ENOSPC');
    expect(requestMac(full, { op: 'add', mac: macFromNumber(0x02005e010001) }).result).toBe(0);
  });

  test('DPK-08: a slot that was given back takes the next address', () => {
    const full = filled(newMacTable(OWN));
    const freed = requestMac(full, { op: 'remove', mac: macFromNumber(0x02005e010005) }).table;
    const { result, table } = requestMac(freed, { op: 'add', mac: '02:00:5e:00:00:01' as Mac });
    expect([result, table.secondary.indexOf('02:00:5e:00:00:01' as Mac)]).toEqual([0, 4]);
    expect(requestMac(table, { op: 'remove', index: 5 }).table.secondary[4]).toBeNull();
  });

  test('DPK-08: what is refused changes nothing; the default is neither removed nor added twice', () => {
    const table = newMacTable(OWN);
    for (const request of [
      { op: 'remove', mac: OWN },
      { op: 'add', mac: OWN },
      { op: 'default_set', mac: '00:00:00:00:00:00' as Mac },
      { op: 'remove', index: 200 },
    ] as const) {
      expect(requestMac(table, request).table).toBe(table);
    }
    expect(requestMac(table, { op: 'remove', mac: OWN }).result).toBe('-EADDRINUSE');
    const moved = requestMac(table, { op: 'default_set', mac: '02:00:5e:00:00:09' as Mac });
    expect([moved.result, moved.table.default]).toEqual([0, '02:00:5e:00:00:09']);
  });
});
