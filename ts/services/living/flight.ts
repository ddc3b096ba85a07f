/**
 * Commands that a lab's engine has in hand. They are handed over in the order of their arrival, without waiting for each other's
 * records to become durable; each is answered when its own are.
 */
import type { CommandOffset } from '../../log/command-queue.ts';
import type { LabCommand } from '../../model/events/codec-command.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { OUTCOME_EVENTS_MAX, type Taken } from './lab-service.ts';

/** A command, and what was recorded because of it. */
export class Asked {
  readonly command: LabCommand;
  /** Its place in the queue of commands, until that is committed with its first records. */
  offset: CommandOffset | null;
  /** How often it was tried in vain. */
  tries = 0;
  readonly answer: Promise<Taken | null>;
  readonly #records: LogRecord[] = [];
  #last: LogRecord | null = null;
  #resolve: (taken: Taken | null) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(command: LabCommand, offset: CommandOffset | null) {
    this.command = command;
    this.offset = offset;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  add(record: LogRecord): void {
    this.#last = record;
    if (this.#records.length < OUTCOME_EVENTS_MAX) this.#records.push(record);
  }

  /** Everything that follows from it is durable. */
  done(): void {
    this.#resolve(this.#last?.settled ? { records: this.#records, last: this.#last } : null);
  }

  failed(error: unknown): void {
    this.#reject(error);
  }
}

export class Flight {
  /** By id, in the order of their arrival. */
  readonly #asked = new Map<string, Asked>();
  readonly #pending = new Set<Promise<void>>();
  /** The command whose records are being appended. */
  #current: Asked | null = null;

  get size(): number {
    return this.#asked.size;
  }

  has(id: string): boolean {
    return this.#asked.has(id);
  }

  /** Holds a command until `work` has ended. Never rejects; `ended` tells how it went. */
  async hold(asked: Asked, work: () => Promise<unknown>, ended: (error: unknown) => void): Promise<void> {
    this.#asked.set(asked.command.id, asked);
    const pending: Promise<void> = work().then(
      () => this.#leave(asked, pending, () => asked.done()),
      (error: unknown) => this.#leave(asked, pending, () => ended(error)),
    );
    this.#pending.add(pending);
    await pending;
  }

  #leave(asked: Asked, pending: Promise<void>, tell: () => void): void {
    this.#asked.delete(asked.command.id);
    this.#pending.delete(pending);
    if (this.#current === asked) this.#current = null;
    tell();
  }

  /** Resolves when any command has ended. */
  async oneLess(): Promise<void> {
    await Promise.race(this.#pending);
  }

  /** Resolves when all commands have ended. */
  async empty(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Offsets of the commands that these records record first: they are committed together. */
  offsetsOf(records: readonly LogRecord[]): readonly CommandOffset[] {
    return records.flatMap(({ commandId }) => this.#asked.get(commandId)?.offset ?? []);
  }

  /** Records became durable: from a command's own record up to where the lab settles, they are its outcome. */
  appended(records: readonly LogRecord[]): void {
    for (const record of records) {
      const begun = this.#asked.get(record.commandId);
      if (begun !== undefined) {
        this.#current = begun;
        begun.offset = null;
      }
      this.#current?.add(record);
      if (record.settled) this.#current = null;
    }
  }
}
