/** A command that is repeated with its id after its process died in the middle of it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask } from '../../ts/services/living/lab-commands.ts';
import { deploy, Living, labFile, withAppend } from './labs.ts';

let living: Living;
beforeEach(() => {
  living = new Living();
});
afterEach(() => living.close());

test('a step that died in the middle is finished and answered when it is repeated, though nobody adopts the lab', async () => {
  const file = labFile('ha-assigned-mac');
  let left = Number.POSITIVE_INFINITY;
  const dying = await living.service(false, (log) =>
    withAppend(log, async (lab, expected, records) => {
      const last = records.slice(0, left);
      left -= records.length;
      await log.append(lab, expected, last);
      if (left < 0) throw new Error('killed');
    }),
  );
  await ask(dying, 'lab', deploy(file));
  left = 3;
  await expect(living.execute(dying, 'lab', 'step 40s', { id: 'x' })).rejects.toThrow('killed');
  expect((await living.records('lab')).at(-1)?.settled).toBe(false);

  // As the command line does it: a service of its own, which takes up nothing unasked.
  const next = await living.service(false);
  expect(await living.execute(next, 'lab', 'step 40s', { id: 'x' })).toMatchObject({ status: 'done' });

  const whole = new Living();
  const service = await whole.service(false);
  await ask(service, 'lab', deploy(file));
  await whole.execute(service, 'lab', 'step 40s', { id: 'x' });
  expect(await living.chain('lab')).toBe(await whole.chain('lab'));
  await whole.close();
});
