/**
 * Requests that schemathesis makes from /openapi.json, to a server with labs that live: valid ones, invalid ones, and methods that no
 * address takes. No 5xx, no status that the document does not have, no answer that differs from its schema.
 *
 * GENERATED_REQUESTS says how many at least: 500, unless it is set; GENERATED_SEED which ones. The stream of events is left out, because
 * it has no end. The run has an end in any case: then the test fails and names the requests that have no answer.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../../../ts/api/listen.ts';
import type { LabService } from '../../../ts/services/living/lab-service.ts';
import { isCi, suiteFor } from '../../needs.ts';
import { AUTHORIZED, TOKEN } from '../answers.ts';
import { TWO_HOSTS } from '../recorded-lab.ts';
import { FOLDER, install, toolIn } from './schemathesis.ts';

const AT_LEAST = Number(process.env['GENERATED_REQUESTS'] ?? 500);
/**
 * Of each of the 24 operations, besides what covers the bounds of its parameters: those are about 800 in all, and always sent. Some
 * operations have no more than one request.
 */
const EXAMPLES_OF_EACH = Math.max(5, Math.ceil((AT_LEAST - 500) / 16));
/** One request takes a tenth of a second on a machine that does nothing else. */
const MS_MAX = 120_000 + 400 * AT_LEAST;
/** An answer "pending" after as long a wait: nothing that is sent here takes that long. */
const LONG_WAIT_SECONDS = 10;
const SEED = process.env['GENERATED_SEED'] ?? '1';
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
];

/** The end of what schemathesis says; an address of a request may have thousands of characters. */
function shortened(output: string): string {
  return output
    .split('\n')
    .map((line) => line.slice(0, 500))
    .join('\n')
    .slice(-20_000);
}

function told({ id, method, url }: FastifyRequest): string {
  return `${id} ${method} ${url}`;
}

const absent = install();
const need = { found: () => absent === null, missing: '', remedy: '', ...absent };

suiteFor(
  'schemathesis',
  need,
  need.found(),
  isCi(),
)('requests made from /openapi.json', () => {
  const data = mkdtempSync(join(tmpdir(), 'switchback-generated-'));
  const defects: string[] = [];
  const statuses = new Map<number, number>();
  const unanswered = new Set<string>();
  const neverSettled: string[] = [];
  let service: LabService;
  let app: FastifyInstance;
  let url: string;

  beforeAll(async () => {
    // As it was built: a worker from sources is compiled each time that it starts.
    const built = (path: string): Promise<unknown> => import(pathToFileURL(resolve('dist/ts', path)).href);
    const { createApi } = (await built('api/api.js')) as typeof import('../../../ts/api/api.ts');
    const { openLabService } = (await built('services/open-service.js')) as typeof import('../../../ts/services/open-service.ts');
    service = await openLabService({ dataDir: data, roles: ['controller', 'reader'], workers: 1 });
    const limits = { readsPerMinuteMax: 1e9, changesPerMinuteMax: 1e9, reExecutionsWaitingMax: 64 };
    app = createApi(service, { token: TOKEN, limits, onDefect: (text) => defects.push(text) });
    app.addHook('onRequest', (request, _, done) => {
      unanswered.add(told(request));
      done();
    });
    app.addHook('onResponse', (request, { statusCode }, done) => {
      unanswered.delete(told(request));
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      const { wait = 0 } = request.query as { readonly wait?: number };
      if (statusCode === 202 && wait >= LONG_WAIT_SECONDS) neverSettled.push(`${told(request)} ${JSON.stringify(request.body)}`);
      done();
    });
    url = await listen(app, { host: '127.0.0.1', port: 0 });
    for (const [lab, query] of [
      ['two-hosts', ''],
      ['other', ''],
      ['paced', '?pace=1x'],
    ] as const) {
      const file = TWO_HOSTS.replace('name: two-hosts', `name: ${lab}`);
      await send('PUT', `/v1/labs/${lab}${query}`, 'application/yaml', file);
      if (query === '') await send('POST', `/v1/labs/${lab}/commands`, 'application/json', '{"command":"step 2s"}');
    }
  }, 600_000);

  afterAll(async () => {
    await app.close();
    await service.close();
    rmSync(data, { recursive: true, force: true });
  });

  async function send(method: string, path: string, type: string, body: string): Promise<void> {
    const { status } = await fetch(url + path, { method, headers: { ...AUTHORIZED, 'content-type': type }, body });
    expect(status).toBeLessThan(300);
  }

  test('are answered as the document says, and none is waited for in vain', { timeout: MS_MAX + 60_000 }, async () => {
    const unansweredAtEnd: string[] = [];
    const args = ['run', `${url}/openapi.json`, '--checks', CHECKS.join(','), '--phases', 'coverage,fuzzing', '--seed', SEED];
    const sizes = ['--max-examples', String(EXAMPLES_OF_EACH), '--continue-on-failure', '--request-timeout', '90'];
    const rest = ['--exclude-operation-id', 'followEvents', '--generation-database', 'none', '--suppress-health-check', 'all'];
    const token = ['-H', `Authorization: Bearer ${TOKEN}`];
    const env = { ...process.env, SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: resolve('test/api/generated'), NO_COLOR: '1' };
    const run = spawn(toolIn(FOLDER), [...args, ...sizes, ...rest, ...token], {
      env,
      cwd: data,
      timeout: MS_MAX,
    });
    run.once('exit', () => unansweredAtEnd.push(...unanswered));
    const [output, errors, code] = await Promise.all([
      text(run.stdout),
      text(run.stderr),
      new Promise<number | null>((ended, failed) => void run.once('exit', ended).once('error', failed)),
    ]);
    expect(defects).toEqual([]);
    expect(unansweredAtEnd).toEqual([]);
    expect(code, shortened(`${output}\n${errors}`)).toBe(0);
    expect(neverSettled).toEqual([]);
    const sent = [...statuses.values()].reduce((sum, one) => sum + one, 0);
    expect(sent).toBeGreaterThanOrEqual(AT_LEAST);
    // It gets behind the first check often enough to be worth something.
    for (const status of [200, 201, 400, 404, 405, 409, 422]) expect([...statuses.keys()]).toContain(status);
    expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  });
});
