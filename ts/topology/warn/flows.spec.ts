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
