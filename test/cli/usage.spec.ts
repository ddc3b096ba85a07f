/** What the command says to people who hold it the wrong way round. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const data = recorded(TWO_HOSTS);

const WRONG: readonly [what: string, args: readonly string[], says: string][] = [
  ['no verb', [], 'Usage: switchback'],
  ['an unknown verb', ['verfy', 'x'], "unknown command 'verfy'"],
  ['a missing argument', ['run'], 'expected: switchback run [options] <file>'],
  ['an unknown option', ['verify', 'two-hosts', '--hurry'], 'expected: switchback verify [options] <lab>'],
  ['an unknown format', ['inspect', '-f', 'yaml'], 'Allowed choices are table, json'],
  ['an unknown lab', ['verify', 'three-hosts', '--data', data], 'there is no lab three-hosts; recorded labs: two-hosts'],
  ['an unknown lab at a time', ['at', 'three-hosts@1s', '--data', data], 'recorded labs: two-hosts'],
  ['a directory without a store', ['events', 'two-hosts', '--data', join(scratch(), 'none')], 'there is no recorded lab in'],
  [
    'a time without a unit',
    ['at', 'two-hosts@0.5', '--data', data],
    '"0.5" is neither a position such as 98 nor a time such as 12.5s',
  ],
  ['position 0', ['at', 'two-hosts@0', '--data', data], 'positions start at 1'],
  ['a position past the end', ['at', 'two-hosts@99', '--data', data], 'ends at position 5; it has no position 99'],
  [
    'a time past the end (T8)',
    ['at', 'two-hosts@99s', '--data', data],
    'lab two-hosts ends at 2.000000000 s; nothing is recorded at 99.000000000 s',
  ],
  ['a NIC past the end (T8)', ['inspect', 'two-hosts@2.1s', 'nic1', '--data', data], 'lab two-hosts ends at 2.000000000 s'],
  ['a capture past the end (T8)', ['capture', 'two-hosts', '-w', '-', '--from', '3s', '--data', data], 'ends at 2.000000000 s'],
  ['events past the end (T8)', ['events', 'two-hosts', '--from', '42s', '--data', data], 'ends at 2.000000000 s'],
  ['events past the last (T8)', ['events', 'two-hosts', '--from', '9', '--data', data], 'it has no position 9'],
  [
    'events backwards in time (T8)',
    ['events', 'two-hosts', '--from', '1.5s', '--to', '1s', '--data', data],
    '--from 1.5s lies after --to 1s',
  ],
  ['events backwards (T8)', ['events', 'two-hosts', '--from', '3', '--to', '2', '--data', data], '--from 3 lies after --to 2'],
  [
    'events from a position after a time (T8)',
    ['events', 'two-hosts', '--from', '5', '--to', '1s', '--data', data],
    '--from 5 lies after --to 1s',
  ],
  [
    'an unknown event type',
    ['events', 'two-hosts', '--type', 'GarpSend', '--data', data],
    'there is no event type "GarpSend"; did you mean "GarpSent"?',
  ],
  [
    'an unknown interface',
    ['capture', 'two-hosts', 'a:eth9', '-w', '-', '--data', data],
    'no interface a:eth9 in this lab; it has a:eth0',
  ],
  ['a capture to nowhere', ['capture', 'two-hosts', '--data', data], "'-w, --write <file>' not specified"],
  [
    'an interval backwards',
    ['capture', 'two-hosts', '-w', '-', '--from', '2s', '--to', '1s', '--data', data],
    '--from 2s is after --to 1s',
  ],
  ['a chain that is none', ['verify', 'two-hosts', '--expect-chain', 'abc', '--data', data], 'expected 64 hexadecimal digits'],
  ['a schema that is none', ['schema', 'labs'], 'Allowed choices are lab, run'],
];

describe('bad usage exits with 2 and says what was expected:', () => {
  test.each(WRONG)('%s', (_, args, says) => {
    const { code, stdout, stderr } = switchback(args);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test('help and version are results', () => {
  expect(switchback(['--help'])).toMatchObject({ code: 0, stderr: '' });
  expect(switchback(['verify', '--help']).stdout).toContain('--expect-chain <hex>');
  expect(switchback(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
});

test('a reader that has seen enough is no error', () => {
  const line = `"${process.execPath}" dist/ts/cli/bin.js events two-hosts --data "${data}" -f ndjson; echo "exit $?" >&2`;
  const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${line}; } | head -c 10`], { encoding: 'utf8' });
  expect(stdout).toHaveLength(10);
  expect(stderr).toBe('exit 0\n');
});

test('colours are for terminals, and NO_COLOR forbids them', () => {
  const plain = switchback(['inspect', 'two-hosts', '--data', data]).stdout;
  const forced = { FORCE_COLOR: '1', NO_COLOR: '' };
  expect(plain).not.toContain('\u001b[');
  expect(switchback(['inspect', 'two-hosts', '--data', data], { env: forced }).stdout).toContain('\u001b[');
  expect(switchback(['inspect', 'two-hosts', '--data', data], { env: { ...forced, NO_COLOR: '1' } }).stdout).toBe(plain);
});
