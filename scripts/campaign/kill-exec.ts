/** `kill -9` of `exec` at random moments; then the same command with the same id. All commands go to one lab. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { endsInTime, killVerb } from './kill-run.ts';
import { discard, scratch, switchback, type Victim } from './processes.ts';
import { Random } from './random.ts';
import { commandOf, History, labText, recordsOf, WORK_LAB } from './work.ts';

const LAB = 'e1';
const VICTIMS: readonly Victim[] = ['both', 'supervisor', 'worker'];
const REPETITIONS_MAX = 3;

async function run({ seed, kills }: Settings): Promise<Tally> {
  const tally = new Tally();
  const folder = scratch();
  const data = join(folder, 'data');
  const file = join(folder, 'e1.lab.yml');
  writeFileSync(file, labText(WORK_LAB, LAB));
  const deployMs = performance.now();
  await endsInTime(switchback(['deploy', file, '--data', data, '--id', `${LAB}-0`]), tally, 'deploy');
  const lastsMs = performance.now() - deployMs;
  const history = new History(LAB);
  for (let attempt = 1; attempt <= kills; attempt++) {
    const random = Random.of(seed, 'kill-exec', attempt);
    const text = random.chance(30) ? `step ${random.between(1, 120)}s` : commandOf(random);
    history.commands.push(text);
    const args = ['exec', '--data', data, '--id', history.id(attempt), LAB, text];
    const running = switchback(args);
    await sleep(random.below(lastsMs));
    const victim = random.pick(VICTIMS);
    const name = `kill ${attempt} (${victim}, "${text}")`;
    await killVerb(running, victim, tally, name);
    tally.count('kills');
    const startMs = performance.now();
    if (!(await answers(args, tally, name))) break;
    tally.recoverMs.push(performance.now() - startMs);
    history.acknowledged.add(history.id(attempt));
  }
  const log = await openEmbeddedLog(data, { create: false });
  await history.check(await recordsOf(log, LAB), tally);
  await log.close();
  discard(folder);
  return tally;
}

/** Whether a repetition is answered; 0 is done, 1 is refused. One that hangs is a fault, and another is tried. */
async function answers(args: readonly string[], tally: Tally, name: string): Promise<boolean> {
  for (let repetition = 0; repetition < REPETITIONS_MAX; repetition++) {
    const ended = await endsInTime(switchback(args), tally, `repetition after ${name}`);
    if (ended === null) continue;
    if (ended.code === 0 || ended.code === 1) return true;
    tally.fault(`repetition after ${name}`, `exit ${ended.code}: ${ended.stderr}`);
  }
  return false;
}

export const killExec: Campaign = {
  name: 'kill-exec',
  title:
    'kill -9 of `exec` at random moments, of the supervising process, of the one that writes, or of both; then the same id again',
  lane: 'store',
  run,
};
