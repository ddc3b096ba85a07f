import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { haPair, pairChoices, twoHosts } from '../../ts/cli/init/templates.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { runLab } from '../../ts/services/living/run-lab.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { playsLab } from '../support/played.ts';
import { json, scratch, switchback } from './switchback.ts';

describe('every template validates, and its checks pass when it runs', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['two-hosts', twoHosts('x')],
    ...pairChoices().map((choice) => [`ha-pair on ${choice.platform} by ${choice.attachment}`, haPair('x', choice)] as const),
  ];

  test.each(texts)('%s', async (_, text) => {
    playsLab();
    const read = readLabFile(text, 'x.lab.yml');
    // Every pair in a cloud is told that its API takes time (HA-22).
    const rules = (read.ok ? read.warnings : read.findings).map(({ severity, rule }) => `${severity} ${rule}`);
    expect(rules).toEqual(text.includes('cloud:') ? ['warning HA-22'] : []);
    if (!read.ok) throw new Error('unreachable: it has no finding');
    const log = openMemoryLog();
    const { checks } = await runLab(read.file, log, {});
    expect(checks.flatMap(({ failures }) => failures)).toEqual([]);
    expect(checks.length).toBeGreaterThan(0);
    await log.close();
  });
});

describe('init', () => {
  test('writes the template that was asked for, named after its file', () => {
    const cwd = scratch();
    const { code, stdout } = switchback(['init', 'ha-pair', '--platform', 'kvm', '--attachment', 'vf', '-o', 'mine.lab.yml'], {
      cwd,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('switchback run mine.lab.yml');
    expect(readFileSync(join(cwd, 'mine.lab.yml'), 'utf8')).toBe(haPair('mine', { platform: 'kvm', attachment: 'vf' }));
  });

  test('refuses to write over a file, unless it is forced to', () => {
    const cwd = scratch();
    const file = join(cwd, 'two-hosts.lab.yml');
    writeFileSync(file, 'mine');
    const { code, stderr } = switchback(['init', 'two-hosts'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'switchback: two-hosts.lab.yml is there already; --force writes over it\n',
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(switchback(['init', 'two-hosts', '--force'], { cwd }).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(twoHosts('two-hosts'));
  });

  test.each([
    [['ha-pair', '--platform', 'aws', '--attachment', 'vf'], 'no pair on aws is attached by vf; expected fabric'],
    [['two-hosts', '--platform', 'kvm'], '--platform and --attachment go with ha-pair, not with two-hosts'],
    [['-o', 'x.lab.yml'], '-o needs a template: two-hosts or ha-pair'],
  ])('refuses %j', (args, message) => {
    expect(switchback(['init', ...args])).toMatchObject({ code: 2, stderr: `switchback: ${message}\n` });
  });

  test('lists what it can write, and prints to a pipe what run reads from one', () => {
    expect(json<{ templates: unknown[] }>(['init', '--list']).templates).toHaveLength(1 + pairChoices().length);
    const { stdout } = switchback(['init', 'two-hosts', '-o', '-']);
    const data = join(scratch(), 'data');
    expect(switchback(['run', '-', '--data', data], { input: stdout })).toMatchObject({ code: 0, stderr: '' });
  });

  test('a lab file from a pipe is <stdin> in messages, with line and column', () => {
    const input = 'name: x\ntopology:\n  nodes: { a: { kind: hst } }\n';
    for (const verb of ['run', 'validate', 'test']) {
      const { code, stdout, stderr } = switchback([verb, '-'], { input, cwd: scratch() });
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('<stdin>:3:23: error: ');
    }
  });
});
