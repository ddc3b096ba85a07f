/**
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002, algorithm ddmin, its step "reduce to
 * complement"): parts of a list are left out, halves first, then smaller ones, for as long as it still fails.
 */

/**
 * The items without which it does not fail: leaving out any single one of them makes it pass, where the answers allow to tell.
 * @param fails whether a list still fails; null when it may not be asked again, which ends the search.
 */
export function ddmin<T>(items: readonly T[], fails: (kept: readonly T[]) => boolean | null): readonly T[] {
  let kept = items;
  let parts = 1;
  while (kept.length > 0) {
    const size = Math.ceil(kept.length / parts);
    let smaller: readonly T[] | null = null;
    for (let from = 0; from < kept.length && smaller === null; from += size) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
      const answer = fails(rest);
      if (answer === null) return kept;
      if (answer) smaller = rest;
    }
    if (smaller !== null) {
      kept = smaller;
      parts = Math.max(1, parts - 1);
    } else if (size === 1) return kept;
    else parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}
