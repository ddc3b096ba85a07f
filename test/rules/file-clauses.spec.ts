/** Clauses that a lab file plays: what is refused, what is warned of, and what holds where nothing is said. */
import { afterEach, describe, expect, test } from 'vitest';
import { hex, plainFrame } from '../support/frames.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor } from '../support/run.ts';
import platform from '../vectors/platform.json' with { type: 'json' };

const STRANGER = '02:00:00:99:00:01';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

afterEach(everyFrameIsAccountedFor);

// ── One firewall ────────────────────────────────────────────────────────────────────────────────────────────────────

interface Parts {
  readonly platform?: string;
  readonly vswitch?: string;
  readonly firewall?: string;
  readonly interfaces?: string;
}

/** A firewall and a guest behind a vSwitch, and a second guest at the firewall's other side. */
function oneFirewall({
  platform = 'esxi',
  vswitch = '',
  firewall = '',
  interfaces = '{ eth1: { ipv4: 10.0.1.1/24 } }',
}: Parts): string {
  return `name: one
topology:
  nodes:
    h: { kind: hypervisor, platform: ${platform} }
    vsw: { kind: vswitch, on: h${vswitch} }
    fw: { kind: firewall, on: h${firewall}, interfaces: ${interfaces} }
    g: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["fw:eth1", "vsw:p1"] }, { endpoints: ["g:eth0", "vsw:p2"] } ]
`;
}

describe('a firewall', () => {
  test.each(['aws', 'azure', 'gcp', 'oci'])('MAC-11d: on %s a file that sets the option is refused', (platform) => {
    expect(validated(oneFirewall({ platform, firewall: ', use-hypervisor-mac: off' }))).toEqual([
      expect.stringMatching(/option-not-available: .*\[MAC-11\]$/),
    ]);
    expect(validated(oneFirewall({ platform }))).toEqual([]);
  });

  test('JUM-01a: an interface has an MTU of 1,500 unless the file says otherwise', () => {
    const mtuOf = (interfaces: string) =>
      givenFile(oneFirewall({ interfaces })).engine.lab.lab.interfaces.find(({ node, name }) => node === 'fw' && name === 'eth1')
        ?.mtu;
    expect(mtuOf('{ eth1: { ipv4: 10.0.1.1/24 } }')).toBe(1500);
    expect(mtuOf('{ eth1: { ipv4: 10.0.1.1/24, mtu: 1400 } }')).toBe(1400);
  });

  test('MAC-04b: the HA ports have the ids 5 to 8', () => {
    const ports = ['ha1', 'ha2', 'ha1-b', 'hsci'];
    const text = oneFirewall({ interfaces: `{ eth1: { ipv4: 10.0.1.1/24 }, ${ports.map((name) => `${name}: {}`).join(', ')} }` })
      .replace('    g:', `    sw: { kind: switch }\n    g:`)
      .replace(' ]\n', `, ${ports.map((name, i) => `{ endpoints: ["fw:${name}", "sw:q${i}"] }`).join(', ')} ]\n`);
    const { interfaces } = givenFile(text).engine.lab.lab;
    const idOf = (port: string) => interfaces.find(({ node, name }) => node === 'fw' && name === port)?.interfaceId;
    expect(ports.map(idOf)).toEqual([5, 6, 7, 8]);
  });

  test('VSW-15a: a vSwitch rejects promiscuous mode and accepts MAC changes and forged transmits', () => {
    expect(givenFile(oneFirewall({})).engine.lab.lab.nodes.find(({ name }) => name === 'vsw')).toMatchObject({
      policy: { promiscuous: false, macChanges: true, forgedTransmits: true },
    });
  });

  test('LRN-03a: a port learns 4,096 addresses at most, and so many unless the file says otherwise', () => {
    const limitOf = (learning: string) => {
      const node = givenFile(oneFirewall({ vswitch: `, mac-learning: ${learning}` })).engine.lab.lab.nodes.find(
        ({ name }) => name === 'vsw',
      );
      return node?.kind === 'vswitch' ? node.learning?.limit : null;
    };
    expect([limitOf('on'), limitOf('{ limit: 4096 }')]).toEqual([4096, 4096]);
    expect(validated(oneFirewall({ vswitch: ', mac-learning: { limit: 4097 }' }))).toEqual([expect.stringContaining('4096')]);
  });
});

// ── Pairs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A pair of firewalls on one physical switch; HA1 as the file wants it. */
function pair(ha: string, ha1 = '{ endpoints: ["fw1:ha1", "fw2:ha1"] }'): string {
  return `name: pair
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    sw: { kind: switch }
    fw1: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, ha1: { ipv4: 10.255.0.1/30 } } }
    fw2: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, ha1: { ipv4: 10.255.0.2/30 } } }
    x: { kind: host, interfaces: { eth0: { ipv4: 10.255.0.9/24 } } }
    y: { kind: host, interfaces: { eth0: { ipv4: 10.255.1.9/24 } } }
  links: [ { endpoints: ["fw1:eth1", "sw:p1"] }, { endpoints: ["fw2:eth1", "sw:p2"] }, { endpoints: ["x:eth0", "sw:p3"] }, { endpoints: ["y:eth0", "sw:p4"] }, ${ha1} ]
ha: { p: { group: 1, ${ha} members: [ { node: fw1, priority: 50 }, { node: fw2 } ] } }
`;
}

describe('a pair', () => {
  test('HA-02a: hellos are TCP in clear text to port 28769, and heartbeats are pings, both over HA1', () => {
    const run = givenFile(pair(''), ['fw1']).until(seconds(9));
    const sent = run.frames('fw1:ha1', 'sent');
    // 14 bytes of Ethernet, 20 of IPv4: protocol at 23, then ports, or the type of ICMP.
    const hellos = sent.filter((bytes) => bytes[23] === 6);
    expect(hellos.length).toBeGreaterThan(1);
    for (const bytes of hellos) expect(hex(bytes.subarray(36, 38))).toBe((28_769).toString(16));
    expect(new TextDecoder().decode(hellos[0])).toContain('"priority":50');
    expect(sent.filter((bytes) => bytes[23] === 1 && bytes[34] === 8)).toHaveLength(4);
    expect(run.frames('fw1:eth1', 'sent').filter((bytes) => bytes[12] === 8 && bytes[13] === 0)).toEqual([]);
  });

  test('HA-02h: HA1 that leads elsewhere than to the peer is refused', () => {
    const elsewhere = '{ endpoints: ["fw1:ha1", "x:eth1"] }, { endpoints: ["fw2:ha1", "y:eth1"] }';
    expect(validated(pair('', elsewhere))).toEqual([expect.stringMatching(/are not linked to each other \[HA-02\]$/)]);
  });

  test('HA-04c: a hello interval below 8 s is refused', () => {
    expect(validated(pair('timers: { hello: 7999ms },'))).toEqual([expect.stringMatching(/at least 8s \[HA-04\]$/)]);
    expect(validated(pair('timers: { hello: 8s },'))).toEqual([]);
  });
});

// ── NICs, cores and drivers ─────────────────────────────────────────────────────────────────────────────────────────

/** A firewall on a VF, and what stands with them. */
/** A firewall on a bridge of OVS with DPDK, by a virtio NIC. */
function onBridge(firewall: string): string {
  return `name: bridged
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    ovs: { kind: bridge, datapath: ovs-dpdk, cores: 1 }
    fw: { kind: firewall, on: h${firewall}, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
    out: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["fw:eth1", "ovs:p1"] }, { endpoints: ["out:eth0", "ovs:p2"] } ]
`;
}

function onVf({ nic = 'model: x550, vfs: 1', firewall = '', mac = '' }: { nic?: string; firewall?: string; mac?: string }): string {
  return `name: vf
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic1: { kind: nic, on: h, ${nic} }
    fw: { kind: firewall, on: h${firewall}, interfaces: { eth1: { ipv4: 10.0.1.1/24${mac} } } }
    out: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["fw:eth1", "nic1:vf0"] }, { endpoints: ["out:eth0", "nic1:wire"] } ]
`;
}

describe('a NIC', () => {
  test.each([
    ['x550', 1, 63],
    ['x550', 2, 31],
    ['x550', 4, 31],
    ['x550', 5, 15],
    ['x550', 8, 15],
  ])('VF-01a: an %s with %i traffic classes has %i VFs at most', (model, classes, most) => {
    const text = (vfs: number) => onVf({ nic: `model: ${model}, vfs: ${vfs}, traffic-classes: ${classes}` });
    expect(givenFile(text(most)).engine.lab.lab.interfaces.filter(({ mode }) => mode === 'vf')).toHaveLength(most);
    expect(validated(text(most + 1))).toEqual([expect.stringMatching(/\[VF-01\]$/)]);
  });

  test('VF-01b: one of 40G has 128 at most', () => {
    expect(validated(onVf({ nic: 'model: x710, vfs: 128' }))).toEqual([]);
    expect(validated(onVf({ nic: 'model: x710, vfs: 129' })).join()).toContain('128');
  });

  test.each([
    ['2.13', '2.13.0', 'not-later'],
    ['2.9.21', '2.13.10', 'not-later'],
    ['2.13.10-k', '2.13.10', 'not-later'],
    ['2.20.12', '2.13.10', 'compatible'],
  ])('DRV-03a: a host with %s against a native %s is %s', (hostVersion, native, verdict) => {
    const nic = `model: xl710, vfs: 1, driver-version: "${hostVersion}"`;
    const run = givenFile(onVf({ nic, firewall: `, packet-io: mmap, native-drivers: { mmap: { i40e: "${native}" } }` }));
    expect(run.said('DriverCompatChecked').map(({ data }) => [data.nativeVersion, data.verdict])).toEqual([[native, verdict]]);
  });
});

describe('cores', () => {
  const ring = (model: string, size: number) =>
    validated(onVf({ nic: `model: ${model}, vfs: 1`, firewall: `, cores: 1, io: { rx-ring: ${size} }` }));

  test('DPK-03a: on 40G a ring is a multiple of 32, and at most 8,160', () => {
    expect([ring('xl710', 64), ring('xl710', 4096), ring('xl710', 8160)]).toEqual([[], [], []]);
    for (const size of [4100, 8192]) expect(ring('xl710', size)).toEqual([expect.stringMatching(/\[DPK-03\]$/)]);
  });

  test('DPK-03b: on 10G a ring is a multiple of 8, and at most 8,192', () => {
    expect([ring('x550', 64), ring('x550', 4096), ring('x550', 8192)]).toEqual([[], [], []]);
    // A multiple of 8 that is none of 32 is had, and warned of (DPK-03d).
    expect(ring('x550', 4104)).toEqual([expect.stringContaining('warning: fw receives by the plain path')]);
    for (const size of [100, 4100]) expect(ring('x550', size)).toEqual([expect.stringMatching(/\[DPK-03\]$/)]);
  });

  test('DPK-03c: a ring of virtio is a power of two, and at most 1,024', () => {
    const virtio = (size: number) => validated(onBridge(`, cores: 1, io: { virtio-ring: ${size} }`));
    expect([virtio(64), virtio(1024)]).toEqual([[], []]);
    for (const size of [1000, 2048]) expect(virtio(size)).toEqual([expect.stringMatching(/\[DPK-03\]$/)]);
  });

  test('DPK-03d: rings that are no multiple of the threshold, or a threshold below a burst, mean the plain path, which is warned of', () => {
    const io = (settings: string) =>
      validated(onVf({ nic: 'model: x550, vfs: 1', firewall: `, cores: 1, io: { ${settings} }` })).map((line) =>
        /plain path/.test(line),
      );
    expect(io('rx-ring: 4096, rx-free-threshold: 32')).toEqual([]);
    expect(io('rx-ring: 4096, rx-free-threshold: 64')).toEqual([]);
    expect(io('rx-ring: 4096, rx-free-threshold: 48')).toEqual([true]);
    expect(io('rx-ring: 4096, rx-free-threshold: 16')).toEqual([true]);
    expect(io('rx-ring: 72')).toEqual([true]);
  });

  test('DPK-07a, DPK-07b: a pool holds rings, bursts and caches unless the file says otherwise, and a smaller one is warned of', () => {
    // Rings of 512 each way, a burst of 32 and a cache of 256 for the one core.
    const least = 512 + 512 + 32 + 256;
    const pool = (mbufs: number) => validated(onVf({ firewall: `, cores: 1, io: { mbufs: ${mbufs} }` }));
    expect(pool(least)).toEqual([]);
    expect(pool(least - 1)).toEqual([expect.stringMatching(new RegExp(`can hold ${least}: .*\\[DPK-07\\]$`))]);
    const run = givenFile(onVf({ firewall: ', cores: 1' }));
    // The receive ring is filled from the start.
    expect(run.control.readCore(run.node('fw'), 0).freeMbufs).toBe(least - 512);
  });

  test('HST-03b: OVS asks a NIC for 2,048 descriptors', () => {
    const text = `name: ovs
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    ovs: { kind: bridge, datapath: ovs-dpdk, cores: 1 }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["a:eth0", "ovs:p1"] }, { endpoints: ["b:eth0", "ovs:p2"] } ]
`;
    // A ring of n holds n - 1 (DPK-04), and all of these come between two looks.
    const run = givenFile(text).receives('ovs:p1', ...Array.from({ length: 2100 }, () => plainFrame(STRANGER, BROADCAST)));
    run.pass(ms(10));
    expect(run.control.readRing(run.port('ovs:p1'), 0)).toMatchObject({ stored: 2047n, missed: 53n });
  });

  test('HST-08a: OVS 2.17 goes with DPDK 21.11, and not with 20.11', () => {
    const text = (dpdk: string) => `name: pair
topology:
  nodes:
    ovs: { kind: bridge, ovs: "2.17", dpdk: "${dpdk}" }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
  links: [ { endpoints: ["a:eth0", "ovs:p1"] } ]
`;
    expect(validated(text('21.11'))).toEqual([]);
    expect(validated(text('20.11'))).toEqual([expect.stringMatching(/unsupported-pair: .*\[HST-08\]$/)]);
  });

  test('IOM-03b: in AWS a pair that moves secondary addresses runs DPDK', () => {
    const modes = (haMode: string) =>
      givenFile(oneFirewall({ platform: 'aws', firewall: `, ha-mode: ${haMode}` }))
        .said('PacketIoModeSelected')
        .map(({ data }) => data.mode);
    expect([modes('secondary-ip'), modes('interface-move')]).toEqual([['dpdk'], ['mmap']]);
  });
});

describe('a packet socket', () => {
  /** When the block of a lone frame is closed. Its timer began with the lab. */
  function waitNs(io: string, nic: string | null): number {
    const firewall = `, packet-io: mmap, cores: 1, io: { ${io} }`;
    const text = nic === null ? oneFirewall({ platform: 'kvm', firewall }) : onVf({ nic, firewall });
    const run = givenFile(text).until(ms(0.1)).receives('fw:eth1', plainFrame(STRANGER, BROADCAST)).until(ms(50));
    return Number(run.control.readSocket(run.port('fw:eth1'), 0).lastClosedNs);
  }

  test('MMP-02a: a block is closed after what the file says, or what link and block size come to', () => {
    const nic = 'model: x550, vfs: 1';
    expect(waitNs('block-size: 64KiB, retire: 3ms', nic)).toBe(ms(3));
    expect([waitNs('block-size: 1MiB', nic), waitNs('block-size: 4MiB', nic)]).toEqual([ms(1), ms(4)]);
  });

  test('MMP-02b: virtio has no speed, so its blocks wait 8 ms', () => {
    expect(waitNs('block-size: 1MiB', null)).toBe(ms(8));
  });
});

describe('MTUs', () => {
  test.each(platform.mtu)(
    'JUM-01b, JUM-01c: jumbo $jumbo, MTU of its own $iface_mtu: $effective',
    ({ jumbo, iface_mtu, effective }) => {
      const own = iface_mtu === null ? '' : `, mtu: ${iface_mtu}`;
      const interfaces = `{ eth1: { ipv4: 10.0.1.1/24${own} } }`;
      const text = oneFirewall({ firewall: `, jumbo: ${jumbo ? 'on' : 'off'}`, interfaces });
      if (effective === null) expect(validated(text)).toEqual([expect.stringMatching(/MTU.*9216|mtu-range/)]);
      else
        expect(givenFile(text).engine.lab.lab.interfaces.find(({ node, name }) => `${node}:${name}` === 'fw:eth1')?.mtu).toBe(
          effective,
        );
    },
  );
});
