import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HA_LAB, json, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const TEN = 'test/cli/fixtures/ten-mistakes.lab.yml';

describe('a file with ten mistakes', () => {
  /** Where the file itself says that they are. */
  const places = readFileSync(TEN, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const column = /# \d+: column (\d+)/.exec(line)?.[1];
      return column === undefined ? [] : [`${TEN}:${index + 1}:${column}: error: `];
    });

  test('gets ten messages, each at its line and column, in one go', () => {
    const { code, stdout } = switchback(['validate', TEN]);
    const found = stdout.trimEnd().split('\n');
    expect(places).toHaveLength(10);
    expect(found.map((line) => /^.*?: error: /.exec(line)?.[0])).toEqual(places);
    expect(code).toBe(1);
  });

  test('is not run: the same messages, and no log is made', () => {
    const data = join(scratch(), 'data');
    const { code, stdout, stderr } = switchback(['run', TEN, '--data', data]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    for (const place of places) expect(stderr).toContain(place);
    expect(existsSync(data)).toBe(false);
  });

  test('is as clear to programs', () => {
    const { files } = json<{ files: { valid: boolean; findings: { line: number; column: number; severity: string }[] }[] }>([
      'validate',
      TEN,
    ]);
    const [file] = files;
    expect(file?.valid).toBe(false);
    expect(file?.findings.map(({ line, column }) => `${TEN}:${line}:${column}: error: `)).toEqual(places);
  });
});

test('a valid file is valid', () => {
  const { code, stdout } = switchback(['validate', HA_LAB, TWO_HOSTS]);
  expect(code).toBe(0);
  expect(stdout).toContain('ha-assigned-mac.lab.yml: valid (ha-assigned-mac: 13 nodes');
});

test('warnings alone exit with 3, and name rule and remedy', () => {
  const { code, stdout } = switchback(['validate', 'labs/ha-virtual-mac.lab.yml']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/ha-virtual-mac\.lab\.yml:\d+:\d+: warning: .* \[MAC-0\d\]\n {4}remedy: /);
});

test('what is no YAML is told where it stops being YAML', () => {
  const file = join(scratch(), 'broken.lab.yml');
  writeFileSync(file, 'name: x\ntopology: {\n');
  const { code, stdout } = switchback(['validate', file]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/broken\.lab\.yml:\d+:\d+: error: /);
});

test('a file that is not there is bad usage', () => {
  const { code, stderr } = switchback(['validate', 'no-such.lab.yml']);
  expect(code).toBe(2);
  expect(stderr).toContain('cannot read no-such.lab.yml: no such file');
});
