/**
 * Rules NOT-01 and NOT-02: what a hypervisor tells the physical switches about its guests, and what it leaves to them.
 *
 *   ┌─ esx1 ────────────────┐
 *   │ fw1 ── fw ┐     ┌ u1 ─│── p1 ┐
 *   │           ┤ vsw ┤     │      ├ psw ── p3 ── h 10.0.1.50
 *   │ g1 ─── g1 ┘     └ u2 ─│── p2 ┘
 *   └───────────────────────┘
 *
 * u1 is active, u2 stands by. The notification is compared with garp-frames.json byte for byte.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { AGENT_COST_NS } from '../../ts/engine/turn/turn.ts';
import { arpReply, emitArpFrame } from '../../ts/wire/arp.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { hex, plainFrame, strangerMac, vectorFrame } from '../support/frames.ts';
import {
  firewall,
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

const A = '00:50:56:aa:00:01';
const A_CHANGED = '00:50:56:aa:00:09';
const B = '00:50:56:bb:00:01';
const G1 = '00:50:56:c0:00:11';
const H = '00:50:56:c0:00:50';
const RARP = 0x8035;
/** Digits of the header and the reverse-ARP packet; the rest is padding. */
const PACKET_END = (14 + 28) * 2;
const NOTIFICATION = hex(vectorFrame('rarp-notify-a'));

afterEach(everyFrameIsAccountedFor);

interface Scene {
  /** Of the firewall's port; g1 is in the same one. */
  readonly vlan?: number;
  readonly uplinks?: readonly ('u1' | 'u2')[];
  /** The option "use hypervisor assigned MAC". */
  readonly option?: boolean;
}

/** The drawing above. */
function scene({ vlan = 0, uplinks = ['u1', 'u2'], option = true }: Scene = {}): Run {
  const policy = { promiscuous: true, macChanges: true, forgedTransmits: true };
  return given(
    lab(
      hypervisor('esx1'),
      vswitch('vsw', { ports: { fw: { vlan }, g1: { vlan } }, uplinks, policy }),
      firewall('fw1', { useHypervisorMac: option, interfaces: { eth1: { mac: A, ip: '10.0.1.1/24' } } }),
      host('g1', { on: 'esx1', mac: G1, ip: '10.0.1.11/24' }),
      learningSwitch('psw', { ports: { p1: {}, p2: {}, p3: {} } }),
      host('h', { mac: H, ip: '10.0.1.50/24' }),
      link('fw1:eth1', 'vsw:fw'),
      link('g1:eth0', 'vsw:g1'),
      ...uplinks.map((uplink) => link(`vsw:${uplink}`, `psw:p${uplink.slice(1)}`)),
      link('psw:p3', 'h:eth0'),
    ),
    { watch: ['vsw', 'psw'] },
  );
}

/** Reverse-ARP frames an uplink sent, as hex. */
function notifications(run: Run, uplink: string): string[] {
  return run
    .frames(`vsw:${uplink}`, 'sent')
    .filter((frame) => EthernetView.over(frame)?.etherType === RARP)
    .map(hex);
}

/** What was said of notifications, as "uplink mac cause". */
function said(run: Run): string[] {
  return run.said('SwitchNotifySent', { node: 'vsw' }).map(({ data }) => `${data.uplink} ${data.mac} ${data.cause}`);
}

/** Ports a MAC is behind, by the physical switch's table. */
function behind(run: Run, address: string): string[] {
  return run
    .table('psw')
    .filter((row) => row.mac === address)
    .map(({ port }) => port);
}

describe('a guest that powers on', () => {
  test('NOT-01: its host announces it from the active uplink, byte for byte', () => {
    const run = scene().command('crash fw1').pass(ms(1)).forgetSeen().command('power-on fw1').pass(ms(1));
    expect(said(run)).toEqual([`u1 ${A} power-on`]);
    expect(notifications(run, 'u1')).toEqual([NOTIFICATION]);
    expect(notifications(run, 'u2')).toEqual([]);
  });

  test('NOT-01: the announcement follows from the power, and leaves when a control plane can have decided it', () => {
    const run = scene().command('crash fw1').pass(ms(1)).command('power-on fw1').pass(ms(1));
    const power = run.said('NodePowerChanged', { node: 'fw1', power: 'running' })[0];
    const notice = run.said('SwitchNotifySent')[0];
    expect([notice?.cause, notice?.atNs]).toEqual([power?.position, ms(1)]);
    const sent = run.seen.filter(({ at, kind, bytes }) => at === 'vsw:u1' && kind === 'sent' && hex(bytes) === NOTIFICATION);
    expect(sent.map(({ atNs }) => atNs)).toEqual([ms(1) + AGENT_COST_NS]);
  });

  test('NOT-01: a lab begins with guests that have been there for long: nobody is announced', () => {
    expect(said(scene().until(seconds(1)))).toEqual([]);
  });

  test('NOT-01: what is announced is the effective MAC, not the one the host assigned', () => {
    const run = scene().command(`guest-mac g1:eth0 ${A_CHANGED}`).command('crash g1').command('power-on g1').pass(ms(1));
    expect(said(run)).toEqual([`u1 ${A_CHANGED} power-on`]);
    expect(run.state.interfaces['g1:eth0']?.initialMac).toBe(G1);
  });

  test('NOT-01, NOT-02: a firewall that makes its own MAC is announced by the one its host knows', () => {
    const run = scene({ option: false }).command('crash fw1').command('power-on fw1').pass(ms(1));
    expect(run.state.interfaces['fw1:eth1']?.usedMac).not.toBe(A);
    expect(said(run)).toEqual([`u1 ${A} power-on`]);
  });

  test('NOT-01: in a VLAN of the switch the announcement is tagged, and the table moves in that VLAN', () => {
    const run = scene({ vlan: 10 }).command('crash fw1').pass(ms(1)).forgetSeen().command('power-on fw1').pass(ms(1));
    const [frame, ...more] = run.frames('vsw:u1', 'sent').map(hex);
    expect(more).toEqual([]);
    const tag = '8100000a';
    expect(frame?.slice(24, 32)).toBe(tag);
    // Behind the tag the same packet; how far it is padded is the line's business.
    expect(frame?.replace(tag, '').slice(0, PACKET_END)).toBe(NOTIFICATION.slice(0, PACKET_END));
    expect(run.table('psw')).toContainEqual({ vlan: 10, mac: A, port: 'psw:p1' });
  });

  test('NOT-01: a guest in a trunk port tags itself, so its announcement is not tagged', () => {
    const run = scene({ vlan: 4095 }).command('crash fw1').pass(ms(1)).forgetSeen().command('power-on fw1').pass(ms(1));
    expect(notifications(run, 'u1')).toEqual([NOTIFICATION]);
  });

  test('NOT-01: with its hypervisor every guest powers on, and every one is announced once', () => {
    const run = scene().command('crash esx1').until(seconds(1)).forgetSeen().command('power-on esx1').pass(ms(1));
    expect(said(run).sort()).toEqual([`u1 ${A} power-on`, `u1 ${G1} power-on`]);
    expect(notifications(run, 'u1')).toHaveLength(2);
    expect([behind(run, A), behind(run, G1)]).toEqual([['psw:p1'], ['psw:p1']]);
  });

  test('NOT-01: a guest of a switch without uplinks is announced to nobody', () => {
    expect(said(scene({ uplinks: [] }).command('crash fw1').command('power-on fw1').pass(ms(1)))).toEqual([]);
  });

  test('NOT-01: a host that is no guest announces nothing', () => {
    const run = scene().command('crash h').command('power-on h').pass(ms(1));
    expect(run.said('SwitchNotifySent')).toEqual([]);
  });
});

describe('a team of uplinks', () => {
  /** Everything psw knows comes from one frame of each guest. */
  function spoken(): Run {
    const run = scene().until(ms(1));
    run.receives('vsw:fw', plainFrame(A, strangerMac(1))).receives('vsw:g1', plainFrame(G1, strangerMac(1)));
    return run.pass(ms(1)).forgetSeen();
  }

  test('NOT-01: when the active uplink loses carrier the next takes over, and every guest is announced there', () => {
    const run = spoken();
    expect([behind(run, A), behind(run, G1)]).toEqual([['psw:p1'], ['psw:p1']]);
    run.command('link down vsw:u1').pass(ms(1));
    expect(run.said('UplinkChanged').map(({ data }) => data)).toEqual([{ node: 'vsw', from: 'u1', to: 'u2' }]);
    expect(said(run)).toEqual([`u2 ${A} uplink-change`, `u2 ${G1} uplink-change`]);
    expect(notifications(run, 'u2')[0]).toBe(NOTIFICATION);
    expect(notifications(run, 'u1')).toEqual([]);
    expect([behind(run, A), behind(run, G1)]).toEqual([['psw:p2'], ['psw:p2']]);
  });

  test('NOT-01: carrier, uplink and announcement are a chain of causes', () => {
    const run = spoken().command('link down vsw:u1').pass(ms(1));
    const carrier = run.said('InterfaceLinkChanged', { node: 'vsw', interface: 'u1' })[0];
    const uplink = run.said('UplinkChanged')[0];
    expect(uplink?.cause).toBe(carrier?.position);
    expect(run.said('SwitchNotifySent').map(({ cause }) => cause)).toEqual([uplink?.position, uplink?.position]);
  });

  test('NOT-01: the first uplink is active again as soon as it has carrier, and the table moves back', () => {
    const run = spoken().command('link down vsw:u1').pass(ms(1));
    const moved = run.nodeState('psw').moved;
    run.forgetSeen().command('link up vsw:u1').pass(ms(1));
    expect(run.said('UplinkChanged').at(-1)?.data).toEqual({ node: 'vsw', from: 'u2', to: 'u1' });
    expect(notifications(run, 'u1')).toHaveLength(2);
    expect([behind(run, A), behind(run, G1)]).toEqual([['psw:p1'], ['psw:p1']]);
    expect(run.nodeState('psw').moved - moved).toBe(2n);
  });

  test('NOT-01: frames from guests take the uplink that is active', () => {
    const run = spoken().command('link down vsw:u1').pass(ms(1)).forgetSeen();
    run.receives('vsw:g1', plainFrame(G1, strangerMac(1))).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['u2']);
    run.command('link up vsw:u1').pass(ms(1)).forgetSeen();
    run.receives('vsw:g1', plainFrame(G1, strangerMac(1))).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['u1']);
  });

  test('NOT-01: frames to guests arrive by the uplink that took over, and no longer by the one that stands by', () => {
    const run = spoken().command('link down vsw:u1').pass(ms(1)).command('link up vsw:u1').pass(ms(1)).forgetSeen();
    run.receives('vsw:u1', plainFrame(H, G1)).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['g1']);
    run.forgetSeen().receives('vsw:u2', plainFrame(H, G1)).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual([]);
    expect(run.dropped('vsw:u2', 'reverse-path')).toBe(1);
  });

  test('NOT-01: a standby uplink that comes and goes changes nothing', () => {
    const run = spoken().command('link down vsw:u2').pass(ms(1)).command('link up vsw:u2').pass(ms(1));
    expect(run.said('UplinkChanged')).toEqual([]);
    expect(said(run)).toEqual([]);
  });

  test('NOT-01: with no uplink left nobody is told, frames for the wire are dropped, and the first that returns is active', () => {
    const run = spoken().command('link down vsw:u1').command('link down vsw:u2').pass(ms(1)).forgetSeen();
    expect(run.said('UplinkChanged').at(-1)?.data).toEqual({ node: 'vsw', from: 'u2', to: '' });
    expect(run.state.uplinks['vsw']).toBe('');
    expect(said(run).filter((line) => !line.startsWith('u2'))).toEqual([]);
    run.receives('vsw:g1', plainFrame(G1, strangerMac(1))).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual([]);
    expect(run.dropped('vsw:g1', 'dst-mac-mismatch')).toBe(1);
    run.command('link up vsw:u2').pass(ms(1));
    expect(run.said('UplinkChanged').at(-1)?.data).toEqual({ node: 'vsw', from: '', to: 'u2' });
    expect(said(run).slice(-2)).toEqual([`u2 ${A} uplink-change`, `u2 ${G1} uplink-change`]);
  });

  test('NOT-01: a guest that powers on while no uplink has carrier is announced when one returns', () => {
    const run = scene().command('link down vsw:u1').command('link down vsw:u2').command('crash fw1').pass(ms(1));
    const before = said(run).length;
    run.command('power-on fw1').pass(ms(1));
    expect(said(run)).toHaveLength(before);
    run.command('link up vsw:u1').pass(ms(1));
    expect(said(run).slice(before)).toContain(`u1 ${A} uplink-change`);
  });

  test('NOT-01: a guest without power is not announced', () => {
    const run = spoken().command('crash fw1').command('link down vsw:u1').pass(ms(1));
    expect(said(run)).toEqual([`u2 ${G1} uplink-change`]);
  });

  test('NOT-01: carrier that a real adapter reports chooses the uplink like a command', () => {
    const run = spoken();
    run.engine.receive({ type: 'CarrierReported', data: { node: 'vsw', interface: 'u1', up: false } });
    run.pass(ms(1));
    expect(run.state.uplinks['vsw']).toBe('u2');
    expect(said(run)).toHaveLength(2);
  });
});

describe('what a notification does not do', () => {
  test('NOT-01: it changes no ARP cache: h believes what it believed, and nobody says otherwise', () => {
    const run = scene().until(ms(1));
    // h has an entry that the announced MAC could be mistaken for, and g1 one of h.
    run.receives('h:eth0', emitArpFrame(arpReply(mac(B), ip('10.0.1.1'), mac(H), ip('10.0.1.50')))).pass(ms(1));
    run.receives('g1:eth0', emitArpFrame(arpReply(mac(H), ip('10.0.1.50'), mac(G1), ip('10.0.1.11')))).pass(ms(1));
    const before = structuredClone(run.state.neighbours);
    const updates = run.said('NeighbourUpdated').length;
    run.command('link down vsw:u1').pass(ms(1)).command('link up vsw:u1').pass(ms(1));
    expect(said(run)).toHaveLength(4);
    expect(run.state.neighbours).toEqual(before);
    expect(run.neighbour('h', '10.0.1.1')).toBe(B);
    expect(run.said('NeighbourUpdated')).toHaveLength(updates);
    expect(run.said('NeighbourUpdateRefused')).toEqual([]);
  });

  test('NOT-01, VSW-13: coming back by the other uplink it is a reflection, and no loop', () => {
    const run = scene().command('crash fw1').command('power-on fw1').pass(ms(1));
    expect(run.dropsAt('vsw')).toEqual(['u2 source-reflected']);
    expect(run.control.readTotals().inFlight).toBe(0);
  });

  /** Two firewalls on two hosts, a pair; fw1 is active. */
  function pair(option: boolean): Run {
    const policy = { promiscuous: true, forgedTransmits: true };
    const unit = (n: 1 | 2, data: string): Part[] => [
      hypervisor(`esx${n}`),
      vswitch(`vsw${n}`, { on: `esx${n}`, ports: { fw: {} }, uplinks: ['u1'], policy }),
      firewall(`fw${n}`, {
        on: `esx${n}`,
        useHypervisorMac: option,
        interfaces: { eth1: { mac: data, ip: '10.0.1.1/24' }, ha1: {} },
      }),
      link(`fw${n}:eth1`, `vsw${n}:fw`),
      link(`vsw${n}:u1`, `psw:p${n}`),
    ];
    const switches = learningSwitch('psw', { ports: { p1: {}, p2: {} } });
    return given(lab(...unit(1, A), ...unit(2, B), switches, link('fw1:ha1', 'fw2:ha1'), haPair('fw1', 'fw2')));
  }

  test.each([true, false])('NOT-02: a failover sends no notification, only gratuitous ARP (option %s)', (option) => {
    const run = pair(option).until(seconds(1)).command('crash fw1').until(seconds(60));
    expect(run.state.ha['fw2']?.state).toBe('active');
    expect(run.said('GarpSent', { node: 'fw2' })).toHaveLength(10);
    expect(run.said('SwitchNotifySent')).toEqual([]);
  });

  test('NOT-02: nor does a failover between two that go on running', () => {
    const run = pair(true).until(seconds(1)).command('ha-process fw1 stop').until(seconds(60));
    expect(run.state.ha['fw2']?.state).toBe('active');
    expect(run.said('SwitchNotifySent')).toEqual([]);
  });

  test('NOT-02: with the option off a unit that restarts is announced by its own MAC: that of the pair does not move', () => {
    const run = pair(false).until(seconds(1)).command('crash fw1').until(seconds(20));
    const virtual = run.table('psw').filter((row) => row.mac.startsWith('00:1b:17'));
    expect(virtual.map(({ port }) => port)).toEqual(['psw:p2']);
    run.command('power-on fw1').until(seconds(40));
    expect(run.said('SwitchNotifySent').map(({ data }) => data.mac)).toEqual([A]);
    expect(run.table('psw').filter((row) => row.mac.startsWith('00:1b:17'))).toEqual(virtual);
  });
});
