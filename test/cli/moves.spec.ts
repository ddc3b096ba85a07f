/**
 * Moves of MACs as people see them.
 *
 *   a ── p1          b takes the MAC of a, and each of them sends to c ten times a second
 *   b ── p2 sw
 *   c ── p3
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recorded, scratch, switchback } from './switchback.ts';

const MAC = '02:00:00:00:00:0d';

function twins(): string {
  const path = join(scratch(), 'twins.lab.yml');
  const lines = [
    'name: twins',
    'topology:',
    '  nodes:',
    `    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24, mac: "${MAC}" } } }`,
    '    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }',
    '    c: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.3/24 } } }',
    '    sw: { kind: switch }',
    '  links:',
    '    - { endpoints: ["a:eth0", "sw:p1"] }',
    '    - { endpoints: ["b:eth0", "sw:p2"] }',
    '    - { endpoints: ["c:eth0", "sw:p3"] }',
    'flows:',
    '  from-a: { from: a:eth0, to: 10.0.0.3, rate: 10, start: 1s }',
    '  from-b: { from: b:eth0, to: 10.0.0.3, rate: 10, start: 1.05s }',
    'duration: 4.5s',
    `steps: [{ at: 0.5s, run: "edit-mac b:eth0 ${MAC}" }]`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** The row of the MAC in what `at` shows: how often it moved. */
function movesAt(data: string, moment: string, ...more: readonly string[]): number {
  const { stdout } = switchback(['at', moment, '--data', data, ...more]);
  const row = new RegExp(`^sw +0 +${MAC} +(\\d+) +(p1 +p2|p2 +p1) +\\d`, 'm').exec(stdout);
  return Number(row?.[1] ?? Number.NaN);
}

test('T5, HST-01: a MAC that flaps is told in words, and counted exactly by at', () => {
  const data = recorded(twins());
  const text = switchback(['events', 'twins', '--data', data, '--type', 'MacMoved', '-f', 'timeline']).stdout;
  expect(text).toContain(`MAC ${MAC} moves from p1 to p2`);
  expect(text).toMatch(new RegExp(`3\\.000000000 +#\\d+ +sw +MAC ${MAC} moves 20 times within 950 ms, last from p1 to p2`));
  // Of the second that has begun, eleven moves are not on record.
  expect(movesAt(data, 'twins@3.52s')).toBe(movesAt(data, 'twins@3.52s', '--recorded') + 11);
});
