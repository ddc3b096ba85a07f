/** Rule VF-01: how many VFs a NIC has while a lab runs. */
import { afterEach, describe, expect, test } from 'vitest';
import type { VfConfig } from '../../ts/model/hardware/nic.ts';
import { plainFrame } from '../support/frames.ts';
import { firewall, host, hypervisor, lab, link, ms, nic, reservedLink } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const ADMIN = '02:00:5e:10:00:01';
const OWN = '02:00:5e:20:00:02';
const OUTSIDE = '00:00:5e:00:53:fe';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

interface Fixture {
  readonly model?: 'x550' | 'x710';
  readonly vfs?: readonly Partial<VfConfig>[];
  readonly enabledVfs?: number;
  readonly trafficClasses?: number;
}

/** Twelve interfaces for VFs, three of them enabled; one guest has vf2, and vf3 is reserved for another. */
function fixture({ vfs = Array(12).fill({}), enabledVfs = 3, ...options }: Fixture = {}): Run {
  const run = given(
    lab(
      hypervisor('esx1'),
      nic('nic', { vfs, enabledVfs, ...options }),
      host('g2', { on: 'esx1', mac: OWN }),
      host('g3', { on: 'esx1', mac: '02:00:5e:20:00:03' }),
      host('outside', { mac: OUTSIDE }),
      link('outside:eth0', 'nic:wire'),
      link('g2:eth0', 'nic:vf2'),
      reservedLink('nic:vf3', 'g3:eth0'),
    ),
    { watch: ['nic'] },
  );
  return run.pass(ms(20));
}

function outOf(run: Run, from: string, src: string, dst: string): string[] {
  run.forgetSeen().receives(`nic:${from}`, plainFrame(src, dst));
  return run.pass(ms(1)).sentBy('nic');
}

function refused(run: Run): readonly string[] | undefined {
  return run.said('CommandRefused').at(-1)?.data.reasons;
}

/** VFs that were removed and made, in the order it was said. */
function changes(run: Run): string[] {
  return run.said('VfConfigChanged').map(({ data }) => `${data.removed ? '-' : '+'}${data.interface}`);
}

function statuses(run: Run): (string | undefined)[] {
  return [0, 1, 2, 3, 4, 11].map((n) => run.state.functions[`nic:vf${n}`]?.status);
}

describe('a VF that is not enabled', () => {
  test('VF-01: is nothing: no request, no frame', () => {
    const run = fixture();
    expect(run.state.interfaces['g2:eth0']?.isUp).toBe(true);
    expect(run.said('VfMailboxReply', { interface: 'vf3' })).toEqual([]);
    expect(statuses(run)).toEqual(['reset', 'reset', 'ready', 'absent', 'absent', 'absent']);
    expect(outOf(run, 'wire', OUTSIDE, BROADCAST)).toEqual(['vf2']);
    expect(run.dropsAt('nic')).toEqual([]);
  });

  test('VF-01, PCI-01: cannot be set, asked anything or assigned', () => {
    const run = fixture().command('ip link set nic:pf vf 3 trust on');
    expect(refused(run)).toEqual(['nic:vf3 is not enabled; sriov_numvfs nic:pf N makes VFs']);
    expect(refused(run.command('assign nic:vf3 g3:eth0'))).toEqual(['nic:vf3 is not enabled; sriov_numvfs makes VFs']);
    expect(refused(run.command('vf nic:vf3 request 1'))).toEqual(['nic:vf3 is not enabled']);
  });
});

describe('the number of VFs', () => {
  test('VF-01: new VFs have no MAC, no trust, spoof check on, link auto, RSS query off', () => {
    const run = fixture().command('release nic:vf2').command('sriov_numvfs nic:pf 4');
    expect(changes(run)).toEqual(['-vf0', '-vf1', '-vf2', '+vf0', '+vf1', '+vf2', '+vf3']);
    expect(run.said('VfConfigChanged').at(-1)?.data).toMatchObject({
      interface: 'vf3',
      adminMac: '',
      trusted: false,
      spoofCheck: true,
      linkState: 'auto',
      queryRss: false,
    });
    expect(statuses(run)).toEqual(['reset', 'reset', 'reset', 'reset', 'absent', 'absent']);
  });

  test("VF-01, PCI-01: a new VF is the host's, until a guest is given it", () => {
    const run = fixture().command('release nic:vf2').command('sriov_numvfs nic:pf 4').pass(ms(20));
    expect(run.said('VfMailboxReply', { interface: 'vf3' })).toEqual([]);
    run.command('assign nic:vf3 g3:eth0').pass(ms(20));
    expect(run.state.functions['nic:vf3']?.status).toBe('ready');
    expect(run.state.interfaces['g3:eth0']?.isUp).toBe(true);
    expect(outOf(run, 'wire', OUTSIDE, '02:00:5e:20:00:03')).toEqual(['vf3']);
    expect(refused(run.command('sriov_numvfs nic:pf 5'))).toEqual(['nic:vf3 is assigned to g3:eth0']);
  });

  test('VF-01: nothing that was set of a VF survives', () => {
    const run = fixture({ model: 'x710' }).command(`ip link set nic:pf vf 2 mac ${ADMIN} vlan 10 trust on`).pass(ms(20));
    run.command('vf nic:vf2 request ADD_ETH_ADDR 01:00:5e:00:00:12').command('release nic:vf2').command('sriov_numvfs nic:pf 12');
    expect(run.state.functions['nic:vf2']).toMatchObject({ status: 'reset', addresses: {}, vlans: [0], queues: 4 });
    expect(run.state.functions['nic:vf2']?.config).toMatchObject({ adminMac: '', vlan: 0, trusted: false });
    expect(run.state.interfaces['nic:vf2']?.effectiveMac).toBe('');
    expect(run.control.readFilters(run.node('nic'), 0).map(({ port }) => port)).not.toContain(run.port('nic:vf2'));
  });

  test('VF-01: is refused while a VF is assigned to a guest, though that has no power', () => {
    const run = fixture().command('sriov_numvfs nic:pf 4').command('crash g2').command('sriov_numvfs nic:pf 1');
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['nic:vf2 is assigned to g2:eth0'],
      ['nic:vf2 is assigned to g2:eth0'],
    ]);
    expect(changes(run)).toEqual([]);
    run.command('release nic:vf2').command('sriov_numvfs nic:pf 1');
    expect(statuses(run)).toEqual(['reset', 'absent', 'absent', 'absent', 'absent', 'absent']);
  });

  test('VF-01: removing all VFs while one is assigned leaves them in place, and the host logs it', () => {
    const run = fixture().command('sriov_numvfs nic:pf 0');
    expect(run.said('CommandRefused')).toEqual([]);
    expect(changes(run)).toEqual([]);
    expect(run.said('SystemLog', { node: 'nic', eventId: 'vfs-in-use' })).toHaveLength(1);
    expect(outOf(run, 'wire', OUTSIDE, OWN)).toEqual(['vf2']);
  });

  test("VF-01: an address of a VF that was removed is nobody's", () => {
    const run = fixture().command('release nic:vf2');
    // Given back, a VF keeps what its last driver programmed.
    expect(outOf(run, 'wire', OUTSIDE, OWN)).toEqual(['vf2']);
    run.command('sriov_numvfs nic:pf 0');
    expect(changes(run)).toEqual(['-vf0', '-vf1', '-vf2']);
    outOf(run, 'wire', OUTSIDE, OWN);
    expect(run.dropsAt('nic')).toEqual(['wire nic-l2-filter']);
  });

  test('VF-01: more than the NIC can have, or has interfaces for, is refused', () => {
    const run = fixture().command('sriov_numvfs nic:pf 64');
    expect(refused(run)).toEqual(['an X550 has at most 63 VFs', 'nic:vf2 is assigned to g2:eth0']);
    run.command('release nic:vf2').command('sriov_numvfs nic:pf 13');
    expect(refused(run)).toEqual(['nic has interfaces for 12 VFs; max-vfs in its file says how many']);
    const classes = fixture({ trafficClasses: 8 }).command('release nic:vf2').command('sriov_numvfs nic:pf 16');
    expect(refused(classes)).toEqual(['an X550 has at most 15 VFs']);
  });

  test('VF-01: the number there is already changes nothing', () => {
    const run = fixture().command('sriov_numvfs nic:pf 3');
    expect([...run.said('CommandRefused'), ...run.said('VfConfigChanged')]).toEqual([]);
  });

  test('VF-01, RSS-03: VFs that are not enabled take no queues: with the PF, 32 need 33 pools, which have two each', () => {
    const queues = (enabledVfs: number) =>
      fixture({ vfs: Array(40).fill({}), enabledVfs }).said('VfMailboxReply', { interface: 'vf2', op: 'GET_QUEUES' })[0]?.data
        .detail;
    expect([queues(31), queues(32)]).toEqual(['4', '2']);
  });

  test('PCI-01: is refused where a guest has the PF', () => {
    const run = given(
      lab(hypervisor('esx1'), nic('nic', { vfs: [{}, {}], enabledVfs: 0 }), host('g', { on: 'esx1' }), link('g:eth0', 'nic:pf')),
    ).command('sriov_numvfs nic:pf 2');
    expect(refused(run)).toEqual(['nic:pf is assigned to g:eth0: the host has no driver for it']);
  });

  test('VF-01, VF-16: a firewall that is given a new VF programs its MAC', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { vfs: [{}], enabledVfs: 0 }),
        firewall('fw', { useHypervisorMac: false, interfaces: { eth1: { mac: ADMIN } } }),
        reservedLink('nic:vf0', 'fw:eth1'),
      ),
    );
    run.command('sriov_numvfs nic:pf 1').command('assign nic:vf0 fw:eth1').pass(ms(20));
    const used = run.state.interfaces['fw:eth1']?.usedMac;
    expect(used).not.toBe(ADMIN);
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe(used);
  });
});
