/** The library for pages: nothing of Node is loaded, and labs are the same. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf } from '../../test/layers.ts';
import { LabInvalid, loadDataplane, Lab as PageLab } from './browser.ts';
import { Lab } from './index.ts';

const WASM = readFileSync('gen/dataplane/dataplane.core.wasm');
const TYPES_ONLY = /^(?:import|export) type [^'"]*['"][^'"]*['"];$/gm;

/** Every specifier that loading a file loads, with those of the project's files behind it. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  const source = readFileSync(file, 'utf8').replace(TYPES_ONLY, '');
  for (const specifier of importsOf(source)) {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
    if (seen.has(target)) continue;
    seen.add(target);
    if (specifier.startsWith('.') && /^(?:ts|asm)\/.*\.ts$/.test(target)) loadedBy(target, seen);
  }
  return seen;
}

describe('switchback-lab/browser', () => {
  test('loads nothing of Node; the entry for Node does', () => {
    const ofNode = (file: string): string[] => [...loadedBy(file)].filter((one) => /^node:|^ts\/services\/(?!publish\/)/.test(one));
    expect(loadedBy('ts/library/browser.ts')).toContain('ts/engine/engine.ts');
    expect(ofNode('ts/library/browser.ts')).toEqual([]);
    expect(ofNode('ts/library/index.ts')).toContain('node:fs');
  });

  test('gives a lab the chain that it has on Node, and verifies it', async () => {
    const text = readFileSync('labs/uplink-team.lab.yml', 'utf8');
    const lab = new PageLab(await loadDataplane(new Uint8Array(WASM)), { text });
    expect(lab.step('3s').chain).toBe(new Lab({ text }).step('3s').chain);
    expect(lab.verify()).toMatchObject({ verified: true, positions: lab.position });
    expect(() => new PageLab(lab as never, { text: 'a: [' })).toThrow(LabInvalid);
  });

  test('refuses a data plane that is none', async () => {
    await expect(loadDataplane(new Uint8Array([1, 2, 3, 4]))).rejects.toThrow(/WebAssembly/);
  });
});
