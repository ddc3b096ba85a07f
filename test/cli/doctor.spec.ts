import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeFinding } from '../../ts/cli/doctor/essentials.ts';
import { json, scratch, switchback } from './switchback.ts';

interface Answer {
  readonly works: boolean;
  readonly needed: readonly Found[];
  readonly useful: readonly Found[];
}

interface Found {
  readonly name: string;
  readonly found: boolean;
  readonly remedy: string;
}

test('doctor says that labs run here, and of each thing that is missing how to get it', () => {
  const { works, needed, useful } = json<Answer>(['doctor']);
  expect(works).toBe(true);
  expect(needed.map(({ name, found }) => [name, found])).toEqual([
    ['node', true],
    ['dataplane', true],
    ['store', true],
  ]);
  expect(useful.map(({ name }) => name)).toEqual(expect.arrayContaining(['tshark', 'docker', 'java', 'maven', 'kcat']));
  for (const { found, remedy } of useful) expect(remedy === '').toBe(found);
  expect(json<Answer>(['doctor', '--all']).useful.length).toBeGreaterThan(useful.length);
});

test('doctor finds what is on the path, misses what is not, and labs run all the same', () => {
  const path = scratch();
  symlinkSync('/bin/sh', join(path, 'sh'));
  const run = (): string => {
    const { code, stdout } = switchback(['doctor'], { env: { PATH: path } });
    expect(code).toBe(0);
    return stdout;
  };
  const without = run();
  expect(without).toMatch(/^tshark +missing +not installed +reading captures/m);
  expect(without).toMatch(/^tshark: apt-get install tshark$/m);
  expect(without).toMatch(/^labs run here; \d+ things missing$/m);
  writeFileSync(join(path, 'tshark'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(path, 'java'), `#!/bin/sh\necho 'openjdk version "11.0.2"' >&2\n`, { mode: 0o755 });
  const withTshark = run();
  expect(withTshark).toMatch(/^tshark +ok +found/m);
  expect(withTshark).toMatch(/^java +missing +no Java 17 or newer/m);
});

test('doctor fails where the store cannot open', () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  const { code, stdout } = switchback(['doctor'], { env: { TMPDIR: file } });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^store +missing +E/m);
  expect(stdout).toMatch(/labs cannot run here/);
});

test.each([
  ['20.19.0', true],
  ['20.18.9', false],
  ['19.99.0', false],
  ['22.0.0', true],
  ['100.1.0', true],
])('doctor takes Node %s for >=20.19: %s', (version, found) => {
  expect(nodeFinding(version, '>=20.19').found).toBe(found);
});
