/**
 * Rules MAC-01 to MAC-12 and MODE-01: which MAC a firewall uses, and what follows when that changes.
 *
 *   ┌─ esx1 ─────────────────────────────────────────────────────────────────┐
 *   │  g1 ──── g1 ┐               ┌ fw ── eth1 10.0.1.1  fw1  eth2 192.0.2.1 ─│── out 192.0.2.10
 *   │          g2 ┤ vsw ──────────┤                                          │
 *   │  g2 ────────┘               └ u1 ──────────────────────────────────────│── wire
 *   └────────────────────────────────────────────────────────────────────────┘
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Platform } from '../../ts/model/hardware/platforms.ts';
import type { VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { hex, pingFrame, plainFrame, vectorFrame } from '../support/frames.ts';
import {
  firewall,
  flow,
  haPair,
  host,
  hypervisor,
  lab,
  learningSwitch,
  link,
  ms,
  type Part,
  seconds,
  vswitch,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import macVectors from '../vectors/pan-virtual-mac.json' with { type: 'json' };
import platform from '../vectors/platform.json' with { type: 'json' };

const A = '00:50:56:aa:00:01';
const A2 = '00:50:56:aa:00:02';
const EDITED = '00:50:56:aa:00:09';
const SELF = '7c:89:c2:f9:1d:10';
const VIRTUAL = '00:1b:17:00:01:10';
const G1 = '00:50:56:c0:00:11';
const G2 = '00:50:56:c0:00:12';
const UNLICENSED = 'ba:db:ee:fb:ad:00';

afterEach(everyFrameIsAccountedFor);

interface Scene {
  readonly option?: boolean;
  readonly policy?: Partial<VSwitchPolicy>;
  readonly platform?: Platform;
  readonly eth1?: readonly string[];
}

/** The drawing above; one frame a millisecond from g1 through the firewall, in the second second. */
function scene({ option = true, policy = {}, platform: on = 'esxi', eth1 = ['10.0.1.1/24'] }: Scene = {}): Run {
  const interfaces = { eth1: { mac: A, ip: eth1 }, eth2: { mac: A2, ip: '192.0.2.1/24' } };
  return given(
    lab(
      hypervisor('esx1', on),
      vswitch('vsw', { ports: { fw: {}, g1: {}, g2: {} }, uplinks: ['u1'], policy }),
      firewall('fw1', { useHypervisorMac: option, interfaces }),
      host('g1', { on: 'esx1', mac: G1, ip: '10.0.1.11/24', gateway: '10.0.1.1' }),
      host('g2', { on: 'esx1', mac: G2, ip: '10.0.1.12/24', gateway: '10.0.1.1' }),
      host('out', { ip: '192.0.2.10/24', gateway: '192.0.2.1' }),
      host('wire'),
      link('fw1:eth1', 'vsw:fw'),
      link('fw1:eth2', 'out:eth0'),
      link('g1:eth0', 'vsw:g1'),
      link('g2:eth0', 'vsw:g2'),
      link('vsw:u1', 'wire:eth0'),
      flow('up', { from: 'g1:eth0', to: '192.0.2.10', intervalPs: 1e9, startNs: seconds(1), stopNs: seconds(2) }),
      flow('down', { from: 'out:eth0', to: '10.0.1.11', intervalPs: 1e9, startNs: seconds(1), stopNs: seconds(2) }),
    ),
    { watch: ['fw1', 'vsw', 'out'] },
  );
}

/** A pair of firewalls with three interfaces each on one segment, both powered; fw1 becomes active. */
function pair(useHypervisorMac: boolean): Run {
  const names = ['eth1', 'eth2', 'eth3'];
  const unit = (name: string, letter: string): Part[] => {
    const data = names.map((port, i) => [port, { mac: `00:50:56:${letter}:00:0${i + 1}`, ip: `10.0.${i + 1}.1/24` }] as const);
    const interfaces = { ...Object.fromEntries(data), ha1: { mac: `00:50:56:${letter}:00:f1` } };
    const cables = names.map((port) => link(`${name}:${port}`, `sw-${port}:${name}`));
    return [firewall(name, { useHypervisorMac, interfaces }), ...cables];
  };
  const switches = names.map((port) => learningSwitch(`sw-${port}`, { ports: { fw1: {}, fw2: {} } }));
  return given(
    lab(
      hypervisor('esx1'),
      ...unit('fw1', 'aa'),
      ...unit('fw2', 'bb'),
      ...switches,
      link('fw1:ha1', 'fw2:ha1'),
      haPair('fw1', 'fw2'),
    ),
  );
}

function used(run: Run, endpoint: string): string | undefined {
  return run.state.interfaces[endpoint]?.usedMac;
}

/** Types of the events a command caused, itself left out. */
function typesAfter(run: Run, before: number): string[] {
  return run.events
    .slice(before)
    .map(({ type }) => type)
    .filter((type) => type !== 'CommandReceived');
}

describe('with the option on', () => {
  test('MAC-01: a new firewall uses the hypervisor MAC of every layer-3 interface, and says so', () => {
    const run = scene();
    const modes = run.said('InterfaceModeChanged').map(({ data }) => [data.interface, data.mode, data.macSource]);
    expect(modes).toEqual([
      ['eth1', 'layer3', 'hypervisor'],
      ['eth2', 'layer3', 'hypervisor'],
    ]);
    expect(run.said('MacAddressChanged')).toEqual([]);
    expect(run.said('PromiscuousChanged')).toEqual([]);
  });

  test('MAC-02: traffic passes both ways over a vSwitch that rejects everything', () => {
    const run = scene().until(seconds(3));
    expect(run.flow('up')).toMatchObject({ sent: 1000n, received: 1000n });
    expect(run.flow('down')).toMatchObject({ sent: 1000n, received: 1000n });
    expect(run.dropsAt('vsw')).toEqual([]);
  });

  test('MAC-03: the Ethernet source of routed frames is the hypervisor MAC of the interface they leave by', () => {
    const run = scene().until(seconds(3));
    const sources = (at: string) => new Set(run.frames(at, 'sent').map((frame) => EthernetView.over(frame)?.src));
    expect(sources('fw1:eth2')).toEqual(new Set([A2]));
    expect(sources('fw1:eth1')).toEqual(new Set([A]));
  });

  test('MAC-03: a ping is answered from the hypervisor MAC', () => {
    const run = scene()
      .receives('vsw:g1', pingFrame(G1, A, '10.0.1.11', '10.0.1.1'))
      .pass(ms(1));
    const answer = run.frames('vsw:g1', 'sent')[0];
    expect(answer === undefined ? null : EthernetView.over(answer)).toMatchObject({ src: A, dst: G1 });
  });
});

describe('with the option off', () => {
  test('MAC-04, MAC-05: in a pair every layer-3 interface uses the virtual MAC, the same on both units', () => {
    const run = pair(false);
    for (const [i, name] of ['eth1', 'eth2', 'eth3'].entries()) {
      const expected = macVectors.virtual.find((row) => row.group === 1 && row.interface === `ethernet1/${i + 1}`)?.virtual_mac;
      expect([used(run, `fw1:${name}`), used(run, `fw2:${name}`)]).toEqual([expected, expected]);
    }
    const causes = new Set(run.said('MacAddressChanged').map(({ data }) => data.cause));
    expect(causes).toEqual(new Set(['ha-enabled']));
    expect(run.said('InterfaceModeChanged', { macSource: 'ha-virtual' })).toHaveLength(6);
  });

  test("MAC-05: the virtual MAC leaves HA1 and the hypervisor's view of the vNIC alone", () => {
    const run = pair(false);
    expect(used(run, 'fw1:ha1')).toBe('00:50:56:aa:00:f1');
    expect(run.state.interfaces['fw1:eth1']).toMatchObject({ initialMac: A, effectiveMac: A });
  });

  test('MAC-04, MAC-06: without a pair every interface uses its base plus its interface id', () => {
    const run = scene({ option: false });
    expect(used(run, 'fw1:eth1')).toBe(SELF);
    expect(used(run, 'fw1:eth2')).toBe('7c:89:c2:f9:1d:11');
    expect(run.said('InterfaceModeChanged', { macSource: 'self' })).toHaveLength(2);
    expect(run.said('MacAddressChanged', { cause: 'option-off' })).toHaveLength(2);
  });

  test('MAC-06: a licence brings another base and so another MAC for each layer-3 interface', () => {
    const run = scene({ option: false }).command('license fw1 c4:24:56:d7:30:00');
    const changes = run.said('MacAddressChanged', { cause: 'license' }).map(({ data }) => [data.interface, data.old, data.new]);
    expect(changes).toEqual([
      ['eth1', SELF, 'c4:24:56:d7:30:10'],
      ['eth2', '7c:89:c2:f9:1d:11', 'c4:24:56:d7:30:11'],
    ]);
    expect(run.said('GarpSent').map(({ data }) => data.mac)).toEqual(['c4:24:56:d7:30:10', 'c4:24:56:d7:30:11']);
  });

  test('MAC-06: a licence changes no MAC while the option is on', () => {
    const run = scene().command('license fw1 c4:24:56:d7:30:00');
    expect(run.said('MacBaseChanged')).toHaveLength(1);
    expect(run.said('MacAddressChanged')).toEqual([]);
    expect(run.said('GarpSent')).toEqual([]);
    run.command('commit fw1 use-hypervisor-mac off');
    expect(used(run, 'fw1:eth1')).toBe('c4:24:56:d7:30:10');
  });

  test('MAC-06: two unlicensed firewalls in one VLAN flap between the ports of a learning switch', () => {
    const unit = (name: string, address: string): Part[] => [
      firewall(name, { useHypervisorMac: false, vmMacBase: UNLICENSED, interfaces: { eth1: { ip: address } } }),
      link(`${name}:eth1`, `sw:${name}`),
    ];
    const units = [...unit('fw1', '10.0.1.1/24'), ...unit('fw2', '10.0.1.2/24')];
    const asker = [host('g1', { mac: G1, ip: '10.0.1.11/24' }), link('g1:eth0', 'sw:g1')];
    const run = given(lab(hypervisor('esx1'), learningSwitch('sw', { ports: { fw1: {}, fw2: {}, g1: {} } }), ...units, ...asker));
    expect([used(run, 'fw1:eth1'), used(run, 'fw2:eth1')]).toEqual(['ba:db:ee:fb:ad:10', 'ba:db:ee:fb:ad:10']);
    for (let i = 0; i < 4; i++) {
      const target = i % 2 === 0 ? '10.0.1.1' : '10.0.1.2';
      run.receives(`sw:fw${(i % 2) + 1}`, pingFrame('ba:db:ee:fb:ad:10', G1, target, '10.0.1.11')).pass(ms(1));
    }
    expect(run.nodeState('sw').moved).toBe(3n);
  });

  test("MAC-07: the firewall asks its vNIC for promiscuous reception and leaves the vNIC's effective MAC alone", () => {
    const run = scene({ option: false });
    expect(run.said('PromiscuousChanged').map(({ data }) => [data.interface, data.requested])).toEqual([
      ['eth1', true],
      ['eth2', true],
    ]);
    expect(run.state.interfaces['fw1:eth1']?.effectiveMac).toBe(A);
    expect(run.said('MacAddressChanged').every(({ data }) => data.which === 'used')).toBe(true);
  });

  test('MAC-07: without promiscuous mode ARP seems to work, but unicast goes up the wire and never arrives', () => {
    const run = scene({ option: false, policy: { forgedTransmits: true } }).until(seconds(3));
    expect(run.neighbour('g1', '10.0.1.1')).toBe(SELF);
    expect(run.flow('up').received).toBe(0n);
    expect(run.frames('vsw:fw', 'sent').every((frame) => EthernetView.over(frame)?.dst !== SELF)).toBe(true);
    expect(run.frames('vsw:u1', 'sent').filter((frame) => EthernetView.over(frame)?.dst === SELF)).toHaveLength(1000);
  });

  test('MAC-07: from the wire the host drops, and says which MAC would have matched', () => {
    const run = scene({ option: false }).receives('vsw:u1', plainFrame('00:00:5e:00:53:fe', SELF)).pass(ms(1));
    expect(run.said('FrameDropped', { node: 'vsw' }).map(({ data }) => [data.interface, data.reason, data.expected])).toEqual([
      ['u1', 'dst-mac-mismatch', [A, G1, G2]],
    ]);
  });

  test('MAC-08: promiscuous and forged transmits accepted: both directions deliver', () => {
    const run = scene({ option: false, policy: { promiscuous: true, forgedTransmits: true } }).until(seconds(3));
    expect(run.flow('up').received).toBe(1000n);
    expect(run.flow('down').received).toBe(1000n);
    expect(run.dropsAt('vsw')).toEqual([]);
  });

  test('MAC-08: with forged transmits rejected every frame of the firewall is dropped', () => {
    const run = scene({ option: false, policy: { promiscuous: true } }).until(seconds(3));
    expect(run.flow('up').received).toBe(0n);
    expect(run.portState('vsw:fw').rxFrames).toBeGreaterThan(0n);
    expect(run.dropped('vsw:fw', 'forged-transmit')).toBe(Number(run.portState('vsw:fw').rxFrames));
  });
});

describe('committing the option', () => {
  test('MAC-09: on: per interface the change, its log line, then one gratuitous ARP, all at once', () => {
    const run = scene({ option: false });
    const before = run.events.length;
    run.command('commit fw1 use-hypervisor-mac on');
    const perInterface = ['InterfaceModeChanged', 'PromiscuousChanged', 'MacAddressChanged', 'SystemLog', 'GarpSent'];
    expect(typesAfter(run, before)).toEqual(['CommandAccepted', 'MacOptionChanged', ...perInterface, ...perInterface]);
    expect(new Set(run.events.slice(before).map(({ atNs }) => atNs)).size).toBe(1);
    expect(run.said('MacAddressChanged', { cause: 'option-on' }).map(({ data }) => data)).toMatchObject([
      { interface: 'eth1', which: 'used', old: SELF, new: A },
      { interface: 'eth2', which: 'used', old: '7c:89:c2:f9:1d:11', new: A2 },
    ]);
  });

  test('MAC-09: the frame on the wire is garp-request-a, once', () => {
    const run = scene({ option: false }).forgetSeen().command('commit fw1 use-hypervisor-mac on').pass(ms(100));
    expect(run.frames('fw1:eth1', 'sent').map(hex)).toEqual([hex(vectorFrame('garp-request-a'))]);
  });

  test('MAC-09: the log line names interface, old and new MAC', () => {
    const run = scene({ option: false });
    const before = run.state.systemLog.length;
    run.command('commit fw1 use-hypervisor-mac on');
    const [line, ...others] = run.state.systemLog.slice(before);
    expect(line).toMatchObject({ node: 'fw1', eventId: 'mac-address-change', severity: 'informational' });
    for (const word of ['eth1', SELF, A]) expect(line?.text).toContain(word);
    expect(others).toHaveLength(1);
  });

  test('MAC-09: every address of an interface is announced, and the firewall does not restart', () => {
    const run = scene({ option: false, eth1: ['10.0.1.1/24', '10.0.1.2/24'] }).command('commit fw1 use-hypervisor-mac on');
    expect(run.said('GarpSent', { interface: 'eth1' }).map(({ data }) => [data.ip, data.mac, data.seq])).toEqual([
      ['10.0.1.1', A, 1],
      ['10.0.1.2', A, 1],
    ]);
    expect(run.said('NodePowerChanged')).toEqual([]);
  });

  test('MAC-09: interfaces change in the order of their ids, not of their names', () => {
    const names = ['eth10', 'eth2'];
    const ports = names.flatMap((name) => [host(`h-${name}`), link(`fw1:${name}`, `h-${name}:eth0`)]);
    const interfaces = { eth10: { ip: '10.0.10.1/24' }, eth2: { ip: '10.0.2.1/24' } };
    const run = given(lab(hypervisor('esx1'), firewall('fw1', { useHypervisorMac: false, interfaces }), ...ports));
    run.command('commit fw1 use-hypervisor-mac on');
    expect(run.said('GarpSent').map(({ data }) => data.interface)).toEqual(['eth2', 'eth10']);
  });

  test('MAC-09: a commit that changes nothing says nothing', () => {
    const run = scene();
    const before = run.events.length;
    run.command('commit fw1 use-hypervisor-mac on').pass(ms(10));
    expect(typesAfter(run, before)).toEqual(['CommandAccepted', 'TimeAdvanced']);
  });

  test('MAC-09: off: the firewall asks for promiscuous reception again, and traffic follows its new MAC', () => {
    const run = scene({ policy: { promiscuous: true, forgedTransmits: true } }).until(ms(1500));
    run.command('commit fw1 use-hypervisor-mac off').until(seconds(3));
    expect(used(run, 'fw1:eth1')).toBe(SELF);
    expect(run.neighbour('g1', '10.0.1.1')).toBe(SELF);
    expect(run.flow('up').received).toBeGreaterThan(997n);
  });

  test('MAC-09, ARP-02: only the active unit of a pair announces', () => {
    const run = pair(false).until(seconds(20));
    const before = run.said('GarpSent').length;
    run.command('commit fw1 use-hypervisor-mac on').command('commit fw2 use-hypervisor-mac on');
    expect(run.said('MacAddressChanged', { cause: 'option-on' })).toHaveLength(6);
    expect(
      run
        .said('GarpSent')
        .slice(before)
        .map(({ data }) => [data.node, data.interface]),
    ).toEqual([
      ['fw1', 'eth1'],
      ['fw1', 'eth2'],
      ['fw1', 'eth3'],
    ]);
  });
});

describe('the hypervisor edits a vNIC', () => {
  test('MAC-10: option on: the firewall follows and announces', () => {
    const run = scene().command(`edit-mac fw1:eth1 ${EDITED}`);
    const changes = run.said('MacAddressChanged').map(({ data }) => [data.which, data.old, data.new, data.cause]);
    expect(changes).toEqual([
      ['initial', A, EDITED, 'hypervisor-edit'],
      ['effective', A, EDITED, 'hypervisor-edit'],
      ['used', A, EDITED, 'hypervisor-edit'],
    ]);
    expect(run.said('GarpSent').map(({ data }) => [data.interface, data.ip, data.mac])).toEqual([['eth1', '10.0.1.1', EDITED]]);
    expect(run.until(seconds(3)).flow('up').received).toBe(1000n);
  });

  test('MAC-10: option off: only the host side changes, nobody is told', () => {
    const run = scene({ option: false });
    const before = run.events.length;
    run.command(`edit-mac fw1:eth1 ${EDITED}`);
    expect(typesAfter(run, before)).toEqual(['CommandAccepted', 'MacAddressChanged', 'MacAddressChanged']);
    expect(run.state.interfaces['fw1:eth1']).toMatchObject({ initialMac: EDITED, effectiveMac: EDITED, usedMac: SELF });
    expect(run.said('GarpSent')).toEqual([]);
  });

  test('MAC-10: the vSwitch delivers to the new MAC and no longer to the old one', () => {
    const run = scene().command(`edit-mac fw1:eth1 ${EDITED}`).pass(ms(1)).forgetSeen();
    run.receives('vsw:g1', plainFrame(G1, EDITED)).pass(ms(1));
    run.receives('vsw:g1', plainFrame(G1, A)).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['fw', 'u1']);
  });
});

describe('platforms', () => {
  const rows = platform.mac_option.filter(({ requested }) => requested !== null);

  test.each(rows.map((row) => [row.platform, row.requested ? 'on' : 'off', row.commit, row] as const))(
    'MAC-11: on %s a commit of the option %s is %s',
    (name, verdict, _, row) => {
      const run = scene({ platform: name as Platform }).command(`commit fw1 use-hypervisor-mac ${verdict}`);
      const refusals = run.said('CommandRefused').map(({ data }) => data.reasons);
      expect(refusals).toEqual(row.error === null ? [] : [[row.error]]);
      expect(run.said('CommandAccepted')).toHaveLength(row.error === null ? 1 : 0);
      expect(run.state.options['fw1']?.useHypervisorMac).toBe(row.effective);
    },
  );
});

describe('management', () => {
  test('MAC-12: management uses the hypervisor MAC whatever the option says', () => {
    const mgmt = '00:50:56:aa:00:f0';
    const interfaces = { eth1: { mac: A, ip: '10.0.1.1/24' }, mgmt: { mac: mgmt, ip: '172.16.0.1/24' } };
    const cables = [host('g1'), host('ops'), link('fw1:eth1', 'g1:eth0'), link('fw1:mgmt', 'ops:eth0')];
    const run = given(lab(hypervisor('esx1'), firewall('fw1', { useHypervisorMac: false, interfaces }), ...cables));
    expect([used(run, 'fw1:eth1'), used(run, 'fw1:mgmt')]).toEqual([SELF, mgmt]);
    run.command('license fw1 c4:24:56:d7:30:00').command('commit fw1 use-hypervisor-mac on');
    expect(run.said('MacAddressChanged', { interface: 'mgmt' })).toEqual([]);
    expect(run.said('PromiscuousChanged', { interface: 'mgmt' })).toEqual([]);
  });
});

describe('layer 3', () => {
  test('MODE-01: a promiscuous port hands the firewall foreign unicast, and the firewall drops it as not its own', () => {
    const run = scene({ option: false, policy: { promiscuous: true } })
      .receives('vsw:g1', plainFrame(G1, G2))
      .pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['fw', 'g2']);
    expect(run.dropsAt('fw1')).toEqual(['eth1 not-mine']);
  });

  test("MODE-01: with the option off even the hypervisor's MAC is not its own", () => {
    const run = scene({ option: false }).receives('vsw:g1', plainFrame(G1, A)).pass(ms(1));
    expect(run.dropsAt('fw1')).toEqual(['eth1 not-mine']);
  });

  test('MODE-01: unicast to its own MAC, broadcast and joined multicast are accepted; other groups are not its own', () => {
    const run = scene();
    run.control.joinGroup(run.port('fw1:eth1'), 0x01005e000012n);
    for (const dst of [A, 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:12', '01:00:5e:00:00:13']) {
      run.receives('fw1:eth1', plainFrame(G1, dst));
    }
    run.pass(ms(1));
    expect(run.dropped('fw1:eth1', 'no-listener')).toBe(3);
    expect(run.dropped('fw1:eth1', 'not-mine')).toBe(1);
  });

  test("MAC-05, HA-20: the virtual MAC of another group is not this pair's", () => {
    const run = pair(false)
      .until(seconds(1))
      .receives('fw1:eth1', plainFrame(G1, VIRTUAL))
      .receives('fw1:eth1', plainFrame(G1, '00:1b:17:00:02:10'));
    run.pass(ms(1));
    expect(run.dropsAt('fw1').filter((drop) => drop.startsWith('eth1'))).toEqual(['eth1 no-listener', 'eth1 not-mine']);
  });
});
