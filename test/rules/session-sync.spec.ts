/**
 * Sessions of a pair: they cross HA2 to the passive unit, and go on after a failover (HA-19).
 *
 *   in 10.0.1.11 ── sw1 ── eth1  fw1 | fw2  eth2 ── sw2 ── out 10.0.2.12          fw1:ha2 ── fw2:ha2
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readDerived } from '../../ts/engine/derived.ts';
import { ETHERTYPE, emitEthernet, padToMinimum, parseEthernet } from '../../ts/wire/ethernet.ts';
import { mac, ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { pairFile } from '../support/pair-lab.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import { datagram, type Flags, segment, told, type Way } from '../support/transport.ts';

afterEach(everyFrameIsAccountedFor);

const SETTINGS = [
  'zones: { trust: [eth1], untrust: [eth2] }',
  'policies: [{ name: out, from: trust, to: untrust }]',
  'nat: [{ name: hide, from: trust, to: untrust, source: 10.0.1.64/26, pool: 10.0.2.100 }]',
  'sessions: { timeouts: { udp: 40s } }',
];
const FILE = pairFile({ ports: ['ha2'], ha: 'ha2: ha2', firewall: SETTINGS });

/** The pair, with fw1 active; the active unit knows both hosts. */
function pair(file = FILE): Run {
  return ready(givenFile(file, ['fw1', 'fw2']).until(seconds(5)), 'fw1').forgetSeen();
}

function ready(run: Run, unit: string): Run {
  return run.command(`ping ${unit} 10.0.1.11 count 1`).command(`ping ${unit} 10.0.2.12 count 1`).pass(ms(500));
}

function way(run: Run, unit: string, direction: 'out' | 'back', client = '10.0.1.11:1000'): Way {
  const [at, host] = direction === 'out' ? ['eth1', 'in:eth0'] : ['eth2', 'out:eth0'];
  const macs = [host, `${unit}:${at}`].map((endpoint) => run.state.interfaces[endpoint]?.usedMac ?? '') as [string, string];
  const ends = [client, '10.0.2.12:80'] as [`${string}:${number}`, `${string}:${number}`];
  return direction === 'out' ? { macs, from: ends[0], to: ends[1] } : { macs, from: ends[1], to: ends[0] };
}

/** What a unit passes on of a frame that comes to it. */
function passes(run: Run, unit: string, at: string, frame: Uint8Array): string[] {
  run.forgetSeen().receives(`${unit}:${at}`, frame).pass(ms(5));
  const sent = run.seen.filter((one) => one.kind === 'sent' && one.at.startsWith(`${unit}:eth`));
  return sent.map(({ bytes }) => told(bytes)).filter((text) => !text.startsWith('bad'));
}

function out(run: Run, unit: string, flags: Flags, client?: string): string[] {
  return passes(run, unit, 'eth1', segment(way(run, unit, 'out', client), flags));
}

function back(run: Run, unit: string, flags: Flags): string[] {
  return passes(run, unit, 'eth2', segment(way(run, unit, 'back'), flags));
}

function open(run: Run): Run {
  out(run, 'fw1', 'S');
  back(run, 'fw1', 'SA');
  out(run, 'fw1', 'A');
  return run;
}

function sessionsOf(run: Run, unit: string) {
  return readDerived(run.engine).sessions.filter(({ node }) => node === unit);
}

function ha2Frames(run: Run, unit: string, kind: 'sent' | 'received') {
  return run.frames(`${unit}:ha2`, kind).filter((bytes) => parseEthernet(bytes)?.etherType === ETHERTYPE.ha2);
}

function failOver(run: Run): Run {
  return ready(run.command('crash fw1').pass(seconds(14)), 'fw2');
}

describe('the passive unit', () => {
  test('HA-02 HA-19: hears of a session when it is established: one frame of type 7261, and none back', () => {
    const run = pair();
    out(run, 'fw1', 'S');
    back(run, 'fw1', 'SA');
    expect(ha2Frames(run, 'fw1', 'sent')).toEqual([]);
    out(run, 'fw1', 'A');
    expect(ha2Frames(run, 'fw1', 'sent')).toHaveLength(1);
    expect(ha2Frames(run, 'fw2', 'sent')).toHaveLength(0);
    expect(run.said('SessionSync').map(({ data }) => data)).toEqual([{ node: 'fw2', peer: 'fw1', count: 1 }]);
    const [own] = sessionsOf(run, 'fw1');
    const [copy] = sessionsOf(run, 'fw2');
    expect(copy).toMatchObject({
      state: 'established',
      source: own?.source,
      destination: own?.destination,
      policy: 'out',
      fromPeer: true,
    });
  });

  test('HA-19: hears of its end, of a prolonged one in time, and of a cleared one', () => {
    const run = open(pair(FILE.replace('udp: 40s', 'udp: 4s')));
    out(run, 'fw1', 'F');
    expect(sessionsOf(run, 'fw2')[0]?.state).toBe('half-closed');
    run.command('session clear fw1').pass(ms(5));
    expect(sessionsOf(run, 'fw2')).toEqual([]);
    run.receives('fw1:eth1', datagram(way(run, 'fw1', 'out'))).pass(ms(5));
    const before = ha2Frames(run, 'fw1', 'sent').length;
    for (let second = 0; second < 8; second++) {
      run.receives('fw1:eth1', datagram(way(run, 'fw1', 'out'))).pass(seconds(1));
      expect(sessionsOf(run, 'fw2')).toHaveLength(1);
    }
    // Each time that half of the timeout of 4 s is over.
    expect(ha2Frames(run, 'fw1', 'sent').length - before).toBeLessThanOrEqual(4);
  });

  test('HA-19: does not hear of ICMP', () => {
    const run = pair();
    run.command('ping in 10.0.2.12 count 1').pass(seconds(1));
    expect(sessionsOf(run, 'fw1')).toHaveLength(1);
    expect(sessionsOf(run, 'fw2')).toEqual([]);
    expect(run.said('SessionSync')).toEqual([]);
  });

  test('HA-19: hears of all sessions when it boots, and the system log of the peer says so', () => {
    const run = pair().command('crash fw2').pass(seconds(1));
    for (let port = 1; port <= 20; port++) run.receives('fw1:eth1', datagram(way(run, 'fw1', 'out', `10.0.1.11:${port}`)));
    open(run);
    expect(run.said('SessionSync')).toEqual([]);
    run.command('power-on fw2').pass(seconds(3));
    expect(sessionsOf(run, 'fw2').map(({ source }) => source.port)).toContain(1000);
    expect(run.said('SystemLog', { node: 'fw1', eventId: 'session-synch' })).toHaveLength(1);
  });
});

test('HA-19: sessions of the unit that stays active reach its peer after a split brain that a stopped HA process brought about', () => {
  const run = pair().command('ha-process fw1 stop').pass(seconds(40));
  open(run);
  expect(sessionsOf(run, 'fw2')).toEqual([]);
  run.command('ha-process fw1 start').pass(seconds(1));
  expect(sessionsOf(run, 'fw2')).toMatchObject([{ state: 'established', fromPeer: true }]);
});

describe('after a failover', () => {
  test('HA-19: an established session goes on, in both directions, and behind NAT with the same address and port', () => {
    const run = open(pair());
    const nat = '10.0.1.70:2000';
    const [sent = ''] = passes(run, 'fw1', 'eth1', datagram(way(run, 'fw1', 'out', nat)));
    failOver(run);
    expect(out(run, 'fw2', 'A')).toEqual(['tcp 10.0.1.11:1000 > 10.0.2.12:80 A']);
    expect(back(run, 'fw2', 'A')).toEqual(['tcp 10.0.2.12:80 > 10.0.1.11:1000 A']);
    expect(sent).toMatch(/^udp 10\.0\.2\.100:/);
    expect(passes(run, 'fw2', 'eth1', datagram(way(run, 'fw2', 'out', nat)))).toEqual([sent]);
  });

  test('HA-19: with HA2 down it starts again: its segments are dropped as no-session, because of the failover', () => {
    const run = pair().command('link down fw1:ha2').pass(seconds(1));
    open(run);
    failOver(run);
    expect(out(run, 'fw2', 'A')).toEqual([]);
    const drop = run.said('FrameDropped', { node: 'fw2', reason: 'no-session' }).at(-1);
    const promoted = run.said('HaStateChanged', { node: 'fw2', to: 'active' }).at(-1);
    expect(promoted?.position).toBeGreaterThan(0);
    expect(drop?.cause).toBe(promoted?.position);
    expect(out(run, 'fw2', 'S')).toEqual(['tcp 10.0.1.11:1000 > 10.0.2.12:80 S']);
  });

  test('HA-19: HA2 that comes back brings all sessions', () => {
    const run = pair().command('link down fw1:ha2').pass(seconds(1));
    open(run);
    expect(sessionsOf(run, 'fw2')).toEqual([]);
    run.command('link up fw1:ha2').pass(seconds(1));
    expect(sessionsOf(run, 'fw2')).toHaveLength(1);
  });

  test('HA-16: addresses of pools are not announced', () => {
    const run = failOver(open(pair()));
    const announced = new Set(run.said('GarpSent', { node: 'fw2' }).map(({ data }) => data.ip));
    expect([...announced].sort()).toEqual(['10.0.1.1', '10.0.2.1']);
  });
});

test('HA-19: what a stranger sends on HA2 makes no session', () => {
  const run = pair();
  const send = (message: unknown) => {
    const payload = new TextEncoder().encode(typeof message === 'string' ? message : JSON.stringify(message));
    const macs = { src: mac('02:00:00:00:00:01'), dst: mac(run.state.interfaces['fw2:ha2']?.usedMac ?? '') };
    run.receives('fw2:ha2', padToMinimum(emitEthernet({ ...macs, etherType: ETHERTYPE.ha2, payload }))).pass(ms(5));
  };
  const good = [3, 6, 0, 0, 1e9, 0, 1, 1, 2, 2, 2, 2, 1, 1, 'eth1', 'eth2'];
  for (const message of ['no JSON', 'null', {}, { sessions: 7 }, { sessions: [7, [], null] }]) send(message);
  for (const [place, value] of [
    [0, 1],
    [0, 7],
    [4, -1],
    [6, 2 ** 32],
    [7, 65_536],
    [14, 'eth9'],
    [1, 'x'],
  ] as const) {
    send({ sessions: [good.map((one, index) => (index === place ? value : one))] });
  }
  expect(sessionsOf(run, 'fw2')).toEqual([]);
  send({ sessions: [good] });
  expect(sessionsOf(run, 'fw2')).toHaveLength(1);
});

test('HA-19: the units of a pair have the same zones and policies', () => {
  const file = FILE.replace('fw2: { group: pair, on: h2 }', 'fw2: { group: pair, on: h2, policies: [] }');
  expect(validated(file)).toEqual([expect.stringContaining('zones, policies, nat or sessions of fw1 and fw2 differ')]);
});
