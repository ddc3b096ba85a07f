/**
 * Rules IOM-01 to IOM-05: DPDK or MMAP, one for the whole device.
 *
 *   left ─── eth1  fw1  eth2 ─── right
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type HaMode, type PacketIoMode, selectPacketIo } from '../../ts/model/hardware/packet-io.ts';
import type { Platform } from '../../ts/model/hardware/platforms.ts';
import type { VirtualNic } from '../../ts/model/hardware/vnic.ts';
import { firewall, host, hypervisor, lab, learningSwitch, link, ms, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/platform.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

/** A row of the vectors; what a row does not say is the same in all of them. */
interface Row {
  readonly id: string;
  readonly platform?: string;
  readonly setting?: string;
  readonly ha?: string;
  readonly nics?: readonly string[];
  readonly mode?: string;
  readonly reason?: string | null;
  readonly nic?: number;
}

const ROWS: readonly Row[] = vectors.packet_io_mode;
const SETTINGS: Readonly<Record<string, PacketIoMode>> = { on: 'dpdk', off: 'mmap' };
const HA_MODES: Readonly<Record<string, HaMode>> = { 'interface-move': 'interface-move', 'secondary-ip-move': 'secondary-ip' };

/** "mlx5+accelerated", "ha:synthetic": HA interfaces count as others do. */
function driverOf(word: string): string {
  return word.replace('+accelerated', '').replace('ha:', '');
}

function rowNamed(id: string): Row {
  const row = ROWS.find((one) => one.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}

describe('the choice of the mode', () => {
  const rows = ROWS.filter(({ nics }) => nics !== undefined);

  test('there are eight rows of devices at rest, and two of devices that run', () => {
    expect([rows.length, ROWS.length]).toEqual([8, 10]);
  });

  test.each(rows)(
    'IOM-01, IOM-02, IOM-03: $id gives $mode',
    ({ platform = 'esxi', setting = 'on', ha, nics = [], mode, reason, nic }) => {
      const seen = nics.map((word, i) => ({ interface: `eth${i}`, driver: driverOf(word) }));
      const choice = selectPacketIo(SETTINGS[setting] ?? 'dpdk', platform as Platform, HA_MODES[ha ?? ''] ?? null, seen);
      expect(choice).toEqual({ mode, reason: reason ?? '', interface: nic === undefined ? '' : `eth${nic}` });
    },
  );

  test('IOM-02: the first interface without a poll driver is named, whatever comes behind', () => {
    const seen = ['virtio', 'e1000', 'rtl8139'].map((driver, i) => ({ interface: `eth${i}`, driver }));
    expect(selectPacketIo('dpdk', 'kvm', null, seen)).toEqual({
      mode: 'mmap',
      reason: 'nic-without-poll-driver',
      interface: 'eth1',
    });
  });

  test('IOM-03: interface-move means nothing outside AWS', () => {
    expect(selectPacketIo('dpdk', 'kvm', 'interface-move', []).mode).toBe('dpdk');
  });
});

// ── In a running lab ────────────────────────────────────────────────────────────────────────────────────────────────

interface Fixture {
  readonly platform?: Platform;
  readonly packetIo?: PacketIoMode;
  readonly haMode?: HaMode;
  readonly vnic?: Partial<VirtualNic>;
}

function fixture({ platform = 'esxi', vnic, ...options }: Fixture = {}): Run {
  const eth2 = { ip: '10.0.2.1/24', ...(vnic && { vnic }) };
  return given(
    lab(
      hypervisor('hv', platform),
      firewall('fw1', {
        on: 'hv',
        interfaces: { eth1: { ip: '10.0.1.1/24' }, eth2, mgmt: { vnic: { model: 'e1000' } } },
        ...options,
      }),
      host('left', { on: 'hv', ip: '10.0.1.2/24' }),
      host('right', { on: 'hv', ip: '10.0.2.2/24' }),
      host('admin', {}),
      link('left:eth0', 'fw1:eth1'),
      link('fw1:eth2', 'right:eth0'),
      link('fw1:mgmt', 'admin:eth0'),
    ),
  );
}

/** Modes as they were selected, each with why. */
function selected(run: Run): string[] {
  return run
    .said('PacketIoModeSelected')
    .map(({ data: { mode, reason, interface: name } }) => [mode, reason, name].filter((word) => word !== '').join(' '));
}

function restart(run: Run): Run {
  return run.command('crash fw1').pass(ms(10)).command('power-on fw1');
}

describe('a firewall that starts', () => {
  test('IOM-01: runs DPDK unless the setting is off', () => {
    expect(selected(fixture())).toEqual(['dpdk']);
    expect(selected(fixture({ packetIo: 'mmap' }))).toEqual(['mmap setting-off']);
    expect(fixture({ packetIo: 'mmap' }).state.packetIo['fw1']).toMatchObject({ setting: 'mmap', running: 'mmap' });
  });

  test('IOM-01: selects before anything is driven, and says so of firewalls alone', () => {
    const run = fixture();
    const [mode] = run.said('PacketIoModeSelected');
    expect(run.said('PacketIoModeSelected')).toHaveLength(1);
    expect(run.said('DriverBound').every(({ position }) => position > (mode?.position ?? 0))).toBe(true);
  });

  test('IOM-02: one emulated NIC takes the whole device to MMAP; management does not count', () => {
    const run = fixture({ vnic: { model: 'e1000' } });
    expect(selected(run)).toEqual(['mmap nic-without-poll-driver eth2']);
    expect(run.said('DriverBound').map(({ data }) => `${data.interface} ${data.driver} ${data.mode}`)).toEqual([
      'eth1 vmxnet3 mmap',
      'eth2 e1000 mmap',
    ]);
  });

  test('IOM-02: Azure needs accelerated networking on every interface', () => {
    expect(selected(fixture({ platform: 'azure' }))).toEqual(['dpdk']);
    expect(selected(fixture({ platform: 'azure', vnic: { accelerated: false } }))).toEqual([
      'mmap accelerated-networking-off eth2',
    ]);
  });

  test('IOM-03: a pair that moves interfaces in AWS has no DPDK', () => {
    expect(selected(fixture({ platform: 'aws', haMode: 'interface-move' }))).toEqual(['mmap ha-interface-move']);
    expect(selected(fixture({ platform: 'aws', haMode: 'secondary-ip' }))).toEqual(['dpdk']);
  });
});

describe('a firewall that runs', () => {
  test('IOM-04: keeps its mode until it is started anew', () => {
    const row = rowNamed('change-needs-restart') as Row & { before_restart: string; after_restart: string };
    const run = fixture().until(seconds(1)).command('packet-io fw1 mmap').pass(seconds(1));
    expect(run.state.packetIo['fw1']).toMatchObject({ setting: 'mmap', running: row.before_restart });
    restart(run);
    expect(run.state.packetIo['fw1']).toMatchObject({ setting: 'mmap', running: row.after_restart, reason: 'setting-off' });
    restart(run.command('packet-io fw1 dpdk'));
    expect(selected(run)).toEqual(['dpdk', 'mmap setting-off', 'dpdk']);
  });

  test('IOM-04: a setting that is what it was says nothing', () => {
    expect(fixture().command('packet-io fw1 dpdk').said('PacketIoSettingChanged')).toEqual([]);
  });

  test('IOM-02: is demoted by a NIC that comes back without a poll driver, and its other interfaces with it', () => {
    const row = rowNamed('hotplug-downgrade');
    const run = fixture().until(seconds(1)).command('unplug fw1:eth2').command('plug fw1:eth2 nic e1000');
    expect(run.state.packetIo['fw1']).toMatchObject({ setting: 'dpdk', running: row.mode, reason: row.reason, interface: 'eth2' });
    const [, demoted] = run.said('PacketIoModeSelected');
    const bound = run.said('DriverBound').filter(({ cause }) => cause === demoted?.position);
    expect(bound.map(({ data }) => `${data.interface} ${data.driver} ${data.mode}`)).toEqual([
      'eth1 vmxnet3 mmap',
      'eth2 e1000 mmap',
    ]);
  });

  test('IOM-02: Azure accelerates what is added later only when told to, and nothing promotes a running device', () => {
    const run = fixture({ platform: 'azure' }).until(seconds(1)).command('unplug fw1:eth2').command('plug fw1:eth2');
    expect(selected(run)).toEqual(['dpdk', 'mmap accelerated-networking-off eth2']);
    run.command('unplug fw1:eth2').command('plug fw1:eth2 accelerated on');
    expect(run.state.packetIo['fw1']?.running).toBe('mmap');
    expect(selected(restart(run)).at(-1)).toBe('dpdk');
  });

  test('IOM-02: elsewhere a NIC added later is like the one before', () => {
    const run = fixture().until(seconds(1)).command('unplug fw1:eth2').command('plug fw1:eth2');
    expect(selected(run)).toEqual(['dpdk']);
    expect(run.said('DriverBound').at(-1)?.data).toMatchObject({ interface: 'eth2', driver: 'vmxnet3', mode: 'dpdk' });
  });

  test('IOM-04: a setting that waits for the restart is not brought forward by a NIC', () => {
    const run = fixture().command('packet-io fw1 mmap').command('unplug fw1:eth2').command('plug fw1:eth2');
    expect(run.state.packetIo['fw1']?.running).toBe('dpdk');
  });

  test('IOM-02: an interface without a NIC has no carrier, no driver, and no say', () => {
    const run = fixture({ vnic: { model: 'e1000' } }).command('unplug fw1:eth2');
    expect(run.state.interfaces['fw1:eth2']?.isUp).toBe(false);
    expect(run.state.interfaces['right:eth0']?.isUp).toBe(false);
    expect(run.state.drivers['fw1:eth2']).toMatchObject({ isPlugged: false, driver: '', mode: '' });
    expect(selected(restart(run)).at(-1)).toBe('dpdk');
    expect(run.said('DriverBound').at(-1)?.data.interface).toBe('eth1');
  });

  test('IOM-02: what is plugged in while a firewall has no power is driven when it starts', () => {
    const run = fixture().command('unplug fw1:eth2').command('crash fw1').command('plug fw1:eth2 nic e1000');
    expect(selected(run)).toEqual(['dpdk']);
    expect(selected(run.command('power-on fw1')).at(-1)).toBe('mmap nic-without-poll-driver eth2');
  });
});

describe('commands that make no sense', () => {
  test.each([
    ['packet-io left mmap', 'left is not a firewall of this lab'],
    ['unplug left:eth0', 'left:eth0 is no interface of a firewall'],
    ['plug fw1:eth1', 'fw1:eth1 has its NIC'],
    ['plug fw1:eth9', 'fw1:eth9 is no interface of a firewall'],
  ])('IOM-02: %s is refused', (command, reason) => {
    expect(fixture().command(command).said('CommandRefused')[0]?.data.reasons).toEqual([reason]);
  });

  test('IOM-02: a NIC is taken out once, and its cable stays down', () => {
    const run = fixture()
      .command('unplug fw1:eth2')
      .command('unplug fw1:eth2')
      .command('link up fw1:eth2')
      .command('link up right:eth0');
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['fw1:eth2 is unplugged already'],
      ['fw1:eth2 is unplugged'],
      ['fw1:eth2 is unplugged'],
    ]);
  });
});

test('IOM-05: the mode of a firewall asks nothing of its host', () => {
  for (const dpdk of [undefined, '21.11']) {
    const bridge = learningSwitch('br', { kind: 'bridge', ports: { p1: {} }, ...(dpdk && { dpdk }) });
    const run = given(
      lab(hypervisor('hv', 'kvm'), bridge, firewall('fw1', { on: 'hv', interfaces: { eth1: {} } }), link('fw1:eth1', 'br:p1')),
    );
    expect(selected(run)).toEqual(['dpdk']);
  }
});
