/**
 * A switch that learns a MAC at another port says so: at once, and while the MAC goes on moving, once per virtual second.
 *
 *        p1 ──┐
 *        p2 ── sw      frames come in at its ports by their cables
 *        p3 ──┘
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { readMoves } from '../../ts/engine/move-counts.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { newEngine } from '../properties/drive.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { flow, host, hypervisor, lab, learningSwitch, link, ms, type Part, seconds, vswitch } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const MAC = strangerMac(1);
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
/** Addresses of a lab that are told apart while they move (asm/memory/layout.ts, MOVE_RUNS). */
const TOLD_APART = 384;

type PortOptions = Parameters<typeof learningSwitch>[1]['ports'];

/** A switch with hosts that say nothing. */
function switched(
  ports: PortOptions = { p1: {}, p2: {}, p3: {} },
  options: Partial<Parameters<typeof learningSwitch>[1]> = {},
): Run {
  const names = Object.keys(ports);
  const hosts = names.flatMap((name) => [host(`h-${name}`), link(`h-${name}:eth0`, `sw:${name}`)]);
  return given(lab(learningSwitch('sw', { ...options, ports }), ...hosts)).until(ms(1));
}

/** Frames of a MAC that come in at a port, and are handled. */
function hears(run: Run, port: string, macs: readonly string[] = [MAC], vlan?: number): Run {
  return run.receives(`sw:${port}`, ...macs.map((mac) => plainFrame(mac, BROADCAST, vlan))).pass(1000);
}

/** Positions from an event back to the input that began it. */
function chainOf(run: Run, position: number): string[] {
  const types: string[] = [];
  for (let at = position; at > 0; at = run.event(at).cause) types.push(run.event(at).type);
  return types;
}

/** How often MACs moved at a node: on record, and by the data plane's own counter. */
function sumOf(run: Run, node: string): number {
  return run.said('MacMoved', { node }).reduce((sum, { data }) => sum + data.count, 0);
}

describe('the first move of a MAC', () => {
  test('HST-01: is recorded at once, with VLAN, old port, new port and the event that the frame comes from (T5)', () => {
    const run = hears(hears(switched(), 'p1'), 'p2');
    const [first, second] = run.said('FramesReceived');
    const moved = { node: 'sw', vlan: 0, mac: MAC, from: 'p1', to: 'p2', count: 1 };
    const atNs = second?.atNs ?? 0;
    expect(run.said('MacMoved')).toMatchObject([
      { atNs, cause: second?.position, data: { ...moved, firstNs: atNs, lastNs: atNs } },
    ]);
    expect(first?.position).toBeLessThan(second?.position ?? 0);
    expect(run.state.moves).toMatchObject({ [`sw 0 ${MAC}`]: { moves: 1, from: 'p1', to: 'p2', cause: second?.position } });
  });

  test('HST-01: a MAC that is new, stays at its port, or sends in another VLAN has not moved', () => {
    const run = switched({ p1: {}, p2: {}, p3: { vlan: 30 } });
    hears(hears(run, 'p1'), 'p1');
    hears(run, 'p1', [MAC], 10);
    hears(run, 'p2', [MAC], 20);
    hears(run, 'p3');
    expect(run.said('MacMoved')).toEqual([]);
    expect(
      hears(run, 'p2', [MAC], 10)
        .said('MacMoved')
        .map(({ data }) => [data.vlan, data.from, data.to]),
    ).toEqual([[10, 'p1', 'p2']]);
  });

  test('HST-01: what a switch has forgotten does not move: an address that aged, or whose port lost its carrier', () => {
    const aged = hears(switched(undefined, { ageingNs: seconds(10) }), 'p1').until(seconds(20));
    expect(hears(aged, 'p2').said('MacMoved')).toEqual([]);
    const unplugged = hears(switched(), 'p1').command('link down sw:p1').pass(ms(1));
    expect(hears(unplugged, 'p2').said('MacMoved')).toEqual([]);
  });

  test('HST-02: a bond is one port: its other member is no move, a port outside it is one', () => {
    const run = switched({ p1: { bond: 'b' }, p2: { bond: 'b' }, p3: {} }, { kind: 'bridge' });
    hears(run, 'p1').command('link down sw:p1').pass(ms(1));
    expect(hears(run, 'p2').said('MacMoved')).toEqual([]);
    expect(
      hears(run, 'p3')
        .said('MacMoved')
        .map(({ data }) => [data.from, data.to]),
    ).toEqual([['p1', 'p3']]);
  });

  test('LRN-01, VSW-13: a vSwitch that learns says that a learned MAC moved; one that its host assigned stays where it is', () => {
    const guests = ['g1', 'g2'].map((name, i) => host(name, { on: 'esx1', mac: `00:50:56:00:00:0${i + 1}` }));
    const policy = { promiscuous: true, macChanges: true, forgedTransmits: true };
    const run = given(
      lab(
        hypervisor('esx1'),
        vswitch('sw', { ports: { p1: {}, p2: {} }, policy, learning: { limit: 8 } }),
        ...guests,
        link('g1:eth0', 'sw:p1'),
        link('g2:eth0', 'sw:p2'),
      ),
    ).until(ms(1));
    for (const port of ['p1', 'p2']) hears(run, port, [MAC, '00:50:56:00:00:01']);
    expect(run.said('MacMoved').map(({ data }) => [data.mac, data.from, data.to])).toEqual([[MAC, 'p1', 'p2']]);
  });

  test('MODE-02: a firewall that bridges its layer-2 interfaces learns as a switch does, and says so', () => {
    const run = givenFile(`
name: bridging
topology:
  nodes:
    esx: { kind: hypervisor, platform: kvm }
    fw:
      { kind: firewall, on: esx, vlans: { office: { interfaces: [eth1, eth2] } }, interfaces: { eth1: { mode: layer2 }, eth2: { mode: layer2 } } }
    a: { kind: host, interfaces: { eth0: {} } }
    b: { kind: host, interfaces: { eth0: {} } }
  links: [{ endpoints: ["a:eth0", "fw:eth1"] }, { endpoints: ["b:eth0", "fw:eth2"] }]
duration: 1s
`).until(seconds(1));
    for (const name of ['eth1', 'eth2']) run.receives(`fw:${name}`, plainFrame(MAC, BROADCAST)).pass(ms(1));
    expect(run.said('MacMoved')).toMatchObject([{ data: { node: 'fw', mac: MAC, from: 'eth1', to: 'eth2', count: 1 } }]);
  });

  test('HA-20: with the virtual MAC of a pair, the takeover is its move at both switches, and its causes lead to the crash', () => {
    const run = givenFile(readFileSync('labs/ha-virtual-mac.lab.yml', 'utf8'));
    for (const setting of ['promiscuous', 'forged-transmits']) {
      for (const vsw of ['vsw1-in', 'vsw1-out', 'vsw2-in', 'vsw2-out']) run.command(`set ${vsw} ${setting} accept`);
    }
    run.until(seconds(20)).command('crash fw1').until(seconds(32));
    const moves = run.said('MacMoved');
    expect(moves.map(({ data: { node, mac, from, to, count } }) => [node, mac, from, to, count])).toEqual([
      ['psw-in', '00:1b:17:00:01:10', 'p11', 'p12', 1],
      ['psw-out', '00:1b:17:00:01:11', 'p11', 'p12', 1],
    ]);
    for (const { position } of moves) {
      const chain = chainOf(run, position);
      expect(chain.slice(0, 3)).toEqual(['MacMoved', 'GarpSent', 'HaStateChanged']);
      expect(chain.slice(-3)).toEqual(['NodePowerChanged', 'CommandAccepted', 'CommandReceived']);
    }
  });
});

describe('a MAC that goes on moving', () => {
  const DUPLICATE = { mac: '02:00:00:00:00:0d' };
  const sends = (name: string, from: string, startNs: number): Part =>
    flow(name, { from, to: '10.0.0.3', intervalPs: 1e11, startNs, stopNs: seconds(6) });

  /** a and b have one MAC, and each sends ten frames a second to c, in turn. */
  function twins(): Run {
    return given(
      lab(
        host('a', { ...DUPLICATE, ip: '10.0.0.1/24' }),
        host('b', { ...DUPLICATE, ip: '10.0.0.2/24' }),
        host('c', { ip: '10.0.0.3/24' }),
        learningSwitch('sw', { ports: { p1: {}, p2: {}, p3: {} } }),
        link('a:eth0', 'sw:p1'),
        link('b:eth0', 'sw:p2'),
        link('c:eth0', 'sw:p3'),
        sends('from-a', 'a:eth0', seconds(1)),
        sends('from-b', 'b:eth0', seconds(1) + ms(50)),
      ),
    );
  }

  test('HST-01: two hosts with one MAC: the first move, then one event per virtual second with its count (T5)', () => {
    const run = twins().until(seconds(8));
    const moves = run.said('MacMoved');
    expect(moves[0]).toMatchObject({ data: { from: 'p1', to: 'p2', count: 1 } });
    const later = moves.slice(1);
    expect(later.map(({ atNs }) => atNs / 1e9)).toEqual([2, 3, 4, 5, 6]);
    expect(later.slice(1).map(({ data }) => data.count)).toEqual([20, 20, 20, 20]);
    for (const { data, atNs, cause } of later) {
      expect(data.firstNs).toBeGreaterThan(atNs - 1e9);
      expect(data.lastNs).toBeLessThan(atNs);
      expect(run.event(cause).type).toBe('LabDefined');
    }
    expect(sumOf(run, 'sw')).toBe(Number(run.nodeState('sw').moved));
  });

  test('HST-01: after a second without a move, the next one is recorded at once again', () => {
    const run = switched();
    for (const [atNs, port] of [
      [ms(500), 'p1'],
      [ms(600), 'p2'],
      [ms(1900), 'p1'],
      [ms(3999), 'p2'],
      [ms(4001), 'p1'],
    ] as const) {
      hears(run.until(atNs), port);
    }
    run.until(seconds(7));
    const at = run.said('MacMoved').map(({ atNs, data }) => [Math.round(atNs / 1e6), data.to, data.count]);
    expect(at).toEqual([
      [600, 'p2', 1],
      [2000, 'p1', 1],
      [3999, 'p2', 1],
      [5000, 'p1', 1],
    ]);
  });

  test('HST-01: counts are on record behind an input, and what is shown before is exact and writes nothing', () => {
    const run = twins().until(seconds(2) + ms(525));
    const chain = toHex(run.engine.chain);
    const shown = readMoves(run.engine)['sw 0 02:00:00:00:00:0d']?.moves;
    expect(shown).toBe(Number(run.nodeState('sw').moved));
    expect(sumOf(run, 'sw')).toBeLessThan(shown ?? 0);
    expect(toHex(run.engine.chain)).toBe(chain);
    run.command('link down sw:p3');
    expect(sumOf(run, 'sw')).toBe(shown);
    expect(run.events.slice(-5).map(({ type }) => type)).toContain('MacMoved');
  });

  test('HST-01: a snapshot holds what was counted: the lab goes on in another engine with the same bytes', () => {
    const run = twins().until(seconds(2) + ms(525));
    const other = newEngine({ identity: 'test' });
    other.restore(run.engine.snapshot());
    other.receive({ type: 'TimeAdvanced', data: { toNs: seconds(4) } });
    other.step();
    run.until(seconds(4));
    expect(other.take().some(({ event }) => event.type === 'MacMoved')).toBe(true);
    expect(toHex(other.chain)).toBe(toHex(run.engine.chain));
  });
});

describe('more MACs that move at once than are told apart', () => {
  const MACS = Array.from({ length: 500 }, (_, i) => strangerMac(i));
  const apart = (run: Run): number => new Set(run.said('MacMoved').map(({ data }) => data.mac)).size;

  test('HST-01: 384 are named, the moves of the others are counted per switch, and none is lost', () => {
    const run = hears(switched(), 'p1', MACS).pass(ms(1));
    hears(run, 'p2', MACS).pass(ms(1));
    expect(run.said('MacMoved')).toHaveLength(TOLD_APART);
    run.until(seconds(1) + 1);
    expect(apart(run)).toBe(TOLD_APART + 1);
    const others = { node: 'sw', vlan: 0, mac: '', from: '', to: '', count: MACS.length - TOLD_APART };
    expect(run.said('MacMoved', { mac: '' })).toMatchObject([{ data: others }]);
    expect(sumOf(run, 'sw')).toBe(MACS.length);
    expect(run.state.moves['sw 0 ']).toMatchObject({ moves: MACS.length - TOLD_APART });
  });

  test('HST-01: runs that ended make room for those of other MACs, and runs that go on stay what they are', () => {
    const half = TOLD_APART / 2;
    const [ended, going, late] = [MACS.slice(0, half), MACS.slice(half, TOLD_APART), MACS.slice(TOLD_APART)];
    const run = hears(switched(), 'p1', MACS).pass(ms(1));
    hears(run, 'p2', ended).until(ms(4500));
    hears(run, 'p2', going).until(ms(5200));
    hears(run, 'p2', late).pass(ms(1));
    expect(apart(run)).toBe(MACS.length);
    hears(run, 'p1', going).pass(ms(1));
    expect(run.said('MacMoved')).toHaveLength(MACS.length);
    run.until(seconds(7));
    expect(run.said('MacMoved', { mac: '' })).toEqual([]);
    expect(run.said('MacMoved')).toHaveLength(MACS.length + going.length);
    expect(sumOf(run, 'sw')).toBe(Number(run.nodeState('sw').moved));
  });
});
