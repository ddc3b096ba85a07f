/**
 * HA of a running firewall that a commit disables and enables (MAC-05d). The pair is that of test/support/pair-lab.ts.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { parseArpFrame } from '../../ts/wire/arp.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { pairFile } from '../support/pair-lab.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const VIRTUAL = '00:1b:17:00:01:10';
const OFF = 'use-hypervisor-mac: off';

function pair(option: string, ha = ''): Run {
  return givenFile(pairFile({ firewall: [option], ha }), ['fw1', 'fw2'])
    .until(seconds(5))
    .forgetSeen();
}

function setHa(run: Run, unit: string, value: 'on' | 'off'): Run {
  return run.command(`set ${unit} ha/enabled ${value}`).command(`commit ${unit}`);
}

function usedMac(run: Run, unit: string): string | undefined {
  return run.state.interfaces[`${unit}:eth1`]?.usedMac;
}

function macChanges(run: Run, unit: string): string[] {
  const changes = run.said('MacAddressChanged', { node: unit, interface: 'eth1', which: 'used' });
  return changes.map(({ data }) => data.cause);
}

/** Types of the events that lead to one, from it back to the command. */
function leadsTo(run: Run, position: number): string[] {
  const event = run.event(position);
  return event.type === 'CommandReceived' || event.cause === 0 ? [event.type] : [event.type, ...leadsTo(run, event.cause)];
}

describe('HA that is disabled by a commit', () => {
  test('MAC-05d: with the option off the unit changes from the virtual MAC to its own, announces it, and back when HA is enabled', () => {
    const run = pair(OFF);
    expect(usedMac(run, 'fw1')).toBe(VIRTUAL);
    setHa(run, 'fw1', 'off');
    expect(usedMac(run, 'fw1')).toMatch(/:10$/);
    expect(usedMac(run, 'fw1')).not.toBe(VIRTUAL);
    const committed = run.said('ConfigCommitted').at(-1)?.position;
    const changed = run.said('MacAddressChanged', { node: 'fw1', interface: 'eth1' }).at(-1);
    expect(changed).toMatchObject({ cause: committed, data: { old: VIRTUAL, cause: 'ha-disabled' } });
    expect(run.said('GarpSent', { node: 'fw1', interface: 'eth1' }).at(-1)).toMatchObject({ cause: changed?.position });
    setHa(run.pass(seconds(1)), 'fw1', 'on').pass(seconds(12));
    expect(usedMac(run, 'fw1')).toBe(VIRTUAL);
    expect(macChanges(run, 'fw1')).toEqual(['ha-enabled', 'ha-disabled', 'ha-enabled']);
  });

  test('MAC-05d: with the option on no MAC changes', () => {
    const run = setHa(setHa(pair('use-hypervisor-mac: on'), 'fw1', 'off'), 'fw1', 'on');
    expect(macChanges(run, 'fw1')).toEqual([]);
  });

  test('HA-01, HA-07: the peer loses the unit, takes active because of the commit, and both answer for the address', () => {
    const run = setHa(pair(OFF), 'fw1', 'off').pass(seconds(15));
    expect([run.state.ha['fw1'], run.state.ha['fw2']?.state]).toEqual([undefined, 'active']);
    const promoted = run.said('HaStateChanged', { node: 'fw2', to: 'active' })[0];
    expect(leadsTo(run, promoted?.position ?? 0)).toContain('ConfigCommitted');
    run.forgetSeen().command('arp clear in').command('ping in 10.0.1.1 count 1').pass(ms(100));
    const answers = ['fw1', 'fw2'].map(
      (unit) => run.frames(`${unit}:eth1`, 'sent').filter((bytes) => parseArpFrame(bytes)?.arp.operation === 'reply').length,
    );
    expect(answers).toEqual([1, 1]);
  });

  test('HA-01, ARP-02: a passive unit whose HA is disabled forwards and announces itself, its links get their carrier back', () => {
    const run = pair('use-hypervisor-mac: on', 'passive-link-state: shutdown');
    expect(run.state.interfaces['fw2:eth1']?.isUp).toBe(false);
    setHa(run, 'fw2', 'off').pass(ms(5));
    expect(run.state.interfaces['fw2:eth1']?.isUp).toBe(true);
    const committed = run.said('ConfigCommitted')[0]?.position;
    const announced = run.said('GarpSent', { node: 'fw2' }).filter(({ cause }) => cause === committed);
    expect(announced.map(({ data }) => `${data.interface} ${data.ip}`)).toEqual(['eth1 10.0.1.1', 'eth2 10.0.2.1']);
    run.command('crash fw1').command('ping in 10.0.2.12 count 1').pass(seconds(2));
    expect(run.said('PingFinished').at(-1)?.data.answered).toBe(1);
  });

  test('HA-06: enabled again, the unit finds its peer active, is passive, and forwards nothing', () => {
    const run = setHa(setHa(pair(OFF), 'fw1', 'off').pass(seconds(15)), 'fw1', 'on').pass(seconds(10));
    expect([run.state.ha['fw1']?.state, run.state.ha['fw2']?.state]).toEqual(['passive', 'active']);
    const reasons = run.said('HaStateChanged', { node: 'fw1' }).map(({ data }) => `${data.to} ${data.reason}`);
    expect(reasons.at(-1)).toBe('passive peer-active');
    run.forgetSeen().command('arp clear in').command('ping in 10.0.1.1 count 1').pass(ms(100));
    expect(run.frames('fw1:eth1', 'sent')).toEqual([]);
    expect(run.state.ha['fw2']?.isPeerKnown).toBe(true);
  });

  test('HA-01: a unit that boots with HA disabled looks for nobody; the difference is warned of, and commands about HA are refused', () => {
    const run = setHa(pair(OFF), 'fw1', 'off').command('crash fw1').command('power-on fw1').pass(seconds(70));
    expect(run.state.ha['fw1']).toBeUndefined();
    expect(run.said('HaConfigWarning').map(({ data }) => data.code)).toEqual(['ha-enabled-differs']);
    run.command('suspend fw1');
    expect(run.said('CommandRefused').at(-1)?.data.reasons).toEqual(['HA of fw1 is disabled']);
    expect(run.frames('fw1:ha1', 'sent').length).toBeLessThan(20);
  });
});
