/**
 * Hostile frames: any bytes of any length at any port, layer-2 loops, broadcast storms. No trap, no leak, no uncounted frame, and
 * `run` always returns. HOSTILE_FRAMES sets how many (10,000,000 in a campaign); HOSTILE_SEED which.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configure } from '../../ts/dataplane/configure.ts';
import { Dataplane } from '../../ts/dataplane/dataplane.ts';
import { indexLab } from '../../ts/model/lab/lab-index.ts';
import { firewall, flow, host, hypervisor, lab, learningSwitch, link, vswitch } from '../support/lab.ts';

const FRAMES = Number(process.env['HOSTILE_FRAMES'] ?? 100_000);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 1);
const BATCH = 400;
const BATCH_NS = 50_000;
const EVENTS_PER_RUN = 20_000;

/** A loop of two switches with two cables, a vSwitch with a promiscuous guest, a firewall, hosts with flows. */
const LAB = lab(
  hypervisor('esx'),
  vswitch('vsw', { on: 'esx', ports: { p1: { vlan: 0 }, p2: { vlan: 10 }, p3: { vlan: 4095 } }, uplinks: ['u1', 'u2'] }),
  learningSwitch('s1', { ports: { p1: {}, p2: {}, p3: {}, p4: {} }, tableSize: 64 }),
  learningSwitch('s2', { ports: { p1: {}, p2: {}, p3: {}, p4: {} }, tableSize: 64 }),
  host('h1', { ip: '10.0.0.1/24', gateway: '10.0.0.254' }),
  host('h2', { ip: '10.0.0.2/24', gateway: '10.0.0.254' }),
  host('g1', { on: 'esx', ip: '10.0.0.3/24', gateway: '10.0.0.254' }),
  host('g2', { on: 'esx', ip: '10.0.0.4/24' }),
  firewall('fw', { on: 'esx', interfaces: { eth1: { ip: '10.0.0.254/24' } } }),
  link('h1:eth0', 's1:p1'),
  link('h2:eth0', 's2:p1'),
  link('s1:p2', 's2:p2'),
  link('s1:p3', 's2:p3'),
  link('s1:p4', 'vsw:u1'),
  link('s2:p4', 'vsw:u2'),
  link('g1:eth0', 'vsw:p1'),
  link('g2:eth0', 'vsw:p2'),
  link('fw:eth1', 'vsw:p3'),
  flow('f', { from: 'h1:eth0', to: '10.0.0.2', intervalPs: 1_000_000_000 }),
);

/** Random numbers of this test alone: mulberry32. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const SMALL = 128;
const LENGTH_MAX = 65_535;
const noise = new Uint8Array(LENGTH_MAX + 4096);
const fill = random(SEED + 7);
for (let i = 0; i < noise.length; i++) noise[i] = fill();

/** Headers that look right and then do not: broadcast, known stations, VLAN stacks, IPv6 extension chains, truncated IPv4, ARP. */
const HEADS = [
  'ffffffffffff0200000000010806000108000604',
  'ffffffffffff020000000001810000018100000281000003',
  '020000000001020000000002080045ff',
  '020000000001020000000002080046000014000000000100',
  '33330000000102000000000286dd6000000000ff00ff',
  '33330000000102000000000286dd60000000ffff002b000000ff3c00002c',
  '0180c2000000020000000002002642420300',
  '000000000000000000000000ffff',
].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));

function hostileFrame(next: () => number): Uint8Array {
  const kind = next() % 16;
  const length = kind === 0 ? next() % (LENGTH_MAX + 1) : kind === 1 ? next() % 9400 : next() % SMALL;
  const start = next() % 4096;
  const frame = noise.slice(start, start + length);
  const head = HEADS[next() % (HEADS.length * 2)];
  if (head !== undefined) frame.set(head.subarray(0, length));
  return frame;
}

function conserved(dataplane: Dataplane): boolean {
  const { born, copied, delivered, consumed, dropped, inFlight } = dataplane.control.readTotals();
  if (born + copied !== delivered + consumed + dropped + BigInt(inFlight)) return false;
  return LAB.nodes.every((_, id) => {
    const n = dataplane.control.readNode(id);
    return n.received + n.born + n.copied === n.sent + n.delivered + n.consumed + n.dropped + BigInt(n.waiting);
  });
}

test(`${FRAMES} hostile frames into a looped lab: no trap, no leak, no uncounted frame (seed ${SEED})`, {
  timeout: 1_200_000,
}, () => {
  const module = new WebAssembly.Module(readFileSync(new URL('../../gen/dataplane/dataplane.core.wasm', import.meta.url)));
  const dataplane = new Dataplane(module);
  configure(dataplane, indexLab(LAB));
  const next = random(SEED);
  const ports = LAB.interfaces.length;
  let injected = 0;
  while (injected < FRAMES) {
    for (let i = 0; i < BATCH && injected < FRAMES; i++, injected++) {
      const bytes = hostileFrame(next);
      const frame = {
        port: next() % ports,
        direction: next() % 8 === 0 ? ('sent' as const) : ('received' as const),
        cause: 1,
        bytes,
      };
      const atNs = dataplane.nowNs + (next() % BATCH_NS);
      if (!dataplane.inject({ ...frame, atNs })) {
        dataplane.run(dataplane.nowNs, 0);
        dataplane.takeNotices();
        expect(dataplane.inject({ ...frame, atNs })).toBe(true);
      }
    }
    const untilNs = dataplane.nowNs + BATCH_NS;
    // A storm has no end: what is not handled now waits for the next round.
    for (let left = EVENTS_PER_RUN; left > 0; ) {
      const stop = dataplane.run(untilNs, left);
      dataplane.takeNotices();
      if (stop === 'until' || stop === 'events') break;
      left -= 100;
    }
    if ((injected / BATCH) % 250 === 0) expect(conserved(dataplane), `after ${injected} frames`).toBe(true);
  }
  expect(conserved(dataplane)).toBe(true);
  // Cut the loop and let everything settle: nothing may be left behind.
  for (let port = 0; port < ports; port++) dataplane.control.setCarrier(port, false, 1);
  dataplane.control.setPower(
    LAB.nodes.findIndex(({ name }) => name === 'h1'),
    false,
    1,
  );
  for (let i = 0; i < 10_000; i++) {
    const stop = dataplane.run(dataplane.nowNs + 1_000_000_000, 1_000_000);
    dataplane.takeNotices();
    if (stop === 'until') break;
  }
  expect(conserved(dataplane)).toBe(true);
  const { inFlight, buffersInUse } = dataplane.control.readTotals();
  const waiting = LAB.nodes.reduce((sum, _, id) => sum + dataplane.control.readNode(id).waiting, 0);
  expect(inFlight).toBe(waiting);
  expect(buffersInUse).toBeLessThanOrEqual(waiting);
});
