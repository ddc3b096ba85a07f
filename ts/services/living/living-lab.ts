/**
 * A living lab in the hands of its controller: commands one after another, the engine opened when it is needed and given up
 * when it is idle, everything it decides recorded. All that is lost with this object, the log brings back.
 */
import type { CommandOffset } from '../../log/command-queue.ts';
import { AppendConflict, type EventLog } from '../../log/event-log.ts';
import type { SnapshotStore, StoredSnapshot } from '../../log/snapshot-store.ts';
import type { LabCommand } from '../../model/events/codec-command.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { haltRecord } from '../engine/halt-record.ts';
import { engineIdentity } from '../engine/host.ts';
import type { Done, Work } from '../engine/messages.ts';
import { type EnginePool, type HostedLab, HostFailed } from '../engine/pool.ts';
import { lastRecord, paceOf, recordAt } from '../engine/record-at.ts';
import type { EngineSlots } from '../engine/slots.ts';
import { COMMAND_IDS_MAX, decodeStoredEngine, encodeStoredEngine } from '../engine/stored-engine.ts';
import { usableSnapshot } from '../engine/usable-snapshot.ts';
import { endReason } from './lab-commands.ts';
import { LabEnded, LabExists, NoSuchLab } from './lab-errors.ts';

/** Where a controller's results go. */
export interface Recorder {
  /** Rejects if another process owns the lab now, or if it is unknown whether the records were stored; the engine is then closed. */
  append(lab: string, expected: Position, records: readonly LogRecord[], command: CommandOffset | null): Promise<void>;
  forget(lab: string, command: CommandOffset | null): Promise<void>;
  /** The command has no effect, and needs no record. */
  pass(command: CommandOffset): Promise<void>;
  /** Resolves when the log shows everything that was ever recorded of the labs that are ours. */
  caughtUp(lab: string): Promise<void>;
}

export interface LivingLabContext {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly pool: EnginePool;
  readonly recorder: Recorder;
  readonly slots: EngineSlots;
  /** Opening a lab again may cost this much re-execution, ms, before a snapshot is taken when it is given up. */
  readonly snapshotAfterMs?: number;
  /** Called when an engine died, and its lab's history says so. */
  readonly onHalted: () => void;
  /** Called with snapshots worth keeping elsewhere too. */
  readonly onSnapshot?: (snapshot: StoredSnapshot) => Promise<void>;
}

const SNAPSHOT_AFTER_MS = 100;
/** A command is tried this often when another writer (a command line beside a server) comes first, or its worker is gone. */
const TRIES_MAX = 5;

/** An open engine, and where its lab ends. */
interface Open {
  readonly host: HostedLab;
  last: LogRecord | null;
  done: Done | null;
}

export class LivingLab {
  readonly name: string;
  readonly #context: LivingLabContext;
  #jobs: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #open: Open | null = null;
  /** Whether the open engine is one of those that are counted: one that follows the clock stays, and would block them. */
  #hasSlot = false;
  #commandIds = new Set<string>();
  /** Offset of the command under way, until it rides with its first records. */
  #riding: CommandOffset | null = null;
  #isDiscarded = false;
  /** Wall time when it was last asked something, ms. */
  usedMs = performance.now();
  followsClock = false;

  constructor(name: string, context: LivingLabContext) {
    this.name = name;
    this.#context = context;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** No caller is waiting, and time does not move by itself. */
  get isIdle(): boolean {
    return this.#waiting === 0 && !this.followsClock;
  }

  /**
   * Carries a command out, after those before it; resolves when all that follows is recorded.
   * @throws NoSuchLab, LabExists, LabEnded, HostFailed; whatever the recorder throws.
   */
  take(command: LabCommand, offset: CommandOffset | null = null): Promise<void> {
    return this.#enqueue(async () => {
      this.#riding = offset;
      await this.#carryOut(command);
      await this.#passRiding();
    });
  }

  /** Opens the lab and continues at the end of its log: it finishes an interrupted step and follows the clock again. */
  resume(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#opened().catch(ignoreEnded);
    });
  }

  /** Gives the engine up, with a snapshot if opening the lab again would cost much. */
  unload(): Promise<void> {
    return this.#enqueue(() => this.#giveUp(true));
  }

  /** Somebody else owns the lab: nothing more of it is recorded here. */
  async discard(): Promise<void> {
    this.#isDiscarded = true;
    await this.#giveUp(false);
  }

  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    this.#waiting++;
    this.usedMs = performance.now();
    const done = this.#jobs.then(() => {
      if (this.#isDiscarded) throw new Error(`lab ${this.name} went to another controller`);
      return job();
    });
    this.#jobs = done
      .catch(() => undefined)
      .then(() => {
        this.#waiting--;
        this.usedMs = performance.now();
      });
    return done;
  }

  // ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #carryOut(command: LabCommand): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryOnce(command);
      } catch (error) {
        await this.#giveUp(false);
        if (isDeath(error) && (await this.#recordHalt(error, command.id))) return;
        if (!isPassing(error) || tries === TRIES_MAX) throw error;
      }
    }
  }

  #tryOnce({ id, request }: LabCommand): Promise<void> {
    switch (request.verb) {
      case 'deploy':
        return this.#deploy(id, request.definition, request.pacePermille, request.replace);
      case 'destroy':
        return request.forget ? this.#forget() : this.#stop(id);
      case 'execute':
        return this.#execute(id, request.text);
    }
  }

  async #deploy(id: string, definition: string, pacePermille: number, replace: boolean): Promise<void> {
    await this.#context.recorder.caughtUp(this.name);
    const first = await recordAt(this.#context.log, this.name, 1);
    if (first !== null) {
      // A lab that this very command began is there already; any other stands in its way.
      if (first.commandId === id) return;
      if (!replace) throw new LabExists(this.name);
      await this.#giveUp(false);
      await this.#context.recorder.forget(this.name, null);
      await this.#context.snapshots.remove(this.name);
      await this.#context.recorder.caughtUp(this.name);
    }
    this.#commandIds = new Set();
    const open = await this.#openHost(null);
    const inputs = [{ type: 'LabDefined', data: { definition, pacePermille } }] as const;
    await this.#work(open, { type: 'inputs', inputs, commandId: id, withReport: false });
    this.#followClock(pacePermille > 0);
  }

  async #execute(id: string, text: string): Promise<void> {
    const open = await this.#opened();
    if (this.#commandIds.has(id)) return;
    await this.#work(open, { type: 'execute', text, commandId: id });
  }

  async #stop(id: string): Promise<void> {
    const open = await this.#opened();
    if (this.#commandIds.has(id)) return;
    const inputs = [{ type: 'RecordingStopped', data: { reason: 'destroyed' } }] as const;
    await this.#work(open, { type: 'inputs', inputs, commandId: id, withReport: false });
    await this.#giveUp(false);
  }

  async #forget(): Promise<void> {
    await this.#giveUp(false);
    await this.#context.recorder.caughtUp(this.name);
    if ((await this.#context.log.head(this.name)) === null) throw new NoSuchLab(this.name, []);
    await this.#context.recorder.forget(this.name, this.#takeRiding());
    await this.#context.snapshots.remove(this.name);
  }

  /** A trap halts this lab for good, and its history says so; false when it has none. */
  async #recordHalt(error: HostFailed, commandId: string): Promise<boolean> {
    const { log, recorder } = this.#context;
    await recorder.caughtUp(this.name);
    const last = await lastRecord(log, this.name);
    if (last === null) return false;
    if (endReason(last) !== null) return true;
    await recorder.append(this.name, last.position, [haltRecord(last, error.message, commandId)], this.#takeRiding());
    this.#context.onHalted();
    return true;
  }

  // ── The engine ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The open engine, at the end of the log. @throws NoSuchLab, LabEnded */
  async #opened(): Promise<Open> {
    if (this.#open !== null) return this.#open;
    const { log, recorder } = this.#context;
    await recorder.caughtUp(this.name);
    const last = await lastRecord(log, this.name);
    if (last === null) throw new NoSuchLab(this.name, await log.labs());
    const ended = endReason(last);
    if (ended !== null) throw new LabEnded(this.name, ended);
    const stored = await usableSnapshot(log, this.#context.snapshots, this.name, 'engine', last.position);
    const engine = stored === null ? null : decodeStoredEngine(stored.bytes);
    this.#commandIds = new Set(engine?.commandIds);
    const open = await this.#openHost(engine?.engine ?? null);
    // Every event is decided again and compared, which checks more than the chain does.
    for await (const batch of log.read(this.name, (stored?.position ?? 0) + 1, undefined, { checksChain: false })) {
      for (const { commandId } of batch) this.#remember(commandId);
      open.host.past(batch);
      open.last = batch.at(-1) ?? open.last;
    }
    open.last ??= last;
    await this.#work(open, { type: 'resume' });
    this.#followClock((await paceOf(log, this.name)) > 0);
    return open;
  }

  async #openHost(snapshot: Uint8Array | null): Promise<Open> {
    await this.#context.slots.acquire();
    this.#hasSlot = true;
    const host = this.#context.pool.open((records) => this.#append(open, records), snapshot);
    const open: Open = { host, last: null, done: null };
    // A lab that follows the clock can fail while no command is under way.
    open.host.onFailed = (error) => {
      if (this.#waiting === 0) void this.#enqueue(() => this.#failedAlone(open, error)).catch(() => undefined);
    };
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

  async #failedAlone(open: Open, error: unknown): Promise<void> {
    if (this.#open !== open) return;
    await this.#giveUp(false);
    if (isDeath(error)) await this.#recordHalt(error, '');
    // Another process wrote, or the worker crashed: the log has everything, and the clock continues from its end.
    else if (isPassing(error)) await this.#opened().catch(ignoreEnded);
  }

  async #work(open: Open, work: Work): Promise<void> {
    open.done = await open.host.work(work);
  }

  async #append(open: Open, records: readonly LogRecord[]): Promise<void> {
    if (this.#isDiscarded) throw new Error(`lab ${this.name} went to another controller`);
    await this.#context.recorder.append(this.name, open.last?.position ?? 0, records, this.#takeRiding());
    open.last = records.at(-1) ?? open.last;
    for (const { commandId } of records) this.#remember(commandId);
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

  async #giveUp(withSnapshot: boolean): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    if (withSnapshot) await this.#keepSnapshot(open).catch(() => undefined);
    this.#open = null;
    this.followsClock = false;
    await open.host.close();
    this.#releaseSlot();
  }

  async #keepSnapshot(open: Open): Promise<void> {
    const { snapshotAfterMs = SNAPSHOT_AFTER_MS } = this.#context;
    if ((open.done?.workMs ?? 0) < snapshotAfterMs && !this.followsClock) return;
    const { snapshot } = await open.host.work({ type: 'snapshot' });
    const { last } = open;
    if (snapshot === null || last === null) return;
    const bytes = encodeStoredEngine({ commandIds: [...this.#commandIds], engine: snapshot });
    const { position, chain } = last;
    const stored: StoredSnapshot = { lab: this.name, kind: 'engine', position, chain, engine: engineIdentity(), bytes };
    await this.#context.snapshots.put(stored);
    await this.#context.onSnapshot?.(stored);
  }

  #takeRiding(): CommandOffset | null {
    const riding = this.#riding;
    this.#riding = null;
    return riding;
  }

  async #passRiding(): Promise<void> {
    const riding = this.#takeRiding();
    if (riding !== null) await this.#context.recorder.pass(riding);
  }
}

function isDeath(error: unknown): error is HostFailed {
  return error instanceof HostFailed && error.failure.type === 'died';
}

/** Nothing is wrong with the lab itself: trying again from the log may well go right. */
function isPassing(error: unknown): boolean {
  return error instanceof AppendConflict || (error instanceof HostFailed && error.failure.type === 'crashed');
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof LabEnded)) throw error;
}
