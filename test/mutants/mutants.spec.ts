/** Mutants age with the sources they change. `npm run test:mutants` tries them; here each is only checked to be possible. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mutate, readMutants } from '../../scripts/mutants/mutant.ts';

const MUTANTS = readMutants();

test('there are mutants of the data plane and of the engine', () => {
  expect(MUTANTS.filter(({ file }) => file.startsWith('asm/')).length).toBeGreaterThanOrEqual(5);
  expect(MUTANTS.filter(({ file }) => file.startsWith('ts/')).length).toBeGreaterThanOrEqual(10);
});

describe.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s', (_, mutant) => {
  test('changes one place, and is looked for by tests that exist', () => {
    const source = readFileSync(mutant.file, 'utf8');
    expect(mutate(source, mutant)).not.toBe(source);
    expect(existsSync(mutant.killedBy.spec), mutant.killedBy.spec).toBe(true);
    expect(readFileSync(mutant.killedBy.spec, 'utf8')).toContain(mutant.killedBy.test);
  });
});
