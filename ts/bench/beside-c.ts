/** Wasm and a C program that does the same, sample by sample in turn. */
import type { CProgram } from './c-baseline.ts';
import { Device } from './device.ts';
import { agreedDigest, BURST, Lane, sizesOf, WARM_UP_FRAMES } from './lane.ts';
import type { Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';
import type { Shape } from './shape.ts';

/** Fewer than of switches, so that all benchmarks together take about a minute, or ten seconds. */
const SAMPLES = { quick: 3, all: 9 };

/**
 * A row of frames per second.
 * @param args what the program takes before BURST, POLLS and WARMUP_POLLS.
 * @throws when the two did not deliver the same.
 */
export function besideC(plan: Plan, name: string, shape: Shape, program: CProgram, args: readonly number[]): Row {
  const { frames } = sizesOf(plan);
  const samples = plan.quick ? SAMPLES.quick : SAMPLES.all;
  const [polls, warmUp] = [Math.ceil(frames / BURST), Math.ceil(WARM_UP_FRAMES / BURST)];
  const [ours, c] = [new Lane(), new Lane()];
  const device = new Device(plan.module, shape);
  for (let i = 0; i < samples; i++) {
    ours.sample(device, polls, BURST);
    if (plan.c === null) continue;
    const sample = plan.c.run(program, [...args, BURST, polls, warmUp]);
    c.add(sample.processorNs, sample);
  }
  const rates = ours.ns.map((ns) => (polls * BURST * 1e9) / ns);
  return rowOf(name, 'frames/s', rates, { digest: agreedDigest(name, [ours, c]), ratioToC: c.timesOf(ours) });
}
