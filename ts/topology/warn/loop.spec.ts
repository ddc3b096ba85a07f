/** Rings of switches, of which `validate` warns. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

function rings(text: string): readonly Finding[] {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.warnings.filter(({ message }) => message.includes('ring'));
}

function lab(nodes: string, ...links: readonly (readonly [string, string])[]): string {
  return `name: rings
topology:
  nodes: { h: { kind: hypervisor }, ${nodes} }
  links: [ ${links.map(([a, b]) => `{ endpoints: ["${a}", "${b}"] }`).join(', ')} ]
`;
}

const THREE = 's1: { kind: switch }, s2: { kind: switch }, s3: { kind: switch }';

describe('HST-01: a ring of switches', () => {
  test('is told with its links, and what to remove', () => {
    const found = rings(readFileSync('test/cli/fixtures/looped.lab.yml', 'utf8'));
    expect(found).toMatchObject([
      { rule: 'HST-01', line: 15, remedy: expect.stringContaining('remove the link from s3:p2 to s1:p2') },
    ]);
    for (const link of ['s3:p2 to s1:p2', 's2:p2 to s3:p1', 's1:p1 to s2:p1']) expect(found[0]?.message).toContain(link);
  });

  test('is none where one of its cables is missing', () => {
    expect(rings(lab(THREE, ['s1:p1', 's2:p1'], ['s2:p2', 's3:p1']))).toEqual([]);
  });

  test('is one of two parallel cables, of a cable back to the switch itself, and told once for all VLANs', () => {
    const vlans = 's1: { kind: switch, ports: { p9: { vlan: 10 } } }, s2: { kind: switch }, a: { kind: host }';
    expect(rings(lab(vlans, ['s1:p1', 's2:p1'], ['s1:p2', 's2:p2'], ['a:eth0', 's1:p9']))).toHaveLength(1);
    expect(rings(lab(THREE, ['s1:p1', 's1:p2'], ['s2:p1', 's3:p1']))).toHaveLength(1);
  });

  test('needs one VLAN all the way round', () => {
    const ports = (one: number, other: number) => `ports: { p1: { vlan: ${one} }, p2: { vlan: ${other} } }`;
    const two = (a: string, b: string) => `s1: { kind: switch, ${a} }, s2: { kind: switch, ${b} }`;
    const cables = [
      ['s1:p1', 's2:p1'],
      ['s1:p2', 's2:p2'],
    ] as const;
    expect(rings(lab(two(ports(10, 20), ports(10, 20)), ...cables))).toEqual([]);
    expect(rings(lab(two(ports(10, 10), ports(10, 10)), ...cables))).toHaveLength(1);
  });

  test('HST-02: is none where the parallel ports are in a bond', () => {
    const bridge = 'b1: { kind: bridge, ports: { p1: { bond: up }, p2: { bond: up } } }, s2: { kind: switch }';
    expect(rings(lab(bridge, ['b1:p1', 's2:p1'], ['b1:p2', 's2:p2']))).toEqual([]);
  });

  test('VSW-01: is none with a vSwitch, which sends nothing from uplink to uplink', () => {
    const vswitch = 'v: { kind: vswitch, on: h, uplinks: [u1, u2] }, s1: { kind: switch }, s2: { kind: switch }';
    expect(rings(lab(vswitch, ['v:u1', 's1:p1'], ['v:u2', 's2:p1'], ['s1:p2', 's2:p2']))).toEqual([]);
  });
});
