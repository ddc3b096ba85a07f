/**
 * Rules DRV-01 to DRV-06: which driver an interface of a firewall has, and whether the host's PF driver goes with it.
 *
 *   fw1:eth1 ─── vf0  nic  wire ─── peer
 */
import { afterEach, describe, expect, test } from 'vitest';
import {
  boundVersion,
  DPDK_TESTED_WITH,
  isSupportedPair,
  NATIVE_PROFILES,
  type NativeDrivers,
  nativePfVersion,
  OVS_BUILT_WITH,
  referencesOf,
} from '../../ts/model/hardware/driver-matrix.ts';
import { driverVerdict } from '../../ts/model/hardware/driver-version.ts';
import type { NicModel } from '../../ts/model/hardware/nic.ts';
import type { Platform } from '../../ts/model/hardware/platforms.ts';
import type { GuestAttachment } from '../../ts/model/lab/attachments.ts';
import { guestDriver } from '../../ts/model/lab/guest-driver.ts';
import type { Nic } from '../../ts/model/lab/nodes.ts';
import { firewall, flow, host, hypervisor, lab, link, nic, seconds } from '../support/lab.ts';
import { validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/driver-matrix.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const MODELS: Readonly<Record<string, NicModel>> = { i40e: 'x710', ixgbe: 'x550' };
const PLATFORMS: Readonly<Record<string, Platform>> = { virtio: 'kvm', vmxnet3: 'esxi' };

function attached(kind: string, driver: string): GuestAttachment {
  if (kind === 'vswitch') return { kind, platform: PLATFORMS[driver] ?? 'kvm' };
  const device = { kind: 'nic', name: 'nic', on: 'kvm1', model: MODELS[driver] } as Nic;
  return { kind: kind === 'sriov' ? 'sriov' : 'passthrough', nic: device, device: 'nic:vf0' };
}

describe('the driver of an interface', () => {
  test.each(vectors.attachment_to_guest_driver)('DRV-01: $attachment on $nic is driven by $guest_driver', (row) => {
    expect(guestDriver(attached(row.attachment, row.nic))).toBe(row.guest_driver);
  });

  test('DRV-01: a platform gives its own NIC, unless the hypervisor was told to emulate another', () => {
    const own = (platform: Platform) => guestDriver({ kind: 'vswitch', platform });
    expect(['esxi', 'nsx', 'kvm', 'hyperv', 'aws', 'azure', 'gcp', 'oci'].map((platform) => own(platform as Platform))).toEqual([
      'vmxnet3',
      'vmxnet3',
      'virtio',
      'netvsc',
      'ena',
      'mlx5',
      'virtio',
      'virtio',
    ]);
    expect(guestDriver({ kind: 'vswitch', platform: 'esxi' }, { model: 'e1000', accelerated: true })).toBe('e1000');
    expect(guestDriver({ kind: 'vswitch', platform: 'azure' }, { model: null, accelerated: false })).toBe('synthetic');
  });

  test('DRV-01: each driver exists in a version for DPDK and one for MMAP', () => {
    const { placeholder } = NATIVE_PROFILES;
    expect(boundVersion(placeholder, 'i40evf', 'mmap')).toBe('3.6.15');
    expect(boundVersion(placeholder, 'i40evf', 'dpdk')).toBe('DPDK 20.11');
    expect(boundVersion(placeholder, 'virtio', 'mmap')).toBe('');
  });
});

describe('versions', () => {
  test.each(vectors.compare.vectors)('DRV-02, DRV-03: host $host_pf against native $guest_native_pf is $verdict', (row) => {
    expect(driverVerdict(row.host_pf, row.guest_native_pf)).toBe(row.verdict);
  });

  test('DRV-03: what is no dotted number on either side cannot be verified', () => {
    expect(driverVerdict('2.20.12', '')).toBe('unverifiable');
    expect(driverVerdict('1.4.a.0-k', '1.0')).toBe('unverifiable');
    expect(driverVerdict('2..3', '1.0')).toBe('unverifiable');
    expect(driverVerdict('4.7-1.0.1', '4.6-1.0.1')).toBe('compatible');
    expect(driverVerdict('2.13.0.0', '2.13')).toBe('not-later');
  });

  test('DRV-05: one host can be right for MMAP and wrong for DPDK', () => {
    const { placeholder } = NATIVE_PROFILES;
    const against = (mode: 'dpdk' | 'mmap') => driverVerdict('2.14.0', nativePfVersion(placeholder, 'i40e', mode));
    expect(against('mmap')).toBe('compatible');
    expect(against('dpdk')).toBe('not-later');
  });
});

describe('the tables', () => {
  const { grounded, lab_profiles } = vectors;

  test('DRV-06: the placeholder profile is that of the vectors', () => {
    const { placeholder } = NATIVE_PROFILES;
    const row = (nicName: string, mode: string) => lab_profiles.native.find((one) => one.nic === nicName && one.mode === mode);
    expect(placeholder.mmap.i40e).toBe(row('i40e', 'mmap')?.pf);
    expect(`i40evf ${placeholder.mmap.i40evf}`).toBe(row('i40e', 'mmap')?.vf);
    expect(placeholder.mmap.ixgbe).toBe(row('ixgbe', 'mmap')?.pf);
    expect(`ixgbevf ${placeholder.mmap.ixgbevf}`).toBe(row('ixgbe', 'mmap')?.vf);
    expect(placeholder.mmap.mlx5).toBe(row('mlx5', 'mmap')?.pf);
    expect(placeholder.dpdkRelease).toBe(row('i40e', 'dpdk')?.dpdk);
    expect(placeholder.dpdk.i40e).toBe(row('i40e', 'dpdk')?.pf_reference);
    expect(nativePfVersion(placeholder, 'ixgbe', 'dpdk')).toBe('');
  });

  test('DRV-06: what DPDK releases were tested with is what their guides say', () => {
    expect(DPDK_TESTED_WITH.i40e).toEqual(grounded.i40e_dpdk_to_kernel_driver.table);
    expect(DPDK_TESTED_WITH.ixgbe).toEqual(grounded.ixgbe_dpdk_to_kernel_driver);
    expect(DPDK_TESTED_WITH.ice).toEqual(grounded.ice_dpdk_to_kernel_driver);
    expect(OVS_BUILT_WITH).toEqual(grounded.ovs_to_dpdk);
    expect(referencesOf('25.11')).toEqual({ i40e: '2.28.13', ixgbe: '6.2.5', ice: '2.3.14' });
    expect(referencesOf('1.0')).toEqual({});
  });

  test("DRV-06: another vendor's table is there as a profile, without a word on DPDK", () => {
    const { r7_0_13, r7_4_5 } = grounded.analogous_vendor_matrix;
    expect(NATIVE_PROFILES['other-vendor-7.0.13'].mmap).toMatchObject({
      i40e: r7_0_13.i40e,
      ixgbe: r7_0_13.ixgbe,
      i40evf: r7_0_13.i40evf,
      iavf: r7_0_13.iavf,
    });
    expect(NATIVE_PROFILES['other-vendor-7.4.5'].mmap).toMatchObject({
      i40e: r7_4_5.i40e,
      ixgbe: r7_4_5.ixgbe,
      i40evf: r7_4_5.iavf,
      iavf: r7_4_5.iavf,
      ice: r7_4_5.ice,
    });
    expect(boundVersion(NATIVE_PROFILES['other-vendor-7.4.5'], 'i40e', 'dpdk')).toBe('');
  });

  test('HST-08: OVS 2.17 goes with DPDK 21.11, not with 20.11', () => {
    expect(isSupportedPair('2.17', '21.11')).toBe(true);
    expect(isSupportedPair('2.17.8', '21.11.9')).toBe(true);
    expect(isSupportedPair('2.17', '20.11')).toBe(false);
    expect(isSupportedPair('2.1', '21.11')).toBe(false);
    expect(isSupportedPair('constructor', '21.11')).toBe(false);
  });
});

describe('what the VF driver of 10G needs of the host', () => {
  /** What validate says of a firewall with a version of ixgbevf on a host with one of ixgbe. */
  const found = (ixgbevf: string, ixgbe: string, mode = 'mmap', model = 'x540') =>
    validated(`name: least
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: ${model}, vfs: 1, driver-version: "${ixgbe}" }
    fw1:
      kind: firewall
      on: h
      packet-io: ${mode}
      native-drivers: { mmap: { i40e: "1.0", ixgbe: "1.0", ixgbevf: "${ixgbevf}" } }
      interfaces: { eth1: { ipv4: 10.0.1.1/24 } }
    peer: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["peer:eth0", "nic:wire"] }, { endpoints: ["fw1:eth1", "nic:vf0"] } ]
`).filter((line) => line.endsWith('[DRV-06]'));
  const tooOld = (ixgbevf: string, ixgbe: string, least: string) => [
    expect.stringContaining(
      `ixgbe ${ixgbe} on the host is too old for ixgbevf ${ixgbevf} of fw1:eth1 (nic:vf0), which needs ${least} or later [DRV-06]`,
    ),
  ];

  test.each(vectors.grounded.ixgbevf_needs_pf)(
    'DRV-06: validate warns when ixgbevf $ixgbevf meets an older ixgbe than $min_ixgbe',
    (row) => {
      const { ixgbevf, min_ixgbe: least } = row;
      const [major, minor, fix] = least.split('.').map(Number);
      const older = `${major}.${minor}.${(fix ?? 0) - 1}`;
      expect(found(ixgbevf, older)).toEqual(tooOld(ixgbevf, older, least));
      expect(found(ixgbevf, least)).toEqual([]);
    },
  );

  test('DRV-06: a later release needs what the last stated one needs; an earlier one, DPDK, 40G and an in-kernel driver need nothing', () => {
    expect(found('2.10.9', '3.14.4')).toEqual(tooOld('2.10.9', '3.14.4', '3.14.5'));
    expect(found('4.3.5', '3.18.6')).toEqual(tooOld('4.3.5', '3.18.6', '3.18.7'));
    expect(found('2.10.2', '1.5')).toEqual([]);
    expect(found('2.11.3', '1.5', 'dpdk')).toEqual([]);
    expect(found('2.11.3', '1.5', 'mmap', 'x710')).toEqual([]);
    expect(found('2.11.3', 'in-kernel')).toEqual([]);
  });
});

describe('a NIC of 100G', () => {
  /** What validate says of a firewall with a DPDK release on a host with a version of ice. */
  const found = (dpdkRelease: string, ice: string) =>
    validated(`name: hundred
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: e810, vfs: 1, driver-version: "${ice}" }
    fw1: { kind: firewall, on: h, native-drivers: { dpdk-release: "${dpdkRelease}" }, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
    peer: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["peer:eth0", "nic:wire"] }, { endpoints: ["fw1:eth1", "nic:vf0"] } ]
`);

  test.each(Object.entries(vectors.grounded.ice_dpdk_to_kernel_driver))(
    'DRV-02, DRV-06: DPDK %s was tested with ice %s, and validate warns of a host that is not later',
    (release, version) => {
      expect(found(release, version)).toEqual([
        expect.stringContaining(
          `ice ${version} on the host is not later than ${version}, which fw1:eth1 (nic:vf0) includes for DPDK`,
        ),
      ]);
      expect(found(release, `${version}.1`)).toEqual([]);
    },
  );

  test('DRV-01, DRV-02: its VF is driven by iavf, its PF by ice, and no release before 22.11 was tested with it', () => {
    const run = fixture({ model: 'e810', driverVersion: '1.10.1' });
    expect(run.said('DriverBound')[0]?.data).toMatchObject({ driver: 'iavf', version: 'DPDK 20.11' });
    expect(run.said('DriverCompatChecked')[0]?.data).toMatchObject({ hostVersion: '1.10.1', verdict: 'unverifiable' });
    expect(fixture({ model: 'e810', to: 'pf' }).said('DriverBound')[0]?.data).toMatchObject({ driver: 'ice' });
    expect(Number(run.until(seconds(3)).flow('ping').received)).toBeGreaterThan(90);
  });

  test('DRV-06: in MMAP mode the other vendor brings ice and iavf of its own', () => {
    const nativeDrivers = NATIVE_PROFILES['other-vendor-7.4.5'];
    const run = fixture({ model: 'e810', driverVersion: '1.9.11', packetIo: 'mmap', nativeDrivers });
    const { iavf, ice } = vectors.grounded.analogous_vendor_matrix.r7_4_5;
    expect(run.said('DriverBound')[0]?.data.version).toBe(iavf);
    expect(run.said('DriverCompatChecked')[0]?.data).toMatchObject({ nativeVersion: ice, verdict: 'not-later' });
  });
});

// ── In a running lab ────────────────────────────────────────────────────────────────────────────────────────────────

interface Fixture {
  readonly packetIo?: 'dpdk' | 'mmap';
  readonly driverVersion?: string;
  readonly nativeDrivers?: NativeDrivers;
  readonly to?: 'vf0' | 'pf';
  readonly model?: NicModel;
}

function fixture({ to = 'vf0', model = 'x710', driverVersion, ...options }: Fixture = {}): Run {
  const version = driverVersion === undefined ? {} : { driverVersion };
  return given(
    lab(
      hypervisor('kvm1', 'kvm'),
      nic('nic', { on: 'kvm1', model, vfs: [{}], ...version }),
      firewall('fw1', { on: 'kvm1', interfaces: { eth1: { ip: '10.0.1.1/24' } }, ...options }),
      host('peer', { ip: '10.0.1.2/24' }),
      link('peer:eth0', 'nic:wire'),
      link('fw1:eth1', `nic:${to}`),
      flow('ping', { from: 'peer:eth0', to: '10.0.1.1', intervalPs: 1e10, startNs: 1e9, stopNs: 2e9 }),
    ),
  );
}

describe('a firewall that starts', () => {
  test('DRV-01, DRV-02: says its driver, then what the host says to it', () => {
    const run = fixture({ driverVersion: '2.20.12' });
    const [bound] = run.said('DriverBound');
    expect(bound?.data).toEqual({ node: 'fw1', interface: 'eth1', driver: 'i40evf', version: 'DPDK 20.11', mode: 'dpdk' });
    const [checked] = run.said('DriverCompatChecked');
    expect(checked?.cause).toBe(bound?.position);
    expect(checked?.data).toMatchObject({
      device: 'nic:vf0',
      hostVersion: '2.20.12',
      nativeVersion: '2.14.13',
      verdict: 'compatible',
    });
    expect(run.state.drivers['fw1:eth1']).toMatchObject({ driver: 'i40evf', mode: 'dpdk', verdict: 'compatible' });
    expect(run.said('SystemLog', { eventId: 'driver-not-later' })).toEqual([]);
  });

  test('DRV-02: a host with the same version is not later', () => {
    expect(fixture({ driverVersion: '2.14.13' }).said('DriverCompatChecked')[0]?.data.verdict).toBe('not-later');
  });

  test('DRV-02, DRV-03: a host with the driver of its kernel cannot be verified, and nobody is warned', () => {
    const run = fixture();
    expect(run.said('DriverCompatChecked')[0]?.data).toMatchObject({ hostVersion: 'in-kernel', verdict: 'unverifiable' });
    expect(run.said('SystemLog', { eventId: 'driver-not-later' })).toEqual([]);
  });

  test('DRV-02: a PF of its own has no second driver to go with', () => {
    const run = fixture({ to: 'pf', driverVersion: '1.0' });
    expect(run.said('DriverBound')[0]?.data).toMatchObject({ driver: 'i40e', version: 'DPDK 20.11' });
    expect(run.said('DriverCompatChecked')).toEqual([]);
  });

  test('DRV-04: a bad pair is a warning, once per attach, and frames pass', () => {
    const run = fixture({ driverVersion: '2.9.21' });
    run.until(seconds(3));
    const lines = run.said('SystemLog', { eventId: 'driver-not-later' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.data).toMatchObject({ node: 'fw1', severity: 'warning' });
    expect(run.said('FrameDropped')).toEqual([]);
    run.command('crash fw1').command('power-on fw1');
    expect(run.said('SystemLog', { eventId: 'driver-not-later' })).toHaveLength(2);
  });

  test('VF-03: on a VF of 40G hears broadcasts from its first start', () => {
    const run = fixture().until(seconds(3));
    expect(run.neighbour('peer', '10.0.1.1')).toBe(run.state.interfaces['fw1:eth1']?.usedMac);
  });

  test('DRV-05: another mode after a restart, another verdict', () => {
    const run = fixture({ driverVersion: '2.14.0' }).command('packet-io fw1 mmap').command('crash fw1').command('power-on fw1');
    expect(run.said('DriverCompatChecked').map(({ data }) => `${data.mode} ${data.nativeVersion} ${data.verdict}`)).toEqual([
      'dpdk 2.14.13 not-later',
      'mmap 2.13.10 compatible',
    ]);
    expect(run.said('DriverBound').at(-1)?.data).toMatchObject({ version: '3.6.15', mode: 'mmap' });
  });

  test('DRV-06: versions that the lab states are used instead of the placeholders', () => {
    const nativeDrivers: NativeDrivers = { dpdkRelease: '', mmap: { i40e: '3.0' }, dpdk: {} };
    const run = fixture({ packetIo: 'mmap', driverVersion: '2.20.12', nativeDrivers });
    expect(run.said('DriverCompatChecked')[0]?.data).toMatchObject({ nativeVersion: '3.0', verdict: 'not-later' });
  });
});

// ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('a bad pair', () => {
  const bad = (model: NicModel = 'x710') => {
    const nativeDrivers: NativeDrivers = { dpdkRelease: '', mmap: {}, dpdk: { i40e: '3.0', ixgbe: '6.0' } };
    return fixture({ model, driverVersion: '2.9.21', nativeDrivers }).until(seconds(1.2));
  };
  const arrived = (run: Run) => Number(run.flow('ping').received);
  const trouble = (run: Run, which: string) => run.command(`driver-trouble fw1:eth1 ${which}`);

  test('DRV-04c: has no trouble by itself, and a reset when a script injects one: frames are lost until the driver has begun again', () => {
    const run = bad();
    expect(run.said('DriverTroubleInjected')).toEqual([]);
    expect(run.said('VfReset')).toEqual([]);
    const [injected] = trouble(run, 'reset').said('DriverTroubleInjected');
    expect(injected?.data).toEqual({ node: 'fw1', interface: 'eth1', device: 'nic:vf0', trouble: 'reset' });
    expect(run.said('VfReset')).toMatchObject([{ cause: injected?.position, data: { reason: 'driver-trouble', ready: false } }]);
    expect(run.said('SystemLog', { eventId: 'driver-trouble' })).toHaveLength(1);
    const before = arrived(run);
    expect(arrived(run.pass(9e6))).toBe(before);
    expect(arrived(run.until(seconds(1.5)))).toBeGreaterThan(before + 20);
    expect(run.dropsAt('nic')).toEqual(['wire nic-l2-filter']);
  });

  test('DRV-04c: on 10G the PF makes the VF reset itself, or its driver goes down to version 1.0', () => {
    const run = trouble(bad('x550'), 'reset');
    expect(run.said('VfResetRequired')).toMatchObject([{ data: { reason: 'driver-trouble' } }]);
    run.pass(2e7);
    expect(run.state.functions['nic:vf0']).toMatchObject({ status: 'ready', api: '1.4', queues: 4 });
    trouble(run, 'version-mismatch');
    expect(run.state.functions['nic:vf0']).toMatchObject({ status: 'ready', api: '1.0', queues: 1 });
    const before = arrived(run);
    expect(arrived(run.until(seconds(1.5)))).toBeGreaterThan(before + 20);
  });

  test('DRV-04c: on 40G a driver without a common version moves no frame until it is reloaded, and a malicious one is disabled', () => {
    const run = trouble(bad(), 'version-mismatch');
    const before = arrived(run);
    expect(arrived(run.until(seconds(1.4)))).toBe(before);
    run.command('vf nic:vf0 reload').until(seconds(1.6));
    expect(arrived(run)).toBeGreaterThan(before + 10);
    trouble(run, 'malicious-driver');
    expect(run.said('VfDisabled')).toMatchObject([{ data: { reason: 'malicious-driver' } }]);
  });

  test('DRV-04c: no other pair has trouble: a compatible one, one that cannot be verified, a whole NIC, a firewall that is off', () => {
    const refusal = (run: Run, which = 'reset') => trouble(run, which).said('CommandRefused').at(-1)?.data.reasons;
    expect(refusal(fixture({ driverVersion: '2.20.12' }))).toEqual([
      'the drivers of fw1:eth1 and nic:vf0 are compatible: they have no trouble',
    ]);
    expect(refusal(fixture())).toEqual(['the drivers of fw1:eth1 and nic:vf0 are unverifiable: they have no trouble']);
    expect(refusal(fixture({ to: 'pf', driverVersion: '1.0' }))).toEqual(['fw1:eth1 is no VF: it has no pair of drivers']);
    expect(refusal(bad('x550'), 'malicious-driver')).toEqual(['nic is a NIC of 10G: its PF disables no VFs']);
    expect(refusal(bad().command('crash fw1'))).toEqual(['fw1:eth1 has no driver: its firewall is off']);
  });

  test('DRV-04: a step that will be refused is foreseen', () => {
    const file = (version: string) => `name: trouble
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: x710, vfs: 1, driver-version: "${version}" }
    fw1: { kind: firewall, on: h, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
    peer: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["peer:eth0", "nic:wire"] }, { endpoints: ["fw1:eth1", "nic:vf0"] } ]
steps: [ { at: 1s, run: driver-trouble fw1:eth1 reset } ]
`;
    expect(validated(file('2.20.12'))).toEqual([
      expect.stringMatching(/"driver-trouble fw1:eth1 reset" will be refused: its pair of drivers is compatible \[DRV-04\]$/),
    ]);
    expect(validated(file('1.0'))).toEqual([expect.stringMatching(/\[DRV-02\]$/)]);
  });
});
