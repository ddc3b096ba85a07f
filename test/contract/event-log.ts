/**
 * The contract of every EventLog: one suite, run by each adapter's spec.
 *
 * `makeStore` makes an empty store that may be opened several times, as several processes open one directory.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppendConflict, type EventLog, LAB_NAME_BYTES_MAX, LogDamaged, type LogRecord } from '../../ts/log/event-log.ts';
import type { Position } from '../../ts/model/events/events.ts';
import { chained, readAll } from './records.ts';

export interface TestStore {
  open(): Promise<EventLog>;
  dispose(): Promise<void>;
}

function positions(records: readonly LogRecord[]): number[] {
  return records.map(({ position }) => position);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Follows a lab until `count` records have come, or the log ends the following. */
async function followed(log: EventLog, lab: string, from: Position, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const stop = new AbortController();
  for await (const batch of log.follow(lab, from, stop.signal)) {
    records.push(...batch);
    if (records.length >= count) stop.abort();
  }
  return records;
}

export function describeEventLog(name: string, makeStore: () => Promise<TestStore>): void {
  describe(`the ${name} log`, () => {
    let store: TestStore;
    let log: EventLog;
    beforeEach(async () => {
      store = await makeStore();
      log = await store.open();
    });
    afterEach(async () => {
      await log.close();
      await store.dispose();
    });

    describeAppend(() => log);
    describeRead(() => log);
    describeFollow(
      () => log,
      () => store,
    );
    describeLabs(() => log);
    describeSharing(
      () => log,
      () => store,
    );
  });
}

function describeAppend(log: () => EventLog): void {
  describe('appending', () => {
    test('gives back what was appended, in order, with everything that is recorded beside the body', async () => {
      const records = chained(5).map((record, index) => ({
        ...record,
        commandId: `command-${index}`,
        settled: index % 2 === 1,
        checkpoint:
          index % 2 === 0 ? null : { engine: 'e1', region: new Uint8Array(32).fill(7), agents: new Uint8Array(32).fill(9) },
      }));
      await log().append('lab', 0, records.slice(0, 2));
      await log().append('lab', 2, records.slice(2));
      expect(await readAll(log(), 'lab')).toEqual(records);
    });

    test('returns byte-equal whatever batches were appended', async () => {
      let lab = 0;
      const batches = fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 8 }), {
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(batches, async (texts) => {
          lab++;
          const all: LogRecord[] = [];
          for (const batch of texts) {
            const records = chained(batch.length, all.at(-1) ?? null, (position) => batch[position - all.length - 1] ?? '');
            await log().append(`lab ${lab}`, all.length, records);
            all.push(...records);
          }
          expect(await readAll(log(), `lab ${lab}`)).toEqual(all);
        }),
        { numRuns: 40 },
      );
    });

    test('refuses to append when someone else appended first, and changes nothing', async () => {
      const [first, second] = [chained(3), chained(4, null, (position) => `other ${position}`)];
      await log().append('lab', 0, first);
      await expect(log().append('lab', 0, second)).rejects.toEqual(new AppendConflict('lab', 0, 3));
      await expect(log().append('lab', 5, chained(6).slice(5))).rejects.toEqual(new AppendConflict('lab', 5, 3));
      expect(await readAll(log(), 'lab')).toEqual(first);
    });

    test('refuses positions that leave a gap, repeat or go back, and appends none of the batch', async () => {
      const [one, two, three] = chained(3) as [LogRecord, LogRecord, LogRecord];
      for (const gap of [[two], [one, three], [one, one], [two, one]]) {
        await expect(log().append('lab', 0, gap)).rejects.toThrow(RangeError);
      }
      expect(await log().head('lab')).toBeNull();
      expect(await log().labs()).toEqual([]);
    });

    test('refuses a record whose body says that it belongs elsewhere', async () => {
      const [one, two] = chained(2) as [LogRecord, LogRecord];
      await expect(log().append('lab', 0, [{ ...two, position: 1 }])).rejects.toThrow(/position 1 says that it is at 2/);
      await expect(log().append('lab', 0, [{ ...one, chain: new Uint8Array(31) }])).rejects.toThrow(RangeError);
    });

    test('takes an empty batch as a question about the end of the log', async () => {
      await log().append('lab', 0, []);
      expect(await log().labs()).toEqual([]);
      await log().append('lab', 0, chained(2));
      await log().append('lab', 2, []);
      await expect(log().append('lab', 1, [])).rejects.toThrow(AppendConflict);
    });

    test('lets exactly one of two racing writers win', async () => {
      const writers = ['a', 'b', 'c'].map((text) =>
        log().append(
          'lab',
          0,
          chained(2, null, () => text),
        ),
      );
      const outcomes = await Promise.allSettled(writers);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readAll(log(), 'lab')).toHaveLength(2);
    });

    test('keeps a batch of 20 000 events whole', async () => {
      const records = chained(20_000);
      await log().append('lab', 0, records);
      expect(positions(await readAll(log(), 'lab'))).toEqual(range(1, 20_000));
      expect(await readAll(log(), 'lab', 20_000)).toEqual([records.at(-1)]);
    });

    test('refuses names that no store can keep', async () => {
      const names = ['', 'a\0b', 'x'.repeat(LAB_NAME_BYTES_MAX + 1), 'ü'.repeat(LAB_NAME_BYTES_MAX / 2 + 1), '\ud800'];
      for (const name of names) await expect(log().append(name, 0, chained(1))).rejects.toThrow(RangeError);
    });
  });
}

function describeRead(log: () => EventLog): void {
  describe('reading', () => {
    test('answers any range across the borders of batches', async () => {
      const records = chained(10);
      for (const [from, to] of [
        [0, 1],
        [1, 4],
        [4, 5],
        [5, 9],
        [9, 10],
      ] as const)
        await log().append('lab', from, records.slice(from, to));
      for (let from = 1; from <= 11; from++) {
        for (let to = from - 1; to <= 11; to++) {
          expect(positions(await readAll(log(), 'lab', from, to))).toEqual(range(from, Math.min(to, 10)));
        }
      }
    });

    test('finds nothing past the end, in an empty range, or in a lab that does not exist', async () => {
      await log().append('lab', 0, chained(3));
      expect(await readAll(log(), 'lab', 4)).toEqual([]);
      expect(await readAll(log(), 'lab', 3, 2)).toEqual([]);
      expect(await readAll(log(), 'other')).toEqual([]);
      expect(await log().head('other')).toBeNull();
    });

    test('refuses to read from a position that cannot be', async () => {
      for (const from of [0, -1, 1.5, Number.NaN]) await expect(readAll(log(), 'lab', from)).rejects.toThrow(RangeError);
    });

    test('says where the lab ends', async () => {
      const records = chained(7);
      await log().append('lab', 0, records.slice(0, 3));
      await log().append('lab', 3, records.slice(3));
      expect(await log().head('lab')).toEqual({ position: 7, chain: records[6]?.chain });
    });

    test('reports the first record whose chain does not follow, and yields nothing from there on', async () => {
      const records = chained(9);
      const forged = { ...(records[5] as LogRecord), chain: new Uint8Array(32).fill(1) };
      await log().append('lab', 0, records.slice(0, 5));
      await log().append('lab', 5, [forged, ...records.slice(6)]);
      const read: LogRecord[] = [];
      const reading = async () => {
        for await (const batch of log().read('lab')) read.push(...batch);
      };
      await expect(reading()).rejects.toMatchObject({ name: 'LogDamaged', lab: 'lab', position: 6 });
      expect(read).toEqual(records.slice(0, read.length));
      expect(read.length).toBeLessThan(6);
      expect(await readAll(log(), 'lab', 1, 5)).toEqual(records.slice(0, 5));
    });

    test('reports a changed body, and a range that begins right after it', async () => {
      const records = chained(6);
      const other = chained(3, records[1], () => 'another text')[0] as LogRecord;
      const forged = { ...other, chain: (records[2] as LogRecord).chain };
      await log().append('lab', 0, [...records.slice(0, 2), forged, ...records.slice(3)]);
      await expect(readAll(log(), 'lab')).rejects.toThrow(
        new LogDamaged('lab', 3, 'its chain does not follow from the record before it'),
      );
      expect(positions(await readAll(log(), 'lab', 4))).toEqual([4, 5, 6]);
      await expect(readAll(log(), 'lab', 3)).rejects.toMatchObject({ position: 3 });
    });
  });
}

function describeFollow(log: () => EventLog, store: () => TestStore): void {
  describe('following', () => {
    test('yields what is stored, then what comes', async () => {
      const records = chained(6);
      await log().append('lab', 0, records.slice(0, 2));
      const following = followed(log(), 'lab', 2, 5);
      await log().append('lab', 2, records.slice(2, 3));
      await log().append('lab', 3, records.slice(3));
      expect(await following).toEqual(records.slice(1));
    });

    test('waits for a lab, and for a position, that does not exist yet', async () => {
      const records = chained(6);
      const following = followed(log(), 'lab', 5, 2);
      await log().append('lab', 0, records.slice(0, 4));
      await new Promise((resolve) => setTimeout(resolve, 30));
      await log().append('lab', 4, records.slice(4));
      expect(await following).toEqual(records.slice(4));
    });

    test('sees what another opener of the store appends', async () => {
      const other = await store().open();
      const records = chained(3);
      const following = followed(log(), 'lab', 1, 3);
      await other.append('lab', 0, records);
      expect(await following).toEqual(records);
      await other.close();
    });

    test('ends when the signal aborts, also while it waits', async () => {
      const stop = new AbortController();
      const following = (async () => {
        for await (const _ of log().follow('lab', 1, stop.signal)) throw new Error('there is nothing to yield');
      })();
      await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort();
      await following;
    });

    test('ends when the lab is removed, even if one of its name comes back at once', async () => {
      await log().append('lab', 0, chained(2));
      const seen: LogRecord[] = [];
      const following = (async () => {
        for await (const batch of log().follow('lab', 1, new AbortController().signal)) seen.push(...batch);
      })();
      await expect.poll(() => seen.length).toBe(2);
      await log().remove('lab');
      await log().append(
        'lab',
        0,
        chained(3, null, () => 'again'),
      );
      await following;
      expect(seen).toEqual(chained(2));
    });
  });
}

function describeLabs(log: () => EventLog): void {
  describe('labs', () => {
    test('are listed by name, sorted, whatever characters they are made of', async () => {
      const names = ['b', 'a', 'a b', 'a/b', '..', 'A', 'ü', '名前', '%41', 'a:b*?"<>|', 'x'.repeat(LAB_NAME_BYTES_MAX), '😀'];
      for (const name of names)
        await log().append(
          name,
          0,
          chained(1, null, () => name),
        );
      expect(await log().labs()).toEqual([...names].sort());
      for (const name of names) expect(await readAll(log(), name)).toEqual(chained(1, null, () => name));
    });

    test('do not see each other, even when one name begins with the other', async () => {
      await log().append('lab', 0, chained(3));
      await log().append('lab1', 0, chained(5));
      await log().append('la', 0, chained(1));
      expect((await log().head('lab'))?.position).toBe(3);
      expect(await readAll(log(), 'lab1')).toHaveLength(5);
    });

    test('are gone after removal, and begin again at position 1', async () => {
      const again = chained(2, null, () => 'again');
      await log().append('lab', 0, chained(5));
      await log().append('other', 0, chained(1));
      await log().remove('lab');
      expect(await log().head('lab')).toBeNull();
      expect(await readAll(log(), 'lab')).toEqual([]);
      expect(await log().labs()).toEqual(['other']);
      await expect(log().append('lab', 5, chained(6).slice(5))).rejects.toEqual(new AppendConflict('lab', 5, 0));
      await log().append('lab', 0, again);
      expect(await readAll(log(), 'lab')).toEqual(again);
    });

    test('that do not exist can be removed without a word', async () => {
      await log().remove('lab');
      await log().append('lab', 0, chained(1));
      await log().remove('lab');
      await log().remove('lab');
      expect(await log().labs()).toEqual([]);
    });
  });
}

function describeSharing(log: () => EventLog, store: () => TestStore): void {
  describe('two logs on one store', () => {
    test('see each other at once, and conflict as two writers do', async () => {
      const other = await store().open();
      const records = chained(4);
      await log().append('lab', 0, records.slice(0, 2));
      expect((await other.head('lab'))?.position).toBe(2);
      await other.append('lab', 2, records.slice(2));
      await expect(log().append('lab', 2, records.slice(2))).rejects.toEqual(new AppendConflict('lab', 2, 4));
      expect(await readAll(log(), 'lab')).toEqual(records);
      await other.close();
      expect(await readAll(log(), 'lab')).toEqual(records);
    });

    test('agree that a lab was removed and made again', async () => {
      const other = await store().open();
      await log().append('lab', 0, chained(4));
      await other.remove('lab');
      expect(await log().head('lab')).toBeNull();
      await log().append(
        'lab',
        0,
        chained(1, null, () => 'again'),
      );
      expect(await readAll(other, 'lab')).toEqual(chained(1, null, () => 'again'));
      await other.close();
    });

    test('tell a reader that its lab went away under it', async () => {
      const records = chained(2500);
      await log().append('lab', 0, records.slice(0, 1200));
      await log().append('lab', 1200, records.slice(1200));
      const reading = async () => {
        for await (const _ of log().read('lab')) await log().remove('lab');
      };
      await expect(reading()).rejects.toMatchObject({ name: 'LabRemoved', lab: 'lab' });
    });

    test('never mix two labs of one name in one reading', async () => {
      const again = chained(2500, null, () => 'again');
      const makeAgain = async () => {
        await log().remove('lab');
        await log().append('lab', 0, again.slice(0, 1200));
        await log().append('lab', 1200, again.slice(1200));
      };
      await makeAgain();
      const reading = async () => {
        for await (const _ of log().read('lab')) await makeAgain();
      };
      await expect(reading()).rejects.toMatchObject({ name: 'LabRemoved', lab: 'lab' });
    });

    test('can be closed twice, and refuse everything after', async () => {
      const other = await store().open();
      await other.close();
      await other.close();
      await expect(other.head('lab')).rejects.toThrow('closed');
      await expect(other.append('lab', 0, chained(1))).rejects.toThrow('closed');
      await expect(readAll(other, 'lab')).rejects.toThrow('closed');
    });
  });
}
