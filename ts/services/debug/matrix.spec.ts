import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { axesOf, COMBINATIONS_MAX, combinationsOf, combinationText, withCombination } from './matrix.ts';

const FILE = `name: x # kept
topology:
  groups: { edge: { kind: firewall } }
  nodes:
    hv1: { kind: hypervisor, platform: esxi }
    hv2: { kind: hypervisor }
    vsw1: { kind: vswitch, on: hv1 }
    fw1: { group: edge, on: hv1 }
`;

describe('a matrix', () => {
  test('has each value of one axis with each value of every other', () => {
    const combinations = combinationsOf(axesOf('policy=accept,reject,platform=esxi,kvm,nsx'));
    expect(combinations.map(combinationText)).toEqual([
      'policy=accept platform=esxi',
      'policy=accept platform=kvm',
      'policy=accept platform=nsx',
      'policy=reject platform=esxi',
      'policy=reject platform=kvm',
      'policy=reject platform=nsx',
    ]);
  });

  test.each(['', 'accept', 'a=', '=b', 'a=b,,c'])('that is none is refused: "%s"', (text) => {
    expect(() => axesOf(text)).toThrow('is no matrix');
  });

  test('has no axis twice, and a limit', () => {
    expect(() => axesOf('a=1,b=2,a=3')).toThrow('"a" is an axis twice');
    const many = Array.from({ length: COMBINATIONS_MAX + 1 }, (_, index) => index).join(',');
    expect(() => combinationsOf(axesOf(`seed=${many}`))).toThrow('at most 1000');
  });
});

describe('a combination is put into the file', () => {
  const changed = (text: string): unknown => parse(withCombination(FILE, combinationsOf(axesOf(text))[0] ?? []));

  test.each([
    ['a path', 'topology.kinds.vswitch.promiscuous=accept', { topology: { kinds: { vswitch: { promiscuous: 'accept' } } } }],
    ['a top key', 'seed=7', { seed: 7 }],
    ['a setting', 'vsw1.promiscuous=accept', { topology: { nodes: { vsw1: { on: 'hv1', promiscuous: 'accept' } } } }],
    ['a setting of a port', 'vsw1:p1.vlan=7', { topology: { nodes: { vsw1: { ports: { p1: { vlan: 7 } } } } } }],
    [
      'a property of every node that can have it',
      'platform=kvm',
      { topology: { nodes: { hv1: { platform: 'kvm' }, hv2: { platform: 'kvm' } } } },
    ],
    ['also by its group', 'packet-io=mmap', { topology: { nodes: { fw1: { 'packet-io': 'mmap' } } } }],
  ])('%s', (_, text, expected) => {
    expect(changed(text)).toMatchObject(expected);
  });

  test.each([
    ['nobody.vlan=1', 'there is no node "nobody"'],
    ['frobnicate=1', 'no node of the file has such a property'],
    ['vsw-1.promiscuous=accept', 'there is no node "vsw-1"; did you mean "vsw1"?'],
    ['plattform=kvm', 'no node of the file has such a property; did you mean "platform"?'],
  ])('%s is refused', (text, message) => {
    expect(() => changed(text)).toThrow(message);
  });
});
