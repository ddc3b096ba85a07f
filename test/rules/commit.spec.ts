/**
 * Candidate configuration and commit.
 *
 *   g1 10.0.1.11 ── sw ── eth1 10.0.1.1  fw1  eth2 192.0.2.1 ── out 192.0.2.10          10.9.0.10 is behind out, by a route
 *
 *   and a pair, fw1 and fw2, whose HA1 is one cable.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { encodeBody } from '../../ts/model/events/codec.ts';
import { firewall, flow, haPair, host, hypervisor, lab, learningSwitch, link, ms, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

function alone(options: { readonly useHypervisorMac?: boolean } = {}): Run {
  return given(
    lab(
      hypervisor('esx1'),
      firewall('fw1', { ...options, interfaces: { eth1: { ip: '10.0.1.1/24' }, eth2: { ip: '192.0.2.1/24' } } }),
      host('g1', { ip: '10.0.1.11/24', gateway: '10.0.1.1' }),
      host('out', { ip: '192.0.2.10/24', gateway: '192.0.2.1' }),
      learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
      link('g1:eth0', 'sw:p1'),
      link('fw1:eth1', 'sw:p2'),
      link('fw1:eth2', 'out:eth0'),
      flow('web', { from: 'g1:eth0', to: '192.0.2.10', intervalPs: 1e9, frameBytes: 1400 }),
      flow('far', { from: 'g1:eth0', to: '10.9.0.10', intervalPs: 1e11 }),
    ),
  ).until(seconds(1));
}

function pair(options: Parameters<typeof haPair>[2] = {}): Run {
  const unit = (name: string) =>
    firewall(name, { useHypervisorMac: false, interfaces: { eth1: { ip: '10.0.1.1/24' }, ha1: { mode: 'ha' } } });
  return given(
    lab(
      hypervisor('esx1'),
      unit('fw1'),
      unit('fw2'),
      host('g1', { ip: '10.0.1.11/24', gateway: '10.0.1.1' }),
      learningSwitch('sw', { ports: { p1: {}, p2: {}, p3: {} } }),
      link('g1:eth0', 'sw:p1'),
      link('fw1:eth1', 'sw:p2'),
      link('fw2:eth1', 'sw:p3'),
      link('fw1:ha1', 'fw2:ha1'),
      haPair('fw1', 'fw2', options),
    ),
  ).until(seconds(1));
}

function commands(run: Run, ...lines: readonly string[]): Run {
  for (const line of lines) run.command(line);
  return run;
}

/** All reasons of the last refusal. */
function reasons(run: Run): readonly string[] | undefined {
  return run.said('CommandRefused').at(-1)?.data.reasons;
}

function warnings(run: Run): string[] {
  return run.said('HaConfigWarning').map(({ data }) => `${data.node} ${data.code}`);
}

/** What changed at a firewall after the last commit, by type. */
function following(run: Run): string[] {
  const committed = run.said('ConfigCommitted').at(-1)?.position ?? Number.POSITIVE_INFINITY;
  return run.events.filter(({ position, atNs }) => position > committed && atNs === run.nowNs).map(({ type }) => type);
}

describe('the candidate', () => {
  test('set changes nothing on the wire; commit makes all of it effective in one instant', () => {
    const run = commands(alone(), 'set fw1 use-hypervisor-mac off', 'set fw1 interface/eth2/mtu 1300').until(seconds(2));
    expect(run.said('FrameDropped', { reason: 'mtu-exceeded' })).toEqual([]);
    expect(run.said('MacOptionChanged')).toEqual([]);
    run.command('commit fw1');
    const [committed] = run.said('ConfigCommitted');
    expect(committed?.data).toEqual({ node: 'fw1', paths: ['interface/eth2/mtu', 'use-hypervisor-mac'] });
    expect(run.said('MacOptionChanged', { node: 'fw1', useHypervisorMac: false })[0]?.cause).toBe(committed?.position);
    const [dropped] = run.until(seconds(3)).said('FrameDropped', { reason: 'mtu-exceeded' });
    expect([dropped?.data.node, dropped?.data.interface, dropped?.cause]).toEqual(['fw1', 'eth2', committed?.position]);
  });

  test('it holds what differs from what runs, and revert empties it', () => {
    const run = commands(alone(), 'set fw1 interface/eth1/mtu 1400', 'set fw1 interface/eth1/ipv4 10.0.1.2/24');
    expect(run.state.candidates.fw1).toEqual({ 'interface/eth1/mtu': '1400', 'interface/eth1/ipv4': '10.0.1.2/24' });
    run.command('set fw1 interface/eth1/mtu 1500');
    expect(run.state.candidates.fw1).toEqual({ 'interface/eth1/ipv4': '10.0.1.2/24' });
    run.command('revert fw1');
    expect(run.state.candidates.fw1).toEqual({});
    expect(run.said('CandidateChanged').at(-1)?.data).toEqual({
      node: 'fw1',
      path: 'interface/eth1/ipv4',
      old: '10.0.1.2/24',
      new: '10.0.1.1/24',
    });
  });

  test('a value that it has already is accepted and records nothing', () => {
    const run = commands(alone(), 'set fw1 interface/eth1/mtu 1400', 'set fw1 interface/eth1/mtu 1400');
    expect([run.said('CandidateChanged').length, run.said('CommandAccepted').length]).toEqual([1, 2]);
  });

  test('a firewall that loses power loses its candidate, and keeps what was committed', () => {
    const run = commands(alone(), 'set fw1 interface/eth1/mtu 1400', 'commit fw1', 'set fw1 interface/eth2/mtu 1400');
    run.command('crash fw1').until(seconds(2)).command('power-on fw1').command('commit fw1');
    expect(reasons(run)).toEqual(['the candidate of fw1 is what runs']);
    expect(run.state.lab?.interfaces.find(({ name }) => name === 'eth1')?.mtu).toBe(1400);
  });

  test.each([
    ['set sw interface/p1/mtu 1400', 'sw is not a firewall of this lab'],
    ['set fw1 interface/eth1/mtu 100', '"100" is no value of interface/eth1/mtu: expected a whole number from 512 to 9216'],
    ['set fw1 route/10.9.0.0/16 elsewhere', '"elsewhere" is no value of route/10.9.0.0/16: expected the address of a next hop'],
    ['set fw1 use-hypervisor-mac maybe', '"maybe" is no value of use-hypervisor-mac: expected on or off'],
    ['set fw1 ha/timers/hello 9', '"9" is no value of ha/timers/hello: expected a time such as 8s or 500ms'],
    ['unset fw1 interface/eth1/mtu', 'interface/eth1/mtu always has a value; "set" gives it another'],
    ['revert fw1', 'the candidate of fw1 is what runs'],
    ['commit fw1', 'the candidate of fw1 is what runs'],
  ])('%s is refused', (command, reason) => {
    expect(reasons(alone().command(command))).toEqual([reason]);
  });
});

describe('a commit is refused with every reason at once', () => {
  test('of a candidate that contradicts itself and names what is not there', () => {
    const run = commands(
      alone(),
      'set fw1 interface/eth1/ipv4 192.0.2.77/25',
      'set fw1 interface/eth9/mtu 1400',
      'set fw1 route/10.9.0.0/16 172.16.0.1',
      'set fw1 ha/priority 1',
      'commit fw1',
    );
    expect(reasons(run)).toEqual([
      'fw1 is in no HA pair',
      'fw1 has no interface eth9',
      '192.0.2.1/24 of fw1:eth2 overlaps 192.0.2.77/25 of fw1:eth1',
      "next hop 172.16.0.1 of route 10.9.0.0/16 is in no network of fw1's interfaces",
    ]);
    expect(run.said('ConfigCommitted')).toEqual([]);
    expect(Object.keys(run.state.candidates.fw1 ?? {})).toHaveLength(4);
  });

  test('HA-04, HA-05: of timers that no pair may have, and of the ends of HA', () => {
    const run = commands(
      pair(),
      'set fw1 ha/timers/hello 1s',
      'set fw1 ha/timers/heartbeat 0',
      'set fw1 interface/ha1/ipv4 10.0.0.1/24',
    );
    expect(reasons(run.command('commit fw1'))).toEqual([
      'fw1:ha1 is no layer-3 data interface: its settings stay as the lab file has them',
      'a hello interval must be at least 8s (HA-04)',
      'a heartbeat interval must be at least 1ms (HA-05)',
    ]);
  });

  test('MAC-11: where the platform decides, the option is not available', () => {
    const run = given(
      lab(
        hypervisor('esx1', 'aws'),
        firewall('fw1', { interfaces: { eth1: { ip: '10.0.1.1/24' } } }),
        host('g1', { ip: '10.0.1.11/24' }),
        link('fw1:eth1', 'g1:eth0'),
      ),
    );
    expect(reasons(commands(run, 'set fw1 use-hypervisor-mac off', 'commit fw1'))).toEqual(['option-not-available']);
  });

  test('of more routes than its table has room for', () => {
    const run = alone();
    for (let net = 0; net < 70; net++) run.command(`set fw1 route/10.50.${net}.0/24 192.0.2.10`);
    expect(reasons(run.command('commit fw1'))).toEqual([
      "fw1 has no room for so many addresses and routes: 64 entries more than the lab file's",
    ]);
  });
});

describe('what a commit changes', () => {
  test('a route carries packets from the commit on, and none after it is gone', () => {
    const run = alone();
    const noRoute = () => run.dropped('fw1:eth1', 'no-route');
    expect(noRoute()).toBe(10);
    commands(run, 'set fw1 route/10.9.0.0/16 192.0.2.10', 'commit fw1').until(seconds(2));
    expect(noRoute()).toBe(10);
    // No host has 10.9.0.10: the packets end at out, and lead back to the commit that sent them there.
    expect(run.dropped('out:eth0', 'no-listener')).toBe(10);
    const [first] = run.said('FrameDropped', { node: 'out', reason: 'no-listener' });
    expect(first?.cause).toBe(run.said('ConfigCommitted')[0]?.position);
    commands(run, 'unset fw1 route/10.9.0.0/16', 'commit fw1').until(seconds(3));
    expect(noRoute()).toBe(20);
    const committed = run.said('ConfigCommitted').at(-1)?.position;
    expect(run.said('FrameDropped', { node: 'fw1', reason: 'no-route' }).at(-1)?.cause).toBe(committed);
  });

  test('ARP-02: a new address is announced once; neighbours that no network holds are forgotten', () => {
    const run = alone();
    expect(run.neighbour('fw1', '192.0.2.10')).not.toBeNull();
    commands(run, 'set fw1 interface/eth2/ipv4 198.51.100.1/24', 'commit fw1');
    expect(following(run)).toEqual(['NeighbourUpdated', 'GarpSent']);
    expect(run.said('GarpSent').at(-1)?.data).toMatchObject({ interface: 'eth2', ip: '198.51.100.1', seq: 1 });
    expect(run.neighbour('fw1', '192.0.2.10')).toBeNull();
    expect(run.until(seconds(2)).dropped('fw1:eth1', 'no-route')).toBeGreaterThan(900);
    run.command('ping fw1 198.51.100.9');
    expect(reasons(run)).toBeUndefined();
    commands(run, 'set fw1 interface/eth2/ipv4 198.51.100.1/24,203.0.113.1/24', 'commit fw1');
    expect(following(run)).toEqual(['GarpSent']);
    expect(run.said('GarpSent').at(-1)?.data.ip).toBe('203.0.113.1');
  });

  test('MAC-09: the option is committed with everything else, and its MACs change as by the one-step command', () => {
    const both = alone();
    const one = alone();
    commands(both, 'set fw1 use-hypervisor-mac off', 'commit fw1');
    one.command('commit fw1 use-hypervisor-mac off');
    const macs = (run: Run) => run.said('MacAddressChanged').map(({ data }) => data);
    expect(macs(both)).toEqual(macs(one));
    expect(macs(both)).toHaveLength(2);
  });

  test('HA-20: another group gives other virtual MACs, announced by the active unit alone', () => {
    const run = commands(pair(), 'set fw1 ha/group 9', 'set fw2 ha/group 9', 'commit fw1', 'commit fw2');
    expect(run.said('MacAddressChanged', { cause: 'ha-group' }).map(({ data }) => [data.node, data.new])).toEqual([
      ['fw1', '00:1b:17:00:09:10'],
      ['fw2', '00:1b:17:00:09:10'],
    ]);
    expect(
      run
        .said('GarpSent')
        .filter(({ atNs }) => atNs === seconds(1))
        .map(({ data }) => data.node),
    ).toContain('fw1');
    run.until(seconds(60));
    expect(run.said('HaPeerLost')).toEqual([]);
  });

  test('HA-14: a priority and preemption that are committed at both units make the better one take active', () => {
    const run = pair({ timers: { preemptionHoldNs: seconds(5) } });
    expect(run.state.ha.fw1?.state).toBe('active');
    commands(run, 'set fw2 ha/priority 1', 'set fw2 ha/preemptive on', 'commit fw2', 'set fw1 ha/preemptive on', 'commit fw1');
    run.until(seconds(20));
    expect(run.said('HaStateChanged', { node: 'fw2', to: 'active', reason: 'preemption' })).toHaveLength(1);
    expect(run.state.ha.fw1?.state).toBe('passive');
  });

  test('HA-05, HA-07: a heartbeat interval counts from the commit', () => {
    const run = commands(pair(), 'set fw2 ha/timers/heartbeat 200ms', 'commit fw2').until(seconds(2)).command('crash fw1');
    const [lost] = run.until(seconds(10)).said('HaPeerLost', { node: 'fw2' });
    // Three ticks of 200 ms without an answer, and the tick that sent the first of them.
    expect((lost?.atNs ?? 0) - seconds(2)).toBeLessThanOrEqual(ms(800));
  });
});

describe('what would break HA is warned', () => {
  test('HA-02, HA-20: at another group than its peer, a unit loses it, and both become active', () => {
    const run = commands(pair(), 'set fw2 ha/group 9', 'commit fw2');
    expect(warnings(run)).toEqual(['fw2 group-differs']);
    run.until(seconds(60));
    expect([run.state.ha.fw1?.state, run.state.ha.fw2?.state]).toEqual(['active', 'active']);
  });

  test('HA-14, HA-17: every difference is warned of, until the peer follows', () => {
    const lines = (node: string) => [
      `set ${node} use-hypervisor-mac on`,
      `set ${node} ha/preemptive on`,
      `set ${node} ha/timers/hello 9s`,
      `set ${node} interface/eth1/ipv4 10.0.1.2/24`,
      `set ${node} interface/eth1/mtu 1400`,
      `commit ${node}`,
    ];
    const run = commands(pair(), ...lines('fw1'));
    const codes = ['mac-option-differs', 'addresses-differ', 'network-differs', 'preemptive-differs', 'timers-differ'];
    expect(warnings(run)).toEqual(codes.map((code) => `fw1 ${code}`));
    expect(run.said('HaConfigWarning')[0]?.cause).toBe(run.said('ConfigCommitted')[0]?.position);
    expect(warnings(commands(run, ...lines('fw2')))).toHaveLength(codes.length);
  });

  test('HA-06: units of different priorities are as they should be', () => {
    expect(warnings(commands(pair(), 'set fw1 ha/priority 9', 'commit fw1'))).toEqual([]);
  });
});

test('a lab with a candidate and a commit goes on from a snapshot as if nothing had been cut', () => {
  const begun = () =>
    commands(alone(), 'set fw1 route/10.9.0.0/16 192.0.2.10', 'commit fw1', 'set fw1 use-hypervisor-mac off').command(
      'set fw1 interface/eth2/ipv4 192.0.2.3/24',
    );
  const whole = begun();
  const restored = begun();
  restored.engine.restore(restored.engine.snapshot());
  const bodies = (run: Run) =>
    commands(run.until(seconds(2)), 'commit fw1')
      .until(seconds(3))
      .events.map((event) => Buffer.from(encodeBody(event)).toString('hex'));
  expect(bodies(restored)).toEqual(bodies(whole));
  expect(restored.state).toEqual(whole.state);
});
