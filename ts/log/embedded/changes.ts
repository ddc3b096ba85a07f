/**
 * Tells readers of one store that a lab changed, whichever process changed it: one watcher on the folder of witnesses and one slow
 * timer for all of them, while there are any.
 *
 * A commit is on the disk before its witness takes its place (witness.ts), so whoever looks at the store after the witness
 * changed sees the commit. The timer finds what no watcher tells: a writer that was killed between the two, a file system of another
 * machine, a system that has no more watches to give.
 */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { WITNESSES, witnessFile } from './witness.ts';

/** How often a look is taken without having been told, ms of wall clock. */
const LOOK_MS = 2000;

/** A lab that somebody listens to. */
interface Listened {
  readonly lab: string;
  /** What the store showed at the last look. */
  seen: string | null;
  readonly wakes: Set<() => void>;
}

export class Changes {
  readonly #dir: string;
  readonly #glance: (lab: string) => string;
  /** By the file of the lab's witness. */
  readonly #labs = new Map<string, Listened>();
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param glance a text that changes whenever the lab does, and is cheap to get; it may throw. */
  constructor(dir: string, glance: (lab: string) => string) {
    this.#dir = dir;
    this.#glance = glance;
  }

  /** Calls back at every change of a lab, until the returned function is called. */
  listen(lab: string, wake: () => void): () => void {
    if (this.#labs.size === 0) this.#start();
    const file = witnessFile(lab);
    const listened: Listened = this.#labs.get(file) ?? { lab, seen: this.#look(lab), wakes: new Set() };
    this.#labs.set(file, listened);
    listened.wakes.add(wake);
    return () => {
      listened.wakes.delete(wake);
      if (listened.wakes.size > 0 || this.#labs.get(file) !== listened) return;
      this.#labs.delete(file);
      if (this.#labs.size === 0) this.#stop();
    };
  }

  /** This process changed a lab. */
  changed(lab: string): void {
    this.#check(this.#labs.get(witnessFile(lab)));
  }

  /** Wakes all, and forgets them. */
  close(): void {
    const all = [...this.#labs.values()];
    this.#labs.clear();
    this.#stop();
    for (const { wakes } of all) for (const wake of [...wakes]) wake();
  }

  #start(): void {
    this.#watch();
    this.#timer = setInterval(() => {
      this.#watch();
      this.#checkAll();
    }, LOOK_MS);
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#unwatch();
  }

  /** Watches the witnesses, or the directory until they have a folder. */
  #watch(): void {
    if (this.#watcher !== null) return;
    this.#watcher =
      this.#watchOn(join(this.#dir, WITNESSES), (file) => {
        if (file === null) this.#checkAll();
        else this.#check(this.#labs.get(file));
      }) ??
      this.#watchOn(this.#dir, (file) => {
        if (file !== null && file !== WITNESSES) return;
        this.#unwatch();
        this.#watch();
        this.#checkAll();
      });
  }

  #watchOn(path: string, told: (file: string | null) => void): FSWatcher | null {
    try {
      const watcher = watch(path, (_, file) => told(file));
      watcher.on('error', () => {
        if (this.#watcher === watcher) this.#unwatch();
      });
      return watcher;
    } catch {
      return null;
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #checkAll(): void {
    for (const listened of this.#labs.values()) this.#check(listened);
  }

  /** One look for all who listen to a lab: a change is told once, however often a watcher tells it. */
  #check(listened: Listened | undefined): void {
    if (listened === undefined) return;
    const seen = this.#look(listened.lab);
    if (seen !== null && seen === listened.seen) return;
    listened.seen = seen;
    for (const wake of [...listened.wakes]) wake();
  }

  /** Null for a lab that cannot be looked at: those who listen find out why. */
  #look(lab: string): string | null {
    try {
      return this.#glance(lab);
    } catch {
      return null;
    }
  }
}
