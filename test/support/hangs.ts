/** Wall-clock bound that means "it hangs", ms: a loaded machine decides no test. */
export const HANGS_MS = 90_000;
