/** A broker behind a line that is slow, silent or cut, for seconds at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Broker, FAST_SETTINGS } from '../kafka-broker.ts';
import { BrokerProxy, type Disturbance } from './broker-proxy.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { Cell, missingKafka } from './cell.ts';
import { Random } from './random.ts';

const LASTS_MS_MIN = 300;
const LASTS_MS_MAX = 4000;
const BETWEEN_MS_MAX = 800;

function disturbanceOf(random: Random): Disturbance {
  const kind = random.pick(['delay', 'throttle', 'silence', 'cut'] as const);
  switch (kind) {
    case 'delay':
      return { kind, ms: random.between(20, 1000) };
    case 'throttle':
      return { kind, bytesPerSecond: random.between(500, 50_000) };
    case 'silence':
    case 'cut':
      return { kind };
  }
}

async function run({ seed, disturbances }: Settings): Promise<Tally> {
  const tally = new Tally();
  let behind = 0;
  const proxy = await BrokerProxy.listen(() => behind);
  // The broker names the proxy as its own address, so that nobody finds a way around it.
  const advertised = `PLAINTEXT://127.0.0.1:${proxy.port}`;
  const broker = await Broker.start({ settings: { ...FAST_SETTINGS, 'advertised.listeners': advertised } });
  behind = broker.port;
  try {
    const address = `127.0.0.1:${proxy.port}`;
    const cell = await Cell.start({ seed, name: 'slow-broker', broker: address, controllers: 2, labs: 4, tally, callMs: 10_000 });
    for (let number = 1; number <= disturbances; number++) {
      const random = Random.of(seed, 'slow-broker', number);
      await sleep(random.below(BETWEEN_MS_MAX));
      const disturbance = disturbanceOf(random);
      proxy.disturb(disturbance);
      tally.count(disturbance.kind);
      await sleep(random.between(LASTS_MS_MIN, LASTS_MS_MAX));
      proxy.disturb(null);
      const overMs = performance.now();
      if (await cell.fleet.recovered(overMs)) tally.recoverMs.push(performance.now() - overMs);
      else tally.fault(`disturbance ${number} (${disturbance.kind})`, 'not every lab answered again');
    }
    await cell.end();
  } finally {
    await broker.dispose();
    proxy.close();
  }
  return tally;
}

export const slowBroker: Campaign = {
  name: 'slow-broker',
  title: 'the line to the broker is delayed, throttled, silent or cut for up to 4 s at a time, while four labs are changed',
  lane: 'broker',
  missing: missingKafka,
  run,
};
