import { expect, test } from 'vitest';
import { readLabFile } from '../read-lab-file.ts';
import { formatFinding } from './finding.ts';
import { segmentsOf } from './segments.ts';

/** Hosts a, b and c on two physical switches with a trunk between them; d on a vSwitch behind the second. */
function segments(ports: { sw1?: string; sw2?: string; vsw?: string }): (host: string) => string | undefined {
  const result = readLabFile(
    `name: vlans
topology:
  nodes:
    h: { kind: hypervisor }
    sw1: { kind: switch, ports: { ${ports.sw1 ?? ''} } }
    sw2: { kind: switch, ports: { ${ports.sw2 ?? ''} } }
    vsw: { kind: vswitch, on: h, uplinks: [up], ports: { ${ports.vsw ?? ''} } }
    a: { kind: host }
    b: { kind: host }
    c: { kind: host }
    d: { kind: host, on: h }
  links:
    - endpoints: ["a:e", "sw1:a"]
    - endpoints: ["b:e", "sw1:b"]
    - endpoints: ["sw1:t", "sw2:t"]
    - endpoints: ["c:e", "sw2:c"]
    - endpoints: ["sw2:v", "vsw:up"]
    - endpoints: ["vsw:d", "d:e"]
`,
    'lab.yml',
  );
  if (!result.ok) throw new Error(result.findings.map(formatFinding).join('\n'));
  const all = segmentsOf(result.file.lab);
  return (host) => all.get(`${host}:e`);
}

test('without VLANs all that is cabled together is one segment', () => {
  const of = segments({});
  expect(new Set(['a', 'b', 'c', 'd'].map(of)).size).toBe(1);
});

test('access ports of one VLAN meet across a trunk, and no others', () => {
  const of = segments({ sw1: 'a: { vlan: 10 }, b: { vlan: 20 }', sw2: 'c: { vlan: 10 }', vsw: 'd: { vlan: 20 }' });
  expect([of('a') === of('c'), of('b') === of('d'), of('a') === of('b')]).toEqual([true, true, false]);
});

test('an access port towards another switch moves its untagged frames into the VLAN', () => {
  const of = segments({ sw1: 'a: { vlan: 10 }, t: { vlan: 10 }', sw2: '' });
  expect([of('a') === of('c'), of('a') === of('d'), of('a') === of('b')]).toEqual([true, true, false]);
});
