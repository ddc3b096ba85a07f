/**
 * Drops as people count them: with a check, with `at`, in the log. Every number is the number of frames that died.
 *
 *   a ── sw ── b      b takes frames of 1,500 bytes, a sends longer ones: they all die at b:eth0.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { json, ndjson, type PublishedEvent, recorded, scratch, switchback } from './switchback.ts';

interface Report {
  readonly chain: string;
  readonly checks: readonly { readonly pass: boolean; readonly failures: readonly string[] }[];
  readonly flows: readonly { readonly lost: number }[];
}

interface At {
  readonly drops: readonly { readonly node: string; readonly reason: string; readonly frames: number }[];
  readonly derived: { readonly frames: { readonly dropped: number } };
}

const dir = scratch();

function labFile(name: string, flow: string, duration: string, expectations: readonly string[]): string {
  const path = join(dir, `${name}.lab.yml`);
  const lines = [
    `name: ${name}`,
    'topology:',
    '  nodes:',
    '    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24, mtu: 9000 } } }',
    '    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }',
    '    sw: { kind: switch, mtu: 9216 }',
    '  links:',
    '    - { endpoints: ["a:eth0", "sw:p1"], rate: unlimited }',
    '    - { endpoints: ["b:eth0", "sw:p2"], rate: unlimited }',
    'flows:',
    `  dying: { from: a:eth0, to: 10.0.0.2, size: 9000, ${flow} }`,
    `duration: ${duration}`,
    ...(expectations.length === 0 ? [] : ['validate:', '  counts:', '    expect:']),
    ...expectations.map((one) => `      - { ${one} }`),
    '',
  ];
  writeFileSync(path, lines.join('\n'));
  return path;
}

function run(path: string): Report {
  return json<Report>(['run', path, '--replace', '--data', join(dir, 'data')]);
}

const BURST = 'rate: 10000000, start: 1s, stop: 1.01s';
const TRICKLE = 'rate: 100, start: 2s';
const AT_B = 'drops: { at: "b:eth0", reason: frame-too-long }';

describe('a check of drops', () => {
  test('T1: sees the frames of the last second of a run, which no second tick has counted', () => {
    const { checks, flows } = run(labFile('burst', BURST, '2s', ['drops: {}, count: { max: 3 }']));
    expect(flows[0]?.lost).toBe(100_000);
    expect(checks).toMatchObject([{ pass: false, failures: [expect.stringMatching(/^100,000 frames dropped at any place/)] }]);
  });

  test('T2: counts the frames of any window, also one that begins or ends within a second', () => {
    const windows = [
      [5, 5.5, 50],
      [7, 8, 100],
      [9, 9.8, 80],
      [9.2, 9.9, 70],
      [8.123, 8.124, 0],
    ] as const;
    const right = windows.map(([from, to, count]) => `${AT_B}, count: ${count}, from: ${from}s, to: ${to}s`);
    const wrong = windows.map(([from, to, count]) => `${AT_B}, count: ${count + 1}, from: ${from}s, to: ${to}s`);
    expect(run(labFile('trickle', TRICKLE, '10s', right)).checks).toMatchObject([{ pass: true, failures: [] }]);
    expect(run(labFile('trickle', TRICKLE, '10s', wrong)).checks[0]?.failures).toHaveLength(windows.length);
  });

  test('changes no byte of the log, whatever its window', () => {
    const plain = run(labFile('asked', TRICKLE, '5.5s', []));
    const asked = run(labFile('asked', TRICKLE, '5.5s', [`${AT_B}, count: 5, from: 3.21s, to: 3.26s`]));
    expect(asked.checks).toMatchObject([{ pass: true }]);
    expect(asked.chain).toBe(plain.chain);
  });
});

test('T1: what a run lost is on record when it ends', () => {
  const data = recorded(labFile('burst', BURST, '2s', []));
  const events = ndjson<PublishedEvent>(['events', 'burst', '--data', data, '--type', 'FrameDropped,FramesDropped']);
  const frames = events.map(({ type, data: fields }) => (type === 'FrameDropped' ? 1 : Number(fields['count'])));
  expect(frames.reduce((sum, count) => sum + count, 0)).toBe(100_000);
  expect(switchback(['verify', 'burst', '--data', data])).toMatchObject({ code: 0 });
});

test('T3: at shows the same count of drops in recorded and derived state, and writes nothing', () => {
  const data = recorded(labFile('trickle', TRICKLE, '10s', []));
  const before = switchback(['events', 'trickle', '--data', data, '-f', 'ndjson']).stdout;
  for (const moment of ['2.005s', '5.555555s', '7s', '9.995s', '10s', '4']) {
    const { drops, derived } = json<At>(['at', `trickle@${moment}`, '--data', data]);
    const shown = drops.reduce((sum, { frames }) => sum + frames, 0);
    expect(shown, moment).toBe(derived.frames.dropped);
  }
  const { drops } = json<At>(['at', 'trickle@5.555555s', '--data', data]);
  expect(drops.reduce((sum, { frames }) => sum + frames, 0)).toBe(356);
  expect(switchback(['events', 'trickle', '--data', data, '-f', 'ndjson']).stdout).toBe(before);
});

test('at says which count it shows: every frame, or with --recorded those on record', () => {
  const data = recorded(labFile('trickle', TRICKLE, '10s', []));
  expect(switchback(['at', 'trickle@5.5s', '--data', data]).stdout).toMatch(/DROPPED AT +REASON +FRAMES +FIRST/);
  expect(switchback(['at', 'trickle@5.5s', '--data', data, '--recorded']).stdout).toMatch(/REASON +FRAMES ON RECORD +FIRST/);
});
