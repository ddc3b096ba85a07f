/** /metrics tells of labs: what their logs say, as Prometheus takes it. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { SCRAPE_LABS_MAX } from '../../ts/api/limits.ts';
import type { Payload } from '../../ts/model/events/events.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { ask, TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';

let service: FakeService;
let app: FastifyInstance;

beforeEach(() => {
  service = new FakeService();
  app = createApi(service, { token: TOKEN });
});
afterEach(() => app.close());

/** The lines of a scrape that tell of labs. */
async function figures(): Promise<readonly string[]> {
  const { body } = await ask(app, { url: '/metrics' });
  return body.split('\n').filter((text) => /^switchback_labs?_(?!loaded|halted)/.test(text));
}

function pairDefined(): Payload {
  const read = readLabFile(readFileSync('labs/ha-assigned-mac.lab.yml', 'utf8'), 'ha');
  if (!read.ok) throw new Error('the lab of a pair is invalid');
  return { type: 'LabDefined', data: { definition: canonicalJson(read.file.lab), pacePermille: 1000 } };
}

function becomes(node: string, from: string, to: string): Payload {
  return { type: 'HaStateChanged', data: { node, from, to, reason: 'no-peer' } } as Payload;
}

function dropped(count: number): Payload {
  const data = { node: 'fw1', interface: 'eth1', reason: 'no-recipient', count, firstNs: 0, lastNs: 0 };
  return { type: 'FramesDropped', data } as Payload;
}

test('a pair has its roles, its outage, the frames that were lost and its lag', async () => {
  // The plain service decides event n at n microseconds.
  await service.append('ha', 'c1', pairDefined(), becomes('fw1', 'initial', 'active'), becomes('fw1', 'active', 'non-functional'));
  await service.append('ha', 'c2', dropped(3), dropped(4), { type: 'LagExceeded', data: { lagNs: 2_500_000_000 } });
  const before = await figures();
  for (const figure of [
    'switchback_lab_position{lab="ha"} 6',
    'switchback_lab_ha_role{lab="ha",node="fw1",role="non-functional"} 1',
    'switchback_lab_frames_lost{lab="ha",reason="no-recipient"} 7',
    'switchback_lab_lag_seconds{lab="ha"} 2.5',
    'switchback_lab_ended{lab="ha"} 0',
  ]) {
    expect(before).toContain(figure);
  }
  // Nobody is active since 3 µs; it is 6 µs now.
  expect(before.find((text) => text.startsWith('switchback_lab_outage_seconds'))).toMatch(
    /^\S+\{lab="ha",pair="[^"]+"\} 0\.000003$/,
  );

  await service.append('ha', 'c3', becomes('fw2', 'initial', 'active'), line('later'), line('and later'));
  const after = await figures();
  expect(after).toContain('switchback_lab_ha_role{lab="ha",node="fw2",role="active"} 1');
  // It ended with the event at 7 µs, and does not grow.
  expect(after.find((text) => text.startsWith('switchback_lab_outage_seconds'))).toMatch(/ 0\.000004$/);
  expect(after.filter((text) => text.includes('node="fw1"'))).toHaveLength(1);
});

test('a lab that is replaced begins anew, and one that is removed has no figures', async () => {
  await service.append('one', 'c1', dropped(3), line('a'));
  expect(await figures()).toContain('switchback_lab_frames_lost{lab="one",reason="no-recipient"} 3');
  await service.log.remove('one');
  await service.append('one', 'c2', dropped(5), line('another'));
  // What was folded is of no use, which is found out by its chain; the next scrape begins anew.
  await figures();
  expect(await figures()).toContain('switchback_lab_frames_lost{lab="one",reason="no-recipient"} 5');
  await service.log.remove('one');
  expect((await figures()).filter((text) => text.includes('lab="one"'))).toEqual([]);
});

test('a damaged lab is told as damaged, and the others have their figures', async () => {
  await service.append('bad', 'c1', line('one'), line('two'));
  await service.append('good', 'c1', line('one'));
  const [first, second] = service.store.labs.get('bad') ?? [];
  if (first === undefined || second === undefined) throw new Error('nothing was appended');
  service.store.labs.set('bad', [first, { ...second, chain: first.chain }]);
  const lines = await figures();
  expect(lines).toContain('switchback_lab_damaged{lab="bad"} 1');
  expect(lines).toContain('switchback_lab_position{lab="good"} 1');
  expect(lines).not.toContain('switchback_lab_position{lab="bad"} 2');
});

test('so many labs have figures, and the others are counted', async () => {
  for (let number = 0; number < SCRAPE_LABS_MAX + 3; number++) await service.append(`lab${100 + number}`, 'c', line('one'));
  const lines = await figures();
  expect(lines.filter((text) => text.startsWith('switchback_lab_position'))).toHaveLength(SCRAPE_LABS_MAX);
  expect(lines).toContain('switchback_labs_unmeasured 3');
});
