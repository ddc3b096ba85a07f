/**
 * Rules DAI-01, DAI-02 and HA-18: a physical switch that does not believe every ARP, and what that does to a failover. And what
 * else its ports allow: so much ARP, so many sources.
 *
 *   far 10.0.1.12 ── p1 ┐
 *   g1  10.0.1.11 ── p2 ┤ sw ├ p3 ── (frames are put on the cable here)
 *
 * Frames of garp-frames.json: garp-request-a and garp-request-b say that 10.0.1.1 is at A, and at B.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { PortSecurity } from '../../ts/model/lab/interfaces.ts';
import type { Switch } from '../../ts/model/lab/nodes.ts';
import { arpReply, arpRequest, emitArpFrame } from '../../ts/wire/arp.ts';
import { plainFrame, strangerMac, vectorFrame } from '../support/frames.ts';
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
  vswitch,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import timeline from '../vectors/ha-timeline.json' with { type: 'json' };

const A = mac('00:50:56:aa:00:01');
const B = mac('00:50:56:bb:00:01');
const G1 = mac('00:50:56:c0:00:11');
const VIRTUAL = mac('00:1b:17:00:01:10');
const GATEWAY = ip('10.0.1.1');
const G1_IP = ip('10.0.1.11');
const GARP_A = vectorFrame('garp-request-a');
const GARP_B = vectorFrame('garp-request-b');
const OPEN: PortSecurity = { trusted: false, arpPerSecond: 0, macLimit: 0, onViolation: 'drop' };

afterEach(everyFrameIsAccountedFor);

/** A switch that inspects ARP from the start: 10.0.1.1 may have one MAC. */
function inspecting(part: Part, bound: string): Part {
  const arpInspection = { bindings: [{ ip: GATEWAY, mac: mac(bound) }] };
  const nodes = (part.nodes ?? []).map((node) => (node.kind === 'switch' ? ({ ...node, arpInspection } satisfies Switch) : node));
  return { ...part, nodes };
}

/** What some ports of a switch allow, from the start. */
function secured(part: Part, ports: Readonly<Record<string, Partial<PortSecurity>>>): Part {
  const interfaces = (part.interfaces ?? []).map((port) => {
    const security = ports[port.name];
    return security === undefined ? port : { ...port, security: { ...OPEN, ...security } };
  });
  return { ...part, interfaces };
}

interface Scene {
  /** MAC that 10.0.1.1 is bound to; null for a switch that inspects nothing. */
  readonly bound?: string | null;
  readonly vlan?: number;
  readonly security?: Readonly<Record<string, Partial<PortSecurity>>>;
  readonly ageingSeconds?: number;
}

/** The drawing above. */
function scene({ bound = A, vlan = 0, security = {}, ageingSeconds = 300 }: Scene = {}): Run {
  const ports = { p1: { vlan }, p2: { vlan }, p3: { vlan } };
  const sw = secured(learningSwitch('sw', { ports, ageingNs: seconds(ageingSeconds) }), security);
  return given(
    lab(
      bound === null ? sw : inspecting(sw, bound),
      host('far', { ip: '10.0.1.12/24' }),
      host('g1', { mac: G1, ip: '10.0.1.11/24' }),
      host('source'),
      link('far:eth0', 'sw:p1'),
      link('g1:eth0', 'sw:p2'),
      link('source:eth0', 'sw:p3'),
    ),
    { watch: ['sw'] },
  ).until(ms(1));
}

/** Ports a frame leaves by that comes in at p3. */
function outOf(run: Run, frame: Uint8Array, ingress = 'p3'): string[] {
  return run.forgetSeen().receives(`sw:${ingress}`, frame).pass(ms(1)).sentBy('sw');
}

/** The position of the latest event of a type. */
function positionOf(run: Run, type: Parameters<Run['said']>[0]): number {
  return run.said(type).at(-1)?.position ?? 0;
}

describe('inspection', () => {
  test('DAI-01: what the binding says passes, everything else about that address is dropped', () => {
    const run = scene();
    expect(outOf(run, GARP_A)).toEqual(['p1', 'p2']);
    expect(outOf(run, GARP_B)).toEqual([]);
    expect(run.dropsAt('sw')).toEqual(['p3 arp-inspection']);
  });

  test('DAI-01: the drop tells MAC, port and VLAN, and is blamed on the binding', () => {
    const run = scene().command(`bind sw 10.0.1.1 ${A}`).command('bind sw 10.0.1.1 none').command(`bind sw 10.0.1.1 ${A}`);
    const binding = positionOf(run, 'ArpBindingChanged');
    outOf(run, GARP_B);
    const drop = run.said('FrameDropped', { node: 'sw' })[0];
    expect(drop?.data).toMatchObject({ node: 'sw', interface: 'p3', reason: 'arp-inspection', src: B, etherType: 0x0806 });
    expect(drop?.cause).toBe(binding);
  });

  test('DAI-01: an address without a binding belongs to nobody', () => {
    const run = scene();
    expect(outOf(run, emitArpFrame(arpRequest(G1, G1_IP, GATEWAY)))).toEqual([]);
    run.command(`bind sw 10.0.1.11 ${G1}`);
    expect(outOf(run, emitArpFrame(arpRequest(G1, G1_IP, GATEWAY)))).toEqual(['p1', 'p2']);
  });

  test.each(['garp-reply-b', 'garp-request-virtual'])('DAI-01: %s is no better', (id) => {
    const run = scene();
    expect(outOf(run, vectorFrame(id))).toEqual([]);
    expect(run.dropped('sw:p3', 'arp-inspection')).toBe(1);
  });

  test('DAI-01: answers are inspected like questions', () => {
    const run = scene();
    expect(outOf(run, emitArpFrame(arpReply(A, GATEWAY, G1, G1_IP)))).toEqual(['p1', 'p2']);
    expect(outOf(run, emitArpFrame(arpReply(B, GATEWAY, G1, G1_IP)))).toEqual([]);
  });

  test('DAI-01: it is the pair in the ARP packet that counts, not the source of the frame', () => {
    const run = scene();
    const frame = GARP_A.slice();
    frame.set([0x02, 0, 0, 0, 0, 9], 6);
    expect(outOf(run, frame)).toEqual(['p1', 'p2']);
  });

  test('DAI-01, ARP-06: a probe claims no address, and passes', () => {
    const run = scene();
    expect(outOf(run, vectorFrame('arp-probe-b'))).toEqual(['p1', 'p2']);
    expect(run.dropsAt('sw')).toEqual([]);
  });

  test('DAI-01, NOT-01: a reverse-ARP notification is no ARP, nor is any other frame', () => {
    const run = scene();
    expect(outOf(run, vectorFrame('rarp-notify-a'))).toEqual(['p1', 'p2']);
    expect(outOf(run, plainFrame(B, 'ff:ff:ff:ff:ff:ff'))).toEqual(['p1', 'p2']);
  });

  test('DAI-01: a tag hides nothing', () => {
    const run = scene({ vlan: 4095 });
    const tagged = new Uint8Array([...GARP_B.subarray(0, 12), 0x81, 0x00, 0x00, 0x0a, ...GARP_B.subarray(12)]);
    expect(outOf(run, tagged)).toEqual([]);
    expect(run.said('FrameDropped', { node: 'sw' })[0]?.data).toMatchObject({ reason: 'arp-inspection', vlan: 10 });
  });

  test('DAI-01: what is dropped teaches the switch nothing', () => {
    const run = scene();
    outOf(run, GARP_B);
    expect(run.table('sw')).toEqual([]);
  });

  test('DAI-01: a trusted port is not asked, the others still are', () => {
    const run = scene({ security: { p3: { trusted: true } } });
    expect(outOf(run, GARP_B)).toEqual(['p1', 'p2']);
    expect(outOf(run, GARP_B, 'p1')).toEqual([]);
  });

  test('DAI-01: trust comes and goes by command, and a drop is blamed on what took it away', () => {
    const run = scene().command('secure sw:p3 trust on');
    expect(outOf(run, GARP_B)).toEqual(['p1', 'p2']);
    run.command('secure sw:p3 trust off');
    expect(outOf(run, GARP_B)).toEqual([]);
    expect(run.said('FrameDropped', { node: 'sw' })[0]?.cause).toBe(positionOf(run, 'PortSecurityChanged'));
  });

  test('DAI-01: inspection begins and ends by command; bindings stay while it is off', () => {
    const run = scene({ bound: null }).command(`bind sw 10.0.1.1 ${A}`);
    expect(outOf(run, GARP_B)).toEqual(['p1', 'p2']);
    run.command('inspect-arp sw on');
    expect(outOf(run, GARP_B)).toEqual([]);
    expect(outOf(run, GARP_A)).toEqual(['p1', 'p2']);
    run.command('inspect-arp sw off');
    expect(outOf(run, GARP_B)).toEqual(['p1', 'p2']);
    expect(run.state.inspections['sw']).toEqual({ isEnabled: false, bindings: { '10.0.1.1': A } });
    expect(run.said('ArpInspectionChanged').map(({ data }) => data.enabled)).toEqual([true, false]);
  });

  test('DAI-01: an address has one binding: the new one replaces the old', () => {
    const run = scene().command(`bind sw 10.0.1.1 ${B}`);
    expect(outOf(run, GARP_B)).toEqual(['p1', 'p2']);
    expect(outOf(run, GARP_A)).toEqual([]);
    expect(run.said('ArpBindingChanged').map(({ data }) => data)).toEqual([{ node: 'sw', ip: GATEWAY, old: A, new: B }]);
  });

  test('DAI-01: a binding that is removed allows nothing any more', () => {
    const run = scene().command('bind sw 10.0.1.1 none');
    expect(outOf(run, GARP_A)).toEqual([]);
    expect(run.state.inspections['sw']?.bindings).toEqual({});
  });

  test('DAI-01: saying again what is so says nothing', () => {
    const run = scene().command(`bind sw 10.0.1.1 ${A}`).command('bind sw 10.0.1.9 none').command('inspect-arp sw on');
    expect(run.said('CommandAccepted')).toHaveLength(3);
    expect([...run.said('ArpBindingChanged'), ...run.said('ArpInspectionChanged')]).toEqual([]);
  });

  test('DAI-01: bindings are configuration: a switch that was without power still has them', () => {
    const run = scene().command('crash sw').pass(ms(1)).command('power-on sw').pass(ms(1));
    expect(outOf(run, GARP_A)).toEqual(['p1', 'p2']);
    expect(outOf(run, GARP_B)).toEqual([]);
  });

  test('DAI-01: a switch holds 256 bindings; one more is refused, and the 256 hold', () => {
    const run = scene({ bound: null });
    for (let n = 0; n < 256; n++) run.command(`bind sw 10.1.${n}.1 ${strangerMac(n)}`);
    run.command('inspect-arp sw on').command(`bind sw 10.2.0.1 ${A}`);
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([['sw holds 256 bindings, as many as it can']]);
    run.command(`bind sw 10.1.7.1 ${A}`).command('bind sw 10.1.8.1 none').command(`bind sw 10.2.0.1 ${A}`);
    expect(run.said('CommandRefused')).toHaveLength(1);
    for (const n of [0, 100, 255]) {
      expect(outOf(run, emitArpFrame(arpRequest(strangerMac(n), ip(`10.1.${n}.1`), GATEWAY)))).toEqual(['p1', 'p2']);
      expect(outOf(run, emitArpFrame(arpRequest(B, ip(`10.1.${n}.1`), GATEWAY)))).toEqual([]);
    }
  });

  test('DAI-01: only physical switches inspect', () => {
    const run = scene().command('inspect-arp g1 on').command(`bind g1 10.0.1.1 ${A}`).command('secure g1:eth0 trust on');
    expect(run.said('CommandRefused')).toHaveLength(3);
  });
});

describe('so much ARP, so many sources', () => {
  const noise = emitArpFrame(arpRequest(G1, G1_IP, GATEWAY));

  test('DAI-01: as much ARP in a second as the port may send passes; one more disables the port', () => {
    const run = scene({ bound: null }).command('secure sw:p3 arp-limit 3');
    for (let n = 0; n < 3; n++) expect(outOf(run, noise)).toEqual(['p1', 'p2']);
    expect(run.said('PortStateChanged')).toEqual([]);
    expect(outOf(run, noise)).toEqual([]);
    expect(run.said('PortStateChanged').map(({ data }) => data)).toEqual([
      { node: 'sw', interface: 'p3', state: 'disabled', reason: 'rate-disabled' },
    ]);
    expect(run.state.interfaces['sw:p3']?.portState).toBe('disabled');
    const limit = positionOf(run, 'PortSecurityChanged');
    expect(run.said('FrameDropped', { node: 'sw' }).map(({ data, cause }) => [data.interface, data.reason, cause])).toEqual([
      ['p3', 'rate-disabled', limit],
    ]);
    expect(run.said('PortStateChanged')[0]?.cause).toBe(limit);
  });

  test('DAI-01: a disabled port neither takes nor gives any frame, and blames its state', () => {
    const run = scene({ bound: null, security: { p3: { arpPerSecond: 1 } } });
    outOf(run, noise);
    outOf(run, noise);
    const disabled = positionOf(run, 'PortStateChanged');
    expect(outOf(run, plainFrame(strangerMac(1), 'ff:ff:ff:ff:ff:ff'))).toEqual([]);
    expect(outOf(run, plainFrame(strangerMac(2), 'ff:ff:ff:ff:ff:ff'), 'p1')).toEqual(['p2']);
    expect(run.dropped('sw:p3', 'rate-disabled')).toBe(3);
    expect(run.said('FrameDropped', { node: 'sw' }).map(({ cause }) => cause)).toEqual([5, disabled]);
  });

  test('DAI-01: every second counts anew', () => {
    const run = scene({ bound: null, security: { p3: { arpPerSecond: 2 } } });
    for (let second = 1; second <= 5; second++) {
      run.until(seconds(second));
      for (let n = 0; n < 2; n++) expect(outOf(run, noise)).toEqual(['p1', 'p2']);
    }
    expect(run.said('PortStateChanged')).toEqual([]);
  });

  test('DAI-01: frames of one instant are counted one by one', () => {
    const run = scene({ bound: null, security: { p3: { arpPerSecond: 2 } } });
    run.receives('sw:p3', noise, noise, noise, noise, noise).pass(ms(1));
    expect(run.sentBy('sw')).toEqual(['p1', 'p1', 'p2', 'p2']);
    expect(run.said('PortStateChanged')).toHaveLength(1);
    expect(run.dropped('sw:p3', 'rate-disabled')).toBe(3);
  });

  test('DAI-01: the limit is for ARP alone, and for each port alone', () => {
    const run = scene({ bound: null, security: { p3: { arpPerSecond: 1 } } });
    for (let n = 0; n < 5; n++) expect(outOf(run, plainFrame(G1, 'ff:ff:ff:ff:ff:ff'))).toEqual(['p1', 'p2']);
    for (let n = 0; n < 5; n++) expect(outOf(run, noise, 'p1')).toEqual(['p2', 'p3']);
    expect(run.said('PortStateChanged')).toEqual([]);
  });

  test('DAI-01: a trusted port is limited all the same, and what inspection would drop counts', () => {
    const trusted = scene({ security: { p3: { arpPerSecond: 1, trusted: true } } });
    outOf(trusted, GARP_B);
    outOf(trusted, GARP_B);
    expect(trusted.said('PortStateChanged')).toHaveLength(1);
    const untrusted = scene({ security: { p3: { arpPerSecond: 1 } } });
    outOf(untrusted, GARP_B);
    outOf(untrusted, GARP_B);
    expect(untrusted.dropsAt('sw')).toEqual(['p3 arp-inspection', 'p3 rate-disabled']);
  });

  test('DAI-01: an operator brings a disabled port back', () => {
    const run = scene({ bound: null, security: { p3: { arpPerSecond: 1 } } });
    outOf(run, noise);
    outOf(run, noise);
    run.until(seconds(1)).command('port sw:p3 unblock');
    expect(run.said('PortStateChanged').map(({ data }) => `${data.state} ${data.reason}`)).toEqual([
      'disabled rate-disabled',
      'forwarding operator',
    ]);
    expect(outOf(run, noise)).toEqual(['p1', 'p2']);
    expect(outOf(run, noise)).toEqual([]);
    expect(run.said('PortStateChanged')).toHaveLength(3);
  });

  test('DAI-01: a change of one limit leaves the others', () => {
    const run = scene({ bound: null }).command('secure sw:p3 arp-limit 3 trust on').command('secure sw:p3 mac-limit 2');
    run.command('secure sw:p3 violation shutdown').command('secure sw:p3 arp-limit 0');
    expect(run.state.interfaces['sw:p3']?.security).toEqual({
      trusted: true,
      arpPerSecond: 0,
      macLimit: 2,
      onViolation: 'shutdown',
    });
    for (let n = 0; n < 9; n++) expect(outOf(run, noise)).toEqual(['p1', 'p2']);
  });

  const frameOf = (n: number): Uint8Array => plainFrame(strangerMac(n), 'ff:ff:ff:ff:ff:ff');

  test('HST-01: port security drops a source too many, and keeps those it knows', () => {
    const run = scene({ bound: null }).command('secure sw:p3 mac-limit 2');
    expect(outOf(run, frameOf(1))).toEqual(['p1', 'p2']);
    expect(outOf(run, frameOf(2))).toEqual(['p1', 'p2']);
    expect(outOf(run, frameOf(3))).toEqual([]);
    expect(outOf(run, frameOf(1))).toEqual(['p1', 'p2']);
    expect(run.dropsAt('sw')).toEqual(['p3 port-security']);
    expect(run.said('FrameDropped', { node: 'sw' })[0]?.cause).toBe(positionOf(run, 'PortSecurityChanged'));
    expect(run.said('PortStateChanged')).toEqual([]);
    expect(run.table('sw').map((row) => row.mac)).toEqual([strangerMac(1), strangerMac(2)]);
  });

  test('HST-01: a source that lives behind another port is one too many as well, and does not move', () => {
    const run = scene({ bound: null, security: { p3: { macLimit: 1 } } });
    outOf(run, frameOf(1));
    outOf(run, frameOf(2), 'p1');
    expect(outOf(run, frameOf(2))).toEqual([]);
    expect(run.table('sw').find((row) => row.mac === strangerMac(2))?.port).toBe('sw:p1');
  });

  test('HST-01: a source that moves away makes room, and so does one that ages', () => {
    const run = scene({ bound: null, security: { p3: { macLimit: 1 } }, ageingSeconds: 10 });
    outOf(run, frameOf(1));
    outOf(run, frameOf(1), 'p1');
    expect(outOf(run, frameOf(2))).toEqual(['p1', 'p2']);
    expect(outOf(run, frameOf(3))).toEqual([]);
    run.until(seconds(11));
    expect(outOf(run, frameOf(3))).toEqual(['p1', 'p2']);
  });

  test('HST-01: with violation shutdown a source too many disables the port', () => {
    const run = scene({ bound: null, security: { p3: { macLimit: 1, onViolation: 'shutdown' } } });
    outOf(run, frameOf(1));
    expect(outOf(run, frameOf(2))).toEqual([]);
    expect(run.said('PortStateChanged').map(({ data }) => data)).toEqual([
      { node: 'sw', interface: 'p3', state: 'disabled', reason: 'port-security' },
    ]);
    expect(outOf(run, frameOf(1))).toEqual([]);
    expect(run.dropsAt('sw')).toEqual(['p3 port-security', 'p3 rate-disabled']);
    run.command('port sw:p3 unblock');
    expect(outOf(run, frameOf(1))).toEqual(['p1', 'p2']);
  });
});

// ── A failover on such a network ────────────────────────────────────────────────────────────────────────────────────

describe('a failover', () => {
  const vector = timeline.scenarios.find(({ id }) => id === 'dai-blocks');
  const PROMOTED_MS = 10_000;

  interface Failover {
    readonly option?: boolean;
    readonly bound?: string;
  }

  /** g1 and fw1 on one host behind p1, which is trusted; fw2 on another behind p2. A frame a millisecond from g1 to the gateway. */
  function failover({ option = true, bound = vector?.binding?.mac ?? '' }: Failover = {}): Run {
    const policy = { promiscuous: true, forgedTransmits: true };
    const unit = (n: 1 | 2, data: string, ports: Readonly<Record<string, object>>): Part[] => [
      hypervisor(`esx${n}`),
      vswitch(`vsw${n}`, { on: `esx${n}`, ports, uplinks: ['u1'], policy }),
      firewall(`fw${n}`, {
        on: `esx${n}`,
        useHypervisorMac: option,
        interfaces: { eth1: { mac: data, ip: '10.0.1.1/24' }, ha1: {} },
      }),
      link(`fw${n}:eth1`, `vsw${n}:fw`),
      link(`vsw${n}:u1`, `psw:p${n}`),
    ];
    const psw = secured(learningSwitch('psw', { ports: { p1: {}, p2: {} } }), { p1: { trusted: true } });
    return given(
      lab(
        ...unit(1, A, { fw: {}, g1: {} }),
        ...unit(2, B, { fw: {} }),
        inspecting(psw, bound),
        host('g1', { on: 'esx1', mac: G1, ip: '10.0.1.11/24', gateway: GATEWAY }),
        link('g1:eth0', 'vsw1:g1'),
        link('fw1:ha1', 'fw2:ha1'),
        haPair('fw1', 'fw2'),
        flow('f', { from: 'g1:eth0', to: GATEWAY, intervalPs: 1e9, startNs: ms(100) }),
      ),
    )
      .until(ms(500))
      .command('crash fw1');
  }

  /** Frames of the flow that arrive in the next second. */
  function arriving(run: Run): number {
    const before = run.flow('f').received;
    return Number(run.pass(seconds(1)).flow('f').received - before);
  }

  test('DAI-02, HA-18: HA says success; all ten GARPs die at the switch and g1 goes on sending to the dead firewall', () => {
    const run = failover().until(seconds(25));
    expect(run.state.ha['fw2']?.state).toBe('active');
    expect(run.said('GarpSent', { node: 'fw2', mac: vector?.garp_from ?? '' })).toHaveLength(10);
    expect(run.dropped('psw:p2', 'arp-inspection')).toBe(vector?.garp_dropped ?? 0);
    expect(run.neighbour('g1', GATEWAY)).toBe(A);
    expect(arriving(run)).toBe(0);
  });

  test('DAI-02: when the entry has aged, the answers of the new unit are dropped like its announcements', () => {
    const run = failover().until(seconds(45));
    expect(run.neighbour('g1', GATEWAY)).toBeNull();
    expect(run.dropped('psw:p2', 'arp-inspection')).toBeGreaterThan(vector?.garp_dropped ?? 0);
    run.until(seconds(120));
    expect(arriving(run)).toBe(0);
    expect(run.said('NeighbourUpdated', { node: 'g1', ip: GATEWAY, new: B })).toEqual([]);
  });

  test("DAI-02: unicast of the new unit still moves the switch's table: only the neighbours' caches are stale", () => {
    const run = failover().until(ms(PROMOTED_MS + 500));
    run.receives('psw:p2', plainFrame(B, G1)).pass(ms(1));
    expect(run.table('psw')).toContainEqual({ vlan: 0, mac: B, port: 'psw:p2' });
    expect(run.neighbour('g1', GATEWAY)).toBe(A);
  });

  test.each([
    ['a static binding for the new unit', `bind psw 10.0.1.1 ${B}`],
    ['a trusted port', 'secure psw:p2 trust on'],
    ['inspection that ends', 'inspect-arp psw off'],
  ])('DAI-02: %s heals with the next announcement', (_, command) => {
    const run = failover().until(ms(PROMOTED_MS + 4500));
    expect(arriving(run.command(command))).toBeGreaterThan(490);
    expect(run.neighbour('g1', GATEWAY)).toBe(B);
    expect(run.dropped('psw:p2', 'arp-inspection')).toBe(6);
  });

  test('DAI-02: after the last announcement it heals with the next question', () => {
    const run = failover().until(seconds(45)).command(`bind psw 10.0.1.1 ${B}`);
    run.pass(seconds(5));
    expect(run.neighbour('g1', GATEWAY)).toBe(B);
    expect(arriving(run)).toBe(1000);
  });

  test('DAI-02: with the option off the pair is the same before and after, and every announcement passes', () => {
    const run = failover({ option: false, bound: VIRTUAL }).until(seconds(25));
    expect(run.said('GarpSent', { node: 'fw2', mac: VIRTUAL })).toHaveLength(10);
    expect(run.dropped('psw:p2', 'arp-inspection')).toBe(0);
    expect(run.table('psw')).toContainEqual({ vlan: 0, mac: VIRTUAL, port: 'psw:p2' });
    expect(run.neighbour('g1', GATEWAY)).toBe(VIRTUAL);
    expect(arriving(run)).toBe(1000);
  });

  test('DAI-02, HA-17: bound to nobody else, the new unit is believed at once', () => {
    const run = failover({ bound: B }).until(seconds(25));
    expect(run.dropped('psw:p2', 'arp-inspection')).toBe(0);
    expect(run.neighbour('g1', GATEWAY)).toBe(B);
    expect(arriving(run)).toBe(1000);
  });
});
