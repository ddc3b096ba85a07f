/**
 * Implementations that do the same work take turns, sample by sample, and ratios are medians of the pairs: what disturbs one
 * disturbs its neighbour.
 */
import { processorNs } from './clock.ts';
import type { Plan } from './plan.ts';
import { hex, median } from './row.ts';
import type { Delivered, Forwarder } from './shape.ts';

export const BURST = 32;
/** Frames before each sample: the compilers have settled by then, and the caches are this implementation's again. */
export const WARM_UP_FRAMES = 400_000;

export interface Sizes {
  readonly samples: number;
  readonly frames: number;
}

export function sizesOf({ quick }: Plan): Sizes {
  return quick ? { samples: 5, frames: 100_000 } : { samples: 15, frames: 400_000 };
}

/** One implementation's samples, and what it had delivered after the first. */
export class Lane {
  readonly ns: number[] = [];
  first: Delivered | null = null;

  add(ns: number, delivered: Delivered): void {
    this.ns.push(ns);
    this.first ??= delivered;
  }

  /** One sample, warmed up like one of the C baseline, which has a process of its own for each. */
  sample(forwarder: Forwarder, polls: number, burst: number): void {
    forwarder.polls(Math.ceil(WARM_UP_FRAMES / burst), burst);
    this.add(
      processorNs(() => forwarder.polls(polls, burst)),
      forwarder.result(),
    );
  }

  /** Median of how many times longer this lane took than another. */
  timesOf(other: Lane): number | null {
    return other.ns.length === 0 ? null : median(this.ns.map((ns, i) => ns / (other.ns[i] ?? Number.NaN)));
  }
}

/** The digest that all lanes have. */
export function agreedDigest(name: string, lanes: readonly Lane[]): string {
  const results = lanes.flatMap(({ first }) => first ?? []);
  const [own] = results;
  if (own === undefined) throw new Error(`${name}: nothing was measured`);
  for (const { frames, digest, dropped } of results) {
    if (dropped !== 0) throw new Error(`${name}: ${dropped} frames were dropped`);
    if (frames === own.frames && digest === own.digest) continue;
    throw new Error(`${name}: ${own.frames} frames with digest ${hex(own.digest)} here, ${frames} with ${hex(digest)} there`);
  }
  return hex(own.digest);
}
