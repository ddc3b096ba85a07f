/**
 * Rules LEASE-01, LEASE-06 and LEASE-07: PPPoE sessions, with real frames between a client and a concentrator.
 *
 *   cli (ipv4: pppoe) ── p1 ┐
 *                           sw ├ p2 ── ac 192.0.2.254, gives 192.0.2.77 to .79 ── www 198.51.100.10
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { PppoeConcentrator } from '../../ts/model/lab/pppoe.ts';
import { BROADCAST } from '../../ts/values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum, parseEthernet } from '../../ts/wire/ethernet.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../ts/wire/ipv4.ts';
import { emitPppoe, PPPOE_TAG, parsePppControl, parsePppoe, parseTags, tagOf } from '../../ts/wire/pppoe.ts';
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
  type Part,
  seconds,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const OLD = '00:50:56:aa:00:01';
const NEW = '00:50:56:bb:00:01';
const AC = '00:00:5e:00:53:ac';
const WWW = '198.51.100.10';
const ECHOES = { echoNs: seconds(5), echoFailures: 3 };

afterEach(everyFrameIsAccountedFor);

function dialling(part: Part, name = 'eth0'): Part {
  const interfaces = (part.interfaces ?? []).map((one) => (one.name === name ? { ...one, mtu: 1492, pppoe: ECHOES } : one));
  return { ...part, interfaces };
}

/** 192.0.2.254 on eth0, 198.51.100.1 on eth1. */
function router(name: string): Part {
  const [inside] = host(name, { ip: '192.0.2.254/24', mac: AC }).interfaces ?? [];
  const [outside] = host(name, { ip: '198.51.100.1/24' }).interfaces ?? [];
  if (inside === undefined || outside === undefined) throw new Error('a host has an interface');
  const eth1 = { ...outside, name: 'eth1', mac: mac('00:00:5e:00:53:ad') };
  return { nodes: [{ kind: 'router', name, routes: [], arpProfile: 'vm-host' }], interfaces: [inside, eth1] };
}

function concentrating(part: Part, settings: Partial<PppoeConcentrator> = {}): Part {
  const pppoeConcentrator = { interface: 'eth0', first: ip('192.0.2.77'), last: ip('192.0.2.79'), ...ECHOES, ...settings };
  const nodes = (part.nodes ?? []).map((node) => (node.kind === 'router' ? { ...node, pppoeConcentrator } : node));
  return { nodes, interfaces: (part.interfaces ?? []).map((one) => (one.name === 'eth0' ? { ...one, mtu: 1492 } : one)) };
}

interface Scene {
  readonly settings?: Partial<PppoeConcentrator>;
  readonly client?: Part;
  readonly more?: readonly Part[];
  readonly ports?: readonly string[];
}

/** The drawing above. */
function scene({ settings = {}, client = dialling(host('cli', { mac: OLD })), more = [], ports = [] }: Scene = {}): Run {
  const names = Object.fromEntries(['p1', 'p2', ...ports].map((name) => [name, {}]));
  return given(
    lab(
      hypervisor('esx1'),
      learningSwitch('sw', { ports: names }),
      client,
      concentrating(router('ac'), settings),
      host('www', { ip: `${WWW}/24`, gateway: '198.51.100.1' }),
      link('ac:eth0', 'sw:p2'),
      link('ac:eth1', 'www:eth0'),
      ...(client.nodes?.[0]?.name === 'cli' ? [link('cli:eth0', 'sw:p1')] : []),
      ...more,
    ),
    { watch: ['sw'] },
  );
}

interface Word {
  readonly from: string;
  readonly to: string;
  readonly session: number;
  readonly word: string;
}

/** What of PPPoE reached the switch, in order; data as "data". */
function words(run: Run): Word[] {
  return run.seen.flatMap(({ kind, bytes }) => {
    const frame = kind === 'received' ? parseEthernet(bytes) : null;
    const isPppoe = frame?.etherType === ETHERTYPE.pppoeDiscovery || frame?.etherType === ETHERTYPE.pppoeSession;
    const packet = frame !== null && isPppoe ? parsePppoe(frame.payload) : null;
    if (frame === null || packet === null) return [];
    const control = packet.kind === 'session' ? parsePppControl(packet.payload) : null;
    const word = packet.kind === 'session' ? (control === null ? 'data' : `${control.protocol} ${control.code}`) : packet.kind;
    return [{ from: frame.src, to: frame.dst, session: packet.session, word }];
  });
}

function spoken(run: Run): string[] {
  return words(run).map(({ word }) => word);
}

function clientAddress(run: Run, endpoint = 'cli:eth0'): string | undefined {
  return Object.values(run.state.pppoe[endpoint] ?? {})[0]?.ip;
}

/** A UDP packet from the client's address to the web server, in a frame of a session. */
function dataFrame(from: string, session: number, src = '192.0.2.77'): Uint8Array {
  const packet = emitIpv4Packet({
    tos: 0,
    id: 0,
    dontFragment: true,
    ttl: 64,
    protocol: IP_PROTOCOL.udp,
    src: ip(src),
    dst: ip(WWW),
    payload: new Uint8Array(40),
  });
  const payload = emitPppoe({ kind: 'session', session, payload: Uint8Array.from([0x00, 0x21, ...packet]) });
  return padToMinimum(emitEthernet({ dst: mac(AC), src: mac(from), etherType: ETHERTYPE.pppoeSession, payload }));
}

describe('a session', () => {
  test('LEASE-06: a client finds its concentrator, agrees with it on LCP and IPCP, and has an address and a route', () => {
    const run = scene().until(seconds(3));
    expect(spoken(run).slice(0, 4)).toEqual(['padi', 'pado', 'padr', 'pads']);
    expect([...new Set(spoken(run).slice(4))].sort()).toEqual([
      'ipcp configureAck',
      'ipcp configureNak',
      'ipcp configureRequest',
      'lcp configureAck',
      'lcp configureRequest',
      'lcp echoReply',
      'lcp echoRequest',
    ]);
    expect(words(run)[0]).toMatchObject({ from: OLD, to: BROADCAST, session: 0 });
    const ends = { session: 1, mac: AC, peer: OLD, ip: '192.0.2.254', peerIp: '192.0.2.77' };
    expect(run.said('PppoeOpened')).toMatchObject([
      { data: { node: 'ac', role: 'concentrator', ...ends } },
      { data: { node: 'cli', role: 'client', session: 1, mac: OLD, peer: AC, ip: '192.0.2.77', peerIp: '192.0.2.254' } },
    ]);
    expect(run.event(run.said('PppoeOpened', { node: 'cli' })[0]?.cause ?? 0).type).toBe('PppoeOpened');
    expect(run.state.lab?.interfaces.find(({ node }) => node === 'cli')?.ipv4).toEqual([{ address: '192.0.2.77', prefix: 32 }]);
  });

  test('its packets cross the segment in frames of the session, both ways, and pings are answered in it', () => {
    const more = [
      flow('up', { from: 'cli:eth0', to: WWW, intervalPs: 1e10, frameBytes: 1506, startNs: seconds(3), stopNs: seconds(5) }),
      flow('down', { from: 'www:eth0', to: '192.0.2.77', intervalPs: 1e10, startNs: seconds(3), stopNs: seconds(5) }),
    ];
    const run = scene({ more }).until(seconds(6));
    expect([run.flow('up'), run.flow('down')].map(({ sent, received }) => [Number(sent), Number(received)])).toEqual([
      [200, 200],
      [200, 200],
    ]);
    const data = words(run).filter(({ word }) => word === 'data');
    expect(data.map(({ session }) => session)).toEqual(Array(400).fill(1));
    expect(Math.max(...run.frames('sw:p1', 'received').map(({ length }) => length))).toBe(1514);
    run.command(`ping cli ${WWW} count 2`).command('ping ac 192.0.2.77 count 2').until(seconds(10));
    expect(run.said('PingFinished').map(({ data: { answered } }) => answered)).toEqual([2, 2]);
  });

  test('a flow without a session is dropped, no-address; a range without a free address refuses the next client', () => {
    const late = [dialling(host('late')), link('late:eth0', 'sw:p3')];
    const more = [...late, flow('f', { from: 'cli:eth0', to: WWW, intervalPs: 1e11, stopNs: seconds(2) })];
    const run = scene({ settings: { last: ip('192.0.2.77') }, more, ports: ['p3'] }).until(seconds(4));
    expect(run.said('PppoeRefused')).toMatchObject([{ data: { node: 'ac', reason: 'no-free-address' } }]);
    expect(run.said('PppoeOpened', { role: 'client' })).toHaveLength(1);
    expect(run.said('FrameDropped', { reason: 'no-address' })).toHaveLength(1);
  });
});

describe('a MAC that changes', () => {
  test('LEASE-01, LEASE-06: the session is terminated from the old MAC, and another one is opened from the new', () => {
    const run = scene().until(seconds(10)).forgetSeen().command(`guest-mac cli:eth0 ${NEW}`).until(seconds(11));
    expect(words(run).slice(0, 3)).toMatchObject([
      { word: 'padt', from: OLD, to: AC, session: 1 },
      { word: 'padi', from: NEW, to: BROADCAST, session: 0 },
      { word: 'pado', from: AC, to: NEW },
    ]);
    const [mine, theirs] = run.said('PppoeClosed');
    expect(mine).toMatchObject({ data: { node: 'cli', session: 1, mac: OLD, peer: AC, reason: 'mac-change', told: true } });
    expect(run.event(mine?.cause ?? 0).type).toBe('MacAddressChanged');
    expect(theirs).toMatchObject({ cause: mine?.position, data: { node: 'ac', session: 1, peer: OLD, reason: 'terminated' } });
    expect(
      run.said('PppoeOpened', { role: 'client' }).map(({ data: { session, mac: own, ip: got } }) => [session, own, got]),
    ).toEqual([
      [1, OLD, '192.0.2.77'],
      [2, NEW, '192.0.2.78'],
    ]);
  });

  test('LEASE-01: nothing happens when the MAC stays the same', () => {
    const run = scene().until(seconds(10)).command(`guest-mac cli:eth0 ${OLD}`).until(seconds(12));
    expect(run.said('PppoeClosed')).toEqual([]);
  });

  test('LEASE-07: data of an open session from another MAC is dropped, pppoe-session; from its own it passes', () => {
    const run = scene().until(seconds(10));
    run.receives('sw:p1', dataFrame(OLD, 1)).until(seconds(11));
    expect(run.dropped('www:eth0', 'no-listener')).toBe(1);
    run.receives('sw:p1', dataFrame(NEW, 1), dataFrame(OLD, 4)).until(seconds(12));
    expect(run.dropped('ac:eth0', 'pppoe-session')).toBe(2);
    expect(run.dropped('www:eth0', 'no-listener')).toBe(1);
  });

  test('LEASE-07: what still comes in a session that is over is dropped because of its end', () => {
    const run = scene().until(seconds(10)).command(`guest-mac cli:eth0 ${NEW}`).until(seconds(11));
    run.receives('sw:p1', dataFrame(OLD, 1)).until(seconds(12));
    const [drop] = run.said('FrameDropped', { node: 'ac', reason: 'pppoe-session' });
    expect(run.event(drop?.cause ?? 0)).toMatchObject({ type: 'PppoeClosed', data: { node: 'ac' } });
  });

  test('LEASE-07: an edit by the hypervisor cannot be told: the concentrator ends the session when echoes stay away', () => {
    const run = scene().until(seconds(11)).forgetSeen().command(`edit-mac cli:eth0 ${NEW}`).until(seconds(12));
    expect(spoken(run)).not.toContain('padt');
    expect(run.said('PppoeClosed')).toMatchObject([{ data: { node: 'cli', reason: 'mac-change', told: false } }]);
    expect(Object.keys(run.state.pppoe['ac:eth0'] ?? {})).toEqual(['1', '2']);
    const [lost] = run.until(seconds(40)).said('PppoeClosed', { node: 'ac' });
    expect(lost).toMatchObject({ data: { session: 1, reason: 'echo-lost' } });
    // Asked every 5 s since it opened: three go unanswered, and the fourth is not sent any more.
    expect(Math.round((lost?.atNs ?? 0) / 1e9)).toBeLessThanOrEqual(31);
    expect(clientAddress(run)).toBe('192.0.2.78');
  });

  test('a new MAC of the concentrator ends its sessions, and the client finds it again', () => {
    const run = scene().until(seconds(10)).command(`guest-mac ac:eth0 ${NEW}`).until(seconds(20));
    expect(run.said('PppoeClosed').map(({ data: { node, reason } }) => [node, reason])).toEqual([
      ['ac', 'mac-change'],
      ['cli', 'terminated'],
    ]);
    expect(Object.values(run.state.pppoe['cli:eth0'] ?? {})).toMatchObject([{ session: 2, peer: NEW }]);
  });
});

describe('an end that falls silent', () => {
  test('LEASE-06: a client whose concentrator lost power ends the session when three echoes are missing, and finds it later', () => {
    const run = scene().until(seconds(10)).command('crash ac').until(seconds(40));
    const [closed] = run.said('PppoeClosed', { node: 'cli' });
    expect(closed).toMatchObject({ data: { reason: 'echo-lost', told: true } });
    expect(run.event(closed?.cause ?? 0)).toMatchObject({ type: 'NodePowerChanged', data: { node: 'ac' } });
    expect(run.said('PppoeClosed', { node: 'ac' })).toMatchObject([{ data: { reason: 'power', told: false } }]);
    expect(clientAddress(run)).toBeUndefined();
    expect(clientAddress(run.command('power-on ac').until(seconds(90)))).toBe('192.0.2.77');
  });

  test('a client that comes back while its session is open gets another in its place', () => {
    const run = scene().until(seconds(10)).command('crash cli').command('power-on cli').until(seconds(14));
    expect(run.said('PppoeClosed').map(({ data: { node, reason } }) => [node, reason])).toEqual([
      ['cli', 'power'],
      ['ac', 'replaced'],
    ]);
    expect(run.said('PppoeOpened', { node: 'cli' }).map(({ data }) => data.session)).toEqual([1, 2]);
  });

  test('a request that the line lost comes again, and the session opens', () => {
    const run = given(
      lab(
        dialling(host('cli', { mac: OLD })),
        concentrating(router('ac')),
        host('www', { ip: `${WWW}/24`, gateway: '198.51.100.1' }),
        link('cli:eth0', 'ac:eth0'),
        link('ac:eth1', 'www:eth0'),
      ),
    );
    run.command('impair cli:eth0 loss 20%').command('impair ac:eth0 loss 20%').until(seconds(120));
    expect(run.said('FrameDropped', { reason: 'impairment' }).length).toBeGreaterThan(0);
    expect(run.said('PppoeOpened', { role: 'client' }).length).toBeGreaterThan(0);
  });

  test('an offer names the concentrator and gives back what the client sent along', () => {
    const run = scene().until(seconds(3));
    const tags = run.seen.flatMap(({ kind, bytes }) => {
      const frame = kind === 'received' ? parseEthernet(bytes) : null;
      const packet = frame?.etherType === ETHERTYPE.pppoeDiscovery ? parsePppoe(frame.payload) : null;
      return packet === null ? [] : [{ kind: packet.kind, tags: parseTags(packet.payload) ?? [] }];
    });
    const [padi, pado] = tags;
    expect(new TextDecoder().decode(tagOf(pado?.tags ?? [], PPPOE_TAG.acName))).toBe('ac');
    expect(tagOf(pado?.tags ?? [], PPPOE_TAG.hostUniq)).toEqual(tagOf(padi?.tags ?? [], PPPOE_TAG.hostUniq));
  });
});

describe('a pair of firewalls', () => {
  test('LEASE-06: the unit that becomes active opens a session of its own', () => {
    const unit = (name: string): Part => dialling(firewall(name, { interfaces: { eth1: {}, ha1: {} } }), 'eth1');
    const more = [
      unit('fw2'),
      haPair('fw1', 'fw2'),
      link('fw1:ha1', 'fw2:ha1'),
      link('fw1:eth1', 'sw:p3'),
      link('fw2:eth1', 'sw:p4'),
    ];
    const run = scene({ client: unit('fw1'), more, ports: ['p3', 'p4'] })
      .until(seconds(100))
      .command('crash fw1')
      .until(seconds(130));
    expect(run.said('PppoeOpened', { role: 'client' }).map(({ data: { node, session } }) => [node, session])).toEqual([
      ['fw1', 1],
      ['fw2', 2],
    ]);
  });
});
