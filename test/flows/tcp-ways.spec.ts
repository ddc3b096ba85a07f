/**
 * TCP on the ways that firewalls give it: translated, through a tagged subinterface, and through the rings of a DPDK core.
 *
 *   cli 10.0.1.11 ── sw1 ── fw ── sw2 ── srv 10.0.2.12
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readDerived, readFlows } from '../../ts/engine/derived.ts';
import { parseEthernet } from '../../ts/wire/ethernet.ts';
import { parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { parseTcp } from '../../ts/wire/tcp.ts';
import { seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

interface Way {
  readonly firewall?: string;
  readonly interfaces?: string;
  readonly ports?: string;
}

const ZONES = 'zones: { trust: [eth1], untrust: [eth2] }, policies: [{ name: out, from: trust, to: untrust }]';
const NAT = `${ZONES}, nat: [{ name: hide, from: trust, to: untrust, source: 10.0.1.0/24, pool: 10.0.2.100 }]`;

function way({ firewall = '', interfaces = 'eth1: { ipv4: 10.0.1.1/24 }', ports = '' }: Way): Run {
  return givenFile(
    `
name: way
duration: 20s
topology:
  nodes:
    h1: { kind: hypervisor, platform: kvm }
    fw: { kind: firewall, on: h1, interfaces: { ${interfaces}, eth2: { ipv4: 10.0.2.1/24 } }${firewall} }
    sw1: { kind: switch${ports} }
    sw2: { kind: switch }
    cli: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24 } } }
    srv: { kind: host, gateway: 10.0.2.1, interfaces: { eth0: { ipv4: 10.0.2.12/24 } } }
  links:
    - endpoints: ["fw:eth1", "sw1:p1"]
    - endpoints: ["cli:eth0", "sw1:p2"]
    - endpoints: ["fw:eth2", "sw2:p1"]
    - endpoints: ["srv:eth0", "sw2:p2"]
flows:
  web: { from: cli:eth0, to: 10.0.2.12, protocol: tcp, rate: 100, size: 600, start: 1s, stop: 8s }
`,
    ['fw', 'srv'],
  );
}

/** The TCP packets that an interface received, with what is inside; every checksum is right, or there is none. */
function received(run: Run, at: string) {
  return run.frames(at, 'received').flatMap((bytes) => {
    const packet = parseIpv4Packet(parseEthernet(bytes)?.payload ?? new Uint8Array());
    if (packet === null || packet.protocol !== 6) return [];
    const segment = parseTcp(packet.payload, 0, packet);
    if (segment === null) throw new Error(`a segment with a wrong checksum at ${at}`);
    return [{ ...segment, src: packet.src, dst: packet.dst }];
  });
}

function report(run: Run) {
  const [flow] = readFlows(run.engine);
  return { outcome: flow?.tcp?.state, retransmissions: flow?.tcp?.retransmissions, lost: flow?.lost };
}

const WHOLE = { outcome: 'survived', retransmissions: 0, lost: 0 };

describe('through NAT', () => {
  test('a connection has the address of the pool at the server, its answers find back, and nothing is sent twice', () => {
    const run = way({ firewall: `, ${NAT}` }).until(seconds(5));
    const [session] = readDerived(run.engine).sessions;
    expect(session).toMatchObject({ node: 'fw', state: 'established', policy: 'out' });
    const arrived = received(run, 'srv:eth0');
    expect(new Set(arrived.map(({ src }) => src))).toEqual(new Set(['10.0.2.100']));
    expect(new Set(arrived.map(({ srcPort }) => srcPort)).size).toBe(1);
    run.until(seconds(15));
    expect(report(run)).toEqual(WHOLE);
  });

  test('a connection whose session is cleared stalls: its segments are no SYN and find no session', () => {
    const run = way({ firewall: `, ${NAT}` })
      .until(seconds(5))
      .command('session clear fw')
      .until(seconds(15));
    expect(run.dropsAt('fw').some((drop) => drop.includes('no-session'))).toBe(true);
    expect(report(run).outcome).toBe('stalled');
  });
});

describe('through a subinterface', () => {
  const TAGGED: Way = { interfaces: 'eth1: {}, eth1.10: { ipv4: 10.0.1.1/24 }', ports: ', ports: { p2: { vlan: 10 } }' };

  test('a connection crosses with its tag, and is whole', () => {
    const run = way(TAGGED).until(seconds(15));
    const tagged = run.frames('fw:eth1', 'received').filter((bytes) => parseEthernet(bytes)?.vlan?.id === 10);
    expect(tagged.length).toBeGreaterThan(600);
    expect(report(run)).toEqual(WHOLE);
  });

  test('it has a session there, too, and is translated', () => {
    const firewall = `, ${NAT.replace('trust: [eth1]', 'trust: [eth1.10]')}`;
    const run = way({ ...TAGGED, firewall }).until(seconds(15));
    expect(new Set(received(run, 'srv:eth0').map(({ src }) => src))).toEqual(new Set(['10.0.2.100']));
    expect(report(run)).toEqual(WHOLE);
  });
});

describe('through the rings of a DPDK core', () => {
  const CORES = 'packet-io: dpdk, cores: 1, io: { queues: 1, costs: { guest-app: 100 } }';

  test.each([
    ['without sessions', CORES],
    ['with sessions and NAT', `${CORES}, ${NAT}`],
  ])('a connection is whole, %s', (_, firewall) => {
    const run = way({ firewall: `, ${firewall}` }).until(seconds(15));
    expect(run.said('PacketIoModeSelected', { node: 'fw', mode: 'dpdk' })).toHaveLength(1);
    expect(report(run)).toEqual(WHOLE);
  });
});
