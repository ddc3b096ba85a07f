/** What the repository and the package carry: nothing of the machine or the registry they were made on. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { needs } from './needs.ts';

interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

describe('package.json', () => {
  test('offers the command switchback from the built files', () => {
    expect(manifest.bin).toEqual({ switchback: 'dist/ts/cli/bin.js' });
    expect(manifest.files).toContain('dist');
    expect(manifest.type).toBe('module');
  });

  test('packs the labs, the messages, the licence and the first page, and no tests', () => {
    expect(manifest.files).toEqual(
      expect.arrayContaining(['labs', 'proto', 'README.md', 'LICENSE', '!dist/**/*.spec.*', '!dist/test']),
    );
    expect(manifest.license).toBe('Apache-2.0');
    expect(readFileSync('LICENSE', 'utf8')).toContain('Apache License');
  });

  test('runs on Node 20.19', () => {
    expect(manifest.engines['node']).toBe('>=20.19');
  });

  test('builds what is stale before whatever runs the built files: an npm install that changes nothing builds nothing', () => {
    const { scripts } = manifest;
    const ofBuilt = Object.keys(scripts).filter((name) =>
      /dist\/|vitest run|\/(start|campaign|bench-\w+)\.ts/.test(scripts[name] ?? ''),
    );
    expect(ofBuilt).toEqual(expect.arrayContaining(['demo', 'test', 'start', 'bench']));
    expect(ofBuilt.filter((name) => scripts[`pre${name}`] !== 'tsx scripts/build.ts --if-stale')).toEqual([]);
  });

  test('pins every dependency and override exactly, and docs/dependencies.md gives a reason for each', () => {
    const page = readFileSync('docs/dependencies.md', 'utf8');
    for (const [name, version] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.overrides,
    })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      expect(page).toContain(`| \`${name}\` |`);
    }
  });
});

test('package-lock.json names no download host', () => {
  const lock = readFileSync('package-lock.json', 'utf8');
  expect(lock).not.toMatch(/"resolved": "https?:/);
});

needs('git')('no tracked file mentions', () => {
  // Also files not yet added: what is about to be committed.
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const files = stdout.split('\0').filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);

  // Spelled apart, so that this file does not mention them either.
  test.each([['work'], ['home'], ['root']])('a path under %s of the machine it was written on', (folder) => {
    const path = `/${folder}/`;
    const absolute = new RegExp(`(?<![\\w.*})-])${path}`);
    expect(files.filter((file) => absolute.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
