/** Hours of work: a stepped lab through virtual hours, a paced one through minutes of the clock, each on a server whose memory must not grow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { freshAddress } from './fleet.ts';
import { kill } from './kill-serve.ts';
import { growthOf } from './memory-growth.ts';
import { discard, residentBytes, scratch, switchback, traceIn } from './processes.ts';
import { faultOf, Server } from './server.ts';
import { labText, recordsOf, WORK_LAB } from './work.ts';

const STEP_SECONDS = 5;
const SAMPLE_MS = 1000;
const COMMAND_MS = 2000;
const CALL_MS = 60_000;

class Soak {
  readonly samples: number[] = [];
  readonly #data: string;

  private constructor(
    readonly server: Server,
    data: string,
    readonly lab: string,
    readonly tally: Tally,
  ) {
    this.#data = data;
  }

  static async start(lab: string, query: string, tally: Tally): Promise<Soak> {
    const data = scratch();
    const server = await Server.start(['--data', data]);
    const soak = new Soak(server, data, lab, tally);
    await soak.change('PUT', `/v1/labs/${lab}?${query}`, 'application/yaml', labText(WORK_LAB, lab));
    tally.acknowledged ??= 0;
    return soak;
  }

  async change(method: string, path: string, type: string, body: string, id = `${this.lab}-0`): Promise<void> {
    const headers = { 'content-type': type, 'idempotency-key': id };
    const answer = await this.server.call({ method, path, headers, body, from: freshAddress(), timeoutMs: CALL_MS });
    const fault = faultOf(answer) ?? (answer.status >= 400 ? `${answer.status}: ${answer.body.slice(0, 200)}` : null);
    if (fault !== null) this.tally.fault(`${this.lab} ${id}`, fault);
    else if (method === 'POST') this.tally.acknowledged = (this.tally.acknowledged ?? 0) + 1;
  }

  execute(command: string, id: string): Promise<void> {
    const path = `/v1/labs/${this.lab}/commands?wait=50`;
    return this.change('POST', path, 'application/json', JSON.stringify({ command }), id);
  }

  sample(): void {
    this.samples.push(residentBytes(this.server.running.pid).now);
  }

  /** Ends the server; its history must be whole and proven. */
  async end(ids: readonly string[]): Promise<void> {
    const { lab, tally } = this;
    if (!(await this.server.stop()))
      tally.fault(lab, `SIGTERM did not end the server in good order: ${this.server.running.stderr.slice(-400)}`);
    await kill(this.server, tally);
    const growth = growthOf(this.samples);
    if (growth !== null) tally.fault(lab, growth);
    const log = await openEmbeddedLog(this.#data, { create: false });
    const records = await recordsOf(log, lab);
    await log.close();
    for (const id of ids) {
      const times = records.filter(({ commandId }) => commandId === id).length;
      if (times === 0) tally.lost++;
      if (times > 1) tally.doubled++;
    }
    const { code, stdout, stderr } = await switchback(['verify', lab, '--data', this.#data]).ended;
    if (code !== 0 || traceIn(stderr) !== null) tally.fault(lab, `verify: exit ${code}: ${stdout}${stderr}`);
    tally.count('events verified', records.length);
    discard(this.#data);
  }
}

async function stepped({ soakSteppedSeconds }: Settings, tally: Tally): Promise<void> {
  const soak = await Soak.start('stepped', '', tally);
  const ids: string[] = [];
  for (let second = 0; second < soakSteppedSeconds; second += STEP_SECONDS) {
    ids.push(`stepped-${second + 1}`);
    await soak.execute(`step ${STEP_SECONDS}s`, ids.at(-1) ?? '');
    soak.sample();
  }
  tally.count('virtual seconds stepped', soakSteppedSeconds);
  await soak.end(ids);
}

async function paced({ soakPacedSeconds }: Settings, tally: Tally): Promise<void> {
  const soak = await Soak.start('paced', 'pace=1x', tally);
  const endMs = performance.now() + soakPacedSeconds * 1000;
  const ids: string[] = [];
  for (let nextMs = performance.now(); performance.now() < endMs; await sleep(SAMPLE_MS)) {
    soak.sample();
    if (performance.now() < nextMs) continue;
    nextMs += COMMAND_MS;
    ids.push(`paced-${ids.length + 1}`);
    await soak.execute(`link ${ids.length % 2 === 0 ? 'up' : 'down'} client1:eth0`, ids.at(-1) ?? '');
  }
  tally.count('seconds paced', soakPacedSeconds);
  await soak.end(ids);
}

async function run(settings: Settings): Promise<Tally> {
  const tally = new Tally();
  await Promise.all([stepped(settings, tally), paced(settings, tally)]);
  return tally;
}

export const soak: Campaign = {
  name: 'soak',
  title:
    'two virtual hours stepped, and 20 minutes paced with a command every 2 s: memory stays flat, the whole history is verified',
  lane: 'soak',
  run,
};
