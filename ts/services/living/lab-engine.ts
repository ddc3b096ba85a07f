/** The engine of a living lab: opened from the log when it is needed, given up when it is not. All it decides is recorded. */
import type { StoredSnapshot } from '../../log/snapshot-store.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { engineIdentity } from '../engine/host.ts';
import type { Done, Work } from '../engine/messages.ts';
import { HostClosed, type HostedLab } from '../engine/pool.ts';
import { lastRecord, paceOf } from '../engine/record-at.ts';
import { COMMAND_IDS_MAX, decodeStoredEngine, encodeStoredEngine } from '../engine/stored-engine.ts';
import { usableSnapshot } from '../engine/usable-snapshot.ts';
import type { Flight } from './flight.ts';
import { type Clock, DEPLOYED, paceOfClock } from './lab-clock.ts';
import { endReason } from './lab-commands.ts';
import type { LivingLabContext } from './lab-context.ts';
import { InvalidCommand, LabElsewhere, LabEnded, NoSuchLab } from './lab-errors.ts';

const SNAPSHOT_AFTER_MS = 100;

/** An open engine, and where its lab ends. */
interface Open {
  readonly host: HostedLab;
  last: LogRecord | null;
  done: Done | null;
}

export class LabEngine {
  readonly #lab: string;
  readonly #context: LivingLabContext;
  readonly #flight: Flight;
  /** Called when an engine fails while it has no work. */
  readonly #onFailed: (open: object, error: unknown) => void;
  #open: Open | null = null;
  #opening: Promise<Open> | null = null;
  /** Whoever opens the lab at the moment gives up. */
  #isAborted = false;
  /** Whether the open engine is one of those that are counted: one that follows the clock stays, and would block them. */
  #hasSlot = false;
  #commandIds = new Set<string>();
  #isDiscarded = false;
  /** How the clock goes, if somebody said so; it is forgotten with this process. */
  #clock: Clock = DEPLOYED;
  followsClock = false;

  constructor(lab: string, context: LivingLabContext, flight: Flight, onFailed: (open: object, error: unknown) => void) {
    this.#lab = lab;
    this.#context = context;
    this.#flight = flight;
    this.#onFailed = onFailed;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  isThis(open: object): boolean {
    return this.#open === open;
  }

  /** Whether a command is one of the last ones that the lab recorded. The engine is open. */
  knows(commandId: string): boolean {
    return this.#commandIds.has(commandId);
  }

  /** Begins a lab that has no records. */
  async begin(work: Work & { readonly type: 'inputs' }, pacePermille: number): Promise<void> {
    this.#commandIds = new Set();
    this.#clock = DEPLOYED;
    const open = await this.#openHost(null);
    await this.#work(open, work);
    this.#followClock(pacePermille > 0);
  }

  /** Opens the engine at the end of the log, with all that follows from it recorded. @throws NoSuchLab, LabEnded, HostFailed, HostClosed */
  async ready(): Promise<void> {
    if (this.#open !== null && this.#opening === null) return;
    this.#opening ??= this.#openAtEnd().finally(() => {
      this.#opening = null;
      this.#isAborted = false;
    });
    await this.#opening;
  }

  /** Work for the open engine. Resolves when all its records are durable. @throws HostFailed, HostClosed, what appending threw */
  async work(work: Work): Promise<void> {
    if (this.#open === null) throw new HostClosed(this.#lab);
    await this.#work(this.#open, work);
  }

  /**
   * Pauses a lab that follows the clock, lets it go on, or changes its pace. History says nothing of it: how fast time passes is no part
   * of what happens. So it is forgotten with this process, and the lab goes on at the pace it was deployed with.
   * @throws NoSuchLab, LabEnded; InvalidCommand for a lab whose time moves by steps
   */
  async setClock(change: Partial<Clock>): Promise<void> {
    await this.ready();
    if (!this.followsClock) throw new InvalidCommand(`lab ${this.#lab} was deployed without a pace: its time moves by "step"`);
    this.#clock = { ...this.#clock, ...change };
    await this.work({ type: 'pace', pacePermille: paceOfClock(this.#clock) });
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Gives the engine up. Records that it handed over still reach the log. */
  async giveUp(withSnapshot: boolean): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    if (withSnapshot) await this.#keepSnapshot(open).catch(() => undefined);
    this.#open = null;
    this.followsClock = false;
    await open.host.close();
    this.#releaseSlot();
  }

  /** Another process owns the lab: nothing more of it is recorded here, not even what is on its way. */
  async discard(): Promise<void> {
    this.#isDiscarded = true;
    await this.abort();
  }

  /** Gives the engine up whatever it is at: its work is rejected with HostClosed. */
  async abort(): Promise<void> {
    this.#isAborted = this.#opening !== null;
    await this.giveUp(false);
  }

  async #openAtEnd(): Promise<Open> {
    const { log, recorder } = this.#context;
    await recorder.caughtUp(this.#lab);
    const last = await lastRecord(log, this.#lab);
    if (last === null) throw new NoSuchLab(this.#lab, await log.labs());
    const ended = endReason(last);
    if (ended !== null) throw new LabEnded(this.#lab, ended);
    const stored = await usableSnapshot(log, this.#context.snapshots, this.#lab, 'engine', last.position);
    const engine = stored === null ? null : decodeStoredEngine(stored.bytes);
    this.#commandIds = new Set(engine?.commandIds);
    const open = await this.#openHost(engine?.engine ?? null);
    // Every event is decided again and compared, which checks more than the chain does.
    for await (const batch of log.read(this.#lab, (stored?.position ?? 0) + 1, undefined, { checksChain: false })) {
      if (this.#isAborted) throw new HostClosed(this.#lab);
      for (const { commandId } of batch) this.#remember(commandId);
      open.host.past(batch);
      open.last = batch.at(-1) ?? open.last;
    }
    open.last ??= last;
    if (this.#isAborted) throw new HostClosed(this.#lab);
    await this.#work(open, { type: 'resume' });
    if (this.#clock !== DEPLOYED) await this.#work(open, { type: 'pace', pacePermille: paceOfClock(this.#clock) });
    this.#followClock((await paceOf(log, this.#lab)) > 0);
    return open;
  }

  async #openHost(snapshot: Uint8Array | null): Promise<Open> {
    await this.#context.slots.acquire();
    this.#hasSlot = true;
    const host = this.#context.pool.open((records) => this.#append(open, records), snapshot);
    const open: Open = { host, last: null, done: null };
    open.host.onFailed = (error) => this.#onFailed(open, error);
    this.#open = open;
    return open;
  }

  #followClock(follows: boolean): void {
    this.followsClock = follows;
    if (follows) this.#releaseSlot();
  }

  #releaseSlot(): void {
    if (this.#hasSlot) this.#context.slots.release();
    this.#hasSlot = false;
  }

  async #work(open: Open, work: Work): Promise<void> {
    open.done = await open.host.work(work);
  }

  async #append(open: Open, records: readonly LogRecord[]): Promise<void> {
    if (this.#isDiscarded) throw new LabElsewhere(this.#lab);
    await this.#context.recorder.append(this.#lab, open.last?.position ?? 0, records, this.#flight.offsetsOf(records));
    open.last = records.at(-1) ?? open.last;
    for (const { commandId } of records) this.#remember(commandId);
    this.#flight.appended(records);
  }

  #remember(commandId: string): void {
    if (commandId === '') return;
    this.#commandIds.add(commandId);
    if (this.#commandIds.size <= COMMAND_IDS_MAX) return;
    for (const oldest of this.#commandIds) {
      this.#commandIds.delete(oldest);
      return;
    }
  }

  async #keepSnapshot(open: Open): Promise<void> {
    const { snapshotAfterMs = SNAPSHOT_AFTER_MS } = this.#context;
    if ((open.done?.workMs ?? 0) < snapshotAfterMs && !this.followsClock) return;
    const { snapshot } = await open.host.work({ type: 'snapshot' });
    const { last } = open;
    if (snapshot === null || last === null) return;
    const bytes = encodeStoredEngine({ commandIds: [...this.#commandIds], engine: snapshot });
    const { position, chain } = last;
    const stored: StoredSnapshot = { lab: this.#lab, kind: 'engine', position, chain, engine: engineIdentity(), bytes };
    await this.#context.snapshots.put(stored);
    await this.#context.onSnapshot?.(stored);
  }
}
