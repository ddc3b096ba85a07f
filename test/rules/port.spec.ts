/**
 * Rule VSW-14: a port that an operator blocks neither sends nor receives, on a vSwitch and on a physical switch.
 *
 *   a ── pa ┐                              a ── pa ┐
 *   b ── pb ┤ vsw ├ u1 ── wire             b ── pb ┤ psw
 *   c ── pc ┘                              c ── pc ┘
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { host, hypervisor, lab, learningSwitch, link, ms, type Part, seconds, vswitch } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const MACS = { a: '00:50:56:c0:00:0a', b: '00:50:56:c0:00:0b', c: '00:50:56:c0:00:0c' };
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const WIRE = '00:50:56:c0:00:99';
const PORTS = { pa: {}, pb: {}, pc: {} };

type Kind = 'vSwitch' | 'physical switch';
const KINDS: readonly Kind[] = ['vSwitch', 'physical switch'];

afterEach(everyFrameIsAccountedFor);

/** One of the drawings above; the switch is called sw, and knows where everybody is. */
function scene(kind: Kind): Run {
  const names = Object.entries(MACS);
  const hosts: Part[] = names.flatMap(([name, own]) => [host(name, { on: 'esx1', mac: own }), link(`${name}:eth0`, `sw:p${name}`)]);
  const middle =
    kind === 'vSwitch'
      ? [vswitch('sw', { ports: PORTS, uplinks: ['u1'] }), host('wire', { mac: WIRE }), link('sw:u1', 'wire:eth0')]
      : [learningSwitch('sw', { ports: PORTS })];
  const run = given(lab(hypervisor('esx1'), ...hosts, ...middle), { watch: ['sw'] });
  for (const [name, own] of names) run.receives(`sw:p${name}`, plainFrame(own, BROADCAST));
  return run.pass(ms(1));
}

/** Ports a frame leaves by. */
function outOf(run: Run, ingress: string, src: string, dst: string): string[] {
  return run.forgetSeen().receives(`sw:${ingress}`, plainFrame(src, dst)).pass(ms(1)).sentBy('sw');
}

function toBoth(kind: Kind): string[] {
  return kind === 'vSwitch' ? ['pa', 'pc', 'u1'] : ['pa', 'pc'];
}

describe.each(KINDS)('on a %s', (kind) => {
  test(`VSW-14: a blocked port of a ${kind} takes no frame, whoever it is for`, () => {
    const run = scene(kind).command('port sw:pa block');
    expect(outOf(run, 'pa', MACS.a, MACS.b)).toEqual([]);
    expect(outOf(run, 'pa', MACS.a, BROADCAST)).toEqual([]);
    expect(run.dropped('sw:pa', 'port-blocked')).toBe(2);
  });

  test(`VSW-14: nor does a blocked port of a ${kind} give any; the others still get theirs`, () => {
    const run = scene(kind).command('port sw:pa block');
    expect(outOf(run, 'pb', MACS.b, MACS.a)).toEqual([]);
    expect(run.dropped('sw:pa', 'port-blocked')).toBe(1);
    expect(outOf(run, 'pb', MACS.b, BROADCAST)).toEqual(toBoth(kind).filter((port) => port !== 'pa'));
    expect(run.dropped('sw:pa', 'port-blocked')).toBe(2);
    expect(outOf(run, 'pb', MACS.b, MACS.c)).toEqual(['pc']);
  });

  test(`VSW-14: every drop at a blocked port of a ${kind} is blamed on what blocked it`, () => {
    const run = scene(kind).command('port sw:pa block');
    outOf(run, 'pa', MACS.a, MACS.b);
    outOf(run, 'pb', MACS.b, MACS.a);
    const blocked = run.said('PortStateChanged')[0];
    expect(blocked?.data).toEqual({ node: 'sw', interface: 'pa', state: 'blocked', reason: 'operator' });
    expect(blocked?.cause).toBe(run.said('CommandAccepted')[0]?.position);
    expect(run.said('FrameDropped', { reason: 'port-blocked' }).map(({ cause }) => cause)).toEqual([blocked?.position]);
    expect(run.until(seconds(2)).said('FramesDropped', { reason: 'port-blocked' })[0]?.data.count).toBe(1);
  });

  test(`VSW-14: unblocked, a port of a ${kind} works as before, without anybody saying where he is`, () => {
    const run = scene(kind).command('port sw:pa block').pass(ms(1)).command('port sw:pa unblock');
    expect(run.state.interfaces['sw:pa']?.portState).toBe('forwarding');
    expect(outOf(run, 'pb', MACS.b, MACS.a)).toEqual(['pa']);
    expect(outOf(run, 'pa', MACS.a, MACS.b)).toEqual(['pb']);
    expect(run.dropped('sw:pa', 'port-blocked')).toBe(0);
  });

  test(`VSW-14: a frame on its way to a port of a ${kind} that is blocked meanwhile is dropped there`, () => {
    const run = scene(kind);
    run.receives('sw:pb', plainFrame(MACS.b, MACS.a)).command('port sw:pa block').pass(ms(1));
    expect(run.dropped('sw:pa', 'port-blocked')).toBe(1);
  });

  test(`VSW-14: to block a port of a ${kind} twice says nothing the second time`, () => {
    const run = scene(kind).command('port sw:pa unblock').command('port sw:pa block').command('port sw:pa block');
    expect(run.said('PortStateChanged')).toHaveLength(1);
    expect(run.said('CommandAccepted')).toHaveLength(3);
  });

  test(`VSW-14: a port of a ${kind} stays blocked when its link or its switch comes and goes`, () => {
    const run = scene(kind).command('port sw:pa block').command('link down sw:pa').command('link up sw:pa');
    run.command('crash sw').command('power-on sw');
    expect(outOf(run, 'pa', MACS.a, BROADCAST)).toEqual([]);
    expect(run.dropped('sw:pa', 'port-blocked')).toBe(1);
  });
});

describe('beyond the common', () => {
  test('VSW-14: a blocked uplink lets nothing in or out, and no other takes over: it has carrier', () => {
    const run = scene('vSwitch').command('port sw:u1 block');
    expect(outOf(run, 'pa', MACS.a, WIRE)).toEqual([]);
    expect(outOf(run, 'u1', WIRE, MACS.a)).toEqual([]);
    expect(run.dropped('sw:u1', 'port-blocked')).toBe(2);
    expect(outOf(run, 'pa', MACS.a, BROADCAST)).toEqual(['pb', 'pc']);
    expect(run.said('UplinkChanged')).toEqual([]);
  });

  test('VSW-14: a physical switch learns nothing from a blocked port', () => {
    const run = scene('physical switch').command('port sw:pa block');
    outOf(run, 'pa', WIRE, BROADCAST);
    expect(run.table('sw').map((row) => row.mac)).not.toContain(WIRE);
  });

  test('VSW-14: a port of no switch cannot be blocked, nor one that is not there', () => {
    const run = scene('vSwitch').command('port a:eth0 block').command('port sw:pz block');
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['a:eth0 is not a port of a switch'],
      ['no interface sw:pz'],
    ]);
  });
});
