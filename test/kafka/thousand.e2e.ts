/** A thousand stepped labs on two controllers: all answer, idle ones cost next to nothing, and all answer when one dies. */
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { deploy } from '../living/labs.ts';
import { needs } from '../needs.ts';
import { freshTopics } from './broker.ts';
import { ControllerProcess } from './controller-process.ts';
import { PATIENCE_MS, until } from './until.ts';

const LABS = 1000;
const PARTITIONS = 8;
/** Commands under way at a time, as from as many people. */
const AT_ONCE = 50;

const FILE = `
name: small
topology:
  nodes:
    sw1: { kind: bridge }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links:
    - endpoints: ["a:eth0", "sw1:p1"]
    - endpoints: ["b:eth0", "sw1:p2"]
`;

const names = Array.from({ length: LABS }, (_, number) => `lab-${number}`);

async function all(work: (lab: string) => Promise<void>): Promise<void> {
  const queue = [...names];
  const worker = async (): Promise<void> => {
    for (let lab = queue.pop(); lab !== undefined; lab = queue.pop()) await work(lab);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

needs('kafka')('a thousand stepped labs on two controllers', () => {
  const processes: ControllerProcess[] = [];
  let prefix: string;
  beforeEach(() => {
    prefix = freshTopics().prefix;
  });
  afterEach(async () => {
    for (const controller of processes) await controller.kill();
  });

  test('all answer; each costs at most 100 KB when idle; all answer soon after one controller is killed', async () => {
    const read = readLabFile(FILE, 'small.lab.yml');
    if (!read.ok) throw new Error(JSON.stringify(read.findings));
    const [one, two] = [await start(), await start()];
    await until(async () => (await one.status()).partitionsOwned + (await two.status()).partitionsOwned === PARTITIONS);
    const idleBefore = await bytesOf(one, two);
    await all(async (lab) => expect(await one.ask(lab, deploy(read.file), PATIENCE_MS)).toBe('done'));
    await all(async (lab) => expect(await two.execute(lab, 'step 10ms', PATIENCE_MS)).toBe('done'));
    await until(async () => (await one.status()).labsLoaded + (await two.status()).labsLoaded === 0);
    const perLab = ((await bytesOf(one, two)) - idleBefore) / LABS;
    process.stderr.write(`memory per idle lab, both controllers: ${(perLab / 1000).toFixed(1)} kB\n`);
    expect(perLab).toBeLessThan(100_000);

    await one.kill();
    const startMs = performance.now();
    await all(async (lab) => expect(await two.execute(lab, 'step 10ms', PATIENCE_MS)).toBe('done'));
    const tookMs = performance.now() - startMs;
    process.stderr.write(`all ${LABS} labs answered ${(tookMs / 1000).toFixed(1)} s after one controller was killed\n`);
    // 20 s is the aim, and the figure is printed; how busy this machine is decides no test.
    expect(tookMs).toBeLessThan(PATIENCE_MS);
  });

  async function start(): Promise<ControllerProcess> {
    const controller = await ControllerProcess.start([inject('kafka')], prefix, PARTITIONS);
    processes.push(controller);
    return controller;
  }

  /** What both hold in memory of their own, after collecting garbage. */
  async function bytesOf(...controllers: readonly ControllerProcess[]): Promise<number> {
    let bytes = 0;
    for (const controller of controllers) {
      const { heapUsed, external } = (await controller.status()).memory;
      bytes += heapUsed + external;
    }
    return bytes;
  }
});
