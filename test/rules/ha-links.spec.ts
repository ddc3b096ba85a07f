/**
 * Rules HA-02 and HA-03: the links between two units, and what happens when they go one after the other.
 *
 *   fw1 ──── ha1 ──── fw2      ha1-b through a switch of its own (bsw), management through another (msw)
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { HaPair, HaTimers } from '../../ts/model/lab/ha-pair.ts';
import { HA_TIMER_DEFAULTS } from '../../ts/model/lab/ha-pair.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { firewall, haPair, host, hypervisor, lab, learningSwitch, link, ms, type Part, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import timeline from '../vectors/ha-timeline.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const GATEWAY = '10.0.1.1';

interface Scene {
  readonly more?: Partial<HaPair>;
  readonly timers?: Partial<HaTimers>;
  readonly backupAddress?: boolean;
  /** Whether the units have management ports. */
  readonly management?: boolean;
}

/** The drawing above, from time 0, with a client on the segment of eth1. */
function scene({ more = {}, timers = {}, backupAddress = false, management = true }: Scene = {}): Run {
  const unit = (n: 1 | 2): Part[] => [
    firewall(`fw${n}`, {
      on: 'h',
      interfaces: {
        eth1: { ip: `${GATEWAY}/24` },
        ha1: { ip: `10.255.0.${n}/30` },
        'ha1-b': backupAddress ? { ip: `10.255.1.${n}/30` } : {},
        ...(management && { mgmt: { ip: `172.16.0.${n}/24` } }),
      },
    }),
    link(`fw${n}:eth1`, `psw:p${n}`),
    link(`fw${n}:ha1-b`, `bsw:p${n}`),
    ...(management ? [link(`fw${n}:mgmt`, `msw:p${n}`)] : []),
  ];
  const ports = { p1: {}, p2: {}, p3: {} };
  return given(
    lab(
      hypervisor('h'),
      ...unit(1),
      ...unit(2),
      ...['psw', 'bsw', 'msw'].map((name) => learningSwitch(name, { ports })),
      host('g1', { ip: '10.0.1.11/24', gateway: GATEWAY }),
      link('g1:eth0', 'psw:p3'),
      link('fw1:ha1', 'fw2:ha1'),
      haPair('fw1', 'fw2', { more, timers }),
    ),
    { watch: ['fw1', 'fw2'] },
  );
}

function roles(run: Run): (string | undefined)[] {
  return ['fw1', 'fw2'].map((node) => run.state.ha[node]?.state);
}

/** Declarations of links, as "node link up|down at-ms". */
function links(run: Run): string[] {
  return run.said('HaLinkChanged').map(({ data, atNs }) => `${data.node} ${data.link} ${data.up ? 'up' : 'down'} ${atNs / 1e6}`);
}

const lost = (run: Run) => run.said('HaPeerLost').map(({ data, atNs }) => `${data.node} ${data.by} ${atNs / 1e6}`);

/** Types of the events from an event back to the one without a cause. */
function wayHome(run: Run, position: number): string[] {
  const types: string[] = [];
  for (let at = position; at > 0; at = run.event(at).cause) types.push(run.event(at).type);
  return types;
}

test('HA-03: the HA1 monitor hold is that of the timeline', () => {
  expect(HA_TIMER_DEFAULTS.ha1MonitorHoldNs / 1e6).toBe(timeline.timers_ms.ha1_link_monitor);
});

describe('one link', () => {
  test('HA-03: split-brain: HA1 that goes down is acted on after the hold, and the passive unit is promoted', () => {
    const run = scene().until(seconds(1)).command('link down fw1:ha1').until(ms(3999));
    expect([links(run), lost(run)]).toEqual([[], []]);
    run.until(seconds(20));
    expect(links(run)).toEqual(['fw1 ha1 down 4000', 'fw2 ha1 down 4000']);
    expect(lost(run)).toEqual(['fw1 link 4000', 'fw2 link 4000']);
    expect(run.said('HaStateChanged', { node: 'fw2', to: 'active' }).map(({ atNs }) => atNs)).toEqual([seconds(6)]);
    const vector = timeline.scenarios.find(({ id }) => id === 'split-brain');
    expect(roles(run).every((role) => role === 'active')).toBe(vector?.both_active);
  });

  test('HA-02: the declaration has one line in the system log, ha1-link-change, and leads back to the cable', () => {
    const run = scene().until(seconds(1)).command('link down fw1:ha1').until(seconds(5)).command('link up fw1:ha1');
    run.until(seconds(20));
    expect(links(run).slice(2)).toEqual(['fw1 ha1 up 5000', 'fw2 ha1 up 5000']);
    const lines = run.said('SystemLog', { eventId: 'ha1-link-change' });
    expect(lines.map(({ cause }) => cause)).toEqual(run.said('HaLinkChanged').map(({ position }) => position));
    expect(lines.map(({ data }) => data.severity)).toEqual(['critical', 'critical', 'informational', 'informational']);
    for (const { position } of [...run.said('HaLinkChanged'), ...run.said('HaPeerLost')]) {
      expect(wayHome(run, position).slice(1)).toEqual(['InterfaceLinkChanged', 'CommandAccepted', 'CommandReceived']);
    }
    expect(roles(run)).toEqual(['active', 'passive']);
  });

  test('HA-03: carrier that returns within the hold changes nothing, and the next loss has a hold of its own', () => {
    const run = scene().until(seconds(1)).command('link down fw1:ha1').until(seconds(3)).command('link up fw1:ha1');
    run.until(ms(3500)).command('link down fw1:ha1').until(ms(6499));
    expect([links(run), lost(run)]).toEqual([[], []]);
    run.until(ms(6501));
    expect(links(run)).toEqual(['fw1 ha1 down 6500', 'fw2 ha1 down 6500']);
  });

  test('HA-03: the hold is a timer of the pair', () => {
    const timers = { ha1MonitorHoldNs: ms(1000) };
    const run = scene({ timers }).until(seconds(1)).command('link down fw1:ha1').until(seconds(3));
    expect(lost(run)).toEqual(['fw1 link 2000', 'fw2 link 2000']);
  });

  test('HA-03: a unit that starts without carrier on HA1 declares it down after the hold', () => {
    const run = scene().until(seconds(1)).command('crash fw2').command('link down fw1:ha1').until(seconds(20));
    run.command('power-on fw2').until(seconds(30));
    expect(links(run)).toEqual(['fw1 ha1 down 4000', 'fw2 ha1 down 23000']);
  });

  test('HA-03: a peer that crashes takes no carrier away: its heartbeats are missed', () => {
    const run = scene().until(seconds(1)).command('crash fw1').until(seconds(20));
    expect([links(run), lost(run)]).toEqual([[], ['fw2 heartbeat 8000']]);
  });
});

describe('a backup of HA1', () => {
  const more = { ha1Backup: 'ha1-b' };

  test.each([false, true])(
    'HA-02: no failover while it lives; heartbeats and hellos use it (own addresses: %s)',
    (backupAddress) => {
      const run = scene({ more, backupAddress }).until(seconds(1)).command('link down fw1:ha1').until(seconds(60));
      expect(lost(run)).toEqual([]);
      expect(roles(run)).toEqual(['active', 'passive']);
      const sent = run.seen.filter(({ at, kind, atNs }) => at === 'fw1:ha1-b' && kind === 'sent' && atNs > seconds(5));
      const segments = sent.filter(({ bytes }) => bytes[23] === 6);
      expect(segments.length).toBeGreaterThan(4);
      for (const { bytes } of segments)
        expect([bytes.subarray(34, 36), bytes.subarray(36, 38)]).toEqual(Array(2).fill(port(28_770)));
    },
  );

  test('HA-02: news of a crash is not news of HA1: with both links dead the peer is lost', () => {
    const run = scene({ more }).until(seconds(1)).command('crash fw1').until(seconds(20));
    expect([links(run), lost(run)]).toEqual([[], ['fw2 heartbeat 8000']]);
    expect(roles(run)).toEqual(['initial', 'active']);
  });

  test('HA-02: a backup that falls silent without losing carrier is declared by its heartbeats, connect-change, and comes back', () => {
    const run = scene({ more })
      .until(seconds(1))
      .command('crash bsw')
      .until(seconds(20))
      .command('power-on bsw')
      .until(seconds(30));
    expect(links(run).slice(0, 2)).toEqual(['fw1 ha1-b down 8000', 'fw2 ha1-b down 8000']);
    expect(
      links(run)
        .slice(2)
        .map((line) => line.split('.')[0]),
    ).toEqual(['fw1 ha1-b up 20000', 'fw2 ha1-b up 20000']);
    expect(run.said('SystemLog', { eventId: 'connect-change' })).toHaveLength(4);
    for (const { position } of run.said('HaLinkChanged').slice(0, 2)) {
      expect(wayHome(run, position).slice(1)).toEqual(['NodePowerChanged', 'CommandAccepted', 'CommandReceived']);
    }
    expect(lost(run)).toEqual([]);
  });

  test('HA-03: HA1, then its backup: the peer is lost with the last of them', () => {
    const run = scene({ more }).until(seconds(1)).command('link down fw1:ha1').until(seconds(10));
    run.command('link down fw1:ha1-b').command('link down fw2:ha1-b').until(seconds(20));
    expect(lost(run)).toEqual(['fw1 link 13000', 'fw2 link 13000']);
    expect(roles(run)).toEqual(['active', 'active']);
  });

  test('HA-03: a split brain heals over the backup alone', () => {
    const run = scene({ more }).until(seconds(1)).command('link down fw1:ha1').command('link down fw1:ha1-b').until(seconds(20));
    expect(roles(run)).toEqual(['active', 'active']);
    run.command('link up fw1:ha1-b').until(seconds(30));
    expect(roles(run)).toEqual(['active', 'passive']);
  });
});

describe('heartbeat backup', () => {
  const more = { heartbeatBackup: true } as const;

  test('HA-03: heartbeat-backup: with it the units still see each other, and nothing fails over', () => {
    const run = scene({ more }).until(seconds(1)).command('link down fw1:ha1').until(seconds(60));
    const vector = timeline.scenarios.find(({ id }) => id === 'heartbeat-backup');
    expect(roles(run).every((role) => role === 'active')).toBe(vector?.both_active);
    expect(run.said('HaLinkChanged').map(({ type, data }) => `${type} ${data.link} ${data.up ? 'up' : 'down'}`)).toEqual(
      Array(2).fill(vector?.event),
    );
    expect(lost(run)).toEqual([]);
    expect(roles(run)).toEqual(['active', 'passive']);
  });

  test('HA-02: it runs on management, port 28771, and is answered though the HA process is stopped', () => {
    const run = scene({ more }).until(seconds(1)).command('ha-process fw2 stop').until(ms(10_001));
    const sent = run.seen.filter(({ at, kind, bytes }) => at === 'fw1:mgmt' && kind === 'sent' && bytes[23] === 6);
    expect(sent.length).toBeGreaterThan(5);
    for (const { bytes } of sent) expect(bytes.subarray(36, 38)).toEqual(port(28_771));
    expect(sent.every(({ bytes }) => EthernetView.over(bytes)?.dst === run.state.interfaces['fw2:mgmt']?.usedMac)).toBe(true);
    expect(lost(run)).toEqual([]);
  });

  test('HA-03: without management too, the peer is lost by its heartbeats', () => {
    const run = scene({ more })
      .until(seconds(1))
      .command('link down fw1:ha1')
      .until(ms(8500))
      .command('crash msw')
      .until(seconds(30));
    expect(lost(run)).toEqual(['fw1 heartbeat 16000', 'fw2 heartbeat 16000']);
    for (const { position } of run.said('HaPeerLost')) {
      const way = wayHome(run, position);
      expect(way).toEqual(['HaPeerLost', 'NodePowerChanged', 'CommandAccepted', 'CommandReceived']);
    }
    expect(roles(run)).toEqual(['active', 'active']);
  });

  test('HA-03: a lab without management ports is warned of it, and its pair loses that link alone', () => {
    const run = scene({ more, management: false }).until(seconds(30));
    expect(run.said('HaLinkChanged').map(({ data }) => `${data.node} ${data.link} ${data.up}`)).toEqual([
      'fw1 heartbeat-backup false',
      'fw2 heartbeat-backup false',
    ]);
    expect(roles(run)).toEqual(['active', 'passive']);
  });
});

describe('HA2', () => {
  const more = { ha2: 'ha1-b', ha2KeepAlive: true } as const;
  const keepAlive = (run: Run, at: string) =>
    run.seen.filter((one) => one.at === at && one.kind === 'sent' && one.bytes[12] === 0x72 && one.bytes[13] === 0x61);

  test('HA-02: keep-alive frames of type 7261 cross it both ways, and only where the pair says so', () => {
    const run = scene({ more }).until(ms(5500));
    expect([keepAlive(run, 'fw1:ha1-b'), keepAlive(run, 'fw2:ha1-b')].map(({ length }) => length)).toEqual([5, 5]);
    expect(keepAlive(scene({ more: { ha2: 'ha1-b' } }).until(ms(5500)), 'fw1:ha1-b')).toEqual([]);
    expect(run.dropsAt('fw2').filter((drop) => drop.startsWith('ha1-b'))).toEqual([]);
  });

  test('HA-02: carrier that goes and comes is declared at once, ha2-link-change, and changes no role', () => {
    const run = scene({ more: { ha2: 'ha1-b' } })
      .until(seconds(1))
      .command('link down fw1:ha1-b')
      .until(seconds(5));
    run.command('link up fw1:ha1-b').until(seconds(30));
    expect(links(run)).toEqual(['fw1 ha2 down 1000', 'fw1 ha2 up 5000']);
    expect(run.said('SystemLog', { eventId: 'ha2-link-change' })).toHaveLength(2);
    for (const { position } of run.said('HaLinkChanged')) {
      expect(wayHome(run, position)).toEqual(['HaLinkChanged', 'InterfaceLinkChanged', 'CommandAccepted', 'CommandReceived']);
    }
    expect([lost(run), roles(run)]).toEqual([[], ['active', 'passive']]);
  });

  test('HA-02: without carrier lost, ten seconds without a keep-alive frame declare it down', () => {
    const run = scene({ more }).until(ms(5500)).command('crash bsw').until(seconds(30)).command('power-on bsw').until(seconds(40));
    expect(links(run).map((line) => line.split('.')[0])).toEqual([
      'fw1 ha2 down 15000',
      'fw2 ha2 down 15000',
      'fw1 ha2 up 30000',
      'fw2 ha2 up 30000',
    ]);
    const [down] = run.said('HaLinkChanged');
    expect(wayHome(run, down?.position ?? 0)).toEqual(['HaLinkChanged', 'NodePowerChanged', 'CommandAccepted', 'CommandReceived']);
    expect([lost(run), roles(run)]).toEqual([[], ['active', 'passive']]);
  });
});

/** A port number in network order. */
function port(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 0xff);
}
