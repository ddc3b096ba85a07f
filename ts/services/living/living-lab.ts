/**
 * A living lab in the hands of its controller: commands in the order of their arrival, the engine opened when it is needed and given up
 * when it is idle, everything it decides recorded. All that is lost with this object, the log brings back.
 *
 * Commands that wait are decided one behind the other without a pause, and what they record is appended together (save-queue.ts). The
 * records are those of one command after another, only the syncs are fewer.
 */
import type { CommandOffset } from '../../log/command-queue.ts';
import type { LabCommand, LabRequest } from '../../model/events/codec-command.ts';
import { heldBytes, soundBundle } from '../bundle/file/bundle-file.ts';
import { haltRecord } from '../engine/halt-record.ts';
import { HostClosed, type HostFailed } from '../engine/pool.ts';
import { lastRecord, recordAt } from '../engine/record-at.ts';
import { appendBundle } from './append-bundle.ts';
import { Asked, Flight } from './flight.ts';
import type { Clock } from './lab-clock.ts';
import { endReason, isForget } from './lab-commands.ts';
import type { LivingLabContext } from './lab-context.ts';
import { LabEngine } from './lab-engine.ts';
import { LabElsewhere, LabExists, NoSuchLab, ServiceClosing, StepCancelled } from './lab-errors.ts';
import { ignoreEnded, isDeath, isPassing } from './lab-failures.ts';
import type { Taken } from './lab-service.ts';

/** A command is tried this often when another writer (a command line beside a server) comes first, or its worker is gone. */
const TRIES_MAX = 5;
/** Commands in the hands of the engine at a time; later ones wait here. */
const FLIGHT_MAX = 256;

/** What waits for its turn: a command, or work of the controller's. */
type Job = { readonly asked: Asked } | { readonly run: () => Promise<void> };

export class LivingLab {
  readonly name: string;
  readonly #context: LivingLabContext;
  readonly #engine: LabEngine;
  readonly #flight = new Flight();
  readonly #queue: Job[] = [];
  #running: Promise<void> | null = null;
  /** Commands of the flight that ended badly, in the order of their arrival, and why. */
  #failed: { readonly asked: Asked; readonly error: unknown }[] = [];
  /** Why nothing more is taken; null while commands are. */
  #closed: Error | null = null;
  /** Why the engine was closed in the middle of its work, if somebody asked for it. */
  #cancelled: Error | null = null;
  /** Wall time when it was last asked something, ms. */
  usedMs = performance.now();

  constructor(name: string, context: LivingLabContext) {
    this.name = name;
    this.#context = context;
    this.#engine = new LabEngine(name, context, this.#flight, (open, error) => this.#failedAlone(open, error));
  }

  get isOpen(): boolean {
    return this.#engine.isOpen;
  }

  /** No caller is waiting, and time does not move by itself. */
  get isIdle(): boolean {
    return this.#running === null && this.#flight.size === 0 && !this.#engine.followsClock;
  }

  /**
   * Carries a command out, after those before it; resolves when all that follows is recorded, null if the lab has the command on
   * record already. To forget a lab is not to wait for a step of it: commands that are under way then have no lab any more.
   * @throws NoSuchLab, LabExists, LabEnded, HostFailed, LabElsewhere, ServiceClosing; whatever the recorder throws.
   */
  take(command: LabCommand, offset: CommandOffset | null = null): Promise<Taken | null> {
    const asked = new Asked(command, offset);
    if (this.#closed !== null) asked.failed(this.#closed);
    else {
      if (isForget(command)) this.#supersede();
      this.#enqueue({ asked });
    }
    return asked.answer;
  }

  /** Opens the lab and continues at the end of its log: it finishes an interrupted step and follows the clock again. */
  resume(): Promise<void> {
    return this.#alone(async () => {
      if (this.#closed === null) await this.#engine.ready().catch(ignoreEnded);
    });
  }

  /** Changes how time follows the clock; see `LabEngine.setClock`. */
  async setClock(change: Partial<Clock>): Promise<Clock> {
    await this.#alone(() => this.#engine.setClock(change));
    return this.#engine.clock;
  }

  /** Gives the engine up, with a snapshot if opening the lab again would cost much. */
  unload(): Promise<void> {
    return this.#alone(() => this.#engine.giveUp(true));
  }

  /**
   * Ends what is under way, as if this process had died in the middle of it: what is recorded stays, and the next command finishes a
   * step that was cut. Commands that wait are not carried out. False when nothing was under way.
   */
  cancel(): boolean {
    if (this.#running === null && this.#flight.size === 0) return false;
    this.#cancelled = new StepCancelled(this.name);
    this.#rejectWaiting(this.#cancelled);
    void this.#engine.abort();
    return true;
  }

  /** Somebody else owns the lab: nothing more of it is recorded here. */
  async discard(): Promise<void> {
    this.#refuse(new LabElsewhere(this.name));
    await this.#engine.discard();
  }

  /**
   * Takes nothing more, and gives the engine up: once commands under way have ended, or at `signal`. What is recorded of them by then
   * stays, and whoever opens the lab next goes on from there.
   */
  async close(signal: AbortSignal): Promise<void> {
    const cut = (): void => {
      this.#refuse(new ServiceClosing(this.name));
      void this.#engine.abort();
    };
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut();
    while (this.#running !== null || this.#flight.size > 0) await Promise.all([this.#running, this.#flight.empty()]);
    this.#closed ??= new ServiceClosing(this.name);
    await this.#engine.giveUp(!signal.aborted);
    signal.removeEventListener('abort', cut);
  }

  // ── The queue ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs work of the controller's when everything before it has ended. */
  #alone(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ run: () => work().then(resolve, reject) });
    });
  }

  #enqueue(job: Job): void {
    this.#queue.push(job);
    this.#start();
  }

  #start(): void {
    this.usedMs = performance.now();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      this.usedMs = performance.now();
      if (this.#queue.length > 0 || this.#failed.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#failed.length > 0) await this.#recover();
      const job = this.#queue[0];
      if (job === undefined) return;
      const isPipelined = 'asked' in job && job.asked.command.request.verb === 'execute';
      if (isPipelined ? this.#hasRoom(job.asked) : this.#flight.size === 0) {
        this.#queue.shift();
        await ('asked' in job ? this.#carryOut(job.asked) : job.run());
      } else await this.#flight.oneLess();
    }
  }

  #hasRoom({ command }: Asked): boolean {
    return this.#flight.size < FLIGHT_MAX && !this.#flight.has(command.id);
  }

  /** Rejects what waits, and whatever may come. */
  #refuse(error: Error): void {
    this.#closed ??= error;
    this.#rejectWaiting(this.#closed);
  }

  #rejectWaiting(error: Error): void {
    for (const job of this.#queue.splice(0)) {
      if ('asked' in job) job.asked.failed(error);
      else this.#queue.push(job);
    }
  }

  /** The lab is about to be forgotten: what was asked of it before has no lab. A step under way does not end first. */
  #supersede(): void {
    this.#rejectWaiting(new NoSuchLab(this.name, []));
    if (this.#running !== null || this.#flight.size > 0) void this.#engine.abort();
  }

  // ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins a command. One of those that many may be under way of at a time has not ended when this resolves. */
  async #carryOut(asked: Asked): Promise<void> {
    const { id, request } = asked.command;
    try {
      if (request.verb !== 'execute') return await this.#carryOutAlone(asked);
      await this.#engine.ready();
    } catch (error) {
      this.#failed.push({ asked, error });
      return;
    }
    if (this.#engine.knows(id)) return this.#pass(asked);
    const { text } = request;
    void this.#hold(asked, () => this.#engine.work({ type: 'execute', text, commandId: id }));
  }

  async #carryOutAlone(asked: Asked): Promise<void> {
    const { command } = asked;
    if (isForget(command)) return this.#forget(asked);
    await this.#hold(asked, async () => {
      const { id, request } = command;
      if (request.verb === 'deploy') await this.#deploy(id, request);
      else if (request.verb === 'import') await this.#import(id, request);
      else await this.#stop(id);
    });
  }

  async #hold(asked: Asked, work: () => Promise<void>): Promise<void> {
    const passed = async (): Promise<void> => {
      await work();
      await this.#passOffset(asked);
    };
    await this.#flight.hold(asked, passed, (error) => {
      this.#failed.push({ asked, error });
      this.#start();
    });
  }

  async #deploy(id: string, { definition, pacePermille, replace }: Deploy): Promise<void> {
    if (!(await this.#makeRoom(id, replace))) return;
    const inputs = [{ type: 'LabDefined', data: { definition, pacePermille } }] as const;
    await this.#engine.begin({ type: 'inputs', inputs, commandId: id, withReport: false }, pacePermille);
  }

  async #import(id: string, { bundle, replace }: Import): Promise<void> {
    await soundBundle(heldBytes(bundle));
    await this.#makeRoom(id, replace);
    await appendBundle(this.#context, this.name, id, bundle);
  }

  /** Makes the name free for a lab to come. False when the lab that this very command began is there already. */
  async #makeRoom(id: string, replace: boolean): Promise<boolean> {
    const { log, recorder, snapshots } = this.#context;
    await recorder.caughtUp(this.name);
    const first = await recordAt(log, this.name, 1);
    if (first === null) return true;
    if (first.commandId === id) return false;
    if (!replace) throw new LabExists(this.name);
    await this.#engine.giveUp(false);
    await recorder.forget(this.name, null);
    await snapshots.remove(this.name);
    await recorder.caughtUp(this.name);
    return true;
  }

  async #stop(id: string): Promise<void> {
    await this.#engine.ready();
    if (this.#engine.knows(id)) return;
    const inputs = [{ type: 'RecordingStopped', data: { reason: 'destroyed' } }] as const;
    await this.#engine.work({ type: 'inputs', inputs, commandId: id, withReport: false });
    await this.#engine.giveUp(false);
  }

  async #forget(asked: Asked): Promise<void> {
    const { log, recorder, snapshots } = this.#context;
    await this.#engine.giveUp(false);
    await recorder.caughtUp(this.name);
    if ((await log.head(this.name)) === null) throw new NoSuchLab(this.name, []);
    await recorder.forget(this.name, asked.offset);
    await snapshots.remove(this.name);
    asked.done();
  }

  /** The command has no effect of its own. */
  async #pass(asked: Asked): Promise<void> {
    try {
      await this.#passOffset(asked);
      asked.done();
    } catch (error) {
      asked.failed(error);
    }
  }

  async #passOffset(asked: Asked): Promise<void> {
    const { offset } = asked;
    asked.offset = null;
    if (offset !== null) await this.#context.recorder.pass(offset);
  }

  // ── Failures ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Commands that were under way together fail together; the first of them may be the reason. */
  async #recover(): Promise<void> {
    await this.#engine.giveUp(false);
    await this.#flight.empty();
    const [first, ...others] = this.#failed.splice(0);
    if (first === undefined) return;
    const { asked, error } = first;
    const rest = others.map((failed) => failed.asked);
    if (isDeath(error) && (await this.#recordHalt(error, asked))) this.#again(rest);
    else if (isPassing(error) && ++asked.tries < TRIES_MAX) this.#again([asked, ...rest]);
    else for (const failed of [first, ...others]) this.#fail(failed.asked, failed.error);
    this.#cancelled = null;
  }

  #again(asked: readonly Asked[]): void {
    this.#queue.unshift(...asked.map((again) => ({ asked: again })));
  }

  /** Of a lab that is closed or forgotten while a command is under way, this is the reason. */
  #fail(asked: Asked, error: unknown): void {
    const reason = error instanceof HostClosed ? (this.#closed ?? this.#cancelled ?? new NoSuchLab(this.name, [])) : error;
    asked.failed(reason);
  }

  /** A trap halts this lab for good, and its history says so; false when it has none. */
  async #recordHalt(error: HostFailed, asked: Asked | null): Promise<boolean> {
    const { log, recorder } = this.#context;
    await recorder.caughtUp(this.name);
    const last = await lastRecord(log, this.name);
    if (last === null) return false;
    const isRecorded = endReason(last) !== null;
    if (!isRecorded) {
      const halt = haltRecord(last, error.message, asked?.command.id);
      await recorder.append(this.name, last.position, [halt], asked?.offset ? [asked.offset] : []);
      asked?.add(halt);
      this.#context.onHalted();
    }
    asked?.done();
    return true;
  }

  /** A lab that follows the clock can fail while no command is under way. */
  #failedAlone(open: object, error: unknown): void {
    if (this.#flight.size > 0 || this.#running !== null) return;
    void this.#alone(async () => {
      if (!this.#engine.isThis(open)) return;
      await this.#engine.giveUp(false);
      if (isDeath(error)) await this.#recordHalt(error, null);
      // Another process wrote, or the worker crashed: the log has everything, and the clock continues from its end.
      else if (isPassing(error)) await this.#engine.ready().catch(ignoreEnded);
    }).catch(() => undefined);
  }
}

type Deploy = Extract<LabRequest, { verb: 'deploy' }>;
type Import = Extract<LabRequest, { verb: 'import' }>;
