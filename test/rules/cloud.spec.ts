/**
 * Rule HA-22: a pair of firewalls in a cloud, whose fabric knows addresses by an API. The labs are the shipped ones.
 *
 *   client ── vpc-in ── subnet-in ─┬─ fw1 ─┬─ subnet-out ── vpc-out ── server
 *                       (fabric)   └─ fw2 ─┘   (fabric)
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import timeline from '../vectors/ha-timeline.json' with { type: 'json' };

const AWS = readFileSync('labs/cloud-ignores-garp.lab.yml', 'utf8');
const MOVES = readFileSync('labs/aws-interface-move.lab.yml', 'utf8');
const AZURE = readFileSync('labs/azure-route-move.lab.yml', 'utf8');
const A = '0a:00:00:aa:00:01';
const B = '0a:00:00:bb:00:01';
const ROUTER = 'vpc-in';

afterEach(everyFrameIsAccountedFor);

/** fw1 crashed at 20.5 s; fw2 is active from 30 s on. */
function failedOver(text = AWS): Run {
  return givenFile(text).until(seconds(20.5)).command('crash fw1').until(seconds(31));
}

describe('a pair in AWS', () => {
  test('HA-22: aws-secondary-ip: traffic resumes when the call is done, not when the role changes', () => {
    const row = timeline.scenarios.find(({ id }) => id === 'aws-secondary-ip');
    expect(row).toMatchObject({ profile: 'secondary-ip-move', garp_effective: false, packet_io_mode: 'dpdk' });
    const run = failedOver();
    expect(run.state.packetIo['fw2']?.running).toBe(row?.packet_io_mode);
    const received = run.flow('up').received;
    expect(run.until(seconds(50)).flow('up').received).toBe(received);
    expect(run.neighbour(ROUTER, '10.0.1.1')).toBe(A);
    run.until(seconds(51));
    // The address is at the peer's own interface: its MAC changes.
    expect(run.neighbour(ROUTER, '10.0.1.1')).toBe(B);
    expect(Number(run.flow('up').received - received)).toBeGreaterThan(98);
  });

  test('HA-22: the fabric drops every gratuitous ARP, because it is a fabric', () => {
    const run = failedOver().until(seconds(40));
    expect(run.said('GarpSent', { node: 'fw2' })).toHaveLength(20);
    expect(run.dropped('subnet-in:p3', 'fabric-gratuitous')).toBe(10);
    const active = run.said('HaStateChanged', { node: 'fw2', to: 'active' })[0]?.position ?? 0;
    const sent = run.said('GarpSent').map(({ position }) => position);
    const causes = run.said('FrameDropped', { reason: 'fabric-gratuitous' }).map(({ cause }) => cause);
    expect(causes.every((cause) => cause === active || sent.includes(cause))).toBe(true);
  });

  test('HA-22: role, call, move and end are a chain of causes', () => {
    const run = failedOver().until(seconds(51));
    const active = run.said('HaStateChanged', { node: 'fw2', to: 'active' })[0];
    const [call] = run.said('CloudCallStarted');
    expect(call?.cause).toBe(active?.position);
    const [moved] = run.said('CloudAddressMoved', { node: 'subnet-in' });
    expect([moved?.cause, moved?.data.old, moved?.data.new]).toEqual([call?.position, A, B]);
    expect(run.said('NeighbourUpdated', { node: ROUTER }).at(-1)?.cause).toBe(moved?.position);
    expect(run.said('CloudCallEnded').map(({ cause, data }) => [cause, data.outcome])).toEqual([[call?.position, 'done']]);
  });

  test('HA-22: the unit that has the addresses when the lab begins calls nobody', () => {
    expect(givenFile(AWS).until(seconds(20)).said('CloudCallStarted')).toEqual([]);
  });

  test('HA-22: a unit that crashes during its call moves nothing', () => {
    const run = failedOver().command('crash fw2').until(seconds(60));
    expect(run.said('CloudCallEnded').map(({ data }) => data.outcome)).toEqual(['given-up']);
    expect(run.said('CloudAddressMoved')).toEqual([]);
  });
});

describe('interfaces that move', () => {
  test('HA-22: aws-interface-move: the interface keeps its MAC, and nobody has to learn anything', () => {
    const row = timeline.scenarios.find(({ id }) => id === 'aws-interface-move');
    expect(row).toMatchObject({ profile: 'interface-move', garp_needed: false, packet_io_mode: 'mmap' });
    const run = failedOver(MOVES);
    expect(run.state.packetIo['fw2']?.running).toBe(row?.packet_io_mode);
    const [call] = run.said('CloudCallStarted');
    const tookMs = (call?.data.takesNs ?? 0) / 1e6;
    expect(row?.api_move_ms?.map((ms) => Math.sign(ms - tookMs))).toEqual([-1, 1]);
    const received = run.flow('up').received;
    expect(run.until(seconds(70)).flow('up').received).toBe(received);
    run.until(seconds(71));
    expect(Number(run.flow('up').received - received)).toBeGreaterThan(98);
    expect(run.neighbour(ROUTER, '10.0.1.1')).toBe(A);
    expect(run.state.interfaces['fw2:eth1']?.usedMac).toBe(A);
    expect(run.said('NeighbourUpdated', { node: ROUTER }).filter(({ atNs }) => atNs > seconds(20))).toEqual([]);
  });

  test('HA-22: it is nowhere between the two, and what is sent there is lost because of the call', () => {
    const run = failedOver(MOVES).until(seconds(60));
    expect(['fw1:eth1', 'fw2:eth1', 'subnet-in:p2'].map((end) => run.state.interfaces[end]?.isUp)).toEqual([false, false, false]);
    const detached = run.said('CloudInterfaceChanged');
    expect(detached.map(({ atNs, data }) => [atNs, `${data.node}:${data.interface}`, data.attached])).toEqual([
      [seconds(50), 'fw1:eth1', false],
      [seconds(50), 'fw1:eth2', false],
    ]);
    const lost = run.said('FrameDropped', { node: 'subnet-in', reason: 'link-down' }).at(-1);
    const down = run.said('InterfaceLinkChanged', { node: 'subnet-in', up: false }).at(-1);
    expect(lost?.cause).toBe(down?.position);
    expect(down?.cause).toBe(detached[0]?.position);
  });

  test('HA-22: a call that is given up half way leaves the interface nowhere, and the next active unit attaches it', () => {
    const run = failedOver(MOVES).until(seconds(55)).command('crash fw2').command('power-on fw1').until(seconds(200));
    expect(run.said('CloudCallEnded').map(({ data }) => [data.node, data.outcome])).toEqual([
      ['fw2', 'given-up'],
      ['fw1', 'done'],
    ]);
    expect([run.state.interfaces['fw1:eth1']?.isUp, run.state.interfaces['fw1:eth1']?.usedMac]).toEqual([true, A]);
  });
});

describe('a load balancer', () => {
  const BALANCER = readFileSync('labs/azure-load-balancer.lab.yml', 'utf8');
  const FLOWS = ['a', 'b', 'c', 'd'];
  const received = (run: Run): number[] => FLOWS.map((flow) => Number(run.flow(flow).received));
  /** Which firewall passes packets of a flow on: fw2 goes on while fw1 is away. */
  const afterCrash = (): { run: Run; moved: boolean[] } => {
    const run = givenFile(BALANCER).until(seconds(20.5)).command('crash fw1').until(seconds(21));
    const before = received(run);
    run.until(seconds(34));
    return { run, moved: received(run).map((count, i) => count === before[i]) };
  };

  test('HA-22: spreads conversations over firewalls, and those of a firewall that fails are lost until it missed its probes', () => {
    const { run, moved } = afterCrash();
    expect(new Set(moved)).toEqual(new Set([true, false]));
    expect(run.said('ProbeTargetChanged')).toEqual([]);
    const before = received(run.until(seconds(35.1)));
    const [unhealthy] = run.said('ProbeTargetChanged', { node: 'lb-in' });
    expect([unhealthy?.atNs, unhealthy?.data]).toEqual([seconds(35), { node: 'lb-in', ip: '10.0.1.4', healthy: false }]);
    expect(unhealthy?.cause).toBe(run.said('NodePowerChanged', { node: 'fw1' })[0]?.position);
    expect(received(run.until(seconds(37))).map((count, i) => count - (before[i] ?? 0) >= 18)).toEqual([true, true, true, true]);
  });

  test('HA-22: conversations of a healthy firewall stay where they are, and those of the other come back with its first answer', () => {
    const { run, moved } = afterCrash();
    run.until(seconds(46)).command('power-on fw1').until(seconds(55));
    expect(run.said('ProbeTargetChanged', { node: 'lb-in' }).map(({ data }) => data.healthy)).toEqual([false, true]);
    const [, back] = run.said('ProbeTargetChanged', { node: 'lb-in' });
    expect(back?.atNs).toBeGreaterThan(seconds(50) - 1);
    run.command('crash fw1').until(seconds(55.5));
    const before = received(run);
    run.until(seconds(58));
    expect(received(run).map((count, i) => count === before[i])).toEqual(moved);
  });

  test('HA-22: without a firewall that answers, packets have no route, because of the last that fell silent', () => {
    const run = givenFile(BALANCER).until(seconds(20.5)).command('crash fw1').command('crash fw2').until(seconds(40));
    const last = run.said('ProbeTargetChanged', { node: 'lb-in' }).at(-1);
    const drop = run.said('FrameDropped', { node: 'lb-in', reason: 'no-route' }).at(-1);
    expect(drop?.cause).toBe(last?.position);
  });

  test('HA-22: validate foresees how late it notices, and refuses a pair in Google with what to write instead', () => {
    expect(validated(BALANCER).filter((line) => line.includes('keeps its conversations for up to 15'))).toHaveLength(2);
    const google = BALANCER.replaceAll('azure', 'gcp');
    expect(validated(google).filter((line) => line.includes('error'))).toEqual([]);
    const outside = BALANCER.replace('fabric: azure\n      load-balancer', 'load-balancer');
    expect(validated(outside).some((line) => line.includes('error') && line.includes('no router of a cloud'))).toBe(true);
  });
});

describe('a fabric', () => {
  const dropsOf = (...frames: [string, string][]): string[] => {
    const run = givenFile(AWS).until(seconds(10));
    const before = run.engine.position;
    run.receives('subnet-in:p2', ...frames.map(([source, to]) => plainFrame(source, to))).pass(ms(1));
    const drops = run.said('FrameDropped', { node: 'subnet-in' }).filter(({ position }) => position > before);
    return drops.map(({ data }) => data.reason);
  };

  test.each([
    ['a source that it has not behind the port', strangerMac(1), B, 'fabric-source'],
    ['an unknown destination', A, strangerMac(1), 'fabric-unknown'],
    ['broadcast', A, 'ff:ff:ff:ff:ff:ff', 'fabric-broadcast'],
    ['multicast', A, '01:00:5e:00:00:12', 'fabric-broadcast'],
  ])('HA-22: drops %s', (_, source, to, reason) => {
    expect(dropsOf([source, to])).toEqual([reason]);
  });

  test('HA-22: passes on what is for an interface that it knows', () => {
    expect(dropsOf([A, B])).toEqual([]);
  });
});

test('HA-22: in Azure routes lead to the other unit when the call is done, each to the interface of the same name', () => {
  const run = failedOver(AZURE).until(seconds(66));
  expect(run.said('CloudRouteChanged').map(({ atNs, data }) => [atNs, data.node, data.old, data.new])).toEqual([
    [seconds(65), 'vnet-in', '10.0.1.4', '10.0.1.5'],
    [seconds(65), 'vnet-out', '10.0.2.4', '10.0.2.5'],
  ]);
  const router = run.engine.lab.lab.nodes.find(({ name }) => name === 'vnet-in');
  expect(router?.kind === 'router' && router.routes.map(({ via }) => via)).toEqual(['10.0.1.5']);
});

describe('validate', () => {
  test('HA-22: foresees how long a failover waits', () => {
    expect(validated(AWS)[0]).toMatch(
      /a failover of pair edge waits another 20(\.0+)? ?s for the API, which moves its addresses.*\[HA-22\]/,
    );
  });

  test.each([
    [
      'a switch that learns',
      AWS.replace('subnet-in: { kind: switch, fabric: aws }', 'subnet-in: { kind: switch }'),
      'no fabric of aws',
    ],
    [
      'a unit elsewhere',
      AWS.replace('aws2: { kind: hypervisor, platform: aws }', 'aws2: { kind: hypervisor, platform: kvm }'),
      'the other is on kvm',
    ],
    ['units of two modes', AWS.replace('on: aws1\n', 'ha-mode: interface-move\n      on: aws1\n'), 'is not the same'],
    [
      'an interface whose pair moves addresses',
      AWS.replaceAll('on: aws', 'ha-mode: interface-move\n      on: aws'),
      'is not the same',
    ],
    [
      'links of interfaces that move',
      MOVES.replace('    cloud: {', '    link-monitoring: { groups: { data: { interfaces: [eth1] } } }\n    cloud: {'),
      'none whose link it could monitor',
    ],
    ['Google', AWS.replaceAll('platform: aws', 'platform: gcp'), 'a load balancer with probes'],
    ['Oracle', AWS.replaceAll('platform: aws', 'platform: oci'), 'secondary addresses'],
    [
      'a table',
      AWS.replace('subnet-in: { kind: switch, fabric: aws }', 'subnet-in: { kind: switch, fabric: aws, ageing: 10s }'),
      'has no ageing',
    ],
  ])('HA-22: refuses %s', (_, text, message) => {
    expect(validated(text).some((line) => line.includes('error') && line.includes(message))).toBe(true);
  });
});
