/** Rules COST-01, IOM-02, IOM-04, PCI-01: cores of a firewall while the lab changes around them. */
import { describe, expect, test } from 'vitest';
import { readFlows } from '../../ts/engine/derived.ts';
import { type CoreReport, readCores } from '../../ts/engine/derived-cores.ts';
import type { Engine } from '../../ts/engine/engine.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { playsLab } from '../support/played.ts';

/** A firewall with a core between two hosts, on one VF, and with another reserved for it; `steps` happen to it. */
function run(steps: readonly string[], { mode = 'dpdk' } = {}): Engine {
  const result = readLabFile(
    `name: cores
topology:
  nodes:
    kvm1: { kind: hypervisor, platform: kvm }
    nic1: { kind: nic, on: kvm1, model: x550, vfs: 2, ports: { vf0: { mac: 52:54:00:aa:00:01 }, vf1: { mac: 52:54:00:aa:00:02 } } }
    fw1:
      kind: firewall
      on: kvm1
      packet-io: ${mode}
      cores: 1
      interfaces: { eth1: { ipv4: 10.0.1.1/24 }, eth2: { ipv4: 10.0.2.1/24 }, eth3: {} }
    a: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
    b: { kind: host, gateway: 10.0.2.1, interfaces: { eth0: { ipv4: 10.0.2.2/24 } } }
  links:
    - endpoints: ["a:eth0", "nic1:wire"]
    - endpoints: ["fw1:eth1", "nic1:vf0"]
    - endpoints: ["fw1:eth2", "b:eth0"]
    - { endpoints: ["fw1:eth3", "nic1:vf1"], reserved: on }
flows:
  up: { from: "a:eth0", to: 10.0.2.2, rate: 1000 }
duration: 10s
steps: [${steps.join()}]
`,
    'cores.lab.yml',
  );
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join('\n'));
  playsLab();
  const engine = createEngine();
  for (const input of scriptInputs(result.file.lab, result.file.script)) {
    engine.receive(input);
    engine.step();
    engine.take();
  }
  return engine;
}

function coreOf(engine: Engine): CoreReport | undefined {
  return readCores(engine).find(({ node }) => node === 'fw1');
}

function lost(engine: Engine): number | undefined {
  return readFlows(engine)[0]?.lost;
}

describe('a firewall with a core', () => {
  test('COST-01: passes what it has time for', () => {
    const engine = run([]);
    expect(lost(engine)).toBeLessThan(10);
    expect(coreOf(engine)).toMatchObject({ polls: true, wakeUps: 0 });
  });

  test('IOM-04: comes up in the other mode after a restart, and not before', () => {
    const engine = run(['{ at: 2s, run: packet-io fw1 mmap }', '{ at: 4s, run: crash fw1 }', '{ at: 5s, run: power-on fw1 }']);
    expect(coreOf(engine)).toMatchObject({ polls: false });
    expect(coreOf(engine)?.sockets.map((socket) => socket.interface)).toEqual(['fw1:eth1', 'fw1:eth2']);
    expect(coreOf(engine)?.wakeUps).toBeGreaterThan(1000);
    expect(coreOf(run(['{ at: 2s, run: packet-io fw1 mmap }']))).toMatchObject({ polls: true });
  });

  test('PCI-01: has room for the rings of a device that it is given later', () => {
    for (const mode of ['dpdk', 'mmap']) {
      const steps = ['{ at: 2s, run: "assign nic1:vf1 fw1:eth3" }', '{ at: 4s, run: crash fw1 }', '{ at: 5s, run: power-on fw1 }'];
      const rings = coreOf(run(steps, { mode }))?.rings.map((ring) => ring.interface);
      expect(rings).toEqual(['fw1:eth1', 'fw1:eth2', 'fw1:eth3']);
    }
  });

  test('every frame is accounted for when it restarts under load', () => {
    const engine = run(['{ at: 2s, run: crash fw1 }', '{ at: 2s, run: power-on fw1 }'], { mode: 'mmap' });
    const { born, copied, delivered, consumed, dropped, inFlight } = engine.dataplane.control.readTotals();
    expect(born + copied).toBe(delivered + consumed + dropped + BigInt(inFlight));
  });
});

describe('a poll thread of OVS', () => {
  const lab = (memoryNode: string) => `name: numa
topology:
  nodes:
    kvm1: { kind: hypervisor, platform: kvm }
    nic1: { kind: nic, on: kvm1, model: x550, memory-node: 1 }
    ovs: { kind: bridge, datapath: ovs-dpdk, io: { rx-ring: 64${memoryNode} } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links:
    - endpoints: ["a:eth0", "nic1:wire"]
    - endpoints: ["ovs:up", "nic1:pf"]
    - endpoints: ["ovs:b", "b:eth0"]
flows:
  load: { from: "a:eth0", to: 10.0.1.2, rate: 1000 }
duration: 1s
`;

  /** Frames that wait in the ring of the PF, and those that came through; and what is warned of. */
  function outcome(memoryNode: string): { waiting: number; received: number; warnings: string[] } {
    const result = readLabFile(lab(memoryNode), 'numa.lab.yml');
    if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join('\n'));
    playsLab();
    const engine = createEngine();
    for (const input of scriptInputs(result.file.lab, result.file.script)) {
      engine.receive(input);
      engine.step();
    }
    const ring = readCores(engine)[0]?.rings.find((one) => one.interface === 'ovs:up');
    const [flow] = readFlows(engine);
    const warnings = result.warnings.map(({ rule }) => rule ?? '');
    return { waiting: ring?.waiting ?? 0, received: flow?.received ?? 0, warnings };
  }

  test('HST-03: does not poll the queues of a NIC on another memory node: not even ARP gets through, and validate says so', () => {
    const { waiting, received, warnings } = outcome('');
    expect(waiting).toBeGreaterThan(0);
    expect(received).toBe(0);
    expect(warnings).toContain('HST-03');
  });

  test('HST-03: polls those of its own', () => {
    const { waiting, received, warnings } = outcome(', memory-node: 1');
    expect([waiting, received]).toEqual([0, 1000]);
    expect(warnings).not.toContain('HST-03');
  });
});
