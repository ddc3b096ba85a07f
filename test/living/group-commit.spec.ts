/** Many commands at once: decided in the order of their arrival, appended together, each answered when it is durable. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventLog } from '../../ts/log/event-log.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import { deploy, Living, labFile, withAppend } from './labs.ts';

const COMMANDS = 500;
/** One append each was the old way; a slow append gathers everything that arrives meanwhile. */
const APPENDS_MAX = COMMANDS / 5;

let living: Living;
beforeEach(() => {
  living = new Living();
});
afterEach(() => living.close());

const texts = Array.from({ length: COMMANDS }, (_, index) => `link ${index % 2 === 0 ? 'down' : 'up'} fw1:eth1`);

/** A log whose appends take as long as a sync of a disk does, counted. */
function counted(appends: number[]): (log: EventLog) => EventLog {
  return (log) =>
    withAppend(log, async (lab, expected, records) => {
      appends.push(records.length);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await log.append(lab, expected, records);
    });
}

test('500 commands at once share appends, and have the chain of 500 commands one by one', async () => {
  const appends: number[] = [];
  const service = await living.service(true, counted(appends));
  const file = labFile('ha-assigned-mac');
  await ask(service, 'lab', deploy(file));
  const alone = new Living();
  const oneByOne = await alone.service();
  await ask(oneByOne, 'lab', deploy(file));
  appends.length = 0;

  const answered: string[] = [];
  const outcomes = await Promise.all(
    texts.map(async (text, index) => {
      const outcome = await living.execute(service, 'lab', text, { id: `c${index}`, timeoutMs: 120_000 });
      const head = await living.log.head('lab');
      if (outcome.status === 'done' && outcome.position <= (head?.position ?? 0)) answered.push(`c${index}`);
      return outcome;
    }),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(texts.map(() => 'done'));
  expect(answered).toHaveLength(COMMANDS);
  expect(appends.length).toBeLessThan(APPENDS_MAX);

  const commands = (await living.records('lab')).filter(({ commandId }) => /^c\d/.test(commandId));
  expect(commands.map(({ commandId }) => commandId)).toEqual(texts.map((_, index) => `c${index}`));
  for (const text of texts) await alone.execute(oneByOne, 'lab', text, { timeoutMs: 120_000 });
  expect(await living.chain('lab')).toBe(await alone.chain('lab'));
  await alone.close();
});

test('each of many commands at once is answered with its own events, and a repetition with the same', async () => {
  const service = await living.service();
  await ask(service, 'lab', deploy(labFile('ha-assigned-mac')));
  const lines = ['link down fw1:eth1', 'crash nowhere', 'step 2s', 'link up fw1:eth1', 'step 1s'];
  const outcomes = await Promise.all(lines.map((text, index) => living.execute(service, 'lab', text, { id: `c${index}` })));
  expect(outcomes.map(({ status }) => status)).toEqual(['done', 'refused', 'done', 'done', 'done']);
  const records = await living.records('lab');
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status !== 'done' && outcome.status !== 'refused') throw new Error(outcome.status);
    const first = records.findIndex(({ commandId }) => commandId === `c${index}`);
    const end = records.findIndex(({ settled }, at) => settled && at >= first);
    expect(outcome.events).toEqual(records.slice(first, end + 1).map(({ body }) => decodeBody(body)));
    expect(await living.execute(service, 'lab', lines[index] ?? '', { id: `c${index}` })).toEqual(outcome);
  }
});
