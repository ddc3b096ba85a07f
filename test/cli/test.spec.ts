import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

test('a directory stands for its lab files, by name; one without any is a usage error', () => {
  const dir = scratch();
  const text = readFileSync(TWO_HOSTS, 'utf8');
  for (const name of ['b.lab.yml', 'a.lab.yml', 'notes.yml']) writeFileSync(join(dir, name), text);
  const { files } = json<{ files: { file: string }[] }>(['test', dir, TWO_HOSTS]);
  expect(files.map(({ file }) => file)).toEqual([join(dir, 'a.lab.yml'), join(dir, 'b.lab.yml'), TWO_HOSTS]);
  const { code, stderr } = switchback(['test', scratch()]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('has no lab file; their names end with .lab.yml')]);
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

const MATRIX = 'test/cli/fixtures/policy.lab.yml';

test('a matrix runs every combination, tells which fail and which cannot be, and fails with one of them', () => {
  const { code, stdout } = switchback(['test', MATRIX, '--matrix', 'vsw1.forged-transmits=accept,reject,platform=esxi,kmv']);
  expect(code).toBe(1);
  const rows = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4).join('|'));
  expect(rows).toContain('accept|esxi|ok');
  expect(rows).toContain('reject|esxi|FAIL|all-arrive');
  expect(rows.filter((row) => /^\w+\|kmv\|invalid\|.*did you mean "kvm"/.test(row))).toHaveLength(2);
  expect(stdout).toContain('1 combination passed, 3 failed');
});

test('a matrix whose combinations all pass is good; axes may be given one by one', () => {
  const { code, stdout } = switchback(['test', MATRIX, '--matrix', 'psw.ageing=60s,300s', '--matrix', 'seed=1,2']);
  expect(code).toBe(0);
  expect(stdout).toContain('4 combinations passed, 0 failed');
});

test('CI gets a case per combination, with the checks that failed', () => {
  const { stdout } = switchback([
    'test',
    MATRIX,
    '--matrix',
    'vsw1.forged-transmits=accept,reject',
    '--report',
    'junit',
    '--report-file',
    '-',
  ]);
  expect(stdout).toContain('<testcase classname="policy" name="policy/vsw1.forged-transmits=accept"/>');
  expect(stdout).toMatch(/name="policy\/vsw1\.forged-transmits=reject">\s*<failure message="all-arrive: [^"]*expected/);
  expect(stdout).toMatch(/tests="2" failures="1"/);
});

test.each([
  ['nonsense', 'is no matrix'],
  ['nobody.vlan=1', 'there is no node "nobody"'],
  ['frobnicate=on', 'no node of the file has such a property'],
])('the matrix "%s" is refused before anything runs', (matrix, message) => {
  const { code, stderr } = switchback(['test', MATRIX, '--matrix', matrix]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
