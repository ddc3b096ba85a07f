import { expect, test } from 'vitest';
import { licenceFaults, readBom } from './sbom.ts';

test('a licence that is not allowed, or unknown, is a fault', () => {
  const licensed = (name: string, id: string) => ({ name, version: '1.0.0', licenses: [{ license: { id } }] });
  expect(licenceFaults([licensed('a', 'MIT'), licensed('b', 'GPL-3.0-only'), { name: 'c', version: '2.0.0' }])).toEqual([
    expect.stringContaining('b@1.0.0: licence GPL-3.0-only; allowed are Apache-2.0'),
    expect.stringContaining('c@2.0.0: licence unknown'),
  ]);
  expect(licenceFaults([{ name: 'd', version: '1.0.0', licenses: [{ expression: 'MIT OR GPL-2.0-only' }] }])).toHaveLength(1);
});

test('what an installation brings has allowed licences, and no compiler or test runner', () => {
  const { bomFormat, components } = readBom();
  expect(bomFormat).toBe('CycloneDX');
  expect(licenceFaults(components)).toEqual([]);
  const names = components.map(({ name }) => name);
  expect(names).toContain('lmdb');
  expect(names.filter((name) => /assemblyscript|jco|typescript|vitest|esbuild|tsx|biome/.test(name))).toEqual([]);
});
