/**
 * Limits that two layers state, because neither may import the other: a lab file's limits (ts/topology/limits.ts, ts/model) and those
 * of linear memory (asm/memory/layout.ts).
 */
import { expect, test } from 'vitest';
import * as L from '../asm/memory/layout.ts';
import * as N from '../asm/memory/nic-layout.ts';
import { TCP_FRAME_MIN } from '../asm/memory/tcp-layout.ts';
import { BLOCK_HEADER_BYTES, recordBytes } from '../ts/model/hardware/packet-mmap.ts';
import * as limits from '../ts/topology/draft/limits.ts';

test('JUM-01: the largest MTU of a lab file is that of linear memory, and its frame with a tag fits a jumbo buffer', () => {
  expect(limits.MTU_MAX).toBe(L.MTU_MAX);
  expect(limits.MTU_MAX + L.ETHERNET_HEADER_BYTES + L.TAG_BYTES).toBeLessThanOrEqual(L.JUMBO_FRAME_MAX);
});

test('frames of a flow are as short, and have the same header, in a lab file and in linear memory', () => {
  expect(limits.FRAME_BYTES_MIN).toBe(L.SHORTEST_FRAME_BYTES);
  expect(limits.TCP_FRAME_BYTES_MIN).toBe(TCP_FRAME_MIN);
  expect(limits.ETHERNET_HEADER_BYTES).toBe(L.ETHERNET_HEADER_BYTES);
});

test('a lab file cannot ask for more queues than a port can have', () => {
  expect(limits.QUEUES_PER_INTERFACE_MAX).toBeLessThanOrEqual(L.RINGS_MAX);
  expect(limits.QUEUES_PER_INTERFACE_MAX).toBeLessThanOrEqual(N.QUEUES_MAX);
});

test('MMP-02: a record takes as much of a block in the model as in linear memory', () => {
  expect(BLOCK_HEADER_BYTES).toBe(L.BLOCK_HEADER_BYTES);
  for (let length = 1; length <= L.JUMBO_FRAME_MAX; length++) {
    const bytes = L.RECORD_HEADER_BYTES + Math.max(length, L.SHORTEST_FRAME_BYTES);
    expect(recordBytes(length)).toBe(Math.ceil(bytes / L.RECORD_ALIGNMENT) * L.RECORD_ALIGNMENT);
  }
});
