/** Rule MAC-04: interfaces of a firewall that no hypervisor gives a MAC: loopback, tunnel and vlan, and all of one that is hardware. */
import { afterEach, describe, expect, test } from 'vitest';
import { seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import vectors from '../vectors/pan-virtual-mac.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const [listed] = vectors.base_plus_id_check_on_hardware_listing;
const BASE = listed?.base ?? '';

/** The MACs that a public listing of a device has, by interface. */
const LISTED = new Map(vectors.base_plus_id_check_on_hardware_listing.map(({ name, mac }) => [name, mac]));

const LOGICAL = 'loopback: { ipv4: 10.9.0.1/32 }, tunnel: { ipv4: 10.8.0.1/24 }, vlan: { ipv4: 10.7.0.1/24 }';

interface Parts {
  readonly firewall?: string;
  readonly interfaces?: string;
  readonly pair?: boolean;
}

/**
 *   fw1 ── eth1 ┐
 *               ├ psw ── g        fw2 only where there is a pair
 *   fw2 ── eth1 ┘
 */
function file({ firewall = 'on: h, ', interfaces = LOGICAL, pair = false }: Parts = {}): string {
  const unit = (n: number) =>
    `    fw${n}: { kind: firewall, ${firewall}vm-mac-base: ${BASE}, interfaces: { eth1: { ipv4: 10.0.1.1/24 }, ${interfaces} } }\n`;
  return `name: own
topology:
  nodes:
    h: { kind: hypervisor }
    v: { kind: vswitch, on: h }
    vm: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.3.0.2/24 } } }
${unit(1)}${pair ? unit(2) : ''}    psw: { kind: switch }
    g: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.9/24 } } }
  links:
    - endpoints: ["vm:eth0", "v:p1"]
    - endpoints: ["g:eth0", "psw:p9"]
    - endpoints: ["fw1:eth1", "psw:p1"]
${pair ? '    - endpoints: ["fw2:eth1", "psw:p2"]\n    - endpoints: ["fw1:ha1", "fw2:ha1"]\nha: { edge: { group: 1, members: [ { node: fw1, priority: 50 }, { node: fw2 } ] } }\n' : ''}`;
}

function macs(run: Run, node: string, names: readonly string[]): (string | undefined)[] {
  return names.map((name) => run.state.interfaces[`${node}:${name}`]?.usedMac);
}

const NAMES = ['vlan', 'loopback', 'tunnel'] as const;

describe('an interface without a NIC', () => {
  test('MAC-04c: with the option on it has the MAC of the base and its id, and answers for its address where the packet came in', () => {
    const run = givenFile(file()).command('ping g 10.9.0.1 count 3').until(seconds(5));
    expect(macs(run, 'fw1', NAMES)).toEqual(NAMES.map((name) => LISTED.get(name)));
    expect(run.said('InterfaceModeChanged', { interface: 'loopback' })[0]?.data.macSource).toBe('self');
    expect(run.said('MacAddressChanged', { interface: 'loopback' })).toEqual([]);
    expect(run.said('PingFinished')[0]?.data).toMatchObject({ sent: 3, answered: 3 });
    expect(run.said('GarpSent', { interface: 'loopback' })).toEqual([]);
    expect(run.said('DriverBound', { node: 'fw1' }).map(({ data }) => data.interface)).toEqual(['eth1']);
  });

  test('MAC-04c: with the option off in a pair it has the virtual MAC of its id on both units, and announces nothing', () => {
    const run = givenFile(file({ firewall: 'on: h, use-hypervisor-mac: off, ', pair: true })).until(seconds(5));
    for (const unit of ['fw1', 'fw2']) {
      expect(macs(run, unit, NAMES)).toEqual(['00:1b:17:00:01:01', '00:1b:17:00:01:03', '00:1b:17:00:01:04']);
    }
    expect(new Set(run.said('GarpSent').map(({ data }) => data.interface))).toEqual(new Set(['eth1']));
    expect(run.said('PromiscuousChanged').map(({ data }) => data.interface)).toEqual(['eth1', 'eth1']);
    expect(run.said('FrameDropped', { interface: 'loopback' })).toEqual([]);
  });

  test('MAC-04c: what is routed into a tunnel is dropped there; a licence brings another base and so another MAC', () => {
    const run = givenFile(file()).command('ping g 10.8.0.7 count 1').until(seconds(9));
    expect(run.said('PingFinished')[0]?.data).toMatchObject({ answered: 0 });
    expect(run.dropsAt('fw1')).toContain('tunnel link-down');
    run.command('license fw1 7c:89:c2:f9:1d:00');
    expect(macs(run, 'fw1', NAMES)).toEqual(['7c:89:c2:f9:1d:01', '7c:89:c2:f9:1d:03', '7c:89:c2:f9:1d:04']);
    run.command('edit-mac fw1:loopback 02:00:00:00:00:01');
    expect(run.said('CommandRefused')).toHaveLength(1);
  });

  test('MAC-04: it has no cable, no NIC, no MAC of a hypervisor, and no IPv6', () => {
    const faults = (interfaces: string, text = file({ interfaces })) => validated(text);
    expect(faults('loopback: { mac: 02:00:00:00:00:01 }')).toEqual([expect.stringMatching(/it has no mac \[MAC-04\]$/)]);
    expect(faults('tunnel: { nic: e1000 }')).toContainEqual(expect.stringMatching(/it has no nic \[MAC-04\]$/));
    expect(faults('loopback: { ipv6: {} }')).toEqual([expect.stringMatching(/no interface of a NIC, which has no IPv6/)]);
    const linked = file().replace('  links:\n', '  links:\n    - endpoints: ["fw1:loopback", "psw:p5"]\n');
    expect(validated(linked)).toEqual([
      expect.stringMatching(/fw1:loopback has no cable: loopback is no interface of a NIC \[MAC-04\]$/),
    ]);
    expect(faults('loopback: {}')).toEqual([]);
  });
});

describe('a firewall that is hardware', () => {
  const hardware = { firewall: 'hardware: on, ', interfaces: 'eth20: { ipv4: 10.2.0.1/24 }' };
  const wired = (text: string) =>
    text.replaceAll(/( {4}- endpoints: \["fw(\d):eth1", .*\n)/g, '$1    - endpoints: ["fw$2:eth20", "psw:q$2"]\n');

  test('MAC-04d: on hardware ids begin at 64: its MACs are those of the public listing, and it asks nobody for them', () => {
    const run = givenFile(wired(file(hardware)))
      .command('ping g 10.2.0.1 count 2')
      .until(seconds(5));
    expect(macs(run, 'fw1', ['eth1', 'eth20'])).toEqual([LISTED.get('ethernet1/1'), LISTED.get('ethernet1/20')]);
    expect(run.neighbour('g', '10.0.1.1')).toBe(LISTED.get('ethernet1/1'));
    expect(run.said('PingFinished')[0]?.data).toMatchObject({ sent: 2, answered: 2 });
    expect(run.said('PromiscuousChanged')).toEqual([]);
    expect(run.said('PacketIoModeSelected')).toEqual([]);
    run.command('commit fw1 use-hypervisor-mac on');
    expect(run.said('CommandRefused')[0]?.data.reasons).toEqual(['option-not-available']);
  });

  test('MAC-04d: a pair of them uses virtual MACs of these ids', () => {
    const run = givenFile(wired(file({ ...hardware, pair: true })))
      .until(seconds(1))
      .command('ping g 10.0.1.1 count 1')
      .until(seconds(5));
    expect(macs(run, 'fw1', ['eth1', 'eth20'])).toEqual(['00:1b:17:00:01:40', '00:1b:17:00:01:53']);
    expect(run.neighbour('g', '10.0.1.1')).toBe('00:1b:17:00:01:40');
  });

  test('MAC-04: it says its base, has no property of a virtual one, and no more interfaces than ids', () => {
    expect(validated(wired(file(hardware)).replace(`vm-mac-base: ${BASE}, `, ''))).toEqual([
      expect.stringMatching(/fw1 is hardware, whose MACs come from a base of its own \[MAC-04\]$/),
    ]);
    expect(validated(wired(file({ ...hardware, firewall: 'hardware: on, on: h, ' })))).toEqual([
      expect.stringMatching(/fw1 is hardware and has no on: .*\[MAC-04\]$/),
    ]);
    expect(validated(wired(file(hardware)).replaceAll('eth20', 'eth193'))).toEqual([
      expect.stringMatching(/"eth193" is not an interface of a firewall; expected eth1 to eth192/),
    ]);
  });
});
