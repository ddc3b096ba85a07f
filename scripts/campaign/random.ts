/**
 * Chance that can be repeated: the numbers of one attempt come from the seed, the campaign and the attempt's number alone, so a defect
 * is found again without the attempts before it.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The numbers of one attempt. */
  static of(seed: number, campaign: string, attempt: number): Random {
    let state = seed >>> 0;
    for (const character of `${campaign}/${attempt}`) state = (Math.imul(state ^ character.charCodeAt(0), 0x01000193) + 1) >>> 0;
    return new Random(state);
  }

  /** A whole number of 32 bits: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  }

  /** From 0 to `end`, which is left out. */
  below(end: number): number {
    return Math.floor((this.next() / 2 ** 32) * end);
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** @throws RangeError for an empty list. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}
