/** A lab as one file: exported, verified where it lies, and imported elsewhere. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { HA_LAB, json, recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

interface Exported {
  readonly chain: string;
  readonly positions: number;
  readonly bytes: number;
}

const dir = scratch();
const data = recorded(HA_LAB);
const file = join(dir, 'failover.sbk');
const exported = json<Exported>(['export', 'ha-assigned-mac', '-o', file, '--data', data]);

test('a failover is one file of less than 200 KB, which verifies without a store', () => {
  expect(exported.bytes).toBe(statSync(file).size);
  expect(exported.bytes).toBeLessThan(200_000);
  const verdict = json<Exported>(['verify', file]);
  expect(verdict).toMatchObject({ verified: true, lab: 'ha-assigned-mac', chain: exported.chain, positions: exported.positions });
  expect(switchback(['verify', file, '--expect-chain', '0'.repeat(64)]).code).toBe(4);
});

test('imported elsewhere it is the same lab, and makes the same file again', () => {
  const elsewhere = join(dir, 'elsewhere');
  expect(switchback(['import', file, '--data', elsewhere]).code).toBe(0);
  expect(switchback(['verify', 'ha-assigned-mac', '--expect-chain', exported.chain, '--data', elsewhere]).code).toBe(0);
  expect(switchback(['import', file, '--data', elsewhere])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--replace'),
  });
  expect(switchback(['import', file, '--replace', '--data', elsewhere]).code).toBe(0);
  const again = join(dir, 'again.sbk');
  expect(switchback(['export', 'ha-assigned-mac', '-o', again, '--data', elsewhere]).code).toBe(0);
  expect(readFileSync(again)).toEqual(readFileSync(file));
});

test('a bundle is what tar and gzip make of files', () => {
  const { stdout } = spawnSync('tar', ['tzf', file], { encoding: 'utf8' });
  expect(stdout.split('\n')).toEqual(['manifest.json', 'records/0000000001', '']);
});

test('damage is told in one line, with its place, and nothing of it is imported', () => {
  const cut = join(dir, 'cut.sbk');
  writeFileSync(cut, readFileSync(file).subarray(0, 5000));
  expect(switchback(['verify', cut])).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/^switchback: bundle damaged: byte 5000 of the file: expected gzip: unexpected end of file\n$/),
  });
  expect(switchback(['verify', cut, '-f', 'json']).stdout).toContain('"verified": false');
  const none = join(dir, 'none');
  expect(switchback(['import', cut, '--data', none]).code).toBe(4);
  expect(switchback(['verify', 'ha-assigned-mac', '--data', none]).code).toBe(2);
});

test('a file that is not there is a usage error', () => {
  expect(switchback(['verify', 'nowhere.sbk'])).toMatchObject({ code: 2, stderr: expect.stringContaining('no such file') });
  expect(switchback(['export', 'nobody', '-o', join(dir, 'x.sbk'), '--data', data]).code).toBe(2);
});

test('it becomes a link, and with its lab file a test', () => {
  const small = recorded(TWO_HOSTS);
  const [bundle, spec] = [join(dir, 'two-hosts.sbk'), join(dir, 'two-hosts.spec.ts')];
  const args = ['export', 'two-hosts', '--data', small, '--file', TWO_HOSTS, '-o', bundle, '--test', spec, '--link'];
  expect(json<{ readonly link: string }>(args).link).toMatch(/^#lab=[\w-]+$/);
  // The kept one runs with all other tests.
  expect(readFileSync(spec, 'utf8')).toBe(readFileSync('test/bundles/two-hosts.spec.ts', 'utf8'));
  const [link, ...rest] = switchback(['export', 'ha-assigned-mac', '--data', data, '--link']).stdout.trim().split('\n');
  expect(link).toMatch(/^#lab=[\w-]{1000,3995}$/);
  expect(rest).toEqual([]);
  const { code, stderr } = switchback(['export', 'ha-assigned-mac', '--data', data, '--file', TWO_HOSTS, '--link']);
  expect(code).toBe(2);
  expect(stderr).toContain('is not what lab ha-assigned-mac was run from: it defines another lab');
});

test('another build is asked what it decides differently', () => {
  const same = switchback(['replay', file, '--wasm', 'gen/dataplane/dataplane.core.wasm']);
  expect(same).toMatchObject({ code: 0, stdout: expect.stringMatching(/^same {2}.*161 events, all decided alike\n$/) });
  const build = join(dir, 'other');
  const host = join(build, 'dist/ts/services/engine');
  mkdirSync(host, { recursive: true });
  writeFileSync(join(build, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(host, 'host.js'),
    `import { createEngine as create } from ${JSON.stringify(resolve('dist/ts/services/engine/host.js'))};
     export const engineIdentity = () => 'other';
     export function createEngine() {
       const engine = create();
       const receive = engine.receive.bind(engine);
       engine.receive = (input, reception) =>
         receive(input.data.command === 'crash fw1' ? { ...input, data: { command: 'crash fw2' } } : input, reception);
       return engine;
     }`,
  );
  const { code, stdout } = switchback(['replay', file, '--build', build]);
  expect(code).toBe(3);
  expect(stdout).toContain('CHANGED');
  expect(stdout).toMatch(
    /- #\d+ {2}20\.500000000 {2}CommandReceived .*crash fw1\n.*\+ #\d+ {2}20\.500000000 {2}CommandReceived .*crash fw2/,
  );
  expect(switchback(['replay', file])).toMatchObject({ code: 2, stderr: expect.stringContaining('--build DIR') });
});

test('bench measures how long a bundle takes to verify, and how large it is', () => {
  const { stdout } = switchback(['bench', '--quick', '--filter', 'verify a bundle', '-f', 'json']);
  const [time, size] = JSON.parse(stdout) as { readonly unit: string; readonly median: number; readonly digest: string }[];
  expect(time).toMatchObject({ unit: 'ms', digest: exported.chain.slice(0, 16) });
  expect(size?.unit).toBe('MiB');
  expect(size?.median).toBeLessThan(200_000 / 2 ** 20);
});
