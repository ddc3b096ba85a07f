/**
 * A failover that loses frames, among things that have nothing to do with it:
 *
 *   a ── vsw ── b     c ── sw ── d      a changes its MAC at 2 s, and vsw rejects that; c's cable is pulled and plugged
 */
import { expect, test } from 'vitest';
import { labOf } from '../../../test/support/recorded-lab.ts';
import { partsOf, withParts } from './file-parts.ts';
import { type ShrinkOrder, shrinkFile } from './shrink-file.ts';

const FILE = `
name: crowded
topology:
  nodes:
    esx: { kind: hypervisor, platform: esxi }
    vsw: { kind: vswitch, on: esx, mac-changes: accept } # where it happens
    a: { kind: host, on: esx, interfaces: { eth0: { ipv4: 10.0.0.1/24, mac: 00:50:56:00:00:01 } } }
    b: { kind: host, on: esx, interfaces: { eth0: { ipv4: 10.0.0.2/24, mac: 00:50:56:00:00:02 } } }
    sw: { kind: switch }
    c: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    d: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links:
    - endpoints: ["a:eth0", "vsw:p1"]
    - endpoints: ["b:eth0", "vsw:p2"]
    - endpoints: ["c:eth0", "sw:p1"]
    - endpoints: ["d:eth0", "sw:p2"]
flows:
  up: { from: a:eth0, to: 10.0.0.2, rate: 10, start: 1s, stop: 4s }
  down: { from: b:eth0, to: 10.0.0.1, rate: 10, start: 1s, stop: 4s }
  other: { from: c:eth0, to: 10.0.1.2, rate: 10, start: 1s, stop: 4s }
duration: 5s
steps:
  - { at: 1500ms, run: "link down sw:p1" }
  - { at: 2s, run: "guest-mac a:eth0 00:50:56:00:00:77" }
  - { at: 2500ms, run: "link up sw:p1" }
  - { at: 3s, run: "arp clear c" }
validate:
  fine: { description: All is well., expect: [{ flow: other, lost: { max: 0 } }] }
`;

/** A flow to a host that was left out fails, too, and is another failure. */
const ARRIVES = '{ flow: down, received: { min: 5 } }';
const order: ShrinkOrder = { text: FILE, path: 'crowded.lab.yml', check: '{ flow: down, lost: { max: 0 } }', keep: [ARRIVES] };

test('what is left is what the failure needs, and the file still fails when it is run', () => {
  const { text, before, after, failures, runs, limited, lab } = shrinkFile(order);
  expect(before).toEqual({ flows: 3, nodes: 7, links: 4, steps: 4 });
  expect(after).toEqual({ flows: 1, nodes: 4, links: 2, steps: 1 });
  expect(failures).toEqual([expect.stringContaining('frames of down lost, expected at most 0')]);
  expect({ lab, limited }).toEqual({ lab: 'crowded', limited: false });
  expect(runs).toBeLessThan(60);
  const { script } = labOf(text);
  expect(script.steps.map(({ command }) => command)).toEqual(['guest-mac a:eth0 00:50:56:00:00:77']);
  expect(script.checks.map(({ name }) => name)).toEqual(['fails', 'holds']);
  expect(text).toContain('# where it happens');
});

test('links in the short form go with their nodes, and those that stay keep their interfaces', () => {
  const text = FILE.replace('- endpoints: ["c:eth0", "sw:p1"]', '- c-sw # first').replace(
    '- endpoints: ["d:eth0", "sw:p2"]',
    '- d-sw',
  );
  const short = {
    ...order,
    text: text.replaceAll('sw:p1', 'sw:eth1'),
    check: '{ flow: other, lost: { max: 0 } }',
    keep: ['{ flow: other, received: { min: 5 } }'],
  };
  const { after, text: smallest } = shrinkFile(short);
  expect(after).toEqual({ flows: 1, nodes: 3, links: 2, steps: 1 });
  expect(smallest).toContain('- { endpoints: [ c:eth0, sw:eth1 ] } # first');
  expect(shrinkFile({ ...short, check: order.check, keep: order.keep }).after).toEqual({ flows: 1, nodes: 4, links: 2, steps: 1 });
});

test('what has to go on holding keeps what it needs', () => {
  const { after, text } = shrinkFile({ ...order, keep: [ARRIVES, '{ flow: other, received: { min: 10 } }'] });
  expect(after).toEqual({ flows: 2, nodes: 7, links: 4, steps: 1 });
  expect(labOf(text).script.checks.map(({ name }) => name)).toEqual(['fails', 'holds']);
});

test('where runs are at their limit, the smallest file so far is the answer, and the answer says so', () => {
  const { limited, runs, after } = shrinkFile({ ...order, runsMax: 3 });
  expect(limited).toBe(true);
  expect(runs).toBeLessThanOrEqual(3);
  expect(after.nodes).toBeGreaterThan(4);
});

test('an expectation that holds, one that the file refuses, and one that has to hold and does not, are refused', () => {
  expect(() => shrinkFile({ ...order, check: '{ flow: up, sent: 3 }' })).toThrow('with this expectation the file is invalid');
  expect(() => shrinkFile({ ...order, check: '{ flow: down, lost: { min: 1 } }' })).toThrow('there is no failure to shrink');
  expect(() => shrinkFile({ ...order, keep: ['{ flow: other, lost: { max: 0 } }'] })).toThrow('does not hold: ');
});

test('with a node go its links, its flows and its steps', () => {
  const { text, left } = withParts(
    FILE,
    partsOf(FILE).filter(({ key }) => key !== 'sw'),
  );
  expect(left.filter(({ kind }) => kind === 'links')).toHaveLength(2);
  expect(text).not.toContain('link down sw:p1');
  expect(text).toContain('arp clear c');
});
