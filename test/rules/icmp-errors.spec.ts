/**
 * ICMP errors (RFC 792, 1191, 1812): what a router or firewall tells the sender of a packet that it drops.
 *
 *   a 10.0.1.11 ── eth1 10.0.1.1  fw  10.0.2.1 eth2 (MTU 600) ── b 10.0.2.12
 */
import { afterEach, describe, expect, test } from 'vitest';
import { internetChecksum } from '../../ts/wire/checksum.ts';
import { ETHERTYPE, emitEthernet, parseEthernet } from '../../ts/wire/ethernet.ts';
import { ICMP_ECHO_HEADER_BYTES, parseIcmpError } from '../../ts/wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL, parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { ip, mac, ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const FIREWALL = '00:50:56:c0:00:01';
const STRANGER = '00:50:56:c0:00:0a';

function file(flow = '', mtu = 1500): string {
  return `name: errors
topology:
  nodes:
    esx: { kind: hypervisor }
    fw: { kind: firewall, on: esx, interfaces: { eth1: { ipv4: 10.0.1.1/24, mac: "${FIREWALL}" }, eth2: { ipv4: 10.0.2.1/24, mtu: ${mtu} } } }
    a: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24 } } }
    b: { kind: host, gateway: 10.0.2.1, interfaces: { eth0: { ipv4: 10.0.2.12/24 } } }
  links:
    - endpoints: ["a:eth0", "fw:eth1"]
    - endpoints: ["b:eth0", "fw:eth2"]
${flow}`;
}

const flowTo = (to: string, size: number, more = '') =>
  `flows: { f: { from: a:eth0, to: ${to}, rate: 100, size: ${size}${more} } }\n`;

interface PacketOptions {
  readonly ttl?: number;
  readonly src?: string;
  readonly dst?: string;
  readonly protocol?: number;
  readonly payload?: Uint8Array;
  readonly fragmentAt?: number;
  readonly to?: string;
}

/** A packet of a stranger behind a's cable, for b, with a TTL that ends at the firewall. */
function packet({
  ttl = 1,
  src = '10.0.1.11',
  dst = '10.0.2.12',
  protocol = 17,
  payload = new Uint8Array(64).fill(7),
  fragmentAt,
  to = FIREWALL,
}: PacketOptions = {}): Uint8Array {
  const fragment = fragmentAt === undefined ? {} : { fragment: { offsetBytes: fragmentAt, hasMore: false } };
  const bytes = emitIpv4Packet({
    tos: 0,
    id: 9,
    dontFragment: false,
    ...fragment,
    ttl,
    protocol,
    src: ip(src),
    dst: ip(dst),
    payload,
  });
  return emitEthernet({ src: mac(STRANGER), dst: mac(to), etherType: ETHERTYPE.ipv4, payload: bytes });
}

function heard(run: Run): string[] {
  return run.said('IcmpErrorReceived').map(({ data }) => `${data.node} ${data.from} ${data.problem} ${data.mtu} ${data.to}`);
}

describe('a firewall tells the sender', () => {
  test('that a packet is too large for the next line, with its MTU (RFC 1191)', () => {
    const run = givenFile(file(flowTo('10.0.2.12', 1000, ', stop: 30ms'), 600)).until(seconds(1));
    expect(run.dropped('fw:eth2', 'mtu-exceeded')).toBe(3);
    expect(heard(run)).toEqual(Array.from({ length: 3 }, () => 'a 10.0.1.1 fragmentation-needed 600 10.0.2.12'));
    expect(run.said('IcmpErrorReceived')[0]?.data).toMatchObject({ interface: 'eth0', protocol: 17 });
  });

  test('that the time to live expired, in a frame whose every byte is as RFC 792 has it', () => {
    const run = givenFile(file(), ['fw']).command('ping a 10.0.1.1').pass(ms(10));
    run.forgetSeen().receives('fw:eth1', packet()).pass(ms(1));
    const [sent] = run.frames('fw:eth1', 'sent');
    const frame = parseEthernet(sent ?? new Uint8Array());
    const outer = parseIpv4Packet(frame?.payload ?? new Uint8Array());
    expect(frame?.src).toBe(FIREWALL);
    expect(outer).toMatchObject({ src: '10.0.1.1', dst: '10.0.1.11', tos: 0xc0, ttl: 64, protocol: IP_PROTOCOL.icmp });
    const message = outer?.payload ?? new Uint8Array();
    expect([...message.slice(0, 2)]).toEqual([11, 0]);
    expect(internetChecksum(message, 0, message.length)).toBe(0);
    const quoted = packet().slice(14);
    expect([...message.slice(ICMP_ECHO_HEADER_BYTES)]).toEqual([...quoted]);
    expect(parseIcmpError(message)).toMatchObject({ problem: 'time-exceeded', src: '10.0.1.11', dst: '10.0.2.12', protocol: 17 });
    expect(heard(run)).toEqual(['a 10.0.1.1 time-exceeded 0 10.0.2.12']);
  });

  test('that nobody answers for the address, once the requests were in vain; the event names the crash', () => {
    const run = givenFile(file(flowTo('10.0.2.12', 100, ', start: 1s, stop: 1.02s')))
      .command('crash b')
      .until(seconds(8));
    const crashed = run.said('NodePowerChanged', { node: 'b' })[0]?.position;
    expect(run.dropped('fw:eth2', 'neighbour-unresolved')).toBe(2);
    expect(heard(run)).toEqual(Array.from({ length: 2 }, () => 'a 10.0.1.1 host-unreachable 0 10.0.2.12'));
    expect(run.said('IcmpErrorReceived')[0]?.cause).toBe(crashed);
  });

  test('and quotes no more than 576 bytes hold', () => {
    const run = givenFile(file(), ['fw']).command('ping a 10.0.1.1').pass(ms(10));
    run
      .forgetSeen()
      .receives('fw:eth1', packet({ payload: new Uint8Array(1203) }))
      .pass(ms(1));
    expect(
      parseIpv4Packet(parseEthernet(run.frames('fw:eth1', 'sent')[0] ?? new Uint8Array())?.payload ?? new Uint8Array())?.payload,
    ).toHaveLength(556);
    expect(heard(run)).toHaveLength(1);
  });

  test('six times at once, then once per second', () => {
    const run = givenFile(file(flowTo('10.0.2.12', 1000, ', stop: 10s'), 600)).until(seconds(1));
    expect(heard(run)).toHaveLength(6);
    expect(run.until(seconds(9) + 1).said('IcmpErrorReceived')).toHaveLength(14);
  });
});

describe('nothing is told', () => {
  test.each<[string, PacketOptions]>([
    ['of an ICMP error', { protocol: IP_PROTOCOL.icmp, payload: Uint8Array.from([3, 1, 0, 0, 0, 0, 0, 0]) }],
    ['of a fragment other than the first', { fragmentAt: 64 }],
    ['of a packet to a group', { dst: '224.0.0.9' }],
    ['of a broadcast', { to: 'ff:ff:ff:ff:ff:ff' }],
    ['to an address that is no station', { src: '224.0.0.1' }],
  ])('%s', (_what, options) => {
    const run = givenFile(file(), ['fw']).command('ping a 10.0.1.1').pass(ms(10));
    run.forgetSeen().receives('fw:eth1', packet(options)).pass(ms(1));
    expect(run.sentBy('fw')).toEqual([]);
    // The same firewall does tell of an echo request, and of a first fragment.
    run.receives('fw:eth1', packet({ protocol: IP_PROTOCOL.icmp, payload: Uint8Array.from([8, 0, 0, 0, 0, 0, 0, 0]) })).pass(ms(1));
    run.receives('fw:eth1', packet({ fragmentAt: 0 })).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth1', 'eth1']);
  });

  test('by a host about its own packets, nor by a firewall about its own', () => {
    const run = givenFile(file('', 600)).command('crash b').command('ping fw 10.0.2.12').until(seconds(8));
    expect(run.said('IcmpErrorReceived')).toEqual([]);
  });
});

describe('a firewall with zones', () => {
  const zoned = (more = '') =>
    file(flowTo('10.0.2.12', 1000, ', stop: 20ms'), 600).replace(
      'on: esx, interfaces',
      `on: esx, zones: { in: [eth1], out: [eth2] }, policies: [{ name: p, from: in, to: out }], ${more}interfaces`,
    );

  test('tells the sender of a packet of a session', () => {
    expect(heard(givenFile(zoned()).until(seconds(1)))).toEqual(
      Array.from({ length: 2 }, () => 'a 10.0.1.1 fragmentation-needed 600 10.0.2.12'),
    );
  });

  test('tells nothing about a packet whose address it translated', () => {
    const run = givenFile(zoned('nat: [{ name: n, from: in, to: out, pool: 10.0.2.100 }], ')).until(seconds(1));
    expect(run.dropped('fw:eth2', 'mtu-exceeded')).toBe(2);
    expect(heard(run)).toEqual([]);
  });
});

test('an error crosses a tagged line with the tag of its subinterface', () => {
  const text = file(flowTo('10.0.2.12', 1000, ', stop: 10ms').replace('a:eth0', 'a:eth0.10'), 600)
    .replace('eth1: { ipv4', 'eth1.10: { ipv4')
    .replace(`, mac: "${FIREWALL}"`, '')
    .replace('eth0: { ipv4: 10.0.1.11', 'eth0.10: { ipv4: 10.0.1.11');
  const run = givenFile(text, ['fw']).until(seconds(1));
  expect(heard(run)).toEqual(['a 10.0.1.1 fragmentation-needed 600 10.0.2.12']);
  expect(run.frames('fw:eth1', 'sent').every((bytes) => parseEthernet(bytes)?.vlan?.id === 10)).toBe(true);
});

describe('over IPv6', () => {
  test('a ping to an address that nobody has is told unreachable (RFC 4443), and the sender records it', () => {
    const run = givenFile(`name: errors6
topology:
  nodes:
    esx: { kind: hypervisor }
    fw:
      kind: firewall
      on: esx
      interfaces: { eth1: { ipv6: { addresses: 2001:db8:1::1/64 } }, eth2: { ipv6: { addresses: 2001:db8:2::1/64 } } }
    a: { kind: host, ipv6-gateway: 2001:db8:1::1, interfaces: { eth0: { ipv6: { addresses: 2001:db8:1::11/64 } } } }
    b: { kind: host, ipv6-gateway: 2001:db8:2::1, interfaces: { eth0: { ipv6: { addresses: 2001:db8:2::12/64 } } } }
  links: [ { endpoints: ["a:eth0", "fw:eth1"] }, { endpoints: ["b:eth0", "fw:eth2"] } ]
`).until(seconds(3));
    run.command('ping a 2001:db8:2::12').pass(seconds(6));
    expect(heard(run)).toEqual([]);
    run.command('ping a 2001:db8:2::99').pass(seconds(10));
    expect(heard(run)[0]).toBe('a 2001:db8:1::1 host-unreachable 0 2001:db8:2::99');
    const [error] = run.said('IcmpErrorReceived');
    expect(error?.data).toMatchObject({ interface: 'eth0', protocol: 58 });
    expect(run.said('PingAnswered').every(({ data }) => data.ip === '2001:db8:2::12')).toBe(true);
  });
});
