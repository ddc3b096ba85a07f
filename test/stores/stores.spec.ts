/** Stores of earlier releases open, fold and show; that another engine decides otherwise is no damage. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { json, ndjson, scratch, switchback } from '../cli/switchback.ts';

const OLD = 'test/stores/85b7ee2';

/** A copy: opening a store writes its lock file. */
function copy(): string {
  const data = join(scratch(), 'data');
  cpSync(OLD, data, { recursive: true });
  return data;
}

describe('a store that commit 85b7ee2 wrote', () => {
  test('opens, and lists its labs', () => {
    const { labs } = json<{ labs: readonly { lab: string; events: number }[] }>(['inspect', '--data', copy()]);
    expect(labs.map(({ lab }) => lab)).toEqual(['burst', 'ha-virtual-mac', 'spoof-check', 'uplink-team']);
  });

  test.each([
    ['burst', 7],
    ['ha-virtual-mac', 329],
    ['spoof-check', 88],
    ['uplink-team', 36],
  ])('%s has the events it had', (lab, count) => {
    const events = ndjson<{ position: number }>(['events', lab, '--data', copy()]);
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  test('folds to the state it had: the unit that won the election is active', () => {
    const at = switchback(['at', 'ha-virtual-mac@30s', '--recorded', '--data', copy()]);
    expect(at.stderr).toBe('');
    expect(at.code).toBe(0);
    expect(at.stdout).toMatch(/fw1\s+active\s+election-won/);
  });

  test.each(['burst', 'ha-virtual-mac', 'spoof-check', 'uplink-team'])(
    'verify of %s says that another engine wrote it, exit 3',
    (lab) => {
      const { code, stdout } = switchback(['verify', lab, '--data', copy()]);
      expect(stdout).toMatch(/OTHER ENGINE/);
      expect(stdout).not.toMatch(/damaged|DIVERGED/);
      expect(code).toBe(3);
    },
  );
});
