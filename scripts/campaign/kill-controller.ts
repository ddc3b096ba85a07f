/** `kill -9` of controllers at random moments: the other takes over, and the dead one comes back on the data that it left. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Broker, FAST_SETTINGS } from '../kafka-broker.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { Cell, missingKafka, shareOut } from './cell.ts';
import { kill } from './kill-serve.ts';
import { Random } from './random.ts';

const CELLS = 5;
/** Kills in one cell that make a cell worth starting. */
const ATTEMPTS_PER_CELL = 4;
const MOMENT_MS_MAX = 1500;

/** Cells of two controllers on one broker of their own. */
export async function withCells(
  { seed }: Settings,
  {
    name,
    attempts,
    tally,
    callMs,
  }: { readonly name: string; readonly attempts: number; readonly tally: Tally; readonly callMs: number },
  work: (cells: readonly Cell[]) => Promise<void>,
): Promise<void> {
  const broker = await Broker.start({ settings: FAST_SETTINGS });
  try {
    const count = Math.min(CELLS, Math.ceil(attempts / ATTEMPTS_PER_CELL));
    const cells: Cell[] = [];
    for (let number = 1; number <= count; number++) {
      cells.push(
        await Cell.start({ seed, name: `${name}-${number}`, broker: broker.address, controllers: 2, labs: 2, tally, callMs }),
      );
    }
    await work(cells);
    for (const cell of cells) await cell.end();
  } finally {
    await broker.dispose();
  }
}

async function run(settings: Settings, say: (text: string) => void): Promise<Tally> {
  const { seed, kills } = settings;
  const tally = new Tally();
  await withCells(settings, { name: 'kill-controller', attempts: kills, tally, callMs: 10_000 }, (cells) =>
    shareOut(cells, kills, async (cell, number) => {
      const random = Random.of(seed, 'kill-controller', number);
      await sleep(random.below(MOMENT_MS_MAX));
      const victim = random.pick(cell.servers);
      const killedMs = performance.now();
      cell.away.add(victim);
      await kill(victim, tally);
      tally.count('kills');
      const [recovered] = await Promise.all([cell.fleet.recovered(killedMs), cell.replace(victim)]);
      if (recovered) tally.recoverMs.push(performance.now() - killedMs);
      else tally.fault(`kill ${number}`, 'not every lab answered again');
      if (number % 20 === 0) say(`${number} kills`);
    }),
  );
  return tally;
}

export const killController: Campaign = {
  name: 'kill-controller',
  title:
    'kill -9 of one of two controllers at random moments, while their labs are changed; it comes back on the data that it left',
  lane: 'broker',
  missing: missingKafka,
  run,
};
