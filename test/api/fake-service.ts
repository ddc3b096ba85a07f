/**
 * A service with a log in memory and the plainest of executors: a command is received and accepted, or refused if it is about
 * "nobody". No engine runs, so that what the API does can be told from what a lab does.
 */

import type { LogRecord } from '../../ts/log/event-log.ts';
import { MemoryStore, openMemoryLog } from '../../ts/log/memory.ts';
import type { SnapshotStore } from '../../ts/log/snapshot-store.ts';
import { CHAIN_START, nextChain } from '../../ts/model/events/chain.ts';
import { encodeBody } from '../../ts/model/events/codec.ts';
import type { LabCommand } from '../../ts/model/events/codec-command.ts';
import type { LabEvent, Payload } from '../../ts/model/events/events.ts';
import { appendBundle } from '../../ts/services/living/append-bundle.ts';
import type { Clock } from '../../ts/services/living/lab-clock.ts';
import type { Recorder } from '../../ts/services/living/lab-context.ts';
import { InvalidCommand } from '../../ts/services/living/lab-errors.ts';
import type { LabService, ServiceHealth } from '../../ts/services/living/lab-service.ts';
import { nanos } from '../../ts/values/nanos.ts';

const NO_SNAPSHOTS: SnapshotStore = {
  put: () => Promise.resolve(),
  latest: () => Promise.resolve(null),
  remove: () => Promise.resolve(),
};

const NO_RECORDER: Omit<Recorder, 'append'> = {
  forget: () => Promise.resolve(),
  pass: () => Promise.resolve(),
  caughtUp: () => Promise.resolve(),
};

export class FakeService implements LabService {
  readonly store = new MemoryStore();
  log = openMemoryLog(this.store);
  readonly snapshots = NO_SNAPSHOTS;
  /** Everything that was handed over, in order. */
  readonly submitted: LabCommand[] = [];
  /** Commands lie here unanswered while it is true. */
  isAsleep = false;
  /** What handing over fails with. */
  failure: Error | null = null;
  troubles: string[] = [];
  live = true;
  isClosed = false;
  /** Labs with something under way, which ends when it is cancelled. */
  readonly underWay = new Set<string>();

  cancel(lab: string): boolean {
    return this.underWay.delete(lab);
  }

  #clock: Clock = { isPaused: false, pacePermille: null };

  /** A plain clock, which every lab follows but those called "steps". */
  setClock(lab: string, change: Partial<Clock>): Promise<Clock> {
    if (lab === 'steps') return Promise.reject(new InvalidCommand('lab steps was deployed without a pace'));
    this.#clock = { ...this.#clock, ...change };
    return Promise.resolve(this.#clock);
  }

  async submit(command: LabCommand): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.submitted.push(command);
    if (!this.isAsleep) await this.carryOut(command);
  }

  /** What an executor does with a command. */
  async carryOut({ lab, id, request }: LabCommand): Promise<void> {
    if (request.verb === 'deploy') {
      if (request.replace) await this.log.remove(lab);
      const { definition, pacePermille } = request;
      return this.append(lab, id, { type: 'LabDefined', data: { definition, pacePermille } });
    }
    if (request.verb === 'destroy') {
      return request.forget
        ? this.log.remove(lab)
        : this.append(lab, id, { type: 'RecordingStopped', data: { reason: 'destroyed' } });
    }
    if (request.verb === 'import') {
      if (request.replace) await this.log.remove(lab);
      const recorder = { append: (...args: Parameters<Recorder['append']>) => this.log.append(args[0], args[1], args[2]) };
      return appendBundle({ log: this.log, recorder: { ...NO_RECORDER, ...recorder } }, lab, id, request.bundle);
    }
    const { text } = request;
    const received: Payload = { type: 'CommandReceived', data: { command: text } };
    const reasons = ['there is no node of that name', 'and it is asleep'];
    if (text.endsWith(' nobody'))
      return this.append(lab, id, received, { type: 'CommandRefused', data: { command: text, reasons } });
    return this.append(lab, id, received, { type: 'CommandAccepted', data: { command: text } });
  }

  /** Appends events, the first one's command being `id`, each caused by the first; the lab has settled after the last. */
  async append(lab: string, id: string, ...payloads: readonly Payload[]): Promise<void> {
    const head = await this.log.head(lab);
    const first = (head?.position ?? 0) + 1;
    const records: LogRecord[] = [];
    for (const [index, payload] of payloads.entries()) {
      const position = first + index;
      const event = { ...payload, position, atNs: nanos(position * 1000), cause: index === 0 ? 0 : first } as LabEvent;
      const body = encodeBody(event);
      const chain = nextChain(records.at(-1)?.chain ?? head?.chain ?? CHAIN_START, body);
      const commandId = index === 0 ? id : '';
      const settled = index === payloads.length - 1;
      records.push({ position, body, chain, recordedAtMs: 1_790_000_000_000, commandId, checkpoint: null, settled });
    }
    await this.log.append(lab, first - 1, records);
  }

  health(): ServiceHealth {
    const gauges = { labsLoaded: 3, partitionsOwned: 7, commandsTaken: this.submitted.length, eventsAppended: 42, labsHalted: 1 };
    const { live, troubles } = this;
    return { live, ready: troubles.length === 0, troubles, roles: ['controller', 'reader'], gauges };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return this.log.close();
  }
}

/** A system log line: an event of any size. */
export function line(text: string): Payload {
  return { type: 'SystemLog', data: { node: 'fw1', eventId: 'test', severity: 'informational', text } };
}
