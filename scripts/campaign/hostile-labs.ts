/**
 * Hostile lab files: damaged ones are read one by one in a process that is measured; some go through `switchback validate` as well, and
 * of those that are valid some are played. Large ones have a process each.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { readBatch } from './hostile.ts';
import { hostileLab, LARGE } from './hostile-text.ts';
import { endsInTime } from './kill-run.ts';
import { discard, ROOT, scratch, switchback } from './processes.ts';
import { Random } from './random.ts';

/**
 * Inputs that one process reads. Garbage that V8 has not collected yet counts as resident: behind a thousand files it is 290 MB, and no
 * more behind two thousand, so a larger batch would measure V8 and not a file.
 */
const BATCH = 250;
/** The valid ones of one in so many are played; one in so many is validated by the command itself. */
const PLAYED = 4;
const VALIDATED = 20;
const FILES_PER_COMMAND = 100;
/** Below the limit of characters, so that it is the parser that meets them; the first alone in the short form. */
const LARGE_CHARACTERS = [100_000, 1_000_000, 2_000_000];
/** What no terminal may be sent: C0 but the line end, DEL, C1, and what turns the direction of a text. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

async function run(settings: Settings, say: (text: string) => void): Promise<Tally> {
  const { seed, inputs, isShort } = settings;
  const tally = new Tally();
  let accepted = 0;
  for (let from = 1; from <= inputs; from += BATCH) {
    const to = Math.min(inputs, from + BATCH - 1);
    const args = (first: number) => ['labs', `${seed}`, `${first}`, `${to}`];
    accepted += (await readBatch({ what: 'lab', args, from, to, limitsMemory: true }, tally)).accepted;
    tally.count('damaged files', to - from + 1);
  }
  say('the damaged ones are read');
  tally.count('of them valid', accepted);
  const played = Math.ceil(inputs / PLAYED);
  const args = (first: number) => ['play', `${seed}`, `${first}`, `${played}`];
  tally.count('played', (await readBatch({ what: 'lab', args, from: 1, to: played, limitsMemory: false }, tally)).accepted);
  await validate(settings, tally);
  say('large ones begin');
  for (const characters of isShort ? LARGE_CHARACTERS.slice(0, 1) : LARGE_CHARACTERS) {
    for (const name of Object.keys(LARGE)) await large(name, characters, tally);
  }
  return tally;
}

/** In a process of its own: what earlier files left behind would be counted, too. */
async function large(name: string, characters: number, tally: Tally): Promise<void> {
  const args = () => ['large', `${characters}`, '1', name];
  await readBatch({ what: `${characters} characters of ${name}`, args, from: 1, to: 1, limitsMemory: true }, tally);
  tally.count('large files', 1);
}

/** As people have files checked: exit code 0, 1 or 3, all files in one call, and nothing printed that a terminal obeys. */
async function validate({ seed, inputs }: Settings, tally: Tally): Promise<void> {
  const labs = readdirSync(join(ROOT, 'labs')).filter((name) => name.endsWith('.lab.yml'));
  const texts = labs.sort().map((name) => readFileSync(join(ROOT, 'labs', name), 'utf8'));
  const folder = scratch();
  const files: string[] = [];
  for (let attempt = VALIDATED; attempt <= inputs; attempt += VALIDATED) {
    const path = join(folder, `${attempt}.lab.yml`);
    writeFileSync(path, hostileLab(Random.of(seed, 'labs', attempt), texts));
    files.push(path);
  }
  for (let from = 0; from < files.length; from += FILES_PER_COMMAND) {
    const some = files.slice(from, from + FILES_PER_COMMAND);
    const label = `validate of labs ${(from + 1) * VALIDATED} to ${(from + some.length) * VALIDATED}`;
    const ended = await endsInTime(switchback(['validate', ...some]), tally, label);
    if (ended === null) continue;
    tally.count('validated by the command', some.length);
    if (ended.code !== 0 && ended.code !== 1 && ended.code !== 3)
      tally.fault(label, `exit ${ended.code ?? ended.signal}: ${ended.stderr}`);
    const control = CONTROLS.exec(ended.stdout + ended.stderr);
    if (control !== null) tally.fault(label, `prints U+${control[0].codePointAt(0)?.toString(16)}`);
  }
  discard(folder);
}

export const hostileLabs: Campaign = {
  name: 'hostile-labs',
  title:
    'damaged and endless lab files: no stack trace, no control character on the terminal, at most 3 s of a processor and 300 MB',
  lane: 'input',
  run,
};
