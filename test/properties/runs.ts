/**
 * How the property tests run fast-check: few runs, from one seed, so that a suite that was green yesterday is green today. A
 * failure prints seed and path. In the environment, SWITCHBACK_SEED looks elsewhere, SWITCHBACK_RUNS looks that many times
 * longer, and SWITCHBACK_SHRINK=no is content with the first failure (a mutant need not be explained).
 */
export function runs(count: number): { readonly seed: number; readonly numRuns: number; readonly endOnFailure: boolean } {
  const { SWITCHBACK_SEED: seed = 20_240_611, SWITCHBACK_RUNS: times = 1, SWITCHBACK_SHRINK: shrink } = process.env;
  return { seed: Number(seed), numRuns: Math.ceil(count * Number(times)), endOnFailure: shrink === 'no' };
}
