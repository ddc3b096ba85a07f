/** `switchback bench --against`: two real builds in processes of their own. What they measure decides nothing here. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import type { Comparison } from '../../ts/bench/against.ts';
import { benchSchema } from '../../ts/schemas/bench.ts';
import { scratch, switchback } from './switchback.ts';

const dir = scratch();
const ROW = 'inject and drain by copy';

/** Another build: a copy of this one, with one change of its benchmarks. */
function otherBuild(name: string, find: string, replace: string): string {
  const root = join(dir, name);
  cpSync('dist', join(root, 'dist'), { recursive: true });
  cpSync('package.json', join(root, 'package.json'));
  symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
  const host = join(root, 'dist/ts/bench/host.js');
  const text = readFileSync(host, 'utf8');
  expect(text).toContain(find);
  writeFileSync(
    host,
    text.replace(find, () => replace),
  );
  return root;
}

test('equal builds deliver the same; what only one has is left out with a note', () => {
  const root = otherBuild('renamed', "name: 'host call, raw export'", "name: 'host call, another'");
  const { code, stdout, stderr } = switchback(['bench', '--against', root, '--filter', 'host call', '--pairs', '1']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^BENCHMARK +RATIO +QUARTILES +RANGE +BEST +PAIRS +THIS BUILD +THE OTHER +UNIT +DIGEST\nhost call, control door +\d/,
  );
  expect(stdout).not.toContain('DIFFERS');
  expect(stderr).toContain('host call, raw export: left out, the other build has no such benchmark');
  expect(stderr).toContain('host call, another: left out, this build has no such benchmark');
});

test('different digests are pointed out, and JSON has every pair, as its schema says', () => {
  const root = otherBuild('different', 'let digest = 0', 'let digest = 1');
  const args = ['bench', '--against', root, '--filter', ROW, '--pairs'];
  const { stdout, stderr } = switchback([...args, '1']);
  expect(stdout).toMatch(/DIFFERS: [0-9a-f]{8}, other [0-9a-f]{8}/);
  expect(stderr).toContain('1 benchmark did not deliver the same in both builds');

  const rows = JSON.parse(switchback([...args, '4', '-f', 'json']).stdout) as Comparison[];
  expect(rows).toMatchObject([{ name: ROW, unit: 'frames/s' }]);
  expect(rows[0]?.pairs).toHaveLength(4);
  expect(rows[0]?.digest).not.toBe(rows[0]?.otherDigest);
  const validate = new Ajv({ strict: false }).compile(benchSchema);
  expect(validate(rows), JSON.stringify(validate.errors)).toBe(true);
});

test('a benchmark that fails in the other build ends the comparison with its message', () => {
  const root = otherBuild('failing', 'let digest = 0', "throw new Error('no pool')");
  const { code, stderr } = switchback(['bench', '--against', root, '--filter', ROW]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(`${ROW}: no pool`);
});

test.each([
  [['--against', dir], `--against: no build in ${dir}`],
  [['--against', '.', '--save', 'x.json'], '--against cannot be combined with --save'],
  [['--against', '.', '--pairs', '0'], '--pairs: "0" is not a number from 1 to 9999'],
  [['--pairs', '3'], '--pairs belongs to --against'],
  [['--against', '.', '--filter', 'no such row'], 'no benchmark of both builds has "no such row" in its name'],
])('bench %j is refused', (args, message) => {
  const { code, stderr } = switchback(['bench', ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
