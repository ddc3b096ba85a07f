/** MTUs of a lab file (rule JUM-01): of interfaces, of whole devices, and of firewalls with and without jumbo frames. */
import { describe, expect, test } from 'vitest';
import platform from '../../../test/vectors/platform.json' with { type: 'json' };
import { readLabFile } from '../read-lab-file.ts';

function text(parts: {
  readonly fw?: string;
  readonly eth1?: string;
  readonly vsw?: string;
  readonly nic?: string;
  readonly link?: string;
}): string {
  return `name: mtus
topology:
  nodes:
    h: { kind: hypervisor }
    vsw: { kind: vswitch, on: h, uplinks: [up1]${parts.vsw ?? ''} }
    nic1: { kind: nic, on: h, vfs: 1${parts.nic ?? ''} }
    psw: { kind: switch }
    fw: { kind: firewall, on: h${parts.fw ?? ''}, interfaces: { eth1: { ipv4: 10.0.0.1/24${parts.eth1 ?? ''} }, mgmt: { ipv4: 10.9.0.1/24 } } }
  links:
    - { endpoints: ["fw:eth1", "vsw:p1"]${parts.link ?? ''} }
    - endpoints: ["fw:mgmt", "psw:p2"]
    - endpoints: ["vsw:up1", "nic1:pf"]
    - endpoints: ["nic1:wire", "psw:p1"]
`;
}

function mtuOf(source: string, endpoint: string): number | undefined {
  const result = readLabFile(source, 'lab.yml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.file.lab.interfaces.find(({ node, name }) => `${node}:${name}` === endpoint)?.mtu;
}

function errors(source: string): { message: string; rule?: string; remedy?: string; line: number }[] {
  const result = readLabFile(source, 'lab.yml');
  return result.ok ? [] : result.findings.filter(({ severity }) => severity === 'error').map((finding) => finding);
}

describe('JUM-01: the MTU of an interface of a firewall', () => {
  test.each(platform.mtu)('jumbo $jumbo, its own $iface_mtu: $effective', ({ jumbo, iface_mtu, effective }) => {
    const fw = `, jumbo: ${jumbo ? 'on' : 'off'}`;
    const source = text({ fw, eth1: iface_mtu === null ? '' : `, mtu: ${iface_mtu}` });
    if (effective === null) {
      expect(errors(source)).toMatchObject([{ line: 8, message: expect.stringMatching(/MTU/) }]);
    } else {
      expect(mtuOf(source, 'fw:eth1')).toBe(effective);
    }
  });

  test('an MTU above 1500 without jumbo frames names the remedy, where the cable says it too', () => {
    const refused = { rule: 'JUM-01', message: expect.stringContaining('mtu-range'), remedy: 'set jumbo: on at fw' };
    expect(errors(text({ eth1: ', mtu: 9000' }))).toMatchObject([{ ...refused, line: 8 }]);
    expect(errors(text({ link: ', mtu: 9000' }))).toMatchObject([{ ...refused, line: 10 }]);
    expect(mtuOf(text({ fw: ', jumbo: on', link: ', mtu: 9000' }), 'fw:eth1')).toBe(9000);
  });

  test('jumbo frames are for data: management keeps 1500', () => {
    expect(mtuOf(text({ fw: ', jumbo: on' }), 'fw:mgmt')).toBe(1500);
  });
});

describe('JUM-01: the MTU of a device', () => {
  test('is 1500, or that of a cable, or its own for all its ports', () => {
    expect(mtuOf(text({}), 'vsw:p1')).toBe(1500);
    expect(mtuOf(text({ link: ', mtu: 1400' }), 'vsw:p1')).toBe(1400);
    const own = text({ vsw: ', mtu: 9000', nic: ', mtu: 4000', link: ', mtu: 1400' });
    expect(['vsw:p1', 'vsw:up1', 'nic1:wire', 'nic1:pf', 'nic1:vf0'].map((end) => mtuOf(own, end))).toEqual([
      9000, 9000, 4000, 4000, 4000,
    ]);
  });
});
