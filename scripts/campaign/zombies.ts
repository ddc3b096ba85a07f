/**
 * Controllers that are stopped (SIGSTOP) until the other has taken their labs over, and continued: what a zombie had under way must not
 * be written any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { missingKafka, shareOut } from './cell.ts';
import { withCells } from './kill-controller.ts';
import { Random } from './random.ts';

const MOMENT_MS_MAX = 1500;
/** Between a group that just misses the member (6 s) and one that has long gone on. */
const ASLEEP_MS_MIN = 5000;
const ASLEEP_MS_MAX = 12_000;

async function run(settings: Settings): Promise<Tally> {
  const { seed, zombies } = settings;
  const tally = new Tally();
  await withCells(settings, { name: 'zombies', attempts: zombies, tally, callMs: 10_000 }, (cells) =>
    shareOut(cells, zombies, async (cell, number) => {
      const random = Random.of(seed, 'zombies', number);
      await sleep(random.below(MOMENT_MS_MAX));
      const zombie = random.pick(cell.servers);
      const stoppedMs = performance.now();
      cell.away.add(zombie);
      zombie.running.signal('SIGSTOP');
      tally.count('zombies');
      const recovered = await Promise.all([cell.fleet.recovered(stoppedMs), sleep(random.between(ASLEEP_MS_MIN, ASLEEP_MS_MAX))]);
      zombie.running.signal('SIGCONT');
      if (!recovered[0]) tally.fault(`zombie ${number}`, 'not every lab answered while it was asleep');
      const continuedMs = performance.now();
      await zombie.ready();
      // The labs are asked through the zombie first from here on.
      cell.away.delete(zombie);
      cell.servers.sort((one) => (one === zombie ? -1 : 1));
      if (await cell.fleet.recovered(continuedMs)) tally.recoverMs.push(performance.now() - continuedMs);
      else tally.fault(`zombie ${number}`, 'not every lab answered after it was continued');
    }),
  );
  return tally;
}

export const zombies: Campaign = {
  name: 'zombies',
  title: 'a controller is stopped until the other has its labs, then continued; its labs are asked for through it',
  lane: 'broker',
  missing: missingKafka,
  run,
};
