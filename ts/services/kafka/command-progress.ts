/**
 * How far the commands of a partition are dealt with. Labs work side by side, so commands end out of order; what may be committed
 * is the last one before which all have ended.
 */
import type { CommandOffset } from '../../log/command-queue.ts';

export class CommandProgress {
  /** Begun and not known to be committed, in the order of their offsets. */
  readonly #begun: { readonly at: CommandOffset; hasEnded: boolean }[] = [];

  /** Commands under way, and those that wait for one before them. */
  get pending(): number {
    return this.#begun.length;
  }

  /** Offsets come in order. */
  begin(at: CommandOffset): void {
    this.#begun.push({ at, hasEnded: false });
  }

  /** The last command that is dealt with, with all before it, now that this one is; null when an earlier one is not. */
  end(at: CommandOffset): CommandOffset | null {
    const own = this.#begun.find((begun) => begun.at.offset === at.offset);
    if (own !== undefined) own.hasEnded = true;
    let last: CommandOffset | null = null;
    while (this.#begun[0]?.hasEnded) last = this.#begun.shift()?.at ?? null;
    return last;
  }
}
