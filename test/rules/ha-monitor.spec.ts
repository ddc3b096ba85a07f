/**
 * Rules HA-09 to HA-16 as operators configure them: monitors, holds, suspension, preemption, flaps, passive link state.
 *
 *   g1 ── psw ── eth1 fw1 eth2 ── osw ── r1        HA1 takes 1 ms, as in ha-timeline.json
 *          └──── eth1 fw2 eth2 ───┘
 */
import { afterEach, describe, expect, test } from 'vitest';
import { FLAP_WINDOW_NS } from '../../ts/engine/agents/ha/flaps.ts';
import { PATH_INTERVAL_NS, PATH_MISSES_MAX } from '../../ts/engine/agents/ha/path-monitor.ts';
import { AGENT_COST_NS } from '../../ts/engine/turn/turn.ts';
import { HA_TIMER_DEFAULTS, type HaMember, type HaMonitoring, type HaPair, type HaTimers } from '../../ts/model/lab/ha-pair.ts';
import { parseArpFrame } from '../../ts/wire/arp.ts';
import { firewall, haPair, host, hypervisor, lab, learningSwitch, link, ms, type Part, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import timeline from '../vectors/ha-timeline.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

interface Vector {
  readonly id: string;
  readonly active_to_non_functional_ms?: number;
  readonly passive_to_active_ms?: number;
  readonly link_bringup_ms?: number;
  readonly link_up_again_ms?: number;
  readonly declared_ms?: number;
  readonly a_active_ms?: number | null;
  readonly state_after?: string;
  readonly reason?: string;
  readonly leaves_active_min?: readonly number[];
  readonly old_active_state?: string;
  readonly garp_per_address?: { readonly sent_ms: readonly number[]; readonly on_wire_ms: readonly number[] };
}

function vector(id: string): Vector {
  const found = (timeline.scenarios as readonly Vector[]).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found;
}

interface Scene {
  readonly more?: Partial<HaPair>;
  readonly timers?: Partial<HaTimers>;
  readonly preemptive?: readonly [boolean, boolean];
}

function monitoring(of: readonly string[], more: Partial<HaMonitoring> = {}): HaMonitoring {
  return { condition: 'any', groups: [{ name: 'data', condition: 'any', of }], ...more };
}

/** The drawing above, from time 0. */
function scene({ more = {}, timers = {}, preemptive = [false, false] }: Scene = {}): Run {
  const unit = (n: 1 | 2): Part[] => [
    firewall(`fw${n}`, {
      on: 'h',
      interfaces: {
        eth1: { ip: '10.0.1.1/24' },
        eth2: { ip: '192.0.2.1/24' },
        ha1: { ip: `10.255.0.${n}/30` },
      },
    }),
    link(`fw${n}:eth1`, `psw:p${n}`),
    link(`fw${n}:eth2`, `osw:p${n}`),
  ];
  const members = ([1, 2] as const).map((n): HaMember => {
    const own = { node: `fw${n}`, deviceId: n - 1, priority: n * 50, ha1: 'ha1' };
    return preemptive[n - 1] ? { ...own, preemptive: true } : own;
  }) as unknown as HaPair['members'];
  const ports = { p1: {}, p2: {}, p3: {} };
  return given(
    lab(
      hypervisor('h'),
      ...unit(1),
      ...unit(2),
      learningSwitch('psw', { ports }),
      learningSwitch('osw', { ports }),
      host('g1', { ip: '10.0.1.11/24', gateway: '10.0.1.1' }),
      host('r1', { ip: '192.0.2.254/24', gateway: '192.0.2.1' }),
      link('g1:eth0', 'psw:p3'),
      link('r1:eth0', 'osw:p3'),
      link('fw1:ha1', 'fw2:ha1', { rateBps: 0, latencyNs: 1_000_000 - AGENT_COST_NS }),
      haPair('fw1', 'fw2', { more: { members, ...more }, timers }),
    ),
    { watch: ['psw', 'osw'] },
  );
}

/** Changes of state after a time, as "node to at-ms": milliseconds from that time. */
function changes(run: Run, sinceMs: number): string[] {
  return run
    .said('HaStateChanged')
    .filter(({ atNs }) => atNs >= ms(sinceMs))
    .map(({ data, atNs }) => `${data.node} ${data.to} ${atNs / 1e6 - sinceMs}`);
}

function monitors(run: Run): string[] {
  return run.events
    .filter(({ type }) => type === 'HaMonitorFailed' || type === 'HaMonitorRecovered')
    .map(({ type, data, atNs }) => {
      const { node, kind, group, what } = data as { node: string; kind: string; group: string; what: string };
      return `${node} ${kind} ${group} ${what} ${type === 'HaMonitorFailed' ? 'failed' : 'recovered'} ${atNs / 1e6}`;
    });
}

function stateOf(run: Run, node: string): string {
  const { state = '', reason = '' } = run.state.ha[node] ?? {};
  return `${state} (${reason})`;
}

/** Types of the events from an event back to the one without a cause. */
function wayHome(run: Run, position: number): string[] {
  const types: string[] = [];
  for (let at = position; at > 0; at = run.event(at).cause) types.push(run.event(at).type);
  return types;
}

/** Gratuitous ARPs that reach the switch from fw2, in ms from a time. */
function onWire(run: Run, sinceMs: number): number[] {
  const frames = run.seen.filter(({ at, kind, bytes }) => at === 'psw:p2' && kind === 'received' && parseArpFrame(bytes) !== null);
  return frames.map(({ atNs }) => Math.floor(atNs / 1e6) - sinceMs).filter((at) => at >= 0);
}

const COMMAND = ['CommandAccepted', 'CommandReceived'];

test('HA-11, HA-14, HA-15: the timers are those of the timeline, in both profiles', () => {
  const own = {
    flap_max: HA_TIMER_DEFAULTS.flapMax,
    preemption_hold: HA_TIMER_DEFAULTS.preemptionHoldNs / 1e6,
    monitor_fail_hold_up: HA_TIMER_DEFAULTS.monitorFailHoldUpNs / 1e6,
    additional_master_hold_up: HA_TIMER_DEFAULTS.additionalMasterHoldUpNs / 1e6,
  };
  expect(timeline.timers_ms.vm_recommended).toMatchObject(own);
  expect(timeline.timers_ms.vm_aggressive).toMatchObject(own);
  expect(timeline.timers_ms.monitor_fail_hold_down).toBe(HA_TIMER_DEFAULTS.monitorFailHoldDownNs / 1e6);
});

describe('link monitoring', () => {
  const more = { linkMonitoring: monitoring(['eth1']) };
  const T = 3000;
  const failed = (options: Scene = { more }) => scene(options).until(ms(T)).forgetSeen().command('link down fw1:eth1');

  test('HA-09, HA-11, HA-16: link-monitor: the hold, the news, the promotion and each announcement to the millisecond', () => {
    const { active_to_non_functional_ms, passive_to_active_ms, garp_per_address } = vector('link-monitor');
    const run = failed().until(seconds(20));
    expect(monitors(run)).toEqual([`fw1 link data eth1 failed ${T}`]);
    expect(changes(run, T)).toEqual([`fw1 non-functional ${active_to_non_functional_ms}`, `fw2 active ${passive_to_active_ms}`]);
    const sent = run.said('GarpSent', { node: 'fw2', interface: 'eth1' });
    expect(sent.map(({ atNs }) => atNs / 1e6 - T)).toEqual(garp_per_address?.sent_ms);
    expect(onWire(run, T)).toEqual(garp_per_address?.on_wire_ms);
    expect(run.said('HaPeerLost')).toEqual([]);
  });

  test('HA-11: the takeover leads back to the cable', () => {
    const run = failed().until(seconds(5));
    const [active] = run.said('HaStateChanged', { node: 'fw2', to: 'active' });
    expect(wayHome(run, active?.position ?? 0)).toEqual([
      'HaStateChanged',
      'HaStateChanged',
      'HaMonitorFailed',
      'InterfaceLinkChanged',
      ...COMMAND,
    ]);
  });

  test('HA-11: link-flap-inside-hold: a failure that clears within the hold changes nothing', () => {
    const run = failed().until(ms(T + (vector('link-flap-inside-hold').link_up_again_ms ?? 0)));
    run.command('link up fw1:eth1').until(seconds(60));
    expect(changes(run, T)).toEqual([]);
    expect(monitors(run)).toEqual([`fw1 link data eth1 failed ${T}`, `fw1 link data eth1 recovered ${T + 400}`]);
  });

  test('HA-11: the next failure has a hold of its own, as long as the pair says', () => {
    const timers = { monitorFailHoldUpNs: ms(1000), additionalMasterHoldUpNs: ms(700) };
    const run = failed({ more, timers })
      .until(ms(T + 1600))
      .command('link up fw1:eth1')
      .until(ms(T + 1650));
    run.command('link down fw1:eth1').until(seconds(10));
    expect(changes(run, T)).toEqual(['fw1 non-functional 3350', 'fw2 active 3351']);
  });

  test('HA-11: a unit stays non-functional for a minute after its monitors recovered, then it is passive', () => {
    const run = failed().until(seconds(10)).command('link up fw1:eth1').until(seconds(40)).command('link down fw1:eth1');
    run.until(seconds(50)).command('link up fw1:eth1').until(seconds(200));
    expect(changes(run, T).slice(2)).toEqual([`fw1 passive ${50_000 + 60_000 - T}`]);
    expect(wayHome(run, run.state.ha['fw1']?.since ?? 0)).toEqual([
      'HaStateChanged',
      'HaMonitorRecovered',
      'InterfaceLinkChanged',
      ...COMMAND,
    ]);
  });

  test('HA-09: on the passive unit a failure makes it non-functional at once', () => {
    const run = scene({ more }).until(ms(T)).command('link down fw2:eth1').until(seconds(5));
    expect(changes(run, T)).toEqual(['fw2 non-functional 0']);
    run.command('crash fw1').until(seconds(30));
    expect(stateOf(run, 'fw2')).toBe('non-functional (link-monitor)');
  });

  test('HA-11: a unit whose peer is gone becomes active when its monitors have recovered', () => {
    const run = scene({ more }).until(ms(T)).command('link down fw2:eth1').command('crash fw1').until(seconds(20));
    run.command('link up fw2:eth1').until(seconds(81));
    expect(changes(run, T)).toEqual(['fw2 non-functional 0', `fw2 active ${80_000 - T}`]);
  });

  test.each([
    ['any', 'any', ['eth1'], true],
    ['any', 'all', ['eth1'], false],
    ['any', 'all', ['eth1', 'eth2'], true],
  ] as const)('HA-09: condition %s of the device, %s of the group: down %j is a failure: %s', (condition, group, down, fails) => {
    const groups = [{ name: 'data', condition: group, of: ['eth1', 'eth2'] }];
    const run = scene({ more: { linkMonitoring: { condition, groups } } }).until(ms(T));
    for (const name of down) run.command(`link down fw1:${name}`);
    run.until(seconds(10));
    expect(stateOf(run, 'fw1')).toBe(fails ? 'non-functional (link-monitor)' : 'active (election-won)');
  });

  test('HA-09: with condition all of the device every group must fail', () => {
    const groups = ['eth1', 'eth2'].map((name) => ({ name, condition: 'any' as const, of: [name] }));
    const run = scene({ more: { linkMonitoring: { condition: 'all', groups } } })
      .until(ms(T))
      .command('link down fw1:eth1');
    expect(changes(run.until(seconds(10)), T)).toEqual([]);
    run.command('link down fw1:eth2').until(seconds(20));
    expect(changes(run, T)).toEqual([`fw1 non-functional ${10_500 - T}`, `fw2 active ${10_501 - T}`]);
  });

  test('HA-08: explicit news needs no hold, also where the promotion hold runs', () => {
    const run = failed({ more, timers: { promotionHoldNs: seconds(30) } }).until(seconds(5));
    expect(stateOf(run, 'fw2')).toBe('active (peer-non-functional)');
  });
});

describe('path monitoring', () => {
  const more = { pathMonitoring: monitoring(['192.0.2.254']) };
  const T = 5000;

  test('HA-10: the numbers are those of the timeline', () => {
    const row = timeline.scenarios.find(({ id }) => id === 'path-monitor');
    expect([PATH_INTERVAL_NS / 1e6, PATH_MISSES_MAX]).toEqual([row?.ping_interval_ms, row?.ping_count]);
  });

  test('HA-10, HA-11: path-monitor: ten lost echoes, the hold, the news, to the millisecond', () => {
    const { declared_ms = 0, active_to_non_functional_ms, passive_to_active_ms } = vector('path-monitor');
    const run = scene({ more }).until(ms(T)).command('crash r1').until(seconds(8));
    expect(monitors(run)).toEqual([`fw1 path data 192.0.2.254 failed ${T + declared_ms}`]);
    expect(changes(run, T).slice(0, 2)).toEqual([
      `fw1 non-functional ${active_to_non_functional_ms}`,
      `fw2 active ${passive_to_active_ms}`,
    ]);
    const [failure] = run.said('HaMonitorFailed');
    expect(wayHome(run, failure?.position ?? 0)).toEqual(['HaMonitorFailed', 'NodePowerChanged', ...COMMAND]);
  });

  test('HA-10: the active unit pings each target every 200 ms from its egress interface, after ARP; the passive one does not', () => {
    const run = scene({ more })
      .until(ms(T))
      .forgetSeen()
      .until(ms(T + 2000));
    const echoes = (at: string) => run.seen.filter((one) => one.at === at && one.kind === 'received' && one.bytes[23] === 1);
    expect(echoes('osw:p1')).toHaveLength(10);
    expect(echoes('osw:p2')).toHaveLength(0);
    for (const { bytes } of echoes('osw:p1')) expect([...bytes.subarray(26, 34)]).toEqual([192, 0, 2, 1, 192, 0, 2, 254]);
    expect(run.neighbour('fw1', '192.0.2.254')).toBe(run.state.interfaces['r1:eth0']?.usedMac);
    expect(run.said('HaMonitorFailed')).toEqual([]);
  });

  test('HA-10: nine lost echoes are not ten', () => {
    const run = scene({ more })
      .until(ms(T))
      .command('link down r1:eth0')
      .until(ms(T + 1700))
      .command('link up r1:eth0');
    expect(run.until(seconds(20)).said('HaMonitorFailed')).toEqual([]);
  });

  test('HA-10: a target that answers again within the hold clears the failure, and its return leads back to the cable', () => {
    const timers = { monitorFailHoldUpNs: seconds(3) };
    const run = scene({ more, timers })
      .until(ms(T))
      .command('link down r1:eth0')
      .until(ms(T + 3000))
      .command('link up r1:eth0');
    run.until(seconds(20));
    expect(changes(run, T)).toEqual([]);
    const [back] = run.said('HaMonitorRecovered');
    expect(wayHome(run, back?.position ?? 0)).toEqual(['HaMonitorRecovered', 'InterfaceLinkChanged', ...COMMAND]);
  });

  test('HA-10: with condition all of a group one target that is left is enough', () => {
    const groups = [{ name: 'data', condition: 'all' as const, of: ['192.0.2.254', '10.0.1.11'] }];
    const run = scene({ more: { pathMonitoring: { condition: 'any', groups } } })
      .until(ms(T))
      .command('crash r1')
      .until(seconds(20));
    expect(monitors(run)).toEqual([`fw1 path data 192.0.2.254 failed ${T + 2000}`]);
    expect(changes(run, T)).toEqual([]);
  });

  test('HA-11: what a non-functional unit cannot test counts as sound after the hold-down', () => {
    const run = scene({ more })
      .until(ms(T))
      .command('link down r1:eth0')
      .until(ms(T + 2600))
      .command('link up r1:eth0');
    run.until(seconds(100));
    expect(changes(run, T)).toEqual(['fw1 non-functional 2500', 'fw2 active 2501', 'fw1 passive 62500']);
    expect(monitors(run).at(-1)).toBe(`fw1 path data 192.0.2.254 recovered ${T + 62_500}`);
  });
});

describe('suspension', () => {
  const T = 3000;

  test('HA-13: suspend: the peer promotes at once, and the unit stays suspended without its user', () => {
    const { old_active_state, passive_to_active_ms } = vector('suspend');
    const run = scene().until(ms(T)).command('suspend fw1').until(seconds(1000));
    expect(changes(run, T)).toEqual([`fw1 ${old_active_state} 0`, `fw2 active ${passive_to_active_ms}`]);
    expect(stateOf(run, 'fw1')).toBe('suspended (user requested)');
    expect([run.said('HaPeerLost'), run.said('HaLinkChanged')]).toEqual([[], []]);
  });

  test('HA-13: a suspended unit that loses its peer takes over nothing', () => {
    const run = scene().until(ms(T)).command('suspend fw2').command('crash fw1').until(seconds(100));
    expect(stateOf(run, 'fw2')).toBe('suspended (user requested)');
  });

  test('HA-13: functional: the unit is passive beside an active peer, active beside a suspended one', () => {
    const run = scene().until(ms(T)).command('suspend fw1').until(seconds(5)).command('functional fw1').until(seconds(10));
    expect(changes(run, 5000)).toEqual(['fw1 initial 0', 'fw1 passive 2']);
    run.command('suspend fw1').command('suspend fw2').until(seconds(12)).command('functional fw1').until(seconds(20));
    expect(changes(run, 12_000)).toEqual(['fw1 initial 0', 'fw1 active 2']);
  });

  test('HA-13: functional without a peer: active alone when the initial hold ends', () => {
    const run = scene().until(ms(T)).command('suspend fw1').command('crash fw2').until(seconds(30)).command('functional fw1');
    expect(changes(run.until(seconds(100)), 30_000)).toEqual(['fw1 initial 0', 'fw1 active 60000']);
  });

  test.each([
    ['suspend r1', 'r1 is in no HA pair'],
    ['functional fw1', 'fw1 is not suspended'],
    ['suspend fw2', 'fw2 has crashed'],
  ])('HA-13: %s is refused: %s', (command, reason) => {
    const run = scene().until(ms(T)).command('crash fw2').command(command);
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([[reason]]);
  });

  test('HA-13: a second suspension is refused, and one of a unit without HA process', () => {
    const run = scene().until(ms(T)).command('suspend fw1').command('suspend fw1').command('ha-process fw2 stop');
    run.command('suspend fw2');
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['fw1 is suspended already'],
      ['the HA process of fw2 is stopped'],
    ]);
  });
});

describe('preemption', () => {
  const T = 30_000;
  const returned = (preemptive: readonly [boolean, boolean], timers: Partial<HaTimers> = {}) =>
    scene({ preemptive, timers }).until(seconds(1)).command('crash fw1').until(seconds(20)).command('power-on fw1').until(ms(T));

  test('HA-14: preempt: the better unit, passive for the hold, takes active, and its peer leaves it', () => {
    const run = returned([true, true]);
    expect(stateOf(run, 'fw1')).toBe('passive (peer-active)');
    const sinceNs = run.said('HaStateChanged', { node: 'fw1', to: 'passive' }).at(-1)?.atNs ?? 0;
    run.until(seconds(200));
    const [a, b, ...more] = run.said('HaStateChanged').filter(({ atNs }) => atNs > ms(T));
    expect(more).toEqual([]);
    expect([a?.data.node, a?.data.to, a?.data.reason]).toEqual(['fw1', 'active', 'preemption']);
    expect(((a?.atNs ?? 0) - sinceNs) / 1e6).toBe(vector('preempt').a_active_ms);
    expect([b?.data.node, b?.data.to, b?.data.reason]).toEqual(['fw2', 'passive', 'preempted']);
    expect(((b?.atNs ?? 0) - (a?.atNs ?? 0)) / 1e6).toBe(1);
  });

  test.each([[[true, false]], [[false, true]]] as const)(
    'HA-14: preempt-one-side-only: with %j nobody preempts',
    ([first, second]) => {
      const run = returned([first, second]).until(seconds(300));
      expect(changes(run, T)).toEqual([]);
      expect(vector('preempt-one-side-only').a_active_ms).toBeNull();
    },
  );

  test('HA-14: a unit that is suspended within the hold preempts nobody; the hold begins anew when it is passive again', () => {
    const run = returned([true, true], { preemptionHoldNs: seconds(20) })
      .command('suspend fw1')
      .until(seconds(60));
    run.command('functional fw1').until(seconds(100));
    expect(changes(run, T)).toEqual([
      'fw1 suspended 0',
      'fw1 initial 30000',
      'fw1 passive 30002',
      'fw1 active 50002',
      'fw2 passive 50003',
    ]);
  });
});

describe('flaps', () => {
  const more = { linkMonitoring: monitoring(['eth1']) };
  const minute = 60_000;

  /** fw1 leaves active at these minutes because of its link, and is active again before the next. */
  function leaves(minutes: readonly number[], options: Scene): Run {
    const run = scene(options).until(seconds(10));
    for (const at of minutes) {
      run
        .until(ms(10_000 + at * minute))
        .command('link down fw1:eth1')
        .pass(seconds(1))
        .command('link up fw1:eth1')
        .pass(seconds(62));
      if (run.state.ha['fw1']?.state === 'passive') run.command('suspend fw2').pass(seconds(1)).command('functional fw2');
      run.pass(seconds(1));
    }
    return run;
  }

  test('HA-15: the window is that of the timeline', () => {
    expect(FLAP_WINDOW_NS).toBe(seconds((timeline.scenarios.find(({ id }) => id === 'flap-max')?.window_min ?? 0) * 60));
  });

  test('HA-15: flap-max: the third departure within the window suspends the unit', () => {
    const { leaves_active_min = [], state_after, reason } = vector('flap-max');
    const run = leaves(leaves_active_min, { more });
    expect(run.said('HaStateChanged', { node: 'fw1', from: 'active' })).toHaveLength(leaves_active_min.length);
    expect(stateOf(run, 'fw1')).toBe(`${state_after} (${reason})`);
    expect(run.state.ha['fw2']?.state).toBe('active');
  });

  test('HA-15: flap-outside-window: departures further apart do not count', () => {
    const { leaves_active_min = [], state_after } = vector('flap-outside-window');
    const run = leaves(leaves_active_min, { more });
    const departures = run.said('HaStateChanged', { node: 'fw1', from: 'active' });
    expect(departures.map(({ data }) => data.to)).toEqual(leaves_active_min.map(() => state_after));
  });

  test.each([
    [0, 'non-functional'],
    [2, 'suspended'],
  ])('HA-15: with a limit of %i the third departure makes it %s', (flapMax, after) => {
    const run = leaves([0, 4, 9], { more, timers: { flapMax } });
    expect(run.said('HaStateChanged', { node: 'fw1', from: 'active' }).at(-1)?.data.to).toBe(after);
  });

  test('HA-15: a unit that preempts and fails again and again is in a preemption loop', () => {
    const timers = { preemptionHoldNs: seconds(5), monitorFailHoldDownNs: seconds(5) };
    const run = scene({ more, timers, preemptive: [true, true] }).until(seconds(10));
    for (let i = 0; i < 3; i++) run.command('link down fw1:eth1').pass(seconds(1)).command('link up fw1:eth1').pass(seconds(20));
    expect(stateOf(run, 'fw1')).toBe('suspended (preemption loop)');
    expect(stateOf(run, 'fw2')).toBe('active (peer-suspended)');
  });
});

describe('passive link state', () => {
  const T = 3000;
  const shutdown = { passiveLinkState: 'shutdown' } as const;
  const isUp = (run: Run, ...ends: string[]) => ends.map((end) => run.state.interfaces[end]?.isUp);

  test('HA-12: shutdown: data interfaces of the passive unit have no carrier, and the far end sees it', () => {
    const run = scene({ more: shutdown }).until(ms(T));
    expect(isUp(run, 'fw2:eth1', 'psw:p2', 'fw2:eth2', 'osw:p2')).toEqual([false, false, false, false]);
    expect(isUp(run, 'fw1:eth1', 'psw:p1', 'fw2:ha1')).toEqual([true, true, true]);
    run.command('suspend fw1').until(seconds(5));
    expect(isUp(run, 'fw2:eth1', 'psw:p2', 'fw1:eth1', 'psw:p1')).toEqual([true, true, false, false]);
  });

  test('HA-12: shutdown: links of layer 2, virtual wires and taps have no carrier either', () => {
    const others = { eth2: { mode: 'layer2' }, eth3: { mode: 'virtual-wire' }, eth4: { mode: 'tap' } } as const;
    const unit = (n: 1 | 2): Part[] => [
      firewall(`fw${n}`, { on: 'h', interfaces: { eth1: { ip: '10.0.1.1/24' }, ...others, ha1: { ip: `10.255.0.${n}/30` } } }),
      ...[1, 2, 3, 4].map((i) => link(`fw${n}:eth${i}`, `sw${i}:p${n}`)),
    ];
    const switches = [1, 2, 3, 4].map((i) => learningSwitch(`sw${i}`, { ports: { p1: {}, p2: {} } }));
    const pair = [link('fw1:ha1', 'fw2:ha1'), haPair('fw1', 'fw2', { more: shutdown })];
    const run = given(lab(hypervisor('h'), ...unit(1), ...unit(2), ...switches, ...pair)).until(ms(T));
    const data = (node: string) => isUp(run, ...[1, 2, 3, 4].map((i) => `${node}:eth${i}`));
    expect([data('fw1'), data('fw2')]).toEqual([Array(4).fill(true), Array(4).fill(false)]);
    run.command('suspend fw1').until(seconds(5));
    expect([data('fw1'), data('fw2')]).toEqual([Array(4).fill(false), Array(4).fill(true)]);
  });

  test('HA-12, HA-16: link-monitor-shutdown: carrier is late, and what is announced before is lost, not queued', () => {
    const { passive_to_active_ms, link_bringup_ms = 0, garp_per_address } = vector('link-monitor-shutdown');
    const more = { ...shutdown, linkBringupNs: ms(link_bringup_ms), linkMonitoring: monitoring(['eth1']) };
    const run = scene({ more }).until(ms(T)).forgetSeen().command('link down fw1:eth1').until(seconds(20));
    expect(changes(run, T)[1]).toBe(`fw2 active ${passive_to_active_ms}`);
    const up = run.said('InterfaceLinkChanged', { node: 'fw2', interface: 'eth1', up: true });
    expect(up.map(({ atNs }) => atNs / 1e6 - T)).toEqual([(passive_to_active_ms ?? 0) + link_bringup_ms]);
    const sent = run.said('GarpSent', { node: 'fw2', interface: 'eth1' });
    expect(sent.map(({ atNs }) => atNs / 1e6 - T)).toEqual(garp_per_address?.sent_ms);
    expect(onWire(run, T)).toEqual(garp_per_address?.on_wire_ms);
  });

  test('HA-16: links that were down come up before the first announcement', () => {
    const run = scene({ more: shutdown }).until(ms(T)).forgetSeen().command('suspend fw1').until(seconds(20));
    expect(onWire(run, T)).toHaveLength(10);
  });

  test('HA-12: a cable that is cut while its link is shut has no carrier after the promotion, until it is mended', () => {
    const run = scene({ more: shutdown }).until(ms(T)).command('link down fw2:eth1').until(seconds(4)).command('suspend fw1');
    run.until(seconds(5));
    expect(isUp(run, 'fw2:eth1', 'psw:p2', 'fw2:eth2', 'osw:p2')).toEqual([false, false, true, true]);
    expect(isUp(run.command('link up fw2:eth1'), 'fw2:eth1', 'psw:p2')).toEqual([true, true]);
  });

  test('HA-12: a cable that is mended while its link is shut gets no carrier by that', () => {
    const run = scene({ more: shutdown }).until(ms(T)).command('link up fw2:eth1');
    expect(isUp(run, 'fw2:eth1', 'psw:p2')).toEqual([false, false]);
  });

  test('HA-12: a passive unit that loses power and starts again still brings its links up when it is promoted', () => {
    const run = scene({ more: shutdown }).until(ms(T)).command('crash fw2').until(seconds(5)).command('power-on fw2');
    run.until(seconds(10)).command('suspend fw1').until(seconds(12));
    expect(isUp(run, 'fw2:eth1', 'psw:p2')).toEqual([true, true]);
  });

  test('HA-09: a link that HA keeps down is no failed monitor', () => {
    const run = scene({ more: { ...shutdown, linkMonitoring: monitoring(['eth1']) } }).until(seconds(10));
    expect([stateOf(run, 'fw2'), monitors(run)]).toEqual(['passive (election-lost)', []]);
  });
});
