import { describe, expect, test } from 'vitest';
import type { Platform } from '../../model/hardware/platforms.ts';
import type { Mac } from '../../values/mac.ts';
import { readLabFile } from '../read-lab-file.ts';
import { deriveMac } from './derive-mac.ts';

describe('derived MACs', () => {
  test.each<[Platform | 'physical', RegExp]>([
    ['esxi', /^00:50:56:[89ab]/],
    ['nsx', /^00:50:56:[89ab]/],
    ['kvm', /^52:54:00:/],
    ['hyperv', /^00:15:5d:/],
    ['azure', /^00:0d:3a:/],
    ['gcp', /^42:01:0a:/],
    ['oci', /^02:00:17:/],
    ['aws', /^0a:00:/],
    ['physical', /^02:00:00:/],
  ])('on %s they lie in the range of the platform', (where, range) => {
    for (let n = 0; n < 200; n++) expect(deriveMac('lab', `node${n}`, 'eth0', where, new Set())).toMatch(range);
  });

  test('they depend on lab, node and interface, and are the same for ever: recorded labs hold them', () => {
    const mac = (lab: string, node: string, name: string) => deriveMac(lab, node, name, 'esxi', new Set());
    expect(mac('lab', 'fw1', 'eth1')).toBe(KNOWN);
    expect(
      new Set([mac('lab', 'fw1', 'eth1'), mac('lab2', 'fw1', 'eth1'), mac('lab', 'fw2', 'eth1'), mac('lab', 'fw1', 'eth2')]).size,
    ).toBe(4);
    // The parts are kept apart: "ab" and "c" is not "a" and "bc".
    expect(mac('lab', 'ab', 'c')).not.toBe(mac('lab', 'a', 'bc'));
  });

  test('a taken MAC is passed over, around the end of the range if need be', () => {
    const free = deriveMac('lab', 'fw1', 'eth1', 'esxi', new Set());
    const taken = new Set<Mac>([free]);
    const next = deriveMac('lab', 'fw1', 'eth1', 'esxi', taken);
    expect(next).not.toBe(free);
    expect([...taken]).toEqual([free, next]);
  });

  test('sixteen thousand interfaces have sixteen thousand MACs', () => {
    const taken = new Set<Mac>();
    for (let n = 0; n < 16384; n++) deriveMac('lab', `node${n >> 4}`, `eth${n & 15}`, 'esxi', taken);
    expect(taken.size).toBe(16384);
  });

  test('never collide with given ones, and adding a node changes no other', () => {
    const lab = (extra: string, given: string) => `name: lab
topology:
  nodes:
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    c: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 ${given} } } }
    ${extra}
    s: { kind: switch }
  links: [ { endpoints: ["b:eth0", "s:p1"] }, { endpoints: ["c:eth0", "s:p2"] } ${extra && ', { endpoints: ["a:eth0", "s:p3"] }'} ]
`;
    const first = macOf(lab('', ''), 'b');
    expect(macOf(lab('a: { kind: host }', ''), 'b')).toBe(first);
    expect(macOf(lab('', `, mac: ${first}`), 'c')).toBe(first);
    expect(macOf(lab('', `, mac: ${first}`), 'b')).not.toBe(first);
  });
});

const KNOWN = '00:50:56:93:5a:69';

function macOf(text: string, node: string): string | null | undefined {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.file.lab.interfaces.find((iface) => iface.node === node)?.mac;
}
