import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FAILING, json, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const TEN = 'test/cli/fixtures/ten-mistakes.lab.yml';

test('good files are good, and nothing is recorded', () => {
  const cwd = scratch();
  const file = join(process.cwd(), TWO_HOSTS);
  const { code, stdout } = switchback(['test', file], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain('1 file passed, 0 failed');
  expect(existsSync(join(cwd, '.switchback'))).toBe(false);
});

test('one failed check or one invalid file fails them all', () => {
  expect(switchback(['test', TWO_HOSTS, FAILING]).code).toBe(1);
  expect(switchback(['test', TWO_HOSTS, TEN]).code).toBe(1);
  const { passed, files } = json<{ passed: boolean; files: { lab: string | null; passed: boolean }[] }>([
    'test',
    TWO_HOSTS,
    FAILING,
    TEN,
  ]);
  expect(passed).toBe(false);
  expect(files.map((file) => [file.lab, file.passed])).toEqual([
    ['two-hosts', true],
    ['two-hosts-failing', false],
    [null, false],
  ]);
});

test('CI gets JUnit: a case per check, with what was seen instead', () => {
  const file = join(scratch(), 'out.xml');
  const { code } = switchback(['test', TWO_HOSTS, FAILING, TEN, '--report', 'junit', '--report-file', file]);
  expect(code).toBe(1);
  const xml = readFileSync(file, 'utf8');
  expect(xml).toContain('<testcase classname="two-hosts" name="two-hosts/nothing-lost"/>');
  expect(xml).toMatch(/name="two-hosts-failing\/all-lost">\s*<failure message="[^"]*expected/);
  expect(xml.match(/<testcase /g)).toHaveLength(3);
  expect(xml).toMatch(/tests="1" failures="0" errors="1"/);
  // The ten messages quote what was written: nothing of it may be read as markup.
  expect(xml.replaceAll(/<\/?(?:\?xml|testsuites?|testcase|failure|error)\b[^<>]*>/g, '')).not.toMatch(/[<>]/);
});
