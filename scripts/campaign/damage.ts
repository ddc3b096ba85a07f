/** Damaged stores: bytes flipped or cut off in a copy of a sound one. A verb answers as if nothing was, or says damaged: exit code 4. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { endsInTime } from './kill-run.ts';
import { discard, type Ended, scratch, switchback } from './processes.ts';
import { Random } from './random.ts';
import { labPath } from './work.ts';

const LABS = ['spoof-check', 'uplink-team'];
const LAB = 'spoof-check';
const DAMAGED = 4;
/** Time the supervisor gives one access to the store, ms. */
const env = { SWITCHBACK_STORE_TIMEOUT_MS: '5000' };
/** Verbs whose answer depends on the log alone. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  verify: ['verify', LAB, '-f', 'json'],
  events: ['events', LAB, '-f', 'ndjson'],
  at: ['at', LAB, '-f', 'json'],
  inspect: ['inspect', LAB, '-f', 'json'],
  exec: ['exec', LAB, 'step 100ms', '--id', 'damaged', '-f', 'json'],
};

async function run({ seed, damages }: Settings): Promise<Tally> {
  const tally = new Tally();
  const folder = scratch();
  const sound = join(folder, 'sound');
  for (const lab of LABS) await endsInTime(switchback(['run', labPath(lab), '--data', sound]), tally, 'run');
  const answers = new Map<string, Ended | null>();
  for (const verb of Object.keys(VERBS)) answers.set(verb, await ask(verb, copied(sound, join(folder, verb)), tally, verb));
  for (let attempt = 1; attempt <= damages; attempt++) {
    const random = Random.of(seed, 'damage', attempt);
    const data = copied(sound, join(folder, `${attempt}`));
    const how = damage(random, data);
    const verb = random.pick(Object.keys(VERBS));
    const label = `damage ${attempt} (${how}, ${verb})`;
    const startMs = performance.now();
    const ended = await ask(verb, data, tally, label);
    tally.recoverMs.push(performance.now() - startMs);
    tally.count('stores');
    if (ended === null) continue;
    if (ended.code === DAMAGED) tally.count('found damaged');
    else if (ended.code !== 0) tally.fault(label, `exit ${ended.code ?? ended.signal}: ${ended.stderr.slice(0, 300)}`);
    else if (ended.stdout !== answers.get(verb)?.stdout)
      tally.fault(label, 'answered otherwise than the sound store, and not that it is damaged');
    discard(data);
  }
  discard(folder);
  return tally;
}

function copied(sound: string, data: string): string {
  cpSync(sound, data, { recursive: true });
  return data;
}

function ask(verb: string, data: string, tally: Tally, label: string): Promise<Ended | null> {
  return endsInTime(switchback([...(VERBS[verb] ?? []), '--data', data], { env }), tally, label);
}

/** Damages one file of a store. Locks are no data: what is in them is made anew. */
function damage(random: Random, data: string): string {
  const names = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => !name.endsWith('lock.mdb'));
  const files = names.sort().filter((name) => statSync(join(data, name)).isFile() && statSync(join(data, name)).size > 0);
  // Most of it is the log itself.
  const name = random.chance(70) ? 'data.mdb' : random.pick(files);
  const path = join(data, name);
  const bytes = readFileSync(path);
  if (random.chance(15)) {
    const length = random.below(bytes.length);
    writeFileSync(path, bytes.subarray(0, length));
    return `${name} cut at ${length}`;
  }
  const places = Array.from({ length: random.pick([1, 1, 2, 8]) }, () => random.below(bytes.length));
  for (const place of places) bytes[place] = (bytes[place] ?? 0) ^ random.between(1, 255);
  writeFileSync(path, bytes);
  return `${name} flipped at ${places.join(', ')}`;
}

export const damagedStore: Campaign = {
  name: 'damaged-store',
  title: 'bytes of a store are flipped or cut off: a verb answers as on the sound store, or says damaged with exit code 4',
  lane: 'input',
  run,
};
