import { describe, expect, test } from 'vitest';
import { chained, readAll } from '../../../test/contract/records.ts';
import { Child, newDir, withLog } from '../../../test/support/embedded-store.ts';
import { openEmbeddedLog } from './index.ts';

describe('several processes', () => {
  test('append to one lab in turns: every record is there once, and the chain holds', async () => {
    const dir = newDir();
    const children = [new Child(), new Child()];
    const won = await Promise.all(children.map((child) => child.ask({ race: dir, lab: 'lab', rounds: 60 })));
    expect(won).toEqual([60, 60]);
    await withLog(dir, async (log) => expect(await readAll(log, 'lab')).toHaveLength(120));
  });

  test('killed while they append lose nothing that was acknowledged, and leave no half batch', async () => {
    const dir = newDir();
    const batch = 7;
    let acknowledged = 0;
    for (const acknowledgements of [1, 40, 5, 90]) {
      const child = new Child();
      child.send({ append: dir, lab: 'lab', batch });
      for (let count = 0; count < acknowledgements; count++) acknowledged = Number(await child.next());
      await child.kill();
    }
    await withLog(dir, async (log) => {
      const records = await readAll(log, 'lab');
      expect(records.length).toBeGreaterThanOrEqual(acknowledged);
      expect(records.length % batch).toBe(0);
      expect(records).toEqual(chained(records.length));
    });
  });

  test('see what the others append while they follow', async () => {
    const dir = newDir();
    const child = new Child();
    const stop = new AbortController();
    const log = await openEmbeddedLog(dir);
    child.send({ append: dir, lab: 'lab', batch: 100 });
    let count = 0;
    for await (const records of log.follow('lab', 1, stop.signal)) {
      count += records.length;
      if (count >= 5000) stop.abort();
    }
    expect(count).toBeGreaterThanOrEqual(5000);
    await child.kill();
    await log.close();
  });
});
