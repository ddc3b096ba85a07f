/** netlab's short links: two nodes, and interfaces that are free. */
import { expect, test } from 'vitest';
import { readLabFile } from '../read-lab-file.ts';

function linksOf(nodes: string, links: string): readonly (readonly [string, string])[] {
  const read = readLabFile(`name: x\ntopology:\n  nodes: ${nodes}\n  links: ${links}\n`, 'x.lab.yml');
  if (!read.ok) throw new Error(read.findings.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'));
  return read.file.lab.links.map(({ a, b }) => [a, b]);
}

const HOSTS = '{ a: { kind: host }, b: { kind: host }, c: { kind: host } }';

test('each end takes the next interface that no link has', () => {
  expect(linksOf(HOSTS, '[a-b, b-c, a-c]')).toEqual([
    ['a:eth1', 'b:eth1'],
    ['b:eth2', 'c:eth1'],
    ['a:eth2', 'c:eth2'],
  ]);
});

test('a declared interface comes first, and one with a long link is taken', () => {
  const nodes =
    '{ a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 }, lan: { ipv4: 10.0.1.1/24 } } }, b: { kind: host }, c: { kind: host } }';
  expect(linksOf(nodes, '[a-b, { endpoints: ["a:eth0", "c:eth1"] }, b-c]')).toEqual([
    ['a:lan', 'b:eth1'],
    ['a:eth0', 'c:eth1'],
    ['b:eth2', 'c:eth2'],
  ]);
});

test('a node may have a "-" in its name', () => {
  expect(linksOf('{ core-1: { kind: switch }, h: { kind: host } }', '[core-1-h]')).toEqual([['core-1:eth1', 'h:eth1']]);
});

test('what may mean two links, or names no node, is refused where it stands', () => {
  const two = '{ a: { kind: host }, a-b: { kind: host }, b-c: { kind: host }, c: { kind: host } }';
  expect(() => linksOf(two, '[a-b-c]')).toThrow(/^4:11 .*netlab's short form/);
  expect(() => linksOf(HOSTS, '[a-d]')).toThrow(/^4:11 "a-d" is netlab's short form/);
});
