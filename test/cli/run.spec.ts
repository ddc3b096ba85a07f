import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAILING, HA_LAB, json, recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

interface Report {
  readonly lab: string;
  readonly position: number;
  readonly chain: string;
  readonly virtualTimeNs: number;
  readonly checks: readonly { readonly name: string; readonly pass: boolean }[];
  readonly flows: readonly Readonly<Record<'sent' | 'received' | 'lost' | 'longestGapNs', number>>[];
}

describe('the shipped failover', () => {
  const first = join(scratch(), 'first');
  const second = join(scratch(), 'second');
  const report = json<Report>(['run', HA_LAB, '--data', first]);

  test('passes its checks and says where it ended', () => {
    expect(report).toMatchObject({ lab: 'ha-assigned-mac', virtualTimeNs: 60e9 });
    expect(report.position).toBeGreaterThan(100);
    expect(report.chain).toMatch(/^[0-9a-f]{64}$/);
    expect(report.checks.filter(({ pass }) => !pass)).toEqual([]);
    expect(report.checks.map(({ name }) => name)).toContain('gratuitous-arp');
  });

  test('accounts for every frame of every flow', () => {
    expect(report.flows).toHaveLength(3);
    for (const { sent, received, lost, longestGapNs } of report.flows) {
      expect(sent).toBe(received + lost);
      expect(longestGapNs).toBeGreaterThan(9.4e9);
    }
  });

  test('has the same chain in another directory', () => {
    expect(json<Report>(['run', HA_LAB, '--data', second]).chain).toBe(report.chain);
  });

  test('is not overwritten unless that is asked for', () => {
    const refused = switchback(['run', HA_LAB, '--data', first]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('lab ha-assigned-mac exists already; --replace');
    expect(switchback(['run', HA_LAB, '--data', first, '--replace']).code).toBe(0);
    expect(json<{ chain: string }>(['verify', 'ha-assigned-mac', '--data', first]).chain).toBe(report.chain);
  });
});

test('a check that fails is exit 1, and says what was seen instead', () => {
  const { code, stdout } = switchback(['run', FAILING, '--data', join(scratch(), 'data')]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAIL {2}all-lost/);
  expect(stdout).toMatch(/frames? of \w+ lost, expected (at least|at most|exactly) \d/);
});

test('people are told where everything is and what to try next', () => {
  const data = join(scratch(), 'data');
  const { stdout } = switchback(['run', TWO_HOSTS, '--data', data]);
  expect(stdout).toContain(`switchback verify two-hosts --data ${data}`);
  expect(stdout).toMatch(/FLOW +SENT +RECEIVED/);
});

test('--timeline tells what happened before the summary', () => {
  const { stdout } = switchback(['run', TWO_HOSTS, '--data', join(scratch(), 'data'), '--timeline']);
  expect(stdout.indexOf('learns 10.0.0.2 at')).toBeGreaterThan(0);
});

describe('the data directory', () => {
  test('is .switchback here unless said otherwise', () => {
    const cwd = scratch();
    expect(switchback(['run', join(process.cwd(), TWO_HOSTS)], { cwd }).code).toBe(0);
    expect(existsSync(join(cwd, '.switchback'))).toBe(true);
  });

  test('can be said once, in the environment', () => {
    const data = recorded(TWO_HOSTS);
    expect(switchback(['inspect'], { env: { SWITCHBACK_DATA: data } }).stdout).toContain('two-hosts');
  });
});
