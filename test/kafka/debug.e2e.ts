/**
 * The debugger on labs that live on Kafka: one server runs them, another one only mirrors them. Either is asked, over HTTP and by the
 * command line in its directory, and answers the same; a fork and a bundle that the mirroring server takes are recorded by the one that
 * runs their partition.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { listen } from '../../ts/api/listen.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import type { LabService } from '../../ts/services/living/lab-service.ts';
import { openLabService } from '../../ts/services/open-service.ts';
import { AUTHORIZED, TOKEN } from '../api/answers.ts';
import type { Ended } from '../cli/switchback.ts';
import { deploy } from '../living/labs.ts';
import { needs } from '../needs.ts';
import { switchedHosts } from '../support/recorded-lab.ts';
import { freshTopics } from './broker.ts';
import { PATIENCE_MS, until } from './until.ts';

const LAB = 'cut';
const URL = `/v1/labs/${LAB}`;

needs('kafka')('labs that live on Kafka', () => {
  const root = mkdtempSync(join(tmpdir(), 'switchback-debug-'));
  const dirs = { runs: join(root, 'runs'), mirrors: join(root, 'mirrors') };
  const services: LabService[] = [];
  const apis: FastifyInstance[] = [];
  let runs: LabService;
  let mirrors: LabService;
  /** Of the server that only mirrors. */
  let api: FastifyInstance;
  let server: string;

  async function open(dataDir: string, role: 'controller' | 'reader', kafka: ReturnType<typeof freshTopics>): Promise<LabService> {
    const { brokers, prefix, partitions = 2 } = kafka;
    const service = await openLabService({ dataDir, kafka: { brokers, prefix, partitions }, roles: [role], workers: 1 });
    services.push(service);
    return service;
  }

  beforeAll(async () => {
    const topics = freshTopics();
    expect(topics.brokers).toEqual([inject('kafka')]);
    runs = await open(dirs.runs, 'controller', topics);
    mirrors = await open(dirs.mirrors, 'reader', topics);
    api = createApi(mirrors, { token: TOKEN });
    apis.push(api);
    server = await listen(api, { host: '127.0.0.1', port: 0 });
    await ask(runs, LAB, deploy(switchedHosts('duration: 1s\n')));
    for (const text of ['step 300ms', 'link down b:eth0', 'step 200ms', 'link up b:eth0', 'step 500ms']) {
      expect(await ask(runs, LAB, { verb: 'execute', text })).toMatchObject({ status: 'done' });
    }
    const end = (await runs.log.head(LAB))?.position ?? 0;
    await until(async () => ((await mirrors.log.head(LAB))?.position ?? 0) === end);
  });
  afterAll(async () => {
    for (const one of apis) await one.close();
    for (const service of services) await service.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function json(url: string): Promise<unknown> {
    const response = await api.inject({ url });
    expect([url, response.statusCode]).toEqual([url, 200]);
    return response.json();
  }

  /** Runs the built command in the directory of the mirror, beside the server in this process. */
  function command(...args: string[]): Promise<Ended> {
    const env = { ...process.env, NO_COLOR: '1', SWITCHBACK_TOKEN: TOKEN };
    return new Promise((resolve) => {
      execFile(process.execPath, ['dist/ts/cli/bin.js', ...args, '--data', dirs.mirrors], { env }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });
  }

  async function printed(...args: string[]): Promise<unknown> {
    const { stdout } = await command(...args, '-f', 'json');
    return JSON.parse(stdout);
  }

  test('are explained, compared, verified and captured, from HTTP and from the command line', async () => {
    const flow = await json(`${URL}/explain?flow=web`);
    expect(flow).toMatchObject({
      sameChain: true,
      losses: [{ because: expect.arrayContaining([expect.objectContaining({ text: 'link down b:eth0' })]) }],
    });
    expect(await printed('explain', LAB, '--flow', 'web')).toEqual(flow);
    const differs = await json(`${URL}/diff?at=200ms&withAt=400ms`);
    expect(await printed('diff', `${LAB}@200ms`, `${LAB}@400ms`)).toEqual(differs);
    const verified = (await json(`${URL}/verification`)) as { readonly verified: boolean; readonly chain: string };
    expect(verified).toMatchObject({ verified: true, otherEngines: [] });
    // The built command is another build than the source that runs the lab here: it decides the same.
    const { chain } = verified;
    expect(await printed('verify', LAB)).toMatchObject({ verified: true, chain, unrecorded: 0 });
    const { frames } = (await api.inject({ url: `${URL}/capture`, headers: { accept: 'application/json' } })).json<{
      frames: number;
    }>();
    expect(await printed('capture', LAB, '-w', join(root, 'all.pcapng'))).toMatchObject({ frames });
  });

  test('are forked through a server that does not run them, from HTTP and from the command line', {
    timeout: 2 * PATIENCE_MS,
  }, async () => {
    const payload = { at: '100ms', without: ['link down b:eth0'], name: 'uncut' };
    const response = await api.inject({ method: 'POST', url: `${URL}/fork?wait=60`, headers: AUTHORIZED, payload });
    expect([response.statusCode, response.body.slice(0, 300)]).toEqual([201, expect.any(String)]);
    // It is on Kafka: the server that runs the labs has it too.
    await until(async () => (await runs.log.head('uncut')) !== null);
    expect(await json('/v1/labs/uncut/verification')).toMatchObject({ verified: true });
    const { chain } = response.json<{ chain: string }>();
    // It lives: it takes commands.
    expect(await ask(runs, 'uncut', { verb: 'execute', text: 'step 1s' })).toMatchObject({ status: 'done' });
    const args = ['fork', `${LAB}@100ms`, '--without', 'link down b:eth0', '-n', 'uncut2', '--server', server, '-f', 'json'];
    const { stdout, stderr, code } = await command(...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ fork: 'uncut2', chain });
    // Nobody else may write into a mirror.
    const refused = await command('fork', `${LAB}@100ms`, '-n', 'mine');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('mirrors labs of Kafka')]);
  });

  test('take the lab of a bundle through a server that does not run them; a name that is taken is refused', async () => {
    const file = (await api.inject({ url: `${URL}/bundle` })).rawPayload;
    const headers = { ...AUTHORIZED, 'content-type': 'application/gzip', 'idempotency-key': 'bundle-1' };
    const post = (query: string, more: Record<string, string> = {}) =>
      api.inject({ method: 'POST', url: `/v1/labs?wait=60&${query}`, headers: { ...headers, ...more }, payload: file });
    expect((await post('name=theirs')).statusCode).toBe(201);
    expect((await post('name=theirs')).statusCode).toBe(201);
    expect((await post('name=theirs', { 'idempotency-key': 'bundle-2' })).statusCode).toBe(409);
    expect((await runs.log.head('theirs'))?.chain).toEqual((await runs.log.head(LAB))?.chain);
    expect((await post('name=theirs&replace=true', { 'idempotency-key': 'bundle-3' })).statusCode).toBe(201);
    writeFileSync(join(root, 'cut.sbk'), file);
    const { stdout, code } = await command('import', join(root, 'cut.sbk'), '-n', 'ours', '--server', server, '-f', 'json');
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ lab: 'ours' })]);
  });
});
