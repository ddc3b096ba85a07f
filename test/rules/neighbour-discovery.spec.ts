/**
 * Rules ND-01 to ND-03, EUI-01 to EUI-03: what an IPv6 cache believes, and what a failover does to addresses.
 *
 *   pc 2001:db8:1::11 ── sw ── eth0 2001:db8:1::1  gw  eth1 2001:db8:2::1 ── far 2001:db8:2::10
 *
 * Frames of garp-frames.json come in byte for byte.
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Ipv6 } from '../../ts/values/ipv6-address.ts';
import { describeFrame } from '../../ts/wire/describe.ts';
import { ETHERTYPE, emitEthernet, parseEthernet } from '../../ts/wire/ethernet.ts';
import { emitIcmp6Echo, parseIcmp6Echo, parseIcmp6Error } from '../../ts/wire/icmp6.ts';
import { emitIpv6Packet, NEXT_HEADER, parseIpv6Packet } from '../../ts/wire/ipv6.ts';
import { emitDiscovery, type NeighbourAdvertisement } from '../../ts/wire/neighbour-discovery.ts';
import { vectorFrame } from '../support/frames.ts';
import { mac, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

const A = mac('00:50:56:aa:00:01');
const B = mac('00:50:56:bb:00:01');
const PC = mac('00:50:56:c0:00:11');
const GW = '2001:db8:1::1' as Ipv6;
const PC_IP = '2001:db8:1::11' as Ipv6;

afterEach(everyFrameIsAccountedFor);

function segment({ profile = 'linux', flow = '', mtu = 1500, size = 128 } = {}): Run {
  return givenFile(
    `name: nd
topology:
  nodes:
    pc:
      kind: host
      arp-profile: ${profile}
      ipv6-gateway: ${GW}
      interfaces: { eth0: { mac: ${PC}, ipv4: 10.0.1.11/24, ipv6: { addresses: ${PC_IP}/64 } } }
    gw:
      kind: router
      interfaces:
        eth0: { mac: ${A}, ipv4: 10.0.1.1/24, ipv6: { addresses: ${GW}/64 } }
        eth1: { ipv4: 10.0.2.1/24, mtu: ${mtu}, ipv6: { addresses: "2001:db8:2::1/64" } }
    far: { kind: host, ipv6-gateway: "2001:db8:2::1", interfaces: { eth0: { ipv4: 10.0.2.10/24, mtu: ${mtu}, ipv6: { addresses: "2001:db8:2::10/64" } } } }
    sw: { kind: switch }
  links:
    - endpoints: ["pc:eth0", "sw:p1"]
    - endpoints: ["gw:eth0", "sw:p2"]
    - endpoints: ["gw:eth1", "far:eth0"]
${flow === '' ? '' : `flows:\n  f: { from: "pc:eth0", to: "${flow}", rate: 1, size: ${size}, start: 1s, stop: 3.5s }`}
duration: 60s
`,
    ['pc', 'gw', 'far'],
  );
}

/** The cache of pc holds the gateway at A, as an answer to a question of its own. */
function knowing(profile = 'linux'): Run {
  const run = segment({ profile, flow: '2001:db8:2::10' }).until(seconds(1.5));
  expect(run.neighbour('pc', GW)).toBe(A);
  return run.forgetSeen();
}

function advertisement(said: Partial<NeighbourAdvertisement>, from = B, to = 'ff02::1', dst = '33:33:00:00:00:01'): Uint8Array {
  const message = {
    kind: 'advertisement',
    target: GW,
    isRouter: true,
    isSolicited: false,
    overrides: true,
    mac: from,
    ...said,
  } as const;
  return emitEthernet({ dst: mac(dst), src: from, etherType: ETHERTYPE.ipv6, payload: emitDiscovery(message, GW, to as Ipv6) });
}

describe('what an IPv6 cache believes', () => {
  test.each(['linux', 'vm-host', 'firewall'])('ND-02: an advertisement with override moves an entry at once (%s)', (profile) => {
    const run = knowing(profile).receives('pc:eth0', vectorFrame('una-b')).until(seconds(2.2));
    expect(run.neighbour('pc', GW)).toBe(B);
    expect(run.said('NeighbourUpdated', { node: 'pc', ip: GW }).at(-1)?.data).toMatchObject({ old: A, new: B });
    // It is stale: the next packet is sent to B all the same.
    expect(run.frames('pc:eth0', 'sent').map((frame) => parseEthernet(frame)?.dst)).toContain(B);
  });

  test('ND-02: a stale entry is verified by unicast five seconds after its next use', () => {
    const run = knowing().receives('pc:eth0', vectorFrame('una-b')).until(seconds(7.5));
    const asked = run
      .frames('pc:eth0', 'sent')
      .map(describeFrame)
      .filter((text) => text.includes('who-has'));
    expect(asked[0]).toBe(`${PC} > ${B} IPv6 ${PC_IP} > ${GW} ICMPv6 who-has ${GW} source ${PC}`);
  });

  test('ND-02: an advertisement makes no entry', () => {
    const run = segment().receives('pc:eth0', vectorFrame('una-b')).until(seconds(1));
    expect(run.neighbour('pc', GW)).toBeNull();
  });

  test('ND-03: without override an entry with another MAC stays, and is verified', () => {
    const run = knowing().receives('pc:eth0', vectorFrame('una-b-no-override')).until(seconds(7.5));
    expect(run.neighbour('pc', GW)).toBe(A);
    expect(run.said('NeighbourUpdated', { node: 'pc' })).toHaveLength(1);
    const asked = run
      .frames('pc:eth0', 'sent')
      .map(describeFrame)
      .filter((text) => text.includes('who-has'));
    expect(asked[0]).toBe(`${PC} > ${A} IPv6 ${PC_IP} > ${GW} ICMPv6 who-has ${GW} source ${PC}`);
  });

  test('ND-03: without an advertisement a confirmed entry is not verified in that time', () => {
    const run = knowing().until(seconds(7.5));
    expect(
      run
        .frames('pc:eth0', 'sent')
        .map(describeFrame)
        .filter((text) => text.includes('who-has')),
    ).toEqual([]);
  });

  test('ND-02: an advertisement that a router passed on is none', () => {
    const frame = advertisement({});
    frame[14 + 7] = 254;
    expect(knowing().receives('pc:eth0', frame).until(seconds(2)).neighbour('pc', GW)).toBe(A);
  });
});

describe('resolving and answering', () => {
  test('ND-01: the question goes to the solicited-node group, the answer back with R, S and O', () => {
    const run = segment({ flow: '2001:db8:2::10' }).until(seconds(1.5));
    const texts = run.frames('pc:eth0', 'sent').map(describeFrame);
    expect(texts[0]).toBe(`${PC} > 33:33:ff:00:00:01 IPv6 ${PC_IP} > ff02::1:ff00:1 ICMPv6 who-has ${GW} source ${PC}`);
    expect(run.frames('gw:eth0', 'sent').map(describeFrame)[0]).toBe(
      `${A} > ${PC} IPv6 ${GW} > ${PC_IP} ICMPv6 ${GW} is-at ${A} [RSO]`,
    );
    expect(run.flow('f')).toMatchObject({ sent: 1n, received: 1n });
  });

  test('ND-01: nobody answers for an address that is not its own: three questions, then the packets are dropped', () => {
    const run = segment({ flow: '2001:db8:1::99' }).until(seconds(10));
    const asked = run
      .frames('pc:eth0', 'sent')
      .map(describeFrame)
      .filter((text) => text.includes('who-has 2001:db8:1::99'));
    expect(asked).toHaveLength(3);
    expect(run.dropped('pc:eth0', 'neighbour-unresolved')).toBe(3);
  });

  test('a node answers a ping, and a packet for the far side loses one hop', () => {
    const run = knowing();
    const ends = { src: PC_IP, dst: GW };
    const payload = emitIcmp6Echo({ kind: 'request', id: 7, seq: 1, payload: new Uint8Array(8) }, ends);
    const packet = { trafficClass: 0, flowLabel: 0, nextHeader: NEXT_HEADER.icmp6, hopLimit: 64, ...ends, payload };
    run
      .receives('gw:eth0', emitEthernet({ dst: A, src: PC, etherType: ETHERTYPE.ipv6, payload: emitIpv6Packet(packet) }))
      .until(seconds(1.6));
    const sent = run.frames('gw:eth0', 'sent').map((frame) => parseIpv6Packet(parseEthernet(frame)?.payload ?? new Uint8Array(0)));
    expect(sent.map((one) => one && parseIcmp6Echo(one.payload, one))).toContainEqual({
      kind: 'reply',
      id: 7,
      seq: 1,
      payload: new Uint8Array(8),
    });
    run.until(seconds(2.5));
    const arrived = run
      .frames('far:eth0', 'received')
      .map((frame) => parseIpv6Packet(parseEthernet(frame)?.payload ?? new Uint8Array(0)));
    expect(arrived.find((one) => one?.nextHeader === NEXT_HEADER.udp)?.hopLimit).toBe(63);
  });

  test('a packet above the MTU of the way is dropped, and its sender is told that MTU', () => {
    const run = segment({ flow: '2001:db8:2::10', mtu: 1400, size: 1514 }).until(seconds(1.5));
    expect(run.dropped('gw:eth1', 'mtu-exceeded')).toBe(1);
    const errors = run
      .frames('pc:eth0', 'received')
      .map((frame) => parseIpv6Packet(parseEthernet(frame)?.payload ?? new Uint8Array(0)));
    expect(errors.map((one) => one && parseIcmp6Error(one.payload, one)).filter((one) => one != null)).toEqual([
      { problem: 'packet-too-big', mtu: 1400, src: PC_IP, dst: '2001:db8:2::10', protocol: NEXT_HEADER.udp },
    ]);
  });
});

describe('addresses made from MACs', () => {
  const lab = (name: string) => readFileSync(`labs/${name}.lab.yml`, 'utf8');

  test('EUI-01, EUI-02: a failover changes the EUI-64 address of the pair, and HaFailure says from what to what', () => {
    const run = givenFile(lab('eui64-failover')).until(seconds(20.5)).command('crash fw1').until(seconds(31));
    expect(run.said('HaFailure').map(({ data }) => data)).toEqual([
      {
        node: 'fw2',
        interface: 'eth1',
        reason: 'ipv6-interface-id-changed',
        old: '2001:db8:1:0:250:56ff:feaa:1',
        new: '2001:db8:1:0:250:56ff:febb:1',
      },
    ]);
  });

  test('EUI-02: a pair with the virtual MAC keeps the address', () => {
    const text = lab('eui64-failover').replace('use-hypervisor-mac: on', 'use-hypervisor-mac: off').replaceAll('reject', 'accept');
    const run = givenFile(text).until(seconds(20.5)).command('crash fw1').until(seconds(31));
    expect(run.said('HaStateChanged', { node: 'fw2', to: 'active' })).toHaveLength(1);
    expect(run.said('HaFailure')).toEqual([]);
  });

  test('EUI-03: validate foresees it, and nothing of the kind for a stable address', () => {
    expect(validated(lab('eui64-failover')).filter((line) => line.includes('[EUI-03]'))).toHaveLength(2);
    expect(validated(lab('stable-address-failover')).filter((line) => line.includes('EUI'))).toEqual([]);
  });

  test('EUI-03: a commit that turns the option on is warned of for each interface with such an address, and refused in a strict pair', () => {
    const text = lab('eui64-failover').replace('use-hypervisor-mac: on', 'use-hypervisor-mac: off').replaceAll('reject', 'accept');
    const run = givenFile(text).until(seconds(20)).command('commit fw1 use-hypervisor-mac on');
    const [warning, ...more] = run.said('HaConfigWarning', { code: 'eui64-with-hypervisor-mac' });
    expect(warning?.data).toMatchObject({ node: 'fw1', text: expect.stringContaining('fw1:eth1 in 2001:db8:1::/64') });
    expect(run.event(warning?.cause ?? 0).type).toBe('MacOptionChanged');
    expect(more).toEqual([]);
    const strict = givenFile(text.replace('members:', 'strict: on\n    members:')).until(seconds(20));
    strict.command('commit fw1 use-hypervisor-mac on').command('commit fw2 use-hypervisor-mac off');
    expect(strict.said('CommandRefused').map(({ data }) => data.reasons.join())).toEqual([
      expect.stringContaining('eui64-with-hypervisor-mac'),
    ]);
    expect(strict.said('MacOptionChanged')).toEqual([]);
  });

  test('EUI-03: a strict pair whose file turns the option on is no lab', () => {
    const text = lab('eui64-failover').replace('members:', 'strict: on\n    members:');
    expect(validated(text).filter((line) => line.includes('error') && line.includes('EUI-03'))).toHaveLength(2);
  });

  test('ND-01: a unit that becomes active announces each address three times, one second apart', () => {
    const run = givenFile(lab('stable-address-failover'), ['fw2']).until(seconds(20.5)).command('crash fw1').until(seconds(40));
    const sent = run.said('AdvertisementSent', { node: 'fw2', interface: 'eth2', ip: '2001:db8:2::1' });
    expect(sent.map(({ atNs, data }) => [atNs, data.seq, data.router])).toEqual([
      [seconds(30), 1, true],
      [seconds(31), 2, true],
      [seconds(32), 3, true],
    ]);
    expect(run.frames('fw2:eth2', 'sent').map(describeFrame)).toContain(
      '00:50:56:bb:00:02 > 33:33:00:00:00:01 IPv6 2001:db8:2::1 > ff02::1 ICMPv6 2001:db8:2::1 is-at 00:50:56:bb:00:02 [RO]',
    );
  });

  test('ND-01: a MAC that changes while the firewall runs is announced three times', () => {
    const text = lab('stable-address-failover').replaceAll('reject', 'accept');
    const run = givenFile(text).until(seconds(20)).command('commit fw1 use-hypervisor-mac off').until(seconds(24));
    const sent = run.said('AdvertisementSent', { node: 'fw1', interface: 'eth2', ip: '2001:db8:2::1' });
    const after = sent.filter(({ atNs }) => atNs >= seconds(20));
    expect(after.map(({ atNs, data }) => [atNs, data.seq])).toEqual([
      [seconds(20), 1],
      [seconds(21), 2],
      [seconds(22), 3],
    ]);
    expect(new Set(after.map(({ data }) => data.mac))).toEqual(
      new Set([run.said('MacAddressChanged', { node: 'fw1', interface: 'eth2' }).at(-1)?.data.new]),
    );
  });

  test('MAC-09f: a commit that changes the MACs announces every IPv6 address of every interface in its instant; the passive unit is silent', () => {
    const text = lab('stable-address-failover').replaceAll('reject', 'accept');
    const run = givenFile(text).until(seconds(20));
    for (const unit of ['fw1', 'fw2']) run.command(`commit ${unit} use-hypervisor-mac off`);
    const sent = run.said('AdvertisementSent').filter(({ atNs }) => atNs === seconds(20));
    const wanted = ['eth1', 'eth2'].flatMap(
      (name) => run.state.addresses6[`fw1:${name}`]?.map(({ ip }) => `fw1 ${name} ${ip}`) ?? [],
    );
    expect(wanted).toHaveLength(4);
    expect(sent.map(({ data }) => `${data.node} ${data.interface} ${data.ip}`).sort()).toEqual(wanted.sort());
    for (const { data } of sent) expect(data.mac).toBe(run.state.interfaces[`fw1:${data.interface}`]?.usedMac);
  });

  test('MAC-03d: with the option on every advertisement carries the MAC that the hypervisor gave the interface', () => {
    const run = givenFile(lab('stable-address-failover'), ['fw1']).until(seconds(20));
    for (const [port, own] of [
      ['fw1:eth1', '00:50:56:aa:00:01'],
      ['fw1:eth2', '00:50:56:aa:00:02'],
    ] as const) {
      const said = run
        .frames(port, 'sent')
        .map(describeFrame)
        .filter((text) => text.includes(' is-at '));
      expect(new Set(said.map((text) => / is-at (\S+)/.exec(text)?.[1]))).toEqual(new Set([own]));
      expect(new Set(said.map((text) => text.slice(0, own.length)))).toEqual(new Set([own]));
      if (port === 'fw1:eth1') expect(said.filter((text) => text.endsWith('[RSO]')).length).toBeGreaterThan(0);
    }
  });

  test('HA-16g: a unit that becomes active sends advertisements in the instant of its first gratuitous ARP', () => {
    const run = givenFile(lab('stable-address-failover')).until(seconds(20.5)).command('crash fw1').until(seconds(31));
    const [garp] = run.said('GarpSent', { node: 'fw2' });
    const first = run.said('AdvertisementSent', { node: 'fw2' });
    expect(first.length).toBeGreaterThan(0);
    expect(first.slice(0, 4).map(({ atNs, cause }) => [atNs, cause])).toEqual(Array(4).fill([garp?.atNs, garp?.cause]));
  });

  test('ND-01: a host keeps its default route where the advertisement has the router flag, and loses it where it has not', () => {
    const lost = (text: string) =>
      givenFile(text)
        .until(seconds(20.5))
        .command('crash fw1')
        .until(seconds(33))
        .said('DefaultRouterChanged', { reason: 'router-flag' })
        .filter(({ atNs }) => atNs > seconds(20));
    expect(lost(lab('ra-router-flag'))).toHaveLength(1);
    expect(lost(lab('ra-router-flag').replaceAll(', router-flag: off', ''))).toEqual([]);
  });
});
