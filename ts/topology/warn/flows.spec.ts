/** What validation foresees of flows and next hops. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

interface Parts {
  readonly flow?: string;
  readonly gateway?: string;
  readonly link?: string;
  readonly sw?: string;
  readonly mtu?: string;
}

function warnings({ flow = '', gateway = '10.0.0.254', link = '', sw = '', mtu = '' }: Parts): readonly Finding[] {
  const result = readLabFile(
    `name: flows
topology:
  nodes:
    a: { kind: host, gateway: ${gateway}, interfaces: { eth0: { ipv4: 10.0.0.1/24${mtu} } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24${mtu} } } }
    r: { kind: router, interfaces: { eth0: { ipv4: 10.0.0.254/24 } } }
    s: { kind: switch${sw} }
  links:
    - { endpoints: ["a:eth0", "s:p1"]${link} }
    - endpoints: ["b:eth0", "s:p2"]
    - endpoints: ["r:eth0", "s:p3"]
flows: { f: { from: a:eth0, to: 10.0.0.2${flow} } }
duration: 10s
`,
    'lab.yml',
  );
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.warnings;
}

describe('validation foresees', () => {
  test('nothing wrong with a flow that arrives', () => {
    expect(warnings({})).toEqual([]);
  });

  test('ARP-01: a gateway that nobody has', () => {
    expect(warnings({ gateway: '10.0.0.253' })).toMatchObject([
      { rule: 'ARP-01', line: 4, message: expect.stringContaining('a sends to 10.0.0.253 by a:eth0, but nobody') },
    ]);
  });

  test('a flow that starts when the run is over', () => {
    expect(warnings({ flow: ', start: 9s' })).toEqual([]);
    expect(warnings({ flow: ', start: 10s' })).toMatchObject([{ message: expect.stringContaining('it sends nothing') }]);
  });

  test('a flow above the rate of its line, in the direction it takes', () => {
    const fast = ', rate: 100000, size: 1226';
    expect(warnings({ flow: fast, link: ', rate: 1G' })).toEqual([]);
    expect(warnings({ flow: fast, link: ', rate: 900M' })).toMatchObject([
      {
        message: expect.stringContaining('needs 1000 Mbit/s of a line of 900 Mbit/s'),
        remedy: expect.stringContaining('at most 90000'),
      },
    ]);
    expect(warnings({ flow: fast, link: ', rate: 10G, impair: { "a:eth0": { rate: 900M } }' })).toHaveLength(1);
    expect(warnings({ flow: fast, link: ', rate: 10G, impair: { "s:p1": { rate: 900M } }' })).toEqual([]);
  });

  test('JUM-01: frames that do not fit the port of a switch, or where they go', () => {
    const flow = ', size: 9014';
    expect(warnings({ flow, mtu: ', mtu: 9000', sw: ', mtu: 9000' })).toEqual([]);
    expect(warnings({ flow, mtu: ', mtu: 9000' })).toMatchObject([
      { rule: 'JUM-01', message: expect.stringContaining('s:p1 has MTU 1500: every frame is dropped') },
    ]);
  });
});

/** Two hosts, a firewall between them, and on each side a switch and a vSwitch. */
function across(flows: string, more: { readonly vout?: string; readonly fw?: string; readonly link?: string } = {}): string[] {
  const { vout = '', fw = '', link = '' } = more;
  const text = `name: across
topology:
  defaults: { mtu: 9000 }
  nodes:
    h: { kind: hypervisor }
    vin: { kind: vswitch, on: h, uplinks: [up] }
    vout: { kind: vswitch, on: h, uplinks: [up]${vout} }
    fw: { kind: firewall, on: h, jumbo: on, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, eth2: { ipv4: 10.0.2.1/24${fw} } } }
    s1: { kind: switch }
    s2: { kind: switch }
    a: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.9/24, mtu: 9000 } } }
    c: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.8/24, mtu: 9000 } } }
    b: { kind: host, gateway: 10.0.2.1, interfaces: { eth0: { ipv4: 10.0.2.9/24, mtu: 9000 } } }
  links:
    - endpoints: ["a:eth0", "s1:p1"]
    - endpoints: ["c:eth0", "s1:p3"]
    - endpoints: ["s1:p2", "vin:up"]
    - endpoints: ["vin:p1", "fw:eth1"]
    - endpoints: ["fw:eth2", "vout:p1"]
    - { endpoints: ["vout:up", "s2:p2"]${link} }
    - endpoints: ["s2:p1", "b:eth0"]
flows: { ${flows} }
`;
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.warnings.map(({ rule, message }) => `${rule}: ${message}`);
}

describe('the whole way of a flow, over switches, vSwitches, uplinks and firewalls', () => {
  const LONG = 'f: { from: "a:eth0", to: 10.0.2.9, size: 8000 }';

  test('JUM-01: frames that do not fit the vSwitch behind the firewall, or its far interface', () => {
    expect(across(LONG)).toEqual([]);
    expect(across(LONG, { vout: ', mtu: 1500' })).toEqual([expect.stringMatching(/^JUM-01: .* vout:p1 has MTU 1500/)]);
    expect(across(LONG, { fw: ', mtu: 1500' })).toEqual([expect.stringMatching(/^JUM-01: .* fw:eth2 has MTU 1500/)]);
  });

  test('COST-01: a line on the way that is too slow, for one flow or for several that are under way at the same time', () => {
    const flow = (name: string, host: string, more = '') =>
      `${name}: { from: "${host}:eth0", to: 10.0.2.9, rate: 60000, size: 1226${more} }`;
    expect(across(`${flow('f1', 'a')}, ${flow('f2', 'c')}`, { link: ', rate: 2G' })).toEqual([]);
    expect(across(`${flow('f1', 'a')}, ${flow('f2', 'c')}`, { link: ', rate: 1G' })).toEqual([
      'COST-01: flows f1, f2 together need 1200 Mbit/s of a line of 1000 Mbit/s at vout:up: the rest is dropped as queue-full',
    ]);
    expect(across(`${flow('f1', 'a', ', stop: 5s')}, ${flow('f2', 'c', ', start: 5s')}`, { link: ', rate: 1G' })).toEqual([]);
    expect(across(flow('f1', 'a'), { link: ', rate: 500M' })).toEqual([expect.stringContaining('flow f1 needs 600 Mbit/s')]);
  });
});
