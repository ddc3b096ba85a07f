/**
 * Runs living labs: receives commands, opens a lab when a command for it arrives, advances labs that follow the clock, and closes
 * unused engines. Its caller decides which labs it runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandOffset } from '../../log/command-queue.ts';
import type { LabCommand } from '../../model/events/codec-command.ts';
import { HostClosed } from '../engine/pool.ts';
import { lastRecord, paceOf } from '../engine/record-at.ts';
import { EngineSlots } from '../engine/slots.ts';
import type { Clock } from './lab-clock.ts';
import { endReason } from './lab-commands.ts';
import type { LivingLabContext } from './lab-context.ts';
import type { Taken } from './lab-service.ts';
import { LivingLab } from './living-lab.ts';

/** The engine of a lab without commands for this long is closed, ms; opening it again takes milliseconds. */
const IDLE_MS = 5000;
/** Engines open at the same time, besides those that follow the clock; the one unused for longest makes room for the next. */
const OPEN_MAX = 128;
const SWEEP_MS = 500;
/** When the controller closes, commands under way have this long to end, ms; then they are cut off. */
const FINISH_MS = 500;
/** When the controller closes, snapshots are taken until then, ms. They only save time later. */
const CLOSE_MS = 1500;

export class Controller {
  readonly #context: LivingLabContext;
  readonly #labs = new Map<string, LivingLab>();
  readonly #slots = new EngineSlots(OPEN_MAX, () => this.#makeRoom());
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;
  commandsTaken = 0;
  labsHalted = 0;

  constructor(context: Omit<LivingLabContext, 'slots' | 'onHalted'>) {
    this.#context = { ...context, slots: this.#slots, onHalted: () => this.labsHalted++ };
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /** How many engines are open. */
  get open(): number {
    return [...this.#labs.values()].filter(({ isOpen }) => isOpen).length;
  }

  /** Carries a command out; see `LivingLab.take`. */
  take(command: LabCommand, offset: CommandOffset | null = null): Promise<Taken | null> {
    this.commandsTaken++;
    const done = this.#lab(command.lab).take(command, offset);
    return done.finally(() => this.#slots.waiting > 0 && this.#makeRoom());
  }

  /** How the time of a lab follows the clock; see `LivingLab.setClock`. */
  setClock(lab: string, change: Partial<Clock>): Promise<Clock> {
    return this.#lab(lab).setClock(change);
  }

  /** Ends what a lab is at; see `LivingLab.cancel`. */
  cancel(lab: string): boolean {
    return this.#labs.get(lab)?.cancel() ?? false;
  }

  /**
   * Takes labs over as their logs left them: those that follow the clock go on, and do so when this resolves. A step that was cut off is
   * finished later: it may be one of hours, and nobody is to wait for it.
   */
  async adopt(labs: readonly string[], onTrouble: (text: string) => void): Promise<void> {
    for (const lab of labs) {
      const tell = (error: unknown): void => {
        // Cut off again: the step was cancelled, or this closes.
        if (error instanceof HostClosed) return;
        onTrouble(`lab ${lab}: ${error instanceof Error ? error.message : String(error)}`);
      };
      await this.#adopt(lab, tell).catch(tell);
    }
  }

  async #adopt(name: string, tell: (error: unknown) => void): Promise<void> {
    const { log } = this.#context;
    const last = await lastRecord(log, name);
    if (last === null || endReason(last) !== null) return;
    const followsClock = (await paceOf(log, name)) > 0;
    if ((last.settled && !followsClock) || this.#isClosed) return;
    const resumed = this.#lab(name).resume();
    if (followsClock) await resumed;
    else resumed.catch(tell);
  }

  /** Closes labs that another controller owns now, and records nothing more for them. */
  async discard(isLost: (lab: string) => boolean): Promise<void> {
    const lost = [...this.#labs.values()].filter(({ name }) => isLost(name));
    for (const { name } of lost) this.#labs.delete(name);
    await Promise.all(lost.map((lab) => lab.discard()));
  }

  /**
   * Ends what is short, cuts off what is not, keeps snapshots as far as there is time, and gives all engines up. A step that is cut off
   * is recorded up to there, and finished by whoever opens its lab next.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    const labs = [...this.#labs.values()];
    const closed = Promise.all(labs.map((lab) => lab.close(AbortSignal.timeout(FINISH_MS)).catch(() => undefined)));
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
    this.#labs.clear();
  }

  #lab(name: string): LivingLab {
    let lab = this.#labs.get(name);
    if (lab === undefined) {
      lab = new LivingLab(name, this.#context);
      this.#labs.set(name, lab);
    }
    return lab;
  }

  /** Somebody waits for an engine: the one unused for longest goes. */
  #makeRoom(): void {
    const [lab] = this.#idle().filter(({ isOpen }) => isOpen);
    if (lab !== undefined) this.#unload(lab);
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const lab of this.#idle()) if (nowMs - lab.usedMs >= IDLE_MS) this.#unload(lab);
  }

  /** Labs without waiting callers, the one unused for longest first. */
  #idle(): LivingLab[] {
    return [...this.#labs.values()].filter((lab) => lab.isIdle).sort((a, b) => a.usedMs - b.usedMs);
  }

  #unload(lab: LivingLab): void {
    void lab
      .unload()
      .catch(() => undefined)
      // Its queue is empty a moment later.
      .then(() => setImmediate(() => this.#forgetIdle(lab)));
  }

  #forgetIdle(lab: LivingLab): void {
    if (lab.isIdle && !lab.isOpen && this.#labs.get(lab.name) === lab) this.#labs.delete(lab.name);
  }
}
