/**
 * NICs: the embedded switch between VFs and the wire, the whole path of a frame from VF to VF, and the hash alone.
 *
 * VEB rows have one queue per VF, so nothing is hashed. The full path has four, and every frame stays inside the NIC: spoof check
 * of address and VLAN, port VLAN, look-up of the destination and its VLAN, hash, queue, counters.
 */
import { processorNs } from './clock.ts';
import { Device } from './device.ts';
import { JsNic } from './js-nic.ts';
import { agreedDigest, BURST, Lane, sizesOf, WARM_UP_FRAMES } from './lane.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';
import { type NicShape, nicShape } from './shape.ts';

const FULL_PATH = nicShape(2, { queues: 4, hasWire: false });
/** Fewer than of switches, so that all benchmarks together take about a minute, or ten seconds. */
const SAMPLES = { quick: 3, all: 9 };
/** Hashes before each sample, and of one. */
const WARM_UP_HASHES = 1_000_000;
const HASHES = { quick: 500_000, all: 2_000_000 };

/** Wasm, C and JavaScript in turn. @throws when they did not deliver the same, into the same queues. */
function compare(plan: Plan, name: string, shape: NicShape): Row {
  const { frames } = sizesOf(plan);
  const samples = plan.quick ? SAMPLES.quick : SAMPLES.all;
  const [polls, warmUp] = [Math.ceil(frames / BURST), Math.ceil(WARM_UP_FRAMES / BURST)];
  const [ours, c, js] = [new Lane(), new Lane(), new Lane()];
  const device = new Device(plan.module, shape);
  const script = new JsNic(shape);
  for (let i = 0; i < samples; i++) {
    ours.sample(device, polls, BURST);
    if (plan.c !== null) {
      const sample = plan.c.run('nic', [shape.stations, shape.queues, shape.hasWire ? 1 : 0, BURST, polls, warmUp]);
      c.add(sample.processorNs, sample);
    }
    js.sample(script, polls, BURST);
  }
  const rates = ours.ns.map((ns) => (polls * BURST * 1e9) / ns);
  return rowOf(name, 'frames/s', rates, {
    digest: agreedDigest(name, [ours, c, js]),
    ratioToC: c.timesOf(ours),
    ratioToJs: js.timesOf(ours),
  });
}

/** Nanoseconds for the hash of an IPv4 and TCP frame: is it one, and its addresses and ports. */
function compareHashes(plan: Plan, name: string): Row {
  const samples = plan.quick ? SAMPLES.quick : SAMPLES.all;
  const count = plan.quick ? HASHES.quick : HASHES.all;
  const [ours, c, js] = [new Lane(), new Lane(), new Lane()];
  const device = new Device(plan.module, FULL_PATH);
  const script = new JsNic(FULL_PATH);
  const sample = (lane: Lane, hasher: Device | JsNic) => {
    hasher.hashes(WARM_UP_HASHES);
    const ns = processorNs(() => hasher.hashes(count));
    lane.add(ns, hasher.result());
  };
  for (let i = 0; i < samples; i++) {
    sample(ours, device);
    if (plan.c !== null) {
      const hashed = plan.c.run('nic', ['hash', count, WARM_UP_HASHES]);
      c.add(hashed.processorNs, hashed);
    }
    sample(js, script);
  }
  const each = ours.ns.map((ns) => ns / count);
  return rowOf(name, 'ns', each, {
    digest: agreedDigest(name, [ours, c, js]),
    ratioToC: c.timesOf(ours),
    ratioToJs: js.timesOf(ours),
  });
}

const PATHS: readonly (readonly [string, NicShape])[] = [
  ['NIC, 8 VFs and wire', nicShape(8, { queues: 1, hasWire: true })],
  ['NIC, 64 VFs and wire', nicShape(64, { queues: 1, hasWire: true })],
  ['NIC, 2 VFs, spoof check to queue', FULL_PATH],
];
const HASH = 'RSS hash, IPv4 and TCP';

export const NIC: readonly Benchmark[] = [
  ...PATHS.map(([name, shape]) => ({ name, run: (plan: Plan) => [compare(plan, name, shape)] })),
  { name: HASH, run: (plan) => [compareHashes(plan, HASH)] },
];
