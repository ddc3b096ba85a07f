/**
 * TCP flows of hosts: a connection, its data, and what the network does to it.
 *
 *   cli 10.0.0.1 ── p1  sw  p2 ── srv 10.0.0.2
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readFlows } from '../../ts/engine/derived.ts';
import { emitEthernet, padToMinimum, parseEthernet } from '../../ts/wire/ethernet.ts';
import { emitIpv4Packet, parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { emitTcp, parseTcp, TCP_FLAG, type TcpSegment } from '../../ts/wire/tcp.ts';
import { firewall, flow, host, hypervisor, lab, learningSwitch, link, ms, type Part, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const { syn: SYN, ack: ACK, fin: FIN, rst: RST, psh: PSH } = TCP_FLAG;
const NS_PER_PS = 1000;

interface FlowOptions {
  readonly startNs?: number;
  readonly stopNs?: number;
  readonly intervalNs?: number;
  readonly to?: string;
  readonly frameBytes?: number;
}

function pair(options: FlowOptions = {}, ...more: readonly Part[]): Run {
  const { intervalNs = ms(10), to = '10.0.0.2', frameBytes = 154, ...times } = options;
  const intervalPs = intervalNs * NS_PER_PS;
  return given(
    lab(
      host('cli', { ip: '10.0.0.1/24' }),
      host('srv', { ip: '10.0.0.2/24' }),
      learningSwitch('sw', { ports: { p1: {}, p2: {}, p3: {} } }),
      link('cli:eth0', 'sw:p1'),
      link('srv:eth0', 'sw:p2'),
      flow('web', { protocol: 'tcp', from: 'cli:eth0', to, intervalPs, frameBytes, ...times }),
      ...more,
    ),
    { watch: ['cli', 'srv'] },
  );
}

interface Segment extends TcpSegment {
  readonly atNs: number;
  readonly ident: number;
}

/** The TCP segments that an interface sent; parsing checks their checksums. */
function segments(run: Run, at: string): Segment[] {
  return run.seen.flatMap(({ at: where, kind, atNs, bytes }) => {
    const packet = where === at && kind === 'sent' ? parseIpv4Packet(parseEthernet(bytes)?.payload ?? new Uint8Array()) : null;
    if (packet === null || packet.protocol !== 6) return [];
    const segment = parseTcp(packet.payload, 0, { src: packet.src, dst: packet.dst });
    if (segment === null) throw new Error('a segment with a wrong checksum');
    return [{ ...segment, atNs, ident: (bytes[18] ?? 0) * 256 + (bytes[19] ?? 0) }];
  });
}

const flags = (sent: readonly Segment[]): number[] => sent.map((one) => one.flags);

function report(run: Run) {
  const [first] = readFlows(run.engine);
  if (first === undefined || first.tcp === null) throw new Error('no TCP flow');
  return { ...first, tcp: first.tcp };
}

describe('a connection', () => {
  test('begins with SYN, SYN-ACK and ACK, carries its data in order, and ends with a FIN of each end', () => {
    const run = pair({ startNs: seconds(1), stopNs: seconds(1) + ms(25) }).until(seconds(3));
    const client = segments(run, 'cli:eth0');
    const server = segments(run, 'srv:eth0');
    expect(flags(client)).toEqual([SYN, ACK, ...Array(3).fill(PSH | ACK), FIN | ACK, ACK]);
    expect(flags(server)).toEqual([SYN | ACK, ACK, ACK, ACK, FIN | ACK]);
    const [syn, handshake, ...rest] = client;
    const [synAck, ...acks] = server;
    const [iss = 0, peer = 0] = [syn?.seq, synAck?.seq];
    expect(synAck?.ack).toBe(iss + 1);
    expect(handshake).toMatchObject({ seq: iss + 1, ack: peer + 1 });
    expect(rest.map(({ seq }) => seq - iss - 1)).toEqual([0, 100, 200, 300, 301]);
    expect(acks.map(({ ack }) => ack - iss - 1)).toEqual([100, 200, 300, 301]);
    expect(new Set([...client, ...server].map(({ window }) => window))).toEqual(new Set([6400]));
    expect(client.map(({ ident }) => ident)).toEqual(client.map((_, i) => i));
    expect(syn).toMatchObject({ srcPort: 49152, dstPort: 0x5357 });
    expect(report(run)).toMatchObject({ sent: 12, received: 12, lost: 0, inFlight: 0 });
    expect(report(run).tcp).toMatchObject({ state: 'survived', retransmissions: 0, longestStallNs: 0, resetNs: null });
  });

  test('is recorded when the client has the answer to its SYN', () => {
    const run = pair({ startNs: seconds(1) }).until(seconds(2));
    const [connected, ...more] = run.said('FlowConnected', { node: 'cli', interface: 'eth0', flow: 'web' });
    expect(more).toEqual([]);
    expect(connected?.atNs).toBe(report(run).tcp.connectedNs);
  });

  test('sends a segment in each interval, and every one is acknowledged', () => {
    const run = pair({ intervalNs: ms(1) }).until(seconds(1));
    const data = segments(run, 'cli:eth0').filter(({ payload }) => payload.length > 0);
    const [first, ...rest] = data;
    expect(data.length).toBeGreaterThan(990);
    expect(rest.every(({ atNs }, i) => atNs === (first?.atNs ?? 0) + ms(i + 1))).toBe(true);
    expect(report(run).latencyNs?.max).toBeLessThan(5000);
  });
});

describe('loss', () => {
  test('of the only segment under way is repaired when the retransmission timer expires: the round trip and 200 ms', () => {
    const run = pair({ intervalNs: seconds(1) }).until(ms(2500));
    run.command('impair cli:eth0 loss 100%').until(ms(3100)).command('impair cli:eth0 reset').until(seconds(10));
    const [dropped] = run.said('FrameDropped', { reason: 'impairment' });
    const again = segments(run, 'cli:eth0').find(({ atNs, payload }) => payload.length > 0 && atNs > (dropped?.atNs ?? 0));
    const waitedNs = (again?.atNs ?? 0) - (dropped?.atNs ?? 0);
    expect(waitedNs).toBeGreaterThanOrEqual(ms(200));
    expect(waitedNs).toBeLessThan(ms(201));
    expect(report(run).tcp).toMatchObject({ state: 'survived', retransmissions: 1 });
    expect(report(run).tcp.longestStallNs).toBeGreaterThan(ms(200));
  });

  test('of one segment among many is repaired after three duplicate acknowledgments', () => {
    const run = pair({ intervalNs: ms(1) }).until(ms(50) - 500_000);
    run.command('impair cli:eth0 loss 100%').pass(ms(1)).command('impair cli:eth0 reset').until(seconds(1));
    expect(report(run).tcp).toMatchObject({ state: 'survived', retransmissions: 1 });
    expect(report(run).tcp.longestStallNs).toBeLessThan(ms(5));
    expect(report(run).tcp.longestStallNs).toBeGreaterThan(ms(3));
  });

  test('of all for three seconds is survived, with a stall of that time and what the doubled timer adds', () => {
    const run = pair()
      .until(seconds(2))
      .command('link down srv:eth0')
      .until(seconds(5))
      .command('link up srv:eth0')
      .until(seconds(20));
    const { tcp } = report(run);
    expect(tcp.state).toBe('survived');
    // Timeouts after 0.2, 0.6, 1.4, 3.0 s and so on: the first one after the outage repairs.
    expect(tcp.longestStallNs).toBeGreaterThan(seconds(3));
    expect(tcp.longestStallNs).toBeLessThan(seconds(6.3));
    expect(report(run).latencyNs?.max).toBeGreaterThan(seconds(3));
  });

  test('that goes on is a stall, and how long it lasts is known at any time', () => {
    const run = pair().until(seconds(2)).command('crash srv').until(seconds(7));
    const { tcp } = report(run);
    expect(tcp).toMatchObject({ state: 'stalled', stalledNs: tcp.longestStallNs });
    expect(tcp.stalledNs).toBe(seconds(7) - tcp.longestStallFromNs);
    expect(tcp.longestStallFromNs).toBeGreaterThan(seconds(1.98));
    expect(tcp.longestStallFromNs).toBeLessThanOrEqual(seconds(2.01));
  });
});

describe('the end', () => {
  test('a host that crashed and starts again knows nothing of the connection: it answers RST', () => {
    const run = pair().until(seconds(2)).command('crash srv').until(seconds(4)).command('power-on srv').until(seconds(10));
    expect(report(run).tcp).toMatchObject({ state: 'reset', resetBy: 'srv' });
    const [reset, ...more] = run.said('FlowReset', { flow: 'web', by: 'srv', refused: false });
    expect(more).toEqual([]);
    expect(reset?.atNs).toBe(report(run).tcp.resetNs);
    const power = run.said('NodePowerChanged', { node: 'srv', power: 'crashed' });
    expect(run.event(reset?.cause ?? 0).position).toBe(power[0]?.position);
  });

  test('a router has no listener: it refuses', () => {
    const router: Part = { ...host('r1', { ip: '10.0.0.3/24' }) };
    const nodes = (router.nodes ?? []).map((node) => ({
      kind: 'router' as const,
      name: node.name,
      routes: [],
      arpProfile: 'linux' as const,
    }));
    const run = pair({ to: '10.0.0.3' }, { ...router, nodes }, link('r1:eth0', 'sw:p3')).until(seconds(2));
    expect(report(run).tcp).toMatchObject({ state: 'refused', resetBy: 'r1', connectedNs: null });
    expect(run.said('FlowReset', { refused: true })).toHaveLength(1);
  });

  test('a SYN that nobody answers is sent seven times, and given up after 127 s', () => {
    const run = pair({ startNs: seconds(1) })
      .command('link down srv:eth0')
      .until(seconds(127.9));
    expect(report(run).tcp).toMatchObject({ state: 'connecting', retransmissions: 6 });
    run.until(seconds(129));
    expect(report(run).tcp.state).toBe('timed-out');
    expect(run.said('FlowTimedOut', { connected: false }).map(({ atNs }) => atNs)).toEqual([seconds(128)]);
  });

  test('fifteen retransmissions in vain end a connection after fifteen minutes', () => {
    const run = pair().until(seconds(2)).command('link down srv:eth0').until(seconds(1000));
    expect(report(run).tcp).toMatchObject({ state: 'timed-out' });
    expect(report(run).tcp.longestStallNs / 1e9).toBeCloseTo(924.6, 0);
    const [timedOut] = run.said('FlowTimedOut', { connected: true });
    expect(run.event(timedOut?.cause ?? 0).type).toBe('InterfaceLinkChanged');
  });

  test('a client that crashes aborts its connection, and opens none when it starts again', () => {
    const run = pair({ intervalNs: ms(1) })
      .until(seconds(1))
      .command('crash cli')
      .until(seconds(2));
    run.command('power-on cli').until(seconds(3));
    expect(report(run).tcp).toMatchObject({ state: 'aborted', resetNs: null });
    expect(segments(run, 'cli:eth0').at(-1)?.atNs).toBeLessThan(seconds(1));
  });
});

/** A captured frame of a segment with other fields, as somebody outside the lab would forge it. */
function forged(frame: Uint8Array, change: Partial<TcpSegment>): Uint8Array {
  const ethernet = parseEthernet(frame);
  const packet = ethernet === null ? null : parseIpv4Packet(ethernet.payload);
  const segment = packet === null ? null : parseTcp(packet.payload);
  if (ethernet === null || packet === null || segment === null) throw new Error('no segment');
  const payload = emitTcp({ ...segment, ...change, payload: new Uint8Array() }, { src: packet.src, dst: packet.dst });
  return padToMinimum(emitEthernet({ ...ethernet, payload: emitIpv4Packet({ ...packet, payload }) }));
}

/** What the client received last of the server. */
function lastReceived(run: Run, at: string): { readonly frame: Uint8Array; readonly segment: TcpSegment } {
  const frame = run.frames(at, 'received').at(-1) ?? new Uint8Array();
  const segment = parseTcp(parseIpv4Packet(parseEthernet(frame)?.payload ?? new Uint8Array())?.payload ?? new Uint8Array());
  if (segment === null) throw new Error('no segment');
  return { frame, segment };
}

describe('a RST that no end of the flow sent', () => {
  test('is known by its addresses and ports, and ends the connection when its sequence number is the one expected', () => {
    const run = pair().until(seconds(1));
    const { frame, segment } = lastReceived(run, 'cli:eth0');
    run.receives('cli:eth0', forged(frame, { flags: RST, seq: segment.seq })).pass(ms(1));
    expect(report(run).tcp).toMatchObject({ state: 'reset', resetBy: null, resetNs: seconds(1) });
  });

  test('is answered with an acknowledgment when it only lies in the window, and not at all beside it', () => {
    const run = pair().until(seconds(1));
    const { frame, segment } = lastReceived(run, 'cli:eth0');
    run
      .forgetSeen()
      .receives('cli:eth0', forged(frame, { flags: RST, seq: segment.seq + 1 }))
      .pass(1000);
    expect(flags(segments(run, 'cli:eth0'))).toEqual([ACK]);
    run
      .forgetSeen()
      .receives('cli:eth0', forged(frame, { flags: RST, seq: segment.seq - 1 }))
      .pass(1000);
    expect(segments(run, 'cli:eth0')).toEqual([]);
    expect(report(run).tcp.state).toBe('survived');
  });

  test('of another connection reaches nobody', () => {
    const run = pair().until(seconds(1));
    const { frame, segment } = lastReceived(run, 'cli:eth0');
    run.receives('cli:eth0', forged(frame, { flags: RST, seq: segment.seq, dstPort: segment.dstPort + 1 })).pass(1000);
    expect(report(run).tcp.state).toBe('survived');
    expect(run.dropsAt('cli')).toEqual(['eth0 no-listener']);
  });

  test('makes the server forget: it answers the next segment with a RST of its own', () => {
    const run = pair().until(seconds(1));
    const { frame, segment } = lastReceived(run, 'srv:eth0');
    run.receives('srv:eth0', forged(frame, { flags: RST, seq: segment.seq + segment.payload.length })).until(seconds(2));
    expect(report(run).tcp).toMatchObject({ state: 'reset', resetBy: 'srv' });
  });
});

describe('on its way, a connection', () => {
  test('is not disturbed by segments that arrive twice', () => {
    const run = pair().until(seconds(1));
    const copies = run.frames('srv:eth0', 'received').slice(-5);
    run.receives('srv:eth0', ...copies).until(seconds(2));
    expect(report(run).tcp).toMatchObject({ state: 'survived', retransmissions: 0 });
    expect(report(run).tcp.longestStallNs).toBe(0);
  });

  test('is repaired where a line damages and reorders frames, both ways', () => {
    const run = pair({ intervalNs: ms(1), stopNs: seconds(2) }).until(ms(10));
    run.command('impair cli:eth0 corruption 10% delay 1ms jitter 3ms').command('impair sw:p1 loss 10%').until(seconds(60));
    expect(report(run).tcp.state).toBe('survived');
    expect(report(run).tcp.retransmissions).toBeGreaterThan(20);
    expect(run.control.readTcp(0).delivered).toBe(BigInt(Math.max(...payloadNumbers(run)) + 1));
  });

  test('crosses a firewall, whose hop its TTL tells', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        host('cli', { ip: '10.0.1.10/24', gateway: '10.0.1.1' }),
        firewall('fw1', { interfaces: { eth1: { ip: '10.0.1.1/24' }, eth2: { ip: '10.0.2.1/24' } } }),
        host('srv', { ip: '10.0.2.20/24', gateway: '10.0.2.1' }),
        link('cli:eth0', 'fw1:eth1'),
        link('fw1:eth2', 'srv:eth0'),
        flow('web', { protocol: 'tcp', from: 'cli:eth0', to: '10.0.2.20', intervalPs: 1e10, frameBytes: 154, stopNs: seconds(1) }),
      ),
      { watch: ['cli', 'srv'] },
    ).until(seconds(2));
    expect(report(run).tcp).toMatchObject({ state: 'survived', retransmissions: 0 });
    expect(
      parseIpv4Packet(parseEthernet(run.frames('srv:eth0', 'received').at(-1) ?? new Uint8Array())?.payload ?? new Uint8Array())
        ?.ttl,
    ).toBe(63);
  });
});

/** Numbers of the data segments that the client sent, as their payload tells. */
function payloadNumbers(run: Run): number[] {
  const data = segments(run, 'cli:eth0').filter(({ payload }) => payload.length > 0);
  return data.map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint32(4));
}

describe('commands about a TCP flow', () => {
  test('flow rate changes how fast the client sends over the same connection', () => {
    const run = pair({ intervalNs: ms(10) })
      .until(seconds(1))
      .command('flow rate web 1000')
      .until(seconds(2));
    const data = segments(run, 'cli:eth0').filter(({ payload }) => payload.length > 0);
    expect(data.filter(({ atNs }) => atNs >= seconds(1))).toHaveLength(1000);
    expect(run.said('FlowConnected')).toHaveLength(1);
    expect(report(run)).toMatchObject({ lost: 0, framesPerSecond: 1000 });
  });

  test('flow stop closes the connection by FINs, and what is closed does not start again', () => {
    const run = pair().until(seconds(1)).command('flow stop web').until(seconds(2));
    const hasFin = (at: string): boolean => segments(run, at).some((one) => (one.flags & FIN) !== 0);
    expect([hasFin('cli:eth0'), hasFin('srv:eth0'), report(run).tcp.state]).toEqual([true, true, 'survived']);
    const sent = segments(run, 'cli:eth0').length;
    run.command('flow start web').until(seconds(3));
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['flow web is one TCP connection, and it was closed'],
    ]);
    expect(segments(run, 'cli:eth0')).toHaveLength(sent);
  });

  test('flow start connects before the time of the lab file', () => {
    const run = pair({ startNs: seconds(5) })
      .until(seconds(1))
      .command('flow start web')
      .until(seconds(2));
    expect(run.said('FlowConnected').map(({ atNs }) => Math.floor(atNs / seconds(1)))).toEqual([1]);
  });
});
