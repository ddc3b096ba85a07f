import { describe, expect, test } from 'vitest';
import { DEFAULT_CORES } from '../../model/hardware/cores.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { formatFinding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

/** A firewall behind a bridge of its host; each may be given cores. */
function text({ bridge = '', firewall = '' }: { bridge?: string; firewall?: string }): string {
  return `name: n
topology:
  nodes:
    kvm1: { kind: hypervisor, platform: kvm }
    ovs: { kind: bridge${bridge} }
    fw1: { kind: firewall, on: kvm1${firewall}, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }
    client: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links:
    - endpoints: ["fw1:eth1", "ovs:p1"]
    - endpoints: ["client:eth0", "ovs:p2"]
`;
}

function read(source: string): Lab {
  const result = readLabFile(source, 'n.lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  return result.file.lab;
}

function errors(source: string): string[] {
  const result = readLabFile(source, 'n.lab.yml');
  return result.ok ? [] : result.findings.map((one) => formatFinding(one).split('\n')[0] ?? '');
}

describe('cores', () => {
  test('COST-01: without them nothing about them is in the lab', () => {
    const lab = read(text({}));
    expect(lab.nodes.find(({ name }) => name === 'ovs')).not.toHaveProperty('host');
    expect(lab.nodes.find(({ name }) => name === 'fw1')).not.toHaveProperty('cores');
  });

  test('HST-03: a datapath runs on one core, and OVS asks for 2048 descriptors', () => {
    const ovs = read(text({ bridge: ', datapath: ovs-dpdk' })).nodes.find(({ name }) => name === 'ovs');
    expect(ovs).toMatchObject({ host: { datapath: 'ovs-dpdk', cores: { ...DEFAULT_CORES, rxRing: 2048 } } });
  });

  test('a bridge that has cores and no datapath is the kernel', () => {
    const ovs = read(text({ bridge: ', cores: 2' })).nodes.find(({ name }) => name === 'ovs');
    expect(ovs).toMatchObject({ host: { datapath: 'ovs-kernel', cores: { count: 2 } } });
  });

  test('COST-02: costs are written in nanoseconds and kept in picoseconds', () => {
    const firewall = ', cores: 1, io: { block-size: 1MiB, retire: 4ms, costs: { guest-app: 100, pmd-rx: 22.9 } }';
    const fw1 = read(text({ firewall })).nodes.find(({ name }) => name === 'fw1');
    const costsPs = { 'guest-app': 100_000, 'pmd-rx': 22_900 };
    expect(fw1).toMatchObject({ cores: { blockBytes: 2 ** 20, retireNs: 4e6, costsPs } });
  });

  test('packet I/O without cores is a mistake, said where it is written', () => {
    expect(errors(text({ firewall: ', io: { burst: 64 }' }))).toEqual([
      'n.lab.yml:6:38: error: fw1 has io settings but no cores [COST-01]',
    ]);
  });

  test.each([
    ['cores: 0', 'is not a number of cores'],
    ['cores: 1, io: { block-size: 5000 }', 'is not a size in whole pages of 4 KiB, such as 64KiB'],
    ['cores: 1, io: { block-size: 5KB }', 'is not a size in whole pages of 4 KiB, such as 64KiB'],
    ['cores: 1, io: { rx-ring: 32 }', 'is not a number of descriptors from 64 to 8192'],
    ['cores: 1, io: { costs: { guest-app: -1 } }', 'is not nanoseconds such as 31.9'],
    ['cores: 1, io: { costs: { guest-ap: 1 } }', 'did you mean "guest-app"'],
    ['cores: 1, datapath: ovs-dpdk', 'datapath'],
  ])('%s of a firewall is refused', (written, message) => {
    expect(errors(text({ firewall: `, ${written}` })).join()).toContain(message);
  });

  test('DPK-03: a ring of a 40G NIC is a multiple of 32, one of 10G of 8', () => {
    const on = (model: string, ring = 4100) =>
      text({ firewall: `, cores: 1, io: { rx-ring: ${ring} }` })
        .replace('    client:', `    nic1: { kind: nic, on: kvm1, model: ${model}, vfs: 1 }\n    client:`)
        .replace('"ovs:p1"', '"nic1:vf0"');
    expect(errors(on('x550'))).toEqual([
      expect.stringMatching(
        /:6:\d+: error: fw1 has rings of 4100 descriptors: a ring of a 10G NIC has 64 to 8192 descriptors, in multiples of 8 \[DPK-03\]/,
      ),
    ]);
    expect(errors(on('xl710'))).toEqual([
      expect.stringMatching(
        /:6:\d+: error: fw1 has rings of 4100 descriptors: a ring of a 40G NIC has 64 to 8160 descriptors, in multiples of 32 \[DPK-03\]/,
      ),
    ]);
    expect([errors(on('x550', 4104)), errors(on('xl710', 4096)), errors(on('x550', 8192))]).toEqual([[], [], []]);
    expect(errors(on('xl710', 8192)).join()).toContain('a ring of a 40G NIC has 64 to 8160 descriptors');
  });

  test('DPK-03: a ring of virtio is a power of two up to 1024', () => {
    const of = (ring: number) => errors(text({ firewall: `, cores: 1, io: { virtio-ring: ${ring} }` }));
    for (const ring of [4096, 1000])
      expect(of(ring)).toEqual([
        expect.stringMatching(
          /:6:\d+: error: fw1 has rings of \d+ descriptors: a ring of virtio has 64 to 1024 descriptors, a power of two \[DPK-03\]/,
        ),
      ]);
    expect([of(1024), of(64)]).toEqual([[], []]);
  });

  test('DPK-07: a pool smaller than rings, bursts and caches is warned of', () => {
    const warningsOf = (io: string) => {
      const result = readLabFile(text({ firewall: `, cores: 1, io: { ${io} }` }), 'n.lab.yml');
      return result.ok ? result.warnings.filter(({ rule }) => rule === 'DPK-07') : null;
    };
    expect(warningsOf('mbufs: 256')).toMatchObject([
      { line: 6, remedy: 'set mbufs to 544 or more, which take 1183744 bytes of huge pages, or remove it' },
    ]);
    expect(warningsOf('mbufs: 544')).toEqual([]);
    expect(warningsOf('burst: 32')).toEqual([]);
  });

  test('a physical switch has none', () => {
    expect(errors(text({ bridge: ', cores: 1' }).replace('kind: bridge', 'kind: switch')).join()).toContain('cores');
  });
});
