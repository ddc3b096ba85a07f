/** Checks of a lab file, evaluated over a course that is run again. */
import { type CheckResult, CheckRun, marksOf } from '../engine/checks.ts';
import { readFlows } from '../engine/derived.ts';
import { DropSampler, readDrops } from '../engine/drop-counts.ts';
import type { Check } from '../model/lab/script.ts';
import type { Course } from './course.ts';
import type { NewEngine } from './rerun.ts';

export function judged(newEngine: NewEngine, { given }: Course, checks: readonly Check[]): CheckResult[] {
  if (checks.length === 0) return [];
  const engine = newEngine();
  const run = new CheckRun(checks);
  const sampler = new DropSampler(marksOf(checks));
  for (const { input } of given) {
    engine.receive(input, { checkpoint: false });
    for (let isThere = false; !isThere; ) {
      isThere = sampler.step(engine);
      for (const { event } of engine.take()) run.observe(event);
    }
  }
  return run.results(readFlows(engine), { samples: sampler.samples, end: readDrops(engine) });
}
