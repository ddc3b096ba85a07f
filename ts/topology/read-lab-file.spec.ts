import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findings, SOUND, withMistake } from '../../test/support/small-lab-file.ts';
import platform from '../../test/vectors/platform.json' with { type: 'json' };
import type { LabInterface } from '../model/lab/interfaces.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import type { LabNode } from '../model/lab/nodes.ts';
import { formatFinding } from './draft/finding.ts';
import { readLabFile } from './read-lab-file.ts';

const LABS = new URL('../../labs/', import.meta.url);
const SHIPPED = readdirSync(LABS).filter((name) => name.endsWith('.lab.yml'));

function sound(text = SOUND): LabFile {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  return result.file;
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

  test('the same text gives the same lab', () => {
    expect(JSON.stringify(sound())).toBe(JSON.stringify(sound()));
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
