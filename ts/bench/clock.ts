/** Clocks of the benchmarks. Ratios are of processor time: it survives a busy machine, wall time does not. */

/** Nanoseconds of processor time that `work` took, all threads of this process. */
export function processorNs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** The same of work that waits in between. */
export async function processorNsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** Nanoseconds on the wall. */
export function wallNs(work: () => void): number {
  const before = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - before);
}

/** `count` results of `sample`, one after the other. */
export function repeat(count: number, sample: () => number): number[] {
  return Array.from({ length: count }, sample);
}
