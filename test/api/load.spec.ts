/**
 * A server in a process of its own, under many readers.
 *
 * With SWITCHBACK_LOAD=1 the readers ask for pages of 10,000 events, the longest there are, and idle streams are measured for longer;
 * `npm run bench:log` has the figures.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { longLab } from '../../ts/bench/long-lab.ts';
import { IdleStreams, idleShare, readTogether } from '../../ts/bench/readers.ts';
import { Served, storeLab } from '../../ts/bench/served.ts';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';

const EVENTS = 50_000;
const READERS = 200;
const STREAMS = 1000;
const [PAGE, SECONDS] = process.env['SWITCHBACK_LOAD'] === undefined ? [1200, 3] : [10_000, 10];

const data = join(mkdtempSync(join(tmpdir(), 'switchback-load-')), 'data');
let served: Served | undefined;

function* history(length: number) {
  const read = readLabFile(readFileSync('labs/ha-assigned-mac.lab.yml', 'utf8'), 'lab');
  if (!read.ok) throw new Error('the lab file is invalid');
  yield* longLab({ type: 'LabDefined', data: { definition: canonicalJson(read.file.lab), pacePermille: 0 } }, length);
}

beforeAll(async () => {
  await storeLab(data, 'long', history(EVENTS));
  served = await Served.start(['--import', 'tsx', 'test/api/serve-child.ts'], data);
});
afterAll(async () => {
  await served?.stop();
  rmSync(join(data, '..'), { recursive: true, force: true });
});

test(`${READERS} readers of a lab of ${EVENTS} events at once take at most 400 MiB`, async () => {
  if (served === undefined) throw new Error('no server');
  const statuses = await readTogether(served.url, 'long', READERS, PAGE);
  expect(statuses).toEqual({ 200: READERS });
  expect(await served.peakMiB()).toBeLessThanOrEqual(400);
});

test(`${STREAMS} idle event streams take at most 2 % of a core, and the append of another process wakes them all`, async () => {
  if (served === undefined) throw new Error('no server');
  const streams = await IdleStreams.open(served.url, 'long', STREAMS, EVENTS + 1);
  try {
    // The work of opening them, its garbage included, is over.
    await sleep(1000);
    expect(await idleShare(served, SECONDS)).toBeLessThanOrEqual(2);
    expect(streams.told).toBe(0);
    const log = await openEmbeddedLog(data);
    await log.append('long', EVENTS, [...history(EVENTS + 1)].slice(EVENTS));
    await log.close();
    await expect.poll(() => streams.told).toBe(STREAMS);
  } finally {
    streams.close();
  }
});
