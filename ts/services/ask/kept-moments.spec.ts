/**
 * A lab that is asked about once leaves moments; the next questions begin at them.
 *
 *   the log    #1 ───────●─────────────●────────●──── end
 *   moments               engine        engine   engine     kept by the first question, wherever its engine stood
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { courseOfInputs } from '../../debug/course.ts';
import { scriptInputs } from '../../engine/script.ts';
import type { EventLog, LogRecord } from '../../log/event-log.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { createMemorySnapshots } from '../../log/memory-snapshots.ts';
import type { SnapshotStore, StoredSnapshot } from '../../log/snapshot-store.ts';
import { nextChain } from '../../model/events/chain.ts';
import { decodeBody, encodeBody } from '../../model/events/codec.ts';
import { readLabFile } from '../../topology/read-lab-file.ts';
import { recordCourse } from '../debug/record-course.ts';
import { decodeSnapshot, encodeSnapshot } from '../engine/snapshot.ts';
import type { Keeping } from './kept-moments.ts';
import { readAll, stateAt } from './state-at.ts';

/** A moment at every pause, and many pauses: between two events, too. */
const DENSE: Keeping = { apartMs: 0, share: Number.POSITIVE_INFINITY, limits: { maxEvents: 2000, maxTurns: 3 } };

function labOf(change: (text: string) => string = (text) => text) {
  const path = 'labs/ha-assigned-mac.lab.yml';
  // Few frames: every question is asked twice, once from the beginning.
  const text = readFileSync(path, 'utf8').replaceAll('rate: 1000', 'rate: 50');
  const read = readLabFile(change(text), path);
  if (!read.ok) throw new Error(read.findings[0]?.message);
  return read.file;
}

async function recordedLab(change?: (text: string) => string): Promise<{ readonly log: EventLog; readonly end: number }> {
  const log = openMemoryLog();
  const { lab, script } = labOf(change);
  await recordCourse(log, 'ha', courseOfInputs(scriptInputs(lab, script)));
  return { log, end: (await log.head('ha'))?.position ?? 0 };
}

/** Snapshots, and the moments that were put. */
function watched() {
  const store = createMemorySnapshots();
  const moments: StoredSnapshot[] = [];
  const put: SnapshotStore['put'] = (...snapshots) => {
    moments.push(...snapshots.filter(({ kind }) => kind === 'moment'));
    return store.put(...snapshots);
  };
  return { snapshots: { ...store, put } satisfies SnapshotStore, moments };
}

let log: EventLog;
let end = 0;
beforeAll(async () => {
  ({ log, end } = await recordedLab());
});

describe('a question about the end of a lab', () => {
  test('leaves moments, and questions from them are answered as from the beginning', async () => {
    const { snapshots, moments } = watched();
    const first = await stateAt(log, 'ha', { position: end }, { snapshots, keeping: DENSE });
    expect(first).toEqual(await stateAt(log, 'ha', { position: end }));
    expect(moments.length).toBeGreaterThan(20);
    // Some stand where events are decided at once, others far before the next event.
    const middle = moments[moments.length >> 1]?.position ?? 0;
    for (const position of [1, middle, middle + 1, end - 1]) {
      expect(await stateAt(log, 'ha', { position }, { snapshots })).toEqual(await stateAt(log, 'ha', { position }));
    }
    for (const atNs of [20_499_999_999, 27_123_456_789, 30e9]) {
      expect(await stateAt(log, 'ha', { atNs }, { snapshots })).toEqual(await stateAt(log, 'ha', { atNs }));
    }
  });

  test('re-executes from the last moment before it alone', async () => {
    const { snapshots, moments } = watched();
    await stateAt(log, 'ha', { position: end }, { snapshots, keeping: DENSE });
    const last = moments.findLast(({ position }) => position < end)?.position ?? 0;
    const asked: number[] = [];
    const plain = log.read;
    const read = vi.spyOn(log, 'read').mockImplementation((lab, from = 1, to, options) => {
      asked.push(from);
      return plain.call(log, lab, from, to, options);
    });
    await stateAt(log, 'ha', { position: end }, { snapshots });
    read.mockRestore();
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(last);
  });
});

describe('moments', () => {
  test('of another history are not believed, and make room for those of this one', async () => {
    const { snapshots } = watched();
    await stateAt(log, 'ha', { position: end }, { snapshots, keeping: DENSE });
    const other = await recordedLab((text) => text.replace('at: 20.5s, run: crash fw1', 'at: 20.7s, run: crash fw1'));
    const until = { position: other.end };
    expect(await stateAt(other.log, 'ha', until, { snapshots, keeping: DENSE })).toEqual(await stateAt(other.log, 'ha', until));
    const { chain, position } = (await snapshots.latest('ha', 'moment')) ?? { chain: null, position: 0 };
    for await (const [record] of other.log.read('ha', position, position)) expect(record?.chain).toEqual(chain);
  });

  test('are not kept by an engine that decides something else than is recorded', async () => {
    const { snapshots, moments } = watched();
    const records = await readAll(log, 'ha');
    const changed = records.findIndex(({ body }) => decodeBody(body).type === 'GarpSent');
    let { chain } = records[changed - 1] as LogRecord;
    const forged = records.slice(changed).map((record, i): LogRecord => {
      const event = decodeBody(record.body);
      const body = i === 0 && event.type === 'GarpSent' ? encodeBody({ ...event, data: { ...event.data, seq: 77 } }) : record.body;
      chain = nextChain(chain, body);
      return { ...record, body, chain };
    });
    const other = openMemoryLog();
    await other.append('ha', 0, [...records.slice(0, changed), ...forged]);
    const { recorded } = await stateAt(other, 'ha', { position: end }, { snapshots, keeping: DENSE });
    expect(recorded.position).toBe(end);
    expect(moments.length).toBeGreaterThan(0);
    expect(moments.filter(({ position }) => position > changed)).toEqual([]);
  });

  test('whose agents do not know of drops that the data plane counts are passed over', async () => {
    const { snapshots, moments } = watched();
    await stateAt(log, 'ha', { position: end }, { snapshots, keeping: DENSE });
    const expected = await stateAt(log, 'ha', { position: end });
    const counting = moments.filter(({ bytes }) => Object.keys(decodeSnapshot(bytes).memory.dropRuns).length > 0);
    expect(counting.length).toBeGreaterThan(3);
    for (const moment of counting.slice(0, 3)) {
      const snapshot = decodeSnapshot(moment.bytes);
      await snapshots.remove('ha');
      await snapshots.put({ ...moment, bytes: encodeSnapshot({ ...snapshot, memory: { ...snapshot.memory, dropRuns: {} } }) });
      expect(await stateAt(log, 'ha', { position: end }, { snapshots })).toEqual(expected);
    }
  });

  test('are no condition for an answer', async () => {
    const readOnly: SnapshotStore = { ...createMemorySnapshots(), put: () => Promise.reject(new Error('read-only')) };
    const { position } = await stateAt(log, 'ha', { position: end }, { snapshots: readOnly, keeping: DENSE });
    expect(position).toBe(end);
  });
});
