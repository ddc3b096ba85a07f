/** The benchmarks say what they promise to say. Timings never decide: only digests and shapes are looked at. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BENCHMARKS, chosenBy, runBenchmarks } from '../../ts/bench/bench.ts';
import { leaseRows } from '../../ts/bench/leases.ts';
import { median, type Row, rowOf } from '../../ts/bench/row.ts';

const hasGcc = spawnSync('gcc', ['--version']).status === 0;

test('names are told apart by what they say', () => {
  const names = BENCHMARKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a learning switch is compared with C and JavaScript, and all deliver the same', async () => {
  const notes: string[] = [];
  const { rows, wasm } = await runBenchmarks({ quick: true, filter: 'l2, 2 ports, 1k', note: (text) => notes.push(text) });
  expect(rows.map(({ name }) => name)).toEqual(['L2, 2 ports, 1k MACs']);
  const [row] = rows;
  expectShape(row);
  expect(row?.digest).toMatch(/^[0-9a-f]{8}$/);
  expect(row?.ratioToJs).toBeGreaterThan(0);
  if (hasGcc) expect(row?.ratioToC).toBeGreaterThan(0);
  else expect(notes.join()).toContain('no C baseline');
  const lab = readFileSync('gen/dataplane/dataplane.core.wasm');
  expect(wasm).toBe(createHash('sha256').update(lab).digest('hex'));
});

test('NICs and their hash are compared with C and JavaScript, and all deliver the same into the same queues', async () => {
  const { rows } = await runBenchmarks({ quick: true, filter: '2 vfs, spoof' });
  const hash = await runBenchmarks({ quick: true, filter: 'rss hash' });
  for (const row of [...rows, ...hash.rows]) {
    expectShape(row);
    expect(row.digest).toMatch(/^[0-9a-f]{8}$/);
    expect(row.ratioToJs).toBeGreaterThan(0);
    if (hasGcc) expect(row.ratioToC).toBeGreaterThan(0);
  }
  expect([...rows, ...hash.rows].map(({ unit }) => unit)).toEqual(['frames/s', 'ns']);
});

test('a firewall is compared with C: in established sessions, and with a new session for each frame', async () => {
  const established = await runBenchmarks({ quick: true, filter: '1k sessions' });
  const opening = await runBenchmarks({ quick: true, filter: 'each frame opens one' });
  const rows = [...established.rows, ...opening.rows];
  expect(rows.map(({ unit }) => unit)).toEqual(['frames/s', 'frames/s']);
  for (const row of rows) {
    expectShape(row);
    expect(row.digest).toMatch(/^[0-9a-f]{8}$/);
    if (hasGcc) expect(row.ratioToC).toBeGreaterThan(0);
  }
});

test('IPv6 through a router is compared with C, and both deliver the same', async () => {
  const { rows } = await runBenchmarks({ quick: true, filter: 'ipv6' });
  expect(rows.map(({ name }) => name)).toEqual(['layer 3 over IPv6, 2 ports, 1k neighbours']);
  for (const row of rows) {
    expectShape(row);
    expect(row.digest).toMatch(/^[0-9a-f]{8}$/);
    if (hasGcc) expect(row.ratioToC).toBeGreaterThan(0);
  }
});

test('hosts that lease by DHCP all have an address, and their run verifies', () => {
  const wasm = new Uint8Array(readFileSync('gen/dataplane/dataplane.core.wasm'));
  const plan = { quick: true, wasm, module: new WebAssembly.Module(wasm), c: null, note: () => undefined };
  const rows = leaseRows(plan, 60);
  for (const row of rows) expectShape(row);
  expect(rows.map(({ unit }) => unit)).toEqual(['ms', 'bytes', 'bytes']);
});

test('the engine row comes from a run that verified, twice with one digest', async () => {
  const first = await runBenchmarks({ quick: true, filter: 'engine' });
  const second = await runBenchmarks({ quick: true, filter: 'engine' });
  expectShape(first.rows[0]);
  expect(first.rows[0]?.digest).toMatch(/^[0-9a-f]{16}$/);
  expect(second.rows[0]?.digest).toBe(first.rows[0]?.digest);
});

test('state rows: sizes and digests', async () => {
  const { rows } = await runBenchmarks({ quick: true, filter: '10 nodes' });
  for (const row of rows) expectShape(row);
  expect(rows.find(({ name }) => name === '10 nodes, linear memory')?.median).toBeLessThanOrEqual(8);
});

test('what takes minutes is measured only where a filter names it', () => {
  const all = chosenBy('');
  expect(all.leftOut.map(({ name }) => name)).toEqual(['at any moment of 1,000,000 events']);
  expect(all.chosen).toHaveLength(BENCHMARKS.length - 1);
  expect(chosenBy('At any moment').chosen.map(({ name }) => name)).toEqual(['at any moment of 1,000,000 events']);
});

test('what --quick leaves out, it says', async () => {
  const notes: string[] = [];
  const { rows } = await runBenchmarks({ quick: true, filter: 'tracing', note: (text) => notes.push(text) });
  expect(rows).toEqual([]);
  expect(notes.join()).toContain('left out by --quick');
});

test('the saved baseline holds rows of benchmarks that exist', () => {
  const saved = JSON.parse(readFileSync('bench/baseline.json', 'utf8')) as Row[];
  for (const row of saved) expectShape(row);
  const ours = new Set(BENCHMARKS.map(({ name }) => name));
  expect(saved.filter(({ name }) => !ours.has(name) && !name.startsWith('10 nodes')).map(({ name }) => name)).toEqual([]);
});

test('a row has the median of its samples', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(rowOf('x', 'ns', [3, 1, 2])).toEqual({
    name: 'x',
    unit: 'ns',
    median: 2,
    min: 1,
    max: 3,
    samples: 3,
    digest: '',
    ratioToC: null,
    ratioToJs: null,
  });
});

function expectShape(row: Row | undefined): void {
  expect(Object.keys(row ?? {})).toEqual(['name', 'unit', 'median', 'min', 'max', 'samples', 'digest', 'ratioToC', 'ratioToJs']);
  const { min = 1, median: middle = 0, max = 0, samples = 0 } = row ?? {};
  expect(min).toBeLessThanOrEqual(middle);
  expect(middle).toBeLessThanOrEqual(max);
  expect(samples).toBeGreaterThan(0);
}
