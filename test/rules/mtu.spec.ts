/**
 * Rule JUM-01: how large a packet may be where it leaves, and a frame where it arrives.
 *
 *   g1 10.0.1.11 ── p1  sw  p2 ── eth1 10.0.1.1  fw1  eth2 192.0.2.1 ──── eth0  out 192.0.2.10
 *
 * A packet is larger than the MTU, a frame than MTU and header: the two never differ by anything else.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { emitEthernet } from '../../ts/wire/ethernet.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../ts/wire/ipv4.ts';
import { strangerMac } from '../support/frames.ts';
import {
  firewall,
  flow,
  host,
  hypervisor,
  ip,
  lab,
  learningSwitch,
  link,
  mac,
  ms,
  nic,
  type Part,
  vswitch,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import platform from '../vectors/platform.json' with { type: 'json' };

const A = '00:50:56:aa:00:01';
const G1 = '00:50:56:c0:00:11';
const HEADER = 14;
/** Of every port of a switch that says no other. */
const LARGEST_MTU = 9216;

afterEach(everyFrameIsAccountedFor);

interface Mtus {
  readonly g1?: number;
  readonly eth1?: number;
  readonly eth2?: number;
  readonly out?: number;
}

/** The drawing above. Interfaces are jumbo unless told otherwise. */
function scene(mtus: Mtus, ...more: readonly Part[]): Run {
  const { g1 = LARGEST_MTU, eth1 = LARGEST_MTU, eth2 = LARGEST_MTU, out = LARGEST_MTU } = mtus;
  const interfaces = { eth1: { mac: A, ip: '10.0.1.1/24', mtu: eth1 }, eth2: { ip: '192.0.2.1/24', mtu: eth2 } };
  return given(
    lab(
      hypervisor('esx1'),
      firewall('fw1', { interfaces }),
      host('g1', { mac: G1, ip: '10.0.1.11/24', gateway: '10.0.1.1', mtu: g1 }),
      host('out', { ip: '192.0.2.10/24', gateway: '192.0.2.1', mtu: out }),
      learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
      link('g1:eth0', 'sw:p1'),
      link('fw1:eth1', 'sw:p2'),
      link('fw1:eth2', 'out:eth0'),
      ...more,
    ),
    { watch: ['fw1', 'sw'] },
  );
}

/** An SR-IOV NIC whose functions have an MTU of 1500. */
function narrowNic(): Part {
  const whole = nic('sw', { vfs: [{}] });
  return { ...whole, interfaces: whole.interfaces?.map((iface) => ({ ...iface, mtu: 1500 })) ?? [] };
}

/** Ten frames of a packet size from g1 through the firewall. */
function packets(bytes: number): Part {
  return flow('f', { from: 'g1:eth0', to: '192.0.2.10', intervalPs: 1e9, frameBytes: bytes + HEADER, stopNs: ms(10) });
}

/** How many of them came through. */
function passed(mtus: Mtus, bytes: number): Run {
  return scene(mtus, packets(bytes)).until(ms(20));
}

/** A frame of a packet of `bytes` from g1 for the other side of the firewall. */
function frameOf(bytes: number, dontFragment = true): Uint8Array {
  const header = { tos: 0, id: 0, dontFragment, ttl: 64, protocol: IP_PROTOCOL.udp, src: ip('10.0.1.11'), dst: ip('192.0.2.10') };
  const payload = emitIpv4Packet({ ...header, payload: new Uint8Array(bytes - 20) });
  return emitEthernet({ src: mac(G1), dst: mac(A), etherType: 0x0800, payload });
}

describe('the MTU of the interface a packet leaves by', () => {
  /** The vectors that have a value, but for who works it out: a lab's interfaces have theirs when it begins. */
  const values = [...new Set(platform.mtu.map(({ effective }) => effective).filter((value) => value !== null))];

  test('JUM-01: the vectors have the defaults and both ends of the range', () => {
    expect(values.sort((a, b) => a - b)).toEqual([1400, 1500, 9192, 9216]);
  });

  test.each(values)('JUM-01: with MTU %i a packet of that size passes, one byte more is dropped as mtu-exceeded', (mtu) => {
    const fits = passed({ eth2: mtu }, mtu);
    expect(fits.flow('f')).toMatchObject({ sent: 10n, received: 10n, dropped: 0n });
    if (mtu === LARGEST_MTU) return;
    const tooLarge = passed({ eth2: mtu }, mtu + 1);
    expect(tooLarge.flow('f')).toMatchObject({ sent: 10n, received: 0n, dropped: 10n });
    expect(tooLarge.dropped('fw1:eth2', 'mtu-exceeded')).toBe(10);
    expect(tooLarge.frames('fw1:eth2', 'sent')).toEqual([]);
  });

  test('JUM-01: the drop is where the packet would leave, told with its first event only', () => {
    const run = passed({ eth2: 1500 }, 1501);
    expect(run.dropsAt('fw1')).toEqual(['eth2 mtu-exceeded']);
    expect(run.said('FrameDropped', { node: 'fw1' })[0]?.data).toMatchObject({ length: 1501 + HEADER, src: G1, dst: A });
  });

  test('JUM-01: an interface refuses its own packets no less', () => {
    const run = passed({ g1: 1400 }, 1401);
    expect(run.dropped('g1:eth0', 'mtu-exceeded')).toBe(10);
    expect(run.frames('sw:p1', 'received')).toEqual([]);
  });

  test('JUM-01: the MTU of the way in is no concern of a packet that leaves', () => {
    expect(passed({ eth1: 9216, eth2: 1500 }, 1500).flow('f').received).toBe(10n);
  });

  test.each([true, false])('JUM-01: nothing is fragmented: a packet too large is refused (do not fragment: %s)', (dontFragment) => {
    const run = scene({ eth2: 1500 }).until(ms(1)).receives('fw1:eth1', frameOf(1501, dontFragment)).pass(ms(1));
    expect(run.dropsAt('fw1')).toEqual(['eth2 mtu-exceeded']);
    run.receives('fw1:eth1', frameOf(1500, dontFragment)).pass(ms(1));
    expect(run.dropsAt('fw1')).toEqual(['eth2 mtu-exceeded']);
  });

  test('JUM-01: the packet is measured, not the padding of its frame', () => {
    const run = scene({ eth2: 1500 }).until(ms(1));
    run.receives('fw1:eth1', new Uint8Array([...frameOf(1500), ...new Uint8Array(100)])).pass(ms(1));
    expect(run.dropsAt('fw1')).toEqual([]);
  });
});

describe('the largest frame an interface receives', () => {
  test.each([1400, 1500, 9192])('JUM-01: with MTU %i one byte more than MTU and header is frame-too-long', (mtu) => {
    const fits = passed({ out: mtu }, mtu);
    expect(fits.flow('f').received).toBe(10n);
    const tooLong = passed({ out: mtu }, mtu + 1);
    expect(tooLong.flow('f')).toMatchObject({ received: 0n, dropped: 10n });
    expect(tooLong.dropped('out:eth0', 'frame-too-long')).toBe(10);
  });

  test('JUM-01: what arrives too long is dropped before anybody asks whom it is for', () => {
    const run = scene({ eth1: 1500 }).until(ms(1));
    const stranger = emitEthernet({ src: mac(G1), dst: strangerMac(1), etherType: 0x88b5, payload: new Uint8Array(1501) });
    run.receives('fw1:eth1', frameOf(1501), stranger).pass(ms(1));
    expect(run.dropped('fw1:eth1', 'frame-too-long')).toBe(2);
  });

  test('JUM-01: a tag is not part of the length', () => {
    const vlan = { id: 10, priority: 0, isDropEligible: false };
    const tagged = (bytes: number): Uint8Array =>
      emitEthernet({ src: mac(G1), dst: mac(A), vlan, etherType: 0x88b5, payload: new Uint8Array(bytes) });
    const run = scene({ eth1: 1500 }).until(ms(1)).receives('fw1:eth1', tagged(1500), tagged(1501)).pass(ms(1));
    expect(run.dropped('fw1:eth1', 'frame-too-long')).toBe(1);
    expect(run.dropped('fw1:eth1', 'vlan-mismatch')).toBe(1);
  });

  test.each(['switch', 'vswitch'] as const)('JUM-01: a %s passes frames of the largest MTU, and drops the next longer', (kind) => {
    const ports = { p1: {}, p2: {} };
    const middle = kind === 'switch' ? learningSwitch('sw', { ports }) : vswitch('sw', { ports });
    const wires = [link('a:eth0', 'sw:p1'), link('b:eth0', 'sw:p2')];
    const nodes = [hypervisor('esx1'), host('a', { on: 'esx1', mac: G1 }), host('b', { on: 'esx1', mac: A, mtu: LARGEST_MTU })];
    const run = given(lab(...nodes, middle, ...wires), { watch: ['sw'] });
    const frame = (bytes: number): Uint8Array =>
      emitEthernet({ src: mac(G1), dst: mac(A), etherType: 0x88b5, payload: new Uint8Array(bytes) });
    run.receives('sw:p1', frame(LARGEST_MTU)).pass(ms(1));
    expect(run.sentBy('sw')).toEqual(['p2']);
    run
      .forgetSeen()
      .receives('sw:p1', frame(LARGEST_MTU + 1))
      .pass(ms(1));
    expect(run.sentBy('sw')).toEqual([]);
    expect(run.dropsAt('sw')).toEqual(['p1 frame-too-long']);
  });

  test.each(['switch', 'vswitch', 'nic'] as const)('JUM-01: a %s with MTU 1500 drops what is longer where it comes in', (kind) => {
    const ports = { p1: { mtu: 1500 }, p2: { mtu: 1500 } };
    const middle =
      kind === 'switch' ? learningSwitch('sw', { ports }) : kind === 'vswitch' ? vswitch('sw', { ports }) : narrowNic();
    const [one, other] = kind === 'nic' ? ['wire', 'vf0'] : ['p1', 'p2'];
    const wires = [link('a:eth0', `sw:${one}`), link('b:eth0', `sw:${other}`)];
    const nodes = [
      hypervisor('esx1'),
      host('a', { mac: G1, mtu: LARGEST_MTU }),
      host('b', { on: 'esx1', mac: A, mtu: LARGEST_MTU }),
    ];
    const run = given(lab(...nodes, middle, ...wires), { watch: ['sw'] });
    const frame = (bytes: number): Uint8Array =>
      emitEthernet({ src: mac(G1), dst: mac('ff:ff:ff:ff:ff:ff'), etherType: 0x88b5, payload: new Uint8Array(bytes) });
    run.receives(`sw:${one}`, frame(1500)).pass(ms(1));
    expect(run.dropped(`sw:${one}`, 'frame-too-long')).toBe(0);
    run.receives(`sw:${one}`, frame(1501)).pass(ms(1));
    expect(run.dropsAt('sw')).toContain(`${one} frame-too-long`);
    expect(run.dropped(`sw:${one}`, 'frame-too-long')).toBe(1);
  });

  test('JUM-01: a frame longer than any buffer is counted like the others', () => {
    const run = scene({}).until(ms(1));
    const monster = emitEthernet({ src: mac(G1), dst: mac(A), etherType: 0x88b5, payload: new Uint8Array(12_000) });
    run.receives('sw:p1', monster).pass(ms(1));
    expect(run.dropsAt('sw')).toEqual(['p1 frame-too-long']);
    expect(run.said('FrameDropped', { node: 'sw' })[0]?.data.length).toBe(12_000 + HEADER);
  });
});
