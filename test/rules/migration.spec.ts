/**
 * Rules PCI-03 and NOT-01: guests that move to another hypervisor while they run.
 *
 *   ┌─ esx1 ──────────────┐
 *   │ vm ── p1 vsw1 ── up ┼── p1 ┐
 *   └─────────────────────┘      ├ psw ── p3 ── h 10.0.1.50
 *   ┌─ esx2 ──────────────┐      │
 *   │          vsw2 ── up ┼── p2 ┘
 *   └─────────────────────┘
 *
 * Memory is copied for one second, the guest is stunned for 200 ms.
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { propertiesOf } from '../../ts/debug/explain/properties.ts';
import { Engine } from '../../ts/engine/engine.ts';
import { publishState } from '../../ts/services/publish/publish-state.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { hex, plainFrame, strangerMac, vectorFrame } from '../support/frames.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { playsLab } from '../support/played.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

const VM = '00:50:56:aa:00:01';
const RARP = 0x8035;

afterEach(everyFrameIsAccountedFor);

interface Scene {
  /** Settings of live migration at both hypervisors. */
  readonly live?: string;
  /** More properties of vsw2. */
  readonly vsw2?: string;
  /** Port groups of vsw2. */
  readonly groups?: string;
  /** Settings of the port of psw that esx2 is plugged into. */
  readonly p2?: string;
  readonly steps?: readonly string[];
}

const LIVE = '{ pre-copy: 1s, stun: 200ms }';

/** The drawing above. */
function text({ live = LIVE, vsw2 = '', groups = 'web: {}', p2 = '{}', steps = [] }: Scene = {}): string {
  return `
name: moving
duration: 30s
topology:
  nodes:
    esx1: { kind: hypervisor, live-migration: ${live} }
    esx2: { kind: hypervisor, live-migration: ${live} }
    vsw1: { kind: vswitch, on: esx1, uplinks: [up], port-groups: { web: {} }, ports: { p1: { group: web } } }
    vsw2: { kind: vswitch, on: esx2, uplinks: [up], port-groups: { ${groups} }${vsw2} }
    vm: { kind: host, on: esx1, interfaces: { eth0: { ipv4: 10.0.1.1/24, mac: "${VM}" } } }
    psw: { kind: switch, ports: { p2: ${p2} } }
    h: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.50/24 } } }
  links:
    - endpoints: ["vm:eth0", "vsw1:p1"]
    - endpoints: ["vsw1:up", "psw:p1"]
    - endpoints: ["vsw2:up", "psw:p2"]
    - endpoints: ["h:eth0", "psw:p3"]
flows:
  in: { from: "h:eth0", to: 10.0.1.1, rate: 100 }
  out: { from: "vm:eth0", to: 10.0.1.50, rate: 100, stop: 20s }
steps: [${steps.map((step, i) => `{ at: ${i + 1}s, run: ${step} }`).join(', ')}]
`;
}

const MOVE = 'migrate vm to esx2';

/** The lab after `vm` was told to move at 1 s, and time for it to arrive. */
function moved(scene: Scene = {}): Run {
  return givenFile(text(scene), ['psw', 'vsw2']).until(seconds(1)).command(MOVE).until(seconds(3));
}

function refusals(run: Run): readonly string[] {
  return run.said('CommandRefused').at(-1)?.data.reasons ?? [];
}

describe('a live migration', () => {
  test('PCI-03: copies while the guest runs, stuns it, and runs it on the other host', () => {
    const run = moved();
    const story = ['CommandAccepted', 'MigrationStarted', 'GuestStunned', 'GuestMigrated'] as const;
    const told = story.map((type) => run.said(type)[0]);
    expect(told.map((event) => event?.atNs)).toEqual([seconds(1), seconds(1), seconds(2), seconds(2.2)]);
    expect(told.slice(1).map((event) => event?.cause)).toEqual(told.slice(0, -1).map((event) => event?.position));
    expect(run.engine.lab.peers.get('vm:eth0')).toBe('vsw2:vm.eth0');
    expect(run.state.migrations).toEqual({});
  });

  test('PCI-03: only what is sent to the guest while it is stunned is lost, and the stun is the cause', () => {
    const run = moved().until(seconds(5));
    const stunned = run.said('GuestStunned')[0]?.position;
    expect(run.dropped('vm:eth0', 'guest-stunned')).toBe(20);
    expect(run.said('FrameDropped', { node: 'vm', reason: 'guest-stunned' }).map(({ cause }) => cause)).toEqual([stunned]);
    // And one that is on its way to esx1 when the guest leaves.
    expect(run.flow('in').sent - run.flow('in').received).toBeLessThanOrEqual(21n);
  });

  test('PCI-03: a stunned guest sends nothing, keeps its rhythm, and goes on', () => {
    const run = moved().forgetSeen().until(seconds(4));
    expect(run.flow('out').sent).toBe(380n);
    expect(run.flow('out').received).toBe(380n);
  });

  test('PCI-03: its timers wait: an echo that is due meanwhile is sent when it runs again', () => {
    const run = givenFile(text())
      .until(seconds(1))
      .command(MOVE)
      .until(seconds(1.5))
      .command('ping vm 10.0.1.50 count 2 interval 600ms');
    const answers = run
      .until(seconds(4))
      .said('PingAnswered')
      .map(({ atNs }) => atNs);
    expect(answers).toHaveLength(2);
    expect(answers[1]).toBeGreaterThan(seconds(2.2));
  });

  test('NOT-01: the new host announces the vNIC, byte for byte, and physical switches move its entry', () => {
    const run = moved();
    const sent = run.frames('vsw2:up', 'sent').filter((frame) => EthernetView.over(frame)?.etherType === RARP);
    expect(sent.map(hex)).toEqual([hex(vectorFrame('rarp-notify-a'))]);
    const [notice] = run.said('SwitchNotifySent');
    expect(notice?.data).toEqual({ node: 'vsw2', uplink: 'up', mac: VM, cause: 'migration' });
    expect(notice?.cause).toBe(run.said('GuestMigrated')[0]?.position);
    expect(run.table('psw').filter(({ mac }) => mac === VM)).toEqual([{ vlan: 0, mac: VM, port: 'psw:p2' }]);
  });

  test('NOT-01, VSW-01: with notify-switches off the old vSwitch drops what is for the guest, because of the migration', () => {
    const quiet = text({ vsw2: ', notify-switches: off' }).replace(/ {2}out:.*\n/, '');
    const run = givenFile(quiet).until(seconds(1)).command(MOVE).until(seconds(4));
    const arrived = run.said('GuestMigrated')[0]?.position;
    const drops = run.said('FrameDropped', { node: 'vsw1', reason: 'dst-mac-mismatch' });
    expect(drops.map(({ cause }) => cause)).toEqual([arrived]);
    expect(run.said('SwitchNotifySent')).toEqual([]);
  });

  test('NOT-01: with guest-announce the guest sends gratuitous ARP, and frames reach it', () => {
    const live = '{ pre-copy: 1s, stun: 200ms, guest-announce: on }';
    const quiet = text({ live, vsw2: ', notify-switches: off' }).replace(/ {2}out:.*\n/, '');
    const run = givenFile(quiet).until(seconds(1)).command(MOVE).until(seconds(4));
    expect(run.said('GarpSent').map(({ data }) => [data.node, data.ip, data.mac])).toEqual([['vm', '10.0.1.1', VM]]);
    expect(run.table('psw').filter(({ mac }) => mac === VM)).toEqual([{ vlan: 0, mac: VM, port: 'psw:p2' }]);
  });

  test('PCI-03: the guest comes back to the port that it left', () => {
    const run = moved().command('migrate vm to esx1').until(seconds(6));
    expect(run.engine.lab.peers.get('vm:eth0')).toBe('vsw1:p1');
    expect(run.state.interfaces['vsw2:vm.eth0']?.isUp).toBe(false);
    expect(run.table('psw').filter(({ mac }) => mac === VM)).toEqual([{ vlan: 0, mac: VM, port: 'psw:p1' }]);
  });

  test('PCI-03: the settings of the port group on the other host hold, and its VLAN is the one the guest is in', () => {
    const run = moved({ groups: 'web: { vlan: 20 }' }).until(seconds(5));
    const port = run.engine.lab.lab.interfaces.find(({ node, name }) => node === 'vsw2' && name === 'vm.eth0');
    expect(port?.vlan).toBe(20);
    expect(run.table('psw')).toContainEqual({ vlan: 20, mac: VM, port: 'psw:p2' });
  });
});

test('VSW-08: on the other host the guest is in the multicast groups that it joined', () => {
  const lab = text().replace(`mac: "${VM}"`, `mac: "${VM}", groups: [239.1.1.1]`);
  const run = givenFile(lab, ['vsw2']).until(seconds(1)).command(MOVE).until(seconds(3)).forgetSeen();
  run.receives('vsw2:up', plainFrame(strangerMac(1), '01:00:5e:01:01:01')).pass(ms(1));
  expect(run.frames('vsw2:vm.eth0', 'sent').filter((frame) => hex(frame).startsWith('01005e010101'))).toHaveLength(1);
});

describe('a migration that does not end', () => {
  test.each([
    ['crash vm', 'guest-crashed'],
    ['crash esx2', 'target-crashed'],
    ['crash esx1', 'guest-crashed'],
  ])('PCI-03: %s during the copy: %s, and the guest goes nowhere', (command, reason) => {
    const run = givenFile(text()).until(seconds(1)).command(MOVE).until(seconds(1.5)).command(command).until(seconds(4));
    expect(run.said('MigrationAborted').map(({ data }) => data.reason)).toEqual([reason]);
    expect(run.said('GuestMigrated')).toEqual([]);
    expect(run.engine.lab.peers.get('vm:eth0')).toBe('vsw1:p1');
  });

  test('PCI-03: when the other host crashes while the guest is stunned, it runs on where it was', () => {
    const run = givenFile(text()).until(seconds(1)).command(MOVE).until(seconds(2.1)).command('crash esx2');
    const lost = run.dropped('vm:eth0', 'guest-stunned');
    run.until(seconds(3));
    expect(run.dropped('vm:eth0', 'guest-stunned')).toBe(lost);
    expect(run.flow('out').received).toBe(run.flow('out').sent);
  });
});

describe('a migration is refused', () => {
  test('PCI-03: where the other host has no port group of that name', () => {
    expect(refusals(moved({ groups: 'lan: {}' }))).toEqual([
      'no-port-group: no vSwitch of esx2 has the port group of vsw1:p1, into which vm:eth0 is plugged',
    ]);
  });

  test('PCI-03: while another one is on its way, and when the guest or the other host does not run', () => {
    const run = givenFile(text()).command(MOVE).command(MOVE);
    expect(refusals(run)).toEqual(['vm is on its way to esx2']);
    expect(refusals(run.command('crash vm').command('crash esx2').command(MOVE))).toEqual([
      'vm is not running',
      'esx2 is not running',
    ]);
  });
});

describe('validate', () => {
  test('PCI-03: is silent about a migration that works', () => {
    expect(validated(text({ steps: [MOVE, 'migrate vm to esx1'] }))).toEqual([]);
  });

  test.each([
    [{ groups: 'lan: {}, web2: {}' }, /"migrate vm to esx2" will be refused: no-port-group.*\[PCI-03\]/],
    [{ vsw2: ', notify-switches: off' }, /nobody tells the physical switches: vsw2 has notify-switches off.*\[NOT-01\]/],
    [{ p2: '{ vlan: 30 }' }, /vm:eth0 does not hear h:eth0: vsw2:vm.eth0 and its uplink lead to another VLAN.*\[PCI-03\]/],
  ])('foresees what a step will not do (%o)', (scene, expected) => {
    expect(validated(text({ ...scene, steps: [MOVE] })).some((line) => expected.test(line))).toBe(true);
  });

  test.each([
    ['aws', 'nobody can have a guest on aws migrated'],
    ['azure', 'nobody can have a guest on azure migrated'],
  ])('PCI-03: live-migration on %s is an error', (platform, message) => {
    const lab = text().replace('esx2: { kind: hypervisor', `esx2: { kind: hypervisor, platform: ${platform}`);
    expect(validated(lab)[0]).toContain(message);
  });
});

test('PCI-03: a snapshot taken while a guest is stunned goes on as the lab did', () => {
  playsLab();
  const definition = canonicalJson(givenFile(text()).engine.lab.lab);
  const wasm = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
  const advance = (engine: Engine, toNs: number): void => {
    engine.receive({ type: 'TimeAdvanced', data: { toNs } });
    engine.step();
  };
  const [engine, other] = [new Engine(wasm, { identity: 'moving' }), new Engine(wasm, { identity: 'moving' })];
  engine.receive({ type: 'LabDefined', data: { definition, pacePermille: 0 } });
  advance(engine, seconds(1));
  engine.receive({ type: 'CommandReceived', data: { command: MOVE } });
  advance(engine, seconds(2) + ms(100));
  other.restore(engine.snapshot());
  for (const one of [engine, other]) advance(one, seconds(4));
  expect(hex(other.chain)).toBe(hex(engine.chain));
  expect(other.checkpoint()).toEqual(engine.checkpoint());
});

test('PCI-03: the state of a lab shows a guest on its way, and until when it is stunned', () => {
  const run = givenFile(text()).until(seconds(1)).command(MOVE).until(seconds(1.5));
  const shown = () =>
    publishState(run.state).migrations.map(({ node, from, to, stunnedUntilNs }) => [node, from, to, stunnedUntilNs]);
  expect(shown()).toEqual([['vm', 'esx1', 'esx2', null]]);
  run.until(seconds(2.1));
  expect(shown()).toEqual([['vm', 'esx1', 'esx2', seconds(2.2)]]);
  const drop = run.said('FrameDropped', { reason: 'guest-stunned' })[0];
  const [property] = drop === undefined ? [] : propertiesOf(run.engine.lab.lab, drop.data, null);
  expect([property?.path, property?.value]).toEqual(['topology.nodes.esx1.live-migration.stun', '200ms']);
  expect(publishState(run.until(seconds(3)).state).migrations).toEqual([]);
});
