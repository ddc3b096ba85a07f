/** A log that is asked for in messages reads as the log itself, and only what is asked for. */
import { describe, expect, test } from 'vitest';
import { chained } from '../../../test/contract/records.ts';
import { LabRemoved, type LogRecord } from '../../log/event-log.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { createMemorySnapshots } from '../../log/memory-snapshots.ts';
import { answerLogRequest, type LogAnswer, type LogRequest, openPortLog, openPortSnapshots } from './log-port.ts';

const RECORDS = chained(2500);

async function opened() {
  const log = openMemoryLog();
  await log.append('lab', 0, RECORDS);
  const snapshots = createMemorySnapshots();
  const requests: LogRequest[] = [];
  const send = (request: LogRequest): Promise<LogAnswer> => {
    requests.push(request);
    return answerLogRequest(log, snapshots, request);
  };
  return { log, snapshots, requests, port: openPortLog(send, new Set(['lab'])), kept: openPortSnapshots(send) };
}

async function positionsOf(records: AsyncIterable<readonly LogRecord[]>): Promise<number[]> {
  const positions: number[] = [];
  for await (const batch of records) positions.push(...batch.map(({ position }) => position));
  return positions;
}

describe('a log over a port', () => {
  test('has all records of the log, or those that are asked for', async () => {
    const { log, port } = await opened();
    expect(await port.head('lab')).toEqual(await log.head('lab'));
    expect(await positionsOf(port.read('lab'))).toEqual(await positionsOf(log.read('lab')));
    expect(await positionsOf(port.read('lab', 1990, 2010))).toEqual(await positionsOf(log.read('lab', 1990, 2010)));
    expect(await positionsOf(port.read('none'))).toEqual([]);
    expect(await port.labs()).toEqual(['lab']);
  });

  test('asks for no record beyond those', async () => {
    const { port, requests } = await opened();
    await positionsOf(port.read('lab', 7, 9));
    expect(requests).toEqual([
      { want: 'head', lab: 'lab' },
      { want: 'records', lab: 'lab', from: 7, to: 9 },
    ]);
  });

  test('of a lab that goes, or whose name another one takes meanwhile, does not go on', async () => {
    const { log, port } = await opened();
    const reading = port.read('lab')[Symbol.asyncIterator]();
    await reading.next();
    await log.remove('lab');
    await expect(reading.next()).rejects.toThrow(LabRemoved);
    const other = openMemoryLog();
    const again = openPortLog((request) => answerLogRequest(other, createMemorySnapshots(), request), new Set(['lab']));
    await other.append('lab', 0, RECORDS);
    const half = again.read('lab')[Symbol.asyncIterator]();
    await half.next();
    await other.remove('lab');
    await other.append(
      'lab',
      0,
      chained(2500, null, (position) => `another ${position}`),
    );
    await expect(half.next()).rejects.toThrow(LabRemoved);
  });

  test('keeps what is appended, such as a fork, on its own side', async () => {
    const { log, port } = await opened();
    await port.append('fork', 0, RECORDS.slice(0, 3));
    expect(await positionsOf(port.read('fork'))).toEqual([1, 2, 3]);
    expect(await log.head('fork')).toBeNull();
  });

  test('has the snapshots that lie beside the log, and adds to them', async () => {
    const { snapshots, kept } = await opened();
    const stored = {
      lab: 'lab',
      kind: 'moment',
      position: 5,
      chain: new Uint8Array(32),
      engine: 'e',
      bytes: Uint8Array.of(1),
    } as const;
    await kept.put(stored);
    expect(await snapshots.latest('lab', 'moment')).toEqual(stored);
    expect(await kept.latest('lab', 'moment', 4)).toBeNull();
    expect(await kept.latest('lab', 'moment')).toEqual(stored);
    await kept.remove('lab', 'moment');
    expect(await kept.latest('lab', 'moment')).toBeNull();
  });
});
