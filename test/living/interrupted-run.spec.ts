/** A run that is ended from outside: a re-execution up to that moment decides nothing that is not on record. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { replayUntil } from '../../ts/engine/replay.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import type { LabEvent } from '../../ts/model/events/events.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { runLab } from '../../ts/services/living/run-lab.ts';
import { playsLab } from '../support/played.ts';
import { labText } from './labs.ts';

/** A ring of switches: its storm keeps an engine busy for half a minute per virtual second. */
const LOOPED = 'test/cli/fixtures/looped.lab.yml';

test('everything decided before a run was ended is on record', async () => {
  const steps = Array.from({ length: 400 }, (_, ms) => `{ at: ${ms + 1}ms, run: link ${ms % 2 === 0 ? 'down' : 'up'} b:eth0 }`);
  const file = labText(`${readFileSync(LOOPED, 'utf8')}\nsteps: [${steps.join(', ')}]\n`);
  const log = openMemoryLog();
  const interruption = new AbortController();
  playsLab();
  const onEvent = ({ position }: LabEvent): void => {
    if (position === 20) interruption.abort();
  };
  const report = await runLab(file, log, { signal: interruption.signal, onEvent });
  expect(report).toMatchObject({ interrupted: true, lab: 'looped' });
  const records: LogRecord[] = [];
  for await (const batch of log.read('looped')) records.push(...batch);
  expect(records.at(-1)).toMatchObject({ position: report.position, settled: false });
  // A re-execution up to the moment of the interruption decides nothing that is not on record.
  const engine = createEngine();
  replayUntil(engine, records, { atNs: report.virtualTimeNs - 1 });
  const before = records.filter(({ body }) => decodeBody(body).atNs < report.virtualTimeNs);
  expect(before.length).toBeGreaterThan(15);
  expect(engine.position).toBeGreaterThanOrEqual(before.length);
  expect(engine.position).toBeLessThanOrEqual(records.length);
  await log.close();
});
