/**
 * Uplinks of a vSwitch as a team: failback, and who is told. The lab is labs/uplink-team.lab.yml:
 *
 *   10 s up1 loses its cable      20 s up1 is back      25 s up2 loses its cable
 */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const FILE = readFileSync('labs/uplink-team.lab.yml', 'utf8');

function team(setting = ''): Run {
  const run = givenFile(FILE.replace('uplinks: [up1, up2]', `uplinks: [up1, up2]\n      ${setting}`));
  run.until(seconds(10)).command('link down vsw1:up1').until(seconds(20)).command('link up vsw1:up1').until(seconds(25));
  return run.command('link down vsw1:up2').until(seconds(28));
}

function changes(run: Run): string[] {
  return run.said('UplinkChanged').map(({ atNs, data }) => `${atNs / 1e9} s ${data.from} to ${data.to}`);
}

test('NOT-01: without failback the uplink that took over stays active until it loses carrier itself', () => {
  expect(changes(team())).toEqual(['10 s up1 to up2', '20 s up2 to up1']);
  const run = team('failback: off');
  expect(changes(run)).toEqual(['10 s up1 to up2', '25 s up2 to up1']);
  expect(run.said('SwitchNotifySent').map(({ atNs, data }) => `${atNs / 1e9} s ${data.uplink}`)).toEqual([
    '10 s up2',
    '10 s up2',
    '25 s up1',
    '25 s up1',
  ]);
});

test('NOT-01: without notify-switches nobody is told, and the switch sends to the dead uplink until a guest speaks', () => {
  const run = team('notify-switches: off');
  expect(run.said('SwitchNotifySent')).toEqual([]);
  expect(changes(run)).toEqual(changes(team()));
  // At 20 s the physical switch still believes the guests behind up2: the standby uplink takes nothing for them.
  expect(run.dropped('vsw1:up2', 'reverse-path')).toBeGreaterThan(team().dropped('vsw1:up2', 'reverse-path') + 10);
});

// ── Policies ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 *   g1 ── p1 ┐         ┌ u1 ── p1 ┐
 *   g2 ── p2 ┤   vsw   │          ├ psw ── p9 ── x 10.0.0.50, y 10.0.0.51
 *   g3 ── p3 ┘         └ u2 ── p2 ┘
 */
function policy(teaming: string, more = '', channel = ''): string {
  const guests = [1, 2, 3].map(
    (n) => `    g${n}: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.0.${n}/24, mac: 00:50:56:aa:00:0${n} } } }`,
  );
  return `
name: team
duration: 30s
topology:
  nodes:
    h: { kind: hypervisor }
    vsw: { kind: vswitch, on: h, uplinks: [u1, u2], teaming: ${teaming}${more} }
${guests.join('\n')}
    psw: { kind: switch${channel} }
    x: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.50/24 } } }
    y: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.51/24 } } }
  links:
    - endpoints: ["g1:eth0", "vsw:p1"]
    - endpoints: ["g2:eth0", "vsw:p2"]
    - endpoints: ["g3:eth0", "vsw:p3"]
    - endpoints: ["vsw:u1", "psw:p1"]
    - endpoints: ["vsw:u2", "psw:p2"]
    - endpoints: ["x:eth0", "psw:p8"]
    - endpoints: ["y:eth0", "psw:p9"]
`;
}

const mac = (n: number): string => `00:50:56:aa:00:0${n}`;

/** By which uplink a frame of each guest to a stranger leaves. */
function waysOf(run: Run): string[] {
  return [1, 2, 3].map((n) => {
    const before = ['u1', 'u2'].map((uplink) => sentBy(run, uplink));
    run.receives(`vsw:p${n}`, plainFrame(mac(n), strangerMac(7))).pass(ms(1));
    return ['u1', 'u2'].filter((uplink, i) => sentBy(run, uplink) !== before[i]).join();
  });
}

function sentBy(run: Run, uplink: string): bigint {
  return run.portState(`vsw:${uplink}`).txFrames;
}

test('VSW-16: by port the number of the port chooses, by source MAC its last octet', () => {
  expect(waysOf(givenFile(policy('port-id')))).toEqual(['u1', 'u2', 'u1']);
  expect(waysOf(givenFile(policy('source-mac')))).toEqual(['u2', 'u1', 'u2']);
  expect(waysOf(givenFile(policy('failover-order')))).toEqual(['u1', 'u1', 'u1']);
});

test('VSW-16: by IP hash without a channel one guest uses both uplinks, and its MAC moves at the physical switch', () => {
  const flows = `
flows:
  even: { from: "g1:eth0", to: 10.0.0.51, rate: 10, stop: 2s }
  odd: { from: "g1:eth0", to: 10.0.0.50, rate: 10, start: 50ms, stop: 2s }
`;
  const run = givenFile(policy('ip-hash') + flows).until(seconds(3));
  expect([sentBy(run, 'u1') > 15n, sentBy(run, 'u2') > 15n]).toEqual([true, true]);
  expect(run.nodeState('psw').moved).toBeGreaterThan(30n);
  expect([run.flow('even').received, run.flow('odd').received].map(Number)).toEqual([20, 20]);
  const channelled = givenFile(policy('ip-hash', '', ', port-channels: { po1: { ports: [p1, p2] } }') + flows).until(seconds(3));
  expect(channelled.nodeState('psw').moved).toBe(0n);
  expect(sentBy(channelled, 'u2')).toBeGreaterThan(15n);
});

test('VSW-16: a broadcast that comes by both uplinks reaches each port of the team once, by its own', () => {
  const arrived = (teaming: string): number[] => {
    const run = givenFile(policy(teaming), ['g1', 'g2', 'g3']);
    run.receives('psw:p8', plainFrame(strangerMac(1), 'ff:ff:ff:ff:ff:ff')).pass(ms(1));
    return [1, 2, 3].map((n) => run.frames(`g${n}:eth0`, 'received').length);
  };
  expect(arrived('port-id')).toEqual([1, 1, 1]);
  expect(arrived('source-mac')).toEqual([1, 1, 1]);
  // Without a channel at the physical switch.
  expect(arrived('ip-hash')).toEqual([2, 2, 2]);
});

test('VSW-16: an uplink that fails moves its own guests only, and those are announced; it gets them back', () => {
  const run = givenFile(policy('port-id')).until(seconds(1)).command('link down vsw:u2');
  expect(waysOf(run)).toEqual(['u1', 'u1', 'u1']);
  const told = () => run.said('SwitchNotifySent').map(({ data }) => `${data.mac} ${data.uplink}`);
  expect(told()).toEqual([`${mac(2)} u1`]);
  run.command('link up vsw:u2').pass(ms(1));
  expect(told().slice(1)).toEqual([`${mac(2)} u2`]);
  expect(waysOf(run)).toEqual(['u1', 'u2', 'u1']);
  const kept = givenFile(policy('port-id', ', failback: off'))
    .until(seconds(1))
    .command('link down vsw:u2')
    .command('link up vsw:u2');
  expect(waysOf(kept)).toEqual(['u1', 'u1', 'u1']);
});

test('VSW-16: frames of an uplink that failed and those of its guests are blamed on what took it away', () => {
  const run = givenFile(policy('port-id')).until(seconds(1)).command('link down vsw:u1').command('link down vsw:u2');
  run.receives('vsw:p1', plainFrame(mac(1), strangerMac(7))).pass(ms(1));
  const last = run.said('FrameDropped', { reason: 'dst-mac-mismatch' }).at(-1);
  const changes = run.said('TeamUplinkChanged').map(({ position }) => position);
  expect([last?.data.interface, last?.cause]).toEqual(['p1', changes.at(-1)]);
});

test('VSW-16: an uplink that misses three beacons counts as failed though it has carrier, until it hears one again', () => {
  const run = givenFile(readFileSync('labs/beacon-probing.lab.yml', 'utf8')).until(seconds(10)).command('link down psw1:p9');
  run.until(seconds(20)).command('link up psw1:p9').until(seconds(22));
  const heard = run.said('UplinkBeaconsChanged');
  expect(heard.map(({ data }) => `${data.interface} ${data.heard}`)).toEqual(['up1 false', 'up1 true']);
  const cut = run.said('InterfaceLinkChanged', { node: 'psw1', up: false })[0];
  expect(heard[0]?.cause).toBe(cut?.position);
  expect(run.said('UplinkChanged').map(({ cause, data }) => [cause, data.from, data.to])).toEqual([
    [heard[0]?.position, 'up1', 'up2'],
    [heard[1]?.position, 'up2', 'up1'],
  ]);
});

test('VSW-16: two uplinks that hear nothing cannot tell which of them failed, and validate says so', () => {
  const text = readFileSync('labs/beacon-probing.lab.yml', 'utf8')
    .replace('uplinks: [up1, up2, up3]', 'uplinks: [up1, up2]')
    .replace('    - endpoints: ["vsw1:up3", "psw2:p3"]\n', '');
  const run = givenFile(text).until(seconds(10)).command('link down psw1:p9').until(seconds(19));
  expect(run.said('UplinkBeaconsChanged')).toEqual([]);
  expect(validated(text).filter((line) => line.includes('nobody can tell which of two failed'))).toHaveLength(1);
  // With three, the two that hear nobody are not judged either: one that still hears has nobody to hear.
  const three = givenFile(readFileSync('labs/beacon-probing.lab.yml', 'utf8')).until(seconds(5));
  three.command('link down psw1:p9').command('link down vsw1:up3').until(seconds(15));
  expect(three.said('UplinkBeaconsChanged')).toEqual([]);
});

test('VSW-16: uplinks that are one channel speak LACP with the physical switch, and are one uplink', () => {
  const text = policy('failover-order', ', port-channels: { lag1: { ports: [u1, u2], lacp: { mode: active, rate: fast } } }')
    .replace('uplinks: [u1, u2]', 'uplinks: [lag1]')
    .replace(
      'psw: { kind: switch',
      'psw: { kind: switch, port-channels: { po1: { ports: [p1, p2], lacp: { mode: passive, rate: fast } } }',
    );
  const run = givenFile(
    `${text}flows:\n  f: { from: "g1:eth0", to: 10.0.0.50, rate: 100, start: 5s, stop: 10s }\n  back: { from: "x:eth0", to: 10.0.0.2, rate: 100, start: 5s, stop: 10s }\n`,
  );
  run.until(seconds(7)).command('link down vsw:u1').until(seconds(11));
  expect(run.said('AggregateMemberChanged', { node: 'vsw' }).map(({ data }) => `${data.interface} ${data.distributing}`)).toEqual([
    'u1 false',
    'u2 false',
    'u1 true',
    'u2 true',
    'u1 false',
  ]);
  expect(run.said('UplinkChanged')).toEqual([]);
  expect(Number(run.flow('f').received)).toBeGreaterThan(498);
  expect(run.nodeState('psw').moved).toBe(0n);
});

test('VSW-15: a distributed switch, and a standard switch of 7.x, reject all three unless the file says otherwise', () => {
  const forged = (more: string): number => {
    const run = givenFile(policy('failover-order', more));
    run.receives('vsw:p1', plainFrame(strangerMac(3), strangerMac(7))).pass(ms(1));
    return run.dropped('vsw:p1', 'forged-transmit');
  };
  expect(['', ', profile: standard', ', profile: standard-7', ', profile: distributed'].map(forged)).toEqual([0, 0, 1, 1]);
  expect(forged(', profile: distributed, forged-transmits: accept')).toBe(0);
});
