/** `kill -9` of the broker at random moments, started again on the data that it left. Cells here have a broker each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Broker, FAST_SETTINGS } from '../kafka-broker.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { Cell, missingKafka, shareOut } from './cell.ts';
import { Random } from './random.ts';

/** A broker needs seconds of a processor to start: more of them would only wait for each other. */
const CELLS = 3;
const ATTEMPTS_PER_CELL = 4;
const MOMENT_MS_MAX = 1000;

async function run({ seed, kills }: Settings, say: (text: string) => void): Promise<Tally> {
  const tally = new Tally();
  const brokers = new Map<Cell, Broker>();
  try {
    for (let number = 1; number <= Math.min(CELLS, Math.ceil(kills / ATTEMPTS_PER_CELL)); number++) {
      const broker = await Broker.start({ settings: FAST_SETTINGS });
      const name = `kill-broker-${number}`;
      brokers.set(await Cell.start({ seed, name, broker: broker.address, controllers: 1, labs: 2, tally, callMs: 10_000 }), broker);
    }
    const cells = [...brokers.keys()];
    await shareOut(cells, kills, async (cell, number) => {
      const broker = brokers.get(cell);
      await sleep(Random.of(seed, 'kill-broker', number).below(MOMENT_MS_MAX));
      const killedMs = performance.now();
      await broker?.kill();
      tally.count('kills');
      await broker?.start();
      if (await cell.fleet.recovered(killedMs)) tally.recoverMs.push(performance.now() - killedMs);
      else tally.fault(`kill ${number}`, 'not every lab answered again');
      if (number % 20 === 0) say(`${number} kills`);
    });
    for (const cell of cells) await cell.end();
  } finally {
    for (const broker of brokers.values()) await broker.dispose();
  }
  return tally;
}

export const killBroker: Campaign = {
  name: 'kill-broker',
  title: 'kill -9 of the broker at random moments, while labs are changed; it starts again on the data that it left',
  lane: 'broker',
  missing: missingKafka,
  run,
};
