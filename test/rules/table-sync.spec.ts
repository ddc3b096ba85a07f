/**
 * Neighbours and routes of a pair cross HA2 to the passive unit, and HA2 has a backup (HA-02, HA-19).
 *
 *   in 10.0.1.11 ── sw1 ── eth1  fw1 | fw2  eth2 ── sw2 ── out 10.0.2.12          fw1:ha2 ── fw2:ha2   fw1:ha2-b ── fw2:ha2-b
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Mac } from '../../ts/values/mac.ts';
import { parseArpFrame } from '../../ts/wire/arp.ts';
import { ETHERTYPE, emitEthernet, padToMinimum, parseEthernet } from '../../ts/wire/ethernet.ts';
import { parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { parseUdp } from '../../ts/wire/udp.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { HOST_MACS, pairFile } from '../support/pair-lab.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const HA2 = 'ha2: ha2, ha2-tables: on';
const FLOWS = 'flows: { web: { from: "in:eth0", to: 10.0.2.12, rate: 10, start: 3s, stop: 80s } }';
const FILE = pairFile({ ports: ['ha2', 'ha2-b'], ha: HA2, more: FLOWS });

function pair(ha2 = HA2): Run {
  return givenFile(FILE.replace(HA2, ha2), ['fw1', 'fw2']);
}

/** What a unit knows of both hosts. */
function neighbours(run: Run, unit: string): (string | undefined)[] {
  const own = run.state.neighbours[unit] ?? {};
  return ['10.0.1.11%eth1', '10.0.2.12%eth2'].map((key) => own[key]?.mac);
}

const BOTH: readonly string[] = HOST_MACS;
const NONE = [undefined, undefined];

function ha2Frames(run: Run, at: string): readonly Uint8Array[] {
  return run.frames(at, 'sent').filter((bytes) => parseEthernet(bytes)?.etherType === ETHERTYPE.ha2);
}

/** ARP requests that a unit sent for an address of another node. */
function questions(run: Run, unit: string): string[] {
  const frames = ['eth1', 'eth2'].flatMap((port) => run.frames(`${unit}:${port}`, 'sent'));
  const arps = frames.flatMap((bytes) => parseArpFrame(bytes)?.arp ?? []);
  return arps
    .filter(({ operation, senderIp, targetIp }) => operation === 'request' && senderIp !== targetIp)
    .map((one) => one.targetIp);
}

describe('neighbours', () => {
  test('HA-02 HA-19: the passive unit has each that the active one learns, by one frame of type 7261 that leads back to it', () => {
    const run = pair().until(seconds(10));
    expect(neighbours(run, 'fw2')).toEqual(BOTH);
    expect([ha2Frames(run, 'fw1:ha2').length, ha2Frames(run, 'fw2:ha2').length]).toEqual([3, 0]);
    for (const copy of run.said('NeighbourUpdated', { node: 'fw2' })) {
      expect(copy.cause).toBe(run.said('NeighbourUpdated', { node: 'fw1', ip: copy.data.ip })[0]?.position);
    }
  });

  test('HA-19: a unit that takes over asks nobody, and passes on the first packet', () => {
    const [run, without] = [pair(), pair('ha2: ha2')].map((one) =>
      one.until(seconds(10)).forgetSeen().command('crash fw1').until(seconds(30)),
    );
    expect(run?.state.ha['fw2']?.state).toBe('active');
    expect(questions(run as Run, 'fw2')).toEqual([]);
    expect(questions(without as Run, 'fw2')).toContain('10.0.2.12');
    expect(neighbours(run as Run, 'fw2')).toEqual(BOTH);
  });

  test('HA-02: with HA2 cut the passive unit learns nothing; when it comes back it hears of all, and of what was forgotten', () => {
    const run = pair().until(seconds(1)).command('link down fw1:ha2').until(seconds(10));
    expect(neighbours(run, 'fw1')).toEqual(BOTH);
    expect(neighbours(run, 'fw2')).toEqual(NONE);
    run.command('link up fw1:ha2').pass(ms(5));
    expect(neighbours(run, 'fw2')).toEqual(BOTH);
    run.command('link down fw1:ha2').command('set fw1 interface/eth2/ipv4 10.0.3.1/24').command('commit fw1').pass(ms(5));
    expect(neighbours(run, 'fw2')).toEqual(BOTH);
    run.command('link up fw1:ha2').pass(ms(5));
    expect(neighbours(run, 'fw2')).toEqual(['02:00:00:00:00:11', undefined]);
  });

  test('HA-19: a unit that boots hears of all of them', () => {
    const run = pair().until(seconds(10)).command('crash fw2').pass(seconds(1));
    expect(neighbours(run, 'fw2')).toEqual(NONE);
    run.command('power-on fw2').pass(seconds(1));
    expect(neighbours(run, 'fw2')).toEqual(BOTH);
  });

  test('HA-02: an active unit takes none over, and what holds no neighbour changes nothing', () => {
    const run = pair().until(seconds(10));
    const entries = (unit: string) => Object.keys(run.state.neighbours[unit] ?? {}).sort();
    const before = [entries('fw1'), entries('fw2')];
    const strange = [['eth1', '10.0.1.77', '02:00:00:00:00:77']];
    run.receives('fw1:ha2', frame(run, 'fw1', { neighbours: strange })).pass(ms(1));
    for (const rows of [
      [
        ['eth9', '10.0.1.77', BOTH[0]],
        ['eth1', '10.9.9.9', BOTH[0]],
        ['eth1', '10.0.1.1', BOTH[0]],
        ['eth1', '10.0.1.77', 'no'],
        7,
      ],
      'eth1',
    ]) {
      run.receives('fw2:ha2', frame(run, 'fw2', { neighbours: rows })).pass(ms(1));
    }
    expect([entries('fw1'), entries('fw2')]).toEqual(before);
    run.receives('fw2:ha2', frame(run, 'fw2', { neighbours: strange })).pass(ms(1));
    expect(entries('fw2')).toContain('10.0.1.77%eth1');
  });
});

/** A frame of HA2 as the peer of a unit would send it. */
function frame(run: Run, to: 'fw1' | 'fw2', message: object): Uint8Array {
  const [dst, src] = [to, to === 'fw1' ? 'fw2' : 'fw1'].map((unit) => run.state.interfaces[`${unit}:ha2`]?.usedMac as Mac) as [
    Mac,
    Mac,
  ];
  const payload = new TextEncoder().encode(JSON.stringify({ group: 1, ...message }));
  return padToMinimum(emitEthernet({ dst, src, etherType: ETHERTYPE.ha2, payload }));
}

describe('routes', () => {
  const far = (run: Run) => run.command('ping in 10.9.0.10 count 1').pass(ms(200)).said('PingFinished').length;

  test('HA-02 HA-19: a route that was committed at the active unit carries packets after the failover, though the peer was not configured', () => {
    const run = pair().until(seconds(5)).command('set fw1 route/10.9.0.0/16 10.0.2.12').command('commit fw1').pass(ms(5));
    expect(run.said('HaRoutesSynced').map(({ data }) => data)).toEqual([
      { node: 'fw2', peer: 'fw1', routes: ['10.9.0.0/16 via 10.0.2.12'] },
    ]);
    expect(run.said('HaRoutesSynced')[0]?.cause).toBe(run.said('ConfigCommitted')[0]?.position);
    run.command('crash fw1').until(seconds(30));
    far(run);
    expect(run.dropped('out:eth0', 'no-listener')).toBe(1);
    expect(run.dropsAt('fw2').filter((drop) => drop.includes('no-route'))).toEqual([]);
    run.command('crash fw2').command('power-on fw2').pass(ms(5));
    expect(run.said('HaRoutesSynced').at(-1)?.data.routes).toEqual([]);
  });

  test('HA-19: with HA2 cut the route does not come, and after the failover packets have none', () => {
    const run = pair().until(seconds(5)).command('link down fw1:ha2').command('set fw1 route/10.9.0.0/16 10.0.2.12');
    run.command('commit fw1').command('crash fw1').until(seconds(30));
    far(run);
    expect(run.said('HaRoutesSynced')).toEqual([]);
    expect(run.dropsAt('fw2').filter((drop) => drop.includes('no-route'))).toHaveLength(1);
  });

  test('HA-19: the route of a lease does not cross: the peer has no such lease', () => {
    const file = FILE.replace('eth2: { ipv4: 10.0.2.1/24 }', 'eth2: { ipv4: dhcp }').replace(
      'out: { kind: host, gateway: 10.0.2.1,',
      'out: { kind: host, dhcp: { pools: [{ range: 10.0.2.1-10.0.2.9, prefix: 10.0.2.0/24, gateway: 10.0.2.12 }] },',
    );
    const run = givenFile(file).until(seconds(10)).command('set fw1 route/10.9.0.0/16 10.0.1.11').command('commit fw1').pass(ms(5));
    expect(run.state.leases['fw1:eth2']).toMatchObject({ ip: '10.0.2.1' });
    expect(run.said('HaRoutesSynced').map(({ data }) => data.routes)).toEqual([['10.9.0.0/16 via 10.0.1.11']]);
  });

  test('HA-19: what a unit is configured with comes before what its peer has', () => {
    const run = pair().until(seconds(5)).command('set fw2 route/10.9.0.0/16 10.0.1.11').command('commit fw2');
    run.command('set fw1 route/10.9.0.0/16 10.0.2.12').command('commit fw1').pass(ms(5));
    run.command('crash fw1').until(seconds(30)).command('ping out 10.9.0.10 count 1').pass(ms(200));
    expect(run.dropped('in:eth0', 'no-listener')).toBe(1);
  });
});

describe('over IP', () => {
  test.each([
    ['ip', 99],
    ['udp', 17],
  ])(
    'HA-02: the same crosses HA2 in %s, protocol %i, and a unit that expects it so ignores frames of type 7261',
    (transport, protocol) => {
      const run = pair(`${HA2}, ha2-keep-alive: on, ha2-transport: ${transport}`).until(seconds(10));
      expect(neighbours(run, 'fw2')).toEqual(BOTH);
      const packets = run.frames('fw1:ha2', 'sent').flatMap((bytes) => parseIpv4Packet(bytes.subarray(14)) ?? []);
      expect(packets.length).toBeGreaterThan(10);
      for (const packet of packets)
        expect([packet.protocol, packet.src, packet.dst]).toEqual([protocol, '169.254.3.1', '169.254.3.2']);
      if (protocol === 17) expect(parseUdp(packets[0]?.payload ?? new Uint8Array(), 0, packets[0])?.dstPort).toBe(29_281);
      expect(run.until(seconds(20)).said('HaLinkChanged')).toEqual([]);
      const header = run.frames('fw1:ha2', 'sent')[0]?.slice(0, 14) ?? new Uint8Array(14);
      header.set([0x72, 0x61], 12);
      const strange = new TextEncoder().encode(JSON.stringify({ neighbours: [['eth1', '10.0.1.77', BOTH[0]]] }));
      run.receives('fw2:ha2', new Uint8Array([...header, ...strange])).pass(ms(1));
      expect(run.neighbour('fw2', '10.0.1.77')).toBeNull();
    },
  );
});

describe('a backup of HA2', () => {
  const BACKED = 'ha2: ha2, ha2-backup: ha2-b, ha2-tables: on';

  test('HA-02: carries what HA2 carried, from the moment at which HA2 is declared down, and all of it again', () => {
    const run = pair(BACKED).until(seconds(10)).forgetSeen().command('link down fw1:ha2').pass(ms(5));
    expect(run.said('HaLinkChanged', { node: 'fw1' }).map(({ data }) => [data.link, data.up])).toEqual([['ha2', false]]);
    expect([ha2Frames(run, 'fw1:ha2').length, ha2Frames(run, 'fw1:ha2-b').length]).toEqual([0, 2]);
    // Nothing asks for the client again: its flow has no answers.
    run.command('arp clear fw1').pass(seconds(1));
    expect(neighbours(run, 'fw2')).toEqual([undefined, '02:00:00:00:00:12']);
    run.command('link up fw1:ha2').forgetSeen().command('arp clear fw1').pass(ms(5));
    expect(ha2Frames(run, 'fw1:ha2').length).toBeGreaterThan(0);
    expect(ha2Frames(run, 'fw1:ha2-b')).toEqual([]);
  });

  test('HA-02: its keep-alive frames tell that it works, and the system log says when it does not', () => {
    const run = pair(`${BACKED}, ha2-keep-alive: on`).until(seconds(5)).command('link down fw2:ha2-b').until(seconds(20));
    expect(
      run
        .said('HaLinkChanged')
        .map(({ data }) => `${data.node} ${data.link}`)
        .sort(),
    ).toEqual(['fw1 ha2-b', 'fw2 ha2-b']);
    expect(run.said('SystemLog', { eventId: 'ha2-link-change' })).toHaveLength(2);
    expect(run.frames('fw1:ha2', 'sent').length).toBeGreaterThan(15);
  });

  test('HA-02: with both cut nothing crosses', () => {
    const run = pair(BACKED).until(seconds(1)).command('link down fw1:ha2').command('link down fw1:ha2-b').until(seconds(10));
    expect(neighbours(run, 'fw2')).toEqual(NONE);
  });

  test.each([
    ['ha2-backup: ha2-b', 'a backup of HA2 needs HA2'],
    ['ha2-tables: on', 'neighbours and routes need HA2'],
    ['ha2: ha2, ha2-backup: ha2', 'ha2 carries HA2 already'],
    ['ha2: ha2, ha1-backup: ha2-b, ha2-backup: ha2-b', 'ha2-b carries the backup of HA1 already'],
  ])('HA-02: %s is refused', (ha2, message) => {
    expect(validated(FILE.replace(HA2, ha2)).join('\n')).toContain(message);
  });
});
