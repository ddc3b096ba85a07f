/**
 * A store where nothing can be written: on a file system that is read-only, or that is full. Both are small ones in memory, in namespaces
 * of their own (fixtures/on-a-disk.mjs), so that no right of an administrator is needed.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../needs.ts';
import { scratch, TWO_HOSTS } from './switchback.ts';

interface Verb {
  readonly name: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of steps (fixtures/on-a-disk.mjs) on a disk of its own; what its verbs came to, by their names. */
function onADisk(steps: readonly unknown[]): ReadonlyMap<string, Verb> {
  const disk = scratch();
  const args = ['-Urm', process.execPath, resolve('test/cli/fixtures/on-a-disk.mjs'), disk, JSON.stringify(steps)];
  const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  expect(stderr).toBe('');
  return new Map((JSON.parse(stdout) as Verb[]).map((verb) => [verb.name, verb]));
}

const READING = ['events', 'verify', 'at'];
const WRITING = [
  ['run', TWO_HOSTS, '--replace'],
  ['exec', 'two-hosts', 'step', '1s'],
];

needs('disks')('a store', () => {
  test('on a read-only file system is read by the verbs that read, and the others say in one line why not', () => {
    const reads = READING.map((verb) => [verb, verb, 'two-hosts']);
    const writes = WRITING.map((args) => [args.join(' '), ...args]);
    const verbs = onADisk([['deployed', 'deploy', TWO_HOSTS], 'read-only', ...reads, ...writes]);
    for (const verb of READING) {
      expect(verbs.get(verb), verb).toMatchObject({ code: 0, stdout: expect.stringMatching(/two-hosts|LabDefined/), stderr: '' });
    }
    for (const [name = ''] of writes) {
      const { code, stderr } = verbs.get(name) ?? {};
      expect(stderr, name).toMatch(/^switchback: cannot write the store in \S+\/data: read-only file system\n$/);
      expect(code, name).toBe(2);
    }
  });

  test('on a full disk ends exec with one line, keeps what it has, and goes on where there is room again', () => {
    const verbs = onADisk([
      ['deployed', 'deploy', TWO_HOSTS],
      'full',
      ['full', 'exec', 'two-hosts', 'step', '5s', '--id', 'a'],
      ['still read', 'inspect', 'two-hosts'],
      'room',
      ['again', 'exec', 'two-hosts', 'step', '5s', '--id', 'a'],
      ['verified', 'verify', 'two-hosts'],
    ]);
    expect(verbs.get('full')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^switchback: cannot write the store in \S+\/data: no space left on the device\n$/),
    });
    for (const name of ['deployed', 'still read', 'again', 'verified']) expect(verbs.get(name), name).toMatchObject({ code: 0 });
  });
});
