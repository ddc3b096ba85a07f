/**
 * Finding T4: what a frame is blamed on that goes astray because a switch does not know its address, and what a move is blamed on.
 *
 *   g1 ── p1 ┐
 *   g2 ── p2 ├ sw
 *   g3 ── p3 ┘
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame, strangerMac } from '../support/frames.ts';
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
  nic,
  type Part,
  seconds,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const G1 = '00:50:56:c0:00:11';
const G2 = '00:50:56:c0:00:12';
const EVERYBODY = 'ff:ff:ff:ff:ff:ff';

afterEach(everyFrameIsAccountedFor);

/** Three hosts on one switch that forgets what it did not hear for ten seconds; it has two ports more. */
function three(...more: Part[]): Run {
  const hosts = [1, 2, 3].flatMap((n) => [
    host(`g${n}`, { mac: `00:50:56:c0:00:1${n}`, ip: `10.0.1.1${n}/24` }),
    link(`g${n}:eth0`, `sw:p${n}`),
  ]);
  return given(
    lab(learningSwitch('sw', { ports: { p1: {}, p2: {}, p3: {}, fw1: {}, fw2: {} }, ageingNs: seconds(10) }), ...hosts, ...more),
  );
}

/** Position of the event at the end of the way home. */
function homeOf(run: Run, from: number): number {
  let at = from;
  while (run.event(at).cause > 0) at = run.event(at).cause;
  return at;
}

/** The command, or the type of the event, that the first drop at a node for a reason leads back to. */
function beganBy(run: Run, node: string, reason: string): string {
  const [drop] = run.said('FrameDropped', { node, reason });
  const input = run.event(homeOf(run, drop?.position ?? 0));
  return input.type === 'CommandReceived' ? String((input.data as { command?: string }).command) : input.type;
}

describe('HST-01: a frame for an address that aged', () => {
  test.each([
    [4, 'port sw:p2 block', 'led back to the line that closed in time'],
    [8, 'FramesReceived', 'not led back to a line that closed too late to keep its owner from being heard'],
  ])('is, %i s after its owner was heard, %s: %s', (atS, began) => {
    const run = three().until(ms(10)).receives('sw:p2', plainFrame(G2, EVERYBODY)).pass(ms(1));
    run.receivesAfter(seconds(20), 'sw:p1', plainFrame(G1, G2)).until(seconds(atS)).command('port sw:p2 block').until(seconds(30));
    expect(beganBy(run, 'g3', 'not-mine')).toBe(began);
  });

  test('leads back to the crash of the NIC that its owner is plugged into', () => {
    const owner = '00:50:56:c0:00:14';
    const run = three(
      hypervisor('h'),
      nic('nic', { on: 'h', vfs: [{ adminMac: owner }], pfMac: '02:5e:00:00:00:ff' }),
      host('g4', { on: 'h', mac: owner, ip: '10.0.1.14/24' }),
      link('g4:eth0', 'nic:vf0'),
      link('nic:wire', 'sw:fw1'),
    );
    run.until(ms(10)).receives('sw:fw1', plainFrame(owner, EVERYBODY)).pass(ms(1));
    run.receivesAfter(seconds(20), 'sw:p1', plainFrame(G1, owner)).until(seconds(4)).command('crash nic').until(seconds(30));
    expect(beganBy(run, 'g3', 'not-mine')).toBe('crash nic');
  });

  test('DAI-01: leads back to the inspection that keeps the switch from learning by ARP', () => {
    const run = three().until(ms(10)).receives('sw:p2', plainFrame(G2, EVERYBODY)).pass(ms(1));
    run.receivesAfter(seconds(20), 'sw:p1', plainFrame(G1, G2)).command('inspect-arp sw on').until(seconds(30));
    expect(beganBy(run, 'g3', 'not-mine')).toBe('inspect-arp sw on');
  });

  test('HA-10: leads back to the end of the process that had asked its owner by path monitoring', () => {
    const run = three(
      hypervisor('h'),
      ...[1, 2].flatMap((n) => [
        firewall(`fw${n}`, { on: 'h', interfaces: { eth1: { ip: '10.0.1.1/24' }, ha1: { ip: `10.255.0.${n}/30` } } }),
        link(`fw${n}:eth1`, `sw:fw${n}`),
      ]),
      link('fw1:ha1', 'fw2:ha1'),
      haPair('fw1', 'fw2', {
        more: { pathMonitoring: { condition: 'any', groups: [{ name: 'g', condition: 'any', of: ['10.0.1.12'] }] } },
      }),
    );
    run.until(seconds(5)).receives('sw:p2', plainFrame(G2, EVERYBODY)).command('suspend fw2').pass(ms(1));
    run.receivesAfter(seconds(20), 'sw:p1', plainFrame(G1, G2)).command('ha-process fw1 stop').until(seconds(40));
    expect(beganBy(run, 'g3', 'not-mine')).toBe('ha-process fw1 stop');
  });
});

test('HST-01: a frame that is flooded because of a table that strangers fill leads back to their frames', () => {
  const ports = { p1: {}, p2: {}, p3: {} };
  const hosts = [1, 2, 3].flatMap((n) => [
    host(`g${n}`, { mac: `00:50:56:c0:00:1${n}`, ip: `10.0.1.1${n}/24` }),
    link(`g${n}:eth0`, `sw:p${n}`),
  ]);
  const talk = flow('f', { from: 'g1:eth0', to: '10.0.1.12', intervalPs: 1e10, startNs: ms(10), stopNs: ms(100) });
  const run = given(lab(learningSwitch('sw', { ports, tableSize: 4 }), ...hosts, talk)).until(ms(1));
  run.receives('sw:p3', ...[1, 2, 3, 4].map((n) => plainFrame(strangerMac(n), EVERYBODY))).until(seconds(1));
  expect(beganBy(run, 'g3', 'not-mine')).toBe('FramesReceived');
});

test('HST-01: a frame that is flooded after a full table made room for everybody does not lead back to strangers in that table', () => {
  const ports = { p1: {}, p2: {}, p3: {} };
  const hosts = [1, 2, 3].flatMap((n) => [
    host(`g${n}`, { mac: `00:50:56:c0:00:1${n}`, ip: `10.0.1.1${n}/24` }),
    link(`g${n}:eth0`, `sw:p${n}`),
  ]);
  const [first, second, third] = [1, 2, 3].map((n) => plainFrame(strangerMac(n), EVERYBODY)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const run = given(lab(learningSwitch('sw', { ports, tableSize: 4, ageingNs: seconds(10) }), ...hosts)).until(ms(10));
  run.receives('sw:p2', plainFrame(G2, EVERYBODY)).pass(ms(1)).receivesAfter(seconds(12), 'sw:p1', plainFrame(G1, G2));
  run.until(seconds(5)).receives('sw:p1', plainFrame(G1, EVERYBODY)).receives('sw:p3', first, second);
  // G2 has aged: the third stranger takes its place.
  run.until(seconds(11)).receives('sw:p3', third).until(seconds(13));
  const [drop] = run.said('FrameDropped', { node: 'g3', reason: 'not-mine' });
  expect(homeOf(run, drop?.position ?? 0)).toBe(run.said('FramesReceived')[1]?.position);
});

describe('MacMoved', () => {
  test('HST-01: of an address that comes back to its owner leads to what had moved it away', () => {
    const run = three().until(ms(10));
    run.receives('sw:p2', plainFrame(G2, EVERYBODY)).pass(ms(1)).receives('sw:p1', plainFrame(G2, EVERYBODY)).pass(ms(1));
    run.receives('sw:p2', plainFrame(G2, EVERYBODY)).pass(ms(1)).command('link up g1:eth0');
    const [, away] = run.said('FramesReceived');
    expect(run.said('MacMoved').map(({ position }) => homeOf(run, position))).toEqual([away?.position, away?.position]);
  });

  test('HST-01: of an address that two hosts have leads to the later of both', () => {
    const run = three().until(ms(10)).command(`guest-mac g1:eth0 ${G2}`).receives('sw:p2', plainFrame(G2, EVERYBODY)).pass(ms(1));
    run.receives('sw:p1', plainFrame(G2, EVERYBODY)).pass(ms(1)).receives('sw:p2', plainFrame(G2, EVERYBODY)).pass(ms(1));
    run.command('link up g3:eth0');
    const inputs = run.said('FramesReceived').map(({ position }) => position);
    expect(run.said('MacMoved').map(({ position }) => homeOf(run, position))).toEqual(inputs.slice(1));
  });
});
