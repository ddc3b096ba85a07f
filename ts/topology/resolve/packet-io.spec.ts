import { describe, expect, test } from 'vitest';
import { NATIVE_PROFILES } from '../../model/hardware/driver-matrix.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import type { Firewall, LabNode } from '../../model/lab/nodes.ts';
import { formatFinding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

interface Parts {
  readonly platform?: string;
  readonly firewall?: string;
  readonly eth1?: string;
  readonly nic?: string;
  readonly bridge?: string;
  readonly guest?: string;
  readonly links?: string;
}

/** A firewall on a VF and on a bridge; every part may be replaced. */
function text(parts: Parts = {}): string {
  const { platform = 'kvm', firewall = '', eth1 = '', nic = '', bridge = '', guest = 'kind: host, on: hv', links = '' } = parts;
  return `name: io
topology:
  nodes:
    hv: { kind: hypervisor, platform: ${platform} }
    nic1: { kind: nic, on: hv, model: x710, vfs: 2${nic} }
    fw1: { kind: firewall, on: hv${firewall}, interfaces: { eth1: { ${eth1} }, eth2: {} } }
    br1: { kind: bridge${bridge} }
    g1: { ${guest}, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links:
    - endpoints: ["fw1:eth1", "br1:p1"]
    - endpoints: ["fw1:eth2", "nic1:vf0"]
    - endpoints: ["g1:eth0", "br1:p2"]
${links}
`;
}

function findings(source: string): string[] {
  const result = readLabFile(source, 'io.lab.yml');
  const found = result.ok ? result.warnings : result.findings;
  // Only what is told here: a firewall of these labs has no addresses.
  return found.filter(({ rule }) => /^(IOM|DRV|PCI|HST)/.test(rule ?? '')).map((one) => formatFinding(one).replace('\n   ', ''));
}

function read(source: string): LabFile {
  const result = readLabFile(source, 'io.lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  return result.file;
}

function node(file: LabFile, name: string): LabNode | undefined {
  return file.lab.nodes.find((one) => one.name === name);
}

function iface(file: LabFile, endpoint: string): LabInterface | undefined {
  return file.lab.interfaces.find((one) => `${one.node}:${one.name}` === endpoint);
}

describe('a firewall’s packet I/O', () => {
  test('IOM-01: is DPDK unless the file says otherwise', () => {
    expect(node(read(text()), 'fw1')).toMatchObject({ packetIo: 'dpdk' });
    expect(node(read(text({ firewall: ', packet-io: mmap' })), 'fw1')).toMatchObject({ packetIo: 'mmap' });
  });

  test('IOM-02: one emulated NIC is a warning: the whole device goes to MMAP', () => {
    expect(findings(text({ eth1: 'nic: e1000' }))).toEqual([
      'io.lab.yml:6:58: warning: fw1:eth1 is a NIC without a poll driver: fw1 runs MMAP on all its interfaces [IOM-02] remedy: remove nic: at fw1:eth1, or set packet-io: mmap at fw1',
    ]);
    expect(findings(text({ eth1: 'nic: e1000', firewall: ', packet-io: mmap' }))).toEqual([]);
  });

  test('IOM-02: acceleration is Azure’s alone, and one interface without it is a warning', () => {
    expect(findings(text({ platform: 'azure', eth1: 'accelerated: off' }))[0]).toContain(
      'fw1:eth1 has no accelerated networking: fw1 runs MMAP on all its interfaces [IOM-02]',
    );
    expect(findings(text({ eth1: 'accelerated: off' }))[0]).toContain(
      'error: accelerated applies only to Azure; fw1 runs on kvm [IOM-02]',
    );
  });

  test('IOM-03: ha-mode is AWS’s alone; with DPDK asked for, moving interfaces is a warning', () => {
    expect(findings(text({ firewall: ', ha-mode: interface-move' }))[0]).toContain(
      'error: ha-mode applies only to AWS; fw1 runs on kvm [IOM-03]',
    );
    expect(findings(text({ platform: 'aws', firewall: ', packet-io: dpdk, ha-mode: interface-move' }))[0]).toContain(
      'warning: fw1 moves interfaces at a failover, which rules out DPDK: it runs MMAP [IOM-03]',
    );
    expect(findings(text({ platform: 'aws', firewall: ', ha-mode: secondary-ip' }))).toEqual([]);
  });
});

describe('drivers', () => {
  test('DRV-01: a device has its own; a host has none to choose', () => {
    const onDevice = text().replace('eth2: {}', 'eth2: { nic: e1000 }');
    expect(findings(onDevice)).toEqual([
      'io.lab.yml:6:70: error: fw1:eth2 is nic1:vf0, and the device determines its driver [DRV-01] remedy: remove nic',
    ]);
    const result = readLabFile(text().replace('eth0: { ipv4', 'eth0: { nic: e1000, ipv4'), 'io.lab.yml');
    expect(result.ok ? [] : result.findings.map(({ message }) => message)).toEqual([
      'a host has no property "nic"; it is a property of firewalls',
    ]);
  });

  test('DRV-02: a host driver that is not later is a warning, of the mode the firewall starts in', () => {
    expect(findings(text({ nic: ', driver-version: "2.14.0"' }))).toEqual([
      'io.lab.yml:5:53: warning: i40e 2.14.0 on the host is not later than 2.14.13, which fw1:eth2 (nic1:vf0) includes for DPDK [DRV-02] remedy: give nic1 a driver-version later than 2.14.13',
    ]);
    expect(findings(text({ nic: ', driver-version: "2.14.0"', firewall: ', packet-io: mmap' }))).toEqual([]);
    expect(findings(text())).toEqual([]);
  });

  test('DRV-06: native versions are those of a profile, changed by what the file states', () => {
    const native = (written: string) =>
      (node(read(text({ firewall: `, native-drivers: ${written}` })), 'fw1') as Firewall).nativeDrivers;
    expect(native('other-vendor-7.4.5')).toEqual(NATIVE_PROFILES['other-vendor-7.4.5']);
    expect(native('{ dpdk-release: "22.11", mmap: { ixgbe: "6.0" } }')).toEqual({
      dpdkRelease: '22.11',
      mmap: { ...NATIVE_PROFILES.placeholder.mmap, ixgbe: '6.0' },
      dpdk: { i40e: '2.20.12', ice: '1.10.1' },
    });
    expect(native('{ profile: other-vendor-7.0.13, dpdk: { i40e: "2.0" } }')).toEqual({
      ...NATIVE_PROFILES['other-vendor-7.0.13'],
      dpdk: { i40e: '2.0' },
    });
    expect(node(read(text()), 'fw1')).not.toHaveProperty('nativeDrivers');
  });
});

describe('devices', () => {
  const reserved = (guest: string, device = 'nic1:pf') => `    - { endpoints: ["${guest}", "${device}"], reserved: on }`;

  test('PCI-01: a reserved link is no cable yet', () => {
    const { lab } = read(text({ links: reserved('fw1:eth3', 'nic1:vf1') }));
    expect(lab.links.at(-1)).toMatchObject({ a: 'fw1:eth3', b: 'nic1:vf1', reserved: true });
    expect(iface(read(text({ links: reserved('fw1:eth3', 'nic1:vf1') })), 'fw1:eth3')).toBeDefined();
    expect(findings(text({ links: reserved('fw1:eth3', 'nic1:vf1') }))).toEqual([]);
  });

  test('PCI-01: a device that two want is a warning, one that two have an error', () => {
    expect(findings(text({ links: reserved('fw1:eth3', 'nic1:vf0') }))).toEqual([
      'io.lab.yml:13:21: warning: nic1:vf0 is for fw1:eth2 and fw1:eth3, but only one of them can have it at a time [PCI-01] remedy: release nic1:vf0 before it is assigned again, or give fw1 another device',
    ]);
    expect(findings(text({ links: '    - endpoints: ["fw1:eth3", "nic1:vf0"]' }))).toEqual([
      'io.lab.yml:13:31: error: in-use: nic1:vf0 is already linked, in line 11 [PCI-01]',
    ]);
  });

  test('PCI-01: only devices are reserved, and for guests', () => {
    expect(findings(text({ links: reserved('fw1:eth3', 'nic1:wire') }))[0]).toContain(
      'error: a reserved link needs a PF or VF at one end and a guest at the other; fw1:eth3 and nic1:wire are not such a pair [PCI-01]',
    );
    expect(findings(text({ links: reserved('br1:up') }))[0]).toContain(
      'a reserved link needs a PF or VF at one end and a guest at the other',
    );
  });
});

test('PCI-01: a device is for guests of its own hypervisor', () => {
  const elsewhere = text({ links: '    - { endpoints: ["g1:eth1", "nic1:vf1"], reserved: on }', guest: 'kind: host, on: hv2' });
  const source = elsewhere.replace('    nic1:', '    hv2: { kind: hypervisor, platform: kvm }\n    nic1:');
  const result = readLabFile(source, 'io.lab.yml');
  const messages = result.ok ? [] : result.findings.map(({ message }) => message);
  expect(messages).toContain('g1 runs on hv2 and cannot be plugged into nic1, which is on hv');
});

describe('a bridge with DPDK', () => {
  test('HST-08: OVS and DPDK go in pairs', () => {
    expect(findings(text({ bridge: ', ovs: "2.17", dpdk: "21.11"' }))).toEqual([]);
    expect(findings(text({ bridge: ', ovs: "2.17", dpdk: "20.11"' }))).toEqual([
      'io.lab.yml:7:45: error: unsupported-pair: OVS 2.17 is not built with DPDK 20.11 [HST-08] remedy: use DPDK 21.11, or another OVS',
    ]);
    expect(findings(text({ bridge: ', ovs: "9.9", dpdk: "20.11"' }))[0]).toContain('unsupported-pair');
  });

  test('HST-04: its ports to guests are vhost-user ports, clients unless the file says otherwise', () => {
    const file = read(text({ bridge: ', dpdk: "21.11", ports: { p1: { vhost: server } }' }));
    expect([iface(file, 'br1:p1')?.vhost, iface(file, 'br1:p2')?.vhost]).toEqual(['server', 'client']);
    const physical = read(text({ bridge: ', datapath: ovs-dpdk, vhost: server', guest: 'kind: host' }));
    expect([iface(physical, 'br1:p1')?.vhost, iface(physical, 'br1:p2')?.vhost]).toEqual(['server', undefined]);
    expect(iface(read(text()), 'br1:p1')).not.toHaveProperty('vhost');
  });

  test('HST-04: a server port is a warning; a port of a kernel bridge, or to no guest, has no vhost', () => {
    expect(findings(text({ bridge: ', dpdk: "21.11", ports: { p1: { vhost: server } }' }))).toEqual([
      'io.lab.yml:7:56: warning: br1:p1 is a vhost-user server: after a restart of br1 its guest has no link until it restarts too [HST-04] remedy: set vhost: client at br1:p1',
    ]);
    expect(findings(text({ bridge: ', ports: { p1: { vhost: client } }' }))[0]).toContain(
      'error: br1:p1 has no vhost-user: the datapath of br1 is not DPDK [HST-04]',
    );
    expect(findings(text({ bridge: ', dpdk: "21.11", ports: { p2: { vhost: client } }', guest: 'kind: host' }))[0]).toContain(
      'error: br1:p2 leads to no virtual machine [HST-04]',
    );
  });
});
