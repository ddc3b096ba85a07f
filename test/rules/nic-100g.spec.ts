/** Rules VF-01, VCH-04, DPK-03 and DPK-08 on an E810: limits of its own, and what is said of it. */
import { afterEach, describe, expect, test } from 'vitest';
import { dpdkOnVf, givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

function file(nic: string, vf = 'vf0'): string {
  return `name: e810
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: e810, ${nic} }
    g0: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    outside: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["outside:eth0", "nic:wire"] }, { endpoints: ["g0:eth0", "nic:${vf}"] } ]
`;
}

describe('an E810', () => {
  test('VF-01: has 256 VFs at most, and the last of them works', () => {
    expect(validated(file('vfs: 256'))).toEqual([]);
    expect(validated(file('vfs: 257')).join()).toContain('256');
    const run = givenFile(file('vfs: 256', 'vf255')).command('ping outside 10.0.0.1').pass(1e9);
    expect(run.said('PingAnswered').length).toBeGreaterThan(0);
  });

  test('VF-01: an X710 still has 128, in the words of its model', () => {
    expect(validated(file('vfs: 129').replace('model: e810', 'model: x710'))).toEqual([
      expect.stringMatching(/an X710 has at most 128 VFs \[VF-01\]$/),
    ]);
  });

  test('DPK-03, DPK-08: a ring or a table of addresses that it cannot have is refused as that of a NIC of 100G', () => {
    expect(validated(dpdkOnVf('e810', 'rx-ring: 8160'))).toEqual([]);
    expect(validated(dpdkOnVf('e810', 'rx-ring: 8192'))).toEqual([
      expect.stringContaining('a ring of a 100G NIC has 64 to 8160 descriptors, in multiples of 32'),
    ]);
    const macs = Array.from({ length: 64 }, (_, i) => `"02:00:5e:01:00:${i.toString(16).padStart(2, '0')}"`).join(', ');
    const text = dpdkOnVf('e810', 'rx-ring: 512').replace('ipv4: 10.0.0.1/24', `ipv4: 10.0.0.1/24, macs: [ ${macs} ]`);
    expect(validated(text).join()).toContain('fw:eth1 is of a NIC of 100G, whose ports have 64 addresses');
  });
});

describe('VLANs of an untrusted VF of an E810', () => {
  const vlansOf = (run: Run) => run.state.functions['nic:vf0']?.vlans.filter((vid) => vid !== 0);
  const ignored = (run: Run) => run.said('VfRequestIgnored').map(({ data }) => data.reason);

  test('VCH-04: are seven; of a list those are added that there is room for, and the reply says success', () => {
    const run = givenFile(file('vfs: 1')).command('vf nic:vf0 request ADD_VLAN 101 102 103 104 105 106');
    expect([vlansOf(run)?.length, ignored(run)]).toEqual([6, []]);
    run.command('vf nic:vf0 request ADD_VLAN 107 108');
    expect(run.said('VfMailboxReply').at(-1)?.data.ack).toBe(true);
    expect([vlansOf(run), ignored(run)]).toEqual([[101, 102, 103, 104, 105, 106, 107], ['vlan-limit']]);
    run.command('vf nic:vf0 request ADD_VLAN 109');
    expect([vlansOf(run)?.length, ignored(run)]).toEqual([7, ['vlan-limit', 'vlan-limit']]);
  });

  test('VCH-04: are not limited for a trusted one', () => {
    const run = givenFile(file('vfs: 1, ports: { vf0: { trust: on } }'));
    run.command('vf nic:vf0 request ADD_VLAN 101 102 103 104 105 106 107 108 109');
    expect([vlansOf(run)?.length, ignored(run)]).toEqual([9, []]);
  });
});
