/** Readers that go on with a lab: its events, and its frames as Wireshark reads them from a pipe. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../needs.ts';
import { playsLab } from '../support/played.ts';
import { ndjson, type PublishedEvent, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const BIN = resolve('dist/ts/cli/bin.js');
const data = scratch();
const LAB = 'two-hosts';
const children: ChildProcess[] = [];

beforeAll(() => {
  playsLab();
  switchback(['deploy', TWO_HOSTS, '--data', data]);
});
afterEach(() => {
  for (const { pid, exitCode, signalCode } of children.splice(0)) {
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  }
});

/** A reader that is under way. */
class Reader {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  #wake: () => void = () => undefined;

  constructor(command: string, args: readonly string[]) {
    // A group of its own, as a line typed into a shell has: Ctrl-C goes to all of it.
    const env = { ...process.env, NO_COLOR: '1' };
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
    children.push(this.child);
    this.child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
  }

  /** Collects what it prints, too. */
  reading(): this {
    this.child.stdout?.on('data', (text: Buffer) => {
      this.stdout += text.toString();
      this.#wake();
    });
    return this;
  }

  /** Resolves when it has printed what a pattern finds. */
  async saw(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout)) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  async interrupted(): Promise<number | null> {
    const ended = once(this.child, 'close');
    process.kill(-(this.child.pid ?? 0), 'SIGINT');
    const [code] = (await ended) as [number | null];
    return code;
  }
}

const step = (...words: readonly string[]): void => {
  expect(switchback(['exec', LAB, ...words, '--data', data]).code).toBe(0);
};

describe('events --follow', () => {
  test.each(['ndjson', 'table', 'csv'])('%s prints what is there, then what comes, until Ctrl-C (exit 130)', async (format) => {
    const last = ndjson<PublishedEvent>(['events', LAB, '--data', data]).length;
    const reader = new Reader(process.execPath, [BIN, 'events', LAB, '--follow', '-f', format, '--data', data]).reading();
    await reader.saw(/LabDefined/);
    step('link', 'down', 'a:eth0');
    await reader.saw(/link down a:eth0[\s\S]*InterfaceLinkChanged/);
    step('link', 'up', 'a:eth0');
    await reader.saw(/link up a:eth0/);
    expect(await reader.interrupted()).toBe(130);
    expect(reader.stderr).toBe('');
    const lines = reader.stdout.trimEnd().split('\n').length - (format === 'ndjson' ? 0 : 1);
    expect(lines).toBeGreaterThan(last + 4);
  });

  test('prints only what is chosen, and ends behind --to by itself', async () => {
    const events = ndjson<PublishedEvent>(['events', LAB, '--data', data]);
    const to = events.length + 2;
    const args = [
      'events',
      LAB,
      '--follow',
      '-f',
      'ndjson',
      '--where',
      'command: link down b:eth0',
      '--to',
      String(to),
      '--data',
      data,
    ];
    const reader = new Reader(process.execPath, [BIN, ...args]).reading();
    const ended = once(reader.child, 'close');
    step('link', 'down', 'b:eth0');
    step('link', 'up', 'b:eth0');
    expect(await ended).toEqual([0, null]);
    const printed = reader.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as PublishedEvent).type);
    expect(printed).toEqual(['CommandReceived', 'CommandAccepted']);
  });

  test.each(['json', 'timeline'])('refuses %s, which is complete with the last event', (format) => {
    const { code, stderr } = switchback(['events', LAB, '--follow', '-f', format, '--data', data]);
    expect(code).toBe(2);
    expect(stderr).toContain('use ndjson, csv or table');
  });
});

needs('tshark')('capture --follow -w - | tshark -i -', () => {
  // Wireshark's capture process takes long to start on a busy machine.
  test('shows frames as the lab goes on, those of a capture afterwards', { timeout: 240_000 }, async () => {
    const fields = ['-T', 'fields', '-e', 'frame.number', '-e', 'frame.time_epoch', '-e', 'eth.dst'];
    const capture = [process.execPath, BIN, 'capture', LAB, '--follow', '-w', '-', '--data', data];
    const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');
    const pipe = new Reader('bash', ['-c', `${quoted(capture)} | tshark ${quoted(['-l', '-n', '-i', '-', ...fields])}`]).reading();
    step('step', '1100ms');
    await pipe.saw(/^50\t/m);
    const soFar = pipe.stdout.split('\n').length;
    step('step', '500ms');
    await pipe.saw(new RegExp(`^${soFar + 100}\t`, 'm'));
    await pipe.interrupted();
    const file = join(scratch(), 'whole.pcapng');
    switchback(['capture', LAB, '-w', file, '--data', data]);
    const { stdout: whole } = spawnSync('tshark', ['-n', '-r', file, ...fields], { encoding: 'utf8' });
    expect(whole.startsWith(pipe.stdout)).toBe(true);
  });
});

test('capture --follow needs a pipe', () => {
  const { code, stderr } = switchback(['capture', LAB, '--follow', '-w', 'x.pcapng', '--data', data]);
  expect(code).toBe(2);
  expect(stderr).toContain('--follow needs -w -');
});
