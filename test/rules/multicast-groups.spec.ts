/**
 * Multicast groups that interfaces join (MODE-01, VSW-08).
 *
 *   g1 ── p1 ┐          ┌ up1 ── sw1
 *   g2 ── p2 ┤   vsw    ┤
 *   fw:eth1 p3 ┘        └ up2 ── sw2          g2 has joined 239.1.1.1, fw 224.0.0.18
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { ms } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const G1 = '02:00:00:00:00:01';
const ROUTER = '02:00:00:00:00:fe';
const OF_G2 = '01:00:5e:01:01:01';
const OF_FW = '01:00:5e:00:00:12';
const NOBODYS = '01:00:5e:00:00:13';

function file(fw = 'groups: [224.0.0.18]', promiscuous = 'reject'): string {
  return `name: groups
topology:
  nodes:
    h: { kind: hypervisor }
    vsw: { kind: vswitch, on: h, uplinks: [up1, up2], promiscuous: ${promiscuous} }
    g1: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.11/24, mac: "${G1}" } } }
    g2: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.12/24, groups: [239.1.1.1, 239.129.1.1] } } }
    fw: { kind: firewall, on: h, use-hypervisor-mac: ${promiscuous === 'accept' ? 'off' : 'on'}, interfaces: { eth1: { ipv4: 10.0.0.1/24, ${fw} } } }
    sw1: { kind: switch }
    sw2: { kind: switch }
  links:
    - endpoints: ["g1:eth0", "vsw:p1"]
    - endpoints: ["g2:eth0", "vsw:p2"]
    - endpoints: ["fw:eth1", "vsw:p3"]
    - endpoints: ["vsw:up1", "sw1:p1"]
    - endpoints: ["vsw:up2", "sw2:p1"]
`;
}

/** Ports of the vSwitch that send a frame which came in by a port. */
function outOf(run: Run, at: string, source: string, group: string): string[] {
  run.forgetSeen().receives(`vsw:${at}`, plainFrame(source, group)).pass(ms(1));
  return run.sentBy('vsw');
}

describe('a group', () => {
  test('VSW-08a: is delivered to the ports whose guests joined it, and from a guest to one uplink', () => {
    const run = givenFile(file(), ['vsw']).pass(ms(1));
    expect(outOf(run, 'p1', G1, OF_G2)).toEqual(['p2', 'up1']);
    expect(outOf(run, 'p1', G1, OF_FW)).toEqual(['p3', 'up1']);
    expect(outOf(run, 'up1', ROUTER, OF_G2)).toEqual(['p2']);
    expect(outOf(run, 'p1', G1, NOBODYS)).toEqual(['up1']);
  });

  test('MODE-01c: is accepted by a firewall that joined it; what a promiscuous port hands it of another one is not its own', () => {
    const run = givenFile(file(undefined, 'accept')).pass(ms(1));
    run.receives('vsw:p1', plainFrame(G1, OF_FW), plainFrame(G1, NOBODYS)).pass(ms(1));
    expect(run.dropped('fw:eth1', 'no-listener')).toBe(1);
    expect(run.dropped('fw:eth1', 'not-mine')).toBe(1);
  });

  test('MODE-01c: stays joined beside the groups of IPv6', () => {
    const run = givenFile(file('groups: [224.0.0.18], ipv6: { addresses: "2001:db8::1/64" }'), ['vsw']).pass(ms(1));
    expect(outOf(run, 'p1', G1, OF_FW)).toEqual(['p3', 'up1']);
    expect(outOf(run, 'p1', G1, '33:33:ff:00:00:01')).toEqual(['p3', 'up1']);
  });

  test('MODE-01: is joined by no tap, and no unicast address is one', () => {
    expect(validated(file('groups: [224.0.0.18]').replace('eth1: { ipv4: 10.0.0.1/24,', 'eth1: { mode: tap,'))).toContainEqual(
      expect.stringContaining('fw:eth1 is no layer-3 data interface with a line of its own, so it joins no group [MODE-01]'),
    );
    expect(validated(file('groups: [10.0.0.9]'))).toEqual([
      expect.stringContaining('"10.0.0.9" is not a multicast address such as 239.1.1.1'),
    ]);
  });
});
