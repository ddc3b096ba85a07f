/** `explain` and `shrink` as they are called: what they refuse, what they print, what they leave behind. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratch, switchback, TWO_HOSTS } from './switchback.ts';

const dir = scratch();
const data = join(dir, 'data');
const LOST = 'flow: web, received: { max: 5 }';

beforeAll(() => {
  expect(switchback(['run', TWO_HOSTS, '--data', data]).code).toBe(0);
});

describe('explain', () => {
  test('asks for one of its four questions', () => {
    for (const options of [[], ['--flow', 'web', '--drop', '3']]) {
      const { code, stderr } = switchback(['explain', 'two-hosts', ...options, '--data', data]);
      expect(code).toBe(2);
      expect(stderr).toContain('expected one of --flow, --drop, --frame and --why');
    }
  });

  test.each([
    ['--drop', '9999', 'it has no position 9999'],
    ['--drop', '5s', 'is a time; expected the position of an event'],
    ['--frame', 'a:eth0', 'expected NODE:INTERFACE@TIME or NODE:INTERFACE#NUMBER'],
    ['--frame', 'a:eth9@1s', 'there is no interface a:eth9 in this lab'],
    ['--frame', 'a:eth0#0', 'they begin at 1'],
    ['--why', 'ha: a', '"ha" needs "state"'],
  ])('%s %s is refused with its place: %s', (option, value, said) => {
    const { code, stderr } = switchback(['explain', 'two-hosts', option, value, '--data', data]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  test('a frame is told node by node, with the proof that watching changed nothing', () => {
    const { code, stdout } = switchback(['explain', 'two-hosts', '--frame', 'b:eth0@1s', '--data', data]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /a \(host\) {2}sent to a:eth0\n[\s\S]*sw:p1 \(switch\) {2}forwarded to sw:p2\n[\s\S]*b:eth0 \(host\) {2}taken/,
    );
    expect(stdout).toContain('ends with the same region with tracing on and off');
  });
});

describe('shrink', () => {
  test('writes the smallest file, and a run of it fails with the chain that it says', () => {
    const file = join(dir, 'smallest.lab.yml');
    const { code, stdout } = switchback(['shrink', TWO_HOSTS, '--check', LOST, '-o', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/size {3}nodes 3 -> 3, links 2 -> 2, flows 1 -> 1, steps 0 -> 0\nruns {3}\d+ runs\n/);
    const chain = /chain {2}([0-9a-f]{64})/.exec(stdout)?.[1] ?? 'none';
    const run = switchback(['run', file, '--data', join(dir, 'again')]);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain(chain);
  });

  test('leaves no file behind where there is nothing to shrink', () => {
    const file = join(dir, 'none.lab.yml');
    const { code, stderr } = switchback(['shrink', TWO_HOSTS, '--check', 'flow: web, lost: { max: 9 }', '-o', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no failure to shrink');
    expect(existsSync(file)).toBe(false);
  });

  test('prints the file when no name is given, and the report beside it', () => {
    const { stdout, stderr } = switchback(['shrink', TWO_HOSTS, '--check', LOST, '--runs', '2']);
    expect(stdout).toContain('name: two-hosts');
    expect(stderr).toContain('the most that were allowed: a smaller file may fail, too');
    expect(readFileSync(TWO_HOSTS, 'utf8')).toContain('nothing-lost');
  });
});
