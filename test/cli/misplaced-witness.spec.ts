/** What a store has in the place of its witnesses: every verb that reads the lab answers "damaged", and names the path. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

const data = recorded(TWO_HOSTS);
const folder = join(data, 'heads');
const witness = join(folder, 'two-hosts.json');

const VERBS: readonly (readonly string[])[] = [
  ['inspect'],
  ['inspect', 'two-hosts'],
  ['events', 'two-hosts'],
  ['at', 'two-hosts@1s'],
  ['verify', 'two-hosts'],
  ['capture', 'two-hosts', '-w', join(scratch(), 'out.pcapng')],
  ['exec', 'two-hosts', 'step 1s'],
  ['destroy', 'two-hosts'],
  ['run', TWO_HOSTS],
];

const DAMAGE: readonly (readonly [what: string, path: string, make: () => void])[] = [
  ['a folder is where the witness of a lab should be', witness, () => mkdirSync(witness)],
  ['a link that leads to itself is where the witness of a lab should be', witness, () => symlinkSync(witness, witness)],
  [
    'a file is where the folder of witnesses should be',
    folder,
    () => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, '');
    },
  ],
];

describe.each(DAMAGE)('when %s', (_, path, make) => {
  test('every verb exits with 4 and names the path', () => {
    rmSync(witness, { recursive: true, force: true });
    make();
    for (const verb of VERBS) {
      const { code, stdout, stderr } = switchback([...verb, '--data', data]);
      expect({ verb, code }, stderr).toEqual({ verb, code: 4 });
      expect(stdout + stderr).toContain(path);
    }
  });
});
