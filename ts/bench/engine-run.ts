/**
 * The engine: a lab in virtual time, everything on. A frame-hop is one frame leaving one link of non-zero latency and rate,
 * decided by one node. Each run is recorded, and the last one is then re-executed and must give the same chain.
 */
import type { Engine } from '../engine/engine.ts';
import { defineInput } from '../engine/script.ts';
import { toHex } from '../model/events/chain.ts';
import { repeat, wallNs } from './clock.ts';
import { labOf, newEngine, runWhole, verify } from './lab-run.ts';
import { engineLabText, guestText, idlePollersText, tenNodesText, thousandHostsText } from './lab-texts.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const SEED = 0x5eed;
const MIB = 2 ** 20;
const IDLE_POLLERS = '8 idle polling cores, 60 virtual seconds';

/** Frames that left a link: what all nodes received. */
function hopsOf({ dataplane, lab }: Engine): number {
  return lab.lab.nodes.reduce((sum, _, id) => sum + Number(dataplane.control.readNode(id).received), 0);
}

function frameHops(plan: Plan): Row[] {
  const file = labOf(engineLabText(SEED));
  let last = runWhole(plan, file);
  const rates = repeat(plan.quick ? 2 : 9, () => {
    last = runWhole(plan, file);
    return (hopsOf(last.engine) * 1e9) / last.ns;
  });
  verify(plan, last);
  return [rowOf('engine', 'frame-hops/s', rates, { digest: toHex(last.engine.chain).slice(0, 16) })];
}

// ── Guests ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Frames that a guest's rings or blocks were offered, per second of wall time. */
function guestFrames(plan: Plan, name: string, mode: 'dpdk' | 'mmap'): Row[] {
  const file = labOf(guestText(mode));
  let last = runWhole(plan, file);
  const rates = repeat(plan.quick ? 2 : 9, () => {
    last = runWhole(plan, file);
    const offered = file.lab.flows.map((_, id) => Number(last.engine.dataplane.control.readFlow(id).sent));
    return (offered.reduce((sum, frames) => sum + frames, 0) * 1e9) / last.ns;
  });
  verify(plan, last);
  return [rowOf(name, 'frames/s', rates, { digest: toHex(last.engine.checkpoint().region).slice(0, 16) })];
}

/** Polling cores that have nothing to do cost nothing but the virtual time they are asked about (DPK-09). */
function idlePollers(plan: Plan): Row[] {
  const file = labOf(idlePollersText());
  let last = runWhole(plan, file);
  const times = repeat(plan.quick ? 2 : 9, () => {
    last = runWhole(plan, file);
    return last.ns / 1e6;
  });
  return [rowOf(IDLE_POLLERS, 'ms', times, { digest: toHex(last.engine.checkpoint().region).slice(0, 16) })];
}

// ── State ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A lab of ten nodes, running. */
function tenNodes(plan: Plan): Engine {
  return runWhole(plan, labOf(tenNodesText())).engine;
}

function timed(plan: Plan, name: string, work: (engine: Engine) => void): Row[] {
  const engine = tenNodes(plan);
  work(engine);
  const digest = toHex(engine.checkpoint().region).slice(0, 16);
  return [
    rowOf(
      name,
      'ms',
      repeat(plan.quick ? 5 : 25, () => wallNs(() => work(engine)) / 1e6),
      { digest },
    ),
  ];
}

function memory(plan: Plan): Row[] {
  const { buffer, byteLength } = tenNodes(plan).dataplane.region();
  return [rowOf('10 nodes, linear memory', 'MiB', [buffer.byteLength / MIB]), rowOf('10 nodes, region', 'MiB', [byteLength / MIB])];
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** From the text of a lab file to the first flow frame delivered. */
function firstPing(plan: Plan): Row[] {
  const text = thousandHostsText();
  let digest = '';
  const once = () => {
    let engine: Engine | null = null;
    const ns = wallNs(() => {
      const { lab, script } = labOf(text);
      engine = newEngine(plan);
      engine.receive(defineInput(lab));
      engine.receive({ type: 'TimeAdvanced', data: { toNs: script.durationNs } });
      for (let atNs = 0; !hasArrived(engine); atNs += 100_000) engine.step({ stopNs: atNs });
    });
    digest = engine === null ? '' : toHex((engine as Engine).chain).slice(0, 16);
    return ns / 1e6;
  };
  return [rowOf('1000 hosts, 40 switches: text to first ping', 'ms', repeat(plan.quick ? 2 : 5, once), { digest })];
}

function hasArrived({ dataplane }: Engine): boolean {
  return dataplane.control.readFlow(0).received > 0n;
}

export const ENGINE: readonly Benchmark[] = [
  { name: 'engine', run: frameHops },
  { name: 'DPDK ring', run: (plan) => guestFrames(plan, 'DPDK ring', 'dpdk') },
  { name: 'MMAP blocks', run: (plan) => guestFrames(plan, 'MMAP blocks', 'mmap') },
  { name: IDLE_POLLERS, run: idlePollers },
  {
    name: '10 nodes, snapshot and restore',
    run: (plan) => timed(plan, '10 nodes, snapshot and restore', (engine) => engine.restore(engine.snapshot())),
  },
  { name: '10 nodes, snapshot', run: (plan) => timed(plan, '10 nodes, snapshot', (engine) => void engine.snapshot()) },
  { name: '10 nodes, hash', run: (plan) => timed(plan, '10 nodes, hash', (engine) => void engine.checkpoint()) },
  { name: '10 nodes, memory', run: memory },
  { name: '1000 hosts, 40 switches: text to first ping', run: firstPing },
];
