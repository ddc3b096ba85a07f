/**
 * Rules ARP-01 to ARP-07: who asks, who answers, what a cache believes.
 *
 *   g1 10.0.1.11 ──┐
 *   g2 10.0.1.12 ──┤ sw ├── eth1 10.0.1.1  fw1  eth2 192.0.2.1 ──── out 192.0.2.10
 *
 * Frames of garp-frames.json are compared byte for byte.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Ipv4 } from '../../ts/values/ipv4-address.ts';
import { type ArpFrame, arpReply, arpRequest, emitArpFrame } from '../../ts/wire/arp.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { hex, vectorFrame } from '../support/frames.ts';
import {
  firewall,
  flow,
  haPair,
  host,
  hypervisor,
  ip,
  lab,
  learningSwitch,
  link,
  mac,
  ms,
  type Part,
  seconds,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const A = mac('00:50:56:aa:00:01');
const B = mac('00:50:56:bb:00:01');
const G1 = mac('00:50:56:c0:00:11');
const G2 = mac('00:50:56:c0:00:12');
const GATEWAY = ip('10.0.1.1');
const G1_IP = ip('10.0.1.11');
const G2_IP = ip('10.0.1.12');
const NOBODY = '10.0.1.99';
const WATCH = { watch: ['fw1', 'g1', 'g2'] };

afterEach(everyFrameIsAccountedFor);

type HostOptions = Parameters<typeof host>[1];

/** The drawing above, and what a test adds to it. */
function segment(g1: HostOptions = {}, ...more: readonly Part[]): Run {
  const interfaces = { eth1: { mac: A, ip: '10.0.1.1/24' }, eth2: { mac: '00:50:56:aa:00:02', ip: '192.0.2.1/24' } };
  return given(
    lab(
      hypervisor('esx1'),
      firewall('fw1', { interfaces }),
      host('g1', { mac: G1, ip: '10.0.1.11/24', gateway: GATEWAY, ...g1 }),
      host('g2', { mac: G2, ip: '10.0.1.12/24', gateway: GATEWAY }),
      host('out', { ip: '192.0.2.10/24', gateway: '192.0.2.1' }),
      learningSwitch('sw', { ports: { p1: {}, p2: {}, p3: {} } }),
      link('g1:eth0', 'sw:p1'),
      link('g2:eth0', 'sw:p2'),
      link('fw1:eth1', 'sw:p3'),
      link('fw1:eth2', 'out:eth0'),
      ...more,
    ),
    WATCH,
  );
}

/** `count` frames from g1 to an address, 1 ms apart. */
function frames(name: string, to: string, count: number, startNs: number): Part {
  return flow(name, { from: 'g1:eth0', to, intervalPs: 1e9, startNs, stopNs: startNs + count * 1e6 });
}

/** Brings an ARP frame to an interface, and lets what follows from it happen. */
function hears(run: Run, at: string, frame: ArpFrame | Uint8Array): Run {
  const bytes = frame instanceof Uint8Array ? frame : emitArpFrame(frame);
  return run.forgetSeen().receives(at, bytes).pass(ms(1));
}

/** Gives g1 an entry, by an answer to a question it might have asked. */
function knows(run: Run, address: Ipv4, at: typeof A): Run {
  return hears(run, 'g1:eth0', arpReply(at, address, G1, G1_IP));
}

/** ARP frames an interface sent, as hex. */
function arpSent(run: Run, at: string): string[] {
  return run.frames(at, 'sent').filter(isArp).map(hex);
}

function isArp(frame: Uint8Array): boolean {
  return EthernetView.over(frame)?.etherType === 0x0806;
}

function sentTimesMs(run: Run, at: string): number[] {
  return run.seen
    .filter((seen) => seen.at === at && seen.kind === 'sent' && isArp(seen.bytes))
    .map(({ atNs }) => Math.floor(atNs / 1e6));
}

describe('resolving a next hop', () => {
  test('ARP-01: the question is a broadcast, byte for byte', () => {
    const run = segment({}, frames('f', GATEWAY, 1, 0)).until(ms(10));
    expect(arpSent(run, 'g1:eth0')).toEqual([hex(vectorFrame('arp-request-g1'))]);
  });

  test('ARP-01: three packets wait for the answer and leave in order, addressed', () => {
    const run = segment({}, flow('f', { from: 'g1:eth0', to: GATEWAY, intervalPs: 100_000, stopNs: 300 })).until(ms(10));
    const data = run.frames('g1:eth0', 'sent').filter((frame) => !isArp(frame));
    expect(data.map((frame) => EthernetView.over(frame)?.dst)).toEqual([A, A, A]);
    expect(data.map((frame) => frame[49])).toEqual([0, 1, 2]);
    expect(run.flow('f')).toMatchObject({ sent: 3n, received: 3n, dropped: 0n, reordered: 0n });
  });

  test('ARP-01: the fourth packet that would wait is dropped at once', () => {
    const run = segment({}, frames('f', NOBODY, 4, 0)).until(ms(10));
    expect(run.nodeState('g1').waiting).toBe(3);
    expect(run.dropped('g1:eth0', 'neighbour-unresolved')).toBe(1);
    expect(run.said('FrameDropped', { node: 'g1' })[0]?.atNs).toBe(ms(3));
  });

  test('ARP-01: three retries one second apart, then what waited is dropped as unresolved', () => {
    const run = segment({}, frames('f', NOBODY, 3, 0)).until(seconds(4));
    expect(sentTimesMs(run, 'g1:eth0')).toEqual([0, 1000, 2000, 3000]);
    expect(run.nodeState('g1').waiting).toBe(3);
    run.until(seconds(5));
    expect(run.nodeState('g1').waiting).toBe(0);
    expect(run.dropped('g1:eth0', 'neighbour-unresolved')).toBe(3);
    expect(run.said('FrameDropped', { node: 'g1' })[0]?.atNs).toBe(seconds(4));
    expect(sentTimesMs(run, 'g1:eth0')).toHaveLength(4);
  });

  test('ARP-01: after giving up, the next packet asks anew', () => {
    const run = segment({}, frames('f', NOBODY, 1, 0), frames('g', NOBODY, 1, seconds(10))).until(seconds(11));
    expect(sentTimesMs(run, 'g1:eth0')).toEqual([0, 1000, 2000, 3000, 10_000]);
  });

  test('ARP-01: an answer that comes late still sends what waits', () => {
    const run = segment({}, frames('f', NOBODY, 1, 0)).until(ms(2500));
    knows(run, ip(NOBODY), B);
    expect(run.frames('g1:eth0', 'sent').map((frame) => EthernetView.over(frame)?.dst)).toEqual([B]);
    expect(sentTimesMs(run.until(seconds(10)), 'g1:eth0')).toEqual([]);
  });
});

describe('an entry that has aged', () => {
  test('ARP-01: for 30 s an entry is used without asking', () => {
    const run = knows(segment({}, frames('f', GATEWAY, 1, seconds(29))), GATEWAY, A).until(seconds(30));
    expect(arpSent(run, 'g1:eth0')).toEqual([]);
    expect(run.flow('f').received).toBe(1n);
  });

  test('ARP-01: after 30 s it is still used, and verified by unicast', () => {
    const run = knows(segment({}, frames('f', GATEWAY, 2, seconds(31))), GATEWAY, A).until(seconds(32));
    expect(arpSent(run, 'g1:eth0')).toEqual([hex(emitArpFrame(arpRequest(G1, G1_IP, GATEWAY, A)))]);
    expect(run.flow('f').received).toBe(2n);
  });

  test('ARP-01: an answer confirms it for another 30 s, without an event', () => {
    const late = frames('g', GATEWAY, 1, seconds(60));
    const run = knows(segment({}, frames('f', GATEWAY, 1, seconds(31)), late), GATEWAY, A).until(seconds(61));
    expect(arpSent(run, 'g1:eth0')).toHaveLength(1);
    expect(run.said('NeighbourUpdated', { node: 'g1' })).toHaveLength(1);
  });

  test('ARP-01: nobody confirms: three retries, and the entry is gone', () => {
    const run = knows(segment({}, frames('f', NOBODY, 1, seconds(31))), ip(NOBODY), B).until(seconds(40));
    expect(sentTimesMs(run, 'g1:eth0')).toEqual([31_000, 32_000, 33_000, 34_000]);
    expect(run.said('NeighbourUpdated', { node: 'g1', old: B, new: '' }).map(({ atNs }) => atNs)).toEqual([seconds(35)]);
    expect(run.neighbour('g1', NOBODY)).toBeNull();
  });

  test('ARP-01: a firewall trusts its entries for 1800 s', () => {
    const flows = [1790, 1810].map((start) => {
      const from = { from: 'out:eth0', to: G1_IP, intervalPs: 1e9, startNs: seconds(start), stopNs: seconds(start) + 1e6 };
      return flow(`at-${start}`, from);
    });
    const run = segment({}, ...flows);
    hears(run, 'fw1:eth1', arpRequest(G1, G1_IP, GATEWAY));
    run.forgetSeen().until(seconds(1800));
    expect(arpSent(run, 'fw1:eth1')).toEqual([]);
    run.until(seconds(1811));
    expect(arpSent(run, 'fw1:eth1')).toEqual([hex(emitArpFrame(arpRequest(A, GATEWAY, G1_IP, G1)))]);
  });
});

describe('answering', () => {
  test('ARP-02, MAC-03: the firewall answers with its hypervisor MAC, unicast, byte for byte', () => {
    const run = hears(segment(), 'fw1:eth1', vectorFrame('arp-request-g1'));
    expect(run.frames('fw1:eth1', 'sent').map(hex)).toEqual([hex(vectorFrame('arp-reply-a'))]);
  });

  test('ARP-02: nobody answers for an address that is not its own', () => {
    const run = hears(segment(), 'fw1:eth1', arpRequest(G1, G1_IP, ip(NOBODY)));
    expect(run.frames('fw1:eth1', 'sent')).toEqual([]);
  });

  test('ARP-02: an address is answered for only on the interface it is on', () => {
    const run = hears(segment(), 'fw1:eth2', vectorFrame('arp-request-g1'));
    expect(run.frames('fw1:eth2', 'sent')).toEqual([]);
    expect(run.frames('fw1:eth1', 'sent')).toEqual([]);
  });

  /** fw1 is active and has said so, fw2 passive; both have 10.0.1.1 and no cable on eth1 but the one frames are put on. */
  function pair(useHypervisorMac: boolean): Run {
    const unit = (name: string, data: string, ha1: string, other: string): Part[] => [
      firewall(name, { useHypervisorMac, interfaces: { eth1: { mac: data, ip: '10.0.1.1/24' }, ha1: { mac: ha1 } } }),
      host(other, { ip: '10.0.1.50/24' }),
      link(`${name}:eth1`, `${other}:eth0`),
    ];
    const units = [...unit('fw1', A, '00:50:56:aa:00:f1', 'h1'), ...unit('fw2', B, '00:50:56:bb:00:f1', 'h2')];
    const run = given(lab(hypervisor('esx1'), ...units, link('fw1:ha1', 'fw2:ha1'), haPair('fw1', 'fw2')), {
      watch: ['fw1', 'fw2'],
    });
    return run.until(seconds(20));
  }

  test('ARP-02, MAC-05: with the option off the active unit answers with the virtual MAC, byte for byte', () => {
    const run = hears(pair(false), 'fw1:eth1', vectorFrame('arp-request-g1'));
    expect(run.frames('fw1:eth1', 'sent').map(hex)).toEqual([hex(vectorFrame('arp-reply-a-virtual'))]);
  });

  test.each([true, false])('ARP-02: the passive unit does not answer (option %s)', (useHypervisorMac) => {
    const run = hears(pair(useHypervisorMac), 'fw2:eth1', vectorFrame('arp-request-g1'));
    expect(run.frames('fw2:eth1', 'sent')).toEqual([]);
    expect(run.dropsAt('fw2')).toEqual(['eth1 ha-not-active']);
  });
});

describe('what a cache believes', () => {
  test.each(['garp-request-b', 'garp-reply-b'])('ARP-03, ARP-05: %s refreshes an entry that is there', (id) => {
    const run = hears(knows(segment(), GATEWAY, A), 'g1:eth0', vectorFrame(id));
    expect(run.neighbour('g1', GATEWAY)).toBe(B);
    expect(run.said('NeighbourUpdated', { node: 'g1' }).at(-1)?.data).toMatchObject({ ip: GATEWAY, old: A, new: B });
  });

  test.each(['garp-request-b', 'garp-reply-b'])('ARP-03, ARP-05: %s creates no entry', (id) => {
    const run = hears(segment(), 'g2:eth0', vectorFrame(id));
    expect(run.neighbour('g2', GATEWAY)).toBeNull();
    expect(run.said('NeighbourUpdated', { node: 'g2' })).toEqual([]);
  });

  test('ARP-03: a cache that accepts unsolicited ARP creates one', () => {
    const run = hears(segment({ acceptUnsolicited: true }), 'g1:eth0', vectorFrame('garp-request-b'));
    expect(run.neighbour('g1', GATEWAY)).toBe(B);
  });

  test('ARP-03: who is asked learns who asks', () => {
    const run = hears(segment(), 'fw1:eth1', vectorFrame('arp-request-g1'));
    expect(run.neighbour('fw1', G1_IP)).toBe(G1);
  });

  test('ARP-03: any question of a known neighbour refreshes it, a question of a stranger to a third does not', () => {
    const run = knows(segment(), G2_IP, G2);
    hears(run, 'g1:eth0', arpRequest(B, G2_IP, GATEWAY));
    hears(run, 'g1:eth0', arpRequest(A, GATEWAY, G2_IP));
    expect(run.neighbour('g1', G2_IP)).toBe(B);
    expect(run.neighbour('g1', GATEWAY)).toBeNull();
  });

  test('ARP-03: packets follow a refreshed entry at once', () => {
    const run = knows(segment({}, frames('f', GATEWAY, 1, seconds(1))), GATEWAY, A);
    hears(run, 'g1:eth0', vectorFrame('garp-request-b')).forgetSeen().until(seconds(2));
    expect(run.frames('g1:eth0', 'sent').map((frame) => EthernetView.over(frame)?.dst)).toEqual([B]);
  });

  test('ARP-03: a repeated announcement changes nothing and says nothing', () => {
    const run = knows(segment(), GATEWAY, A);
    const before = run.events.length;
    hears(run, 'g1:eth0', vectorFrame('garp-request-a'));
    expect(run.events.slice(before).map(({ type }) => type)).toEqual(['FramesReceived', 'TimeAdvanced']);
  });

  test('ARP-03: a static entry never changes', () => {
    const run = knows(segment({ arpProfile: 'static' }), GATEWAY, A);
    hears(run, 'g1:eth0', vectorFrame('garp-request-b'));
    expect(run.neighbour('g1', GATEWAY)).toBe(A);
    expect(run.said('NeighbourUpdateRefused')[0]?.data).toMatchObject({ node: 'g1', asked: B, reason: 'static-entry' });
  });

  test('HA-18: a neighbour that ignores gratuitous ARP keeps the old pairing, until it is told otherwise than for free', () => {
    const run = knows(segment({ ignoreGratuitous: true }), GATEWAY, A);
    hears(run, 'g1:eth0', vectorFrame('garp-request-b'));
    hears(run, 'g1:eth0', vectorFrame('garp-reply-b'));
    expect(run.neighbour('g1', GATEWAY)).toBe(A);
    expect(run.said('NeighbourUpdateRefused').map(({ data }) => data.reason)).toEqual(['ignore-gratuitous', 'ignore-gratuitous']);
    hears(run, 'g1:eth0', arpRequest(B, GATEWAY, G1_IP));
    expect(run.neighbour('g1', GATEWAY)).toBe(B);
  });

  test('ARP-06: a probe updates no cache', () => {
    const run = hears(knows(segment(), GATEWAY, A), 'g1:eth0', vectorFrame('arp-probe-b'));
    expect(run.neighbour('g1', GATEWAY)).toBe(A);
    expect(run.neighbour('g1', '0.0.0.0')).toBeNull();
  });

  test('ARP-06: the owner answers a probe, and remembers no one at 0.0.0.0', () => {
    const run = hears(segment(), 'fw1:eth1', vectorFrame('arp-probe-b'));
    expect(run.frames('fw1:eth1', 'sent').map(hex)).toEqual([hex(emitArpFrame(arpReply(A, GATEWAY, B, ip('0.0.0.0'))))]);
    expect(run.neighbour('fw1', '0.0.0.0')).toBeNull();
    expect(run.said('AddressConflict')).toEqual([]);
  });
});

describe('two segments of one node', () => {
  const SERVER = ip('192.0.2.10');
  const SERVER_MAC = mac('00:50:56:c0:00:10');

  /** g1 sends 100 frames through the firewall to a server; `out` is what the firewall knows it as. */
  function through(): Run {
    const run = segment({}, frames('f', SERVER, 100, seconds(1)));
    hears(run, 'fw1:eth2', arpReply(SERVER_MAC, SERVER, mac('00:50:56:aa:00:02'), ip('192.0.2.1')));
    return hears(run, 'fw1:eth2', arpRequest(SERVER_MAC, SERVER, ip('192.0.2.1')));
  }

  /** Destinations of the data frames that the firewall sent to the server's segment. */
  function destinations(run: Run): Set<string | undefined> {
    const data = run.frames('fw1:eth2', 'sent').filter((frame) => !isArp(frame));
    return new Set(data.map((frame) => EthernetView.over(frame)?.dst));
  }

  test.each([
    ['a question for the firewall', arpRequest(B, SERVER, GATEWAY)],
    ['a gratuitous request', arpRequest(B, SERVER, SERVER)],
    ['an answer', arpReply(B, SERVER, A, GATEWAY)],
  ])('ARP-03: %s heard on segment B leaves the entry of segment A, and every frame still follows it', (_, stray) => {
    const run = through();
    hears(run, 'fw1:eth1', stray).forgetSeen().until(seconds(2));
    expect(run.neighbour('fw1', SERVER, 'eth2')).toBe(SERVER_MAC);
    expect(destinations(run)).toEqual(new Set([SERVER_MAC]));
    expect(run.said('NeighbourUpdated', { node: 'fw1', ip: SERVER, interface: 'eth2' })).toHaveLength(1);
  });

  test('ARP-03: an address asked from on both segments has an entry on each, and they change apart', () => {
    const run = through();
    hears(run, 'fw1:eth1', arpRequest(B, SERVER, GATEWAY));
    expect(run.neighbour('fw1', SERVER, 'eth1')).toBe(B);
    hears(run, 'fw1:eth1', arpRequest(G2, SERVER, GATEWAY));
    expect([run.neighbour('fw1', SERVER, 'eth1'), run.neighbour('fw1', SERVER, 'eth2')]).toEqual([G2, SERVER_MAC]);
    expect(
      run.said('NeighbourUpdated', { node: 'fw1', ip: SERVER }).map(({ data }) => [data.interface, data.old, data.new]),
    ).toEqual([
      ['eth2', '', SERVER_MAC],
      ['eth1', '', B],
      ['eth1', B, G2],
    ]);
  });

  test('ARP-01: an answer on segment B does not send what waits for the address on segment A', () => {
    const run = segment({}, frames('f', ip('192.0.2.77'), 1, 0)).until(ms(500));
    hears(run, 'fw1:eth1', arpRequest(B, ip('192.0.2.77'), GATEWAY));
    expect(run.nodeState('fw1').waiting).toBe(1);
    hears(run, 'fw1:eth2', arpReply(G2, ip('192.0.2.77'), mac('00:50:56:aa:00:02'), ip('192.0.2.1')));
    expect(destinations(run)).toEqual(new Set([G2]));
  });
});

describe('conflicts', () => {
  const foreign = vectorFrame('garp-request-b');
  const defence = hex(vectorFrame('garp-request-a'));

  test('ARP-04, ARP-07: hearing its own address from a foreign MAC, the firewall says so and defends it, byte for byte', () => {
    const run = hears(segment(), 'fw1:eth1', foreign);
    expect(run.said('AddressConflict').map(({ data }) => data)).toEqual([{ node: 'fw1', interface: 'eth1', ip: GATEWAY, mac: B }]);
    expect(arpSent(run, 'fw1:eth1')).toEqual([defence]);
  });

  test('ARP-07: 5 s later it says so again, but does not defend; after 10 s it does', () => {
    const run = hears(segment(), 'fw1:eth1', foreign);
    hears(run.until(seconds(5)), 'fw1:eth1', foreign);
    expect(run.said('AddressConflict')).toHaveLength(2);
    expect(arpSent(run, 'fw1:eth1')).toEqual([]);
    hears(run.until(seconds(11)), 'fw1:eth1', foreign);
    expect(run.said('AddressConflict')).toHaveLength(3);
    expect(arpSent(run, 'fw1:eth1')).toEqual([defence]);
  });

  test('ARP-07: its own announcement coming back is no conflict', () => {
    const run = hears(segment(), 'fw1:eth1', vectorFrame('garp-request-a'));
    expect(run.said('AddressConflict')).toEqual([]);
    expect(run.frames('fw1:eth1', 'sent')).toEqual([]);
  });

  test('ARP-07: the defence brings neighbours back to the owner', () => {
    const run = knows(segment(), GATEWAY, A);
    hears(run, 'sw:p2', foreign);
    expect(run.said('NeighbourUpdated', { node: 'g1', ip: GATEWAY }).map(({ data }) => data.new)).toEqual([A, B, A]);
  });
});
