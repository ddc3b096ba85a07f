/** What a file may say of aggregates, and where it is told what does not fit. */
import { describe, expect, test } from 'vitest';
import { formatFinding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

interface Parts {
  readonly interfaces?: string;
  readonly aggregates?: string;
  readonly channels?: string;
  readonly ports?: string;
  readonly links?: string;
}

/** A firewall and a switch; the aggregate is in line 8, the channel in line 12. */
function file({ interfaces = '', aggregates, channels, ports = '', links = '' }: Parts = {}): string {
  return `name: aggregates
topology:
  nodes:
    h1: { kind: hypervisor }
    fw1:
      kind: firewall
      on: h1
      aggregates: { ${aggregates ?? 'ae1: { members: [eth1, eth2], lacp: { mode: active } }'} }
      interfaces: { ae1: { ipv4: 10.0.1.1/24 }${interfaces} }
    sw1:
      kind: switch
      port-channels: { ${channels ?? 'po1: { ports: [p1, p2], lacp: {} }'} }
      ports: { ${ports} }
    sw2: { kind: switch }
    vsw: { kind: vswitch, on: h1, uplinks: [up1] }
  links:
    - endpoints: ["sw2:p8", "vsw:up1"]
    - endpoints: ["fw1:eth1", "sw1:p1"]
    - endpoints: ["fw1:eth2", "${links === '' ? 'sw1:p2' : links}"]
${links === '' ? '' : '    - endpoints: ["sw1:p2", "sw2:p3"]'}
`;
}

/** First lines of what is said about aggregates, without the name of the file. */
function said(parts: Parts = {}): string[] {
  const result = readLabFile(file(parts), 'x');
  const all = (result.ok ? result.warnings : result.findings).map((one) => formatFinding(one).split('\n')[0] ?? '');
  return all.filter((line) => line.includes('error') || !line.includes('vsw')).map((line) => line.replace(/^x:/, ''));
}

describe('aggregates of a lab file', () => {
  test('a firewall and a switch with LACP at both ends: nothing to say', () => {
    expect(said()).toEqual([]);
    const result = readLabFile(file(), 'x');
    const interfaces = result.ok ? result.file.lab.interfaces : [];
    expect(interfaces.find(({ name }) => name === 'eth2')).toMatchObject({ mode: 'member', memberOf: 'ae1' });
    const [first, aggregate] = ['eth1', 'ae1'].map((name) => interfaces.find((one) => one.name === name));
    // Rule MAC-12.
    expect(aggregate).toMatchObject({ mode: 'layer3', mac: first?.mac, interfaceId: 16, aggregate: { members: ['eth1', 'eth2'] } });
  });

  test.each<[string, Parts, RegExp]>([
    [
      'a member with an address',
      { interfaces: ', eth1: { ipv4: 10.0.2.1/24 }' },
      /^9:\d+: error: fw1:eth1 is a member of ae1 and has no ipv4 of its own$/,
    ],
    [
      'a member with a VLAN',
      { ports: 'p1: { vlan: 10 }' },
      /^13:\d+: error: sw1:p1 is a member of po1 and has no vlan of its own$/,
    ],
    [
      'a member without a cable',
      { aggregates: 'ae1: { members: [eth1, eth2, eth7] }' },
      /^8:\d+: error: fw1:eth7 is not linked to anything, so it cannot be a member$/,
    ],
    [
      'a member of two',
      { aggregates: 'ae1: { members: [eth1, eth2] }, ae2: { members: [eth2] }' },
      /^8:\d+: error: fw1:eth2 is already a member of ae1$/,
    ],
    ['a member behind a vSwitch', { links: 'vsw:p1' }, /^8:\d+: error: fw1:eth2 leads to vsw, a vswitch/],
    ['an aggregate without members', { interfaces: ', ae2: {}' }, /^9:\d+: error: fw1:ae2 has no members$/],
    [
      'an aggregate of another name',
      { aggregates: 'ae1: { members: [eth1] }, bond0: { members: [eth2] }' },
      /"bond0" is not an interface of a firewall/,
    ],
    [
      'an aggregate with a cable',
      { links: 'sw2:p2"]\n    - endpoints: ["fw1:ae1", "sw2:p4' },
      /error: fw1:ae1 is an aggregate, which has no cable$/,
    ],
    [
      'a priority of no member',
      { aggregates: 'ae1: { members: [eth1, eth2], lacp: { port-priority: { eth9: 1 } } }' },
      /^8:\d+: error: eth9 is no member of ae1$/,
    ],
    [
      'more links than there are',
      { channels: 'po1: { ports: [p1, p2], min-links: 3, lacp: {} }' },
      /^12:\d+: error: po1 has 2 members; with min-links 3 it is never up$/,
    ],
  ])('%s is refused, with its place', (_, parts, expected) => {
    const lines = said(parts).filter((line) => line.includes('error'));
    expect(lines[0]?.replace(/ \[[A-Z]+-\d+\]$/, '')).toMatch(expected);
    expect(lines).toHaveLength(1);
  });

  test('MAC-12: an aggregate has no MAC of its own', () => {
    const text = file().replace('ae1: { ipv4: 10.0.1.1/24 }', 'ae1: { ipv4: 10.0.1.1/24, mac: 02:00:00:00:00:01 }');
    const result = readLabFile(text, 'x');
    expect(result.ok ? [] : result.findings.map(({ message }) => message)).toEqual([
      'fw1:ae1 has the MAC of its first member and none of its own',
    ]);
  });

  test.each<[string, Parts, RegExp]>([
    [
      'an end in no aggregate',
      { channels: 'po1: { ports: [p1], lacp: {} }' },
      /fw1:eth2 is a member of ae1, but sw1:p2 at the other end is in no aggregate: nobody answers its LACP/,
    ],
    [
      'LACP at one end only',
      { channels: 'po1: { ports: [p1, p2] }' },
      /ae1 of fw1 speaks LACP, but po1 of sw1 is static: fw1:eth1 is not used/,
    ],
    [
      'two passive ends',
      { aggregates: 'ae1: { members: [eth1, eth2], lacp: {} }' },
      /ae1 of fw1 and po1 of sw1 are both passive in LACP: neither speaks first/,
    ],
    ['members that lead apart', { links: 'sw2:p2' }, /members of fw1:ae1 lead to sw1:po1 and sw2: LACP uses those of one/],
    [
      'settings of LACP that is off',
      { aggregates: 'ae1: { members: [eth1, eth2], lacp: { mode: off, rate: fast } }', channels: 'po1: { ports: [p1, p2] }' },
      /lacp rate of fw1 changes nothing: mode is off/,
    ],
    [
      'fast failover without a spare',
      { aggregates: 'ae1: { members: [eth1, eth2], lacp: { mode: active, fast-failover: on } }' },
      /fast-failover of fw1 changes nothing/,
    ],
  ])('%s is a warning', (_, parts, expected) => {
    expect(said(parts).filter((line) => line.includes('warning'))).toContainEqual(expect.stringMatching(expected));
  });
});
