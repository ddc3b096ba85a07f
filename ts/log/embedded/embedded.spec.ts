import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeEventLog } from '../../../test/contract/event-log.ts';
import { chained, readAll } from '../../../test/contract/records.ts';
import { newDir, withLog } from '../../../test/support/embedded-store.ts';
import type { LogRecord } from '../event-log.ts';
import { openEmbeddedLog, StoreMissing } from './index.ts';

describeEventLog('embedded', () => {
  const dir = newDir();
  return Promise.resolve({ open: () => openEmbeddedLog(dir), dispose: () => Promise.resolve(rmSync(dir, { recursive: true })) });
});

describe('an embedded store', () => {
  let dir: string;
  beforeEach(() => {
    dir = newDir();
  });

  test('keeps everything when it is closed and opened again', async () => {
    const records = chained(50);
    await withLog(dir, async (log) => {
      await log.append('lab', 0, records.slice(0, 20));
      await log.append('lab', 20, records.slice(20));
    });
    await withLog(dir, async (log) => {
      expect(await readAll(log, 'lab')).toEqual(records);
      expect(await log.labs()).toEqual(['lab']);
    });
  });

  test('is not made when only an existing one was asked for', async () => {
    await expect(openEmbeddedLog(dir, { create: false })).rejects.toEqual(new StoreMissing(dir));
    expect(existsSync(dir)).toBe(false);
    await withLog(dir, (log) => log.append('lab', 0, chained(1)));
    const log = await openEmbeddedLog(dir, { create: false });
    expect((await log.head('lab'))?.position).toBe(1);
    await log.close();
  });

  test('is not written to by opening and reading it', async () => {
    await withLog(dir, (log) => log.append('lab', 0, chained(30)));
    const before = contentOf(dir);
    await withLog(dir, async (log) => {
      await readAll(log, 'lab');
      await log.labs();
    });
    expect(contentOf(dir)).toEqual(before);
  });

  test('whose data file is gone or empty is damaged, not new', async () => {
    await withLog(dir, (log) => log.append('lab', 0, chained(3)));
    writeFileSync(join(dir, 'data.mdb'), '');
    await expect(openEmbeddedLog(dir)).rejects.toMatchObject({ name: 'LogDamaged' });
    rmSync(join(dir, 'data.mdb'));
    await expect(openEmbeddedLog(dir)).rejects.toMatchObject({ name: 'LogDamaged' });
    expect(existsSync(join(dir, 'data.mdb'))).toBe(false);
  });

  test('leaves nothing of a batch that failed on its way in', async () => {
    const records = chained(3);
    const unencodable = { ...(records[2] as LogRecord), commandId: '\ud800' };
    await withLog(dir, async (log) => {
      await expect(log.append('lab', 0, [...records.slice(0, 2), unencodable])).rejects.toThrow(TypeError);
      expect(await log.labs()).toEqual([]);
      await log.append('lab', 0, records);
      expect(await readAll(log, 'lab')).toEqual(records);
    });
  });
});

describe('the witness beside the store', () => {
  let dir: string;
  let older: string;
  /** A store that was copied, and then went on. */
  beforeEach(async () => {
    dir = newDir();
    older = newDir();
    const records = chained(9);
    await withLog(dir, async (log) => {
      await log.append('lab', 0, records.slice(0, 4));
      await log.append('removed', 0, chained(2));
    });
    cpSync(dir, older, { recursive: true });
    await withLog(dir, async (log) => {
      await log.append('lab', 4, records.slice(4));
      await log.append('late', 0, chained(1));
      await log.remove('removed');
    });
  });

  test('finds a log that went back in time, at the first position that is missing', async () => {
    cpSync(join(older, 'data.mdb'), join(dir, 'data.mdb'));
    await withLog(dir, async (log) => {
      await expect(log.head('lab')).rejects.toMatchObject({ name: 'LogDamaged', lab: 'lab', position: 5 });
      await expect(readAll(log, 'lab')).rejects.toMatchObject({ name: 'LogDamaged', position: 5 });
      await expect(log.append('lab', 4, chained(5).slice(4))).rejects.toMatchObject({ name: 'LogDamaged', position: 5 });
    });
  });

  test('finds a lab that is missing, and lists it', async () => {
    cpSync(join(older, 'data.mdb'), join(dir, 'data.mdb'));
    await withLog(dir, async (log) => {
      await expect(log.head('late')).rejects.toMatchObject({ name: 'LogDamaged', lab: 'late' });
      expect(await log.labs()).toContain('late');
    });
  });

  test('finds a lab that came back after its removal', async () => {
    cpSync(join(older, 'data.mdb'), join(dir, 'data.mdb'));
    await withLog(dir, (log) => expect(log.head('removed')).rejects.toMatchObject({ name: 'LogDamaged', lab: 'removed' }));
  });

  test('finds a history that was put in the place of another', async () => {
    const other = newDir();
    await withLog(other, (log) =>
      log.append(
        'lab',
        0,
        chained(12, null, (position) => `other ${position}`),
      ),
    );
    cpSync(join(other, 'data.mdb'), join(dir, 'data.mdb'));
    await withLog(dir, (log) => expect(readAll(log, 'lab')).rejects.toMatchObject({ name: 'LogDamaged', position: 9 }));
  });

  test('that lags behind, as after a crash, is believed as far as it goes', async () => {
    cpSync(join(older, 'heads'), join(dir, 'heads'), { recursive: true });
    rmSync(join(dir, 'heads', 'late.json'));
    await withLog(dir, async (log) => {
      expect(await readAll(log, 'lab')).toEqual(chained(9));
      expect(await log.labs()).toEqual(['lab', 'late']);
      expect(await log.head('removed')).toBeNull();
    });
  });

  test('that is damaged says nothing against a log that is whole', async () => {
    for (const name of readdirSync(join(dir, 'heads'))) writeFileSync(join(dir, 'heads', name), '{"lab":"lab","position":99}');
    await withLog(dir, async (log) => {
      expect(await readAll(log, 'lab')).toEqual(chained(9));
      expect(await log.labs()).toEqual(['lab', 'late']);
      await log.append('lab', 9, chained(10).slice(9));
    });
    expect(readFileSync(join(dir, 'heads', 'lab.json'), 'utf8')).toContain('"position":10');
  });

  test('does not stop the removal of a damaged lab, after which it may be made again', async () => {
    cpSync(join(older, 'data.mdb'), join(dir, 'data.mdb'));
    await withLog(dir, async (log) => {
      for (const lab of ['lab', 'late', 'removed']) await log.remove(lab);
      expect(await log.labs()).toEqual([]);
      await log.append('late', 0, chained(3));
      expect(await readAll(log, 'late')).toEqual(chained(3));
    });
  });
});

function contentOf(dir: string): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'lock.mdb' && name !== 'heads');
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name), 'base64')]));
}
