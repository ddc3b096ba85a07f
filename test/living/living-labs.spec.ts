/** Living labs: changed by commands, recorded like runs, taken up again wherever they were left. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goldenChains } from '../../scripts/golden-file.ts';
import { scriptSteps } from '../../ts/engine/script.ts';
import type { EventLog } from '../../ts/log/event-log.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { foldUntil, stateAt } from '../../ts/services/ask/state-at.ts';
import { verifyLab } from '../../ts/services/ask/verify-lab.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import type { LabService } from '../../ts/services/living/lab-service.ts';
import { deploy, Living, labFile, losingLab } from './labs.ts';

const golden = goldenChains();

let living: Living;
beforeEach(() => {
  living = new Living();
});
afterEach(() => living.close());

const file = labFile('ha-assigned-mac');
const steps = scriptSteps(file.script);
const losing = losingLab(100);

/** The golden run as commands, from the `from`th on. */
async function play(service: LabService, from = 0, to = steps.length): Promise<void> {
  for (const text of steps.slice(from, to)) await living.execute(service, 'lab', text);
}

/** A log that fails for good after so many records, wherever that cuts a batch: the process behind it may as well be dead. */
function dyingAfter(count: number): (log: EventLog) => EventLog {
  let left = count;
  return (log) => ({
    append: async (lab, expected, records) => {
      const last = records.slice(0, left);
      left -= records.length;
      await log.append(lab, expected, last);
      if (left < 0) throw new Error('the disk is gone');
    },
    read: (...range) => log.read(...range),
    head: (lab) => log.head(lab),
    labs: () => log.labs(),
    follow: (...range) => log.follow(...range),
    watch: (...asked) => log.watch(...asked),
    remove: (lab) => log.remove(lab),
    close: () => log.close(),
  });
}

describe('a stepped lab', () => {
  test.each(Object.entries(golden))('%s has the chain of its run when its steps come as commands', async (name, chain) => {
    const service = await living.service();
    const { script, ...rest } = labFile(name);
    await ask(service, name, deploy({ script, ...rest }));
    for (const text of scriptSteps(script)) await living.execute(service, name, text);
    expect(await living.chain(name)).toBe(chain);
  });

  test('has the same chain when every command comes from another process', async () => {
    await ask(await living.service(), 'lab', deploy(file));
    for (let at = 0; at < steps.length; at++) await play(await living.service(), at, at + 1);
    expect(await living.chain('lab')).toBe(golden['ha-assigned-mac']);
  });

  test('has the same chain when it goes on from snapshots', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    await play(service, 0, 4);
    await service.close();
    const found = await living.snapshots.latest('lab', 'engine');
    expect(found?.position).toBe((await living.log.head('lab'))?.position);
    await play(await living.service(), 4);
    expect(await living.chain('lab')).toBe(golden['ha-assigned-mac']);
  });

  test('is at a moment the same from a snapshot as from the beginning, derived state too', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    await play(service, 0, 2);
    await service.close();
    const kept = (await living.snapshots.latest('lab', 'engine'))?.position ?? 0;
    expect(kept).toBeGreaterThan(0);
    await play(await living.service(), 2);
    for (const until of [{ position: kept - 1 }, { position: kept }, { position: kept + 20 }, { atNs: 12e9 }, { atNs: 31e9 }]) {
      const quick = await stateAt(living.log, 'lab', until, { snapshots: living.snapshots });
      expect(quick).toEqual(await stateAt(living.log, 'lab', until));
    }
  });

  /** A process dies after so many records, and another is asked for everything again. */
  async function goesOnAfter(count: number): Promise<void> {
    const dying = await living.service(true, dyingAfter(count));
    const ids = steps.map((_, index) => `command-${index}`);
    const all = async (service: LabService): Promise<void> => {
      await ask(service, 'lab', deploy(file), { id: 'deploy' });
      for (const [index, text] of steps.entries()) await living.execute(service, 'lab', text, { id: ids[index] ?? '' });
    };
    await expect(all(dying)).rejects.toThrow('the disk is gone');
    // Whoever asked does not know how far it came, and asks for everything again.
    await living.unlessStill('lab', all(await living.service()));
    expect(await living.chain('lab')).toBe(golden['ha-assigned-mac']);
  }

  test('goes on where a process died within the first step, and comes to the same chain', () => goesOnAfter(20));

  test.each([45, 46, 80, 140])('goes on where a process died after %i records, and comes to the same chain', goesOnAfter);

  test('answers a line that it has on record by the same id, though it would not be recorded today', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    // As older versions did, and whoever writes to the topic of commands himself may do.
    await service.submit({ id: 'old', lab: 'lab', request: { verb: 'execute', text: 'crsh fw1' } });
    const outcome = await living.execute(service, 'lab', 'crsh fw1', { id: 'old' });
    expect(outcome).toMatchObject({
      status: 'refused',
      reasons: [expect.stringMatching(/^"crsh fw1" is not a command; expected crash NODE \| /)],
    });
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true });
  });

  test('marks the record behind which it waits, and no other', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    const ends = [(await living.log.head('lab'))?.position];
    for (const text of steps) {
      await living.execute(service, 'lab', text);
      ends.push((await living.log.head('lab'))?.position);
    }
    const settled = (await living.records('lab')).filter((record) => record.settled).map(({ position }) => position);
    expect(settled).toEqual(ends);
  });

  test('refuses what it cannot do, on record, what it cannot read, not on record, and goes on', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    expect(await living.execute(service, 'lab', 'crash nowhere')).toMatchObject({
      status: 'refused',
      reasons: ['no node nowhere'],
    });
    expect(await living.execute(service, 'lab', 'step 1s')).toMatchObject({ status: 'done' });
    const end = (await living.log.head('lab'))?.position;
    // Virtual time ends after 9,007,199 seconds.
    for (const text of ['step backwards', 'step 5', 'help', 'crsh fw1', 'step 9007199s']) {
      await expect(living.execute(service, 'lab', text)).rejects.toMatchObject({
        name: 'InvalidCommand',
        message: expect.stringMatching(/^"[^\n]{1,200}$/),
      });
    }
    expect((await living.log.head('lab'))?.position).toBe(end);
    expect(await living.execute(service, 'lab', 'step 1s')).toMatchObject({ status: 'done' });
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true });
  });

  test('gives a repeated command no second effect, in this process and in the next', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file), { id: 'd' });
    const first = await living.execute(service, 'lab', 'crash fw1', { id: 'c' });
    expect(await living.execute(service, 'lab', 'crash fw1', { id: 'c' })).toEqual(first);
    await service.submit({ id: 'c', lab: 'lab', request: { verb: 'execute', text: 'crash fw1' } });
    await service.submit({ id: 'd', lab: 'lab', request: deploy(file) });
    const next = await living.service();
    await next.submit({ id: 'c', lab: 'lab', request: { verb: 'execute', text: 'crash fw1' } });
    const commands = (await living.records('lab')).filter(({ commandId }) => commandId === 'c');
    expect(commands).toHaveLength(1);
  });

  test('takes commands from two processes at once, one after the other', async () => {
    const [one, two] = [await living.service(), await living.service()];
    await ask(one, 'lab', deploy(file));
    const texts = ['step 1s', 'step 2s', 'link down fw1:eth1', 'step 1s', 'link up fw1:eth1', 'step 1s'];
    await Promise.all(texts.map((text, index) => living.execute(index % 2 === 0 ? one : two, 'lab', text)));
    const inputs = (await living.records('lab')).filter(({ commandId }) => commandId !== '');
    expect(inputs).toHaveLength(1 + texts.length);
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true });
  });

  test('ends when it is destroyed: its history stays, and nothing comes after it', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    await living.execute(service, 'lab', 'step 1s');
    await ask(service, 'lab', { verb: 'destroy', forget: false });
    const end = await living.log.head('lab');
    await expect(living.execute(service, 'lab', 'step 1s')).rejects.toMatchObject({ name: 'LabEnded', reason: 'destroyed' });
    await service.submit({ id: 'late', lab: 'lab', request: { verb: 'execute', text: 'step 1s' } }).catch(() => undefined);
    expect(await living.log.head('lab')).toEqual(end);
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true });
  });

  test('has every lost frame on record when it is stopped, and the stop is its last event', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(losing));
    await living.execute(service, 'lab', 'step 2500ms');
    const waiting = await stateAt(living.log, 'lab', { atNs: 2.5e9 });
    await ask(service, 'lab', { verb: 'destroy', forget: false });
    const records = await living.records('lab');
    const { drops } = foldUntil(records, { position: records.length });
    expect(Object.values(drops).map(({ frames }) => frames)).toEqual([250]);
    expect(drops).toEqual(waiting.recorded.drops);
    expect(records.slice(-3).map(({ body }) => decodeBody(body).type)).toEqual([
      'TimeAdvanced',
      'FramesDropped',
      'RecordingStopped',
    ]);
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true, unrecorded: 0 });
  });

  test('is gone when it is forgotten, and its name is free', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    await expect(ask(service, 'lab', deploy(file))).rejects.toMatchObject({ name: 'LabExists' });
    expect(await ask(service, 'lab', { verb: 'destroy', forget: true })).toMatchObject({ status: 'forgotten' });
    await expect(living.execute(service, 'lab', 'step 1s')).rejects.toMatchObject({ name: 'NoSuchLab' });
    await ask(service, 'lab', deploy(file));
    await play(service);
    expect(await living.chain('lab')).toBe(golden['ha-assigned-mac']);
  });

  test('begins anew when it is replaced', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file));
    await living.execute(service, 'lab', 'step 9s');
    await ask(service, 'lab', deploy(file, 0, true));
    await play(service);
    expect(await living.chain('lab')).toBe(golden['ha-assigned-mac']);
  });
});

describe('a lab whose engine dies', () => {
  test('says so, takes no other lab with it, and is not tried again', async () => {
    const service = await living.service();
    await ask(service, 'good', deploy(file));
    const bad = await ask(service, 'bad', { verb: 'deploy', definition: '{"nodes":1}', pacePermille: 0, replace: false });
    expect(bad).toMatchObject({ status: 'refused', reasons: [expect.stringMatching(/^the engine halted: /)] });
    expect((await living.records('bad')).map(({ body }) => decodeBody(body).type)).toEqual(['LabDefined', 'EngineHalted']);
    expect(service.health().gauges.labsHalted).toBe(1);
    expect(await living.execute(service, 'good', 'step 1s')).toMatchObject({ status: 'done' });
    const next = await living.service();
    await expect(living.execute(next, 'bad', 'step 1s')).rejects.toMatchObject({ name: 'LabEnded' });
    expect(await living.records('bad')).toHaveLength(2);
  });
});

describe('a lab that follows the clock', () => {
  test('lets virtual time pass at its pace, puts it on record, and can be proven', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file, 20_000));
    const lastNs = async (): Promise<number> => Math.max(...(await living.records('lab')).map(({ body }) => decodeBody(body).atNs));
    await expect.poll(lastNs).toBeGreaterThan(3e9);
    expect(await living.execute(service, 'lab', 'crash fw1')).toMatchObject({ status: 'done' });
    const crashedNs = await lastNs();
    await expect.poll(lastNs).toBeGreaterThan(crashedNs + 3e9);
    await ask(service, 'lab', { verb: 'destroy', forget: false });
    const events = (await living.records('lab')).map(({ body }) => decodeBody(body));
    const crash = events.find(({ type }) => type === 'CommandReceived');
    expect(crash?.atNs).toBeGreaterThan(3e9);
    expect(events.at(-1)?.atNs).toBeGreaterThan((crash?.atNs ?? 0) + 3e9);
    expect(events.some((event) => event.type === 'HaStateChanged' && event.data.node === 'fw2')).toBe(true);
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true });
  });

  test('is taken up by the next process, in the present of that process', async () => {
    const first = await living.service();
    await ask(first, 'lab', deploy(file, 1000));
    await first.close();
    const left = (await living.log.head('lab'))?.position ?? 0;
    await living.service();
    await expect.poll(async () => (await living.log.head('lab'))?.position).toBeGreaterThan(left);
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true });
  });

  test('has every lost frame on record when it is handed over', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(losing, 1000));
    await sleep(700);
    await service.close();
    const records = await living.records('lab');
    const { drops, horizonNs } = foldUntil(records, { position: records.length });
    const exact = await stateAt(living.log, 'lab', { atNs: horizonNs });
    expect(Object.values(drops).map(({ frames }) => frames)).toEqual([exact.derived?.frames.dropped]);
    expect(Object.values(drops)[0]?.frames).toBeGreaterThan(1);
    expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true, unrecorded: 0 });
  });

  test('has no steps', async () => {
    const service = await living.service();
    await ask(service, 'lab', deploy(file, 1000));
    await expect(living.execute(service, 'lab', 'step 1s')).rejects.toMatchObject({
      name: 'InvalidCommand',
      message: 'lab lab follows the clock: its time does not move by "step"',
    });
  });
});
