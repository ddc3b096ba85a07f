import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { LabEnded, StepCancelled } from '../../ts/services/living/lab-errors.ts';
import { ask, change, TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';
import { TWO_HOSTS } from './recorded-lab.ts';

const YAML = { 'content-type': 'application/yaml' };
const URL = '/v1/labs/two-hosts';

let service: FakeService;
let app: FastifyInstance;
let defects: string[];

beforeEach(() => {
  service = new FakeService();
  defects = [];
  app = createApi(service, { token: TOKEN, onDefect: (text) => defects.push(text) });
});
afterEach(() => app.close());

function deploy(query = '', payload: string = TWO_HOSTS, headers: Record<string, string> = YAML) {
  return change(app, { method: 'PUT', url: `${URL}${query}`, headers, payload });
}

function exec(command: unknown, { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {}) {
  return change(app, { method: 'POST', url: `${URL}/commands${query}`, headers, payload: { command } });
}

test.each(['0', '2.2e-16', '0.0011', '1.001'])('a request may wait for %s s', async (wait) => {
  expect((await deploy(`?wait=${wait}`)).statusCode).toBeLessThan(300);
  expect((await exec('crash a', { query: `?wait=${wait}` })).statusCode).toBeLessThan(300);
  expect(defects).toEqual([]);
});

describe('the clock of a lab', () => {
  const setClock = (payload: object, lab = 'two-hosts') => change(app, { method: 'PUT', url: `/v1/labs/${lab}/clock`, payload });

  test('is paused, goes on and changes its pace, and nothing is recorded', async () => {
    await deploy('?pace=1x');
    expect((await setClock({ paused: true })).json()).toEqual({ lab: 'two-hosts', paused: true, pacePermille: null });
    expect((await setClock({ paused: false, pace: '0.5x' })).json()).toEqual({
      lab: 'two-hosts',
      paused: false,
      pacePermille: 500,
    });
    expect((await setClock({})).json()).toEqual({ lab: 'two-hosts', paused: false, pacePermille: 500 });
    expect((await service.log.head('two-hosts'))?.position).toBe(1);
  });

  test('is refused for a lab that is not there or moves by steps, and without the token', async () => {
    await service.append('steps', 'c', { type: 'CommandReceived', data: { command: 'x' } });
    expect((await setClock({ paused: true }, 'nowhere')).statusCode).toBe(404);
    expect((await setClock({ paused: true }, 'steps')).json()).toMatchObject({ type: 'urn:switchback:problem:invalid-command' });
    expect((await setClock({ pace: '0x' }, 'steps')).statusCode).toBe(400);
    expect((await ask(app, { method: 'PUT', url: `${URL}/clock`, payload: { paused: true } })).statusCode).toBe(401);
  });

  test('is refused where labs are shared over Kafka: the next server to run the lab would not know of it', async () => {
    await deploy('?pace=1x');
    const shared: FakeService = Object.assign(Object.create(service), { setClock: undefined });
    const kafka = createApi(shared, { token: TOKEN });
    const response = await change(kafka, { method: 'PUT', url: `${URL}/clock`, payload: { paused: true } });
    expect([response.statusCode, response.json()]).toEqual([
      422,
      expect.objectContaining({
        type: 'urn:switchback:problem:invalid-command',
        detail: 'lab two-hosts is shared over Kafka, and keeps the pace it was deployed with',
      }),
    ]);
    await kafka.close();
  });
});

describe('a lab file that is added', () => {
  const add = (query = '', payload: string = TWO_HOSTS) =>
    change(app, { method: 'POST', url: `/v1/labs${query}`, headers: YAML, payload });

  test('begins a lab of the name in it', async () => {
    const response = await add('?pace=2x');
    expect([response.statusCode, response.headers.location]).toEqual([201, URL]);
    expect(response.json()).toMatchObject({ lab: 'two-hosts', status: 'done', position: 1, warnings: [] });
    expect(service.submitted).toMatchObject([{ lab: 'two-hosts', request: { verb: 'deploy', pacePermille: 2000 } }]);
    expect((await add()).json()).toMatchObject({ type: 'urn:switchback:problem:lab-exists' });
  });

  test('is only read with "validate", and nothing is recorded', async () => {
    const response = await add('?validate=true');
    expect([response.statusCode, response.json()]).toEqual([200, { lab: 'two-hosts', valid: true, warnings: [] }]);
    const warned = await add('?validate=true', TWO_HOSTS.replace('rate: 100', 'rate: 100, size: 60'));
    expect([warned.statusCode, service.submitted]).toEqual([200, []]);
    expect((await app.inject('/v1/labs')).json()).toEqual({ labs: [] });
  });

  test('is refused with each mistake in its place, validated or not', async () => {
    for (const query of ['', '?validate=true']) {
      const response = await add(query, TWO_HOSTS.replace('kind: switch', 'kind: swtch'));
      expect(response.statusCode).toBe(422);
      expect(response.json()).toMatchObject({
        type: 'urn:switchback:problem:invalid-lab-file',
        errors: [{ line: 7, column: expect.any(Number), message: expect.stringContaining('swtch') }],
      });
    }
    const named = await add('?name=other');
    expect(named.json()).toMatchObject({ errors: [{ message: 'the file names the lab two-hosts, but the address names other' }] });
    expect(service.submitted).toEqual([]);
  });

  test('has at most a mebibyte', async () => {
    const response = await add('', `${TWO_HOSTS}#${'x'.repeat(2 ** 20)}`);
    expect([response.statusCode, response.json()]).toEqual([
      413,
      expect.objectContaining({ detail: 'a lab file may have at most 1 MiB' }),
    ]);
  });
});

describe('a lab file that is deployed', () => {
  test('begins a lab, whose first event holds what the file means', async () => {
    const response = await deploy();
    expect(response.statusCode).toBe(201);
    expect(response.headers.location).toBe(URL);
    expect(response.json()).toMatchObject({ lab: 'two-hosts', status: 'done', position: 1, warnings: [] });
    expect(service.submitted).toMatchObject([{ lab: 'two-hosts', request: { verb: 'deploy', pacePermille: 0, replace: false } }]);
    const definition = (await app.inject(`${URL}/definition`)).json<{ definition: { nodes: readonly { name: string }[] } }>();
    expect(definition.definition.nodes.map(({ name }) => name)).toEqual(['a', 'b', 'sw']);
  });

  test('may be JSON, or text of no particular kind', async () => {
    const { parse } = await import('yaml');
    const json = JSON.stringify(parse(TWO_HOSTS));
    expect((await deploy('', json, { 'content-type': 'application/json' })).statusCode).toBe(201);
    expect((await deploy('?replace=true', TWO_HOSTS, { 'content-type': 'text/plain' })).statusCode).toBe(201);
    const [first, second] = service.submitted;
    expect(first?.request).toEqual({ ...second?.request, replace: false });
  });

  test.each([
    ['1x', 1000],
    ['0.5x', 500],
    ['10.25x', 10_250],
  ])('follows the clock at a pace of %s', async (pace, pacePermille) => {
    expect((await deploy(`?pace=${pace}`)).statusCode).toBe(201);
    expect(service.submitted[0]?.request).toMatchObject({ pacePermille });
  });

  test.each(['fast', '0x', '1', '-1x', '2000x'])('is not deployed at a pace of %s', async (pace) => {
    const response = await deploy(`?pace=${pace}`);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      errors: [{ in: 'query', name: 'pace', message: expect.stringContaining('is not a pace') }],
    });
    expect(service.submitted).toEqual([]);
  });

  test('is told all its mistakes, each at its line and column', async () => {
    const response = await deploy(
      '',
      'name: two-hosts\ntopology:\n  nodes:\n    a: { kind: hots }\n    b: { kind: host, colour: red }\n',
    );
    expect(response.statusCode).toBe(422);
    const { type, detail, errors } = response.json<{ type: string; detail: string; errors: object[] }>();
    expect(type).toBe('urn:switchback:problem:invalid-lab-file');
    expect(detail).toBe('the lab file has 2 mistakes; nothing was deployed');
    expect(errors).toMatchObject([
      { line: 4, column: 16, message: expect.stringContaining('"hots"') },
      { line: 5, message: expect.stringContaining('"colour"') },
    ]);
    expect(service.submitted).toEqual([]);
  });

  test('must be of the lab that the address names', async () => {
    const response = await deploy('', TWO_HOSTS.replace('name: two-hosts', 'name: three-hosts'));
    expect(response.statusCode).toBe(422);
    const message = 'the file names the lab three-hosts, but the address names two-hosts';
    expect(response.json()).toMatchObject({ errors: [{ line: 2, column: 7, message }] });
  });

  test('is not looked for in a form', async () => {
    const response = await deploy('', 'name=two-hosts', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(response.statusCode).toBe(415);
    expect(response.json()).toMatchObject({ detail: expect.stringContaining('application/yaml') });
  });

  test('may be empty, which is a mistake like any other', async () => {
    expect((await deploy('', '')).statusCode).toBe(422);
    expect((await change(app, { method: 'PUT', url: URL })).statusCode).toBe(422);
  });

  test('brings the warnings it gave', async () => {
    const { readFileSync } = await import('node:fs');
    const payload = readFileSync('labs/ha-virtual-mac.lab.yml', 'utf8');
    const response = await change(app, { method: 'PUT', url: '/v1/labs/ha-virtual-mac', headers: YAML, payload });
    const { warnings } = response.json<{ warnings: readonly { rule?: string; line: number }[] }>();
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings[0]?.line).toBeGreaterThan(1);
  });
});

describe('a lab of a name that is taken', () => {
  test('is not deployed again', async () => {
    await deploy();
    const response = await deploy();
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ type: 'urn:switchback:problem:lab-exists' });
    expect(service.submitted).toHaveLength(1);
  });

  test('is replaced on request', async () => {
    await deploy();
    await exec('crash a');
    expect((await deploy('?replace=true')).json()).toMatchObject({ status: 'done', position: 1 });
  });

  test('that another deployed meanwhile is not taken for one’s own', async () => {
    service.submit = () =>
      service.carryOut({
        lab: 'two-hosts',
        id: 'other',
        request: { verb: 'deploy', definition: '{}', pacePermille: 0, replace: false },
      });
    expect((await deploy('?wait=0.2')).json()).toMatchObject({ status: 409, type: 'urn:switchback:problem:lab-exists' });
  });
});

describe('a command', () => {
  beforeEach(async () => {
    await deploy();
    service.submitted.length = 0;
  });

  test('is carried out, and its events come back', async () => {
    const response = await exec('crash a');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      lab: 'two-hosts',
      status: 'done',
      position: 3,
      events: [
        { position: 2, type: 'CommandReceived', kind: 'input', data: { command: 'crash a' } },
        { position: 3, type: 'CommandAccepted', kind: 'outcome', cause: 2 },
      ],
    });
  });

  test('that is refused says all reasons', async () => {
    const response = await exec('crash nobody');
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({
      type: 'urn:switchback:problem:command-refused',
      detail: 'there is no node of that name; and it is asleep',
      reasons: ['there is no node of that name', 'and it is asleep'],
      position: 3,
      events: [{ type: 'CommandReceived' }, { type: 'CommandRefused' }],
    });
  });

  test.each([
    ['crsh a', '"crsh a" is not a command: did you mean "crash"? (see: switchback exec LAB help)'],
    ['step 5', '"step 5" is not a command: did you mean "5s"? (see: switchback exec LAB help step)'],
    ['help', '"help" is not a command (see: switchback exec LAB help)'],
  ])('that cannot be read is not handed over: "%s"', async (command, detail) => {
    const response = await exec(command);
    expect(response.statusCode).toBe(422);
    expect(response.json()).toEqual({
      type: 'urn:switchback:problem:invalid-command',
      title: 'The command is not valid',
      status: 422,
      detail,
    });
    expect(service.submitted).toEqual([]);
    expect((await service.log.head('two-hosts'))?.position).toBe(1);
  });

  test('that does not settle in time is pending, and says where to look', async () => {
    service.isAsleep = true;
    const response = await exec('crash a', { query: '?wait=0.05', headers: { 'idempotency-key': 'mine' } });
    expect(response.statusCode).toBe(202);
    const look = `${URL}/events?from=2`;
    expect(response.json()).toEqual({ lab: 'two-hosts', id: 'mine', status: 'pending', look });
    expect(response.headers.location).toBe(look);
    const [pending] = service.submitted;
    if (pending !== undefined) await service.carryOut(pending);
    expect((await app.inject(look)).json()).toMatchObject({ events: [{ type: 'CommandReceived' }, { type: 'CommandAccepted' }] });
  });

  test('that is repeated has one effect, and the same answer', async () => {
    const headers = { 'idempotency-key': 'only-once' };
    const first = await exec('crash a', { headers });
    const second = await exec('crash a', { headers });
    expect(second.json()).toEqual(first.json());
    expect(service.submitted).toHaveLength(1);
    expect((await service.log.head('two-hosts'))?.position).toBe(3);
  });

  test('gets an id of its own unless it brings one', async () => {
    const [first, second] = [await exec('crash a'), await exec('crash a')].map((response) => response.json<{ id: string }>().id);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
  });

  test.each([
    [7, 'command must be a text; found 7'],
    [null, 'command must be a text; found null'],
    ['', 'command must have at least 1 character; found ""'],
    ['  ', '"  " is not one line of text'],
    ['crash a\ncrash b', '"crash a\\ncrash b" is not one line of text'],
    ['crash \u001b[31m', expect.stringContaining('is not one line of text')],
    ['x'.repeat(1001), expect.stringContaining('command must have at most 1000 characters')],
  ])('is one line of text: %j is refused', async (command, message) => {
    const response = await exec(command);
    expect(response.statusCode).toBe(400);
    expect(response.json<{ errors: object[] }>().errors).toContainEqual({ in: 'body', name: 'command', message });
    expect(service.submitted).toEqual([]);
  });

  test('that is wrong in several places is told so at once', async () => {
    const headers = { 'idempotency-key': 'with blanks' };
    const response = await change(app, { method: 'POST', url: `${URL}/commands?wait=61`, headers, payload: { comand: 'crash a' } });
    const errors = response.json<{ errors: readonly { in: string; name: string }[] }>().errors;
    expect(errors.map((error) => `${error.in} ${error.name}`)).toEqual([
      'query wait',
      'header idempotency-key',
      'body command',
      'body comand',
    ]);
  });

  test('to a lab that is not there is not handed over', async () => {
    const response = await change(app, { method: 'POST', url: '/v1/labs/nowhere/commands', payload: { command: 'crash a' } });
    expect(response.json()).toMatchObject({ status: 404, known: ['two-hosts'] });
    expect(service.submitted).toEqual([]);
  });

  test('that could not be handed over may be tried again with the same id', async () => {
    service.failure = new Error('the broker is away');
    const response = await exec('crash a', { headers: { 'idempotency-key': 'k1' } });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({ detail: 'the broker is away; try again with the Idempotency-Key k1', id: 'k1' });
    expect(defects).toEqual([]);
  });

  test('that the service knows to be in vain is refused as what it is', async () => {
    service.failure = new LabEnded('two-hosts', 'destroyed');
    expect((await exec('crash a')).json()).toMatchObject({ status: 409, type: 'urn:switchback:problem:lab-ended' });
  });

  test('that is JSON of no known kind is refused with a reason', async () => {
    const broken = await change(app, {
      method: 'POST',
      url: `${URL}/commands`,
      headers: { 'content-type': 'application/json' },
      payload: '{',
    });
    expect(broken.statusCode).toBe(400);
    const poisoned = await change(app, {
      method: 'POST',
      url: `${URL}/commands`,
      headers: { 'content-type': 'application/json' },
      payload: '{"command":"crash a","__proto__":{"admin":true}}',
    });
    expect(poisoned.statusCode).toBe(400);
    const text = await change(app, {
      method: 'POST',
      url: `${URL}/commands`,
      headers: { 'content-type': 'text/plain' },
      payload: 'crash a',
    });
    expect(text.json()).toMatchObject({ status: 415, detail: 'expected Content-Type application/json' });
  });
});

describe('a lab that is destroyed', () => {
  beforeEach(() => deploy());

  test('ends, and its history stays', async () => {
    const response = await change(app, { method: 'DELETE', url: URL });
    expect(response.json()).toMatchObject({ status: 'done', position: 2, events: [{ type: 'RecordingStopped' }] });
    expect((await app.inject(URL)).json()).toMatchObject({ position: 2, ended: 'destroyed' });
    expect((await exec('crash a')).json()).toMatchObject({ status: 409, type: 'urn:switchback:problem:lab-ended' });
  });

  test('is forgotten on request', async () => {
    const response = await change(app, { method: 'DELETE', url: `${URL}?forget=true` });
    expect(response.json()).toMatchObject({ lab: 'two-hosts', status: 'forgotten' });
    expect((await app.inject(URL)).statusCode).toBe(404);
  });

  test('must be there', async () => {
    expect((await change(app, { method: 'DELETE', url: '/v1/labs/nowhere' })).statusCode).toBe(404);
    expect((await change(app, { method: 'DELETE', url: '/v1/labs/nowhere?forget=true' })).statusCode).toBe(404);
  });
});

test('what nobody expected is told to the one who runs the server, and to nobody else', async () => {
  service.log.labs = () => Promise.reject(new Error('secret of the house'));
  const broken = createApi(service, { token: TOKEN, onDefect: (text) => defects.push(text) });
  const response = await broken.inject('/v1/labs');
  expect(response.statusCode).toBe(500);
  expect(response.body).not.toContain('secret');
  expect(response.body).not.toContain('.ts');
  expect(defects).toEqual([expect.stringMatching(/^GET \/v1\/labs: Error: secret of the house\n {4}at /)]);
  await broken.close();
});

describe('the command that a lab is at', () => {
  const cancel = (url = URL) => change(app, { method: 'DELETE', url: `${url}/commands/current` });

  test('is cancelled once, and then there is none', async () => {
    await deploy();
    service.underWay.add('two-hosts');
    expect((await cancel()).json()).toEqual({ lab: 'two-hosts', cancelled: true });
    expect((await cancel()).json()).toEqual({ lab: 'two-hosts', cancelled: false });
  });

  test('is not one of a lab that nobody has, and not for those without the token', async () => {
    expect((await cancel('/v1/labs/nobody')).statusCode).toBe(404);
    expect((await app.inject({ method: 'DELETE', url: `${URL}/commands/current` })).statusCode).toBe(401);
  });

  test('is answered "cancelled" to whoever asked for it, and not "try again"', async () => {
    await deploy();
    service.failure = new StepCancelled('two-hosts');
    const response = await exec('step 1s');
    expect(response.statusCode).toBe(409);
    expect(response.headers['retry-after']).toBeUndefined();
    expect(response.json()).toMatchObject({ type: 'urn:switchback:problem:cancelled' });
  });
});
