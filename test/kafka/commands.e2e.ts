import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { CommandSender } from '../../ts/log/command-queue.ts';
import { type KafkaConnection, type Mirror, openCommandSender, openMirror } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { readAll } from '../contract/records.ts';
import { needs } from '../needs.ts';
import { Connections, freshTopics, labsIn } from './broker.ts';
import { MiniController, type MiniOptions } from './mini-controller.ts';

const PARTITIONS = 4;

needs('kafka')('controllers', () => {
  const connections = new Connections();
  let connection: KafkaConnection;
  let sender: CommandSender;
  let mirror: Mirror;
  let controllers: MiniController[];
  let children: ChildProcess[];
  /** One in each partition. */
  let labs: readonly string[];

  beforeEach(async () => {
    [controllers, children] = [[], []];
    connection = await connections.connect(freshTopics(PARTITIONS));
    sender = await openCommandSender(connection);
    mirror = await openMirror(connection, { target: openMemoryLog() });
    labs = [0, 1, 2, 3].map((partition) => labsIn(connection, partition, 1)[0] ?? '');
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const controller of controllers) await controller.close();
    await sender.close();
    await mirror.close();
    await connections.close();
  });

  async function join(options: MiniOptions = {}): Promise<MiniController> {
    const controller = await MiniController.join(inject('kafka'), connection.prefix, options);
    controllers.push(controller);
    return controller;
  }

  /** A controller that can be killed. Resolved when it has taken over what it is assigned. */
  async function spawnController(): Promise<ChildProcess> {
    const script = ['--import', 'tsx', 'test/kafka/mini-controller.ts', inject('kafka'), connection.prefix];
    const child = spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `command-${from + index}`);

  async function send(from: number, to: number): Promise<void> {
    for (const id of ids(from, to)) {
      await Promise.all(labs.map((lab) => sender.send({ id, lab, request: { verb: 'execute', text: id } })));
    }
  }

  /** Waits until the histories are those of commands handled once each, in the order they were sent. */
  async function expectAllHandled(to: number): Promise<void> {
    for (const lab of labs) {
      await expect.poll(async () => (await mirror.target.head(lab))?.position ?? 0).toBeGreaterThanOrEqual(to);
      expect((await readAll(mirror.target, lab)).map(({ commandId }) => commandId)).toEqual(ids(1, to));
    }
    expect(mirror.troubles()).toEqual([]);
  }

  test('get the commands of a lab in order, also those sent before anyone was there', async () => {
    await send(1, 5);
    await join();
    await send(6, 60);
    await expectAllHandled(60);
  });

  test('share the partitions, move as few as can be, and hand over at once when one leaves', async () => {
    const first = await join();
    await expect.poll(() => first.partitions).toEqual([0, 1, 2, 3]);
    await send(1, 5);
    const second = await join();
    const sending = send(6, 40);
    await expect.poll(() => [first.partitions.length, second.partitions.length]).toEqual([2, 2]);
    expect(first.revoked.flat().sort()).toEqual(second.partitions);
    await sending;
    const kept = second.partitions;
    await first.close();
    // It has said that it leaves: nobody waits until it would be taken for dead.
    const { groups } = await connection.admin.describeGroups([connection.controllers]);
    expect(groups[0]?.members).toHaveLength(1);
    await expect.poll(() => second.partitions).toEqual([0, 1, 2, 3]);
    expect(second.revoked).toEqual([]);
    expect(kept).toHaveLength(2);
    await send(41, 45);
    await expectAllHandled(45);
  });

  test('go on for one that was killed, from the command it had not committed', async () => {
    const child = await spawnController();
    const sending = send(1, 80);
    await sleep(300);
    const other = await join();
    await sleep(1500);
    child.kill('SIGKILL');
    await sending;
    await expect.poll(() => other.partitions).toEqual([0, 1, 2, 3]);
    await expectAllHandled(80);
  });

  test('fence one that stood still so long that it was taken for dead', async () => {
    const child = await spawnController();
    await send(1, 10);
    const other = await join();
    await expect.poll(() => other.partitions.length).toBe(2);
    const sending = send(11, 40);
    child.kill('SIGSTOP');
    await expect.poll(() => other.partitions.length).toBe(4);
    await sending;
    child.kill('SIGCONT');
    await send(41, 50);
    await expect.poll(() => other.partitions.length).toBe(2);
    await send(51, 60);
    await expectAllHandled(60);
  });

  test('may take longer over a command than the group waits for a sign of life', async () => {
    const slow = labs[0];
    const handled: number[] = [];
    const controller = await join({
      before: async (partition, id) => {
        if (partition === connection.partitionOf(slow ?? '') && id === 'command-1') await sleep(9000);
        handled.push(partition);
      },
    });
    await send(1, 3);
    await expect.poll(() => handled.length).toBe(9);
    await expectAllHandled(3);
    expect(controller.revoked).toEqual([]);
  });

  test('get a command again when handling it failed, and nothing is doubled', async () => {
    let failures = 0;
    const controller = await join({
      before: (partition, id) => {
        if (partition !== 1 || id !== 'command-3' || failures >= 2) return Promise.resolve();
        failures++;
        return Promise.reject(new Error('it does not work'));
      },
    });
    await send(1, 6);
    await expectAllHandled(6);
    expect(failures).toBe(2);
    expect(controller.revoked).toEqual([[1], [1]]);
  });

  test('are told of what is no command, and go on behind it', async () => {
    const producer = connection.idempotentProducer();
    await producer.connect();
    const { commands: topic } = connection.topics;
    await producer.send({ topic, messages: [{ partition: 0, key: labs[0] ?? '', value: 'no command' }], acks: -1 });
    await producer.send({ topic, messages: [{ partition: 0, key: labs[0] ?? '', value: null }], acks: -1 });
    await producer.disconnect();
    const controller = await join();
    await send(1, 2);
    await expectAllHandled(2);
    expect(controller.undecodable).toHaveLength(2);
  });

  test('get hundreds of commands without holding them all', async () => {
    const lab = labs[2] ?? '';
    const many = ids(1, 600);
    for (let from = 0; from < many.length; from += 200) {
      await Promise.all(many.slice(from, from + 200).map((id) => sender.send({ id, lab, request: { verb: 'execute', text: id } })));
    }
    await join();
    await expect.poll(async () => (await mirror.target.head(lab))?.position ?? 0).toBe(many.length);
    const handled = (await readAll(mirror.target, lab)).map(({ commandId }) => commandId);
    expect([...handled].sort()).toEqual([...many].sort());
  });
});
