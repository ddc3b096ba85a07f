/** Filters of events over HTTP: those of "switchback events", on pages and on streams. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { listen } from '../../ts/api/listen.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import type { LabEvent } from '../../ts/model/events/events.ts';
import { ask, TOKEN } from './answers.ts';
import { FakeService, line } from './fake-service.ts';
import { recordTwoHosts } from './recorded-lab.ts';

const URL = '/v1/labs/two-hosts/events';

let service: FakeService;
let app: FastifyInstance;
let address: string;
let events: readonly LabEvent[];

beforeAll(async () => {
  service = new FakeService();
  const records: readonly LogRecord[] = await recordTwoHosts(service.log);
  events = records.map(({ body }) => decodeBody(body));
  app = createApi(service, { token: TOKEN });
  address = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

async function positions(query: string, url = URL): Promise<readonly number[]> {
  const response = await ask(app, { url: `${url}?${query}` });
  expect([query, response.statusCode]).toEqual([query, 200]);
  return response.json<{ events: { position: number }[] }>().events.map(({ position }) => position);
}

function those(isMeant: (event: LabEvent) => boolean): readonly number[] {
  const found = events.filter(isMeant).map(({ position }) => position);
  // A filter that nothing passes proves nothing.
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThan(events.length);
  return found;
}

const isAt = (node: string) => (event: LabEvent) => 'node' in event.data && event.data.node === node;

describe('a page of events', () => {
  test('has those of the types that were asked for, in any case', async () => {
    const found = those(({ type }) => type === 'InterfaceLinkChanged' || type === 'TimeAdvanced');
    expect(await positions('type=interfacelinkchanged,%20TimeAdvanced')).toEqual(found);
  });

  test('has those at the nodes that were asked for', async () => {
    expect(await positions('node=a')).toEqual(those(isAt('a')));
    expect(await positions('node=a,b')).toEqual(those((event) => isAt('a')(event) || isAt('b')(event)));
  });

  test('has those whose fields have the values that were asked for', async () => {
    expect(await positions(`where=${encodeURIComponent('node: b, interface: eth0')}`)).toEqual(
      those((event) => isAt('b')(event) && 'interface' in event.data && event.data.interface === 'eth0'),
    );
  });

  test('begins at the time or the position that was asked for', async () => {
    expect(await positions('since=1s')).toEqual(those(({ atNs }) => atNs >= 1e9));
    expect(await positions('since=3')).toEqual(those(({ position }) => position >= 3));
    expect(await positions('since=3&from=5')).toEqual(those(({ position }) => position >= 5));
    expect(await positions('since=0s')).toEqual(events.map(({ position }) => position));
  });

  test('has what passes all filters', async () => {
    const type = events.find(isAt('a'))?.type ?? '';
    const found = those((event) => isAt('a')(event) && event.type === type);
    expect(await positions(`node=a&type=${type}&since=0s`)).toEqual(found);
  });

  test('names the next one with the same filters, until all events were looked at', async () => {
    const seen: number[] = [];
    let query = 'node=a&limit=3';
    for (let pages = 1; ; pages++) {
      const response = await ask(app, { url: `${URL}?${query}`, headers: { accept: 'application/x-ndjson' } });
      seen.push(
        ...response.body
          .split('\n')
          .slice(0, -1)
          .map((text) => (JSON.parse(text) as LabEvent).position),
      );
      const next = /events\?(.+)>; rel="next"$/.exec(String(response.headers['link'] ?? ''))?.[1];
      if (next === undefined) {
        expect(pages).toBe(Math.ceil(events.length / 3));
        break;
      }
      query = next;
    }
    expect(seen).toEqual(those(isAt('a')));
  });

  test.each([
    ['type=InterfaceLinkChange', 400, 'type', 'there is no event type "InterfaceLinkChange"; did you mean "InterfaceLinkChanged"?'],
    ['where=colour:%20red', 400, 'where', 'no event has a field "colour"; docs/events.md has the fields'],
    ['node=c', 404, 'node', 'lab two-hosts has no node "c"'],
    ['where=node:%20c', 404, 'where', 'lab two-hosts has no node "c"'],
    ['since=9s', 400, 'since', 'lab two-hosts ends at 2.000000000 s; nothing is recorded at 9.000000000 s'],
  ])('is refused for what no event can be: %s', async (query, status, name, message) => {
    const response = await ask(app, { url: `${URL}?${query}` });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ errors: [{ in: 'query', name, message: expect.stringContaining(message) }] });
  });
});

test('a stream has what is there since a moment and what comes, as far as it passes the filters', async () => {
  const gone = new AbortController();
  const query = 'since=2&type=SystemLog,TimeAdvanced';
  const response = await fetch(`${address}${URL}/stream?${query}`, { signal: gone.signal });
  const [last] = events.slice(-1);
  await service.append('two-hosts', 'later', { type: 'CommandReceived', data: { command: 'no' } }, line('yes'));
  const expected = [...those(({ type, position }) => type === 'TimeAdvanced' && position >= 2), (last?.position ?? 0) + 2];
  const seen: number[] = [];
  let text = '';
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (seen.length < expected.length) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    text += value;
    seen.splice(0, seen.length, ...[...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)));
  }
  gone.abort();
  expect(seen).toEqual(expected);
});
