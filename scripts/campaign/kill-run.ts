/**
 * `kill -9` of `run` at random moments: what is recorded by then must be the beginning of the undisturbed run, and the next `run` on the
 * same store must record it whole. All attempts use one store, so that each finds what the ones before it left.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLog, StoreMissing } from '../../ts/log/embedded/index.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { discard, type Ended, type Running, scratch, switchback, traceIn, type Victim } from './processes.ts';
import { Random } from './random.ts';
import { labPath, recordsOf } from './work.ts';

const LAB = 'ha-assigned-mac';
const VICTIMS: readonly Victim[] = ['both', 'supervisor', 'worker'];
/**
 * How long a child may work on after the process that supervises it was killed, ms of processor time: on a busy machine the same work
 * takes any time. Loading its modules and booting the lab, it works for up to 800 ms before it looks; a whole run takes 1700 ms.
 */
const ORPHAN_PROCESSOR_MS_MAX = 1200;
/** Longer than any run here takes. */
export const ANSWER_MS_MAX = 60_000;
const POLL_MS = 20;

export async function run({ seed, kills }: Settings): Promise<Tally> {
  const tally = new Tally();
  const data = scratch();
  const args = ['run', labPath(LAB), '--replace', '--data', data];
  const startMs = performance.now();
  const first = await switchback(args).ended;
  const lastsMs = performance.now() - startMs;
  const undisturbed = (await read(data)).map(({ chain }) => toHex(chain));
  for (let attempt = 1; attempt <= kills; attempt++) {
    const random = Random.of(seed, 'kill-run', attempt);
    const running = switchback(args);
    await sleep(random.below(lastsMs * 1.1));
    const victim = random.pick(VICTIMS);
    await killVerb(running, victim, tally, `kill ${attempt} (${victim})`);
    tally.count('kills');
    const cut = (await read(data)).at(-1);
    if (cut !== undefined && toHex(cut.chain) !== undisturbed[cut.position - 1]) {
      tally.fault(`kill ${attempt}`, `what is recorded up to ${cut.position} is not the beginning of the undisturbed run`);
    }
    const againMs = performance.now();
    const again = await endsInTime(switchback(args), tally, `run after kill ${attempt}`);
    tally.recoverMs.push(performance.now() - againMs);
    if (again?.code !== first.code) tally.fault(`run after kill ${attempt}`, `exit ${again?.code}: ${again?.stderr}`);
    const chain = toHex((await read(data)).at(-1)?.chain ?? new Uint8Array());
    tally.chains++;
    if (chain !== undisturbed.at(-1)) tally.fault(`run after kill ${attempt}`, `chain ${chain}, undisturbed ${undisturbed.at(-1)}`);
  }
  discard(data);
  return tally;
}

/** Kills a verb; no process of it may go on writing. */
export async function killVerb(running: Running, victim: Victim, tally: Tally, attempt: string): Promise<void> {
  // The worker's death is seen by its supervisor, which may have to give up on the store first.
  await within(running.kill(victim));
  const [beganMs, usedMs] = [performance.now(), running.processorMs];
  let workedMs = 0;
  const mayGoOn = () => workedMs < ORPHAN_PROCESSOR_MS_MAX && performance.now() - beganMs < ANSWER_MS_MAX;
  while (running.hasOrphans && mayGoOn()) {
    await sleep(POLL_MS);
    workedMs = running.processorMs - usedMs;
  }
  if (running.hasOrphans) {
    tally.fault(
      attempt,
      `a process goes on ${(performance.now() - beganMs).toFixed(0)} ms (${workedMs} ms of work) after ${victim} was killed`,
    );
    running.killAll();
  }
  inspect(running, tally, attempt);
}

/** Waits for a verb, and ends it when it hangs: then null. */
export async function endsInTime(running: Running, tally: Tally, attempt: string): Promise<Ended | null> {
  const ended = await within(running.ended);
  if (ended === null) {
    tally.fault(attempt, `no end after ${ANSWER_MS_MAX} ms`);
    running.killAll();
    await running.ended;
  }
  inspect(running, tally, attempt);
  return ended;
}

/** What is waited for; null when it takes too long. */
async function within<T>(awaited: Promise<T>): Promise<T | null> {
  const over = new AbortController();
  const late = sleep(ANSWER_MS_MAX, null, { signal: over.signal }).catch(() => null);
  const first = await Promise.race([awaited, late]);
  over.abort();
  return first;
}

function inspect(running: Running, tally: Tally, attempt: string): void {
  tally.memory(running.memoryBytesMax);
  const trace = traceIn(running.stdout) ?? traceIn(running.stderr);
  if (trace !== null) tally.fault(attempt, trace);
}

async function read(data: string): Promise<LogRecord[]> {
  try {
    const log = await openEmbeddedLog(data, { create: false });
    try {
      return await recordsOf(log, LAB);
    } finally {
      await log.close();
    }
  } catch (error) {
    if (error instanceof StoreMissing) return [];
    throw error;
  }
}

export const killRun: Campaign = {
  name: 'kill-run',
  title:
    'kill -9 of `run` at random moments, of the supervising process, of the one that writes, or of both; then the same run again',
  lane: 'store',
  run,
};
