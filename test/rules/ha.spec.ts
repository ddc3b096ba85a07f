/**
 * Rules HA-01, HA-04 to HA-08, HA-16, HA-17 and HA-20: two firewalls, one of them active, and when that changes.
 *
 *   ┌─ esx1 ────────────────────┐                  ┌─ esx2 ────────────────────┐
 *   │ g1 ── vsw1 ── eth1  fw1   │                  │   fw2  eth1 ── vsw2 ── g2 │
 *   │        │u1          ha1 ──│──────────────────│── ha1           │u1       │
 *   └────────│──────────────────┘                  └─────────────────│─────────┘
 *            └───────────────────── psw ─────────────────────────────┘
 *
 * Both lab and crash times are those of ha-timeline.json: the units start at 0, so heartbeats tick at whole multiples of
 * their interval. HA1 takes 1 us, so the election is over before the first crash at 1 ms.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { AGENT_COST_NS } from '../../ts/engine/turn/turn.ts';
import type { VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import { arpReply, emitArpFrame, parseArpFrame } from '../../ts/wire/arp.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { hex, plainFrame, vectorFrame } from '../support/frames.ts';
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
  ms,
  type Part,
  seconds,
  type TimerProfile,
  vswitch,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import timeline from '../vectors/ha-timeline.json' with { type: 'json' };

const A = '00:50:56:aa:00:01';
const B = '00:50:56:bb:00:01';
const G1 = '00:50:56:c0:00:11';
const VIRTUAL = '00:1b:17:00:01:10';
const GATEWAY = '10.0.1.1';

afterEach(everyFrameIsAccountedFor);

interface Scene {
  readonly option?: boolean;
  readonly profile?: TimerProfile;
  readonly priorities?: readonly [number, number];
  readonly promotionHoldMs?: number;
  /** HA1 MACs of fw1 and fw2. */
  readonly ha1?: readonly [string, string];
  readonly ha1Ip?: readonly [string, string];
  readonly policy?: Partial<VSwitchPolicy>;
  readonly eth1?: readonly string[];
  readonly flows?: readonly Part[];
}

/** The drawing above, from time 0. */
function scene(options: Scene = {}): Run {
  const { option = true, profile, priorities, promotionHoldMs, policy = {}, eth1 = ['10.0.1.1/24'], flows = [] } = options;
  const ha1 = options.ha1 ?? ['00:50:56:aa:00:f1', '00:50:56:bb:00:f1'];
  const ha1Ip = options.ha1Ip ?? ['10.255.0.1/30', '10.255.0.2/30'];
  const unit = (n: 1 | 2, data: string, guest: string): Part[] => [
    hypervisor(`esx${n}`),
    vswitch(`vsw${n}`, { on: `esx${n}`, ports: { fw: {}, guest: {} }, uplinks: ['u1'], policy }),
    firewall(`fw${n}`, {
      on: `esx${n}`,
      useHypervisorMac: option,
      interfaces: { eth1: { mac: data, ip: eth1 }, ha1: { mac: ha1[n - 1] ?? '', ip: ha1Ip[n - 1] ?? [] } },
    }),
    host(`g${n}`, { on: `esx${n}`, mac: guest, ip: `10.0.1.1${n}/24`, gateway: GATEWAY }),
    link(`fw${n}:eth1`, `vsw${n}:fw`),
    link(`g${n}:eth0`, `vsw${n}:guest`),
    link(`vsw${n}:u1`, `psw:p${n}`),
  ];
  const timers = { ...(profile && { profile }), ...(priorities && { priorities }), ...(promotionHoldMs && { promotionHoldMs }) };
  return given(
    lab(
      ...unit(1, A, G1),
      ...unit(2, B, '00:50:56:c0:00:12'),
      learningSwitch('psw', { ports: { p1: {}, p2: {} } }),
      link('fw1:ha1', 'fw2:ha1'),
      haPair('fw1', 'fw2', timers),
      ...flows,
    ),
    { watch: ['fw1', 'fw2'] },
  );
}

/** Frames from g1 to the firewall's own address, 1 ms apart. */
function toGateway(startMs: number, stopMs: number): Part {
  return flow('f', { from: 'g1:eth0', to: GATEWAY, intervalPs: 1e9, startNs: ms(startMs), stopNs: ms(stopMs) });
}

/** HA states of fw1 and fw2. */
function roles(run: Run): (string | undefined)[] {
  return [run.state.ha['fw1']?.state, run.state.ha['fw2']?.state];
}

/** Changes of HA state, as "node to at-ms". */
function changes(run: Run): string[] {
  return run.said('HaStateChanged').map(({ data, atNs }) => `${data.node} ${data.to} ${Math.round(atNs / 1e6)}`);
}

describe('finding each other', () => {
  test('HA-01: before anybody answers both are in state initial', () => {
    expect(roles(scene())).toEqual(['initial', 'initial']);
  });

  test('HA-01: a unit that powers on alone is active after 60 s, not a nanosecond earlier', () => {
    const run = scene().command('crash fw2').until(seconds(60));
    expect(roles(run)).toEqual(['initial', 'initial']);
    run.until(seconds(60) + 1);
    expect(run.said('HaStateChanged').map(({ data, atNs }) => ({ ...data, atNs }))).toEqual([
      { node: 'fw1', from: 'initial', to: 'active', reason: 'no-peer', atNs: seconds(60) },
    ]);
  });

  test('HA-01: only the active unit forwards', () => {
    const run = scene()
      .until(seconds(1))
      .receives('fw2:eth1', plainFrame(G1, B))
      .receives('fw1:eth1', plainFrame(G1, A))
      .pass(ms(1));
    expect(run.dropsAt('fw2')).toEqual(['eth1 ha-not-active']);
    expect(run.dropsAt('fw1')).toEqual(['eth1 no-listener']);
    const lost = run.said('FrameDropped', { node: 'fw2' })[0];
    expect(lost?.cause).toBe(run.said('HaStateChanged', { node: 'fw2', to: 'passive' })[0]?.position);
  });

  test('HA-02: units whose HA1 has no configured address find each other all the same', () => {
    const run = scene({ ha1Ip: [] as unknown as [string, string] }).until(seconds(1));
    expect(roles(run)).toEqual(['active', 'passive']);
  });

  test.each([
    [
      [50, 100],
      ['active', 'passive'],
    ],
    [
      [100, 50],
      ['passive', 'active'],
    ],
    [
      [0, 255],
      ['active', 'passive'],
    ],
  ] as const)('HA-06: with priorities %j the lower value wins', (priorities, expected) => {
    expect(roles(scene({ priorities }).until(seconds(1)))).toEqual(expected);
  });

  test.each([false, true])('HA-06: at equal priorities the lower HA1 MAC wins (MACs swapped: %s)', (isSwapped) => {
    const tie = timeline.scenarios.find(({ id }) => id === 'tie');
    const a = tie?.a?.ha1_mac ?? '';
    const b = tie?.b?.ha1_mac ?? '';
    const priorities = [tie?.a?.priority ?? 0, tie?.b?.priority ?? 0] as const;
    const run = scene({ priorities, ha1: isSwapped ? [b, a] : [a, b] }).until(seconds(1));
    expect(roles(run)).toEqual(isSwapped ? ['passive', 'active'] : ['active', 'passive']);
  });

  test('HA-05: each unit pings the other once an interval, and is answered', () => {
    const run = scene().until(ms(10_001));
    const pings = run.frames('fw2:ha1', 'sent').filter((frame) => frame[23] === 1 && frame[34] === 8);
    const answers = run.frames('fw2:ha1', 'received').filter((frame) => frame[23] === 1 && frame[34] === 0);
    expect([pings.length, answers.length]).toEqual([5, 5]);
    expect(run.said('HaPeerLost')).toEqual([]);
  });

  test('HA-04: each unit says hello once in 8 s; nothing answers a hello', () => {
    const run = scene().until(seconds(4)).forgetSeen().until(ms(36_001));
    const hellos = (at: string) => run.seen.filter((seen) => seen.at === at && seen.kind === 'sent' && seen.bytes[23] === 6);
    expect(hellos('fw1:ha1').map(({ atNs }) => atNs - AGENT_COST_NS)).toEqual([8, 16, 24, 32].map(seconds));
    expect(hellos('fw2:ha1')).toHaveLength(4);
  });
});

/** HA1 carries nothing from fw1 any more; carrier stays, so that only what is not heard counts (HA-03 is about carrier). */
function silenced(run: Run): Run {
  return run.command('impair fw1:ha1 loss 100%');
}

describe('losing the peer', () => {
  interface Crash {
    readonly id: string;
    readonly rules: readonly string[];
    readonly profile?: string;
    readonly crash_ms?: number;
    readonly first_missed_ping_ms?: number;
    readonly peer_declared_failed_ms?: number;
    readonly promoted_ms?: number;
  }
  const crashes = (timeline.scenarios as readonly Crash[]).filter(({ id }) => id.startsWith('crash-'));

  test('HA-05, HA-07, HA-08: the vectors have three crashes for each profile', () => {
    expect(crashes.map(({ profile }) => profile).sort()).toEqual([...Array(3).fill('aggressive'), ...Array(3).fill('recommended')]);
  });

  test.each(crashes.map((crash) => [crash.rules.join(', '), crash.profile, crash.crash_ms, crash] as const))(
    '%s: %s timers, crash at %i ms: first lost ping, declaration and promotion to the nanosecond',
    (_, profile, crashMs = 0, crash) => {
      const run = scene({ profile: profile as TimerProfile }).until(ms(crashMs));
      expect(roles(run)).toEqual(['active', 'passive']);
      run.command('crash fw1').until(seconds(12));
      expect(run.said('HaPeerLost').map(({ data, atNs }) => ({ ...data, atNs }))).toEqual([
        {
          node: 'fw2',
          by: 'heartbeat',
          awaitedSinceNs: ms(crash.first_missed_ping_ms ?? 0),
          atNs: ms(crash.peer_declared_failed_ms ?? 0),
        },
      ]);
      expect(
        run.said('HaStateChanged', { node: 'fw2', to: 'active' }).map(({ data, atNs }) => [data.from, data.reason, atNs]),
      ).toEqual([['passive', 'peer-lost', ms(crash.promoted_ms ?? 0)]]);
    },
  );

  test('HA-07: two lost pings in a row are not enough, and an answer starts the count anew', () => {
    const run = silenced(scene().until(ms(1500)))
      .until(ms(5500))
      .command('impair fw1:ha1 reset');
    silenced(run.until(ms(7500)))
      .until(ms(11_500))
      .command('impair fw1:ha1 reset')
      .until(seconds(30));
    expect(run.said('HaPeerLost')).toEqual([]);
  });

  test('HA-04: process stopped, heartbeats answered: lost three intervals after the first missed hello, then the hold', () => {
    const run = scene().until(seconds(1)).command('ha-process fw1 stop').until(seconds(40));
    const [lost, ...more] = run.said('HaPeerLost');
    expect(more).toEqual([]);
    expect(lost?.data).toMatchObject({ node: 'fw2', by: 'hello' });
    // Hellos are due every 8 s; the last came microseconds after 0, so the first missed one is that of 8 s.
    expect(ms(Math.floor((lost?.data.awaitedSinceNs ?? 0) / 1e6))).toBe(seconds(8));
    expect((lost?.atNs ?? 0) - (lost?.data.awaitedSinceNs ?? 0)).toBe(seconds(24));
    const promoted = run.said('HaStateChanged', { node: 'fw2', to: 'active' });
    expect(promoted.map(({ atNs, data }) => [atNs - (lost?.atNs ?? 0), data.reason])).toEqual([[seconds(2), 'peer-lost']]);
  });

  test('HA-04: a unit whose HA process is stopped takes over nothing', () => {
    const run = scene().until(seconds(1)).command('ha-process fw2 stop').command('crash fw1').until(seconds(60));
    expect(roles(run)).toEqual(['initial', 'passive']);
    expect(run.said('HaPeerLost', { node: 'fw2' })).toEqual([]);
  });

  test('HA-04: an HA process that starts again listens again', () => {
    const run = scene().until(seconds(1)).command('ha-process fw2 stop').until(seconds(60)).command('ha-process fw2 start');
    run.until(seconds(90)).command('crash fw1').until(seconds(110));
    expect(run.said('HaPeerLost', { node: 'fw2' }).map(({ data }) => data.by)).toEqual(['heartbeat']);
    expect(roles(run)).toEqual(['initial', 'active']);
  });

  test('HA-08: a peer that reappears inside the hold cancels it', () => {
    const run = silenced(scene({ promotionHoldMs: 5000 }).until(ms(500))).until(ms(9000));
    expect(run.said('HaPeerLost', { node: 'fw2' }).map(({ atNs }) => atNs)).toEqual([ms(8000)]);
    run.command('impair fw1:ha1 reset').until(seconds(60));
    const [found, ...more] = run.said('HaPeerFound', { node: 'fw2' }).slice(1);
    expect(more).toEqual([]);
    // The next heartbeat is that of 10 s.
    expect(Math.floor((found?.atNs ?? 0) / 1e6)).toBe(10_000);
    expect(roles(run)).toEqual(['active', 'passive']);
    expect(run.said('HaStateChanged', { to: 'active' })).toHaveLength(1);
  });

  test('HA-08: a hold that was cancelled starts in full the next time', () => {
    const run = silenced(scene({ promotionHoldMs: 5000 }).until(ms(500))).until(ms(9000));
    run.command('impair fw1:ha1 reset').until(ms(11_500)).command('crash fw1').until(seconds(40));
    const lost = run.said('HaPeerLost', { node: 'fw2' }).at(-1);
    expect(lost?.atNs).toBe(ms(18_000));
    expect(run.said('HaStateChanged', { node: 'fw2', to: 'active' }).map(({ atNs }) => atNs)).toEqual([ms(23_000)]);
  });

  test('HA-08: a peer that powers on again inside the hold takes its role back', () => {
    const run = scene().until(ms(500)).command('crash fw1').until(ms(9000)).command('power-on fw1').until(seconds(60));
    expect(roles(run)).toEqual(['active', 'passive']);
    expect(run.said('HaStateChanged', { node: 'fw2', to: 'active' })).toEqual([]);
    expect(changes(run).at(-1)).toBe('fw1 active 9000');
  });

  test('HA-03: without HA1 both are active; when it returns the loser of the election goes passive', () => {
    const run = scene().until(ms(500)).command('link down fw1:ha1').until(seconds(20));
    expect(roles(run)).toEqual(['active', 'active']);
    run.command('link up fw1:ha1').until(seconds(40));
    expect(roles(run)).toEqual(['active', 'passive']);
    expect(run.said('HaStateChanged', { node: 'fw2', to: 'passive' }).map(({ data }) => data.reason)).toEqual([
      'election-lost',
      'election-lost',
    ]);
  });

  test('HA-03, ARP-07: in a split brain both units defend the address', () => {
    const run = scene().until(ms(500)).command('link down fw1:ha1').until(ms(10_500));
    expect(run.said('AddressConflict').map(({ data }) => [data.node, data.mac])).toContainEqual(['fw1', B]);
    expect(run.said('AddressConflict').map(({ data }) => [data.node, data.mac])).toContainEqual(['fw2', A]);
  });

  test('HA-03, HA-16: an active unit whose HA process starts again takes its neighbours back from the peer that took over meanwhile', () => {
    const pings = flow('f', { from: 'g1:eth0', to: GATEWAY, intervalPs: 1e12, startNs: 0, stopNs: seconds(60) });
    const run = scene({ flows: [pings] })
      .until(seconds(1))
      .command('ha-process fw1 stop')
      // Between two hellos of fw2, so that fw1 learns of it only from the answer.
      .until(seconds(42));
    expect([roles(run), run.neighbour('g1', GATEWAY)]).toEqual([['active', 'active'], B]);
    run.command('ha-process fw1 start').until(seconds(43));
    expect([roles(run), run.neighbour('g1', GATEWAY)]).toEqual([['active', 'passive'], A]);
  });

  test('HA-06: a restarted unit becomes passive, though its priority is better', () => {
    const run = scene().until(ms(500)).command('crash fw1').until(seconds(20)).command('power-on fw1').until(seconds(90));
    expect(changes(run)).toEqual(['fw2 passive 0', 'fw1 active 0', 'fw2 active 10000', 'fw1 passive 20000']);
  });

  test('HA-01: every change of state has exactly one line in the system log, critical when active is taken or left', () => {
    const run = scene()
      .until(ms(500))
      .command('link down fw1:ha1')
      .until(seconds(20))
      .command('link up fw1:ha1')
      .until(seconds(40));
    const all = run.said('HaStateChanged');
    expect(all.length).toBe(4);
    const lines = run.said('SystemLog', { eventId: 'state-change' });
    expect(lines.map(({ cause }) => cause)).toEqual(all.map(({ position }) => position));
    expect(lines.map(({ data }) => [data.node, data.severity])).toEqual(
      all.map(({ data }) => [data.node, data.from === 'active' || data.to === 'active' ? 'critical' : 'informational']),
    );
    expect(new Set(lines.map(({ data }) => data.severity))).toEqual(new Set(['critical', 'informational']));
  });
});

describe('taking over', () => {
  const PROMOTED = 10_000;
  const BURST_MS = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8].map((s) => PROMOTED + s * 1000);

  function takeover(options: Scene = {}): Run {
    return scene(options).until(ms(500)).command('crash fw1');
  }

  test('HA-16: ten gratuitous ARPs for every address: two at once, then one a second', () => {
    const run = takeover({ eth1: ['10.0.1.1/24', '10.0.1.2/24'] }).until(seconds(60));
    for (const address of ['10.0.1.1', '10.0.1.2']) {
      const sent = run.said('GarpSent', { node: 'fw2', ip: address });
      expect(sent.map(({ atNs }) => atNs)).toEqual(BURST_MS.map(ms));
      expect(sent.map(({ data }) => data.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(new Set(sent.map(({ data }) => data.mac))).toEqual(new Set([B]));
    }
    expect(run.said('GarpSent', { node: 'fw2' })).toHaveLength(20);
  });

  test('HA-16: the bytes on the wire are garp-request-b, ten times, and no probe (ARP-06)', () => {
    const run = takeover().until(seconds(60));
    const arps = run.seen.filter(({ at, kind, bytes }) => at === 'fw2:eth1' && kind === 'sent' && parseArpFrame(bytes) !== null);
    expect(arps.map(({ bytes }) => hex(bytes))).toEqual(Array(10).fill(hex(vectorFrame('garp-request-b'))));
    expect(arps.map(({ atNs }) => atNs - AGENT_COST_NS)).toEqual(BURST_MS.map(ms));
  });

  test('HA-16: a unit that loses the role stops announcing', () => {
    const run = scene().until(ms(500)).command('link down fw1:ha1').until(ms(11_500)).command('link up fw1:ha1').until(seconds(60));
    const passiveAt = run.said('HaStateChanged', { node: 'fw2', to: 'passive' }).at(-1)?.atNs ?? 0;
    const sent = run.said('GarpSent', { node: 'fw2' });
    expect(sent.length).toBeGreaterThan(3);
    expect(sent.every(({ atNs }) => atNs < passiveAt)).toBe(true);
    expect(sent.length).toBeLessThan(10);
  });

  test("HA-17: each unit answers with a MAC of its own, and no switch's table has to change", () => {
    const run = takeover({ flows: [toGateway(100, 300)] }).until(ms(PROMOTED - 1));
    const before = [run.table('vsw1'), run.table('vsw2')];
    run.until(seconds(12));
    expect([run.table('vsw1'), run.table('vsw2')]).toEqual(before);
    expect(run.said('SystemLog', { eventId: 'mac-address-change' })).toEqual([]);
  });

  test('HA-17: a frame to the old MAC just before the promotion is lost; just after the announcement it arrives', () => {
    const run = takeover({
      flows: [toGateway(100, 101), flow('late', { ...late(PROMOTED - 1) }), flow('next', { ...late(PROMOTED + 1) })],
    });
    run.until(ms(PROMOTED));
    expect(run.neighbour('g1', GATEWAY)).toBe(A);
    expect(run.dropped('fw1:eth1', 'interface-down')).toBe(1);
    run.until(ms(PROMOTED + 2));
    expect(run.neighbour('g1', GATEWAY)).toBe(B);
    expect([run.flow('late').received, run.flow('next').received]).toEqual([0n, 1n]);
    expect(run.said('NeighbourUpdated', { node: 'g1', ip: GATEWAY }).map(({ data }) => data.new)).toEqual([A, B]);
  });

  test('HA-17: a frame to the new MAC before the promotion is lost: the passive unit does not forward', () => {
    const run = takeover({ flows: [flow('early', { ...late(PROMOTED - 1) })] }).until(ms(600));
    run.receives('g1:eth0', emitArpFrame(arpReply(mac(B), ip(GATEWAY), mac(G1), ip('10.0.1.11')))).until(ms(PROMOTED - 1));
    const before = run.dropped('fw2:eth1', 'ha-not-active');
    run.until(ms(PROMOTED));
    expect(run.dropped('fw2:eth1', 'ha-not-active')).toBe(before + 1);
    expect(run.flow('early').received).toBe(0n);
  });

  /** One frame from g1 to the firewall's address. */
  function late(atMs: number): Parameters<typeof flow>[1] {
    return { from: 'g1:eth0', to: GATEWAY, intervalPs: 1e9, startNs: ms(atMs), stopNs: ms(atMs) + 1 };
  }
});

describe('with the virtual MAC', () => {
  const policy = { promiscuous: true, forgedTransmits: true };

  test('HA-20: the same MAC moves to the other port of a learning switch, and no cache changes', () => {
    const run = scene({ option: false, policy, flows: [toGateway(100, 12_000)] }).until(ms(500));
    expect(run.neighbour('g1', GATEWAY)).toBe(VIRTUAL);
    expect(run.table('psw')).toContainEqual({ vlan: 0, mac: VIRTUAL, port: 'psw:p1' });
    run.command('crash fw1').until(seconds(12));
    expect(run.table('psw')).toContainEqual({ vlan: 0, mac: VIRTUAL, port: 'psw:p2' });
    expect(run.nodeState('psw').moved).toBe(1n);
    expect(run.said('NeighbourUpdated', { node: 'g1', ip: GATEWAY })).toHaveLength(1);
  });

  test('HA-20: the announcement is garp-request-virtual', () => {
    const run = scene({ option: false, policy }).until(ms(500)).command('crash fw1').until(seconds(60));
    const arps = run.frames('fw2:eth1', 'sent').filter((frame) => parseArpFrame(frame) !== null);
    expect(arps.map(hex)).toEqual(Array(10).fill(hex(vectorFrame('garp-request-virtual'))));
  });

  test('HA-20: traffic from the other host follows the switch, one outage long', () => {
    const run = scene({ option: false, policy, flows: [toGateway(100, 12_000)] })
      .until(ms(500))
      .command('crash fw1');
    run.until(seconds(12));
    const { longestGapFromNs, longestGapNs } = run.flow('f');
    expect(Math.floor(Number(longestGapFromNs) / 1e6)).toBe(499);
    expect(Math.floor(Number(longestGapNs) / 1e6)).toBe(GAP_MS);
  });

  test('HA-20: a vSwitch that is not promiscuous never delivers to the virtual MAC', () => {
    const run = scene({ option: false, policy: { forgedTransmits: true }, flows: [toGateway(100, 200)] }).until(ms(500));
    expect(run.neighbour('g1', GATEWAY)).toBe(VIRTUAL);
    expect(run.flow('f').received).toBe(0n);
    // The vSwitch sends them up, and the switch knows that MAC on the port they come from.
    expect(run.dropped('psw:p1', 'no-recipient')).toBe(100);
  });

  test('HA-20: with both units on one host the vSwitch hands frames to both; the passive one discards', () => {
    const unit = (n: 1 | 2, data: string): Part[] => [
      firewall(`fw${n}`, { useHypervisorMac: false, interfaces: { eth1: { mac: data, ip: '10.0.1.1/24' }, ha1: {} } }),
      link(`fw${n}:eth1`, `vsw:fw${n}`),
    ];
    const ports = { fw1: {}, fw2: {}, g1: {} };
    const run = given(
      lab(
        hypervisor('esx1'),
        vswitch('vsw', { ports, policy }),
        ...unit(1, A),
        ...unit(2, B),
        host('g1', { on: 'esx1', mac: G1, ip: '10.0.1.11/24' }),
        link('g1:eth0', 'vsw:g1'),
        link('fw1:ha1', 'fw2:ha1'),
        haPair('fw1', 'fw2'),
      ),
      { watch: ['vsw'] },
    );
    run.until(seconds(20)).forgetSeen().receives('vsw:g1', plainFrame(G1, VIRTUAL)).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['fw1', 'fw2']);
    expect(run.dropsAt('fw2')).toContain('eth1 ha-not-active');
  });

  /** The last frame before the crash is that of 499 ms. That of 10,000 ms is one microsecond ahead of the announcement. */
  const GAP_MS = 10_001 - 499;
});

test('HA-20: a frame of the pair carries no MAC but the one in force', () => {
  const run = scene({ option: false, policy: { promiscuous: true, forgedTransmits: true }, flows: [toGateway(100, 300)] });
  run.until(seconds(1));
  const sources = run.frames('fw1:eth1', 'sent').map((frame) => EthernetView.over(frame)?.src);
  expect(new Set(sources)).toEqual(new Set([VIRTUAL]));
});
