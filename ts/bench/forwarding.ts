/** Forwarding: descriptors through a device, born from the pool, decided, drained and freed, all in wasm. */
import { Device } from './device.ts';
import { JsSwitch } from './js-switch.ts';
import { agreedDigest, BURST, Lane, sizesOf, WARM_UP_FRAMES } from './lane.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';
import type { SwitchShape } from './shape.ts';

const BURSTS = [1, 2, 4, 8, 16, 32, 64, 256];

function shapeName({ kind, ports, stations }: SwitchShape): string {
  const addresses = stations >= 1024 ? `${stations / 1024}k` : `${stations}`;
  if (kind === 'router') return `layer 3, ${ports} ports, ${addresses} neighbours`;
  return `${kind === 'switch' ? 'L2' : 'vSwitch'}, ${ports} ports, ${addresses} MACs`;
}

const SWITCHES: readonly SwitchShape[] = [
  { kind: 'switch', ports: 2, stations: 1024 },
  { kind: 'switch', ports: 2, stations: 65_536 },
  { kind: 'switch', ports: 64, stations: 1024 },
  { kind: 'switch', ports: 64, stations: 65_536 },
];

/** A learning switch: wasm, C and JavaScript in turn. @throws when they did not deliver the same. */
function compare(plan: Plan, shape: SwitchShape): Row {
  const { samples, frames } = sizesOf(plan);
  const polls = Math.ceil(frames / BURST);
  const [ours, c, js] = [new Lane(), new Lane(), new Lane()];
  const device = new Device(plan.module, shape);
  const script = new JsSwitch(shape);
  for (let i = 0; i < samples; i++) {
    ours.sample(device, polls, BURST);
    if (plan.c !== null) {
      const sample = plan.c.run('forward', [shape.ports, shape.stations, BURST, polls, Math.ceil(WARM_UP_FRAMES / BURST)]);
      c.add(sample.processorNs, sample);
    }
    js.sample(script, polls, BURST);
  }
  const digest = agreedDigest(shapeName(shape), [ours, c, js]);
  const rates = ours.ns.map((ns) => (polls * BURST * 1e9) / ns);
  return rowOf(shapeName(shape), 'frames/s', rates, { digest, ratioToC: c.timesOf(ours), ratioToJs: js.timesOf(ours) });
}

/** Wasm alone. */
function measure(plan: Plan, name: string, shape: SwitchShape, burst: number): Row {
  const { samples, frames } = sizesOf(plan);
  const polls = Math.ceil(frames / burst);
  const lane = new Lane();
  const device = new Device(plan.module, shape);
  for (let i = 0; i < samples; i++) lane.sample(device, polls, burst);
  const rates = lane.ns.map((ns) => (polls * burst * 1e9) / ns);
  return rowOf(name, 'frames/s', rates, { digest: agreedDigest(name, [lane]) });
}

const OTHERS: readonly SwitchShape[] = [
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
