/** What crossing the border between host and wasm costs: a call through each door, and frames copied in and out. */
import * as L from '../../asm/memory/layout.ts';
import { Dataplane } from '../dataplane/dataplane.ts';
import { processorNs, repeat } from './clock.ts';
import { Device } from './device.ts';
import type { Benchmark, Plan } from './plan.ts';
import { hex, type Row, rowOf } from './row.ts';
import { FRAME_BYTES } from './shape.ts';

const SHAPE = { kind: 'switch', ports: 2, stations: 16 } as const;

function calls(plan: Plan, name: string, count: number, call: (device: Device) => void): Row[] {
  const device = new Device(plan.module, SHAPE);
  const once = () => {
    const ns = processorNs(() => {
      for (let i = 0; i < count; i++) call(device);
    });
    return ns / count;
  };
  once();
  return [rowOf(name, 'ns', repeat(plan.quick ? 5 : 15, once))];
}

/** Frames per batch: what the egress ring of a small lab holds. */
const BATCH = 256;
const DROP_RUNS = 1024 + L.DROP_RUN_OVERFLOW;

/** A switch between a port that frames are injected at and one that leads out of the lab. */
function bridge(module: WebAssembly.Module): Dataplane {
  const dataplane = new Dataplane(module);
  const none = { lines: 0, flows: 0, routes: 0, neighbours: 0, jumboBuffers: 0, elements: 0, ioSlots: 0, traceBytes: 0 };
  const pools = { dropRuns: DROP_RUNS, descriptors: BATCH * 2, smallBuffers: BATCH * 2 };
  dataplane.layOut({ ...none, ...pools, nodes: 1, ports: 2, timers: 1, fdb: 16, fanMax: 8 });
  dataplane.control.setDropTimer(0);
  dataplane.control.configureNode({
    id: 0,
    kind: L.NODE_SWITCH,
    nodeFlags: 0,
    firstPort: 0,
    portCount: 2,
    fdbSlots: 16,
    fdbLimit: 8,
    ageingNs: 300_000_000_000n,
    routeMax: 0,
    neighbourSlots: 0,
    reachableNs: 0n,
  });
  for (const id of [0, 1]) {
    const portFlags = L.PORT_UP | (id === 1 ? L.PORT_EXTERNAL : 0);
    dataplane.control.configurePort({
      id,
      node: 0,
      portFlags,
      vlan: 0,
      mtu: 1500,
      frameMax: 1514,
      mac: 0n,
      learnLimit: 0,
      cause: 1,
    });
  }
  return dataplane;
}

/** A frame between two stations, ports 0 and 1 by their last byte. */
function frameTo(destination: number, source: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES);
  bytes.set([2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source]);
  return bytes;
}

function injectAndDrain(plan: Plan): Row[] {
  const dataplane = bridge(plan.module);
  const bytes = frameTo(1, 2);
  let atNs = 1;
  let digest = 0;
  const injection = { port: 0, direction: 'received', atNs, cause: 1, bytes } as const;
  // Station 1 shows itself, so that nothing floods.
  dataplane.inject({ ...injection, port: 1, bytes: frameTo(2, 1) });
  const batch = () => {
    for (let i = 0; i < BATCH; i++) dataplane.inject({ ...injection, atNs });
    dataplane.run(atNs + 1);
    for (const { number, bytes: out } of dataplane.takeEgress())
      digest = Math.imul((digest << 5) | (digest >>> 27), 31) ^ (number + out.length);
    atNs++;
  };
  const batches = plan.quick ? 100 : 500;
  const once = () => {
    const ns = processorNs(() => {
      for (let i = 0; i < batches; i++) batch();
    });
    return (batches * BATCH * 1e9) / ns;
  };
  once();
  const samples = repeat(plan.quick ? 5 : 15, once);
  return [rowOf('inject and drain by copy', 'frames/s', samples, { digest: hex(digest) })];
}

export const HOST: readonly Benchmark[] = [
  { name: 'host call, raw export', run: (plan) => calls(plan, 'host call, raw export', 1_000_000, (device) => device.call()) },
  {
    name: 'host call, control door',
    run: (plan) => calls(plan, 'host call, control door', 10_000, (device) => device.control.setDropTimer(0)),
  },
  { name: 'inject and drain by copy', run: injectAndDrain },
];
