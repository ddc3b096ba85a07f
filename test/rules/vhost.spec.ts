/**
 * Rule HST-04: vhost-user ports, and what a restart of their switch does to them.
 *
 *   fw1:eth1 ── p1 (client)  br  p2 (server) ── g1:eth0
 */
import { afterEach, describe, expect, test } from 'vitest';
import { firewall, host, hypervisor, lab, learningSwitch, link, ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

function fixture(): Run {
  return given(
    lab(
      hypervisor('kvm1', 'kvm'),
      learningSwitch('br', { kind: 'bridge', ports: { p1: { vhost: 'client' }, p2: { vhost: 'server' }, p3: {} } }),
      firewall('fw1', { on: 'kvm1', interfaces: { eth1: { ip: '10.0.1.1/24' } } }),
      host('g1', { on: 'kvm1', ip: '10.0.1.2/24' }),
      host('outside', { ip: '10.0.1.3/24' }),
      link('fw1:eth1', 'br:p1'),
      link('g1:eth0', 'br:p2'),
      link('outside:eth0', 'br:p3'),
    ),
  ).until(seconds(1));
}

function links(run: Run, node: string): boolean[] {
  return run.said('InterfaceLinkChanged', { node }).map(({ data }) => data.up);
}

describe('a switch that restarts', () => {
  test('HST-04: its client port reconnects, and the guest sees the link go down and up', () => {
    const run = fixture().command('crash br').pass(ms(100));
    expect(links(run, 'fw1')).toEqual([false]);
    run.command('power-on br');
    expect(links(run, 'fw1')).toEqual([false, true]);
    expect(run.said('VhostPortChanged', { interface: 'p1' }).map(({ data }) => data.reason)).toEqual([
      'switch-stopped',
      'switch-started',
    ]);
  });

  test('HST-04: its server port stays down until the guest restarts', () => {
    const run = fixture().command('crash br').command('power-on br').pass(seconds(5));
    expect(links(run, 'g1')).toEqual([false]);
    expect(run.state.vhost).toEqual({ 'br:p1': true, 'br:p2': false });
    run.command('crash g1').command('power-on g1');
    expect(links(run, 'g1')).toEqual([false, true]);
    expect(run.said('VhostPortChanged', { interface: 'p2', connected: true })[0]?.data.reason).toBe('guest-started');
    expect(run.state.interfaces['br:p2']?.isUp).toBe(true);
  });

  test('HST-04: a guest that starts while the switch is down has nobody to connect to', () => {
    const run = fixture().command('crash br').command('crash g1').command('power-on g1').command('power-on br');
    expect(run.state.vhost['br:p2']).toBe(false);
  });

  test('HST-04: a port to no guest knows nothing of it', () => {
    const run = fixture().command('crash br').command('power-on br');
    expect(links(run, 'outside')).toEqual([]);
  });

  test('HST-04: a NIC that was taken out has no carrier when the port comes back', () => {
    const run = fixture().command('unplug fw1:eth1').command('crash br').command('power-on br');
    expect(run.state.interfaces['fw1:eth1']?.isUp).toBe(false);
  });
});

describe('a guest without shared huge pages', () => {
  const file = (hugePages: string, vhost: string) => `name: pages
topology:
  nodes:
    h1: { kind: hypervisor, platform: kvm${hugePages} }
    h2: { kind: hypervisor, platform: kvm }
    br: { kind: bridge, datapath: ovs-dpdk, vhost: ${vhost} }
    g1: { kind: host, on: h1, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    g2: { kind: host, on: h2, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
    outside: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.3/24 } } }
  links: [ { endpoints: ["g1:eth0", "br:p1"] }, { endpoints: ["g2:eth0", "br:p2"] }, { endpoints: ["outside:eth0", "br:p3"] } ]
`;

  test.each(['client', 'server'])('HST-04c: its %s port does not come up, at no start of its own or of the switch', (vhost) => {
    const run = givenFile(file(', huge-pages: off', vhost));
    const refused = run.said('VhostPortChanged');
    expect(refused.map(({ data, cause }) => [data.interface, data.connected, data.reason, cause])).toEqual([
      ['p1', false, 'no-shared-memory', 1],
    ]);
    for (const node of ['br', 'g1', 'g2']) run.command(`crash ${node}`).command(`power-on ${node}`).pass(seconds(1));
    expect(run.state.vhost).toEqual({ 'br:p1': false, 'br:p2': true });
    expect([run.state.interfaces['g1:eth0']?.isUp, run.state.interfaces['g2:eth0']?.isUp]).toEqual([false, true]);
    run.command('ping outside 10.0.1.1').pass(seconds(4)).command('ping outside 10.0.1.2').pass(seconds(4));
    expect(new Set(run.said('PingAnswered').map(({ data }) => data.ip))).toEqual(new Set(['10.0.1.2']));
  });

  test('HST-04c: validate foresees it, and says where nobody needs them', () => {
    expect(validated(file(', huge-pages: off', 'client'))).toEqual([
      expect.stringMatching(
        /warning: g1:eth0 gets no link: br:p1 is a vhost-user port, and h1 gives .* no shared huge pages \[HST-04\]$/,
      ),
    ]);
    expect(validated(file('', 'client'))).toEqual([]);
    const kernel = file(', huge-pages: off', 'client').replace('ovs-dpdk, vhost: client', 'ovs-kernel');
    expect(validated(kernel)).toEqual([expect.stringContaining('huge-pages of h1 changes nothing')]);
  });
});
