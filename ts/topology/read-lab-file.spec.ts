import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import platform from '../../test/vectors/platform.json' with { type: 'json' };
import type { LabInterface } from '../model/lab/interfaces.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import type { LabNode } from '../model/lab/nodes.ts';
import { formatFinding } from './draft/finding.ts';
import { readLabFile } from './read-lab-file.ts';

const LABS = new URL('../../labs/', import.meta.url);
const SHIPPED = readdirSync(LABS).filter((name) => name.endsWith('.lab.yml'));

/** A small lab without mistakes and warnings; tests put mistakes into it. */
const SOUND = `name: small
topology:
  kinds:
    vswitch: { uplinks: [up1] }
  nodes:
    esx1: { kind: hypervisor }
    esx2: { kind: hypervisor, platform: kvm }
    vsw1: { kind: vswitch, on: esx1, ports: { p1: { vlan: 0 } } }
    vsw2: { kind: vswitch, on: esx2 }
    fw1:
      kind: firewall
      on: esx1
      interfaces:
        eth1: { ipv4: 10.0.1.1/24, mac: 00:50:56:aa:00:01 }
        ha1: { mode: ha }
    fw2:
      kind: firewall
      on: esx2
      interfaces: { eth1: { ipv4: 10.0.1.1/24 } }
    psw: { kind: switch }
    client: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24 } } }
  links:
    - endpoints: ["client:eth0", "psw:p1"]
    - endpoints: ["vsw1:up1", "psw:p2"]
    - endpoints: ["vsw2:up1", "psw:p3"]
    - endpoints: ["fw1:eth1", "vsw1:p1"]
    - endpoints: ["fw2:eth1", "vsw2:p1"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha:
  edge: { group: 1, members: [ { node: fw1, priority: 50 }, { node: fw2 } ] }
flows:
  ping: { from: client:eth0, to: 10.0.1.1 }
duration: 10s
steps:
  - { at: 5s, run: crash fw1 }
validate:
  takeover:
    expect:
      - { event: HaStateChanged, where: { node: fw2, to: active }, count: 1 }
      - { neighbour: { node: client, ip: 10.0.1.1 }, mac: "fw1:eth1", at: 4s }
      - { ha: fw2, state: active }
      - { flow: ping, lost: { max: 100 }, longest-gap: { max: 5s } }
      - { drops: { at: "fw1:eth1", reason: interface-down } }
`;

function sound(text = SOUND): LabFile {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  return result.file;
}

function findings(text: string): string[] {
  const result = readLabFile(text, 'lab.yml');
  return (result.ok ? result.warnings : result.findings).map(
    (finding) => formatFinding({ ...finding, remedy: '' }).split('\n')[0] ?? '',
  );
}

/** The small lab with one piece of text replaced; the piece must be there. */
function withMistake(good: string, bad: string): string {
  if (!SOUND.includes(good)) throw new Error(`the small lab has no ${good}`);
  return SOUND.replace(good, bad);
}

function node<K extends LabNode['kind']>(file: LabFile, kind: K, name: string): LabNode & { kind: K } {
  const found = file.lab.nodes.find((one) => one.name === name);
  if (found?.kind !== kind) throw new Error(`${name} is no ${kind}`);
  return found as LabNode & { kind: K };
}

function iface(file: LabFile, endpoint: string): LabInterface {
  const found = file.lab.interfaces.find((one) => `${one.node}:${one.name}` === endpoint);
  if (found === undefined) throw new Error(`no interface ${endpoint}`);
  return found;
}

describe('a sound file', () => {
  test('has neither errors nor warnings', () => {
    expect(findings(SOUND)).toEqual([]);
  });

  test('is put into one order: nodes by name, interfaces by node and name, links as written', () => {
    const { lab } = sound();
    const names = lab.nodes.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    const ends = lab.interfaces.map((one) => `${one.node} ${one.name}`);
    expect(ends).toEqual([...ends].sort());
    expect(lab.links[0]).toEqual({
      a: 'client:eth0',
      b: 'psw:p1',
      rateBps: 10e9,
      latencyNs: 1000,
      queueBytes: 262144,
      // FNV-1a, 32 bits, of "0 NUL client:eth0 NUL psw:p1".
      seed: 3744014908,
    });
  });

  test('gets the documented defaults', () => {
    const file = sound();
    expect(node(file, 'hypervisor', 'esx1').platform).toBe('esxi');
    expect(node(file, 'switch', 'psw')).toMatchObject({ ageingNs: 300e9, tableSize: 8192 });
    expect(node(file, 'firewall', 'fw1')).toMatchObject({ vmMacBase: 'ba:db:ee:fb:ad:00', arpProfile: 'firewall', routes: [] });
    expect(node(file, 'host', 'client')).toMatchObject({ on: null, arpProfile: 'linux', ignoreGratuitous: false });
    expect(iface(file, 'client:eth0')).toMatchObject({ mode: 'layer3', mtu: 1500, vlan: 0, policy: null, interfaceId: 0 });
    expect(file.lab.flows[0]).toMatchObject({ intervalPs: 1e9, frameBytes: 128, startNs: 0, stopNs: null });
    expect(sound(withMistake('duration: 10s\n', '')).script.durationNs).toBe(60e9);
  });

  test('VSW-15: a vSwitch rejects promiscuous mode and accepts the rest, and a port may override each', () => {
    const file = sound(withMistake('{ vlan: 0 }', '{ vlan: 10, promiscuous: accept }'));
    expect(node(file, 'vswitch', 'vsw1').policy).toEqual({ promiscuous: false, macChanges: true, forgedTransmits: true });
    expect(iface(file, 'vsw1:p1')).toMatchObject({ mode: 'port', vlan: 10, policy: { promiscuous: true }, mac: null });
    expect(iface(file, 'vsw1:up1').mode).toBe('uplink');
  });

  test('LRN-01 to LRN-03: MAC learning is off, on with its defaults, or as said', () => {
    const learning = (text: string) =>
      node(sound(withMistake('on: esx2 }', `on: esx2, mac-learning: ${text} }`)), 'vswitch', 'vsw2').learning;
    expect(learning('off')).toBeNull();
    expect(learning('on')).toEqual({ flood: true, limit: 4096, limitPolicy: 'allow', ageingNs: 600e9 });
    expect(learning('{ flood: off, limit: 2, limit-policy: drop }')).toEqual({
      flood: false,
      limit: 2,
      limitPolicy: 'drop',
      ageingNs: 600e9,
    });
  });

  test('MAC-04: firewall interfaces carry the numbers of the platform', () => {
    const file = sound();
    expect(iface(file, 'fw1:eth1').interfaceId).toBe(16);
    expect(iface(file, 'fw1:ha1')).toMatchObject({ interfaceId: 5, mode: 'ha' });
  });

  test('HA-04 to HA-08: timers are recommended, aggressive, or single ones over the recommended', () => {
    const timers = (text: string) => sound(withMistake('group: 1,', `group: 1, timers: ${text},`)).lab.haPairs[0]?.timers;
    const recommended = { helloNs: 8e9, heartbeatNs: 2e9, promotionHoldNs: 2e9, initialHoldNs: 60e9 };
    expect(sound().lab.haPairs[0]?.timers).toEqual(recommended);
    expect(timers('recommended')).toEqual(recommended);
    expect(timers('aggressive')).toEqual({ ...recommended, heartbeatNs: 1e9, promotionHoldNs: 5e8 });
    expect(timers('{ heartbeat: 1s }')).toEqual({ ...recommended, heartbeatNs: 1e9 });
    expect(timers('{ monitor-fail-hold-up: 1s, preemption-hold: 60s, flap-max: 0 }')).toEqual({
      ...recommended,
      monitorFailHoldUpNs: 1e9,
      flapMax: 0,
    });
  });

  test('HA-06: members keep their order as device ids, with priority 100 unless said', () => {
    expect(sound().lab.haPairs[0]?.members).toEqual([
      { node: 'fw1', deviceId: 0, priority: 50, ha1: 'ha1' },
      { node: 'fw2', deviceId: 1, priority: 100, ha1: 'ha1' },
    ]);
  });

  test('expectations say what they count, and at least one is the default', () => {
    expect(sound().script.checks[0]?.expect).toEqual([
      {
        kind: 'event',
        type: 'HaStateChanged',
        where: { node: 'fw2', to: 'active' },
        count: { min: 1, max: 1 },
        fromNs: 0,
        toNs: null,
      },
      { kind: 'neighbour', node: 'client', ip: '10.0.1.1', mac: 'fw1:eth1', atNs: 4e9 },
      { kind: 'ha', node: 'fw2', state: 'active', atNs: null },
      {
        kind: 'flow',
        flow: 'ping',
        received: null,
        lost: { min: null, max: 100 },
        longestGapNs: { min: null, max: 5e9 },
        framesPerSecond: null,
        latencyP50Ns: null,
        latencyP99Ns: null,
        latencyMeanNs: null,
        outcome: null,
        stallNs: null,
        retransmissions: null,
        limitedBy: null,
      },
      { kind: 'drops', at: 'fw1:eth1', reason: 'interface-down', count: { min: 1, max: null }, fromNs: 0, toNs: null },
    ]);
  });

  test('a flow is of UDP frames, of which the definition says nothing, or a TCP connection', () => {
    expect(sound().lab.flows[0]).not.toHaveProperty('protocol');
    expect(sound(withMistake('to: 10.0.1.1 }', 'to: 10.0.1.1, protocol: udp }')).lab.flows[0]).not.toHaveProperty('protocol');
    expect(sound(withMistake('to: 10.0.1.1 }', 'to: 10.0.1.1, protocol: tcp }')).lab.flows[0]).toMatchObject({ protocol: 'tcp' });
  });

  test('extended endpoints say MAC and address where the link is', () => {
    const file = sound(
      `name: extended
topology:
  nodes: { a: { kind: host }, b: { kind: host } }
  links:
    - type: veth
      mtu: 9000
      rate: unlimited
      latency: 0
      endpoints:
        - { node: a, interface: eth0, mac: 02-00-00-00-00-0A, ipv4: 10.0.0.10/24 }
        - { node: b, interface: eth0, ipv4: [10.0.0.11/24, 10.0.0.12/24] }
`,
    );
    expect(iface(file, 'a:eth0')).toMatchObject({
      mac: '02:00:00:00:00:0a',
      ipv4: [{ address: '10.0.0.10', prefix: 24 }],
      mtu: 9000,
    });
    expect(iface(file, 'b:eth0').ipv4).toHaveLength(2);
    expect(file.lab.links[0]).toMatchObject({ rateBps: 0, latencyNs: 0 });
  });

  test('a node wins over its group, the group over the kind, the kind over the defaults; maps are merged', () => {
    const file = sound(
      `name: inheritance
topology:
  defaults: { kind: switch, ageing: 10s, table-size: 1 }
  kinds: { switch: { ageing: 20s, table-size: 2 } }
  groups: { big: { table-size: 3 } }
  nodes: { a: {}, b: { group: big }, c: { group: big, table-size: 4 }, d: }
`,
    );
    expect(file.lab.nodes.map((one) => ('tableSize' in one ? [one.name, one.tableSize, one.ageingNs] : null))).toEqual([
      ['a', 2, 20e9],
      ['b', 3, 20e9],
      ['c', 4, 20e9],
      ['d', 2, 20e9],
    ]);
  });

  test('steps are put in order of time, those of one time as written', () => {
    const steps = '  - { at: 5s, run: crash fw1 }\n  - { at: 1s, run: crash fw2 }\n  - { at: 1s, run:   power-on   fw2 }\n';
    expect(sound(withMistake('  - { at: 5s, run: crash fw1 }\n', steps)).script.steps.map(({ command }) => command)).toEqual([
      'crash fw2',
      'power-on fw2',
      'crash fw1',
    ]);
  });

  test.each(SHIPPED)('the shipped lab %s is sound, and named like its file', (file) => {
    expect(`${sound(readFileSync(new URL(file, LABS), 'utf8')).name}.lab.yml`).toBe(file);
  });
});

describe('the option use-hypervisor-mac on its platform', () => {
  test.each(platform.mac_option)('MAC-11: $platform, asked $requested: $commit, in force $effective', (row) => {
    const option = row.requested === null ? '' : `use-hypervisor-mac: ${row.requested ? 'on' : 'off'}, `;
    const text = `name: x
topology:
  nodes:
    h: { kind: hypervisor, platform: ${row.platform} }
    f: { kind: firewall, ${option}on: h, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }
    c: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["f:eth1", "c:eth0"] } ]
`;
    if (row.error === null) {
      expect(node(sound(text), 'firewall', 'f').useHypervisorMac).toBe(row.effective);
    } else {
      expect(findings(text)).toEqual([expect.stringMatching(`^lab.yml:5:26: error: ${row.error}: .* \\[MAC-11\\]$`)]);
    }
  });
});

describe('one mistake is one finding, where it was made', () => {
  const mistakes: [what: string, good: string, bad: string, finding: string | RegExp][] = [
    [
      'an unknown key',
      'priority: 50',
      'prioritty: 50',
      /^lab.yml:30:45: error: an HA member has no property "prioritty"; did you mean "priority"\?$/,
    ],
    [
      'the beginning of a property',
      'kind: vswitch, on: esx2',
      'kind: vswitch, forged: reject, on: esx2',
      /: error: vswitch vsw2 has no property "forged"; did you mean "forged-transmits"\?$/,
    ],
    ['an unknown kind', 'kind: switch }', 'kind: swich }', /:20:18: error: "swich" is not a node kind; .*did you mean "switch"\?/],
    ['no kind', 'psw: { kind: switch }', 'psw: {}', /:20:5: error: psw has no kind; expected one of hypervisor, vswitch/],
    ['no name', 'name: small\n', '', /: error: a lab file needs the property "name"/],
    ['a node that is a list', 'psw: { kind: switch }', 'psw: []', /:20:10: error: expected a node, found a list/],
    [
      "another kind's property",
      'kind: switch }',
      'kind: switch, promiscuous: accept }',
      /switch psw has no property "promiscuous"; it is a property of vswitch/,
    ],
    [
      'an unknown node in a link',
      '"client:eth0", "psw:p1"',
      '"clint:eth0", "psw:p1"',
      /:23:19: error: there is no node "clint"; did you mean "client"\?/,
    ],
    [
      'an endpoint without interface',
      '"client:eth0", "psw:p1"',
      '"client", "psw:p1"',
      /:23:19: error: "client" is not an endpoint "node:interface"/,
    ],
    [
      "netlab's short link",
      '- endpoints: ["client:eth0", "psw:p1"]',
      '- client-psw',
      /netlab's short form.*\["client:eth1", "psw:eth1"\]/,
    ],
    ['three ends', '"psw:p1"]', '"psw:p1", "psw:p9"]', /expected at most 2 items, found 3/],
    ['an interface linked twice', '"psw:p2"', '"psw:p1"', /:24:31: error: psw:p1 is already linked, in line 23/],
    [
      'an interface not linked',
      'ha1: { mode: ha }',
      'ha1: { mode: ha }\n        eth9: { mode: tap }',
      /:16:9: error: fw1:eth9 is not linked to anything/,
    ],
    [
      'an uplink not linked',
      'kind: vswitch, on: esx2',
      'kind: vswitch, on: esx2, uplinks: [up1, up2]',
      /:9:53: error: uplink vsw2:up2 is not linked/,
    ],
    ['a port not linked', 'p1: { vlan: 0 }', 'p1: { vlan: 0 }, p7:', /vsw1:p7 is not linked/],
    ['a hypervisor linked', '"psw:p2"', '"esx1:p2"', /esx1 is a hypervisor, which has no interfaces/],
    ['a bad MAC', '00:50:56:aa:00:01', '00:50:56:aa:00', /"00:50:56:aa:00" is not a unicast MAC/],
    ['a multicast MAC', '00:50:56:aa:00:01', '01:00:5e:00:00:01', /is not a unicast MAC/],
    ['a bad address', '10.0.1.11/24', '10.0.1.256/24', /:21:74: error: "10.0.1.256\/24" is not an IPv4 address with its prefix/],
    ['an address without prefix', '10.0.1.11/24', '10.0.1.11', /"10.0.1.11" is not an IPv4 address with its prefix length/],
    ['a bad duration', 'duration: 10s', 'duration: 10', /:33:11: error: 10 is not a duration with a unit, such as 20s/],
    ['a bad time of a step', 'at: 5s', 'at: 5x', /"5x" is not a duration/],
    ['a bad rate', '"psw:p1"]', '"psw:p1"]\n      rate: 10Q', /:24:13: error: "10Q" is not a rate such as 10G/],
    ['a VLAN out of range', 'vlan: 0', 'vlan: 4096', /4096 is not a VLAN from 0 to 4095/],
    ['an address given twice', '10.0.1.11/24', '10.0.1.1/24', /:21:74: error: 10.0.1.1 is also the address of fw1:eth1/],
    [
      'a MAC given twice',
      'eth0: { ipv4: 10.0.1.11/24 }',
      'eth0: { ipv4: 10.0.1.11/24, mac: 00:50:56:aa:00:01 }',
      /:21:93: error: 00:50:56:aa:00:01 is also the MAC of fw1:eth1/,
    ],
    ['a group of an unknown name', 'kind: switch }', 'kind: switch, group: x }', /there is no group "x"/],
    ['no hypervisor', 'kind: vswitch, on: esx2', 'kind: vswitch', /:9:5: error: vsw2 needs "on": the hypervisor it runs on/],
    [
      'an unknown hypervisor',
      'kind: vswitch, on: esx2',
      'kind: vswitch, on: esx3',
      /:9:32: error: there is no node "esx3"; did you mean "esx1"\?/,
    ],
    ['a host that is no hypervisor', 'kind: vswitch, on: esx2', 'kind: vswitch, on: psw', /"psw" is a switch, not a hypervisor/],
    [
      'the wrong hypervisor',
      'kind: vswitch, on: esx2',
      'kind: vswitch, on: esx1',
      /fw2 runs on esx2 and cannot be plugged into vsw2, which is on esx1/,
    ],
    ['a gateway out of reach', 'gateway: 10.0.1.1', 'gateway: 10.0.9.1', /10.0.9.1 is in no network of client's interfaces/],
    [
      'a route with host bits',
      'gateway: 10.0.1.1',
      'routes: [ { to: 10.0.0.1/8, via: 10.0.1.1 } ]',
      /"10.0.0.1\/8" is not a network such as/,
    ],
    [
      'a firewall interface of another scheme',
      '"fw1:ha1", "fw2:ha1"]',
      '"fw1:ha1", "fw2:ha1"]\n    - endpoints: ["fw1:wan", "psw:p9"]',
      /"wan" is not an interface of a firewall; expected eth1 to eth240/,
    ],
    ['a group out of range', 'group: 1,', 'group: 64,', /64 is not a group id from 1 to 63/],
    ['a member missing', ', { node: fw2 } ]', ' ]', /expected at least 2 items, found 1/],
    ['a member that is no firewall', '{ node: fw2 }', '{ node: client }', /client is a host; HA pairs are made of firewalls/],
    ['a member twice', '{ node: fw2 }', '{ node: fw1 }', /fw1 is already a member of HA pair edge/],
    ['an unknown member', '{ node: fw2 }', '{ node: fw3 }', /there is no node "fw3"; did you mean "fw1"\?/],
    [
      'no ha1',
      '{ node: fw2 }',
      '{ node: fw2, ha1: ha2 }',
      /:30:61: error: fw2:ha2 must carry HA1 but is not linked; did you mean "ha1"\?/,
    ],
    [
      'ha1 not linked',
      '    - endpoints: ["fw1:ha1", "fw2:ha1"]\n',
      '',
      /:29:3: error: fw1:ha1 and fw2:ha1 must carry HA1 but are not linked to each other/,
    ],
    [
      'ha1 in another mode',
      'ha1: { mode: ha }',
      'ha1: { mode: tap }',
      /:15:22: error: fw1:ha1 carries HA1, so its mode must be ha, not tap/,
    ],
    [
      'unlike members',
      'interfaces: { eth1: { ipv4: 10.0.1.1/24 } }',
      'interfaces: { eth1: { ipv4: 10.0.1.2/24 } }',
      /fw2:eth1 \(layer3 10.0.1.2\/24\) differs from fw1:eth1/,
    ],
    [
      'a hello below eight seconds',
      'group: 1,',
      'group: 1, timers: { hello: 1s },',
      /a hello interval must be at least 8s \[HA-04\]/,
    ],
    ['unknown timers', 'group: 1,', 'group: 1, timers: fast,', /"fast" is not HA timers \(recommended, aggressive, or a map\)/],
    ['a flow from nowhere', 'from: client:eth0', 'from: client:eth1', /client has no interface "eth1"; did you mean "eth0"\?/],
    ['a flow from a firewall', 'from: client:eth0', 'from: fw1:eth1', /fw1 is a firewall; flows start at hosts/],
    [
      'a flow without a route',
      'gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24 } }',
      'interfaces: { eth0: { ipv4: 10.0.2.11/24 } }',
      /client has no route to 10.0.1.1/,
    ],
    [
      'a frame too long',
      'to: 10.0.1.1 }',
      'to: 10.0.1.1, size: 1515 }',
      /frames of 1515 bytes do not fit client:eth0; its MTU allows 1514/,
    ],
    [
      'a frame too short for TCP',
      'to: 10.0.1.1 }',
      'to: 10.0.1.1, protocol: tcp, size: 69 }',
      /69 bytes hold no data of a TCP flow; at least 70/,
    ],
    [
      'an unknown protocol',
      'to: 10.0.1.1 }',
      'to: 10.0.1.1, protocol: sctp }',
      /"sctp" is not a protocol \(udp or tcp\)|"sctp" is not a protocol/,
    ],
    [
      'an outcome of a flow of UDP frames',
      'flow: ping, lost: { max: 100 }',
      'flow: ping, outcome: survived, lost: { max: 100 }',
      /:42:\d+: error: "outcome" is of a TCP flow; ping sends UDP frames/,
    ],
    ['a flow that stops first', 'to: 10.0.1.1 }', 'to: 10.0.1.1, start: 2s, stop: 1s }', /flow ping stops before it starts/],
    ['no command', 'crash fw1', 'reboot fw1', /:\d+:\d+: error: "reboot fw1" is not a command \(see: switchback exec LAB help\)$/],
    [
      'a misspelt command',
      'crash fw1',
      'crsh fw1',
      /:\d+:\d+: error: "crsh fw1" is not a command: did you mean "crash"\? \(see: switchback exec LAB help\)$/,
    ],
    ['what only a living lab knows', 'crash fw1', 'step 5s', /"step 5s" is for a living lab; in a lab file, "at" says when/],
    ['a command about nobody', 'crash fw1', 'crash fw3', /there is no node "fw3"/],
    ['a command about no interface', 'crash fw1', 'link down fw1:eth7', /fw1 has no interface "eth7"; did you mean "eth1"\?/],
    [
      'a port unblocked on no switch',
      'crash fw1',
      'port fw1:eth1 unblock',
      /"port" is for a vswitch or switch or bridge; fw1 is a firewall/,
    ],
    [
      'a binding on no physical switch',
      'crash fw1',
      'bind vsw1 10.0.1.1 none',
      /"bind" is for a switch or bridge; vsw1 is a vswitch/,
    ],
    ['inspection on no switch', 'crash fw1', 'inspect-arp client on', /"inspect-arp" is for a switch or bridge; client is a host/],
    ['security of no port', 'crash fw1', 'secure psw:p7 mac-limit 1', /psw has no interface "p7"; did you mean "p1"\?/],
    ['an impairment of no line', 'crash fw1', 'impair clint:eth0 loss 1%', /there is no node "clint"; did you mean "client"\?/],
    ['an impairment in other words', 'crash fw1', 'impair client:eth0 lost 1%', /is not a command: did you mean "loss"\?/],
    ['a command for another kind', 'crash fw1', 'commit psw use-hypervisor-mac on', /"commit" is for a firewall; psw is a switch/],
    ['a step after the end', 'at: 5s', 'at: 10s', /this step never happens: the run ends at 10.000000000 s/],
    [
      'an unknown event',
      'event: HaStateChanged',
      'event: HaStateChange',
      /:39:18: error: there is no event "HaStateChange"; did you mean "HaStateChanged"\?/,
    ],
    ['a value that no event has', 'to: active }', 'to: actve }', /HaStateChanged.to is never "actve"; did you mean "active"\?/],
    ['an unknown field', 'to: active }', 'too: active }', /:39:54: error: HaStateChanged has no field "too"; did you mean "to"\?/],
    ['a field of another type', 'to: active }', 'to: 1 }', /HaStateChanged.to is a string, 1 is a number/],
    ['an unknown node in a field', 'node: fw2, to', 'node: fw3, to', /there is no node "fw3"/],
    ['an unknown state', 'state: active', 'state: actve', /"actve" is not an HA state; .*did you mean "active"\?/],
    [
      'a neighbour of no interface',
      'node: client, ip',
      'interface: eht0, node: client, ip',
      /:40:\d+: error: client has no interface "eht0"; did you mean "eth0"\?/,
    ],
    ['an HA state of a host', 'ha: fw2', 'ha: client', /client is a host; only firewalls have an HA state/],
    ['an unknown flow', 'flow: ping', 'flow: pong', /there is no flow "pong"; did you mean "ping"\?/],
    [
      'an unknown drop reason',
      'reason: interface-down',
      'reason: interface-dwn',
      /there is no drop reason "interface-dwn"; did you mean "interface-down"\?/,
    ],
    ['a check after the end', 'at: 4s', 'at: 40s', /this time is after the end of the run at 10/],
    ['keys that do not go together', 'ha: fw2, state: active', 'ha: fw2, state: active, count: 1', /"count" does not go with "ha"/],
    [
      'an expectation about nothing',
      '{ ha: fw2, state: active }',
      '{ at: 1s }',
      /an expectation needs one of event, neighbour, ha, flow, drops/,
    ],
    [
      'a misspelt subject',
      '{ ha: fw2, state: active }',
      '{ hq: fw2, state: active }',
      /an expectation has no property "hq"; did you mean "ha"\?/,
    ],
    ['bounds upside down', 'lost: { max: 100 }', 'lost: { min: 5, max: 1 }', /min 5 is above max 1/],
    ['a bad node name', 'psw: { kind: switch }', 'psw: { kind: switch }\n    "a b": { kind: switch }', /"a b" is not a node name/],
    [
      'a duplicate key',
      'psw: { kind: switch }',
      'psw: { kind: switch }\n    psw: { kind: switch }',
      /:21:5: error: this key already exists in the same map/,
    ],
    [
      'an on: in the wrong place',
      'kind: host, gateway',
      'kind: host, on: esx1x, gateway',
      /there is no node "esx1x"; did you mean "esx1"\?/,
    ],
  ];

  test.each(mistakes)('%s', (_what, good, bad, expected) => {
    expect(findings(withMistake(good, bad))).toEqual([expect.stringMatching(expected)]);
  });

  test('a file with ten different mistakes gives exactly ten findings, in reading order', () => {
    const ten: [string, string][] = [
      ['kind: vswitch, on: esx2', 'kind: vswitch, on: esx9'],
      ['mac: 00:50:56:aa:00:01', 'mac: 00:50:56:aa:00'],
      ['kind: switch }', 'kind: switch, ageing: soon }'],
      ['"vsw2:up1", "psw:p3"', '"vsw2:up1", "psv:p3"'],
      ['group: 1,', 'group: 100,'],
      ['priority: 50', 'prio: 50'],
      ['from: client:eth0', 'from: client:eth5'],
      ['crash fw1', 'crush fw1'],
      ['event: HaStateChanged', 'event: HaStateChange'],
      ['reason: interface-down', 'reason: down'],
    ];
    const text = ten.reduce((sofar, [good, bad]) => sofar.replace(good, bad), SOUND);
    const found = findings(text);
    expect(found).toHaveLength(10);
    expect(found.map((line) => Number(line.split(':')[1]))).toEqual([9, 14, 20, 25, 30, 30, 32, 35, 39, 43]);
  });

  test('a mistake in what many nodes inherit is told once', () => {
    expect(
      findings(
        withMistake('uplinks: [up1] }', 'uplinks: [up1], on: esx9 }')
          .replaceAll('vswitch, on: esx1,', 'vswitch,')
          .replaceAll('vswitch, on: esx2', 'vswitch'),
      ),
    ).toEqual(['lab.yml:4:36: error: there is no node "esx9"; did you mean "esx1"?']);
  });
});

describe('whatever the text', () => {
  test.each([
    '',
    '\n',
    '# only a comment',
    'null',
    '[]',
    '5',
    'name',
    '"',
    'a: b: c',
    '\t',
    '---\n---\n',
    '&a [*a]',
    '*x',
    '{',
    '<<: 1',
    '%YAML 1.1\n---\nname: on',
  ])('%j gives findings with a place', (text) => {
    const result = readLabFile(text, 'lab.yml');
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.findings.length).toBeGreaterThan(0);
    for (const { line, column } of result.findings) expect([line > 0, column > 0]).toEqual([true, true]);
  });

  test('a bomb of aliases and a tower of brackets are refused, not run into', () => {
    const bomb = Array.from(
      { length: 9 },
      (_, i) =>
        `a${i}: &a${i} [${
          i === 0
            ? 'x'
            : Array(9)
                .fill(`*a${i - 1}`)
                .join(',')
        }]`,
    ).join('\n');
    for (const text of [bomb, '['.repeat(100_000), '{a: '.repeat(20_000), 'x'.repeat(9 * 2 ** 20)]) {
      expect(readLabFile(text, 'lab.yml').ok).toBe(false);
    }
  });

  test('no text makes the reader throw', () => {
    const word = fc.constantFrom(
      ...SOUND.split(/(\s+|[{}[\],])/),
      '<<',
      '&a',
      '*a',
      '!!set',
      'null',
      '~',
      '? ',
      '- ',
      ': ',
      '__proto__',
      'constructor',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        neverThrows,
      ),
      { numRuns: 500 },
    );
  });

  test('no value in a sound file, replaced by any other, makes the reader throw', () => {
    const other = fc.constantFrom(
      'null',
      '[]',
      '{}',
      '5',
      '-1',
      '1e999',
      '.nan',
      '""',
      'x',
      '"a:b"',
      '[1, {}]',
      '{a: b}',
      '*a',
      '"__proto__"',
      'on',
      '2001-01-01',
    );
    const values = [...SOUND.matchAll(/(?<=[:[,{] )[^\s,{}[\]]+/g)];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(values.length - 1), other), { minLength: 1, maxLength: 4 }), (changes) => {
        let text = SOUND;
        for (const [index, value] of [...changes].sort((a, b) => b[0] - a[0])) {
          const at = values[index];
          if (at !== undefined) text = text.slice(0, at.index) + value + text.slice(at.index + at[0].length);
        }
        neverThrows(text);
      }),
      { numRuns: 300 },
    );
  });

  test('the same text gives the same lab', () => {
    expect(JSON.stringify(sound())).toBe(JSON.stringify(sound()));
  });
});

function neverThrows(text: string): void {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) expect(result.findings.length).toBeGreaterThan(0);
}
