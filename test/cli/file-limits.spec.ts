/**
 * Lab files that are made to exhaust whoever reads them:
 *
 *   text ─► size ─► tokens, depth ─► aliases, values written out ─► errors told
 *
 * Each limit stops the reading where it is reached, so the cost of a file is bounded before its meaning is known.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { node, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const PROCESSOR_MS_MAX = 3000;
const MEMORY_KB_MAX = 300 * 1024;

/**
 * What a process used up by itself, on the last line of its stderr. A busy machine does not count. Not `maxRSS`: a process inherits its
 * parent's, and the tests' own can be larger (getrusage(2)).
 */
const METER = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const memoryKb = Number(/^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    writeSync(2, '\\n' + JSON.stringify({ processorMs: (userCPUTime + systemCPUTime) / 1000, memoryKb }));
  });
`)}`;

const TOP = 'name: x\ntopology: { nodes: { a: { kind: switch } } }\n';

/** As many lines as fit into so many bytes. */
function filled(bytes: number, line: (index: number) => string): string {
  const lines: string[] = [];
  for (let size = 0, index = 0; size < bytes; index++) {
    const next = line(index);
    lines.push(next);
    size += next.length;
  }
  return lines.join('');
}

function numbered(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}

function merges(levels: number): string {
  const level = (index: number) => `a${index}: &a${index} { <<: [${`*a${index - 1},`.repeat(5)}], y${index}: 1 }\n`;
  return `a0: &a0 { x: 1 }\n${Array.from({ length: levels }, (_, index) => level(index + 1)).join('')}`;
}

function laughs(levels: number): string {
  const level = (index: number) => `a${index}: &a${index} [${`*a${index - 1},`.repeat(10)}]\n`;
  return `${TOP}a0: &a0 [ha]\n${Array.from({ length: levels }, (_, index) => level(index + 1)).join('')}`;
}

const TWO_HOSTS_TEXT = readFileSync(TWO_HOSTS, 'utf8');
const MEGABYTE = 1_000_000;

describe('a lab file made to exhaust its reader ends within 3 s of processor time and 300 MB, and names the limit', () => {
  test.each<[string, string, string]>([
    ['8 MB of brackets', '['.repeat(8 * MEGABYTE), ':1:1: error: the file has 8000000 characters; expected at most 2097152'],
    ['2 MB of brackets', '['.repeat(2 * MEGABYTE), ':1:101: error: expected at most 100 levels; the file nests deeper'],
    ['2 MB of dashes', '- '.repeat(MEGABYTE), ':1:200: error: expected at most 100 levels; the file nests deeper'],
    [
      '10 MB of dashes',
      '- '.repeat(5 * MEGABYTE),
      ':1:1: error: the file has more than 8388608 bytes; expected at most 2097152 characters',
    ],
    ['10 MB of keys', filled(10 * MEGABYTE, (index) => `k${index}: 1\n`), ' bytes; expected at most 2097152 characters'],
    [
      '2 MB of keys',
      filled(2 * MEGABYTE, (index) => `k${index}: 1\n`),
      ':42858:1: error: expected at most 300000 YAML tokens; the file has more',
    ],
    ['500 levels with five merges each', merges(500), ':8:32: error: expected at most 300000 values; with its aliases and merges'],
    ['thirty levels of ten aliases', laughs(30), ': error: expected at most 300000 values; with its aliases and merges'],
    [
      '5,000 aliases',
      `${TOP}a: &a 1\nb: [${'*a,'.repeat(5000)}]\n`,
      ':4:12293: error: expected at most 4096 aliases; the file has more',
    ],
    [
      'a command of 400,000 words',
      `${TOP}steps: [ { at: 1s, run: "${'link '.repeat(400_000)}" } ]\n`,
      ':3:25: error: expected at most 16384 characters in one text; this one has 2000002',
    ],
    [
      'a text of 600,000 lines',
      `${TOP}s: |\n${' x\n'.repeat(600_000)}`,
      ':4:1: error: expected at most 16384 characters in one text; this one has 1800000',
    ],
    [
      '130 texts of 8,000 characters beyond the basic plane',
      `${TOP}${numbered(130, (index) => `s${index}: "${'\u{1f600}'.repeat(8000)}"\n`)}`,
      ':3:1: error: a lab file has no property "s0"',
    ],
    [
      '120 commands of 3,200 words',
      `${TOP}steps:\n${numbered(120, () => `  - { at: 1s, run: "${'link '.repeat(3200)}" }\n`)}`,
      ' is not a command: expected up|down, not "link"',
    ],
    ['100,000 quotation marks', '"'.repeat(100_000), ':1:3: error: not YAML: '],
    ['16,000 errors', `${TOP}${numbered(16_000, (index) => `zz${index}: 1\n`)}`, '… and 15000 more; the first 1000 are shown'],
    [
      '40,000 keys of one map',
      numbered(40_000, (index) => `k${index}: 1\n`),
      ':16385:1: error: expected at most 16384 keys; this map has 40000',
    ],
    [
      '100,000 errors',
      `${TOP}${filled(MEGABYTE, (index) => `zz${index}: 1\n`)}`,
      ': error: expected at most 300000 YAML tokens; the file has more',
    ],
  ])('%s', (_, text, said) => {
    const path = join(scratch(), 'x.lab.yml');
    writeFileSync(path, text);
    const { code, stdout, stderr } = node(['--import', METER, resolve('dist/ts/cli/bin.js'), 'validate', path]);
    const { processorMs, memoryKb } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as Record<string, number>;
    expect(stdout).toContain(said);
    expect(code).toBe(1);
    expect(stdout.split('\n').length).toBeLessThan(1010);
    expect(processorMs).toBeLessThan(PROCESSOR_MS_MAX);
    expect(memoryKb).toBeLessThan(MEMORY_KB_MAX);
  });

  test('a device without an end', () => {
    const { code, stdout } = switchback(['validate', '/dev/zero']);
    expect(stdout).toBe('/dev/zero:1:1: error: the file has more than 8388608 bytes; expected at most 2097152 characters\n');
    expect(code).toBe(1);
  });
});

test('an alias that stands for nothing, or for what it is a part of, is told at its place', () => {
  const path = join(scratch(), 'x.lab.yml');
  const said = (text: string) => {
    writeFileSync(path, `${TOP}${text}\n`);
    return switchback(['validate', path]).stdout.replace(path, '');
  };
  expect(said('seed: *nobody')).toBe(':3:7: error: no anchor &nobody stands before the alias *nobody\n');
  expect(said('seed: &me [*me]')).toBe(':3:12: error: the alias *me stands for a value that contains it\n');
});

test.each(['validate', 'test', 'run', 'deploy'])('%s - reads a lab file from standard input', (verb) => {
  const data = verb === 'run' || verb === 'deploy' ? ['--data', join(scratch(), 'data')] : [];
  const { code, stderr } = switchback([verb, '-', ...data], { input: TWO_HOSTS_TEXT });
  expect({ code, stderr: verb === 'deploy' ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const broken = switchback([verb, '-', ...data], { input: 'name: x\n' });
  expect(broken.code).toBe(1);
  expect(broken.stdout + broken.stderr).toContain('<stdin>:1:1: error: ');
});
