/** Everything the network is lies in one region of linear memory, and nowhere else; it is small, and clean where it is unused. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REGION_SIZE } from '../../asm/memory/layout.ts';
import type { Engine } from '../../ts/engine/engine.ts';
import { defineInput } from '../../ts/engine/script.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { feed, newEngine, runWhole } from './drive.ts';
import { runs } from './runs.ts';
import { scenarios } from './scenarios.ts';
import { readSections } from './wasm-sections.ts';

const WASM = readFileSync('gen/dataplane/dataplane.core.wasm');
const MIB = 1024 * 1024;

describe('the module', () => {
  test('imports nothing: no clock, no chance, no host', () => {
    expect(readSections(WASM).imports).toBe(0);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(WASM))).toEqual([]);
  });

  test('has no mutable global: what is not in memory cannot be copied with it', () => {
    expect(readSections(WASM).globals.filter(({ isMutable }) => isMutable)).toEqual([]);
  });

  test('exports functions and its memory only', () => {
    const kinds = new Set(WebAssembly.Module.exports(new WebAssembly.Module(WASM)).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['function', 'memory']);
  });
});

describe('the reader of sections sees', () => {
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

  test('a mutable global among others', () => {
    const globals = [6, 17, 3, 0x7f, 0, 0x41, 1, 0x0b, 0x7e, 1, 0x42, 0x80, 1, 0x0b, 0x7f, 0, 0x41, 1];
    const { globals: found } = readSections(Uint8Array.from([...head, ...globals, 0x0b]));
    expect(found).toEqual([{ isMutable: false }, { isMutable: true }, { isMutable: false }]);
  });

  test('an import', () => {
    expect(readSections(Uint8Array.from([...head, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0])).imports).toBe(1);
  });
});

test('a lab of ten nodes or so takes no more than 8 MiB, rings included', () => {
  for (const file of readdirSync('labs').filter((name) => name.endsWith('.lab.yml'))) {
    const engine = defined(shippedLab(file));
    const nodes = engine.lab.lab.nodes.length;
    if (nodes <= 16) expect(engine.dataplane.region().buffer.byteLength, `${file}, ${nodes} nodes`).toBeLessThanOrEqual(8 * MIB);
  }
});

test('memory does not grow while a lab runs', () => {
  fc.assert(
    fc.property(scenarios, ({ inputs }) => {
      const [definition, ...rest] = inputs;
      const engine = newEngine();
      if (definition !== undefined) feed(engine, definition);
      const { buffer } = engine.dataplane.region();
      runWhole(engine, rest);
      expect(engine.dataplane.region().buffer).toBe(buffer);
    }),
    runs(5),
  );
});

test('at set-up every byte that nothing uses is zero, even in memory that another lab has used', () => {
  fc.assert(
    fc.property(scenarios, scenarios, ({ lab }, other) => {
      const fresh = defined(lab);
      const used = newEngine();
      runWhole(used, other.inputs);
      used.restore(fresh.snapshot());
      expect(Buffer.compare(used.dataplane.region(), fresh.dataplane.region())).toBe(0);
      expectCleanPools(fresh);
    }),
    runs(8),
  );
});

test('behind what is used there is nothing but zeros, whatever has happened: copies and hashes may leave it out', () => {
  fc.assert(
    fc.property(scenarios, ({ inputs }) => {
      const engine = newEngine();
      runWhole(engine, inputs);
      const unused = wholeRegion(engine).subarray(engine.dataplane.region().length);
      expect(unused.length).toBeGreaterThan(0);
      expect(unused.findIndex((byte) => byte !== 0)).toBe(-1);
    }),
    runs(8),
  );
});

test('a region is not put back into a data plane that was laid out for another lab', () => {
  const [ten, two] = ['ha-virtual-mac.lab.yml', 'spoof-check.lab.yml'].map((name) => defined(shippedLab(name)));
  expect(() => two?.dataplane.restore(ten?.dataplane.region() as Uint8Array)).toThrow(RangeError);
  expect(() => two?.dataplane.restore(new Uint8Array(3))).toThrow(RangeError);
});

/** With the buffers that no frame has used yet. */
function wholeRegion(engine: Engine): Uint8Array {
  const { buffer, byteOffset, byteLength } = engine.dataplane.region();
  return new Uint8Array(buffer, byteOffset, new DataView(buffer, byteOffset, byteLength).getUint32(REGION_SIZE, true));
}

/** Where the header of the region keeps the head of the list of free descriptors (asm/memory/region.ts). */
const FREE_DESCRIPTORS_AT = 160;

/** A free descriptor holds the address of the next one in its first word, and nothing else; no buffer was used yet. */
function expectCleanPools(engine: Engine): void {
  const region = engine.dataplane.region();
  const view = new DataView(region.buffer, region.byteOffset, region.byteLength);
  let cells = 0;
  for (let at = view.getUint32(FREE_DESCRIPTORS_AT, true); at !== 0; cells++) {
    const cell = at - region.byteOffset;
    expect(cell, 'the list is where this test looks for it').toBeGreaterThan(320);
    at = view.getUint32(cell, true);
    const next = at === 0 ? region.length : at - region.byteOffset;
    expect(next, 'descriptors lie in order').toBeGreaterThan(cell);
    const rest = region.subarray(cell + 4, next);
    if (rest.some((byte) => byte !== 0)) expect.fail(`descriptor ${cells} has a byte that is not zero`);
  }
  expect(cells).toBeGreaterThan(10);
  expect(
    wholeRegion(engine)
      .subarray(region.length)
      .findIndex((byte) => byte !== 0),
  ).toBe(-1);
}

function defined(lab: Lab): Engine {
  const engine = newEngine();
  engine.receive(defineInput({ ...lab, haPairs: [] }));
  return engine;
}

function shippedLab(name: string): Lab {
  const read = readLabFile(readFileSync(`labs/${name}`, 'utf8'), name);
  if (!read.ok) throw new Error(`${name} is no lab`);
  return read.file.lab;
}
