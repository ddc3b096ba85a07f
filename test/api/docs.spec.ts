/** docs/api.md says what is so: its tables are those of the code, and its examples run. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { API_LIMITS, EVENTS_LIMIT_MAX, JSON_DEPTH_MAX, WAIT_SECONDS_MAX } from '../../ts/api/limits.ts';
import { PROBLEMS } from '../../ts/api/problem.ts';
import { AUTHORIZED, TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';
import { TWO_HOSTS } from './recorded-lab.ts';

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

  // In order: they tell a story. Re-execution has its own test, and no engine decided this history.
  test.each(examples.filter(({ url }) => !url.includes('derived')))('$command', async ({ method, url, headers, payload }) => {
    const { statusCode, body } = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    expect([url, statusCode, body.slice(0, 300)]).toEqual([url, method === 'PUT' ? 201 : 200, expect.any(String)]);
  });
});
