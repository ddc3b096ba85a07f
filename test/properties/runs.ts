/**
 * How the property tests run fast-check: few runs, from the suite's one seed (test/one-seed.ts). In the environment,
 * SWITCHBACK_RUNS looks that many times longer, and SWITCHBACK_SHRINK=no is content with the first failure (a mutant need not
 * be explained).
 */
export function runs(count: number): { readonly numRuns: number; readonly endOnFailure: boolean } {
  const { SWITCHBACK_RUNS: times = 1, SWITCHBACK_SHRINK: shrink } = process.env;
  return { numRuns: Math.ceil(count * Number(times)), endOnFailure: shrink === 'no' };
}
