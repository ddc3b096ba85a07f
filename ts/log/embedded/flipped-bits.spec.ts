import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chained } from '../../../test/contract/records.ts';
import type { Findings } from '../../../test/embedded-log-child.ts';
import { Child, newDir, withLog } from '../../../test/support/embedded-store.ts';

describe('one flipped bit anywhere in the store', () => {
  const FLIPS = 200;
  const LABS = ['again', 'big', 'many', 'tail'] as const;
  const ASKED = [...LABS, 'gone', 'never'];

  test('is reported, or crashes the reading process, or changes nothing: never a shorter, missing or different log', async () => {
    const dir = newDir();
    await fill(dir);
    let child = new Child();
    const truth = (await child.ask({ read: dir, labs: ASKED })) as Findings;
    expect(truth.listed).toEqual(LABS);
    expect(truth.labs['gone']).toBe('absent');

    const outcomes = { whole: 0, reported: 0, crashed: 0 };
    const copy = newDir();
    for (const flip of flips(dir, FLIPS)) {
      rmSync(copy, { recursive: true, force: true });
      cpSync(dir, copy, { recursive: true });
      const damaged = flipBit(join(copy, flip.file), flip.at, flip.bit);
      const found = (await child.ask({ read: copy, labs: ASKED })) as Findings | 'dead';
      if (found === 'dead') {
        expect(await child.exit, `${flip.file} ${flip.at}.${flip.bit}`).toMatchObject({ signal: expect.stringMatching(/^SIG/) });
        outcomes.crashed++;
        child = new Child();
        continue;
      }
      const reported = Object.values(found.labs).filter((text) => text.startsWith('damaged: ')).length;
      expect(untrue(found, truth), `${flip.file} ${flip.at}.${flip.bit}`).toEqual([]);
      expect(readFileSync(join(copy, flip.file)).equals(damaged), 'reading repaired the store').toBe(true);
      outcomes[reported > 0 ? 'reported' : 'whole']++;
    }
    expect(outcomes.whole + outcomes.reported + outcomes.crashed).toBeGreaterThanOrEqual(FLIPS);
    // A third of the pages hold records: flips that are never noticed would mean that the campaign looks elsewhere.
    expect(outcomes.reported).toBeGreaterThan(FLIPS / 5);
  });

  /** Small and big batches, a removed lab, one that was made again: some of everything that the files can hold. */
  async function fill(dir: string): Promise<void> {
    await withLog(dir, async (log) => {
      const records = chained(150);
      for (const [index, record] of records.entries()) await log.append('many', index, [record]);
      await log.append('big', 0, chained(300));
      await log.append('gone', 0, chained(20));
      await log.append('again', 0, chained(40));
      await log.remove('gone');
      await log.remove('again');
      await log.append(
        'again',
        0,
        chained(10, null, () => 'again'),
      );
      await log.append('tail', 0, chained(3));
    });
  }

  /** Everything found that is neither the truth nor a report of damage. */
  function untrue(found: Findings, truth: Findings): string[] {
    const wrong = ASKED.filter((lab) => found.labs[lab] !== truth.labs[lab] && !found.labs[lab]?.startsWith('damaged: '));
    const faults = wrong.map((lab) => `${lab}: ${found.labs[lab]}`);
    if (typeof found.listed === 'string') return found.listed.startsWith('damaged: ') ? faults : [...faults, found.listed];
    const unlisted = LABS.filter((lab) => !found.listed.includes(lab)).map((lab) => `${lab} is not listed`);
    const extra = found.listed.filter((lab) => found.labs[lab] === undefined || found.labs[lab] === 'absent');
    return [...faults, ...unlisted, ...extra.map((lab) => `${lab} is listed`)];
  }
});

interface Flip {
  readonly file: string;
  readonly at: number;
  readonly bit: number;
}

/**
 * `count` bits anywhere in the data file and the witnesses, and a third as many more where lmdb's two meta pages keep their
 * roots and transaction numbers: one flip there and the last commit never was. (Without witnesses those turn the test red.)
 */
function* flips(dir: string, count: number): Generator<Flip> {
  const [PAGE_BYTES, ROOTS_FROM, ROOTS_BYTES] = [4096, 96, 64];
  const files = ['data.mdb', ...readdirSync(join(dir, 'heads')).map((name) => join('heads', name))];
  const sizes = files.map((file) => statSync(join(dir, file)).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const random = xorshift(20261120);
  for (let index = 0; index < count; index++) {
    let at = random(total);
    let file = 0;
    while (at >= (sizes[file] as number)) at -= sizes[file++] as number;
    yield { file: files[file] as string, at, bit: random(8) };
  }
  for (let index = 0; index < count / 3; index++) {
    yield { file: 'data.mdb', at: random(2) * PAGE_BYTES + ROOTS_FROM + random(ROOTS_BYTES), bit: random(8) };
  }
}

function flipBit(file: string, at: number, bit: number): Buffer {
  const content = readFileSync(file);
  content[at] = (content[at] as number) ^ (1 << bit);
  writeFileSync(file, content);
  return content;
}

/** The same "random" numbers in every run. */
function xorshift(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
