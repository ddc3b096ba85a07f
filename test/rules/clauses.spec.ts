/** Clauses that the other specs of this folder leave out, each played in a lab of its own. */
import { afterEach, describe, expect, test } from 'vitest';
import { arpRequest, emitArpFrame } from '../../ts/wire/arp.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { IoLab, RING } from '../support/io-lab.ts';
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
  seconds,
  vswitch,
} from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const A = '00:50:56:aa:00:01';
const B = '00:50:56:bb:00:01';
const G1 = '00:50:56:c0:00:11';
const H = '00:50:56:c0:00:50';
const VIRTUAL = '00:1b:17:00:01:10';
const OUTSIDE = '00:00:5e:00:53:fe';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

// ── Pairs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 *   fw1 ── p1 ┐
 *             ├ psw ── p3 ── h 10.0.1.50
 *   fw2 ── p2 ┘
 */
function pair(useHypervisorMac: boolean): Run {
  const unit = (name: string, own: string) =>
    firewall(name, { useHypervisorMac, interfaces: { eth1: { mac: own, ip: '10.0.1.1/24' }, ha1: {} } });
  return given(
    lab(
      hypervisor('esx1'),
      unit('fw1', A),
      unit('fw2', B),
      learningSwitch('psw', { ports: { p1: {}, p2: {}, p3: {} } }),
      host('h', { mac: H, ip: '10.0.1.50/24' }),
      link('fw1:eth1', 'psw:p1'),
      link('fw2:eth1', 'psw:p2'),
      link('psw:p3', 'h:eth0'),
      link('fw1:ha1', 'fw2:ha1'),
      haPair('fw1', 'fw2'),
    ),
    { watch: ['psw', 'fw2'] },
  );
}

/** The host asks for the gateway. */
function ask(run: Run): Run {
  return run.receives('psw:p3', emitArpFrame(arpRequest(mac(H), ip('10.0.1.50'), ip('10.0.1.1')))).pass(ms(1));
}

describe('a split brain', () => {
  const split = (option: boolean) => pair(option).until(ms(500)).command('link down fw1:ha1').until(seconds(40));

  test('HA-03c, HA-03d: with the option on both answer for the address, and a neighbour flaps between their MACs', () => {
    const run = split(true);
    expect([run.state.ha['fw1']?.state, run.state.ha['fw2']?.state]).toEqual(['active', 'active']);
    const before = run.said('NeighbourUpdated', { node: 'h' }).length;
    for (let i = 0; i < 3; i++) ask(run);
    const taken = run.said('NeighbourUpdated', { node: 'h' }).slice(before);
    expect(taken.length).toBeGreaterThanOrEqual(3);
    expect(new Set(taken.map(({ data }) => data.new))).toEqual(new Set([A, B]));
  });

  test('HA-03e: with the option off one MAC is behind two ports, and the switch moves it with every answer', () => {
    const run = split(false);
    const before = run.nodeState('psw').moved;
    run.forgetSeen();
    for (let i = 0; i < 3; i++) ask(run);
    expect(run.nodeState('psw').moved - before).toBeGreaterThanOrEqual(3n);
    expect(run.table('psw').filter((row) => row.mac === VIRTUAL)).toHaveLength(1);
    expect(run.neighbour('h', '10.0.1.1')).toBe(VIRTUAL);
  });
});

describe('a unit that takes over', () => {
  test('HA-16c: what it announces without carrier is lost, not queued: with carrier 3.5 s late five of ten are sent', () => {
    const run = pair(true).until(ms(500)).command('crash fw1').until(seconds(9)).command('link down fw2:eth1');
    const promotion = 10_000;
    run
      .until(ms(promotion + 3500))
      .forgetSeen()
      .command('link up fw2:eth1')
      .until(ms(promotion + 20_000));
    expect(run.said('GarpSent', { node: 'fw2' })).toHaveLength(10);
    expect(run.frames('psw:p3', 'sent').filter((bytes) => bytes[12] === 8 && bytes[13] === 6)).toHaveLength(5);
  });

  test('MAC-05c: its MACs change because of HA at the start, and because of the option at a commit', () => {
    const run = pair(false);
    const causes = () => run.said('MacAddressChanged', { node: 'fw1' }).map(({ data }) => `${data.new} ${data.cause}`);
    expect(causes()).toEqual([`${VIRTUAL} ha-enabled`]);
    run.command('commit fw1 use-hypervisor-mac on').command('commit fw1 use-hypervisor-mac off');
    expect(causes().slice(1)).toEqual([`${A} option-on`, `${VIRTUAL} option-off`]);
  });
});

// ── Switches and NICs ───────────────────────────────────────────────────────────────────────────────────────────────

test('VSW-13c: a firewall that was wrongly given the MAC of another, on another host, cannot reach the guests of that', () => {
  const run = given(
    lab(
      hypervisor('esx1'),
      vswitch('vsw1', { on: 'esx1', ports: { fw: {}, g: {} }, uplinks: ['u1'] }),
      vswitch('vsw2', { on: 'esx2', ports: { fw: {} }, uplinks: ['u1'] }),
      hypervisor('esx2'),
      host('right', { on: 'esx1', mac: A }),
      host('wrong', { on: 'esx2', mac: A }),
      host('g1', { on: 'esx1', mac: G1 }),
      learningSwitch('psw', { ports: { p1: {}, p2: {} } }),
      link('right:eth0', 'vsw1:fw'),
      link('g1:eth0', 'vsw1:g'),
      link('wrong:eth0', 'vsw2:fw'),
      link('vsw1:u1', 'psw:p1'),
      link('vsw2:u1', 'psw:p2'),
    ),
    { watch: ['vsw1'] },
  );
  run.receives('vsw2:fw', plainFrame(A, BROADCAST), plainFrame(A, G1)).pass(ms(1));
  expect(run.sentBy('vsw1')).toEqual([]);
  expect(run.dropped('vsw1:u1', 'source-reflected')).toBe(2);
});

test.each(['layer2', 'tap', 'virtual-wire'] as const)(
  'MODE-02b, MODE-03a, MODE-04b: an interface that hears what is for others asks for it: %s',
  (mode) => {
    const run = given(
      lab(
        hypervisor('esx1'),
        vswitch('vsw', { ports: { fw: { policy: { promiscuous: true } }, g: {} } }),
        firewall('fw', { interfaces: { eth1: { mac: A, mode } } }),
        host('g', { on: 'esx1', mac: G1 }),
        link('fw:eth1', 'vsw:fw'),
        link('g:eth0', 'vsw:g'),
      ),
      { watch: ['vsw'] },
    );
    expect(run.said('PromiscuousChanged', { node: 'fw' }).map(({ data }) => data.requested)).toEqual([true]);
    run.receives('vsw:g', plainFrame(G1, H)).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['fw']);
  },
);

describe('a PF', () => {
  test('PCI-02d: its guest sends and receives in any VLAN', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { vfs: [{}], pfMac: A }),
        host('g', { on: 'esx1', mac: A }),
        host('outside', { mac: OUTSIDE }),
        link('g:eth0', 'nic:pf'),
        link('outside:eth0', 'nic:wire'),
      ),
      { watch: ['nic'] },
    );
    for (const vlan of [1, 77, 4094]) {
      run
        .forgetSeen()
        .receives('nic:wire', plainFrame(OUTSIDE, A, vlan))
        .receives('nic:pf', plainFrame(A, OUTSIDE, vlan));
      expect(run.pass(ms(1)).sentBy('nic')).toEqual(['pf', 'wire']);
    }
    expect(run.dropsAt('nic')).toEqual([]);
  });

  test('COST-07b: guests on its VFs share the line rate of the port', () => {
    const [first, second] = ['02:00:5e:00:00:10', '02:00:5e:00:00:11'];
    // Two of 8 Gbit/s for a ten-gigabit wire; a frame is 12,304 bits on the line.
    const from = (guest: string) =>
      flow(guest, {
        from: `${guest}:eth0`,
        to: '10.0.0.9',
        frameBytes: 1514,
        intervalPs: 1_538_000,
        startNs: ms(1),
        stopNs: ms(1.4),
      });
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { vfs: [{ adminMac: first ?? '' }, { adminMac: second ?? '' }] }),
        host('g0', { on: 'esx1', mac: first ?? '', ip: '10.0.0.1/24' }),
        host('g1', { on: 'esx1', mac: second ?? '', ip: '10.0.0.2/24' }),
        host('outside', { mac: OUTSIDE, ip: '10.0.0.9/24' }),
        link('g0:eth0', 'nic:vf0'),
        link('g1:eth0', 'nic:vf1'),
        link('outside:eth0', 'nic:wire'),
        from('g0'),
        from('g1'),
      ),
    ).until(ms(1.4));
    const [one, two] = [Number(run.flow('g0').received), Number(run.flow('g1').received)];
    const most = 400_000 / 1230.4;
    expect(one + two).toBeLessThanOrEqual(most);
    expect(one + two).toBeGreaterThan(most - 20);
    expect(Math.abs(one - two)).toBeLessThan(most / 10);
    run.until(ms(10));
  });
});

test('COST-03a, COST-03b: OVS with DPDK takes 83.5 ns for a frame from port to port, and 110 ns more when its cache has no such flow', () => {
  const workNs = (frames: number) => {
    const run = givenFile(`name: ports
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    br: { kind: bridge, datapath: ovs-dpdk, cores: 1, io: { emc-insert-inv-prob: 1 } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24, mac: "${OUTSIDE}" } } }
  links: [ { endpoints: ["a:eth0", "br:p1"] }, { endpoints: ["b:eth0", "br:p2"] } ]
`);
    const probe = plainFrame(G1, OUTSIDE);
    run.receives('br:p1', probe).pass(ms(1));
    for (let i = 1; i < frames; i++) run.receives('br:p1', probe).pass(ms(1));
    return Number(run.control.readCore(run.node('br'), 0).workNs);
  };
  const [one, many] = [workNs(1), workNs(51)];
  expect((many - one) / 50).toBeCloseTo(83.5, 1);
  expect(one).toBeCloseTo(83.5 + 110, -1);
});

test('COST-04c: vhost-net that handles batches costs 256 ns, where the file says so', () => {
  const workNs = (costs: string) => {
    const run = givenFile(`name: batched
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    br: { kind: bridge, datapath: ovs-kernel, cores: 1${costs} }
    fw: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
    out: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24, mac: "${OUTSIDE}" } } }
  links: [ { endpoints: ["fw:eth1", "br:p1"] }, { endpoints: ["out:eth0", "br:p2"] } ]
`);
    run.receives('br:p2', plainFrame(OUTSIDE, BROADCAST)).pass(ms(10));
    return Number(run.control.readCore(run.node('br'), 0).workNs);
  };
  expect(workNs('') - workNs(', io: { costs: { vhost-net: 256 } }')).toBe(730 - 256);
});

test('DPK-05c: without buffers frames stay in the ring, and are lost only when it is full', () => {
  const io = new IoLab(lab(host('far', { mac: OUTSIDE }), host('g', { mac: G1 }), link('far:eth0', 'g:eth0', { latencyNs: 0 })));
  io.mbufs('g', 64);
  io.core('g');
  io.ring('g:eth0', { size: 64, ringFlags: RING.takesMbufs });
  const frame = plainFrame(strangerMac(1), strangerMac(2));
  io.arrive('g:eth0', frame, 0, 60).through(2000);
  expect(io.readRing('g:eth0')).toMatchObject({ frames: 60, missed: 0n });
  expect(io.readRing('g:eth0').withoutBuffer).toBeGreaterThan(0n);
  io.arrive('g:eth0', frame, 3000, 10).through(5000);
  expect(io.readRing('g:eth0')).toMatchObject({ frames: 63, missed: 7n });
});
