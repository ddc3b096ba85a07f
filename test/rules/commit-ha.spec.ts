/**
 * HA of a firewall that is committed while it runs: ports, links, monitors, what happens to the links of a passive unit.
 *
 *   in ── sw1 ── eth1  fw1 | fw2  eth2 ── sw2 ── out          ha1, ha1-b, ha2: one cable each
 */
import { afterEach, describe, expect, test } from 'vitest';
import { ETHERTYPE, parseEthernet } from '../../ts/wire/ethernet.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { PAIR, pairFile } from '../support/pair-lab.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const FILE = pairFile({ ports: ['ha1-b', 'ha2'] });

function pair(): Run {
  return givenFile(FILE, ['fw1', 'fw2']).until(seconds(5));
}

/** Commits settings at units. */
function committed(run: Run, units: readonly string[], settings: readonly string[]): Run {
  for (const unit of units) {
    for (const setting of settings) run.command(`set ${unit} ${setting}`);
    run.command(`commit ${unit}`);
  }
  return run;
}

const BOTH = PAIR;

function roles(run: Run): (string | undefined)[] {
  return BOTH.map((unit) => run.state.ha[unit]?.state);
}

function codes(run: Run): string[] {
  return run.said('HaConfigWarning').map(({ data }) => `${data.node} ${data.code}`);
}

function reasons(run: Run): readonly string[] | undefined {
  return run.said('CommandRefused').at(-1)?.data.reasons;
}

describe('HA ports', () => {
  test('HA-02: a backup of HA1 that is committed at both units keeps them together when HA1 is cut; without it both are active', () => {
    const cut = (run: Run) => run.pass(seconds(3)).command('link down fw1:ha1').pass(seconds(20));
    const backed = committed(pair(), BOTH, ['ha/ha1-backup ha1-b']);
    expect(codes(backed)).toEqual(['fw1 ha-links-differ']);
    expect(roles(cut(backed))).toEqual(['active', 'passive']);
    expect(roles(cut(pair()))).toEqual(['active', 'active']);
  });

  test('HA-02: HA1 moves to another port at both units, and the old cable does not matter any more', () => {
    const run = committed(pair(), BOTH, ['ha/ha1 ha1-b']).pass(seconds(10)).command('link down fw1:ha1').pass(seconds(20));
    expect(roles(run)).toEqual(['active', 'passive']);
    expect(roles(run.command('link down fw1:ha1-b').pass(seconds(20)))).toEqual(['active', 'active']);
  });

  test('HA-02 HA-19: HA2, its tables and its keep-alive frames begin with the commit and end with the next', () => {
    const run = committed(pair(), BOTH, ['ha/ha2 ha2', 'ha/ha2-tables on', 'ha/ha2-keep-alive on']).pass(seconds(2));
    run.command('ping fw1 10.0.1.11 count 1').pass(seconds(1));
    expect(run.neighbour('fw2', '10.0.1.11')).not.toBeNull();
    const frames = () => run.frames('fw1:ha2', 'sent').filter((bytes) => parseEthernet(bytes)?.etherType === ETHERTYPE.ha2).length;
    expect(frames()).toBeGreaterThan(3);
    committed(run, BOTH, ['ha/ha2-keep-alive off', 'ha/ha2-tables off']).forgetSeen().pass(seconds(5));
    expect(frames()).toBe(0);
  });

  test('HA-02, HA-03, HA-09, HA-12: what no unit can have is refused, every reason at once', () => {
    const run = committed(
      pair(),
      ['fw1'],
      [
        'ha/ha1 eth1',
        'ha/ha1-backup ha9',
        'ha/ha2-backup ha2',
        'ha/ha2-tables on',
        'ha/heartbeat-backup on',
        'ha/link-bringup 4s',
        'ha/link-monitoring/edge/interfaces eth9,ha2',
        'ha/path-monitoring/far/condition all',
      ],
    );
    expect(reasons(run)).toEqual([
      'fw1:eth1 is no HA port, so it cannot carry HA1: its mode is layer3 (HA-02)',
      'fw1 has no interface ha9 for the backup of HA1 (HA-02)',
      'the heartbeat backup needs an address of fw1:mgmt (HA-03)',
      'a backup of HA2 without HA2 (HA-02)',
      'neighbours and routes without HA2 (HA-02)',
      'links come up after a promotion only where they were down before: link-bringup needs passive-link-state shutdown (HA-12)',
      'group far of path monitoring monitors nothing (HA-09, HA-10)',
      'fw1 has no interface eth9 to monitor (HA-09)',
      'fw1:ha2 is no link of data, which link monitoring is about (HA-09)',
    ]);
    expect(roles(run.pass(seconds(10)))).toEqual(['active', 'passive']);
  });
});

describe('monitors', () => {
  test('HA-09: a group of links that is committed at both units fails over; at one unit alone it is warned of', () => {
    const run = committed(
      pair(),
      ['fw1'],
      ['ha/link-monitoring/edge/interfaces eth1,eth2', 'ha/link-monitoring/edge/condition all'],
    );
    expect(new Set(codes(run))).toEqual(new Set(['fw1 monitoring-differs']));
    expect(roles(run.command('link down fw1:eth1').pass(seconds(2)))).toEqual(['active', 'passive']);
    expect(roles(run.command('link down fw1:eth2').pass(seconds(2)))).toEqual(['non-functional', 'active']);
  });

  test('HA-09: links that are monitored no more have not failed, and the unit returns to service', () => {
    const run = committed(pair(), BOTH, ['ha/link-monitoring/edge/interfaces eth1', 'ha/timers/monitor-fail-hold-down 3s']);
    run.command('link down fw1:eth1').pass(seconds(2));
    expect(roles(run)).toEqual(['non-functional', 'active']);
    run.command('unset fw1 ha/link-monitoring/edge/interfaces').command('commit fw1');
    expect(run.said('HaMonitorRecovered').map(({ data }) => data.what)).toEqual(['eth1']);
    expect(roles(run.pass(seconds(5)))).toEqual(['passive', 'active']);
  });

  test('HA-10: a target is pinged from the commit on, and its loss fails over', () => {
    const run = committed(pair(), BOTH, ['ha/path-monitoring/far/targets 10.0.2.12']).pass(seconds(2));
    expect(run.said('HaMonitorFailed')).toEqual([]);
    run.command('crash out').pass(seconds(4));
    expect(run.said('HaMonitorFailed').map(({ data }) => [data.kind, data.what])[0]).toEqual(['path', '10.0.2.12']);
    expect(run.said('HaStateChanged', { node: 'fw1', to: 'non-functional' })).toHaveLength(1);
  });
});

test('HA-12: the passive unit takes carrier from its links at the commit, and gives it back at the next', () => {
  const run = committed(pair(), BOTH, ['ha/passive-link-state shutdown']);
  const up = (at: string) => run.state.interfaces[at]?.isUp;
  expect([up('fw1:eth1'), up('fw2:eth1'), up('sw1:p2')]).toEqual([true, false, false]);
  committed(run, BOTH, ['ha/passive-link-state auto']).pass(ms(1));
  expect([up('fw1:eth1'), up('fw2:eth1'), up('sw1:p2')]).toEqual([true, true, true]);
});
