/**
 * Forwarding: descriptors through a device, born from the pool, decided, drained and freed, all in wasm.
 *
 * Implementations take turns, sample by sample, and ratios are medians of the pairs: what disturbs one disturbs its neighbour.
 */
import { processorNs } from './clock.ts';
import { Device } from './device.ts';
import { JsSwitch } from './js-switch.ts';
import type { Benchmark, Plan } from './plan.ts';
import { hex, median, type Row, rowOf } from './row.ts';
import type { Delivered, Forwarder, Shape } from './shape.ts';

const BURST = 32;
const BURSTS = [1, 2, 4, 8, 16, 32, 64, 256];
/** Frames before each sample: the compilers have settled by then, and the caches are this implementation's again. */
const WARM_UP_FRAMES = 400_000;

interface Sizes {
  readonly samples: number;
  readonly frames: number;
}

function sizesOf({ quick }: Plan): Sizes {
  return quick ? { samples: 5, frames: 100_000 } : { samples: 15, frames: 400_000 };
}

function shapeName({ kind, ports, stations }: Shape): string {
  const addresses = stations >= 1024 ? `${stations / 1024}k` : `${stations}`;
  if (kind === 'router') return `layer 3, ${ports} ports, ${addresses} neighbours`;
  return `${kind === 'switch' ? 'L2' : 'vSwitch'}, ${ports} ports, ${addresses} MACs`;
}

const SWITCHES: readonly Shape[] = [
  { kind: 'switch', ports: 2, stations: 1024 },
  { kind: 'switch', ports: 2, stations: 65_536 },
  { kind: 'switch', ports: 64, stations: 1024 },
  { kind: 'switch', ports: 64, stations: 65_536 },
];

/** One implementation's samples, and what it had delivered after the first. */
class Lane {
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

/** A learning switch: wasm, C and JavaScript in turn. @throws when they did not deliver the same. */
function compare(plan: Plan, shape: Shape): Row {
  const { samples, frames } = sizesOf(plan);
  const polls = Math.ceil(frames / BURST);
  const [ours, c, js] = [new Lane(), new Lane(), new Lane()];
  const device = new Device(plan.module, shape);
  const script = new JsSwitch(shape);
  for (let i = 0; i < samples; i++) {
    ours.sample(device, polls, BURST);
    if (plan.c !== null) {
      const sample = plan.c.run(shape, BURST, polls, Math.ceil(WARM_UP_FRAMES / BURST));
      c.add(sample.processorNs, sample);
    }
    js.sample(script, polls, BURST);
  }
  const digest = agreedDigest(shapeName(shape), [ours, c, js]);
  const rates = ours.ns.map((ns) => (polls * BURST * 1e9) / ns);
  return rowOf(shapeName(shape), 'frames/s', rates, { digest, ratioToC: c.timesOf(ours), ratioToJs: js.timesOf(ours) });
}

/** The digest that all lanes have. */
function agreedDigest(name: string, lanes: readonly Lane[]): string {
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

/** Wasm alone. */
function measure(plan: Plan, name: string, shape: Shape, burst: number): Row {
  const { samples, frames } = sizesOf(plan);
  const polls = Math.ceil(frames / burst);
  const lane = new Lane();
  const device = new Device(plan.module, shape);
  for (let i = 0; i < samples; i++) lane.sample(device, polls, burst);
  const rates = lane.ns.map((ns) => (polls * burst * 1e9) / ns);
  return rowOf(name, 'frames/s', rates, { digest: agreedDigest(name, [lane]) });
}

const OTHERS: readonly Shape[] = [
  { kind: 'vswitch', ports: 64, stations: 64 },
  { kind: 'router', ports: 2, stations: 1024 },
];

export const FORWARDING: readonly Benchmark[] = [
  ...SWITCHES.map((shape) => ({ name: shapeName(shape), run: (plan: Plan) => [compare(plan, shape)] })),
  ...OTHERS.map((shape) => ({ name: shapeName(shape), run: (plan: Plan) => [measure(plan, shapeName(shape), shape, BURST)] })),
  ...BURSTS.map((burst) => {
    const name = `L2, 2 ports, bursts of ${burst}`;
    return { name, run: (plan: Plan) => [measure(plan, name, { kind: 'switch', ports: 2, stations: 1024 }, burst)] };
  }),
];
