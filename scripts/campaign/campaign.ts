/** What a campaign is: hostile conditions, repeated from a seed, and what was counted under them. */

/** How much is done; a short campaign does a part of it in seconds. */
export interface Settings {
  readonly seed: number;
  readonly isShort: boolean;
  /** Kills of one kind. */
  readonly kills: number;
  /** Controllers that are stopped and continued. */
  readonly zombies: number;
  /** Hostile inputs of one kind. */
  readonly inputs: number;
  /** Damaged stores. */
  readonly damages: number;
  /** Disturbances of a broker's connections. */
  readonly disturbances: number;
  /** Times that a disk runs full. */
  readonly fullDisks: number;
  /** Virtual time of the stepped lab, s. */
  readonly soakSteppedSeconds: number;
  /** Wall time of the paced lab, s. */
  readonly soakPacedSeconds: number;
}

export const FULL: Omit<Settings, 'seed'> = {
  isShort: false,
  kills: 100,
  zombies: 20,
  inputs: 10_000,
  damages: 200,
  disturbances: 40,
  fullDisks: 10,
  soakSteppedSeconds: 7200,
  soakPacedSeconds: 1200,
};

export const SHORT: Omit<Settings, 'seed'> = {
  isShort: true,
  kills: 4,
  zombies: 1,
  inputs: 400,
  damages: 12,
  disturbances: 4,
  fullDisks: 2,
  soakSteppedSeconds: 300,
  soakPacedSeconds: 10,
};

/** Campaigns of different lanes run side by side: two that each wait most of the time do not wait for each other. */
export type Lane = 'broker' | 'store' | 'input' | 'soak';

export interface Campaign {
  readonly name: string;
  /** One line: what is done, and what must hold. */
  readonly title: string;
  readonly lane: Lane;
  /** What is missing to run it here, and how to get it; null when nothing is. */
  readonly missing?: () => string | null;
  run(settings: Settings, say: (text: string) => void): Promise<Tally>;
}

/** Faults that are kept as text; the others are counted. */
const FAULTS_KEPT = 20;

/** What a campaign counts. Lost, doubled, recovery are null where nothing was acknowledged or nothing had to recover. */
export class Tally {
  /** What was done, such as "kills": 100. */
  readonly done = new Map<string, number>();
  /** Commands that were answered as carried out or refused, each by its id; null where there were none. */
  acknowledged: number | null = null;
  lost = 0;
  doubled = 0;
  /** Chains that were compared with those of undisturbed labs. */
  chains = 0;
  readonly recoverMs: number[] = [];
  /** Most that one process of the product had resident, bytes. */
  memoryBytesMax = 0;
  faultCount = 0;
  readonly faults: string[] = [];
  /** Why it was not run; null when it was. */
  skipped: string | null = null;

  count(what: string, number = 1): void {
    this.done.set(what, (this.done.get(what) ?? 0) + number);
  }

  /** Something that must not be. `attempt` names it, so that it can be repeated. */
  fault(attempt: string, text: string): void {
    this.faultCount++;
    if (this.faults.length < FAULTS_KEPT) this.faults.push(`${attempt}: ${text}`);
  }

  memory(bytes: number): void {
    this.memoryBytesMax = Math.max(this.memoryBytesMax, bytes);
  }
}

/** What remains of a campaign when it is over: plain data, for the page and for a file. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly done: readonly (readonly [what: string, count: number])[];
  readonly acknowledged: number | null;
  readonly lost: number;
  readonly doubled: number;
  readonly chains: number;
  readonly recoverMs: { readonly median: number; readonly max: number } | null;
  readonly memoryBytesMax: number;
  readonly faultCount: number;
  readonly faults: readonly string[];
  readonly skipped: string | null;
}

export function outcomeOf({ name, title }: Pick<Campaign, 'name' | 'title'>, tally: Tally, seconds: number): Outcome {
  const { acknowledged, lost, doubled, chains, memoryBytesMax, faultCount, faults, skipped } = tally;
  const recoverMs =
    tally.recoverMs.length === 0
      ? null
      : { median: median(tally.recoverMs), max: tally.recoverMs.reduce((a, b) => Math.max(a, b)) };
  const counted = { acknowledged, lost, doubled, chains, recoverMs, memoryBytesMax, faultCount, faults, skipped };
  return { name, title, seconds, done: [...tally.done], ...counted };
}

/** Lost and doubled commands are faults too. */
export function holds({ lost, doubled, faultCount }: Outcome): boolean {
  return lost === 0 && doubled === 0 && faultCount === 0;
}

/** The middle one; of an even number, the mean of both in the middle. 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
