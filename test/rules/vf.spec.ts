/**
 * Rules VF-02 to VF-16: who on an SR-IOV NIC gets a frame, and why the others do not.
 *
 *   host ─── pf ──┐
 *   g0 ──── vf0 ──┤  nic ── wire ── outside
 *   g1 ──── vf1 ──┤
 *   g2 ──── vf2 ──┘
 *
 * Frames are put on the cable before a port of the NIC, and the ports they leave by are watched.
 */
import { afterEach, describe, expect, test } from 'vitest';
import * as N from '../../asm/memory/nic-layout.ts';
import type { VfConfig } from '../../ts/model/hardware/nic.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { plainFrame } from '../support/frames.ts';
import { firewall, flow, host, hypervisor, lab, learningSwitch, link, ms, nic, seconds, vswitch } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/veb.json' with { type: 'json' };
import mailbox from '../vectors/vf-mailbox.json' with { type: 'json' };

const { pools } = vectors.fixture;
const OUTSIDE = '00:00:5e:00:53:fe';
const UNKNOWN = '00:00:5e:00:53:77';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

afterEach(everyFrameIsAccountedFor);

interface Fixture {
  readonly model?: 'x550' | 'x710' | '82599';
  readonly vfs?: readonly Partial<VfConfig>[];
  readonly bridgeMode?: 'veb' | 'vepa';
  readonly defaultPool?: boolean;
  readonly pfPromiscuous?: boolean;
  readonly pfVlans?: readonly number[];
}

/** The drawing above, its ports watched; every VF has the MAC of the vectors as its administrative one. */
function fixture({ vfs = [], ...options }: Fixture = {}): Run {
  const admin = [pools.vf0, pools.vf1, pools.vf2].map((adminMac, i) => ({ adminMac, ...vfs[i] }));
  const guests = ['g0', 'g1', 'g2'].map((name, i) => host(name, { on: 'esx1', mac: admin[i]?.adminMac || `02:00:5e:00:01:1${i}` }));
  const run = given(
    lab(
      hypervisor('esx1'),
      nic('nic', { vfs: admin, pfMac: pools.pf, ...options }),
      ...guests,
      host('host', { on: 'esx1', mac: pools.pf }),
      host('outside', { mac: OUTSIDE }),
      link('outside:eth0', 'nic:wire'),
      link('host:eth0', 'nic:pf'),
      link('g0:eth0', 'nic:vf0'),
      link('g1:eth0', 'nic:vf1'),
      link('g2:eth0', 'nic:vf2'),
    ),
    { watch: ['nic', 'outside', 'g1'] },
  );
  return run.pass(ms(20));
}

/** Brings one frame to a port of the NIC and answers the ports that sent a copy. */
function outOf(run: Run, from: string, src: string, dst: string, vlan = 0): string[] {
  run.forgetSeen().receives(`nic:${from}`, plainFrame(src, dst, vlan === 0 ? undefined : vlan));
  return run.pass(ms(1)).sentBy('nic');
}

function tagOf(frame: Uint8Array): number {
  return EthernetView.over(frame)?.vlan?.id ?? 0;
}

// ── The scenarios of veb.json ───────────────────────────────────────────────────────────────────────────────────────

/** What an engineer would say of each scenario. */
const SENTENCES: Readonly<Record<string, string>> = {
  'rx-exact': 'the wire reaches a VF by its MAC, and nobody else',
  'rx-unknown': 'what no function wants is dropped before any pool',
  'rx-unknown-pf-promisc': 'a promiscuous PF gets what nobody else wants',
  'rx-unknown-default-off': 'without a default pool nobody gets it',
  'rx-broadcast': 'a broadcast goes to every function',
  'rx-broadcast-one-deaf': 'a function that takes no broadcast gets none',
  'rx-vlan-member': 'a tagged frame reaches a member of its VLAN',
  'rx-vlan-not-member-goes-default': 'a tagged frame for a VF outside its VLAN goes to the PF',
  'rx-untagged-port-vlan': 'an untagged frame for a VF with a port VLAN goes to the PF',
  'rx-tagged-port-vlan': 'a frame of the port VLAN reaches the VF',
  'rx-mc-hash': 'a group that hits the table reaches the pools that hash',
  'rx-mc-hash-collision': 'so does another group with the same hash',
  'rx-mc-shared-table': 'the table is shared: a pool gets groups that only another asked for',
  'rx-mc-none': 'a group that misses the table is dropped',
  'rx-allmulti': 'a pool in multicast-promiscuous gets every group',
  'rx-vf-promisc': 'a pool in unicast-promiscuous gets what the PF is promiscuous for',
  'rx-vf-promisc-sees-other-vf': "and a copy of what is another VF's",
  'rx-disabled-pool': 'a pool that does not receive drops its frames',
  'rx-no-descriptor': 'a queue without descriptors loses its own frames',
  'rx-broadcast-no-descriptor-one': 'and does not keep others from theirs',
  'vf-to-vf': 'VFs reach each other inside the NIC',
  'vf-to-pf': 'a VF reaches the PF inside the NIC',
  'vf-to-unknown': 'what no function has goes to the wire',
  'vf-broadcast': 'a broadcast of a VF goes to the other functions and the wire',
  'vf-to-vf-other-vlan': 'in a VLAN that the other is no member of, it goes to the wire',
  'vf-to-vf-promisc-third': 'a third VF in unicast-promiscuous sees what passes between two',
  'vepa-vf-to-vf': 'without loopback everything goes to the wire',
  'vepa-hairpin-return': 'and comes back to the VF it is for',
  'vepa-broadcast-return-pruned': 'but not to the VF it came from',
  'spoof-mac': "a source that is not the VF's is not sent",
  'spoof-mac-off': 'unless nobody checks',
  'spoof-vlan': 'a VLAN the VF is no member of is not sent',
  'spoof-ha-virtual-mac': 'a virtual MAC that nobody programmed is a spoofed one',
  'port-vlan-inserts': 'what a VF with a port VLAN sends is tagged',
  'port-vlan-tagged-guest': 'what it tags itself is dropped',
  'port-vlan-isolates': 'a port VLAN separates it from other VFs',
  'port-vlan-same': 'two VFs with one port VLAN reach each other',
  'link-disabled-tx': 'a disabled VF does not transmit',
  'mac-change-not-programmed': 'a MAC that nobody programmed is not received',
};

interface PoolOverride {
  readonly vlans?: readonly number[];
  readonly pvid?: number;
  readonly bam?: boolean;
  readonly rompe?: boolean;
  readonly mpe?: boolean;
  readonly upe?: boolean;
  readonly rx?: boolean;
  readonly tx?: boolean;
  readonly spoof?: boolean;
  readonly descriptors?: boolean;
}

type Overrides = Readonly<Record<'vf0' | 'vf1' | 'vf2', PoolOverride | undefined>> & {
  readonly mode?: 'veb' | 'vepa';
  readonly pf_promisc?: boolean;
  readonly default_enabled?: boolean;
  readonly mta?: readonly number[];
};

interface Expected {
  readonly out?: readonly string[];
  readonly drop?: string;
  readonly pools?: readonly string[];
  readonly lost?: readonly (readonly string[])[];
  readonly wire_vlan?: number;
}

/** Sets a pool as a scenario has it, through the control door: drivers do not bring about all of these. */
function overridePool(run: Run, name: string, pool: PoolOverride): void {
  const port = run.port(`nic:${name}`);
  const { bam = true, spoof = true, rx = true, tx = true, vlans = [0], pvid = 0, descriptors = true } = pool;
  const flags =
    (rx ? N.POOL_RX : 0) |
    (tx ? N.POOL_TX : 0) |
    (bam ? N.POOL_BROADCAST : 0) |
    (pool.rompe ? N.POOL_MULTICAST_HASH : 0) |
    (pool.mpe ? N.POOL_ALL_MULTICAST : 0) |
    (pool.upe ? N.POOL_PROMISCUOUS : 0) |
    (spoof ? N.POOL_SPOOF_CHECK : 0);
  run.control.setPool(port, flags, pvid, 1);
  for (const vid of run.control.readPoolVlans(port)) run.control.setPoolVlan(port, vid, false, 1);
  for (const vid of vlans) run.control.setPoolVlan(port, vid, true, 1);
  run.control.setQueues(port, 1, descriptors ? 1 : 0, 1);
}

describe('the embedded switch of a NIC', () => {
  test('VF-02 to VF-16: every scenario of the vectors has its sentence', () => {
    expect(vectors.scenarios.map(({ id }) => id)).toEqual(Object.keys(SENTENCES));
  });

  test.each(vectors.scenarios.map((scenario) => [`${scenario.rules.join(', ')}: ${SENTENCES[scenario.id]}`, scenario] as const))(
    '%s',
    (_, { nic_overrides, from, src, dst, vlan, expect: expected }) => {
      const overrides = nic_overrides as unknown as Overrides;
      const { out = [], drop, pools: at = [from], lost = [], wire_vlan = vlan } = expected as Expected;
      const { mode = 'veb', pf_promisc = false, default_enabled = true, mta = [] } = overrides;
      const run = fixture({ bridgeMode: mode, pfPromiscuous: pf_promisc, defaultPool: default_enabled });
      for (const vf of ['vf0', 'vf1', 'vf2'] as const) overridePool(run, vf, overrides[vf] ?? {});
      for (const vector of mta) run.control.setMulticast(run.node('nic'), vector, true, 1);

      expect(outOf(run, from, src, dst, vlan)).toEqual([...out].sort());
      const drops = [...(drop === undefined ? [] : at.map((pool) => `${pool} ${drop}`)), ...lost.map((one) => one.join(' '))];
      expect(run.dropsAt('nic')).toEqual(drops.sort());
      for (const frame of run.frames('nic:wire', 'sent')) expect(tagOf(frame)).toBe(wire_vlan);
    },
  );
});

// ── Beyond the vectors ──────────────────────────────────────────────────────────────────────────────────────────────

/** The event a drop is blamed on. */
function blamed(run: Run, reason: string): string | undefined {
  const cause = run.said('FrameDropped', { node: 'nic', reason }).at(-1)?.cause;
  return run.events.find(({ position }) => position === cause)?.type;
}

describe('provenance', () => {
  test('VF-07: a spoofed source is blamed on the event that gave the VF its address', () => {
    const run = fixture().command(`ip link set nic:pf vf 0 mac 02:00:5e:00:00:99`);
    expect(outOf(run, 'vf0', pools.vf0, UNKNOWN)).toEqual([]);
    expect(run.dropsAt('nic')).toEqual(['vf0 spoof-mac']);
    expect(blamed(run, 'spoof-mac')).toBe('MacAddressChanged');
  });

  test('VF-07: or on the spoof check, when that came later', () => {
    const run = fixture({ vfs: [{ spoofCheck: false }] });
    expect(outOf(run, 'vf0', UNKNOWN, OUTSIDE)).toEqual(['wire']);
    run.command('ip link set nic:pf vf 0 spoofchk on');
    expect(outOf(run, 'vf0', UNKNOWN, OUTSIDE)).toEqual([]);
    expect(blamed(run, 'spoof-mac')).toBe('VfConfigChanged');
  });

  test('VF-11: a tagged frame is blamed on the port VLAN', () => {
    const run = fixture().command('ip link set nic:pf vf 0 vlan 200');
    outOf(run, 'vf0', pools.vf0, UNKNOWN, 100);
    expect(blamed(run, 'tagged-under-port-vlan')).toBe('VfConfigChanged');
  });

  test('VF-16: an address nobody has is blamed on the newest change of an address', () => {
    const run = fixture().command('ip link set nic:pf vf 0 mac 00:00:00:00:00:00');
    outOf(run, 'wire', OUTSIDE, pools.vf0);
    expect(run.dropsAt('nic')).toEqual(['wire nic-l2-filter']);
    expect(blamed(run, 'nic-l2-filter')).toBe('MacAddressChanged');
  });

  test('VF-07, MAC-09: what a firewall sends with a MAC of its own is blamed on the commit that gave it', () => {
    const run = onVf({ vfs: [{ adminMac: pools.vf0 }] })
      .command('commit fw use-hypervisor-mac off')
      .pass(seconds(1));
    const [dropped] = run.said('FrameDropped', { node: 'nic', reason: 'spoof-mac' });
    const types: string[] = [];
    for (let at = dropped?.position ?? 0; at > 0; at = run.event(at).cause) types.push(run.event(at).type);
    expect(types).toEqual(['FrameDropped', 'MacAddressChanged', 'MacOptionChanged', 'CommandAccepted', 'CommandReceived']);
  });
});

describe('what the administrator sets', () => {
  test('VF-08: set mac, and it shows the same MAC, spoof check on, trust off, state auto', () => {
    const run = fixture({ vfs: [{ adminMac: '' }] }).command('ip link set nic:pf vf 0 mac 02:00:5e:10:00:01');
    expect(run.state.functions['nic:vf0']?.config).toEqual({
      adminMac: '02:00:5e:10:00:01',
      vlan: 0,
      qos: 0,
      trusted: false,
      spoofCheck: true,
      linkState: 'auto',
      maxTxRate: 0,
      minTxRate: 0,
      queryRss: false,
    });
  });

  test('VF-08: administrative, effective and used MAC are three; the driver that reloads makes them one', () => {
    const run = fixture().command('ip link set nic:pf vf 0 mac 02:00:5e:10:00:01');
    expect(run.state.functions['nic:vf0']?.config.adminMac).toBe('02:00:5e:10:00:01');
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe('02:00:5e:10:00:01');
    expect(run.state.interfaces['g0:eth0']?.usedMac).toBe(pools.vf0);
    run.command('vf nic:vf0 reload');
    expect(run.state.interfaces['g0:eth0']).toMatchObject({
      initialMac: '02:00:5e:10:00:01',
      effectiveMac: '02:00:5e:10:00:01',
      usedMac: '02:00:5e:10:00:01',
    });
  });

  test('VF-08: all zeros clear the administrative MAC', () => {
    const run = fixture().command('ip link set nic:pf vf 0 mac 00:00:00:00:00:00');
    expect(run.state.functions['nic:vf0']?.config.adminMac).toBe('');
    expect(run.state.functions['nic:vf0']?.addresses).toEqual({});
  });

  test('VF-08: a change that changes nothing says nothing', () => {
    const run = fixture().command('ip link set nic:pf vf 0 trust off spoofchk on state auto');
    expect(run.said('VfConfigChanged')).toEqual([]);
  });

  test('VF-12: 802.1ad is refused, and nothing changes', () => {
    const run = fixture().command('ip link set nic:pf vf 0 vlan 200 proto 802.1ad');
    expect(run.said('CommandRefused')[0]?.data.reasons).toEqual(['protocol not supported: 802.1ad']);
    expect(run.state.functions['nic:vf0']?.config.vlan).toBe(0);
  });

  test('VF-08: what makes no sense is refused with all reasons', () => {
    const run = fixture().command('ip link set nic:pf vf 0 mac 01:00:5e:00:00:01 vlan 4095 qos 8 max_tx_rate 5');
    expect(run.said('CommandRefused')[0]?.data.reasons).toHaveLength(4);
    run.command('ip link set nic:pf vf 9 trust on');
    expect(run.said('CommandRefused')).toHaveLength(2);
  });
});

/** outside ── wire  nic  vf0 ── eth1  fw, which answers for 10.0.0.1; a flow crosses fw all the time. */
function onVf(options: Parameters<typeof nic>[1], firewallOptions: object = {}): Run {
  const run = given(
    lab(
      hypervisor('esx1'),
      nic('nic', options),
      firewall('fw', {
        interfaces: { eth1: { mac: pools.vf0, ip: '10.0.0.1/24' }, eth2: { ip: '10.0.1.1/24' } },
        ...firewallOptions,
      }),
      host('outside', { mac: OUTSIDE, ip: '10.0.0.9/24', gateway: '10.0.0.1' }),
      host('inside', { ip: '10.0.1.9/24', gateway: '10.0.1.1' }),
      link('fw:eth1', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
      link('inside:eth0', 'fw:eth2'),
      flow('up', { from: 'outside:eth0', to: '10.0.1.9', intervalPs: 1e9, startNs: 0, stopNs: 4e9 }),
    ),
  );
  return run.until(seconds(1));
}

/** MACs of the firewall's interface that changed, what it logged, and what it announced, in the order of the log. */
function saidOfMac(run: Run): string[] {
  return run.events.flatMap(({ type, data }) => {
    const one = data as Record<string, unknown>;
    if (one['node'] !== 'fw') return [];
    if (type === 'MacAddressChanged') return [`${one['which']} ${one['new']}`];
    if (type === 'SystemLog') return [String(one['eventId'])];
    return type === 'GarpSent' ? [`announces ${one['ip']} at ${one['mac']}`] : [];
  });
}

describe('a firewall whose PF changes the MAC of its VF', () => {
  const NEW = '02:00:5e:10:00:99';
  const follows = [`initial ${NEW}`, `effective ${NEW}`, `used ${NEW}`, 'mac-address-change', `announces 10.0.0.1 at ${NEW}`];

  test('MAC-09, MAC-10, VF-08: on 10G logs and announces it when its driver reloads, and frames flow again', () => {
    const run = onVf({ vfs: [{ adminMac: pools.vf0 }] })
      .command(`ip link set nic:pf vf 0 mac ${NEW}`)
      .until(seconds(2));
    expect(saidOfMac(run)).toEqual([]);
    const atReload = run.flow('up').received;
    run.command('vf nic:vf0 reload');
    expect(saidOfMac(run)).toEqual(follows);
    expect(run.said('MacAddressRefused')).toEqual([]);
    expect(run.until(seconds(4)).flow('up').received - atReload).toBeGreaterThan(1990n);
  });

  test('MAC-09, MAC-10, VCH-02: on 40G when the PF has reset its VF', () => {
    const run = onVf({ model: 'x710', vfs: [{ adminMac: pools.vf0 }] }).command(`ip link set nic:pf vf 0 mac ${NEW}`);
    expect(saidOfMac(run.pass(ms(20)))).toEqual(follows);
    expect(run.until(seconds(4)).flow('up').received).toBeGreaterThan(3950n);
  });

  test('MAC-10: with the option off only the host side changes, and nobody is told', () => {
    const run = onVf({ vfs: [{ adminMac: pools.vf0, trusted: true }] }, { useHypervisorMac: false });
    const before = saidOfMac(run).length;
    const used = run.state.interfaces['fw:eth1']?.usedMac;
    run.command(`ip link set nic:pf vf 0 mac ${NEW}`).command('vf nic:vf0 reload');
    expect(saidOfMac(run).slice(before)).toEqual([`initial ${NEW}`, `effective ${NEW}`]);
    expect(run.state.interfaces['fw:eth1']?.usedMac).toBe(used);
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe(used);
  });
});

describe('port VLAN', () => {
  test('VF-11: leaves with its priority, comes back without a tag, and survives a reset', () => {
    const run = fixture().command('ip link set nic:pf vf 0 vlan 200 qos 5').command('vf nic:vf0 reload');
    expect(outOf(run, 'vf0', pools.vf0, UNKNOWN)).toEqual(['wire']);
    expect(EthernetView.over(run.frames('nic:wire', 'sent')[0] ?? new Uint8Array())?.vlan).toMatchObject({ id: 200, priority: 5 });
    expect(outOf(run, 'wire', OUTSIDE, pools.vf0, 200)).toEqual(['vf0']);
    expect(run.frames('nic:vf0', 'sent').map(tagOf)).toEqual([0]);
  });

  test('VF-04: a VLAN the PF uses too stays visible to the PF', () => {
    const run = fixture({ pfVlans: [100] });
    for (const port of ['nic:vf0']) run.control.setPoolVlan(run.port(port), 100, true, 1);
    expect(outOf(run, 'wire', OUTSIDE, BROADCAST, 100)).toEqual(['pf', 'vf0']);
  });
});

describe('addresses that two functions have', () => {
  test('VF-02: the function that had it first gets the frames', () => {
    const run = fixture({ vfs: [{}, { adminMac: pools.vf0 }] });
    expect(outOf(run, 'wire', OUTSIDE, pools.vf0)).toEqual(['vf0']);
    expect(outOf(run, 'vf2', pools.vf2, pools.vf0)).toEqual(['vf0']);
    expect(outOf(run, 'vf1', pools.vf0, UNKNOWN)).toEqual(['wire']);
    run.command('ip link set nic:pf vf 0 mac 00:00:00:00:00:00');
    expect(outOf(run, 'wire', OUTSIDE, pools.vf0)).toEqual(['vf1']);
  });

  test('VF-02, VF-05: among those of the VLAN; a sender is never its own recipient', () => {
    const run = fixture({ vfs: [{ vlan: 10 }, { adminMac: pools.vf0 }, { adminMac: pools.vf0, vlan: 10 }] });
    expect(outOf(run, 'wire', OUTSIDE, pools.vf0)).toEqual(['vf1']);
    expect(outOf(run, 'wire', OUTSIDE, pools.vf0, 10)).toEqual(['vf0']);
    expect(outOf(run, 'vf0', pools.vf0, pools.vf0)).toEqual(['vf2']);
    expect(outOf(run, 'vf1', pools.vf0, pools.vf0)).toEqual(['wire']);
  });
});

describe('link state', () => {
  test('VF-13: auto follows the wire', () => {
    const run = fixture().command('link down nic:wire');
    expect(run.said('InterfaceLinkChanged', { node: 'g0' }).map(({ data }) => data.up)).toEqual([false]);
    run.command('link up nic:wire');
    expect(run.state.interfaces['g0:eth0']?.isUp).toBe(true);
  });

  test('VF-13: enable keeps a 40G VF up without a wire, so that VFs can talk', () => {
    const vfs = [{ linkState: 'enable' }, { linkState: 'enable' }] as const;
    const run = fixture({ model: 'x710', vfs }).command('link down nic:wire');
    expect(run.state.interfaces['g0:eth0']?.isUp).toBe(true);
    expect(run.state.interfaces['g2:eth0']?.isUp).toBe(false);
    expect(outOf(run, 'vf0', pools.vf0, pools.vf1)).toEqual(['vf1']);
  });

  test('VF-13, VCH-09: forced up without a wire, VFs talk to each other both ways, and to nobody else', () => {
    const vfs = [{ linkState: 'enable' }, { linkState: 'enable' }] as const;
    const run = fixture({ model: 'x710', vfs }).command('link down nic:wire');
    expect(outOf(run, 'vf1', pools.vf1, pools.vf0)).toEqual(['vf0']);
    expect(outOf(run, 'vf0', pools.vf0, BROADCAST)).toContain('vf1');
    expect(run.dropsAt('nic')).toEqual(['wire link-down']);
    expect(run.frames('g1:eth0', 'received')).toHaveLength(1);
  });

  test('VF-13: on 10G enable is accepted and does nothing', () => {
    const run = fixture().command('ip link set nic:pf vf 0 state enable').command('link down nic:wire');
    expect(run.said('CommandRefused')).toEqual([]);
    expect(run.state.interfaces['g0:eth0']?.isUp).toBe(false);
  });

  test('VF-13: disable drops both ways, and the guest sees the link down', () => {
    const run = fixture().command('ip link set nic:pf vf 0 state disable').pass(ms(20));
    expect(run.state.interfaces['g0:eth0']?.isUp).toBe(false);
    outOf(run, 'vf0', pools.vf0, UNKNOWN);
    outOf(run, 'wire', OUTSIDE, pools.vf0);
    expect(run.dropsAt('nic')).toEqual(['vf0 pool-rx-disabled', 'vf0 vf-link-disabled']);
    expect(blamed(run, 'vf-link-disabled')).toBe('VfConfigChanged');
  });

  test('VF-13, MBX-10: a change on 10G makes the VF reset itself', () => {
    const run = fixture().command('ip link set nic:pf vf 0 state disable');
    const [required] = run.said('VfResetRequired', { interface: 'vf0' });
    expect(required?.data.reason).toBe('link-state');
    expect(run.said('VfReset', { interface: 'vf0' })).toHaveLength(1);
    run.pass(ms(20));
    expect(run.said('VfReset', { interface: 'vf0' }).at(-1)?.cause).toBe(required?.position);
  });
});

test('VF-13: a vSwitch on two PFs takes the other when the wire of one goes', () => {
  const vsw = vswitch('vsw', { on: 'esx1', ports: { p1: {} }, uplinks: ['up1', 'up2'] });
  const cables = [1, 2].flatMap((n) => [link(`vsw:up${n}`, `nic${n}:pf`), link(`nic${n}:wire`, `psw:p${n}`)]);
  const nics = [nic('nic1', { vfs: [] }), nic('nic2', { vfs: [] })];
  const psw = learningSwitch('psw', { ports: { p1: {}, p2: {} } });
  const run = given(lab(hypervisor('esx1'), vsw, ...nics, psw, host('g', { on: 'esx1' }), link('g:eth0', 'vsw:p1'), ...cables));
  run.command('link down psw:p1');
  expect(run.said('UplinkChanged').map(({ data }) => [data.from, data.to])).toEqual([['up1', 'up2']]);
});

describe('spoof check', () => {
  test('VF-07: twelve spoofed frames from 0.1 s to 1.2 s are one report of 12 at 2 s', () => {
    const run = fixture();
    for (let i = 1; i <= 12; i++) run.until(seconds(i / 10)).receives('nic:vf0', plainFrame(pools.vf1, UNKNOWN));
    run.until(seconds(5));
    expect(run.said('SpoofDetected').map(({ atNs, data }) => [atNs, data.count])).toEqual([[2e9, 12]]);
    expect(run.said('SystemLog', { eventId: 'spoofed-packets' }).map(({ data }) => data.text)).toEqual([
      '12 Spoofed packets detected',
    ]);
    expect(run.dropped('nic:vf0', 'spoof-mac')).toBe(12);
  });

  test('VF-07: a watchdog that finds nothing says nothing', () => {
    expect(fixture().until(seconds(10)).said('SpoofDetected')).toEqual([]);
  });

  test('VF-07: a NIC that lost power begins to count anew, and its watchdog with it', () => {
    const run = fixture();
    run.until(seconds(1)).receives('nic:vf0', plainFrame(pools.vf1, UNKNOWN)).pass(ms(1)).command('crash nic');
    run.until(seconds(3)).command('power-on nic').receives('nic:vf0', plainFrame(pools.vf1, UNKNOWN)).until(seconds(9));
    expect(run.said('SpoofDetected').map(({ atNs, data }) => [atNs / 1e9, data.count])).toEqual([[4, 1]]);
  });

  test('VF-07: each round reports its own', () => {
    const run = fixture();
    for (const at of [1, 3, 3.5]) run.until(seconds(at)).receives('nic:vf0', plainFrame(pools.vf1, UNKNOWN));
    run.until(seconds(9));
    expect(run.said('SpoofDetected').map(({ atNs, data }) => [atNs / 1e9, data.count])).toEqual([
      [2, 1],
      [4, 2],
    ]);
  });
});

describe('a second address', () => {
  test('MBX-07: lets a VF send with any source from then on', () => {
    const run = fixture({ vfs: [{ adminMac: '' }] });
    expect(outOf(run, 'vf0', UNKNOWN, OUTSIDE)).toEqual([]);
    run.command('vf nic:vf0 request 00010006 305e0002 00000300');
    expect(outOf(run, 'vf0', UNKNOWN, OUTSIDE)).toEqual(['wire']);
    expect(outOf(run, 'wire', OUTSIDE, '02:00:5e:30:00:03')).toEqual(['vf0']);
  });
});

describe('rate limit', () => {
  test('VF-14: what exceeds it waits in front of the NIC, and nothing is lost until that queue is full', () => {
    const rates = flow('f', { from: 'g0:eth0', to: '10.0.0.2', intervalPs: 12_304_000, frameBytes: 1514, stopNs: 5e6 });
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { vfs: [{ adminMac: pools.vf0, maxTxRate: 100 }] }),
        host('g0', { on: 'esx1', mac: pools.vf0, ip: '10.0.0.1/24' }),
        host('outside', { mac: OUTSIDE, ip: '10.0.0.2/24' }),
        link('g0:eth0', 'nic:vf0', { queueBytes: 10_000_000 }),
        link('outside:eth0', 'nic:wire'),
        rates,
      ),
    );
    // 1514 bytes are 1538 on the line: 123 us at 100 Mbit/s, ten times what the flow leaves between frames.
    run.until(seconds(0.2));
    const { sent, received, longestGapNs } = run.flow('f');
    expect(sent).toBeGreaterThan(400n);
    expect(received).toBe(sent);
    expect(Number(longestGapNs)).toBeGreaterThanOrEqual(123_040);
    expect(Number(run.flow('f').latencyMaxNs)).toBeGreaterThan(4e7);
  });
});

describe('the speed of the wire', () => {
  const limits = (run: Run) => [0, 1, 2].map((n) => run.state.functions[`nic:vf${n}`]?.config.maxTxRate);
  const limited = { vfs: [{ maxTxRate: 100 }, { maxTxRate: 3000 }] };

  test('VF-14: another speed removes all limits of a 10G NIC, and the host logs it', () => {
    const run = fixture(limited).command('ethtool -s nic:pf speed 1000');
    const [changed] = run.said('LinkSpeedChanged');
    expect(changed?.data).toEqual({ node: 'nic', interface: 'wire', mbps: 1000 });
    expect(limits(run)).toEqual([0, 0, 0]);
    const configs = run.said('VfConfigChanged').map(({ cause, data }) => [cause, data.interface, data.maxTxRate, data.adminMac]);
    expect(configs).toEqual([
      [changed?.position, 'vf0', 0, pools.vf0],
      [changed?.position, 'vf1', 0, pools.vf1],
    ]);
    expect(run.said('SystemLog', { eventId: 'vf-rate-limits-removed' })).toHaveLength(1);
  });

  test('VF-14: limits need a link of 10G, as it runs now', () => {
    const run = fixture().command('ethtool -s nic:pf speed 1000').command('ip link set nic:pf vf 0 max_tx_rate 500');
    expect(run.said('CommandRefused')[0]?.data.reasons).toEqual(['max_tx_rate needs a 10G link; it has 1000 Mbit/s']);
    run.command('ethtool -s nic:pf speed 10000').command('ip link set nic:pf vf 0 max_tx_rate 500');
    expect(limits(run)).toEqual([500, 0, 0]);
  });

  test('VF-14: a speed that it has already, or that is none, changes nothing', () => {
    const run = fixture(limited).command('ethtool -s nic:pf speed 10000').command('ethtool -s nic:pf speed 2500');
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['an X550 has the speeds 100, 1000, 10000 Mbit/s'],
    ]);
    expect(run.said('LinkSpeedChanged')).toEqual([]);
    expect(limits(run)).toEqual([100, 3000, 0]);
  });

  test('VF-14: 40G keeps its limits', () => {
    const run = fixture({ model: 'x710', ...limited }).command('ethtool -s nic:pf speed 10000');
    expect(limits(run)).toEqual([100, 3000, 0]);
  });

  test('VF-14: the wire is that slow in both directions; an impairment may only slow it down', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { vfs: [{ adminMac: pools.vf0 }] }),
        host('g0', { on: 'esx1', mac: pools.vf0 }),
        learningSwitch('psw', { ports: { p1: {}, p2: {} } }),
        link('g0:eth0', 'nic:vf0'),
        link('psw:p1', 'nic:wire'),
      ),
      { watch: ['nic', 'psw'] },
    ).command('ethtool -s nic:pf speed 1000');
    // 60 bytes are 84 on the line: 672 ns at 1 Gbit/s, 6,720 ns at 100 Mbit/s.
    const pace = (into: string, src: string, dst: string, at: string) => {
      run.forgetSeen().receives(into, ...Array.from({ length: 3 }, () => plainFrame(src, dst)));
      run.pass(ms(1));
      const [first = 0, , last = 0] = run.seen.filter((one) => one.at === at && one.kind === 'received').map(({ atNs }) => atNs);
      return (last - first) / 2;
    };
    const out = () => pace('nic:vf0', pools.vf0, OUTSIDE, 'psw:p1');
    expect([out(), pace('psw:p2', OUTSIDE, pools.vf0, 'nic:wire')]).toEqual([672, 672]);
    expect(run.command('impair nic:wire rate 100M') && out()).toBe(6720);
    expect(run.command('impair nic:wire rate 40G') && out()).toBe(672);
    expect(run.command('impair nic:wire reset') && out()).toBe(672);
  });
});

describe('the rate of a limited VF', () => {
  test('VF-14c: 3000 asked for are 3000.018 Mbit/s, over ten thousand frames', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { model: 'x550', vfs: [{ maxTxRate: 3000 }] }),
        host('g0', { on: 'esx1', mac: pools.vf0, ip: '10.0.0.1/24' }),
        host('outside', { mac: OUTSIDE, ip: '10.0.0.2/24' }),
        link('g0:eth0', 'nic:vf0'),
        link('outside:eth0', 'nic:wire'),
        flow('f', { from: 'g0:eth0', to: '10.0.0.2', intervalPs: 4_000_000, frameBytes: 1514, stopNs: ms(45) }),
      ),
      { watch: ['nic'] },
    ).pass(ms(45));
    const times = run.seen
      .filter(({ at, kind, bytes }) => at === 'nic:vf0' && kind === 'received' && bytes.length > 1500)
      .map(({ atNs }) => atNs);
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    expect(times.length).toBeGreaterThan(10_000);
    // 1514 bytes are 1538 on the line; thousandths of a Mbit/s are 14 ns of these 45 ms.
    const mbps = ((times.length - 1) * 1538 * 8 * 1000) / (last - first);
    expect(mbps).toBeCloseTo(
      mailbox.tx_rate_limit_10g.vectors.find(({ max_tx_rate }) => max_tx_rate === 3000)?.effective_mbps ?? 0,
      3,
    );
  });
});

describe('a queue without descriptors', () => {
  test('VF-15: its VF loses its own frames, others get theirs, and a reset brings the queue back', () => {
    const run = fixture({ model: 'x710' }).command('vf nic:vf0 request DISABLE_QUEUES 15 15');
    expect(outOf(run, 'wire', OUTSIDE, pools.vf0)).toEqual([]);
    expect(run.dropsAt('nic')).toEqual(['vf0 no-descriptor']);
    expect(blamed(run, 'no-descriptor')).toBe('QueuesEnabled');
    expect(outOf(run, 'wire', OUTSIDE, BROADCAST)).toEqual(['pf', 'vf1', 'vf2']);
    expect(outOf(run, 'vf1', pools.vf1, pools.vf2)).toEqual(['vf2']);
    run.command('vf nic:vf0 reload');
    expect(outOf(run, 'wire', OUTSIDE, pools.vf0)).toEqual(['vf0']);
  });
});

describe('passthrough', () => {
  test('PCI-02: the guest is the PF: no spoof check, and a MAC of its own choice is received', () => {
    const run = fixture();
    expect(outOf(run, 'pf', UNKNOWN, OUTSIDE)).toEqual(['wire']);
    run.command('guest-mac host:eth0 02:00:5e:00:00:77');
    expect(outOf(run, 'wire', OUTSIDE, '02:00:5e:00:00:77')).toEqual(['pf']);
    expect(outOf(run, 'wire', OUTSIDE, pools.pf)).toEqual([]);
  });
});

test('VF-10: a vector is made of the last 12 bits but four', () => {
  const run = fixture();
  run.control.setMulticast(run.node('nic'), 0xf05, true, 1);
  overridePool(run, 'vf0', { rompe: true });
  for (const vf of ['vf1', 'vf2']) overridePool(run, vf, {});
  expect(outOf(run, 'wire', OUTSIDE, '33:33:ff:a7:5c:f0')).toEqual(['vf0']);
});
