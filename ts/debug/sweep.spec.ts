import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newEngine, runWhole } from '../../test/properties/drive.ts';
import { playsLab } from '../../test/support/played.ts';
import { scriptInputs } from '../engine/script.ts';
import { toHex } from '../model/events/chain.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { withValue } from '../services/debug/changed-file.ts';
import { sweepLabs, sweepMoments } from '../services/debug/sweep-labs.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { nanos } from '../values/nanos.ts';
import { courseOfInputs } from './course.ts';
import { judged } from './judged.ts';
import { SharedPast } from './shared-past.ts';
import { momentsOf, stripSvg, withStepAt } from './sweep.ts';

const TEXT = readFileSync(new URL('../../labs/ha-assigned-mac.lab.yml', import.meta.url), 'utf8');
/** SWEEP_RUNS in the environment says how many crash moments are tried: 200 are the figure of the issue. */
const RUNS = Number(process.env['SWEEP_RUNS'] ?? 4);

function fileOf(text: string): LabFile {
  const read = readLabFile(text, 'test.lab.yml');
  if (!read.ok) throw new Error(read.findings[0]?.message ?? '');
  return read.file;
}

function chainOf({ lab, script }: LabFile): string {
  const engine = newEngine();
  runWhole(engine, scriptInputs(lab, script));
  return toHex(engine.chain);
}

test('a sweep of crash moments gives each run the chain of the file with that moment in it', async () => {
  playsLab();
  const file = fileOf(TEXT);
  const crash = file.script.steps.find(({ command }) => command.startsWith('crash'));
  const step = crash?.command ?? '';
  const moments = momentsOf(18e9, 22e9, RUNS);
  const variants = moments.map((atNs) => ({ value: `${atNs / 1e9}s`, file: withStepAt(file, step, atNs) }));
  const runs = await sweepMoments(
    file,
    step,
    moments.map((atNs) => ({ value: `${atNs / 1e9}s`, atNs })),
    2,
  );
  expect(runs.map(({ value }) => value)).toEqual(variants.map(({ value }) => value));
  expect(runs.slice(0, 4)).toEqual(await sweepLabs(variants.slice(0, 4), 2));
  for (const number of [0, RUNS - 1]) {
    const line = new RegExp(`at: \\S+ *, run: "?${step}`);
    expect(TEXT).toMatch(line);
    const written = fileOf(TEXT.replace(line, `at: ${runs[number]?.value}, run: ${step}`));
    expect(runs[number]?.chain).toBe(chainOf(written));
    expect(runs[number]?.lost).toBeGreaterThan(0);
  }
  expect(new Set(runs.map(({ chain }) => chain)).size).toBe(RUNS);
});

test('runs with a step at many moments share their past, but not where the step meets another one', () => {
  playsLab();
  const shipped = fileOf(TEXT);
  // A window over drops begins before the step and ends behind it.
  const checks = [
    {
      name: 'window',
      description: 'Drops around the crash.',
      expect: [
        { kind: 'drops', at: null, reason: null, count: { min: null, max: 3 }, fromNs: nanos(1e9), toNs: nanos(25e9) } as const,
        { kind: 'ha', node: 'fw1', state: 'active', atNs: nanos(19e9) } as const,
      ],
    },
  ];
  const step = 'crash fw1';
  const other = { atNs: nanos(22e9), command: 'arp clear client1' };
  const file = { ...shipped, script: { ...shipped.script, checks, steps: [...shipped.script.steps, other] } };
  const past = new SharedPast(newEngine, file, step);
  for (const atNs of [18e9, 20.123456789e9, other.atNs, 23e9]) {
    const { lab, script } = withStepAt(file, step, atNs);
    const alone = judged(newEngine, courseOfInputs(scriptInputs(lab, script)), checks);
    expect(past.at(atNs)).toMatchObject({ chain: chainOf({ ...file, script }), checks: alone });
  }
  expect(past.whole).toBe(1);
});

describe('moments', () => {
  test('lie evenly between both ends', () => {
    expect(momentsOf(0, 10, 3)).toEqual([0, 5, 10]);
    expect(momentsOf(7, 9, 1)).toEqual([7]);
  });
  test('move one step that the file has', () => {
    const file = fileOf(TEXT);
    expect(() => withStepAt(file, 'crash fw9', 1)).toThrow('the file has the step "crash fw9" not; its steps:');
    const [{ command } = { command: '' }] = file.script.steps;
    expect(() => withStepAt(file, command, file.script.durationNs)).toThrow('never happens');
  });
});

test('a value is written into the text of the file, and its comments stay', () => {
  const text = withValue(TEXT, 'seed', '7');
  expect(text).toContain('seed: 7');
  expect(text).toContain(
    TEXT.split('\n')
      .find((line) => line.startsWith('# '))
      ?.slice(0, 20),
  );
});

test('the strip has a bar for each run, and no name of a step can break out of it', () => {
  const run = { value: '1s', position: 1, chain: '', lost: 3, longestGapNs: 2e9, failed: ['<script>'] };
  const svg = stripSvg('ping "a" & b', [run, { ...run, longestGapNs: 1e9, failed: [] }]);
  expect(svg.match(/<rect /g)).toHaveLength(2);
  expect(svg).toContain('height="120" fill="#c0392b"');
  expect(svg).toContain('height="60" fill="#2c7fb8"');
  expect(svg).not.toContain('<script>');
});
