/**
 * Rules PCI-01 to PCI-03: a device of the host has one user.
 *
 *                       ┌── up  br1  p1 ── web
 *   peer ── wire  nic  pf  ┄┄ eth1  fw1
 *                       └┄┄┄┄ eth1  fw2       nic:vf0 ┄┄ eth2  fw2
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Engine } from '../../ts/engine/engine.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import {
  firewall,
  flow,
  host,
  hypervisor,
  lab,
  learningSwitch,
  link,
  ms,
  nic,
  type Part,
  seconds,
  vswitch,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const WASM = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const PF_MAC = '02:00:5e:00:00:aa';

function fixture(...more: readonly Part[]): Run {
  return given(drawn(...more), { watch: ['web', 'fw1', 'peer'] });
}

/** The drawing above. */
function drawn(...more: readonly Part[]): Lab {
  return lab(
    hypervisor('kvm1', 'kvm'),
    hypervisor('kvm2', 'kvm'),
    nic('nic', { on: 'kvm1', vfs: [{}], pfMac: PF_MAC, pfPromiscuous: true, driverVersion: '9.0' }),
    learningSwitch('br1', { kind: 'bridge', ports: { up: {}, p1: {} } }),
    host('web', { on: 'kvm1', ip: '10.0.1.80/24' }),
    firewall('fw1', { on: 'kvm1', interfaces: { eth1: { ip: '10.0.1.1/24' } } }),
    firewall('fw2', { on: 'kvm1', interfaces: { eth1: { ip: '10.0.1.2/24' }, eth2: { ip: '10.0.2.2/24' } } }),
    host('peer', { ip: '10.0.1.9/24' }),
    link('peer:eth0', 'nic:wire'),
    link('br1:up', 'nic:pf'),
    link('web:eth0', 'br1:p1'),
    link('fw1:eth1', 'nic:pf', { reserved: true }),
    link('fw2:eth1', 'nic:pf', { reserved: true }),
    link('fw2:eth2', 'nic:vf0', { reserved: true }),
    ...more,
  );
}

function reasons(run: Run): readonly string[] {
  return run.said('CommandRefused').at(-1)?.data.reasons ?? [];
}

describe('a device', () => {
  test('PCI-01: is nobody else’s once a guest has it: FW-A gets the PF, FW-B is refused', () => {
    const run = fixture().command('assign nic:pf fw1:eth1');
    expect(run.said('DeviceAssigned')[0]?.data).toEqual({ node: 'fw1', interface: 'eth1', device: 'nic:pf' });
    run.command('assign nic:pf fw2:eth1');
    expect(reasons(run)).toEqual(['in-use: nic:pf is assigned to fw1:eth1']);
    expect(run.said('DeviceAssigned')).toHaveLength(1);
    expect(run.state.devices).toEqual({ 'nic:pf': 'fw1:eth1', 'nic:vf0': '' });
  });

  test('PCI-01: a PF whose VF is in use, and a VF whose PF is, are refused', () => {
    const withVf = fixture().command('assign nic:vf0 fw2:eth2').command('assign nic:pf fw1:eth1');
    expect(reasons(withVf)).toEqual(['in-use: nic:vf0 is assigned to fw2:eth2']);
    const withPf = fixture().command('assign nic:pf fw1:eth1').command('assign nic:vf0 fw2:eth2');
    expect(reasons(withPf)).toEqual(['in-use: nic:pf is assigned to fw1:eth1']);
  });

  test('PCI-01: leaves the host, whose bridge loses its uplink, until it is given back', () => {
    const traffic = flow('web', { from: 'peer:eth0', to: '10.0.1.80', intervalPs: 1e10, startNs: 0, stopNs: 3e9 });
    const run = fixture(traffic).until(seconds(1));
    const before = run.frames('web:eth0', 'received').length;
    expect(before).toBeGreaterThan(90);
    run.command('assign nic:pf fw1:eth1');
    const [assigned] = run.said('DeviceAssigned');
    expect(run.said('InterfaceLinkChanged', { node: 'br1', interface: 'up', up: false })[0]?.cause).toBe(assigned?.position);
    run.pass(ms(1)).forgetSeen().until(seconds(2));
    expect(run.frames('web:eth0', 'received')).toEqual([]);
    run.command('release nic:pf');
    expect(run.said('DeviceReleased')).toHaveLength(1);
    expect(run.said('InterfaceLinkChanged', { node: 'br1', interface: 'up', up: true })).toHaveLength(1);
    run.forgetSeen().until(seconds(3));
    expect(run.frames('web:eth0', 'received').length).toBeGreaterThan(90);
  });

  test('PCI-01: given back, it can go to another guest', () => {
    const run = fixture().command('assign nic:pf fw1:eth1').command('release nic:pf').command('assign nic:pf fw2:eth1');
    expect(run.state.devices['nic:pf']).toBe('fw2:eth1');
    expect(run.state.interfaces['fw1:eth1']?.isUp).toBe(false);
    expect(run.state.interfaces['fw2:eth1']?.isUp).toBe(true);
    expect(run.state.drivers['fw1:eth1']).toMatchObject({ driver: '', verdict: '' });
  });

  test('PCI-01: the setting of the host goes and comes with its PF', () => {
    const run = fixture().command('assign nic:pf fw1:eth1');
    expect(run.state.interfaces['nic:pf']?.requestsPromiscuous).toBe(false);
    run.command('release nic:pf');
    expect(run.state.interfaces['nic:pf']?.requestsPromiscuous).toBe(true);
  });

  test('PCI-01: has no carrier in the guest while its wire has none', () => {
    const run = fixture().command('link down peer:eth0').command('assign nic:pf fw1:eth1');
    expect(run.state.interfaces['fw1:eth1']?.isUp).toBe(false);
    expect(run.command('link up peer:eth0').state.interfaces['fw1:eth1']?.isUp).toBe(true);
  });

  test('PCI-02: gives its guest the permanent MAC, and frames to it', () => {
    const run = fixture().command('assign nic:pf fw1:eth1');
    expect(run.state.interfaces['fw1:eth1']).toMatchObject({ initialMac: PF_MAC, usedMac: PF_MAC });
    expect(run.said('DriverBound').at(-1)?.data).toMatchObject({ node: 'fw1', driver: 'ixgbe' });
  });

  test.each([
    ['PCI-02', 'a PF', 'nic:pf', 'fw1:eth1', PF_MAC],
    ['PCI-01', 'a VF with an administrative MAC', 'nic:vf0', 'fw2:eth2', '02:00:5e:10:00:99'],
  ])('%s, MAC-09, MAC-10: a running firewall that is given %s logs and announces its new MAC', (_, __, device, guest, mac) => {
    const run = fixture();
    if (device === 'nic:vf0') run.command(`ip link set nic:pf vf 0 mac ${mac}`);
    const before = run.events.length;
    run.command(`assign ${device} ${guest}`);
    const [node, name] = guest.split(':');
    const told = run.events
      .slice(before)
      .filter(({ type, data }) => 'node' in data && data.node === node && /Mac|Log|Garp/.test(type));
    expect(told.map(({ type, data }) => ('which' in data ? data.which : type))).toEqual([
      'initial',
      'effective',
      'used',
      'SystemLog',
      'GarpSent',
    ]);
    expect(told.at(-1)?.data).toMatchObject({ interface: name, mac });
  });

  test('PCI-01, DRV-02: a VF given to a running firewall is driven and checked at once', () => {
    const run = fixture().command('assign nic:vf0 fw2:eth2');
    expect(run.said('DriverCompatChecked')[0]?.data).toMatchObject({ device: 'nic:vf0', verdict: 'unverifiable' });
    expect(run.state.functions['nic:vf0']).toMatchObject({ status: 'ready' });
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe(run.state.interfaces['fw2:eth2']?.usedMac);
  });

  test('PCI-01: given to a firewall without power, it is driven when that starts', () => {
    const run = fixture().command('crash fw2').command('assign nic:vf0 fw2:eth2');
    expect(run.said('DriverBound', { interface: 'eth2' })).toEqual([]);
    expect(run.command('power-on fw2').said('DriverBound', { interface: 'eth2' })).toHaveLength(1);
  });

  test.each([
    ['assign nic:wire fw1:eth1', 'nic:wire is no PF or VF of this lab'],
    ['assign nic:pf web:eth0', 'the file neither links nor reserves nic:pf for web:eth0'],
    ['release nic:pf', "nic:pf is the host's"],
    ['plug fw1:eth1', 'fw1:eth1 is not linked to anything: only assign can give it a device'],
    ['unplug fw1:eth1', 'fw1:eth1 has no NIC'],
  ])('PCI-01: %s is refused', (command, reason) => {
    expect(reasons(fixture().command(command))).toEqual([reason]);
  });

  test('PCI-01: a device is not unplugged as a virtual NIC is', () => {
    expect(reasons(fixture().command('assign nic:vf0 fw2:eth2').command('unplug fw2:eth2'))).toEqual([
      'fw2:eth2 is nic:vf0: a device is taken back with release nic:vf0',
    ]);
  });
});

test('PCI-01: a snapshot knows who has the device, and where its cable leads', () => {
  const traffic = flow('web', { from: 'peer:eth0', to: '10.0.1.80', intervalPs: 1e10 });
  const definition = canonicalJson(drawn(traffic));
  const advance = (engine: Engine, toNs: number) => {
    engine.receive({ type: 'TimeAdvanced', data: { toNs } });
    engine.step();
  };
  const engine = new Engine(WASM, { identity: 'device' });
  engine.receive({ type: 'LabDefined', data: { definition, pacePermille: 0 } });
  advance(engine, 1e9);
  engine.receive({ type: 'CommandReceived', data: { command: 'assign nic:pf fw1:eth1' } });
  advance(engine, 2e9);
  const other = new Engine(WASM, { identity: 'device' });
  other.restore(engine.snapshot());
  for (const one of [engine, other]) {
    one.receive({ type: 'CommandReceived', data: { command: 'release nic:pf' } });
    advance(one, 3e9);
  }
  expect(toHex(other.chain)).toBe(toHex(engine.chain));
  expect(other.checkpoint()).toEqual(engine.checkpoint());
});

describe('a migration', () => {
  test('PCI-03: a guest with a device of its host is refused, direct-device', () => {
    const run = fixture().command('assign nic:vf0 fw2:eth2').command('migrate fw2 to kvm2');
    expect(reasons(run)).toEqual(['direct-device: fw2:eth2 is nic:vf0']);
    expect(reasons(run.command('assign nic:pf fw1:eth1').command('release nic:vf0').command('migrate fw2 to kvm2'))).toEqual([
      'live-migration-off: kvm1 has no live-migration',
      'live-migration-off: kvm2 has no live-migration',
    ]);
  });

  test.each([
    ['migrate peer to kvm2', 'peer is no virtual machine of this lab'],
    ['migrate fw1 to br1', 'br1 is not a hypervisor of this lab'],
    ['migrate fw1 to kvm1', 'fw1 runs on kvm1'],
  ])('PCI-03: %s is refused', (command, reason) => {
    expect(reasons(fixture().command(command))).toEqual([reason]);
  });

  test('PCI-03: a guest on a vSwitch has no such reason', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        hypervisor('esx2'),
        vswitch('vsw', { ports: { p1: {} } }),
        host('vm', { on: 'esx1' }),
        link('vm:eth0', 'vsw:p1'),
      ),
    ).command('migrate vm to esx2');
    expect(reasons(run)[0]).toMatch(/^live-migration-off/);
  });
});
