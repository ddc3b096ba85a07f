/**
 * A frame, an event or an expectation of a long lab is explained from a part of it, and as the whole lab explains it.
 *
 *   the log    #1 ───────────●──────×──────────── end
 *                            moment the frame
 */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { switchedHosts } from '../../../test/support/recorded-lab.ts';
import { courseOfInputs } from '../../debug/course.ts';
import { scriptInputs } from '../../engine/script.ts';
import type { EventLog, LogRecord } from '../../log/event-log.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { createMemorySnapshots } from '../../log/memory-snapshots.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent } from '../../model/events/events.ts';
import { recordCourse } from '../debug/record-course.ts';
import { explainLabEvent, explainLabFrame, explainLabWhy } from './explain-lab.ts';
import type { Keeping } from './kept-moments.ts';
import { readAll, stateAt } from './state-at.ts';

const DENSE: Keeping = { apartMs: 0, share: Number.POSITIVE_INFINITY, limits: { maxEvents: 3000, maxTurns: 10 } };
const SECONDS = 60;
const say = ({ type }: LabEvent): string => type;

/** The cable of a host is out for the first tenth of each of these seconds. */
function pulled(host: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => [
    `  - { at: ${from + i}s, run: link down ${host}:eth0 }`,
    `  - { at: ${from + i}.1s, run: link up ${host}:eth0 }`,
  ]).flat();
}

interface Recorded {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly records: LogRecord[];
}

/** A lab that was asked about once. */
async function recorded(steps: readonly string[], keeping = DENSE): Promise<Recorded> {
  const log = openMemoryLog();
  const { lab, script } = switchedHosts(`steps:\n${steps.join('\n')}\nduration: ${SECONDS}s\n`);
  await recordCourse(log, 'small', courseOfInputs(scriptInputs(lab, script)));
  const records = await readAll(log, 'small');
  const snapshots = createMemorySnapshots();
  await stateAt(log, 'small', { position: records.length }, { snapshots, keeping });
  return { log, snapshots, records };
}

let { log, snapshots, records } = {} as Recorded;
beforeAll(async () => {
  ({ log, snapshots, records } = await recorded(pulled('b', 1, SECONDS - 1)));
});

/** How many records a question reads, each counted once. */
async function readBy(log: EventLog, ask: () => Promise<unknown>): Promise<number> {
  const seen = new Set<number>();
  const plain = log.read;
  const spy = vi.spyOn(log, 'read').mockImplementation(async function* (...asked) {
    for await (const batch of plain.apply(log, asked)) {
      for (const { position } of batch) seen.add(position);
      yield batch;
    }
  });
  await ask();
  spy.mockRestore();
  return seen.size;
}

describe('from a part of the lab', () => {
  test.each([
    ['that arrives', 'b:eth0', 31_700_000_000],
    ['that dies for want of a cable', 'sw:p1', 30_050_000_000],
    ['that is late in the lab', 'a:eth0', 58_900_000_000],
    ['of the beginning', 'b:eth0', 0],
  ])('a frame %s is explained as from the whole lab', async (_, at, atNs) => {
    const place = { at, which: { atNs } };
    const whole = await explainLabFrame(log, 'small', place, say);
    expect(await explainLabFrame(log, 'small', place, say, snapshots)).toEqual(whole);
    expect(whole).toMatchObject({ sameChain: true, sameRegion: true });
  });

  test('an event is explained as from the whole lab, whatever it is', async () => {
    const late = records.filter(({ body }) => decodeBody(body).atNs > 54e9);
    const kinds = new Map(late.map(({ position, body }) => [decodeBody(body).type, position]));
    expect([...kinds.keys()]).toEqual(expect.arrayContaining(['FrameDropped', 'InterfaceLinkChanged', 'CommandReceived']));
    for (const position of kinds.values()) {
      const whole = await explainLabEvent(log, 'small', position, say);
      expect(await explainLabEvent(log, 'small', position, say, snapshots)).toEqual(whole);
    }
  });

  test.each([
    [
      'a neighbour that a host has, though it is said to have another',
      'neighbour: { node: a, ip: 10.0.0.2 }, mac: "a:eth0"',
      { atNs: 31_700_000_000 },
    ],
    ['a neighbour that a host does not have', 'neighbour: { node: a, ip: 10.0.0.9 }, mac: "b:eth0"', { atNs: 31_700_000_000 }],
    ['drops by a time', 'drops: { at: sw }, count: 0', { atNs: 30_050_000_000 }],
    ['drops by a position', 'drops: { at: sw }, count: 0', { position: 400 }],
    ['drops by the end', 'drops: { at: sw }, count: 0', null],
    ['the losses of a flow', 'flow: web, lost: 0', { atNs: 31_700_000_000 }],
    ['events', 'event: CommandAccepted, count: 1', { atNs: 31_700_000_000 }],
  ])('%s is explained as from the whole lab', async (_, check, until) => {
    const whole = await explainLabWhy(log, 'small', check, until, say);
    expect(await explainLabWhy(log, 'small', check, until, say, snapshots)).toEqual(whole);
    expect(whole).toMatchObject({ holds: false, sameChain: true });
  });

  test('drops that an expectation misses late in the lab need few of its records', async () => {
    const ask = (kept?: SnapshotStore) =>
      readBy(log, () => explainLabWhy(log, 'small', 'drops: { at: b }, count: 5', { atNs: 50_050_000_000 }, say, kept));
    expect(await ask()).toBe(records.length);
    expect(await ask(snapshots)).toBeLessThan(records.length / 2);
  });

  test('a frame late in the lab needs few of its records', async () => {
    const place = { at: 'b:eth0', which: { atNs: 35_700_000_000 } };
    expect(await readBy(log, () => explainLabFrame(log, 'small', place, say))).toBe(records.length);
    expect(await readBy(log, () => explainLabFrame(log, 'small', place, say, snapshots))).toBeLessThan(records.length / 2);
  });
});

test('a frame at the beginning of a long lab, where no moment is kept, needs few of its records', async () => {
  const often = Array.from({ length: 800 }, (_, i) => [
    `  - { at: ${1000 + 50 * i}ms, run: link down b:eth0 }`,
    `  - { at: ${1020 + 50 * i}ms, run: link up b:eth0 }`,
  ]).flat();
  const long = await recorded(often, { ...DENSE, apartMs: Number.POSITIVE_INFINITY });
  const place = { at: 'b:eth0', which: { atNs: 1_030_000_000 } };
  const whole = await explainLabFrame(long.log, 'small', place, say);
  const read = readBy(long.log, async () => {
    expect(await explainLabFrame(long.log, 'small', place, say, long.snapshots)).toEqual(whole);
  });
  expect(await read).toBeLessThan(long.records.length / 4);
});

test('a frame that dies because of something long ago is explained with all that has to be run again for it', async () => {
  const late = await recorded([...pulled('b', 1, 20), '  - { at: 20s, run: link down b:eth0 }', ...pulled('a', 25, SECONDS - 1)]);
  const place = { at: 'a:eth0', which: { atNs: 50_700_000_000 } };
  const whole = await explainLabFrame(late.log, 'small', place, say);
  expect(whole.stages.at(-1)?.deaths[0]).toMatchObject({
    reason: 'neighbour-unresolved',
    because: expect.arrayContaining([expect.objectContaining({ type: 'CommandReceived', atNs: 20e9 })]),
    conditions: [expect.objectContaining({ property: 'flows.web.rate' })],
  });
  expect(await explainLabFrame(late.log, 'small', place, say, late.snapshots)).toEqual(whole);
});

test('what a lab does not have is refused alike', async () => {
  const nowhere = { at: 'c:eth0', which: { atNs: 30e9 } };
  await expect(explainLabFrame(log, 'small', nowhere, say, snapshots)).rejects.toThrow('there is no interface c:eth0');
  await expect(explainLabEvent(log, 'small', 9999, say, snapshots)).rejects.toThrow('it has no position 9999');
});
