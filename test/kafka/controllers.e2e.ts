/** Two controllers, as processes, around one broker: what happens to their labs when one of them dies, stalls, or loses the broker. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { goldenChains } from '../../scripts/golden-file.ts';
import { scriptSteps } from '../../ts/engine/script.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { connectKafka, openMirror } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { verifyLab } from '../../ts/services/ask/verify-lab.ts';
import { deploy, labFile } from '../living/labs.ts';
import { needs } from '../needs.ts';
import { type Broker, freshTopics, startBroker } from './broker.ts';
import { ControllerProcess } from './controller-process.ts';
import { PATIENCE_MS, until } from './until.ts';

const golden = goldenChains();
const PARTITIONS = 4;
const file = labFile('ha-assigned-mac');
const steps = scriptSteps(file.script);

let brokers: readonly string[];
let prefix: string;
let processes: ControllerProcess[];
beforeEach(() => {
  processes = [];
  brokers = [inject('kafka')];
  prefix = freshTopics().prefix;
});
afterEach(async () => {
  for (const controller of processes) {
    controller.signal('SIGCONT');
    await controller.kill();
  }
});

async function controller(): Promise<ControllerProcess> {
  const started = await ControllerProcess.start(brokers, prefix, PARTITIONS);
  processes.push(started);
  return started;
}

/** Two controllers with partitions each. */
async function pair(): Promise<[ControllerProcess, ControllerProcess]> {
  const both: [ControllerProcess, ControllerProcess] = [await controller(), await controller()];
  await until(async () => {
    const [one, two] = [(await both[0].status()).partitionsOwned, (await both[1].status()).partitionsOwned];
    return one > 0 && two > 0 && one + two === PARTITIONS;
  });
  return both;
}

/** Which of two controllers runs a lab: the one whose count of commands grows. */
async function ownerOf(
  lab: string,
  [one, two]: readonly [ControllerProcess, ControllerProcess],
): Promise<[ControllerProcess, ControllerProcess]> {
  const before = (await one.status()).commandsTaken;
  await two.execute(lab, 'step 0s');
  return (await one.status()).commandsTaken > before ? [one, two] : [two, one];
}

/** All records of a lab, read by somebody who has only the broker. */
async function recordsOf(
  lab: string,
): Promise<{ readonly records: LogRecord[]; readonly isProven: boolean; readonly troubles: number }> {
  const connection = await connectKafka({ brokers, prefix });
  const log = openMemoryLog();
  const mirror = await openMirror(connection, { target: log });
  try {
    await mirror.caughtUp();
    const records: LogRecord[] = [];
    for await (const batch of log.read(lab)) records.push(...batch);
    const { verified } = await verifyLab(log, lab);
    return { records, isProven: verified, troubles: mirror.troubles().length };
  } finally {
    await mirror.close();
    await connection.close();
  }
}

needs('kafka')('labs on two controllers', () => {
  test.each(Object.entries(golden))('%s has the chain of its run when it is stepped through Kafka', async (name, chain) => {
    const one = await controller();
    const { script, ...rest } = labFile(name);
    await one.ask(name, deploy({ script, ...rest }));
    // Some labs are about what is refused; the chain says whether the right things were.
    for (const text of scriptSteps(script)) expect(['done', 'refused']).toContain(await one.execute(name, text));
    expect((await one.head(name))?.chain).toBe(chain);
  });

  test('answer on the other when one is killed, at the same position and with the same chain', async () => {
    const both = await pair();
    await both[0].ask('lab', deploy(file));
    for (const text of steps.slice(0, 3)) await both[0].execute('lab', text);
    const [owner, other] = await ownerOf('lab', both);
    const before = await other.head('lab');
    await owner.kill();
    const startMs = performance.now();
    // The very command that finds nobody is carried out when somebody is there again.
    expect(await other.execute('lab', 'step 0s', PATIENCE_MS)).toBe('done');
    console.log(`the other answered after ${((performance.now() - startMs) / 1000).toFixed(1)} s; 10 are asked for`);
    const after = await other.head('lab');
    expect(after?.position).toBe((before?.position ?? 0) + 1);
    const { records, isProven } = await recordsOf('lab');
    expect(records[(before?.position ?? 0) - 1]?.chain).toEqual(Uint8Array.from(Buffer.from(before?.chain ?? '', 'hex')));
    expect(isProven).toBe(true);
  });

  test('are finished by the other when one is killed in the middle of a step, and come to the same chain', async () => {
    const both = await pair();
    await both[0].ask('lab', deploy(file));
    const [owner, other] = await ownerOf('lab', both);
    const before = (await other.head('lab'))?.position ?? 0;
    // Minutes of traffic: seconds of work.
    void owner.submit('lab', 'step 300s', 'long').catch(() => undefined);
    await until(async () => ((await other.head('lab'))?.position ?? 0) > before + 20);
    await owner.kill();
    await until(async () => (await other.execute('lab', 'step 0s', 5000).catch(() => '')) === 'done');
    const { records, isProven, troubles } = await recordsOf('lab');
    expect(isProven).toBe(true);
    expect(troubles).toBe(0);
    expect(records.filter(({ commandId }) => commandId === 'long')).toHaveLength(1);
    expect(records.at(-1)?.settled).toBe(true);
  });

  test('refuse a controller that was asleep while the other took over', async () => {
    const both = await pair();
    await both[0].ask('lab', deploy(file));
    const [zombie, other] = await ownerOf('lab', both);
    const before = (await other.head('lab'))?.position ?? 0;
    await zombie.submit('lab', 'step 600s', 'long');
    await until(async () => ((await other.head('lab'))?.position ?? 0) > before + 5);
    // Fast asleep, with work under way and a transaction open.
    zombie.signal('SIGSTOP');
    await until(async () => (await other.status()).partitionsOwned === PARTITIONS);
    zombie.signal('SIGCONT');
    await until(async () => (await zombie.execute('lab', 'step 0s', 5000).catch(() => '')) === 'done');
    const { records, isProven, troubles } = await recordsOf('lab');
    expect(isProven).toBe(true);
    expect(troubles).toBe(0);
    expect(records.filter(({ commandId }) => commandId === 'long')).toHaveLength(1);
  });
});

needs('kafka')('a broker that dies under its controllers', () => {
  let broker: Broker;
  beforeEach(async () => {
    broker = await startBroker();
    brokers = [broker.address];
  });
  afterEach(() => broker.dispose());

  test('and comes back: no acknowledged command is lost, none has two effects', async () => {
    const both = await pair();
    const labs = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(labs.map((lab) => both[0].ask(lab, deploy(file))));
    const done: string[] = [];
    let isOver = false;
    const working = labs.map(async (lab, index) => {
      for (let number = 1; !isOver; number++) {
        const id = `${lab}-${number}`;
        // Whoever gets no answer asks again, with the same id.
        while (!isOver) {
          const status = await both[index % 2 === 0 ? 0 : 1].execute(lab, 'step 50ms', 4000, id).catch(() => 'error');
          if (status === 'done') {
            done.push(id);
            break;
          }
          await sleep(100);
        }
      }
    });
    await sleep(1500);
    await broker.kill();
    await sleep(1000);
    const before = done.length;
    await broker.start();
    await until(async () => done.length > before + 20);
    isOver = true;
    await Promise.all(working);
    for (const lab of labs) {
      const { records, isProven, troubles } = await recordsOf(lab);
      const ids = records.map(({ commandId }) => commandId).filter((id) => id.startsWith(`${lab}-`));
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of done.filter((one) => one.startsWith(`${lab}-`))) expect(ids).toContain(id);
      expect({ isProven, troubles }).toEqual({ isProven: true, troubles: 0 });
    }
  });
});
