/**
 * Rules COST-01 to COST-07: what a frame costs on its way through a host and a guest, and that the published table comes out of the
 * lab that is made of nothing but these costs. Vectors: cost-model.json.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FlowReport, readFlows } from '../../ts/engine/derived.ts';
import { type CoreReport, readCores } from '../../ts/engine/derived-cores.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import { COSTS_PS, type CostName, IDLE_INTERRUPT, POLL_LOOP, VIRTUAL_INTERRUPT } from '../../ts/model/hardware/cost.ts';
import { type PortPlan, planIo } from '../../ts/model/lab/io-plan.ts';
import { indexLab, type LabIndex, nodeNamed } from '../../ts/model/lab/lab-index.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { playsLab } from '../support/played.ts';
import vectors from '../vectors/cost-model.json' with { type: 'json' };

/** Rule COST-06: relations, not exact figures. */
const TOLERANCE = 0.15;
const HOSTS = { 'ovs-kernel': 'k', 'ovs-dpdk': 'd', sriov: 's', passthrough: 'p' } as const;

/** The lane of the lab that a row of the table is about: "km" is the kernel's OVS with a guest in mmap mode. */
function laneOf({ host, guest }: { readonly host: string; readonly guest: string }): string {
  return `${HOSTS[host as keyof typeof HOSTS]}${guest.slice(0, 1)}`;
}

const read = readLabFile(readFileSync('labs/sriov-vs-vswitch.lab.yml', 'utf8'), 'sriov-vs-vswitch.lab.yml');
if (!read.ok) throw new Error('the lab is invalid');
const { file } = read;
const index: LabIndex = indexLab(file.lab);
let flows: ReadonlyMap<string, FlowReport>;
let cores: readonly CoreReport[];

beforeAll(() => {
  const engine = createEngine();
  for (const input of scriptInputs(file.lab, file.script)) {
    engine.receive(input);
    engine.step();
    engine.take();
  }
  flows = new Map(readFlows(engine).map((flow) => [flow.name, flow]));
  cores = readCores(engine);
});

function rate(lane: string): number {
  return (flows.get(`load-${lane}`)?.framesPerSecond ?? Number.NaN) / 1e6;
}

function meanUs(lane: string): number {
  return (flows.get(`calm-${lane}`)?.latencyNs?.mean ?? Number.NaN) / 1000;
}

function expectNear(value: number, published: number): void {
  expect(Math.abs(value / published - 1)).toBeLessThanOrEqual(TOLERANCE);
}

/** Nanoseconds that one frame costs a node from one of its interfaces to another, without notifications. */
function pathNs(node: string, from: string, to: string): number {
  const described = nodeNamed(index, node);
  const plan =
    described === undefined ? null : planIo(index, described, described.kind === 'firewall' ? described.packetIo : 'dpdk');
  const port = (name: string): PortPlan | undefined => plan?.ports.find(({ endpoint }) => endpoint === `${node}:${name}`);
  const taking = (port(from)?.rings[0]?.rxPs ?? Number.NaN) + (port(from)?.sockets[0]?.appPs ?? 0);
  return (taking + (port(to)?.tx.txPs ?? Number.NaN)) / 1000;
}

describe('the table of costs', () => {
  /** Names of the published table, or what the rule says. Of an upcall and of OVS's signature cache nothing is published. */
  const names: Readonly<Record<Exclude<CostName, 'smc' | 'upcall'>, keyof typeof vectors.parameters | number>> = {
    'pmd-rx': 'pmd_rx',
    emc: 'emc',
    'pmd-tx': 'pmd_tx',
    'vhost-enqueue': 'vhu_enq',
    'vhost-dequeue': 'vhu_deq',
    'kernel-ovs': 'kovs_hop',
    'vhost-net': 'vhost_net',
    'kernel-rx': 'k_rx',
    'socket-copy': 'afp_rx',
    'kernel-tx': 'k_tx',
    'virtio-rx': 'virtio_pmd_rx',
    'virtio-tx': 'virtio_pmd_tx',
    'guest-app': 'guest_app',
    kick: 'kick',
    inject: 'inject',
    wake: 'wake',
    'emc-miss': 110,
    'copy-byte': 0.05,
  };

  test.each(Object.entries(names))('COST-02, COST-03, COST-04, COST-05: %s is the published %s', (name, parameter) => {
    const published = typeof parameter === 'number' ? parameter : vectors.parameters[parameter].value;
    expect(COSTS_PS[name as CostName]).toBe(published * 1000);
  });

  test('COST-05: waiting for an interrupt, for a virtual one, and for a polling core', () => {
    const { irq_idle, virq, poll } = vectors.latency_parameters_us;
    expect([IDLE_INTERRUPT, VIRTUAL_INTERRUPT, POLL_LOOP]).toEqual([irq_idle * 1000, virq * 1000, poll * 1000]);
  });
});

describe('a frame pays on its way', () => {
  test('COST-03: OVS with DPDK, port to port, to a guest, and through it', () => {
    const [portToPort, portToVm, throughVm] = vectors.calibration.map(({ model_ns }) => model_ns);
    expect(pathNs('ovs-dd', 'c', 's')).toBeCloseTo(portToPort ?? 0, 1);
    expect(pathNs('ovs-dd', 'c', 'fw1')).toBeCloseTo(portToVm ?? 0, 1);
    expect(pathNs('ovs-dd', 'c', 'fw1') + pathNs('ovs-dd', 'fw2', 's')).toBeCloseTo(throughVm ?? 0, 1);
  });

  test('COST-03: port to port 12.0 Mpps, and between 4.8 and 5.4 for flows that the cache does not have', () => {
    const found = pathNs('ovs-dd', 'c', 's');
    expect(1000 / found).toBeCloseTo(11.98, 2);
    const missed = 1000 / (found + COSTS_PS['emc-miss'] / 1000);
    expect(missed).toBeGreaterThan(4.8);
    expect(missed).toBeLessThan(5.4);
  });

  test('COST-04: OVS in the kernel through a guest', () => {
    const published = vectors.throughput_port_vm_port_one_host_core_one_guest_core.find(
      ({ host, guest }) => host === 'ovs-kernel' && guest === 'dpdk',
    );
    expect(pathNs('ovs-kd', 'c', 'fw1') + pathNs('ovs-kd', 'fw2', 's')).toBe(published?.host_ns_per_packet);
  });

  test('COST-06: a guest that polls, on virtio and on a VF', () => {
    expect(pathNs('fw-dd', 'eth1', 'eth2')).toBe(150);
    expect(pathNs('fw-sd', 'eth1', 'eth2')).toBeCloseTo(82.7, 6);
  });

  test('COST-06: a guest with packet sockets, and a share of a notification for each of a batch', () => {
    const { kick, wake } = vectors.parameters;
    const perFrame = pathNs('fw-sm', 'eth1', 'eth2') + wake.value / vectors.batch_at_saturation;
    expect(perFrame).toBeCloseTo(901.9, 0);
    expect(perFrame + kick.value / vectors.batch_at_saturation).toBeCloseTo(948.8, 0);
  });
});

describe.each(vectors.throughput_port_vm_port_one_host_core_one_guest_core)('$host and $guest', (row) => {
  // What was played above.
  beforeEach(playsLab);

  const lane = laneOf(row);

  test('COST-06: the rate of the table comes out, and the core that limits it', () => {
    expectNear(rate(lane), row.mpps);
    const limit = row.bottleneck === 'host' ? `ovs-${lane}` : `fw-${lane}`;
    expect(flows.get(`load-${lane}`)?.limitedBy).toEqual({ node: limit, core: 0 });
  });

  test('COST-06: a hundred frames a second wait as long as the table says', () => {
    const published = vectors.latency_100pps.find(({ host, guest }) => host === row.host && guest === row.guest);
    expectNear(meanUs(lane), published?.mean_one_way_us_at_100pps ?? Number.NaN);
  });
});

describe('which pair is best', () => {
  // What was played above.
  beforeEach(playsLab);

  test('COST-06: DPDK on both ends beats the other three on a vSwitch, in rate and in delay', () => {
    for (const other of ['km', 'kd', 'dm']) {
      expect(rate('dd')).toBeGreaterThan(rate(other));
      expect(meanUs('dd')).toBeLessThan(meanUs(other));
    }
  });

  test('COST-06: DPDK in the guest of a kernel host gains less than 5 % of rate, and nearly all of the delay', () => {
    expect(rate('kd') / rate('km')).toBeGreaterThan(1);
    expect(rate('kd') / rate('km')).toBeLessThan(1.05);
    expect(meanUs('kd')).toBeLessThan(meanUs('km') / 40);
  });

  test('COST-07, IOM-05: a VF and a device passed through cost a guest the same, and a host nothing', () => {
    expect([rate('sd'), meanUs('sd')]).toEqual([rate('pd'), meanUs('pd')]);
    expect([rate('sm'), meanUs('sm')]).toEqual([rate('pm'), meanUs('pm')]);
    expect(cores.filter(({ node }) => /^(in|out)-/.test(node))).toEqual([]);
  });

  test('COST-01: what did not get through was lost where a ring was full, and is counted there', () => {
    for (const name of ['load-km', 'load-dd', 'load-sd', 'load-sm']) {
      const flow = flows.get(name);
      expect(flow?.losses.reduce((sum, { frames }) => sum + frames, 0)).toBe(flow?.lost);
      for (const { reason } of flow?.losses ?? [])
        expect(['rx-ring-full', 'no-descriptor', 'mmap-frozen', 'tx-ring-full']).toContain(reason);
    }
  });
});

describe('who is told', () => {
  // What was played above.
  beforeEach(playsLab);

  const guest = (lane: string) => cores.find(({ node }) => node === `fw-${lane}`);
  const host = (lane: string) => cores.find(({ node }) => node === `ovs-${lane}`);

  test('HST-06, DPK-09: an end that polls is never told; only polling on both ends spares all notifications', () => {
    const told = (core: CoreReport | undefined) =>
      core?.rings.reduce((sum, { interrupts, doorbells }) => sum + interrupts + doorbells, 0);
    expect([told(host('dd')), told(guest('dd'))]).toEqual([0, 0]);
    expect(told(guest('dm'))).toBeGreaterThan(0);
    expect(told(host('kd'))).toBeGreaterThan(0);
    expect([told(guest('kd')), told(host('dm'))]).toEqual([0, 0]);
  });

  test('DPK-09: a polling core has looked in vain about once a microsecond while it had nothing to do', () => {
    const idle = guest('dd');
    expect(idle?.wakeUps).toBe(0);
    expect(idle?.emptyPolls).toBeGreaterThan(5_900_000);
    expect(idle?.emptyPolls).toBeLessThan(6_000_000);
  });
});
