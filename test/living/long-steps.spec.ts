/** A step of hours: other labs do not wait for it, forgetting its lab does not, and closing does not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask } from '../../ts/services/living/lab-commands.ts';
import { deploy, Living, labFile, losingLab, withAppend } from './labs.ts';

let living: Living;
beforeEach(() => {
  living = new Living();
});
afterEach(() => living.close());

const losing = losingLab(10);
/** Appends that closing may wait for: the one that is under way, and one that is due. The step has thousands. */
const APPENDS_MAX = 2;

async function recordedMore(lab: string, than: number): Promise<void> {
  while (((await living.log.head(lab))?.position ?? 0) <= than) await sleep(10);
}

test('commands of another lab of the worker are answered beside a step of 2000 hours', async () => {
  const service = await living.service();
  await ask(service, 'busy', deploy(losing));
  await ask(service, 'other', deploy(labFile('ha-assigned-mac')));
  let hasEnded = false;
  const ended = (): boolean => {
    hasEnded = true;
    return hasEnded;
  };
  const step = living.execute(service, 'busy', 'step 2000h', { timeoutMs: 600_000 }).then(ended, ended);
  await recordedMore('busy', 10);
  for (const text of ['link down fw1:eth1', 'step 1s', 'link up fw1:eth1', 'step 1s']) {
    expect(await living.execute(service, 'other', text)).toMatchObject({ status: 'done' });
  }
  expect(hasEnded).toBe(false);
  await service.close();
  await step;
});

test('a lab is forgotten in the middle of a step, and what waits for the step learns that there is no lab', async () => {
  const service = await living.service();
  await ask(service, 'busy', deploy(losing));
  const step = living.execute(service, 'busy', 'step 2000h', { timeoutMs: 600_000 });
  const told = [step.catch((error: unknown) => error)];
  await recordedMore('busy', 10);
  told.push(living.execute(service, 'busy', 'link down a:eth0', { timeoutMs: 600_000 }).catch((error: unknown) => error));
  expect(await ask(service, 'busy', { verb: 'destroy', forget: true })).toMatchObject({ status: 'forgotten' });
  for (const outcome of await Promise.all(told)) expect(outcome).toMatchObject({ name: 'NoSuchLab' });
  expect(await living.log.head('busy')).toBeNull();
  expect(await ask(service, 'busy', deploy(losing))).toMatchObject({ status: 'done' });
});

test('a step is cancelled: what is recorded stays, and the next command finishes it, to the chain of a step that nobody cancelled', async () => {
  const service = await living.service(false, (log) =>
    withAppend(log, async (lab, expected, records) => {
      await sleep(100);
      await log.append(lab, expected, records);
    }),
  );
  await ask(service, 'lab', deploy(losing));
  expect(service.cancel?.('lab')).toBe(false);
  const begun = (await living.log.head('lab'))?.position ?? 0;
  const step = living.execute(service, 'lab', 'step 5000s', { timeoutMs: 600_000 });
  const cancelled = expect(step).rejects.toMatchObject({ name: 'StepCancelled' });
  await recordedMore('lab', begun);
  expect(service.cancel?.('lab')).toBe(true);
  await cancelled;
  const records = await living.records('lab');
  expect(records.at(-1)?.settled).toBe(false);

  expect(await living.execute(service, 'lab', 'step 1s')).toMatchObject({ status: 'done' });
  const whole = new Living();
  const undisturbed = await whole.service();
  await ask(undisturbed, 'lab', deploy(losing));
  for (const text of ['step 5000s', 'step 1s']) await whole.execute(undisturbed, 'lab', text);
  expect((await living.records('lab')).slice(0, records.length).map(({ chain }) => chain)).toEqual(
    records.map(({ chain }) => chain),
  );
  expect(await living.chain('lab')).toBe(await whole.chain('lab'));
  await whole.close();
});

test('closing does not wait for a step: what is recorded stays, and whoever takes the lab over finishes the step', async () => {
  let appends = 0;
  const slow = await living.service(true, (log) =>
    withAppend(log, async (lab, expected, records) => {
      appends++;
      await sleep(400);
      await log.append(lab, expected, records);
    }),
  );
  await ask(slow, 'lab', deploy(losing));
  const begun = (await living.log.head('lab'))?.position ?? 0;
  const step = living.execute(slow, 'lab', 'step 5000s', { timeoutMs: 600_000 });
  const cutOff = expect(step).rejects.toMatchObject({ name: 'ServiceClosing' });
  await recordedMore('lab', begun);
  const before = appends;
  await slow.close();
  expect(appends - before).toBeLessThanOrEqual(APPENDS_MAX);
  await cutOff;
  expect((await living.records('lab')).at(-1)?.settled).toBe(false);

  const next = await living.service();
  expect(await living.execute(next, 'lab', 'step 1s')).toMatchObject({ status: 'done' });
  const whole = new Living();
  const service = await whole.service();
  await ask(service, 'lab', deploy(losing));
  for (const text of ['step 5000s', 'step 1s']) await whole.execute(service, 'lab', text);
  expect(await living.chain('lab')).toBe(await whole.chain('lab'));
  await whole.close();
});
