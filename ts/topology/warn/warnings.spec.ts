import { describe, expect, test } from 'vitest';
import pan from '../../../test/vectors/pan-virtual-mac.json' with { type: 'json' };
import platform from '../../../test/vectors/platform.json' with { type: 'json' };
import { type Finding, formatFinding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

function warnings(text: string): readonly Finding[] {
  const result = readLabFile(text, 'lab.yml');
  if (result.ok) return result.warnings;
  // Modes that are not built yet are refused, and what else they would need is told with it.
  const errors = result.findings.filter(({ severity, rule }) => severity === 'error' && !rule?.startsWith('MODE-'));
  if (errors.length > 0) throw new Error(errors.map(formatFinding).join('\n'));
  return result.findings.filter(({ severity }) => severity === 'warning');
}

function rulesOf(text: string): (string | undefined)[] {
  return warnings(text).map(({ rule }) => rule);
}

/** A firewall between a client and a server, each behind a vSwitch of one hypervisor. */
function oneFirewall({ firewall = '', vswitch = '', port = '', mode = 'layer3', steps = '[]' }): string {
  const address = (ip: string) => (mode === 'layer3' ? `ipv4: ${ip}` : `mode: ${mode}`);
  const list = { layer2: 'vlans', 'virtual-wire': 'virtual-wires' }[mode];
  const joined = list === undefined ? '' : `${list}: { one: { interfaces: [eth1, eth2] } }`;
  return `name: one
topology:
  nodes:
    h: { kind: hypervisor }
    in: { kind: vswitch, on: h, ports: { p1: { ${port} } } ${vswitch} }
    out: { kind: vswitch, on: h ${vswitch} }
    fw:
      kind: firewall
      on: h
      ${firewall || joined}
      interfaces: { eth1: { ${address('10.0.1.1/24')} }, eth2: { ${address('10.0.2.1/24')} } }
    client: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
    server: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.2.2/24 } } }
  links:
    - endpoints: ["fw:eth1", "in:p1"]
    - endpoints: ["fw:eth2", "out:p1"]
    - endpoints: ["client:eth0", "in:p2"]
    - endpoints: ["server:eth0", "out:p2"]
steps: ${steps}
`;
}

/** Two pairs of firewalls on one physical switch. */
function twoPairs(groups: readonly [number, number], option: string): string {
  const firewall = (name: string, ip: string) =>
    `    ${name}: { kind: firewall, on: h, use-hypervisor-mac: ${option}, interfaces: { eth1: { ipv4: ${ip}/24 }, ha1: {} } }\n`;
  return `name: two-pairs
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    psw: { kind: switch }
${firewall('a1', '10.0.0.1')}${firewall('a2', '10.0.0.1')}${firewall('b1', '10.0.0.2')}${firewall('b2', '10.0.0.2')}
  links:
    - endpoints: ["a1:eth1", "psw:p1"]
    - endpoints: ["a2:eth1", "psw:p2"]
    - endpoints: ["b1:eth1", "psw:p3"]
    - endpoints: ["b2:eth1", "psw:p4"]
    - endpoints: ["a1:ha1", "a2:ha1"]
    - endpoints: ["b1:ha1", "b2:ha1"]
ha:
  a: { group: ${groups[0]}, members: [ { node: a1 }, { node: a2 } ] }
  b: { group: ${groups[1]}, members: [ { node: b1 }, { node: b2 } ] }
`;
}

describe('a firewall that does not use the hypervisor MAC', () => {
  test('MAC-02: with the option on nothing is wrong, whatever the vSwitch rejects', () => {
    expect(warnings(oneFirewall({ vswitch: ', promiscuous: reject, forged-transmits: reject' }))).toEqual([]);
  });

  test('MAC-07: without promiscuous mode no frame reaches it', () => {
    const found = warnings(oneFirewall({ firewall: 'use-hypervisor-mac: off' }));
    expect(found.map(({ rule, message }) => [rule, message.split(':')[1]])).toEqual([
      ['MAC-07', 'eth1 makes its own MAC, but in'],
      ['MAC-07', 'eth2 makes its own MAC, but out'],
    ]);
    expect(found[0]?.remedy).toBe('set promiscuous: accept at in:p1, or set use-hypervisor-mac: on at fw');
  });

  test('MAC-08: with promiscuous mode it still cannot send unless forged transmits are accepted', () => {
    const off = 'use-hypervisor-mac: off';
    expect(rulesOf(oneFirewall({ firewall: off, vswitch: ', promiscuous: accept, forged-transmits: reject' }))).toEqual([
      'MAC-08',
      'MAC-08',
    ]);
    expect(rulesOf(oneFirewall({ firewall: off, vswitch: ', promiscuous: accept, forged-transmits: accept' }))).toEqual([]);
  });

  test('LRN-01: a vSwitch that learns needs neither', () => {
    expect(
      rulesOf(oneFirewall({ firewall: 'use-hypervisor-mac: off', vswitch: ', forged-transmits: reject, mac-learning: on' })),
    ).toEqual([]);
  });

  test("VSW-15: a port's own policy counts, and the warning points at it", () => {
    const text = oneFirewall({
      firewall: 'use-hypervisor-mac: off',
      vswitch: ', promiscuous: accept',
      port: 'promiscuous: reject',
    });
    expect(warnings(text)).toMatchObject([{ rule: 'MAC-07', line: 5, column: 48 }]);
  });
});

describe('port groups', () => {
  const grouped = (group: string) =>
    oneFirewall({
      firewall: 'use-hypervisor-mac: off',
      port: 'group: g',
      vswitch: `, promiscuous: accept, port-groups: { g: { ${group} } }`,
    });

  test("VSW-15: a port group's policy counts, and the warning points at the group", () => {
    expect(warnings(grouped('promiscuous: reject'))).toMatchObject([{ rule: 'MAC-07', line: 5, column: 104 }]);
  });

  test('LRN-01: a port whose group learns needs neither promiscuous mode nor forged transmits', () => {
    expect(rulesOf(grouped('promiscuous: reject, forged-transmits: reject, mac-learning: on'))).toEqual([]);
  });

  test('a port group that does not learn is not saved by its switch', () => {
    const text = grouped('promiscuous: reject, mac-learning: off').replaceAll(
      'promiscuous: accept',
      'promiscuous: accept, mac-learning: on',
    );
    expect(rulesOf(text)).toEqual(['MAC-07']);
  });
});

describe('ARP inspection', () => {
  const BOUND = '{ ip: 10.0.0.1, mac: 52:54:00:aa:00:01 }';
  const inspected = (option: string, bindings: string, ports = '') =>
    twoPairs([1, 2], option)
      .replace('{ kind: switch }', `{ kind: switch, arp-inspection: { bindings: [${bindings}] }, ports: { ${ports} } }`)
      .replace('ipv4: 10.0.0.1/24 }', 'ipv4: 10.0.0.1/24, mac: 52:54:00:aa:00:01 }');

  test('DAI-02: of a pair with MACs of its own, one member is never bound; trusting its port mends it', () => {
    const trusted = 'p3: { trusted: on }, p4: { trusted: on }';
    expect(warnings(inspected('on', BOUND, trusted))).toMatchObject([
      {
        rule: 'DAI-02',
        line: 5,
        column: 26,
        message: expect.stringMatching(/^psw:p2 drops the ARP of a2:eth1: psw does not bind 10.0.0.1/),
      },
    ]);
    expect(warnings(inspected('on', BOUND, `p2: { trusted: on }, ${trusted}`))).toEqual([]);
  });

  test('DAI-01: a pair with a virtual MAC needs one binding', () => {
    const trusted = 'p3: { trusted: on }, p4: { trusted: on }';
    expect(rulesOf(inspected('off', '', trusted))).toEqual(['DAI-01', 'DAI-01']);
    expect(rulesOf(inspected('off', '{ ip: 10.0.0.1, mac: 00:1b:17:00:01:10 }', trusted))).toEqual([]);
  });

  test('ARP of a guest comes in by the uplinks of its vSwitch', () => {
    const text = (port: string) => `name: behind
topology:
  nodes:
    h: { kind: hypervisor }
    vsw: { kind: vswitch, on: h, uplinks: [up1] }
    vm: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    psw: { kind: switch, arp-inspection: on, ports: { p1: { ${port} } } }
  links: [ { endpoints: ["vm:eth0", "vsw:p1"] }, { endpoints: ["vsw:up1", "psw:p1"] } ]
`;
    expect(warnings(text(''))).toMatchObject([
      { rule: 'DAI-01', message: expect.stringContaining('psw:p1 drops the ARP of vm:eth0') },
    ]);
    expect(warnings(text('trusted: on'))).toEqual([]);
  });
});

describe('a step that turns the option off', () => {
  const steps = '[ { at: 10s, run: commit fw use-hypervisor-mac off } ]';

  test('MAC-07: is judged as if the firewall had started so', () => {
    expect(warnings(oneFirewall({ steps })).map(({ rule, message }) => [rule, message.slice(0, 50)])).toEqual([
      ['MAC-07', 'after "commit fw use-hypervisor-mac off": fw:eth1 '],
      ['MAC-07', 'after "commit fw use-hypervisor-mac off": fw:eth2 '],
    ]);
    expect(rulesOf(oneFirewall({ steps, vswitch: ', promiscuous: accept' }))).toEqual([]);
  });

  test('MAC-08: forged transmits as well', () => {
    const vswitch = ', promiscuous: accept, forged-transmits: reject';
    expect(rulesOf(oneFirewall({ steps, vswitch }))).toEqual(['MAC-08', 'MAC-08']);
  });
});

describe('interface modes', () => {
  const rules: Readonly<Record<string, string>> = { layer2: 'MODE-02', tap: 'MODE-03', 'virtual-wire': 'MODE-04' };

  test.each(platform.interface_modes.filter(({ mode }) => mode in rules))(
    '$mode: promiscuous mode needed $needs_promiscuous, forged transmits needed $needs_forged_transmits',
    ({ mode, needs_promiscuous, needs_forged_transmits }) => {
      const closed = rulesOf(oneFirewall({ mode, vswitch: ', forged-transmits: reject' }));
      expect(closed.includes(rules[mode])).toBe(needs_promiscuous);
      expect(closed.includes('VSW-09')).toBe(needs_forged_transmits);
      expect(rulesOf(oneFirewall({ mode, vswitch: ', promiscuous: accept, forged-transmits: accept' }))).toEqual([]);
    },
  );
});

describe('firewalls that make themselves the same MAC', () => {
  test('HA-20: two pairs with one group id on one switch collide; another group id mends it', () => {
    const { pair_1, pair_2, fix } = pan.same_group_collision;
    const found = warnings(twoPairs([pair_1.group, pair_2.group], 'off'));
    expect(found).toMatchObject([
      { rule: 'HA-20', message: expect.stringContaining(pair_1.mac), remedy: 'give pair b another group id' },
    ]);
    expect(warnings(twoPairs([pair_1.group, fix.group], 'off'))).toEqual([]);
  });

  test('HA-17: with the option on, pairs of one group do not meet', () => {
    expect(warnings(twoPairs([1, 1], 'on'))).toEqual([]);
  });

  test('MAC-06: two unlicensed firewalls share their base; a licence mends it, and so does another VLAN', () => {
    const two = (base: string, vlan = 10) => `name: unlicensed
topology:
  kinds: { firewall: { use-hypervisor-mac: off } }
  nodes:
    h: { kind: hypervisor }
    sw: { kind: vswitch, on: h, promiscuous: accept, ports: { p1: { vlan: 10 }, p2: { vlan: ${vlan} } } }
    a: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }
    b: { kind: firewall, on: h, ${base} interfaces: { eth1: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["a:eth1", "sw:p1"] }, { endpoints: ["b:eth1", "sw:p2"] } ]
`;
    expect(warnings(two(''))).toMatchObject([{ rule: 'MAC-06', message: expect.stringContaining('ba:db:ee:fb:ad:10') }]);
    expect(warnings(two('vm-mac-base: 7c:89:c2:f9:1d:00,'))).toEqual([]);
    expect(warnings(two('', 20))).toEqual([]);
  });
});

describe('other hopes', () => {
  test('NOT-01: a second uplink of a vSwitch stands by, because there is no teaming policy', () => {
    const cables = '    - endpoints: ["in:u1", "psw:p1"]\n    - endpoints: ["in:u2", "psw:p2"]\n';
    const text = (uplinks: string) =>
      oneFirewall({})
        .replace('in: { kind: vswitch,', `in: { kind: vswitch, uplinks: ${uplinks},`)
        .replace('  links:\n', `    psw: { kind: switch }\n  links:\n${cables}`);
    expect(warnings(text('[u1, u2]'))).toMatchObject([
      { rule: 'NOT-01', message: 'in has no teaming policy: all its frames leave by u1, u2 only takes over when it fails' },
    ]);
  });

  test('VSW-11: a guest that changes its MAC where changes are rejected goes deaf', () => {
    const steps = '[ { at: 1s, run: guest-mac fw:eth1 00:50:56:aa:00:09 } ]';
    expect(rulesOf(oneFirewall({ steps, vswitch: ', mac-changes: reject' }))).toEqual(['VSW-11']);
    expect(rulesOf(oneFirewall({ steps }))).toEqual([]);
  });

  test('HA-18: a host that ignores gratuitous ARP does not follow a pair with MACs of its own', () => {
    const host =
      '    c: { kind: host, ignore-gratuitous: on, interfaces: { eth0: { ipv4: 10.0.0.9/24 } } }\n' +
      '  links:\n    - endpoints: ["c:eth0", "psw:p9"]';
    expect(rulesOf(twoPairs([1, 2], 'on').replace('  links:', host))).toEqual(['HA-18']);
    expect(rulesOf(twoPairs([1, 2], 'off').replace('  links:', host))).toEqual([]);
  });

  test('an interface that only a link made has no address', () => {
    const text = oneFirewall({}).replace('interfaces: { eth0: { ipv4: 10.0.1.2/24 } }', '');
    expect(warnings(text)).toMatchObject([
      { rule: 'ARP-02', line: 17, message: expect.stringContaining('client:eth0 has no address') },
    ]);
  });

  test('a host on a vSwitch says which hypervisor it runs on', () => {
    expect(warnings(oneFirewall({}).replace('client: { kind: host, on: h,', 'client: { kind: host,'))).toMatchObject([
      { rule: 'VSW-01', remedy: 'add on: h to client, or link it to a physical switch' },
    ]);
  });

  test('a hypervisor that carries nothing', () => {
    expect(rulesOf(oneFirewall({}).replace('    h: {', '    idle: { kind: hypervisor }\n    h: {'))).toEqual(['MAC-11']);
  });

  test('VSW-03: a vSwitch port that leads to another switch wants to be an uplink', () => {
    const text = oneFirewall({}).replace('  links:', '    psw: { kind: switch }\n  links:\n    - endpoints: ["in:p8", "psw:p1"]');
    expect(rulesOf(text)).toEqual(['VSW-03']);
    expect(rulesOf(text.replace('in: { kind: vswitch,', 'in: { kind: vswitch, uplinks: [p8],'))).toEqual([]);
  });

  test('a flow to an address that nobody has', () => {
    expect(rulesOf(`${oneFirewall({})}flows: { f: { from: client:eth0, to: 10.0.1.77 } }\n`)).toEqual(['ARP-01']);
  });

  test('every warning has a rule and a remedy', () => {
    const text = oneFirewall({ firewall: 'use-hypervisor-mac: off', vswitch: ', forged-transmits: reject', mode: 'layer3' });
    for (const { rule, remedy, severity } of warnings(text))
      expect([typeof rule, typeof remedy, severity]).toEqual(['string', 'string', 'warning']);
  });
});
