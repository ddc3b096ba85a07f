/** docs/api.md says what is so: its tables are those of the code, and its examples run. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import {
  API_LIMITS,
  BUNDLE_BYTES_MAX,
  CAPTURE_BYTES_MAX,
  CHANGES_MAX,
  EVENTS_LIMIT_MAX,
  JSON_DEPTH_MAX,
  SCRAPE_EVENTS_MAX,
  SCRAPE_LABS_MAX,
  WAIT_SECONDS_MAX,
} from '../../ts/api/limits.ts';
import { PROBLEMS } from '../../ts/api/problem.ts';
import { AUTHORIZED, TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';
import { recordTwoHosts, TWO_HOSTS } from './recorded-lab.ts';

const PAGE = 'docs/api.md';

/** A table of the page; UPDATE_DOCS=1 writes it. */
function checkTable(head: string, rows: readonly string[]): void {
  const page = readFileSync(PAGE, 'utf8');
  const start = page.indexOf(head);
  expect(start).toBeGreaterThan(0);
  const body = start + head.length;
  const written = page.slice(body, page.indexOf('\n\n', body - 1) + 1);
  const expected = rows.map((row) => `${row}\n`).join('');
  if (process.env['UPDATE_DOCS'] !== undefined) {
    writeFileSync(PAGE, page.slice(0, body) + expected + page.slice(body + written.length));
    return;
  }
  expect(written).toBe(expected);
}

test('the page lists every kind of problem', () => {
  const rows = Object.entries(PROBLEMS).map(([kind, { status, title }]) => `| \`${kind}\` | ${status} | ${title} |`);
  checkTable('| type | status | says |\n| --- | --- | --- |\n', rows);
});

test('the page lists every limit', () => {
  const { bodyBytesMax, readsPerMinuteMax, changesPerMinuteMax, streamsMax, reExecutionsWaitingMax, reExecutionMsMax } = API_LIMITS;
  const { readersMax, readsAtOnce, unsentBytesMax, connectionsMax } = API_LIMITS;
  const seconds = (ms: number): string => `${ms / 1000} s`;
  checkTable('| limit | unless set otherwise |\n| --- | --- |\n', [
    `| body | ${bodyBytesMax / 2 ** 20} MiB |`,
    `| a bundle that is sent, and a fork as one | ${BUNDLE_BYTES_MAX / 2 ** 20} MiB |`,
    `| a capture | ${CAPTURE_BYTES_MAX / 2 ** 20} MiB |`,
    `| commands, settings or steps that a fork names | ${CHANGES_MAX} of each |`,
    `| levels of nesting of a JSON body | ${JSON_DEPTH_MAX} |`,
    `| reading, for each address | ${readsPerMinuteMax} requests a minute |`,
    `| changing, for each address | ${changesPerMinuteMax} requests a minute |`,
    `| event streams at once | ${streamsMax} |`,
    `| re-executions at once | 1, and ${reExecutionsWaitingMax} that wait, each up to ${reExecutionMsMax / 1000} s |`,
    `| requests that read logs at once | ${readersMax}, of which ${readsAtOnce} are worked on at a time |`,
    `| answers that clients have not taken yet, together | ${unsentBytesMax / 2 ** 20} MiB |`,
    `| connections at once | ${connectionsMax}; more are closed unanswered |`,
    `| until the header of a request has arrived | ${seconds(API_LIMITS.headersMsMax)} |`,
    `| until the whole request has arrived | ${seconds(API_LIMITS.requestMsMax)} |`,
    `| an answer of which the client takes nothing | ${seconds(API_LIMITS.stalledMsMax)} |`,
    `| a connection between two requests | ${seconds(API_LIMITS.keepAliveMsMax)} |`,
    `| a connection over which nothing moves for another reason | ${seconds(API_LIMITS.idleMsMax)} |`,
    `| a connection after the answer to what was no request | ${seconds(API_LIMITS.lingerMs)} |`,
    `| events in one answer | ${EVENTS_LIMIT_MAX} |`,
    `| labs with figures at /metrics | ${SCRAPE_LABS_MAX} |`,
    `| events that one scrape of them reads | ${SCRAPE_EVENTS_MAX} |`,
    `| waiting for a lab | ${WAIT_SECONDS_MAX} s, then ask again with the same id |`,
  ]);
});

describe('the examples run:', () => {
  interface Example {
    readonly command: string;
    readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly payload: string | undefined;
  }

  const examples = [...readFileSync(PAGE, 'utf8').matchAll(/<!-- run -->\n```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .map(read);
  let app: FastifyInstance;

  beforeAll(() => {
    app = createApi(new FakeService(), { token: TOKEN });
  });
  afterAll(() => app.close());

  /** What curl would send: a shell takes the line apart. */
  function read(command: string): Example {
    const script = `change() { printf '%s\\n' AUTH "$@"; }; curl() { printf '%s\\n' "$@"; }; url=URL; ${command}`;
    const words = spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n');
    const valuesOf = (flag: string): string[] => words.flatMap((word, index) => (word === flag ? [words[index + 1] ?? ''] : []));
    const headers = Object.fromEntries(valuesOf('-H').map((header) => header.split(': ') as [string, string]));
    const [data] = [...valuesOf('-d'), ...valuesOf('--data-binary')];
    return {
      command,
      method: (valuesOf('-X')[0] ?? 'GET') as Example['method'],
      url: (words.find((word) => word.startsWith('URL/')) ?? '').slice('URL'.length),
      headers: words[0] === 'AUTH' ? { ...AUTHORIZED, ...headers } : headers,
      payload: data === '@two-hosts.lab.yml' ? TWO_HOSTS : data,
    };
  }

  test('there are some', () => {
    expect(examples.length).toBeGreaterThan(9);
  });

  async function run(server: FastifyInstance, { method, url, headers, payload }: Example): Promise<void> {
    const bundle = payload === '@two-hosts.sbk' ? (await server.inject('/v1/labs/two-hosts/bundle')).rawPayload : payload;
    const { statusCode, body } = await server.inject({
      method,
      url,
      headers,
      ...(bundle === undefined ? {} : { payload: bundle }),
    });
    const makes = method === 'PUT' || (method === 'POST' && !/\/commands|validate=true/.test(url));
    expect([url, statusCode, body.slice(0, 300)]).toEqual([url, makes ? 201 : 200, expect.any(String)]);
  }

  /** No engine decided the history of the plain service: what re-executes one is asked of another lab. */
  const isReExecution = ({ url }: Example): boolean => /derived|\/(explain|diff|bisect|mac|capture|fork)\b|labs\?name/.test(url);

  // In order: they tell a story.
  test.each(examples.filter((one) => !isReExecution(one)))('$command', (example) => run(app, example));

  test('the debugger, on a lab that an engine decided', async () => {
    const service = new FakeService();
    await recordTwoHosts(service.log);
    const debugged = createApi(service, { token: TOKEN });
    const debugging = examples.filter(isReExecution);
    expect(debugging.length).toBeGreaterThan(6);
    // Each takes a worker: all of them are asked by `npm run test:long`.
    const asked = process.env['API_DEBUG'] === 'all' ? debugging : debugging.filter(({ url }) => /explain|labs\?name/.test(url));
    // The last moment of the lab is two seconds.
    for (const example of asked) await run(debugged, { ...example, url: example.url.replace('at=2.5s', 'at=2s') });
    await debugged.close();
  });
});
