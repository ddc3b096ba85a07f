/**
 * Findings T4, T6 and N5: what an event is blamed on. Following `cause` from an outcome leads to the command or the frame that
 * began it.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { publishState } from '../../ts/services/publish/publish-state.ts';
import { arpRequest, emitArpFrame, garpRequest } from '../../ts/wire/arp.ts';
import { plainFrame } from '../support/frames.ts';
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
  nic,
  type Part,
  seconds,
  vswitch,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const GATEWAY = '10.0.1.1';
const G1 = '00:50:56:c0:00:11';
const G2 = '00:50:56:c0:00:12';

afterEach(everyFrameIsAccountedFor);

/** A pair whose HA1 goes over a switch of its own, and two guests that talk to the gateway. */
function pair(): Run {
  const unit = (n: 1 | 2, data: string, guest: string) => [
    hypervisor(`esx${n}`),
    vswitch(`vsw${n}`, { on: `esx${n}`, ports: { fw: {}, guest: {} }, uplinks: ['u1'] }),
    firewall(`fw${n}`, {
      on: `esx${n}`,
      useHypervisorMac: true,
      interfaces: { eth1: { mac: data, ip: [`${GATEWAY}/24`] }, ha1: { mac: `${data.slice(0, -2)}f1`, ip: `10.255.0.${n}/30` } },
    }),
    host(`g${n}`, { on: `esx${n}`, mac: guest, ip: `10.0.1.1${n}/24`, gateway: GATEWAY }),
    link(`fw${n}:eth1`, `vsw${n}:fw`),
    link(`g${n}:eth0`, `vsw${n}:guest`),
    link(`vsw${n}:u1`, `psw:p${n}`),
    link(`fw${n}:ha1`, `hasw:p${n}`),
  ];
  return given(
    lab(
      ...unit(1, '00:50:56:aa:00:01', G1),
      ...unit(2, '00:50:56:bb:00:01', G2),
      learningSwitch('psw', { ports: { p1: {}, p2: {} } }),
      learningSwitch('hasw', { ports: { p1: {}, p2: {} } }),
      haPair('fw1', 'fw2'),
      flow('f', { from: 'g1:eth0', to: GATEWAY, intervalPs: 1e10 }),
    ),
    { watch: ['fw1', 'fw2'] },
  );
}

/** Types of the events from an event back to the one without a cause. */
function wayHome(run: Run, from: { readonly position: number } | undefined): string[] {
  const types: string[] = [];
  for (let at = from?.position ?? 0; at > 0; ) {
    const event = run.event(at);
    types.push(event.type);
    at = event.cause;
  }
  return types;
}

const COMMAND = ['CommandAccepted', 'CommandReceived'];

describe('timeouts', () => {
  test('HA-07: a takeover leads back to the crash: GARP, role, peer lost, power, command', () => {
    const run = pair().until(seconds(5)).command('crash fw1').until(seconds(20));
    const [first] = run.said('GarpSent', { node: 'fw2' });
    expect(wayHome(run, first)).toEqual(['GarpSent', 'HaStateChanged', 'HaPeerLost', 'NodePowerChanged', ...COMMAND]);
    const moved = run.said('NeighbourUpdated', { node: 'g1', new: '00:50:56:bb:00:01' })[0];
    expect(wayHome(run, moved).slice(-2)).toEqual(COMMAND);
  });

  test('HA-04: hellos that stop lead back to the process that was stopped', () => {
    const run = pair().until(seconds(5)).command('ha-process fw1 stop').until(seconds(60));
    const [lost] = run.said('HaPeerLost', { node: 'fw2', by: 'hello' });
    expect(wayHome(run, lost)).toEqual(['HaPeerLost', 'HaProcessChanged', ...COMMAND]);
  });

  test.each([
    ['a link on the way', 'link down hasw:p2', 'InterfaceLinkChanged'],
    ['a switch on the way', 'crash hasw', 'NodePowerChanged'],
    ['a port that was blocked', 'port hasw:p1 block', 'PortStateChanged'],
  ])('HA-07: heartbeats that stop lead back to %s', (_, command, type) => {
    const run = pair().until(seconds(5)).command(command).until(seconds(20));
    for (const lost of run.said('HaPeerLost')) expect(wayHome(run, lost)).toEqual(['HaPeerLost', type, ...COMMAND]);
    expect(run.said('HaPeerLost')).toHaveLength(2);
  });

  test('HA-07: of two causes the first counts, and what has nothing to do with the way does not', () => {
    const run = pair().until(seconds(5)).command('link down hasw:p2').command('crash g2').pass(seconds(1)).command('crash fw1');
    const [lost] = run.until(seconds(20)).said('HaPeerLost', { node: 'fw2' });
    expect(wayHome(run, lost)).toEqual(['HaPeerLost', 'InterfaceLinkChanged', ...COMMAND]);
  });

  test('HA-07: a line that loses every heartbeat is found by the drop of the heartbeat', () => {
    const run = pair().until(seconds(5)).command('impair hasw:p2 loss 100%').until(seconds(20));
    const [lost] = run.said('HaPeerLost', { node: 'fw2' });
    expect(wayHome(run, lost)).toEqual(['HaPeerLost', 'FrameDropped', 'LineChanged', ...COMMAND]);
  });

  /** A pair on one vSwitch that pings 10.0.1.12 by path monitoring. Each unit has two addresses, and announces both at once. */
  function pinging(useHypervisorMac: boolean, ...parts: Part[]): Run {
    const unit = (n: number) => [
      firewall(`fw${n}`, {
        on: 'esx',
        useHypervisorMac,
        interfaces: { eth1: { ip: [`${GATEWAY}/24`, '10.0.1.2/24'] }, ha1: { ip: `10.255.0.${n}/30` } },
      }),
      link(`fw${n}:eth1`, `vsw:fw${n}`),
    ];
    const pathMonitoring = { condition: 'any', groups: [{ name: 'g', condition: 'any', of: ['10.0.1.12'] }] } as const;
    const more = haPair('fw1', 'fw2', { more: { pathMonitoring } });
    return given(lab(hypervisor('esx'), ...unit(1), ...unit(2), link('fw1:ha1', 'fw2:ha1'), more, ...parts));
  }

  test('HA-10: a target whose answers go astray leads back to that, not to a copy of an announcement that was lost', () => {
    const run = pinging(
      true,
      vswitch('vsw', { on: 'esx', ports: { fw1: {}, fw2: {}, g: {} }, uplinks: ['u1'], policy: { forgedTransmits: true } }),
      learningSwitch('psw', { ports: { p1: {} } }),
      host('g', { on: 'esx', mac: G2, ip: '10.0.1.12/24' }),
      // Of two announcements at once, its queue drops one.
      link('vsw:g', 'g:eth0', { rateBps: 1e8, queueBytes: 0 }),
      link('vsw:u1', 'psw:p1'),
    );
    run.until(seconds(3)).command('commit fw1 use-hypervisor-mac off').until(seconds(8));
    expect(run.said('FrameDropped', { node: 'vsw', reason: 'queue-full' })).not.toEqual([]);
    const [failed] = run.said('HaMonitorFailed', { node: 'fw1' });
    expect(wayHome(run, failed).at(-1)).toBe('CommandReceived');
  });

  test('HA-10: a target that answered since a link on the way was cut leads back to what came after that', () => {
    const run = pinging(
      false,
      vswitch('vsw', {
        on: 'esx',
        ports: { fw1: {}, fw2: {} },
        uplinks: ['u1', 'u2'],
        policy: { promiscuous: true, forgedTransmits: true },
      }),
      learningSwitch('psw', { ports: { p1: {}, p2: {}, p3: {} } }),
      host('g', { mac: G2, ip: '10.0.1.12/24' }),
      link('vsw:u1', 'psw:p1'),
      link('vsw:u2', 'psw:p2'),
      link('psw:p3', 'g:eth0'),
    );
    run.until(seconds(3)).command('link down vsw:u2').until(seconds(5)).command('link down g:eth0').until(seconds(9));
    const [failed] = run.said('HaMonitorFailed', { node: 'fw1' });
    const home = run.event(homeOf(run, failed?.position ?? 0));
    expect(home).toMatchObject({ type: 'CommandReceived', data: { command: 'link down g:eth0' } });
  });

  test('HA-06: a peer whose first hello came through is known because of that, not because of a change of the line before', () => {
    const run = pair().command('impair hasw:p2 reset').until(seconds(5));
    expect(run.said('HaPeerFound').map(({ position }) => run.event(homeOf(run, position)).type)).toEqual([
      'LabDefined',
      'LabDefined',
    ]);
  });

  test('HA-10, VSW-16: a target that never answered leads to the definition, not to a copy that came back by another uplink', () => {
    const run = pinging(
      false,
      vswitch('vsw', {
        on: 'esx',
        ports: { fw1: { vlan: 10 }, fw2: { vlan: 10 } },
        uplinks: ['u1', 'u2'],
        policy: { forgedTransmits: true },
        reversePathCheckPromisc: true,
      }),
      learningSwitch('psw', { ports: { p1: {}, p2: {}, p3: {} } }),
      host('g', { mac: G2, ip: '10.0.1.12/24' }),
      link('vsw:u1', 'psw:p1'),
      link('vsw:u2', 'psw:p2', { latencyNs: ms(1) }),
      link('psw:p3', 'g:eth0'),
    );
    run.until(ms(100)).command('set vsw promiscuous accept').until(seconds(8));
    expect(run.said('FrameDropped', { node: 'vsw', reason: 'reverse-path' })).not.toEqual([]);
    const [failed] = run.said('HaMonitorFailed', { node: 'fw1' });
    expect(wayHome(run, failed).at(-1)).toBe('LabDefined');
  });

  test('ARP-01: frames for a neighbour that does not answer lead back to what happened to it', () => {
    const run = given(
      lab(
        host('g1', { mac: G1, ip: '10.0.1.11/24' }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
        link('g1:eth0', 'sw:p1'),
        link('g2:eth0', 'sw:p2'),
        flow('f', { from: 'g1:eth0', to: '10.0.1.12', intervalPs: 1e10, startNs: seconds(2) }),
      ),
    );
    run.until(seconds(1)).command('crash g2').until(seconds(10));
    const unresolved = run.said('FrameDropped', { reason: 'neighbour-unresolved' });
    expect(unresolved.length).toBeGreaterThan(0);
    for (const one of unresolved) expect(wayHome(run, one)).toEqual(['FrameDropped', 'NodePowerChanged', ...COMMAND]);
    run.command('power-on g2').until(seconds(20));
    const found = run.said('NeighbourUpdated', { node: 'g1' })[0];
    expect(wayHome(run, found).slice(-2)).toEqual(COMMAND);
  });
});

describe('drops', () => {
  /** g1 and g2 on one switch; g1's line and port as given. */
  function two(): Run {
    return given(
      lab(
        host('g1', { mac: G1, ip: '10.0.1.11/24' }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
        link('g1:eth0', 'sw:p1'),
        link('g2:eth0', 'sw:p2'),
      ),
      { watch: ['sw'] },
    );
  }
  const claim = emitArpFrame(garpRequest(mac(G1), ip('10.0.1.11')));

  test('DAI-01: what inspection drops is blamed on the command that switched it on', () => {
    const run = two().command('inspect-arp sw on').receives('sw:p1', claim).pass(ms(1));
    expect(wayHome(run, run.said('FrameDropped', { reason: 'arp-inspection' })[0])).toEqual([
      'FrameDropped',
      'ArpInspectionChanged',
      ...COMMAND,
    ]);
  });

  test('DAI-01: or on the command that made, or removed, the binding', () => {
    const run = two().command('inspect-arp sw on').command(`bind sw 10.0.1.11 ${G2}`).receives('sw:p1', claim).pass(ms(1));
    run.command('bind sw 10.0.1.11 none').receives('sw:p1', claim).pass(ms(1));
    const [bound, unbound] = run.said('ArpBindingChanged');
    expect(run.said('FrameDropped', { reason: 'arp-inspection' }).map(({ cause }) => cause)).toEqual([
      bound?.position,
      unbound?.position,
    ]);
    expect(run.control.readNeighbours(run.node('sw'), 0)).toEqual([]);
  });

  test('a frame that was corrupted is blamed on the corruption, not on the change of the line while it was on its way', () => {
    const run = two().command('impair g1:eth0 corruption 100% delay 1ms').command('impair sw:p1 reset');
    run.receives('g1:eth0', emitArpFrame(arpRequest(mac(G2), ip('10.0.1.12'), ip('10.0.1.11'))));
    run.pass(100_000).command('impair g1:eth0 reset').pass(ms(5));
    const corrupting = run.said('LineChanged', { node: 'g1' })[0];
    expect(run.said('FrameDropped', { reason: 'corrupted' }).map(({ cause }) => cause)).toEqual([corrupting?.position]);
  });

  test('a frame from outside that the network never took is blamed on its own arrival', () => {
    const run = two().receives('g2:eth0', claim.slice(0, 10)).pass(ms(1));
    expect(wayHome(run, run.said('FrameDropped')[0])).toEqual(['FrameDropped', 'FramesReceived']);
  });
});

test('interfaces of a node without power are shown as down, as the drops there say', () => {
  const run = pair().until(seconds(1)).command('crash fw1');
  const shown = () => publishState(run.state as never).interfaces.filter(({ node }) => node === 'fw1');
  expect(shown().map(({ state }) => state)).toEqual(['down', 'down']);
  run.receives('fw1:eth1', emitArpFrame(garpRequest(mac(G1), ip('10.0.1.11')))).pass(ms(1));
  expect(run.dropsAt('fw1')).toContain('eth1 interface-down');
  run.command('power-on fw1');
  expect(shown().map(({ state }) => state)).toEqual(['up', 'up']);
});

describe('a split brain that heals', () => {
  /** HA1 is cut for 40 s; both units are active. */
  function healed(): { run: Run; upNs: number } {
    const run = pair().until(seconds(5)).command('link down hasw:p2').until(seconds(45));
    expect([run.state.ha['fw1']?.state, run.state.ha['fw2']?.state]).toEqual(['active', 'active']);
    return { run: run.command('link up hasw:p2'), upNs: seconds(45) };
  }

  test('HA-06: the units elect at the first sign of life, not at the next hello', () => {
    const { run, upNs } = healed();
    run.until(upNs + seconds(1) + ms(1));
    expect([run.state.ha['fw1']?.state, run.state.ha['fw2']?.state]).toEqual(['active', 'passive']);
  });

  test('HA-06, HA-16: the winner announces itself, once, and neighbours come back to it', () => {
    const { run, upNs } = healed();
    expect(run.neighbour('g1', GATEWAY)).toBe('00:50:56:bb:00:01');
    run.until(upNs + seconds(30));
    const announced = run.said('GarpSent', { node: 'fw1' }).filter(({ atNs }) => atNs >= upNs);
    expect(announced.map(({ data }) => data.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(run.neighbour('g1', GATEWAY)).toBe('00:50:56:aa:00:01');
    expect(wayHome(run, announced[0]).slice(-2)).toEqual(COMMAND);
  });

  test('HA-06: the loser steps down because the way is open again', () => {
    const { run, upNs } = healed();
    run.until(upNs + seconds(2));
    const down = run.said('HaStateChanged', { node: 'fw2', to: 'passive' }).at(-1);
    expect(wayHome(run, down)).toEqual(['HaStateChanged', 'HaPeerFound', 'InterfaceLinkChanged', ...COMMAND]);
  });
});

describe('what lets a frame pass, or sends it another way', () => {
  test('HST-01: what a switch floods because it forgot an address with its port is blamed on the carrier', () => {
    const run = given(
      lab(
        learningSwitch('sw', { ports: { p1: {}, p2: {}, p3: {} } }),
        host('g1', { mac: G1, ip: '10.0.1.11/24' }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        link('g1:eth0', 'sw:p1'),
        link('g2:eth0', 'sw:p2'),
        flow('f', { from: 'g1:eth0', to: '10.0.1.13', intervalPs: 1e10, stopNs: seconds(1) }),
        host('g3', { mac: '00:50:56:c0:00:13', ip: '10.0.1.13/24' }),
        link('g3:eth0', 'sw:p3'),
      ),
    );
    run.until(ms(500)).command('link down g3:eth0').until(seconds(2));
    const [astray] = run.said('FrameDropped', { node: 'g2', reason: 'not-mine' });
    expect(wayHome(run, astray)).toEqual(['FrameDropped', 'InterfaceLinkChanged', ...COMMAND]);
  });

  test('DAI-01: a frame that passes since inspection is off exists for that', () => {
    const run = given(
      lab(
        host('g1', { mac: G1, ip: '10.0.1.11/24' }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
        link('g1:eth0', 'sw:p1'),
        link('g2:eth0', 'sw:p2'),
        flow('f', { from: 'g2:eth0', to: '10.0.1.11', intervalPs: 1e10, startNs: ms(10) }),
      ),
    );
    run.command('inspect-arp sw on').until(seconds(2)).command('inspect-arp sw off').until(seconds(9));
    const [found] = run.said('NeighbourUpdated', { node: 'g2', ip: '10.0.1.11' });
    expect(wayHome(run, found)).toEqual(['NeighbourUpdated', 'ArpInspectionChanged', ...COMMAND]);
    const [off] = run.said('ArpInspectionChanged', { enabled: false });
    expect(found?.cause).toBe(off?.position);
  });

  test('ARP-03: a neighbour that moves back does so because of what moved it away', () => {
    const run = pair().until(seconds(3));
    const wrong = '00:50:56:c0:00:99';
    run.receives('g1:eth0', emitArpFrame(garpRequest(mac(wrong), ip(GATEWAY)))).until(seconds(8));
    const [back] = run.said('NeighbourUpdated', { node: 'g1', old: wrong });
    expect(wayHome(run, back)).toEqual(['NeighbourUpdated', 'NeighbourUpdated', 'FramesReceived']);
  });

  test('COST-08: what waits since before a line was changed can fill its queue: the change before is blamed', () => {
    const run = pair().command('impair g1:eth0 rate 10k').until(seconds(8)).command('impair g1:eth0 reset').until(seconds(9));
    const full = run.said('FrameDropped', { node: 'g1', reason: 'queue-full' });
    const [slow] = run.said('LineChanged');
    expect(new Set(full.map(({ cause }) => cause))).toEqual(new Set([slow?.position]));
  });
});

/** The command or the frames at the end of the way home from the first drop at a node for a reason. */
function beganBy(run: Run, node: string, reason: string): string {
  const home = homeOf(run, run.said('FrameDropped', { node, reason })[0]?.position ?? 0);
  const input = run.event(home);
  return input.type === 'CommandReceived' ? String((input.data as { command?: string }).command) : input.type;
}

function homeOf(run: Run, from: number): number {
  let at = from;
  while (run.event(at).cause > 0) at = run.event(at).cause;
  return at;
}

describe('where an address went', () => {
  const A = '02:5e:00:00:00:0a';
  const B = '02:5e:00:00:00:0b';
  const C = '02:5e:00:00:00:0c';
  const toG2 = (source: string) => plainFrame(source, G2);

  /** A VF whose guest lost its address A to B, and B to C. */
  function renamed(): Run {
    const run = given(
      lab(
        hypervisor('esx'),
        nic('nic', { vfs: [{ adminMac: A }], pfMac: '02:5e:00:00:00:ff', model: 'x710' }),
        host('g1', { on: 'esx', mac: A, ip: '10.0.1.11/24' }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        link('g1:eth0', 'nic:vf0'),
        link('g2:eth0', 'nic:wire'),
      ),
    ).until(ms(50));
    run.command(`ip link set nic:pf vf 0 mac ${B}`).pass(ms(50));
    return run.command(`ip link set nic:pf vf 0 mac ${C}`).pass(ms(50));
  }

  test.each([
    [A, `ip link set nic:pf vf 0 mac ${B}`],
    [B, `ip link set nic:pf vf 0 mac ${C}`],
  ])('VF-07: a frame from %s is spoofed since the command that took this address away', (source, command) => {
    const run = renamed().receives('nic:vf0', toG2(source)).pass(ms(1));
    expect(beganBy(run, 'nic', 'spoof-mac')).toBe(command);
  });

  test.each([
    [A, `ip link set nic:pf vf 0 mac ${B}`],
    [B, `ip link set nic:pf vf 0 mac ${C}`],
    ['02:5e:00:00:00:77', 'FramesReceived'],
  ])(
    'VF-02: a frame for %s fails the global filter because of what happened to this address, and of nothing else',
    (mac, began) => {
      const run = renamed().command('bridge link set nic:pf hwmode vepa').receives('nic:wire', plainFrame(G2, mac)).pass(ms(1));
      expect(beganBy(run, 'nic', 'nic-l2-filter')).toBe(began);
    },
  );

  test("VSW-13: a frame that brings a guest's address back from the uplink leads to itself, not to another address that the guest uses", () => {
    const run = given(
      lab(
        hypervisor('esx'),
        vswitch('vsw', { on: 'esx', ports: { p1: {} }, uplinks: ['u1'] }),
        firewall('fw', { on: 'esx', useHypervisorMac: true, interfaces: { eth1: { mac: A, ip: '10.0.1.1/24' } } }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        link('fw:eth1', 'vsw:p1'),
        link('g2:eth0', 'vsw:u1'),
      ),
    ).until(ms(10));
    run.command('commit fw use-hypervisor-mac off').pass(ms(10)).receives('vsw:u1', toG2(A)).pass(ms(10));
    expect(beganBy(run, 'vsw', 'source-reflected')).toBe('FramesReceived');
  });

  test('VSW-01: frames for an address that a guest gave up go to the uplink because of that', () => {
    const run = given(
      lab(
        hypervisor('esx'),
        vswitch('vsw', { on: 'esx', ports: { p1: {}, p2: {} }, uplinks: ['u1'] }),
        host('g1', { on: 'esx', mac: A, ip: '10.0.1.11/24' }),
        host('g3', { on: 'esx', mac: B, ip: '10.0.1.13/24' }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        link('g1:eth0', 'vsw:p1'),
        link('g3:eth0', 'vsw:p2'),
        link('g2:eth0', 'vsw:u1'),
      ),
    ).until(ms(10));
    run.receivesAfter(ms(10), 'vsw:p2', plainFrame(B, A)).command(`guest-mac g1:eth0 ${C}`).pass(ms(20));
    expect(beganBy(run, 'g2', 'not-mine')).toBe(`guest-mac g1:eth0 ${C}`);
  });

  /** A router with three ports at one switch, behind another one; g1 and g2 beside. */
  function routed(): Run {
    const run = given(
      lab(
        learningSwitch('near', { ports: { up: {}, r1: {}, r2: {}, r3: {} }, ageingNs: seconds(10) }),
        learningSwitch('far', { ports: { up: {}, p1: {}, p2: {} }, ageingNs: seconds(10) }),
        hypervisor('esx'),
        firewall('fw', {
          on: 'esx',
          useHypervisorMac: true,
          interfaces: {
            eth1: { mac: A, ip: ['10.0.1.1/24'] },
            eth2: { mac: B, ip: ['10.0.2.1/24'] },
            eth3: { mac: C, ip: ['10.0.3.1/24'] },
          },
        }),
        host('g1', { mac: G1, ip: '10.0.1.11/24' }),
        host('g2', { mac: G2, ip: '10.0.1.12/24' }),
        link('near:up', 'far:up'),
        link('fw:eth1', 'near:r1'),
        link('fw:eth2', 'near:r2'),
        link('fw:eth3', 'near:r3'),
        link('g1:eth0', 'far:p1'),
        link('g2:eth0', 'far:p2'),
      ),
    );
    return run.until(ms(10)).receives('near:r1', plainFrame(A, 'ff:ff:ff:ff:ff:ff')).pass(ms(1));
  }

  test.each([
    ['since its line is closed', 'port near:r1 block', 'port near:r1 block'],
    ['since its node has no power', 'crash fw', 'crash fw'],
    ['by itself: another line of its node closed, and it can send', 'link down fw:eth2', 'FramesReceived'],
  ])('HST-01: an address aged because its owner is silent, %s', (_, command, began) => {
    const run = routed().receivesAfter(seconds(20), 'far:p1', plainFrame(G1, A)).command(command).until(seconds(30));
    expect(beganBy(run, 'g2', 'not-mine')).toBe(began);
  });

  test('HST-01: what is known of a silent owner holds until something changes', () => {
    const run = routed()
      .receivesAfter(seconds(20), 'far:p1', plainFrame(G1, A))
      .receivesAfter(seconds(40), 'far:p2', plainFrame(G2, A));
    run.command('crash fw').until(seconds(30)).command('power-on fw').until(seconds(50));
    expect(beganBy(run, 'g2', 'not-mine')).toBe('crash fw');
    expect(beganBy(run, 'g1', 'not-mine')).toBe('FramesReceived');
  });
});

describe('bonds', () => {
  /** A bridge with a bond of b1 and b2, and g beside it. */
  function bonded(): Run {
    const names = ['b1', 'b2', 'g'];
    const hosts = names.flatMap((name, i) => [
      host(name, { mac: `02:5e:00:00:00:1${i}`, ip: `10.0.1.2${i}/24` }),
      link(`${name}:eth0`, `br:${name}`),
    ]);
    const ports = { b1: { bond: 'bond0' }, b2: { bond: 'bond0' }, g: {} };
    return given(lab(learningSwitch('br', { kind: 'bridge', ports }), ...hosts)).until(ms(1));
  }
  const STRANGER = '02:5e:00:00:00:99';
  const frame = plainFrame(STRANGER, 'ff:ff:ff:ff:ff:ff');

  test('HST-02: what comes in by the other member is dropped because the first has carrier: again, since a command', () => {
    const defined = bonded().receives('br:b2', frame).pass(ms(1));
    expect(beganBy(defined, 'br', 'port-blocked')).toBe('FramesReceived');
    const run = bonded().command('link down br:b1').pass(ms(1)).command('link up br:b1').pass(ms(1));
    expect(beganBy(run.receives('br:b2', frame).pass(ms(1)), 'br', 'port-blocked')).toBe('link up br:b1');
  });

  test('HST-02: what leaves by the other member, and is dropped there, leads to the command that made it the active one', () => {
    const run = bonded().receives('br:b1', frame).pass(ms(1));
    run.receivesAfter(seconds(1), 'br:g', plainFrame('02:5e:00:00:00:12', STRANGER)).command('link down br:b1').pass(seconds(2));
    expect(beganBy(run, 'b2', 'not-mine')).toBe('link down br:b1');
  });

  test('HST-02: a MAC moves from a bond to a port because of the frame that came in there', () => {
    const run = bonded()
      .command('link down br:b1')
      .pass(ms(1))
      .receives('br:b2', frame)
      .pass(ms(1))
      .receives('br:g', frame)
      .pass(ms(1));
    const [moved] = run.said('MacMoved');
    expect(moved?.data).toMatchObject({ from: 'b1', to: 'g' });
    const [, second] = run.said('FramesReceived');
    expect(homeOf(run, moved?.position ?? 0)).toBe(second?.position);
  });
});

describe('promiscuous reception', () => {
  test('VSW-06: a guest that hears frames for others drops them since the command that lets it', () => {
    const run = given(
      lab(
        hypervisor('esx'),
        vswitch('vsw', { on: 'esx', ports: { p1: {}, p2: {}, fw: {} }, uplinks: ['u1'] }),
        firewall('fw', {
          on: 'esx',
          useHypervisorMac: false,
          interfaces: { eth1: { mac: '00:50:56:aa:00:01', ip: ['10.0.1.1/24'] } },
        }),
        host('g1', { on: 'esx', mac: G1, ip: '10.0.1.11/24' }),
        host('g2', { on: 'esx', mac: G2, ip: '10.0.1.12/24' }),
        link('g1:eth0', 'vsw:p1'),
        link('g2:eth0', 'vsw:p2'),
        link('fw:eth1', 'vsw:fw'),
      ),
    ).until(ms(10));
    run.command('set vsw promiscuous accept').receives('vsw:p1', plainFrame(G1, G2)).pass(ms(1));
    expect(beganBy(run, 'fw', 'not-mine')).toBe('set vsw promiscuous accept');
  });
});
