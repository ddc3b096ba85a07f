import { describe, expect, test } from 'vitest';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Switch } from '../../model/lab/nodes.ts';
import { formatFinding } from '../draft/finding.ts';
import { ARP_BINDINGS_PER_SWITCH_MAX } from '../draft/limits.ts';
import { readLabFile } from '../read-lab-file.ts';

/** Two guests on a vSwitch, whose uplink leads to a physical switch. */
function text({ vswitch = '', psw = '', kinds = '' }): string {
  return `name: ports
topology:
  kinds: { ${kinds} }
  nodes:
    h: { kind: hypervisor }
    vsw: { kind: vswitch, on: h, uplinks: [up1]${vswitch} }
    psw: { kind: switch${psw} }
    g1: { kind: host, on: h }
    g2: { kind: host, on: h }
  links:
    - endpoints: ["g1:eth0", "vsw:p1"]
    - endpoints: ["g2:eth0", "vsw:p2"]
    - endpoints: ["vsw:up1", "psw:p1"]
`;
}

function read(options: Parameters<typeof text>[0]): { port: (endpoint: string) => LabInterface | undefined; psw: Switch } {
  const result = readLabFile(text(options), 'lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  const { interfaces, nodes } = result.file.lab;
  return {
    port: (endpoint) => interfaces.find(({ node, name }) => `${node}:${name}` === endpoint),
    psw: nodes.find(({ name }) => name === 'psw') as Switch,
  };
}

function errors(options: Parameters<typeof text>[0]): string[] {
  const result = readLabFile(text(options), 'lab.yml');
  return result.ok ? [] : result.findings.map(formatFinding);
}

describe('port groups of a vSwitch', () => {
  const groups = ', port-groups: { dmz: { vlan: 30, promiscuous: accept, forged-transmits: reject, mac-learning: { limit: 4 } } }';

  test('VSW-15: a port takes from its group what it does not say itself, and overrides the switch with both', () => {
    const { port } = read({ vswitch: `${groups}, ports: { p1: { group: dmz, promiscuous: reject } }` });
    expect(port('vsw:p1')).toMatchObject({ vlan: 30, policy: { promiscuous: false, forgedTransmits: false } });
    expect(port('vsw:p1')?.learning).toEqual({ flood: true, limit: 4, limitPolicy: 'allow', ageingNs: 600e9 });
    expect(port('vsw:p2')).toMatchObject({ vlan: 0, policy: null });
  });

  test("a port's own VLAN wins, also when it is 0", () => {
    const { port } = read({ vswitch: `${groups}, ports: { p1: { group: dmz, vlan: 0 }, p2: { group: dmz, vlan: 40 } }` });
    expect([port('vsw:p1')?.vlan, port('vsw:p2')?.vlan]).toEqual([0, 40]);
  });

  test('LRN-01: a port learns as it says, else as its group says, else as its switch', () => {
    const { port } = read({ vswitch: `, mac-learning: on${groups}, ports: { p1: { group: dmz, mac-learning: off } }` });
    expect(port('vsw:p1')?.learning).toBeNull();
    expect(port('vsw:p2')).not.toHaveProperty('learning');
  });

  test('LRN-01: learning of a group ages as its switch does, unless the switch does not learn', () => {
    const ageing = (vswitch: string) => read({ vswitch }).port('vsw:p1')?.learning?.ageingNs;
    const one = 'port-groups: { x: { mac-learning: on } }, ports: { p1: { group: x } }';
    expect(ageing(`, mac-learning: { ageing: 20s }, ${one}`)).toBe(20e9);
    expect(ageing(`, ${one}`)).toBe(600e9);
    expect(ageing(', ports: { p1: { mac-learning: on }, p2: { mac-learning: { ageing: 30s } } }')).toBe(30e9);
  });

  test('groups of a kind reach every vSwitch and are merged with its own', () => {
    const { port } = read({
      kinds: 'vswitch: { port-groups: { dmz: { vlan: 30, promiscuous: accept } } }',
      vswitch: ', port-groups: { dmz: { vlan: 31 } }, ports: { p1: { group: dmz } }',
    });
    expect(port('vsw:p1')).toMatchObject({ vlan: 31, policy: { promiscuous: true } });
  });

  test.each([
    [
      'an unknown group',
      `${groups}, ports: { p1: { group: dm } }`,
      /:6:\d+: error: vsw has no port group "dm"; did you mean "dmz"\?/,
    ],
    [
      'a group that is misspelt',
      ', port-groups: { dmz: { vlam: 30 } }',
      /a port group has no property "vlam"; did you mean "vlan"\?/,
    ],
    ['a group of groups', ', port-groups: { dmz: { group: x } }', /a port group has no property "group"/],
    [
      'security on a vSwitch',
      ', ports: { p1: { trusted: on } }',
      /a port of a vswitch has no property "trusted"; it is a property of switch, bridge/,
    ],
    [
      'settings of an uplink',
      ', ports: { up1: { vlan: 7 } }',
      /vsw:up1 is an uplink; "vlan" applies to ports of guests \[VSW-15\]/,
    ],
    [
      'two ageing times',
      ', mac-learning: { ageing: 20s }, ports: { p1: { mac-learning: { ageing: 30s } } }',
      /:6:120: error: vsw has an ageing time of 20.000000000 s, and a switch has only one \[LRN-01\]/,
    ],
  ])('%s is one mistake', (_what, vswitch, expected) => {
    expect(errors({ vswitch })).toEqual([expect.stringMatching(expected)]);
  });
});

describe('ports of a physical switch', () => {
  test('are trusted and limited as said, and carry one VLAN', () => {
    const { port } = read({
      psw: ', ports: { p1: { trusted: true, arp-limit: 15, mac-limit: 4, violation: shutdown, vlan: 10 } }',
    });
    expect(port('psw:p1')).toMatchObject({
      vlan: 10,
      policy: null,
      security: { trusted: true, arpPerSecond: 15, macLimit: 4, onViolation: 'shutdown' },
    });
  });

  test('have no security where they allow everything', () => {
    expect(read({}).port('psw:p1')).not.toHaveProperty('security');
    expect(read({ psw: ', ports: { p1: { trusted: off, mac-limit: 0, vlan: 5 } }' }).port('psw:p1')).not.toHaveProperty('security');
  });

  test('what a kind says of the ports of all switches is meant for those that have it', () => {
    const { port } = read({ kinds: 'switch: { ports: { p1: { mac-limit: 2 } } }' });
    expect(port('psw:p1')?.security).toMatchObject({ macLimit: 2, onViolation: 'drop' });
    expect(port('vsw:p1')).not.toHaveProperty('security');
  });

  test.each([
    [
      'a policy of a vSwitch',
      ', ports: { p1: { promiscuous: accept } }',
      /a port of a switch has no property "promiscuous"; it is a property of vswitch/,
    ],
    ['a misspelt limit', ', ports: { p1: { mac-limt: 1 } }', /a port has no property "mac-limt"; did you mean "mac-limit"\?/],
    ['too many MACs', ', ports: { p1: { mac-limit: 65537 } }', /65537 is not a number of MACs from 0 to 65536/],
    ['too much ARP', ', ports: { p1: { arp-limit: 1000000 } }', /is not a number of ARP frames per second from 0 to 999999/],
    ['an unknown violation', ', ports: { p1: { violation: shut } }', /"shut" is not a violation mode; expected drop, shutdown/],
    ['a port without cable', ', ports: { p9: { trusted: on } }', /psw:p9 is not linked to anything/],
  ])('%s is one mistake', (_what, psw, expected) => {
    expect(errors({ psw })).toEqual([expect.stringMatching(expected)]);
  });
});

describe('ARP inspection of a physical switch', () => {
  const BOUND = '{ ip: 10.0.1.1, mac: 00-50-56-AA-00-01 }';

  test('DAI-01: is absent, or there with its static bindings', () => {
    expect(read({}).psw).not.toHaveProperty('arpInspection');
    expect(read({ psw: ', arp-inspection: off' }).psw).not.toHaveProperty('arpInspection');
    for (const on of ['on', 'true', '{}'])
      expect(read({ psw: `, arp-inspection: ${on}` }).psw.arpInspection).toEqual({ bindings: [] });
    expect(read({ psw: `, arp-inspection: { bindings: [ ${BOUND} ] }` }).psw.arpInspection).toEqual({
      bindings: [{ ip: '10.0.1.1', mac: '00:50:56:aa:00:01' }],
    });
  });

  test.each([
    [
      'an address bound twice',
      `{ bindings: [ ${BOUND}, { ip: 10.0.1.1, mac: 00:50:56:aa:00:02 } ] }`,
      /:7:104: error: 10.0.1.1 is already bound, in line 7 \[DAI-01\]/,
    ],
    ['half a binding', '{ bindings: [ { ip: 10.0.1.1 } ] }', /a binding needs the property "mac"/],
    [
      'a binding to a group',
      '{ bindings: [ { ip: 10.0.1.1, mac: 01:00:5e:00:00:01 } ] }',
      /"01:00:5e:00:00:01" is not a unicast MAC/,
    ],
    ['a misspelt key', '{ binding: [] }', /has no property "binding"; did you mean "bindings"\?/],
    ['another word', 'yes', /"yes" is not ARP inspection \(on, off, or a map with bindings\)/],
    [
      'too many bindings',
      `{ bindings: [${Array.from({ length: ARP_BINDINGS_PER_SWITCH_MAX + 1 }, (_, i) => `{ ip: 10.0.${i >> 8}.${i & 255}, mac: 00:50:56:aa:00:02 }`).join()}] }`,
      /expected at most 256 items, found 257/,
    ],
  ])('%s is one mistake', (_what, inspection, expected) => {
    expect(errors({ psw: `, arp-inspection: ${inspection}` })).toEqual([expect.stringMatching(expected)]);
  });
});

describe('bonds of a bridge', () => {
  /** A bridge with two ports, each cabled to a host. */
  function bridge(ports: string): string {
    return `name: bonds
topology:
  nodes:
    br: { kind: bridge, ports: ${ports} }
    a: { kind: host }
    b: { kind: host }
  links:
    - endpoints: ["a:eth0", "br:p1"]
    - endpoints: ["b:eth0", "br:p2"]
`;
  }

  function bondErrors(ports: string): string[] {
    const result = readLabFile(bridge(ports), 'lab.yml');
    return result.ok ? [] : result.findings.map(formatFinding);
  }

  test('HST-02: ports of one name are one', () => {
    expect(bondErrors('{ p1: { bond: bond0 }, p2: { bond: bond0 } }')).toEqual([]);
  });

  test('HST-02: one alone is no bond, and two of different VLANs are not one port', () => {
    expect(bondErrors('{ p1: { bond: bond0 } }')).toEqual([
      expect.stringMatching(/:4:.*error: bond bond0 has one member; expected at least two \[HST-02\]/),
    ]);
    expect(bondErrors('{ p1: { bond: bond0, vlan: 10 }, p2: { bond: bond0 } }')).toEqual([
      expect.stringMatching(/:4:.*error: p2 has VLAN 0, p1 of the same bond 10 \[HST-02\]/),
    ]);
  });

  test('a physical switch has none', () => {
    expect(errors({ psw: ', ports: { p1: { bond: bond0 } }' })).toEqual([expect.stringMatching(/bond/)]);
  });
});
