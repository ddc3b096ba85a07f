import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { stateAt } from '../../ts/services/ask/state-at.ts';
import { verifyLab } from '../../ts/services/ask/verify-lab.ts';
import { heldBytes } from '../../ts/services/bundle/file/bundle-file.ts';
import { verifyBundle } from '../../ts/services/bundle/verify-bundle.ts';
import { publishStateAt } from '../../ts/services/publish/publish-state.ts';
import { ask, TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';
import { recordTwoHosts } from './recorded-lab.ts';

let service: FakeService;
let app: FastifyInstance;
let records: readonly LogRecord[];

beforeAll(async () => {
  service = new FakeService();
  records = await recordTwoHosts(service.log);
  await service.append('other', 'c1', line('a lab that begins with something else'));
  app = createApi(service, { token: TOKEN });
});
afterAll(() => app.close());

async function json(url: string): Promise<unknown> {
  return (await ask(app, { url })).json();
}

/** Through JSON and back: what a reader has. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('labs', () => {
  test('are listed with where they end', async () => {
    const last = records.at(-1);
    expect(await json('/v1/labs')).toMatchObject({
      labs: [
        { lab: 'other', position: 1, damage: null },
        {
          lab: 'two-hosts',
          position: last?.position,
          chain: toHex(last?.chain ?? new Uint8Array()),
          virtualTimeNs: 2e9,
          damage: null,
        },
      ],
    });
  });

  test('that are damaged are listed as damaged', async () => {
    const damaged = new FakeService();
    await damaged.append('bad', 'c1', line('one'), line('two'));
    const [first, second] = damaged.store.labs.get('bad') ?? [];
    if (first === undefined || second === undefined) throw new Error('nothing was appended');
    damaged.store.labs.set('bad', [first, { ...second, chain: first.chain }]);
    const listing = createApi(damaged, { token: TOKEN });
    const response = await ask(listing, { url: '/v1/labs' });
    expect(response.json()).toMatchObject({
      labs: [{ lab: 'bad', position: 2, chain: '', damage: expect.stringContaining('chain') }],
    });
    const shown = await ask(listing, { url: '/v1/labs/bad' });
    expect(shown.statusCode).toBe(500);
    expect(shown.json()).toMatchObject({
      type: 'urn:switchback:problem:store-damaged',
      detail: expect.stringContaining('position 2'),
    });
    await listing.close();
  });

  test('are shown as they are at their end', async () => {
    const { recorded, position, atNs } = await stateAt(service.log, 'two-hosts', { position: records.length }, { derived: false });
    const shown = (await json('/v1/labs/two-hosts')) as { readonly interfaces: unknown; readonly nodes: readonly unknown[] };
    expect(shown).toMatchObject({ lab: 'two-hosts', position, atNs, chain: toHex(records.at(-1)?.chain ?? new Uint8Array()) });
    expect(shown.nodes).toHaveLength(3);
    expect(shown.interfaces).toEqual(asJson(publishStateAt({ lab: '', position, atNs, recorded, derived: null }, null).interfaces));
  });

  test('tell what they are made of', async () => {
    expect(await json('/v1/labs/two-hosts/definition')).toMatchObject({
      lab: 'two-hosts',
      pacePermille: 0,
      definition: { schema: 1 },
    });
  });
});

describe('state', () => {
  test('is the one at the position that was asked for', async () => {
    const expected = publishStateAt(await stateAt(service.log, 'two-hosts', { position: 3 }, { derived: false }), { position: 3 });
    expect(await json('/v1/labs/two-hosts/state?at=3')).toEqual(asJson(expected));
  });

  test('is the one at the time that was asked for, and at the end when none was', async () => {
    const expected = publishStateAt(await stateAt(service.log, 'two-hosts', { atNs: 1.5e9 }, { derived: false }), { atNs: 1.5e9 });
    expect(await json('/v1/labs/two-hosts/state?at=1.5s')).toEqual(asJson(expected));
    expect(await json('/v1/labs/two-hosts/state')).toMatchObject({ position: records.length, asked: null, derived: null });
  });

  test('that is derived comes from re-execution, in a worker', async () => {
    const expected = publishStateAt(await stateAt(service.log, 'two-hosts', { atNs: 1e9 }), { atNs: 1e9 });
    const state = (await json('/v1/labs/two-hosts/state?at=1s&derived=true')) as { readonly derived: { readonly flows: unknown } };
    expect(state).toEqual(asJson(expected));
    expect(state.derived.flows).toMatchObject([{ name: 'web', sent: 101 }]);
  });

  test('of a position behind the end is not there', async () => {
    const response = await ask(app, { url: `/v1/labs/two-hosts/state?at=${records.length + 1}` });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({
      type: 'urn:switchback:problem:no-such-position',
      detail: `lab two-hosts ends at position ${records.length}; there is no position ${records.length + 1}`,
    });
  });

  test.each(['', '&derived=true'])('of a time behind the end is refused, and the end named (T8)%s', async (more) => {
    const response = await ask(app, { url: `/v1/labs/two-hosts/state?at=99s${more}` });
    expect(response.statusCode).toBe(400);
    const message = 'lab two-hosts ends at 2.000000000 s; nothing is recorded at 99.000000000 s';
    expect(response.json()).toMatchObject({
      type: 'urn:switchback:problem:invalid-request',
      detail: message,
      errors: [{ message, in: 'query', name: 'at' }],
    });
    expect((await ask(app, { url: `/v1/labs/two-hosts/state?at=2s${more}` })).statusCode).toBe(200);
  });

  test('that takes too long to re-execute is given up', async () => {
    const hasty = createApi(service, { token: TOKEN, limits: { reExecutionMsMax: 1 } });
    const response = await ask(hasty, { url: '/v1/labs/two-hosts/state?derived=true' });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ type: 'urn:switchback:problem:too-much-work' });
    await hasty.close();
  });

  test('is re-executed for so many at a time, and no more', async () => {
    const busy = createApi(service, { token: TOKEN, limits: { reExecutionsWaitingMax: 1 } });
    const url = '/v1/labs/two-hosts/state?at=2&derived=true';
    const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await ask(busy, { url })).statusCode));
    expect(statuses.sort()).toEqual([200, 200, 503, 503]);
    expect((await ask(busy, { url })).statusCode).toBe(200);
    await busy.close();
  });
});

describe('events', () => {
  test('come in pages that name the next one', async () => {
    const seen: number[] = [];
    let url = '/v1/labs/two-hosts/events?limit=3';
    for (;;) {
      const response = await ask(app, { url });
      const page = response.json<{ readonly events: readonly { readonly position: number }[] }>();
      seen.push(...page.events.map(({ position }) => position));
      const next = /^<(.+)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1];
      if (next === undefined) break;
      expect(page.events).toHaveLength(3);
      url = next;
    }
    expect(seen).toEqual(records.map(({ position }) => position));
  });

  test('come one per line for those who accept that', async () => {
    const response = await ask(app, {
      url: '/v1/labs/two-hosts/events?from=2&limit=2',
      headers: { accept: 'application/x-ndjson' },
    });
    expect(response.headers['content-type']).toBe('application/x-ndjson');
    const lines = response.body
      .split('\n')
      .slice(0, -1)
      .map((text) => JSON.parse(text) as { readonly position: number });
    expect(lines.map(({ position }) => position)).toEqual([2, 3]);
  });

  test('carry the chain that is stored beside them', async () => {
    const { events } = (await json('/v1/labs/two-hosts/events')) as { readonly events: readonly { readonly chain: string }[] };
    expect(events.map(({ chain }) => chain)).toEqual(records.map(({ chain }) => toHex(chain)));
  });

  test('behind the end are none', async () => {
    expect(await json('/v1/labs/two-hosts/events?from=1000000')).toEqual({ lab: 'two-hosts', events: [] });
    expect(await json(`/v1/labs/two-hosts/events?from=${Number.MAX_SAFE_INTEGER}`)).toEqual({ lab: 'two-hosts', events: [] });
  });
});

describe('a lab that is not there', () => {
  test.each(['', '/state', '/state?derived=true', '/definition', '/events', '/events/stream'])('is said so: %s', async (rest) => {
    const response = await ask(app, { url: `/v1/labs/nowhere${rest}` });
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toEqual({
      type: 'urn:switchback:problem:no-such-lab',
      title: 'There is no such lab',
      status: 404,
      detail: 'there is no lab nowhere: there are other, two-hosts',
      known: ['other', 'two-hosts'],
    });
  });

  test('is told apart from at most twenty that are', async () => {
    const many = new FakeService();
    for (let number = 10; number < 35; number++) await many.append(`lab${number}`, 'c', line('one'));
    const crowded = createApi(many, { token: TOKEN });
    const { known, detail } = (await ask(crowded, { url: '/v1/labs/nowhere' })).json<{ known: string[]; detail: string }>();
    expect(known).toHaveLength(20);
    expect(detail).toMatch(/lab29 and 5 more$/);
    await crowded.close();
  });
});

describe('all mistakes of a request are told at once', () => {
  const bad: readonly [url: string, errors: readonly object[]][] = [
    [
      '/v1/labs/x/events?from=0&limit=1000000&form=2',
      [
        { in: 'query', name: 'form', message: 'there is no "form" here; expected from, limit, since, type, node, where' },
        { in: 'query', name: 'from', message: 'from must be at least 1; found 0' },
        { in: 'query', name: 'limit', message: 'limit must be at most 10000; found 1000000' },
      ],
    ],
    [
      `/v1/labs/${'x'.repeat(81)}/state?at=yesterday&derived=perhaps`,
      [
        { in: 'path', name: 'lab', message: expect.stringContaining('is not a lab name of 1 to 80 bytes') },
        { in: 'query', name: 'at', message: '"yesterday" is not a position from 1 such as 98, or a time such as 12.5s' },
        { in: 'query', name: 'derived', message: 'derived must be true or false; found "perhaps"' },
      ],
    ],
    ['/v1/labs/x%00y', [{ in: 'path', name: 'lab', message: expect.stringContaining('is not a lab name') }]],
    ['/v1/labs?all=true', [{ in: 'query', name: 'all', message: 'there is no "all" here; expected nothing' }]],
  ];
  test.each(bad)('%s', async (url, errors) => {
    const response = await ask(app, { url });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ type: 'urn:switchback:problem:invalid-request', errors });
  });
});

describe('a whole history', () => {
  test('is a bundle, the one that export writes', async () => {
    const { rawPayload, headers } = await ask(app, { url: '/v1/labs/two-hosts/bundle' });
    expect(headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': "attachment; filename*=UTF-8''two-hosts.sbk",
    });
    const { lab, verification } = await verifyBundle(heldBytes(rawPayload));
    expect({ lab, ...verification }).toMatchObject({
      lab: 'two-hosts',
      verified: true,
      chain: toHex(records.at(-1)?.chain ?? new Uint8Array()),
    });
  });

  test('is verified by re-execution, with the verdict that verify prints', async () => {
    expect(await json('/v1/labs/two-hosts/verification')).toEqual({
      lab: 'two-hosts',
      ...(await verifyLab(service.log, 'two-hosts')),
    });
  });

  test.each(['bundle', 'verification'])('of a lab that is not there: no such lab (%s)', async (what) => {
    expect((await ask(app, { url: `/v1/labs/nobody/${what}` })).statusCode).toBe(404);
  });
});
