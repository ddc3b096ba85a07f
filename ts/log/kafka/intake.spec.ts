import { beforeEach, describe, expect, test } from 'vitest';
import { chained, readAll } from '../../../test/contract/records.ts';
import type { EventLog, LogRecord } from '../event-log.ts';
import { openMemoryLog } from '../memory.ts';
import { type EventTopicMessage, Intake, type Trouble } from './intake.ts';
import { recordMessage } from './message.ts';

let target: EventLog;
let intake: Intake;
let told: string[];
let offset: number;

beforeEach(() => {
  target = openMemoryLog();
  told = [];
  offset = 0;
  intake = newIntake();
});

function newIntake(): Intake {
  return new Intake(target, null, {
    moved: (lab, head) => told.push(`${lab} ${head === null ? 'removed' : `ends at ${head.position}`}`),
    stalled: ({ lab }: Trouble) => told.push(`${lab} stalled`),
  });
}

const records = (lab: string, list: readonly LogRecord[]) =>
  list.map((record) => message(lab, recordMessage(0, lab, record).value as Buffer));
const message = (lab: string, value: Uint8Array | null): EventTopicMessage => ({
  offset: String(offset++),
  key: Buffer.from(lab),
  value,
});
const stretch = (list: readonly LogRecord[], from: number, to: number) => list.slice(from - 1, to);

describe('a mirror', () => {
  test('copies the records of all labs, each in its order', async () => {
    const [a, b] = [chained(5), chained(3, null, () => 'b')];
    const [b1, b2, b3] = records('b', b);
    const [a1, ...rest] = records('a', a);
    await intake.take(
      0,
      [b1, a1, b2].filter((each) => each !== undefined),
    );
    await intake.take(0, [...rest, ...(b3 === undefined ? [] : [b3])]);
    expect(await readAll(target, 'a')).toEqual(a);
    expect(await readAll(target, 'b')).toEqual(b);
    expect(told).toEqual(['b ends at 2', 'a ends at 1', 'a ends at 5', 'b ends at 3']);
    expect(intake.troubles).toEqual([]);
  });

  test('goes on where its copy ends when it is opened again', async () => {
    const all = chained(6);
    await intake.take(0, records('a', stretch(all, 1, 4)));
    intake = newIntake();
    await intake.take(0, records('a', stretch(all, 5, 6)));
    expect(await readAll(target, 'a')).toEqual(all);
  });

  test('drops what it has already, without a word when it is the same', async () => {
    const all = chained(6);
    await intake.take(0, records('a', stretch(all, 1, 4)));
    await intake.take(0, records('a', stretch(all, 2, 6)));
    await intake.take(0, records('a', all));
    expect(await readAll(target, 'a')).toEqual(all);
    expect(intake.troubles).toEqual([]);
  });

  test('keeps the record with the lowest offset, and reports another one at its position', async () => {
    const all = chained(4);
    const rival = chained(1, all[1], () => 'of a rival');
    await intake.take(0, [...records('a', stretch(all, 1, 3)), ...records('a', rival), ...records('a', stretch(all, 4, 4))]);
    expect(await readAll(target, 'a')).toEqual(all);
    expect(intake.troubles).toMatchObject([{ lab: 'a', position: 3, partition: 0, offset: 3, stalls: false }]);
    expect(intake.stalled('a')).toBeNull();
  });

  test('stalls a lab at a gap, reports it, and goes on with the others', async () => {
    const all = chained(6);
    const mixed = [...records('a', stretch(all, 1, 2)), ...records('a', stretch(all, 4, 5)), ...records('b', all)];
    await intake.take(0, mixed);
    await intake.take(0, records('a', stretch(all, 3, 6)));
    expect(await readAll(target, 'a')).toEqual(stretch(all, 1, 2));
    expect(await readAll(target, 'b')).toEqual(all);
    expect(intake.troubles).toEqual([
      { lab: 'a', position: 3, partition: 0, offset: 2, detail: 'a record of position 4 is in its place', stalls: true },
    ]);
    expect(told.filter((one) => one.startsWith('a')).slice(0, 2)).toEqual(['a ends at 2', 'a stalled']);
  });

  test('copies a record whose chain does not follow, reports it, and every reader of the copy stops there', async () => {
    const all = chained(4);
    const forged = { ...(all[2] as LogRecord), chain: new Uint8Array(32).fill(1) };
    await intake.take(0, records('a', [...stretch(all, 1, 2), forged]));
    expect(intake.troubles).toMatchObject([
      { position: 3, detail: 'its chain does not follow from the record before it', stalls: false },
    ]);
    await expect(readAll(target, 'a')).rejects.toMatchObject({ name: 'LogDamaged', position: 3 });
  });

  test.each([
    ['bytes that are no record', 'a', Buffer.from([0xff])],
    ['a record of another lab', 'a', recordMessage(0, 'b', chained(1)[0] as LogRecord).value as Buffer],
    [
      'a chain of 31 bytes',
      'a',
      recordMessage(0, 'a', { ...(chained(1)[0] as LogRecord), chain: new Uint8Array(31) }).value as Buffer,
    ],
  ])('stalls a lab at %s', async (_, lab, value) => {
    await intake.take(0, [message(lab, value), ...records('a', chained(2))]);
    expect(intake.stalled('a')).toMatchObject({ position: 1, offset: 0 });
    expect(await target.labs()).toEqual([]);
  });

  test('removes a lab at a tombstone, with its troubles, and takes the next one of its name', async () => {
    const [first, second] = [chained(5), chained(3, null, () => 'again')];
    await intake.take(0, [
      ...records('a', stretch(first, 1, 2)),
      ...records('a', stretch(first, 4, 5)),
      message('a', null),
      ...records('a', second),
    ]);
    expect(await readAll(target, 'a')).toEqual(second);
    expect(intake.troubles).toEqual([]);
    expect(told).toEqual(['a ends at 2', 'a removed', 'a ends at 3']);
  });

  test('takes the whole topic again without harm, removals included', async () => {
    const [first, second] = [chained(5), chained(3, null, () => 'again')];
    const topic = [...records('a', first), message('a', null), ...records('a', second), ...records('b', first)];
    await intake.take(0, topic);
    intake = newIntake();
    await intake.take(0, topic);
    expect(await readAll(target, 'a')).toEqual(second);
    expect(await readAll(target, 'b')).toEqual(first);
    expect(intake.troubles).toEqual([]);
  });

  test('fails when the copy cannot be written, and goes on when the messages come again', async () => {
    const all = chained(4);
    const append = target.append.bind(target);
    target.append = () => Promise.reject(new Error('the disk is full'));
    const messages = records('a', all);
    await expect(intake.take(0, messages)).rejects.toThrow('the disk is full');
    target.append = append;
    await intake.take(0, messages);
    expect(await readAll(target, 'a')).toEqual(all);
  });
});
