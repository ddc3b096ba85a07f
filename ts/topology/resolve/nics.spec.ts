import { describe, expect, test } from 'vitest';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { formatFinding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

/** A lab with one NIC and one guest on it; every part may be replaced. */
function text({ nic = 'model: x550, vfs: 2', guest = 'kind: host, on: kvm1', links = '', steps = '[]' } = {}): string {
  return `name: n
topology:
  nodes:
    kvm1: { kind: hypervisor, platform: kvm }
    kvm2: { kind: hypervisor, platform: kvm }
    nic1: { kind: nic, on: kvm1, ${nic} }
    vm: { ${guest}, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    other: { kind: host, on: kvm2, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    psw: { kind: switch }
    vsw: { kind: vswitch, on: kvm1, uplinks: [up1], ports: { p1: { vlan: 10 }, p2: { vlan: 20 } } }
    g1: { kind: host, on: kvm1, interfaces: { eth0: { ipv4: 10.0.0.3/24 } } }
    g2: { kind: host, on: kvm1, interfaces: { eth0: { ipv4: 10.0.0.4/24 } } }
  links:
    - endpoints: ["psw:p1", "nic1:wire"]
    - endpoints: ["psw:p2", "other:eth0"]
    - endpoints: ["g1:eth0", "vsw:p1"]
    - endpoints: ["g2:eth0", "vsw:p2"]
${links || '    - endpoints: ["vm:eth0", "nic1:vf0"]\n    - endpoints: ["vsw:up1", "nic1:pf"]'}
duration: 2s
steps: ${steps}
`;
}

function read(source: string): LabFile {
  const result = readLabFile(source, 'n.lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  return result.file;
}

function errors(source: string): string[] {
  const result = readLabFile(source, 'n.lab.yml');
  return result.ok ? [] : result.findings.map((one) => formatFinding(one).split('\n')[0] ?? '');
}

function iface(file: LabFile, endpoint: string): LabInterface | undefined {
  return file.lab.interfaces.find(({ node, name }) => `${node}:${name}` === endpoint);
}

describe('a NIC', () => {
  test('VF-01: has a wire, a PF and all its VFs, used or not', () => {
    const file = read(text());
    const own = file.lab.interfaces.filter(({ node }) => node === 'nic1').map(({ name, mode }) => `${name} ${mode}`);
    expect(own).toEqual(['pf pf', 'vf0 vf', 'vf1 vf', 'wire wire']);
    expect(iface(file, 'nic1:vf1')?.vf).toMatchObject({ adminMac: '', trusted: false, spoofCheck: true, linkState: 'auto' });
    expect(iface(file, 'nic1:pf')?.mac).toMatch(/^02:00:00:/);
  });

  test('VF-08: settings of a VF, and its guest has the administrative MAC', () => {
    const vf0 =
      '{ mac: 52:54:00:aa:00:01, vlan: 20, qos: 3, trust: on, spoof-check: off, state: enable, max-tx-rate: 100, query-rss: on }';
    const file = read(text({ nic: `model: x540, vfs: 2, ports: { vf0: ${vf0} }` }));
    expect(iface(file, 'nic1:vf0')?.vf).toEqual({
      adminMac: '52:54:00:aa:00:01',
      vlan: 20,
      qos: 3,
      trusted: true,
      spoofCheck: false,
      linkState: 'enable',
      maxTxRate: 100,
      minTxRate: 0,
      queryRss: true,
    });
    expect(iface(file, 'vm:eth0')?.mac).toBe('52:54:00:aa:00:01');
  });

  test('VF-04: a PF that is an uplink is promiscuous and in the VLANs of the switch', () => {
    const pf = (source: string) => read(source).lab.nodes.find(({ name }) => name === 'nic1');
    expect(pf(text())).toMatchObject({ pfPromiscuous: true, pfVlans: [10, 20] });
    expect(pf(text({ nic: 'vfs: 1, pf: { promiscuous: off, vlans: [30] }' }))).toMatchObject({
      pfPromiscuous: false,
      pfVlans: [30],
    });
  });

  test('VF-01: may have interfaces for more VFs than there are at first', () => {
    const file = read(text({ nic: 'model: x550, vfs: 1, max-vfs: 3' }));
    const vfs = file.lab.interfaces.filter(({ mode }) => mode === 'vf').map(({ name }) => name);
    expect(vfs).toEqual(['vf0', 'vf1', 'vf2']);
    expect(file.lab.nodes.find(({ name }) => name === 'nic1')).toMatchObject({ enabledVfs: 1 });
    expect(read(text({ nic: 'vfs: 2, max-vfs: 2' })).lab.nodes.find(({ name }) => name === 'nic1')).not.toHaveProperty(
      'enabledVfs',
    );
  });

  test('PCI-02: a guest on the PF has the permanent address of the device', () => {
    const links = '    - endpoints: ["vm:eth0", "nic1:pf"]\n    - endpoints: ["vsw:up1", "psw:p3"]';
    const file = read(text({ links }));
    expect(iface(file, 'nic1:pf')?.mac).toBe(iface(file, 'vm:eth0')?.mac);
  });
});

describe('is refused', () => {
  const own = '- endpoints: ["vm:eth0", "nic1:vf0"]';
  test.each([
    ['VF-01: more VFs than there can be', { nic: 'model: 82599, vfs: 64' }, '6:53: error: an 82599 has at most 63 VFs [VF-01]'],
    [
      'MBX-08: reading key and table on a NIC whose VFs have their own',
      { nic: 'vfs: 1, ports: { vf0: { query-rss: on } }' },
      'error: query_rss is not supported on X550, only on 82599 and X540 [MBX-08]',
    ],
    [
      'VF-01: fewer with traffic classes',
      { nic: 'model: x540, vfs: 32, traffic-classes: 4' },
      '6:52: error: an X540 has at most 31 VFs with 4 traffic classes [VF-01]',
    ],
    [
      'VF-01: more VFs to come than there can be',
      { nic: 'model: x540, vfs: 2, max-vfs: 64' },
      '6:64: error: an X540 has at most 63 VFs [VF-01]',
    ],
    [
      'VF-01: at most fewer VFs than there are',
      { nic: 'vfs: 4, max-vfs: 2' },
      '6:51: error: nic1 has 4 VFs, so max-vfs must be at least 4, not 2 [VF-01]',
    ],
    [
      'VF-01: settings of a VF that is not there at first',
      { nic: 'vfs: 1, max-vfs: 2, ports: { vf1: { trust: on } }' },
      'error: nic1:vf1 is not enabled at the start, so it cannot have settings [VF-01]',
    ],
    [
      'VF-01: a guest on a VF that is not there at first',
      { nic: 'vfs: 0, max-vfs: 2' },
      'error: nic1:vf0 is not enabled at the start, so vm cannot have it [VF-01]',
    ],
    [
      'a VF that does not exist',
      { links: '    - endpoints: ["vm:eth0", "nic1:vf2"]\n    - endpoints: ["vsw:up1", "nic1:pf"]' },
      '18:30: error: nic1 has no interface "vf2"; it has wire, pf and vf0 to vf1',
    ],
    [
      'a setting of the PF as of a VF',
      { nic: 'vfs: 1, ports: { pf: { trust: on } }' },
      '6:57: error: "trust" is a setting of VFs; nic1:pf is not a VF [VF-08]',
    ],
    [
      'a setting of other ports',
      { nic: 'vfs: 1, ports: { vf0: { trusted: on } }' },
      'a port of a nic has no property "trusted"; did you mean "trust"?',
    ],
    [
      'VF-08: two MACs for one guest',
      {
        nic: 'vfs: 1, ports: { vf0: { mac: 52:54:00:aa:00:01 } }',
        links: `    - endpoints: [{ node: vm, interface: eth0, mac: "52:54:00:aa:00:02" }, "nic1:vf0"]\n    - endpoints: ["vsw:up1", "nic1:pf"]`,
      },
      'error: nic1:vf0 gives vm:eth0 the MAC 52:54:00:aa:00:01 [VF-08]',
    ],
    [
      'a guest of another host',
      { guest: 'kind: host, on: kvm2' },
      'vm runs on kvm2 and cannot be plugged into nic1, which is on kvm1',
    ],
    [
      'a VF for a switch',
      { links: `    ${own}\n    - endpoints: ["vsw:up1", "nic1:vf1"]` },
      'nic1:vf1 is a VF, which only a guest can use; vsw is not a guest',
    ],
    [
      'PCI-01: the PF for a guest while a VF is in use',
      { links: `    ${own}\n    - endpoints: ["g1:eth1", "nic1:pf"]\n    - endpoints: ["vsw:up1", "psw:p3"]` },
      'in-use: nic1:pf cannot go to g1 while nic1:vf0 is in use [PCI-01]',
    ],
    [
      'VF-08: a command about a VF that does not exist',
      { steps: '[ { at: 1s, run: "ip link set nic1:pf vf 7 trust on" } ]' },
      'nic1 has no interface "vf7"',
    ],
    [
      'a command of NICs about a switch',
      { steps: '[ { at: 1s, run: "vf psw:p1 reload" } ]' },
      '"vf" is for a nic; psw is a switch',
    ],
  ])('%s', (_, parts, message) => {
    expect(errors(text(parts)).join('\n')).toContain(message);
  });
});

describe('warns', () => {
  const firewall = (mode: string) => `kind: firewall, on: kvm1, ${mode}`;
  function warnings(nic: string, interfaces: string, more = 'use-hypervisor-mac: on', steps = '[]', wanted = 'VF-16'): string[] {
    const source = text({ nic, guest: firewall(more), steps }).replace(
      'interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }',
      `interfaces: ${interfaces} }`,
    );
    const result = readLabFile(source.replace('"vm:eth0"', '"vm:eth1"'), 'n.lab.yml');
    const findings = result.ok ? result.warnings : result.findings;
    if (!result.ok) throw new Error(findings.map(formatFinding).join('\n'));
    return findings.filter(({ rule }) => rule === wanted).map(({ remedy }) => remedy ?? '');
  }
  const layer2 = '{ eth1: { mode: layer2 } }, vlans: { v: { interfaces: [eth1] } }';
  const layer3 = '{ eth1: { ipv4: 10.0.0.1/24 } }';

  test('VF-16: a firewall with a MAC of its own on an untrusted VF', () => {
    const admin = (trust: string) => `vfs: 1, ports: { vf0: { mac: 52:54:00:aa:00:01, trust: ${trust} } }`;
    expect(warnings(admin('off'), layer3, 'use-hypervisor-mac: off')).toEqual([
      'set trust: on at nic1:vf0, or use-hypervisor-mac: on at vm',
    ]);
    expect(warnings(admin('on'), layer3, 'use-hypervisor-mac: off')).toEqual([]);
    expect(warnings(admin('off'), layer3)).toEqual([]);
    expect(warnings('vfs: 1', layer3, 'use-hypervisor-mac: off')).toEqual([]);
  });

  test('VF-16: a layer 2 firewall on a VF that cannot be promiscuous', () => {
    const trusted = 'ports: { vf0: { trust: on } }';
    expect(warnings(`vfs: 1, ${trusted}`, layer2)).toEqual([]);
    expect(warnings('vfs: 1', layer2)).toEqual(['set trust: on at nic1:vf0']);
    expect(warnings(`vfs: 1, pf: { promiscuous: off }, ${trusted}`, layer2)).toEqual(['set pf: { promiscuous: on } at nic1']);
    expect(warnings(`model: x710, vfs: 1, pf: { promiscuous: off }, ${trusted}`, layer2)).toEqual([]);
  });

  test.each(['layer2', 'tap'])('MBX-09: a %s interface on a VF of an 82599, whatever is set', (mode) => {
    const nic = 'model: 82599, vfs: 1, pf: { promiscuous: on }, ports: { vf0: { trust: on } }';
    const joined = mode === 'tap' ? '' : ', vlans: { v: { interfaces: [eth1] } }';
    expect(warnings(nic, `{ eth1: { mode: ${mode} } }${joined}`, undefined, '[]', 'MBX-09')).toEqual([
      'give vm the PF instead (passthrough): an 82599 has no promiscuous VFs',
    ]);
    expect(warnings(nic, layer3, undefined, '[]', 'MBX-09')).toEqual([]);
  });

  test('VF-16: a step that turns the option off on an untrusted VF with an administrative MAC', () => {
    const admin = (trust: string) => `vfs: 1, ports: { vf0: { mac: 52:54:00:aa:00:01, trust: ${trust} } }`;
    const steps = '[ { at: 1s, run: "commit vm use-hypervisor-mac off" } ]';
    expect(warnings(admin('off'), layer3, 'use-hypervisor-mac: on', steps)).toHaveLength(1);
    expect(warnings(admin('on'), layer3, 'use-hypervisor-mac: on', steps)).toEqual([]);
    expect(warnings('vfs: 1', layer3, 'use-hypervisor-mac: on', steps)).toEqual([]);
  });

  test('VF-16: a step that gives the VF of a firewall with a MAC of its own another', () => {
    const step = (change: string) => `[ { at: 1s, run: "ip link set nic1:pf vf 0 ${change}" } ]`;
    const option = 'use-hypervisor-mac: off, vm-mac-base: 7c:89:c2:f9:1d:00';
    expect(warnings('vfs: 1', layer3, option, step('mac 52:54:00:aa:00:01'))).toEqual([
      'set trust: on at nic1:vf0 before this step, or use-hypervisor-mac: on at vm',
    ]);
    expect(warnings('vfs: 1', layer3, option, step('mac 52:54:00:aa:00:01 trust on'))).toEqual([]);
    expect(warnings('vfs: 1', layer3, option, step('mac 7c:89:c2:f9:1d:10'))).toEqual([]);
    expect(warnings('vfs: 1', layer3, option, step('vlan 10'))).toEqual([]);
  });

  test('VF-16: a step that takes trust from the VF of a firewall with a MAC of its own', () => {
    const steps = '[ { at: 1s, run: "ip link set nic1:pf vf 0 trust off" } ]';
    const admin = 'vfs: 1, ports: { vf0: { mac: 52:54:00:aa:00:01, trust: on } }';
    expect(warnings(admin, layer3, 'use-hypervisor-mac: off', steps)).toHaveLength(1);
    expect(warnings(admin, layer3, 'use-hypervisor-mac: on', steps)).toEqual([]);
    expect(warnings('vfs: 1, ports: { vf0: { trust: on } }', layer3, 'use-hypervisor-mac: off', steps)).toEqual([]);
  });

  test('VF-16: both units of a pair with the option off on VFs of one NIC', () => {
    const pair = (option: string, second: string) => {
      const result = readLabFile(
        `name: pair
topology:
  nodes:
    kvm1: { kind: hypervisor, platform: kvm }
    nic1: { kind: nic, on: kvm1, vfs: 2 }
    nic2: { kind: nic, on: kvm1, vfs: 2 }
    fw1: { kind: firewall, on: kvm1, use-hypervisor-mac: ${option}, interfaces: { eth1: { ipv4: 10.0.0.1/24 }, ha1: {} } }
    fw2: { kind: firewall, on: kvm1, use-hypervisor-mac: ${option}, interfaces: { eth1: { ipv4: 10.0.0.1/24 }, ha1: {} } }
  links:
    - endpoints: ["fw1:eth1", "nic1:vf0"]
    - endpoints: ["fw2:eth1", "${second}"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha:
  a: { group: 7, members: [ { node: fw1 }, { node: fw2 } ] }
duration: 1s
`,
        'pair.lab.yml',
      );
      if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
      return result.warnings.filter(({ rule }) => rule === 'VF-16').map(({ remedy }) => remedy);
    };
    expect(pair('off', 'nic1:vf1')).toEqual(['give fw2 a VF of another NIC, or set use-hypervisor-mac: on at both units']);
    expect(pair('off', 'nic2:vf0')).toEqual([]);
    expect(pair('on', 'nic1:vf1')).toEqual([]);
  });
});
