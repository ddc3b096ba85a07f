/** Living labs on the command line: alone, and by the server on the same data directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { goldenChains } from '../../scripts/golden-file.ts';
import { LIVING_COMMANDS } from '../../ts/model/commands/command.ts';
import { headOf } from '../../ts/model/commands/grammar.ts';
import { HA_LAB, json, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const golden = goldenChains();

interface Outcome {
  readonly lab: string;
  readonly id: string;
  readonly status: string;
  readonly position: number;
  readonly reasons: readonly string[];
  readonly events: readonly { readonly position: number; readonly type: string; readonly atNs: number }[];
}

const LAB = 'ha-assigned-mac';

describe('a stepped lab', () => {
  test('begins, lets time pass, is changed, and can be looked at and proven like a run', () => {
    const data = scratch();
    expect(switchback(['deploy', HA_LAB, '--data', data]).code).toBe(0);
    const step = json<Outcome>(['exec', LAB, 'step', '5s', '--data', data]);
    expect(step).toMatchObject({ lab: LAB, status: 'done', reasons: [] });
    expect(step.events[0]).toMatchObject({ type: 'TimeAdvanced', position: 16 });
    const crash = json<Outcome>(['exec', LAB, 'crash fw1', '--data', data]);
    expect(crash.events.map(({ type, atNs }) => [type, atNs])).toEqual([
      ['CommandReceived', 5e9],
      // What the flows lost since the last second: an input puts it on record.
      ['FramesDropped', 5e9],
      ['FramesDropped', 5e9],
      ['CommandAccepted', 5e9],
      ['NodePowerChanged', 5e9],
    ]);
    expect(switchback(['at', LAB, '--data', data]).stdout).toMatch(/fw1 +firewall +crashed/);
    expect(switchback(['verify', LAB, '--data', data]).code).toBe(0);
  });

  test('tells what a command came to as a time line', () => {
    const data = scratch();
    switchback(['deploy', HA_LAB, '--data', data]);
    const { code, stdout } = switchback(['exec', LAB, 'crash fw1', '-f', 'timeline', '--data', data]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0\.000000000 +#\d+ +lab +> crash fw1\n +#\d+ +fw1 +crashed\n$/);
  });

  test('has the chain of the run when it plays the steps of its file', () => {
    const data = scratch();
    switchback(['deploy', HA_LAB, '--play', '--data', data]);
    const { labs } = json<{ labs: { chain: string }[] }>(['inspect', '--data', data]);
    expect(labs).toMatchObject([{ chain: golden[LAB] }]);
  });

  test('says no with its reasons, exit code 1, and one command with an id has one effect', () => {
    const data = scratch();
    switchback(['deploy', HA_LAB, '--data', data]);
    const { code, stderr } = switchback(['exec', LAB, 'crash', 'nobody', '--data', data]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'refused: no node nobody\n' });
    const once = json<Outcome>(['exec', LAB, 'step', '1s', '--id', 'one', '--data', data]);
    expect(json<Outcome>(['exec', LAB, 'step', '1s', '--id', 'one', '--data', data])).toEqual(once);
  });

  test('does not record what is no command: one line, one suggestion, exit code 2', () => {
    const data = scratch();
    switchback(['deploy', TWO_HOSTS, '--data', data]);
    for (const [line, message] of [
      ['crsh a', '"crsh a" is not a command: did you mean "crash"? (see: switchback exec LAB help)'],
      ['step 5', '"step 5" is not a command: did you mean "5s"? (see: switchback exec LAB help step)'],
    ] as const) {
      expect(switchback(['exec', 'two-hosts', line, '--data', data])).toEqual({
        code: 2,
        stdout: '',
        stderr: `switchback: ${message}\n`,
      });
    }
    expect(json<{ labs: unknown[] }>(['inspect', '--data', data]).labs).toMatchObject([{ position: 1 }]);
  });

  test('prints the grammar, at most 80 columns wide, and records nothing', () => {
    const data = scratch();
    switchback(['deploy', TWO_HOSTS, '--data', data]);
    const all = switchback(['exec', 'two-hosts', 'help', '--data', data]);
    expect(all).toMatchObject({ code: 0, stderr: '' });
    for (const form of LIVING_COMMANDS) expect(all.stdout).toContain(`\n  ${headOf(form)} `);
    expect(Math.max(...all.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const one = switchback(['exec', 'two-hosts', 'help', 'impair', '--data', data]);
    expect(one.stdout).toMatch(/^ {2}impair NODE:INTERFACE \[delay TIME\]/);
    expect(one.stdout).toContain('\n    impair client:eth0 reset\n');
    expect(switchback(['exec', 'two-hosts', 'help impare', '--data', data])).toMatchObject({
      code: 2,
      stderr: 'switchback: there is no command "impare"; did you mean "impair"?\n',
    });
    expect(json<{ labs: unknown[] }>(['inspect', '--data', data]).labs).toMatchObject([{ position: 1 }]);
  });

  test('ends with its history kept, or forgotten', () => {
    const data = scratch();
    switchback(['deploy', TWO_HOSTS, '--data', data]);
    expect(switchback(['deploy', TWO_HOSTS, '--data', data])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/exists already/),
    });
    switchback(['destroy', 'two-hosts', '--data', data]);
    expect(switchback(['exec', 'two-hosts', 'step', '1s', '--data', data])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has ended \(destroyed\)/),
    });
    expect(switchback(['verify', 'two-hosts', '--data', data]).code).toBe(0);
    switchback(['destroy', 'two-hosts', '--cleanup', '--data', data]);
    expect(json<{ labs: unknown[] }>(['inspect', '--data', data]).labs).toEqual([]);
  });

  test.each([
    ['no such lab', ['exec', 'nowhere', 'step', '1s'], /no lab nowhere/],
    ['an id with spaces', ['exec', 'two-hosts', 'step', '1s', '--id', 'a b'], /--id: expected/],
    ['a pace of nothing', ['deploy', TWO_HOSTS, '--pace', '0x'], /"0x" is not a pace/],
    ['a pace without a server', ['deploy', HA_LAB, '--pace', '1x'], /switchback serve/],
    ['a server that is none', ['exec', 'two-hosts', 'step', '1s', '--server', 'nonsense'], /is not an address/],
  ])('is refused %s', (_, args, message) => {
    const data = scratch();
    switchback(['deploy', TWO_HOSTS, '--data', data]);
    expect(switchback([...args, '--data', data])).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });

  test('is not written where a mirror of Kafka lies', () => {
    const data = scratch();
    switchback(['deploy', TWO_HOSTS, '--data', data]);
    writeFileSync(join(data, 'mirror.json'), '{}');
    for (const args of [
      ['run', HA_LAB],
      ['deploy', HA_LAB],
      ['exec', 'two-hosts', 'step', '1s'],
      ['destroy', 'two-hosts'],
    ]) {
      expect(switchback([...args, '--data', data])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/mirrors labs of Kafka/),
      });
    }
    expect(switchback(['inspect', '--data', data]).code).toBe(0);
  });
});

describe('with a server on the data directory', () => {
  let server: ChildProcess;
  afterEach(async () => {
    if (server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  });

  async function serve(data: string): Promise<void> {
    const args = [resolve('dist/ts/cli/bin.js'), 'serve', '--listen', '127.0.0.1:0', '--data', data];
    server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    server.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await expect.poll(() => said).toContain('listening on');
  }

  test('a paced lab follows the clock until it is destroyed, and can be proven after the server is gone', async () => {
    const data = scratch();
    await serve(data);
    expect(switchback(['deploy', HA_LAB, '--pace', '20x', '--data', data]).code).toBe(0);
    const first = json<Outcome>(['exec', LAB, 'link', 'down', 'fw1:eth1', '--data', data]);
    const second = json<Outcome>(['exec', LAB, 'link', 'up', 'fw1:eth1', '--data', data]);
    expect(second.events[0]?.atNs).toBeGreaterThan(first.events[0]?.atNs ?? 0);
    expect(json<Outcome>(['destroy', LAB, '--data', data]).status).toBe('done');
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(switchback(['verify', LAB, '--data', data]).code).toBe(0);
  });

  test('the server does the work, and a stepped lab has the chain of its run all the same', async () => {
    const data = scratch();
    await serve(data);
    switchback(['deploy', HA_LAB, '--play', '--data', data]);
    expect(json<{ labs: unknown[] }>(['inspect', '--data', data]).labs).toMatchObject([{ chain: golden[LAB] }]);
    expect(switchback(['exec', LAB, 'crash', 'nobody', '--data', data])).toMatchObject({
      code: 1,
      stderr: 'refused: no node nobody\n',
    });
  });
});
