/** Whether memory grows: samples of a warm process are compared with later ones. */
import { median } from './campaign.ts';

/** By how much the last quarter may be above the second one: a collector may be late, a leak of every event is not. */
const GROWTH_MAX = 1.15;
const GROWTH_BYTES_MIN = 24 * 2 ** 20;
/** A shorter soak has not warmed up when it is over. */
const SAMPLES_MIN = 40;

/** What is wrong with how resident memory went; null when it was flat, or too short to say. `samples`: bytes, at equal distances. */
export function growthOf(samples: readonly number[]): string | null {
  if (samples.length < SAMPLES_MIN) return null;
  const quarter = Math.floor(samples.length / 4);
  const [early, late] = [median(samples.slice(quarter, 2 * quarter)), median(samples.slice(-quarter))];
  if (late <= early * GROWTH_MAX || late - early < GROWTH_BYTES_MIN) return null;
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return `memory grows: ${mib(early)} in the second quarter, ${mib(late)} in the last`;
}
