import { describe, expect, test } from 'vitest';
import type { Platform } from '../../model/hardware/platforms.ts';
import type { Lab } from '../../model/lab/lab.ts';
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
    for (let n = 0; n < 200; n++) expect(deriveMac(0, `node${n}`, 'eth0', where, new Set())).toMatch(range);
  });

  test('they depend on seed, node and interface, and are the same for ever: recorded labs hold them', () => {
    const mac = (seed: number, node: string, name: string) => deriveMac(seed, node, name, 'esxi', new Set());
    expect(mac(0, 'fw1', 'eth1')).toBe(KNOWN);
    expect(new Set([mac(0, 'fw1', 'eth1'), mac(1, 'fw1', 'eth1'), mac(0, 'fw2', 'eth1'), mac(0, 'fw1', 'eth2')]).size).toBe(4);
    // The parts are kept apart: "ab" and "c" is not "a" and "bc".
    expect(mac(0, 'ab', 'c')).not.toBe(mac(0, 'a', 'bc'));
  });

  test('a taken MAC is passed over, around the end of the range if need be', () => {
    const free = deriveMac(0, 'fw1', 'eth1', 'esxi', new Set());
    const taken = new Set<Mac>([free]);
    const next = deriveMac(0, 'fw1', 'eth1', 'esxi', taken);
    expect(next).not.toBe(free);
    expect([...taken]).toEqual([free, next]);
  });

  test('sixteen thousand interfaces have sixteen thousand MACs', () => {
    const taken = new Set<Mac>();
    for (let n = 0; n < 16384; n++) deriveMac(0, `node${n >> 4}`, `eth${n & 15}`, 'esxi', taken);
    expect(taken.size).toBe(16384);
  });

  test("a lab's name changes nothing, its mac-seed changes derived MACs and nothing else", () => {
    const lab = (top: string) => read(`${top}\n${TWO_HOSTS}`);
    const first = lab('name: one');
    expect(lab('name: other')).toEqual(first);
    expect(lab('name: one\nmac-seed: 0')).toEqual(first);
    const seeded = lab('name: one\nmac-seed: 7');
    const macs = (of: Lab) => of.interfaces.map(({ mac }) => mac);
    expect(macs(seeded).filter((mac) => mac !== null && macs(first).includes(mac))).toEqual([]);
    const withoutMacs = (of: Lab) => ({ ...of, interfaces: of.interfaces.map((iface) => ({ ...iface, mac: null })) });
    expect(withoutMacs(seeded)).toEqual(withoutMacs(first));
  });

  test('two labs that differ in one thing differ in one thing: the name of a host is that of its own interface only', () => {
    const [before, after] = [read(`name: one\n${TWO_HOSTS}`), read(`name: one\n${TWO_HOSTS.replaceAll('b:', 'd:')}`)];
    const macOfNode = (of: Lab, node: string) => of.interfaces.find((iface) => iface.node === node)?.mac;
    expect(macOfNode(after, 'c')).toBe(macOfNode(before, 'c'));
    expect(macOfNode(after, 'd')).not.toBe(macOfNode(before, 'b'));
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

const KNOWN = '00:50:56:86:ea:19';

const TWO_HOSTS = `topology:
  nodes:
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    c: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    s: { kind: switch }
  links: [ { endpoints: ["b:eth0", "s:p1"] }, { endpoints: ["c:eth0", "s:p2"] } ]
`;

function read(text: string): Lab {
  const result = readLabFile(text, 'lab.yml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.file.lab;
}

function macOf(text: string, node: string): string | null | undefined {
  return read(text).interfaces.find((iface) => iface.node === node)?.mac;
}
