/** Hostile calls of a server, generated from its own OpenAPI document. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolved } from '../openapi.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { freshAddress } from './fleet.ts';
import { hostileCall, type OpenApi } from './hostile-calls.ts';
import { kill } from './kill-serve.ts';
import { discard, ROOT, scratch, traceIn } from './processes.ts';
import { Random } from './random.ts';
import { faultOf, Server } from './server.ts';
import { labText, WORK_LAB } from './work.ts';

/** Calls at a time. */
const CALLERS = 6;
const CALLS_PER_ADDRESS = 100;
/** Beyond the longest `wait` that a call may ask for. */
const ANSWER_MS_MAX = 75_000;
const STREAM_MS = 200;

async function run({ seed, inputs }: Settings, say: (text: string) => void): Promise<Tally> {
  const tally = new Tally();
  const data = scratch();
  const server = await Server.start(['--data', data]);
  const api = resolved(JSON.parse((await server.call({ path: '/openapi.json' })).body)) as OpenApi;
  const yaml = { 'content-type': 'application/yaml' };
  await server.call({ method: 'PUT', path: '/v1/labs/h1', headers: yaml, body: labText(WORK_LAB, 'h1') });
  const files = readdirSync(join(ROOT, 'labs')).filter((name) => name.endsWith('.lab.yml'));
  const labs = files.sort().map((name) => readFileSync(join(ROOT, 'labs', name), 'utf8'));
  let next = 0;
  const caller = async (): Promise<void> => {
    let from = freshAddress();
    while (next < inputs && !server.running.hasEnded) {
      const attempt = ++next;
      if (attempt % CALLS_PER_ADDRESS === 0) from = freshAddress();
      await one(server, hostileCall(Random.of(seed, 'api', attempt), api, labs), { attempt, from, tally });
      if (attempt % 2000 === 0) say(`${attempt} calls`);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  if (server.running.hasEnded) tally.fault('the server', `it ended: ${server.running.stderr.slice(-500)}`);
  const health = await server.call({ path: '/healthz' }).catch(() => null);
  if (health?.status !== 200) tally.fault('the end', `/healthz answers ${health?.status}`);
  if (!(await server.stop()))
    tally.fault('the end', `SIGTERM did not end the server in good order: ${server.running.stderr.slice(-500)}`);
  await kill(server, tally);
  discard(data);
  return tally;
}

interface Attempt {
  readonly attempt: number;
  readonly from: string;
  readonly tally: Tally;
}

async function one(
  server: Server,
  { documented, isStream, ...call }: ReturnType<typeof hostileCall>,
  { attempt, from, tally }: Attempt,
): Promise<void> {
  const label = `call ${attempt} (${call.method} ${call.path.slice(0, 80)})`;
  const timeoutMs = isStream ? STREAM_MS : ANSWER_MS_MAX;
  tally.count('calls');
  const answer = await server.call({ ...call, from, timeoutMs }).catch((error: unknown) => {
    if (!isStream) tally.fault(label, `no answer: ${String(error)}`);
    return null;
  });
  if (answer === null) return;
  tally.count(`answered ${String(answer.status).slice(0, 1)}xx`);
  const fault = faultOf(answer) ?? traceIn(answer.body);
  if (fault !== null) tally.fault(label, fault);
  else if (documented !== null && !documented.includes(`${answer.status}`)) {
    tally.fault(label, `${answer.status} is not documented: ${answer.body.slice(0, 200)}`);
  }
}

export const hostileApi: Campaign = {
  name: 'hostile-api',
  title: 'calls made from the OpenAPI document: no status of 500 or above but 503 with `Retry-After`, none that is not documented',
  lane: 'input',
  run,
};
