import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { AppendConflict } from '../../ts/log/event-log.ts';
import { type KafkaLog, openKafkaLog } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { chained, readAll } from '../contract/records.ts';
import { needs } from '../needs.ts';
import { freshTopics } from './broker.ts';

needs('kafka')('two processes that write to one partition', () => {
  let logs: KafkaLog[];
  beforeEach(async () => {
    const options = freshTopics(1);
    logs = [];
    for (let index = 0; index < 2; index++) logs.push(await openKafkaLog({ ...options, mirror: openMemoryLog() }));
  });
  afterEach(async () => {
    for (const log of logs) await log.close();
  });

  /** Appends a record that says so to the end of a lab, wherever that is by then; counts how often another was first. */
  async function appendSomehow(log: KafkaLog, lab: string, text: string): Promise<number> {
    for (let conflicts = 0; ; conflicts++) {
      const last: LogRecord | null = (await readAll(log, lab)).at(-1) ?? null;
      const records = chained(1, last, () => text).map((record) => ({ ...record, commandId: text }));
      try {
        await log.append(lab, last?.position ?? 0, records);
        return conflicts;
      } catch (error) {
        if (!(error instanceof AppendConflict)) throw error;
      }
    }
  }

  test('take it from each other, and every append is there once', async () => {
    const texts = ['one', 'two'].map((name) => Array.from({ length: 8 }, (_, index) => `${name}-${index}`));
    await Promise.all(
      logs.map(async (log, index) => {
        for (const text of texts[index] ?? []) await appendSomehow(log, 'lab', text);
      }),
    );
    const [first, second] = await Promise.all(logs.map((log) => readAll(log, 'lab')));
    expect(first).toEqual(second);
    const said = (first ?? []).map(({ commandId }) => commandId);
    expect([...said].sort()).toEqual(texts.flat().sort());
    for (const own of texts) expect(said.filter((text) => own.includes(text))).toEqual(own);
    expect(logs.flatMap((log) => log.mirror.troubles())).toEqual([]);
  });

  test('to different labs do not disturb each other, except that it takes longer', async () => {
    const records = chained(5);
    await Promise.all(
      logs.map(async (log, index) => {
        for (const record of records) await log.append(`lab-${index}`, record.position - 1, [record]);
      }),
    );
    for (const log of logs) {
      for (const lab of ['lab-0', 'lab-1']) expect(await readAll(log, lab)).toEqual(records);
    }
  });
});
