/**
 * What crosses HA1 beside hellos: the configuration (HA-01e, HA-02b), and all of it encrypted. The pair is that of test/support/pair-lab.ts.
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { areInSync } from '../../ts/model/config/shared-settings.ts';
import { parseEthernet } from '../../ts/wire/ethernet.ts';
import { IP_PROTOCOL, parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { parseTcp, type TcpSegment } from '../../ts/wire/tcp.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { pairFile } from '../support/pair-lab.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

function pair(ha = 'config-sync: on'): Run {
  return givenFile(pairFile({ ports: ['ha1-b', 'ha2'], ha }), ['fw1', 'fw2'])
    .until(seconds(5))
    .forgetSeen();
}

function commit(run: Run, unit: string, ...settings: readonly string[]): Run {
  for (const setting of settings) run.command(`set ${unit} ${setting}`);
  return run.command(`commit ${unit}`).pass(ms(5));
}

/** TCP segments that a unit sent over one of its HA ports. */
function segments(run: Run, at: string): TcpSegment[] {
  return run.frames(at, 'sent').flatMap((bytes) => {
    const packet = parseIpv4Packet(parseEthernet(bytes)?.payload ?? new Uint8Array(0));
    return packet?.protocol === IP_PROTOCOL.tcp ? (parseTcp(packet.payload, 0, packet) ?? []) : [];
  });
}

function mtus(run: Run): (number | undefined)[] {
  const { interfaces } = run.engine.lab.lab;
  return ['fw1', 'fw2'].map((unit) => interfaces.find(({ node, name }) => node === unit && name === 'eth1')?.mtu);
}

/** What `show high-availability all` says of the running configuration. */
function isInSync(run: Run): boolean {
  return areInSync({ lab: run.engine.lab.lab, options: run.state.options }, 'fw1', 'fw2');
}

function roles(run: Run): (string | undefined)[] {
  return ['fw1', 'fw2'].map((unit) => run.state.ha[unit]?.state);
}

describe('a commit at one unit', () => {
  test('HA-01e, HA-02b: reaches the other over HA1, port 28260; its settings of HA stay its own', () => {
    const run = commit(pair(), 'fw1', 'interface/eth1/mtu 1400', 'route/10.9.0.0/16 10.0.2.12', 'ha/priority 40');
    expect(mtus(run)).toEqual([1400, 1400]);
    const [synced] = run.said('HaConfigSynced');
    expect(synced).toMatchObject({
      cause: run.said('ConfigCommitted')[0]?.position,
      data: {
        node: 'fw2',
        peer: 'fw1',
        paths: ['interface/eth1/mtu', 'route/10.9.0.0/16'],
        values: ['1400', '10.0.2.12'],
      },
    });
    expect(segments(run, 'fw1:ha1').map(({ dstPort }) => dstPort)).toContain(28_260);
    expect(run.engine.lab.ha.get('fw2')?.self.priority).toBe(100);
    expect(run.said('HaConfigWarning')).toEqual([]);
    run.command('crash fw1').pass(seconds(15)).command('ping in 10.9.0.10 count 1').pass(seconds(1));
    expect(run.dropped('out:eth0', 'no-listener')).toBe(1);
  });

  test('HA-01e: the option and addresses follow, too, from the passive unit as from the active one; a route that is taken away goes', () => {
    const run = commit(pair(), 'fw2', 'use-hypervisor-mac off', 'interface/eth2/ipv4 10.0.3.1/24', 'route/10.9.0.0/16 10.0.1.11');
    expect(run.state.options['fw1']?.useHypervisorMac).toBe(false);
    expect(run.state.interfaces['fw1:eth1']?.usedMac).toBe('00:1b:17:00:01:10');
    expect(run.said('GarpSent', { node: 'fw1' }).map(({ data }) => data.ip)).toContain('10.0.3.1');
    run.command('unset fw1 route/10.9.0.0/16').command('commit fw1').pass(ms(5));
    expect(run.said('HaConfigSynced').at(-1)?.data).toMatchObject({ node: 'fw2', paths: ['route/10.9.0.0/16'], values: [''] });
    run.command('commit fw1 use-hypervisor-mac on').pass(ms(5));
    expect(run.state.options['fw2']?.useHypervisorMac).toBe(true);
  });

  test('HA-01e: a candidate of the peer stays, but for what runs now; many settings cross in several segments', () => {
    const run = pair().command('set fw2 interface/eth1/mtu 1400').command('set fw2 interface/eth2/mtu 1300');
    const routes = Array.from({ length: 60 }, (_, at) => `route/10.${at + 10}.0.0/16 10.0.2.12`);
    commit(run, 'fw1', 'interface/eth1/mtu 1400', ...routes);
    expect(run.said('HaConfigSynced')[0]?.data.paths).toHaveLength(61);
    expect({ ...run.state.candidates['fw2'] }).toEqual({ 'interface/eth2/mtu': '1300' });
    const sent = segments(run, 'fw1:ha1').filter(({ dstPort }) => dstPort === 28_260);
    expect(sent.length).toBeGreaterThan(1);
    for (const { payload } of sent) expect(payload.length).toBeLessThan(1400);
  });

  test('HA-02b: is lost where HA1 is lost; sync-config brings it when HA1 is back', () => {
    const run = commit(pair('config-sync: on').command('link down fw1:ha1'), 'fw1', 'interface/eth1/mtu 1400');
    expect(mtus(run)).toEqual([1400, 1500]);
    run.command('link up fw1:ha1').pass(seconds(10));
    expect([mtus(run), isInSync(run)]).toEqual([[1400, 1500], false]);
    run.command('sync-config fw1').pass(ms(5));
    expect([mtus(run), isInSync(run)]).toEqual([[1400, 1400], true]);
  });

  test('HA-02b: crosses the backup of HA1 when HA1 is down', () => {
    const run = pair('config-sync: on, ha1-backup: ha1-b').command('link down fw1:ha1').pass(seconds(10)).forgetSeen();
    commit(run, 'fw1', 'interface/eth1/mtu 1400');
    expect(mtus(run)).toEqual([1400, 1400]);
    expect(segments(run, 'fw1:ha1-b').map(({ dstPort }) => dstPort)).toContain(28_260);
  });

  test('HA-02b, HA-03: the heartbeat backup carries no configuration, and while HA1 is down sync-config is refused', () => {
    const run = givenFile(readFileSync('labs/config-sync.lab.yml', 'utf8'))
      .until(seconds(5))
      .command('link down fw1:ha1')
      .pass(seconds(5));
    commit(run, 'fw1', 'interface/eth1/mtu 1400');
    expect([roles(run), mtus(run)]).toEqual([
      ['active', 'passive'],
      [1400, 1500],
    ]);
    run.command('sync-config fw1');
    expect(run.said('CommandRefused').at(-1)?.data.reasons).toEqual(['HA1 of fw1 is down']);
  });

  test.each([
    ['is off at both', '', []],
    ['is off at the other unit', 'config-sync: on', ['set fw2 ha/config-sync off', 'commit fw2']],
  ])('HA-01e: reaches nobody where synchronisation %s', (_, ha, commands) => {
    const run = pair(ha);
    for (const command of commands) run.command(command);
    commit(run, 'fw1', 'interface/eth1/mtu 1400');
    expect(mtus(run)).toEqual([1400, 1500]);
    if (ha !== '') return;
    expect(run.said('HaConfigWarning').map(({ data }) => data.code)).toEqual(['network-differs']);
    run.command('sync-config fw1');
    expect(run.said('CommandRefused').at(-1)?.data.reasons).toEqual([
      'fw1 does not synchronise its configuration: ha/config-sync is off',
    ]);
  });
});

describe('encrypted HA1', () => {
  const ENCRYPTED = 'ha1-encryption: on, config-sync: on';

  test('HA-02b: hellos and configuration cross port 28, and nobody can read them', () => {
    const run = givenFile(pairFile({ ha: ENCRYPTED }), ['fw1', 'fw2']).until(seconds(5));
    expect(roles(run)).toEqual(['active', 'passive']);
    commit(run, 'fw1', 'interface/eth1/mtu 1400');
    expect(mtus(run)).toEqual([1400, 1400]);
    const sent = ['fw1:ha1', 'fw2:ha1'].flatMap((at) => segments(run, at));
    expect(sent.length).toBeGreaterThan(3);
    expect(new Set(sent.map(({ dstPort }) => dstPort))).toEqual(new Set([28]));
    for (const { payload } of sent) expect(new TextDecoder().decode(payload)).not.toMatch(/group|config|state/);
  });

  test('HA-02b: a unit that encrypts does not hear one that does not: they lose each other, and the commit warns of it', () => {
    const run = commit(pair(ENCRYPTED), 'fw2', 'ha/ha1-encryption off');
    expect(run.said('HaConfigWarning').map(({ data }) => data.code)).toEqual(['ha-links-differ']);
    run.pass(seconds(60));
    expect(roles(run)).toEqual(['active', 'active']);
    expect(run.said('HaPeerLost').map(({ data }) => data.by)).toEqual(['hello', 'hello']);
    commit(run, 'fw2', 'ha/ha1-encryption on').pass(seconds(10));
    expect(roles(run)).toEqual(['active', 'passive']);
  });

  test('HA-02b: what was sealed for another pair, or damaged on the way, is no hello', () => {
    const run = pair(ENCRYPTED).pass(seconds(9));
    const [hello] = run.frames('fw2:ha1', 'sent').filter((bytes) => bytes[23] === IP_PROTOCOL.tcp);
    const damaged = Uint8Array.from(hello ?? []);
    damaged[60] = (damaged[60] ?? 0) ^ 1;
    const before = run.events.length;
    run.receives('fw1:ha1', damaged).pass(ms(1));
    expect(run.events.slice(before).map(({ type }) => type)).toEqual(['FramesReceived', 'TimeAdvanced']);
  });
});
