/**
 * People who change labs over HTTP while servers die under them: each gives one lab a command after the other, and asks again with the
 * same id until there is an answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '../../ts/log/event-log.ts';
import type { Tally } from './campaign.ts';
import { Random } from './random.ts';
import { type Answer, faultOf, type Server } from './server.ts';
import { commandOf, History, labText, WORK_LAB } from './work.ts';

/** How long one command may take, with all its repetitions. */
const ANSWER_MS_MAX = 120_000;
const RETRY_MS = 50;
const POLL_MS = 10;
/** Below what one address may ask for in a minute. */
const CALLS_PER_ADDRESS = 300;

export interface FleetOptions {
  readonly seed: number;
  readonly name: string;
  readonly labs: readonly string[];
  /** Those that can be asked now; the first is asked first. */
  readonly servers: () => readonly Server[];
  readonly tally: Tally;
  /** How long to wait for one answer before another server is asked. */
  readonly callMs: number;
}

let addresses = 0;

/** An address of the loopback network that nobody used before. */
export function freshAddress(): string {
  const number = ++addresses;
  return `127.${1 + ((number >> 16) % 250)}.${(number >> 8) % 256}.${1 + (number % 254)}`;
}

class Driver {
  readonly history: History;
  /** When the last acknowledged request was sent, ms. */
  acknowledgedMs = 0;
  isOver = false;
  readonly #options: FleetOptions;
  readonly #random: Random;
  #address = freshAddress();
  #calls = 0;

  constructor(lab: string, options: FleetOptions) {
    this.history = new History(lab);
    this.#options = options;
    this.#random = Random.of(options.seed, `${options.name}/${lab}`, 0);
  }

  /** Until told to end; the command under way is answered first. */
  async work(): Promise<void> {
    const { history } = this;
    const { lab } = history;
    const body = labText(WORK_LAB, lab);
    if (!(await this.#answered(`${lab}-0`, 'PUT', `/v1/labs/${lab}`, 'application/yaml', body))) return;
    while (!this.isOver) {
      const text = commandOf(this.#random);
      history.commands.push(text);
      const id = history.id(history.commands.length);
      const command = JSON.stringify({ command: text });
      if (!(await this.#answered(id, 'POST', `/v1/labs/${lab}/commands`, 'application/json', command))) return;
    }
  }

  /** Asks until there is an answer. False when there is none that lets the lab go on. */
  async #answered(id: string, method: string, path: string, type: string, body: string): Promise<boolean> {
    const { tally, callMs } = this.#options;
    const endMs = performance.now() + ANSWER_MS_MAX;
    for (let attempt = 0; performance.now() < endMs; attempt++) {
      const servers = this.#options.servers();
      const server = servers[attempt % Math.max(1, servers.length)];
      const sentMs = performance.now();
      const headers = { 'idempotency-key': id, 'content-type': type };
      const call = {
        method,
        path: `${path}?wait=${Math.ceil(callMs / 2000)}`,
        headers,
        body,
        timeoutMs: callMs,
        from: this.#from(),
      };
      const answer = (await server?.call(call).catch(() => null)) ?? null;
      const verdict = answer === null ? 'again' : this.#verdictOf(id, answer);
      if (verdict === 'acknowledged') {
        this.history.acknowledged.add(id);
        this.acknowledgedMs = sentMs;
        return true;
      }
      if (verdict === 'failed') return false;
      await sleep(RETRY_MS);
    }
    tally.fault(this.history.lab, `command ${id} had no answer within ${ANSWER_MS_MAX} ms`);
    return false;
  }

  #verdictOf(id: string, answer: Answer): 'acknowledged' | 'again' | 'failed' {
    const { tally } = this.#options;
    const { status, body } = answer;
    const fault = faultOf(answer);
    if (fault !== null) tally.fault(this.history.lab, `command ${id}: ${fault}`);
    if (status === 200 || status === 201) return 'acknowledged';
    if (status === 409 && body.includes('problem:command-refused')) return 'acknowledged';
    if (status === 202 || status === 429 || status >= 500) return 'again';
    tally.fault(this.history.lab, `command ${id} was answered ${status}: ${body.slice(0, 300)}`);
    return 'failed';
  }

  #from(): string {
    if (++this.#calls % CALLS_PER_ADDRESS === 0) this.#address = freshAddress();
    return this.#address;
  }
}

export class Fleet {
  readonly #drivers: readonly Driver[];
  readonly #tally: Tally;
  readonly #working: Promise<unknown>;
  #isWorking = true;

  constructor(options: FleetOptions) {
    this.#tally = options.tally;
    this.#drivers = options.labs.map((lab) => new Driver(lab, options));
    this.#working = Promise.all(this.#drivers.map((driver) => driver.work())).then(() => {
      this.#isWorking = false;
    });
  }

  /** Resolves when every lab has answered a request that was sent after `sinceMs`. False when one never will. */
  async recovered(sinceMs: number): Promise<boolean> {
    const endMs = performance.now() + ANSWER_MS_MAX;
    while (this.#drivers.some(({ acknowledgedMs }) => acknowledgedMs <= sinceMs)) {
      if (!this.#isWorking || performance.now() > endMs) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  /** Ends the work: what was asked is answered first. */
  async end(): Promise<void> {
    for (const driver of this.#drivers) driver.isOver = true;
    await this.#working;
  }

  async check(recordsOf: (lab: string) => Promise<readonly LogRecord[]>): Promise<void> {
    for (const { history } of this.#drivers) await history.check(await recordsOf(history.lab), this.#tally);
  }
}
