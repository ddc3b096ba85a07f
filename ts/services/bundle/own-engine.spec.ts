/** The data plane that a bundle brings: asked where ours decides differently, and never believed. */
import { describe, expect, test } from 'vitest';
import { switchedHosts } from '../../../test/support/recorded-lab.ts';
import { manifestOf } from '../../bundle/manifest.ts';
import { writeBundle } from '../../bundle/write-bundle.ts';
import type { Engine } from '../../engine/engine.ts';
import { scriptInputs } from '../../engine/script.ts';
import { toHex } from '../../model/events/chain.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { createEngine, dataplaneWasm, enginesOf } from '../engine/host.ts';
import { cappedWasm } from './capped-wasm.ts';
import { gzipped, heldBytes } from './file/bundle-file.ts';
import { askOwnEngine } from './own-engine.ts';
import { verifyBundle } from './verify-bundle.ts';

/** Frames die at a host that is not there any more, and the first one of them is recorded with its head. */
const FILE = switchedHosts(`steps:
  - { at: 200ms, run: crash b }
duration: 500ms
`);

function records(engine: Engine): LogRecord[] {
  const found: LogRecord[] = [];
  for (const input of scriptInputs(FILE.lab, FILE.script)) {
    engine.receive(input, { checkpoint: false });
    engine.step();
    for (const { event, body, chain, commandId } of engine.take()) {
      found.push({ position: event.position, body, chain, recordedAtMs: 0, commandId, checkpoint: null, settled: true });
    }
  }
  return found;
}

const chainOf = (made: readonly LogRecord[]): string => toHex(made.at(-1)?.chain ?? new Uint8Array());
const OURS = chainOf(records(createEngine()));

/** `i32.const 64`, which the TTL of packets is written as, and 63. */
const CONST_64 = [0x41, 0xc0, 0x00];
const CONST_63 = 0xbf;

/** A data plane that runs and decides the lab differently: the first of those with one 64 made a 63. */
function otherWasm(): Uint8Array {
  const wasm = dataplaneWasm();
  for (let at = 0; at < wasm.length; at++) {
    if (!CONST_64.every((byte, i) => wasm[at + i] === byte)) continue;
    const other = Uint8Array.from(wasm).with(at + 1, CONST_63);
    try {
      if (chainOf(records(enginesOf(other).create())) !== OURS) return other;
    } catch {
      // That 64 was a place in memory.
    }
  }
  throw new Error('expected a data plane that decides differently');
}

async function bundleOf(made: readonly LogRecord[], wasm: Uint8Array): Promise<Buffer> {
  async function* batches(): AsyncGenerator<readonly LogRecord[]> {
    yield await Promise.resolve(made);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of gzipped(writeBundle(manifestOf('small', made.length, chainOf(made), 'other'), batches(), wasm)))
    pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('a data plane that came with a bundle', () => {
  const wasm = otherWasm();
  const theirs = records(enginesOf(wasm).create());

  test('decides its own history again, which ours does not', async () => {
    const bytes = await bundleOf(theirs, wasm);
    const found = await verifyBundle(heldBytes(bytes));
    expect(found.verification.verified).toBe(false);
    expect(await askOwnEngine({ source: { bytes }, wasm: found.wasm ?? new Uint8Array() })).toEqual({
      verdict: 'agrees',
      detail: `${theirs.length} events, all identical`,
    });
  });

  test('says so where it decides differently, too', async () => {
    const bytes = await bundleOf(records(createEngine()), wasm);
    expect(await askOwnEngine({ source: { bytes }, wasm })).toMatchObject({
      verdict: 'differs',
      detail: expect.stringMatching(/^position \d+/),
    });
  });

  test('is ended when it takes too long, or is no data plane', async () => {
    const bytes = await bundleOf(theirs, wasm);
    expect(await askOwnEngine({ source: { bytes }, wasm }, 0)).toEqual({ verdict: 'fails', detail: 'it was ended after 0 s' });
    expect(await askOwnEngine({ source: { bytes }, wasm: Uint8Array.of(1, 2, 3) })).toMatchObject({ verdict: 'fails' });
  });
});

describe('the memory of a strange module', () => {
  // (module (memory 1) (func (export "grow") (result i32) i32.const 100 memory.grow))
  const module = Uint8Array.from(
    '0061736d0100000001050160000 17f03020100050301 0001070801046772 6f7700000a0901070041e40040000b'
      .replaceAll(' ', '')
      .match(/../g) ?? [],
    (pair) => Number.parseInt(pair, 16),
  );
  const grow = (wasm: Uint8Array): number => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
    return (exports as { grow: () => number }).grow();
  };

  test('grows to its limit and no further', () => {
    expect(grow(module)).toBe(1);
    expect(grow(cappedWasm(module, 101))).toBe(1);
    expect(grow(cappedWasm(module, 100))).toBe(-1);
  });

  test('may not begin above it, and must be there', () => {
    expect(() => cappedWasm(module, 0)).toThrow('it asks for 1 pages of memory; expected at most 0');
    expect(() => cappedWasm(module.subarray(0, 8))).toThrow('it has no memory of its own');
  });

  test('a module that asks for anything from outside is no data plane', () => {
    // (module (import "a" "b" (func)))
    const asks = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0);
    expect(() => enginesOf(asks)).toThrow('the WebAssembly asks for a.b; a data plane asks for nothing');
  });
});
