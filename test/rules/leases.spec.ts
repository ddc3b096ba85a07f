/**
 * Rules LEASE-01 to LEASE-05, LEASE-08 and DAI-01: leases of DHCP, with real frames between a client, a server, a relay and a switch.
 *
 *   cli (a host or a firewall, ipv4: dhcp) ── p1 ┐
 *                                                sw ├ p2 ── srv 192.0.2.253, pool 192.0.2.77 to .79
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { DhcpClient, DhcpPool } from '../../ts/model/lab/dhcp.ts';
import type { LabInterface } from '../../ts/model/lab/interfaces.ts';
import type { LabNode } from '../../ts/model/lab/nodes.ts';
import { parseIpv4Prefix } from '../../ts/values/ipv4-address.ts';
import { arpRequest, emitArpFrame, parseArpFrame } from '../../ts/wire/arp.ts';
import { type DhcpMessage, parseDhcp } from '../../ts/wire/dhcp.ts';
import { parseEthernet } from '../../ts/wire/ethernet.ts';
import { parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { parseUdp } from '../../ts/wire/udp.ts';
import {
  firewall,
  flow,
  haPair,
  host,
  hypervisor,
  ip,
  lab,
  learningSwitch,
  link,
  mac,
  nic,
  type Part,
  seconds,
  vswitch,
} from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/lease-messages.json' with { type: 'json' };

const OLD = '7c:89:c2:f9:1d:11';
const NEW = '00:50:56:aa:00:02';
const SERVER = '192.0.2.253';
const CLIENT: DhcpClient = { clientId: 'mac', releaseOnMacChange: true };

afterEach(everyFrameIsAccountedFor);

function network(text: string): DhcpPool['network'] {
  const parsed = parseIpv4Prefix(text);
  if (parsed === null) throw new RangeError(text);
  return parsed;
}

function pool(more: Partial<DhcpPool> = {}): DhcpPool {
  return {
    first: ip('192.0.2.77'),
    last: ip('192.0.2.79'),
    network: network('192.0.2.0/24'),
    gateway: ip('192.0.2.1'),
    leaseNs: seconds(3600),
    reservations: [],
    ...more,
  };
}

/** Changes nodes and interfaces of a part. */
function altered(part: Part, node: (one: LabNode) => LabNode, iface: (one: LabInterface) => LabInterface): Part {
  return { ...part, nodes: (part.nodes ?? []).map(node), interfaces: (part.interfaces ?? []).map(iface) };
}

const same = <T>(one: T): T => one;

function serving(part: Part, ...pools: readonly DhcpPool[]): Part {
  return altered(
    part,
    (node) => (node.kind === 'host' || node.kind === 'router' ? { ...node, dhcpServer: { pools } } : node),
    same,
  );
}

function leasing(part: Part, names: readonly string[] = ['eth0'], dhcp: Partial<DhcpClient> = {}): Part {
  return altered(part, same, (iface) => (names.includes(iface.name) ? { ...iface, dhcp: { ...CLIENT, ...dhcp } } : iface));
}

interface Scene {
  readonly client?: Partial<DhcpClient>;
  readonly pool?: Partial<DhcpPool>;
  readonly more?: readonly Part[];
  readonly ports?: readonly string[];
  readonly sw?: (part: Part) => Part;
}

/** The drawing above. */
function scene({ client = {}, pool: settings = {}, more = [], ports = [], sw = same }: Scene = {}): Run {
  const names = Object.fromEntries(['p1', 'p2', ...ports].map((name) => [name, {}]));
  return given(
    lab(
      sw(learningSwitch('sw', { ports: names })),
      leasing(host('cli', { mac: OLD }), ['eth0'], client),
      serving(host('srv', { ip: `${SERVER}/24` }), pool(settings)),
      link('cli:eth0', 'sw:p1'),
      link('srv:eth0', 'sw:p2'),
      ...more,
    ),
    { watch: ['sw'] },
  );
}

/** Messages of DHCP that reached the switch, in order. */
function messages(run: Run): DhcpMessage[] {
  return run.seen.flatMap(({ kind, bytes }) => {
    const packet = kind === 'received' ? parseIpv4Packet(parseEthernet(bytes)?.payload ?? new Uint8Array(0)) : null;
    const udp = packet?.protocol === 17 ? parseUdp(packet.payload, 0, packet) : null;
    return (udp && parseDhcp(udp.payload)) ?? [];
  });
}

function typeAt(run: Run, position: number | undefined): string | undefined {
  return run.events.find((event) => event.position === position)?.type;
}

function addressOf(run: Run, endpoint = 'cli:eth0'): string | undefined {
  return run.state.leases[endpoint]?.ip;
}

describe('a client', () => {
  test('LEASE-02: it discovers, is offered, requests and is acknowledged an address, probes it, and uses it with its gateway', () => {
    const run = scene().until(seconds(5));
    expect(messages(run).map(({ type }) => type)).toEqual(['discover', 'offer', 'request', 'ack']);
    expect(run.said('LeaseAcquired')).toMatchObject([
      {
        data: {
          node: 'cli',
          ip: '192.0.2.77',
          prefix: 24,
          gateway: '192.0.2.1',
          server: SERVER,
          clientId: '017c89c2f91d11',
          seconds: 3600,
        },
      },
    ]);
    expect(run.state.lab?.interfaces.find(({ node }) => node === 'cli')?.ipv4).toEqual([{ address: '192.0.2.77', prefix: 24 }]);
    expect(run.command(`ping cli ${SERVER} count 3`).until(seconds(9)).said('PingFinished')).toMatchObject([
      { data: { sent: 3, answered: 3 } },
    ]);
  });

  test('a flow of an interface without an address is dropped, no-address; with the lease it arrives', () => {
    const more = [flow('f', { from: 'cli:eth0', to: SERVER, intervalPs: 1e11, stopNs: seconds(5) })];
    const run = scene({ more }).until(seconds(6));
    const drops = run.said('FrameDropped').filter(({ data }) => data.reason === 'no-address');
    expect(drops.length).toBeGreaterThan(0);
    expect(run.flow('f').received).toBeGreaterThan(30);
  });

  test('LEASE-05: it renews at T1 by unicast; when nobody answers it asks everybody from T2 on, and its lease expires', () => {
    expect(vectors.timers).toMatchObject({ lease_s: 3600, t1_s: 1800, t2_s: 3150 });
    const run = scene().until(seconds(1802));
    const acquired = run.said('LeaseAcquired')[0]?.atNs ?? 0;
    const [renewed] = run.said('LeaseRenewed', { how: 'renewing' });
    // The acknowledgement came half a second, the time of the probe, before the address was used.
    expect(Math.round(((renewed?.atNs ?? 0) - acquired + 5e8) / 1e9)).toBe(vectors.timers.t1_s);
    const since = (renewed?.atNs ?? 0) / 1e9;
    run.command('crash srv').until(seconds(since + 3700));
    const asked = messages(run).filter(({ ciaddr, type }) => type === 'request' && ciaddr === '192.0.2.77');
    expect(asked.length).toBeGreaterThan(3);
    const released = run.said('LeaseReleased', { reason: 'expired' });
    expect(released).toHaveLength(1);
    expect(Math.round((released[0]?.atNs ?? 0) / 1e9 - since)).toBe(vectors.timers.lease_s);
    expect(typeAt(run, released[0]?.cause)).toBe('NodePowerChanged');
  });

  test('ARP-06: an address that somebody answers for is declined, and the server gives another one', () => {
    const squatter = [host('squat', { ip: '192.0.2.77/24' }), link('squat:eth0', 'sw:p3')];
    const run = scene({ more: squatter, ports: ['p3'] }).until(seconds(15));
    expect(run.said('AddressConflict', { node: 'cli', ip: '192.0.2.77' })).toHaveLength(1);
    expect(run.said('LeaseEnded', { reason: 'declined' })).toHaveLength(1);
    expect(addressOf(run)).toBe('192.0.2.78');
  });

  test('ARP-06c: with address probing it sends three probes 1 s to 2 s apart, and two announcements 2 s apart', () => {
    const run = scene({ client: { probesAddress: true } }).until(seconds(15));
    const arps = run.seen.flatMap(({ at, kind, atNs, bytes }) => {
      const arp = at === 'sw:p1' && kind === 'received' ? parseArpFrame(bytes)?.arp : undefined;
      return arp?.targetIp === '192.0.2.77' ? { atNs, ...arp } : [];
    });
    expect(arps.map(({ operation, senderIp, senderMac }) => [operation, senderIp, senderMac])).toEqual([
      ...Array(3).fill(['request', '0.0.0.0', OLD]),
      ...Array(2).fill(['request', '192.0.2.77', OLD]),
    ]);
    const gaps = arps.slice(1).map(({ atNs }, at) => atNs - (arps[at]?.atNs ?? 0));
    for (const gap of gaps.slice(0, 2)) {
      expect(gap).toBeGreaterThanOrEqual(seconds(1));
      expect(gap).toBeLessThanOrEqual(seconds(2));
    }
    expect(gaps.slice(2)).toEqual([seconds(2), seconds(2)]);
    expect(run.said('LeaseAcquired').map(({ atNs }) => atNs)).toEqual([run.said('GarpSent')[0]?.atNs]);
  });

  test('ARP-06c: with address probing it gives up an address that another station probes at the same time', () => {
    const run = scene({ client: { probesAddress: true } }).until(seconds(2.5));
    expect(run.said('LeaseAcquired')).toEqual([]);
    run.receives('sw:p2', emitArpFrame(arpRequest(mac(NEW), ip('0.0.0.0'), ip('192.0.2.77')))).until(seconds(30));
    expect(run.said('AddressConflict').map(({ data }) => data.mac)).toEqual([NEW]);
    expect(run.said('LeaseAcquired').map(({ data }) => data.ip)).toEqual(['192.0.2.78']);
  });

  test('a client that lost power asks again, and its server, which kept the lease, gives the same address', () => {
    const run = scene().until(seconds(5)).command('crash cli').until(seconds(6));
    expect(addressOf(run)).toBeUndefined();
    expect(addressOf(run.command('power-on cli').until(seconds(12)))).toBe('192.0.2.77');
  });
});

describe('a MAC that changes', () => {
  test('LEASE-01 to LEASE-04: the client releases under its old name, discovers under the new one, and gets another address', () => {
    const run = scene().until(seconds(10)).command(`guest-mac cli:eth0 ${NEW}`).until(seconds(11));
    const rows = vectors.pool_effect;
    const after = messages(run).slice(4);
    expect(after.map(({ type }) => type)).toEqual(['release', 'discover', 'offer', 'request', 'ack']);
    expect(after[0]).toMatchObject({ ciaddr: '192.0.2.77', chaddr: OLD, options: { server: SERVER } });
    expect(after[1]).toMatchObject({ chaddr: NEW });
    expect(run.said('LeaseReleased')).toMatchObject([{ data: { ip: rows[1]?.released, reason: 'mac-change', told: true } }]);
    expect(typeAt(run, run.said('LeaseReleased')[0]?.cause)).toBe('MacAddressChanged');
    const acquired = run.said('LeaseAcquired').map(({ data }) => ({ client_id: data.clientId, ip: data.ip }));
    expect(acquired).toEqual([rows[0], rows[2]].map((row) => ({ client_id: row?.client_id, ip: row?.ip })));
  });

  test('LEASE-03: an edit by the hypervisor cannot be told: the server keeps the lease', () => {
    const run = scene().until(seconds(10)).command(`edit-mac cli:eth0 ${NEW}`).until(seconds(12));
    expect(messages(run).filter(({ type }) => type === 'release')).toEqual([]);
    expect(run.said('LeaseReleased')).toMatchObject([{ data: { reason: 'mac-change', told: false } }]);
    expect(run.state.grants.srv?.['192.0.2.77']).toMatchObject({ state: 'leased', clientId: '017c89c2f91d11' });
    expect(addressOf(run)).toBe('192.0.2.78');
  });

  test('LEASE-04: the old address comes back where it is reserved for the new MAC, or the pool has no other', () => {
    const reserved = { reservations: [{ mac: mac(NEW), ip: ip('192.0.2.99') }] };
    expect(addressOf(scene({ pool: reserved }).until(seconds(10)).command(`guest-mac cli:eth0 ${NEW}`).until(seconds(12)))).toBe(
      '192.0.2.99',
    );
    const small = { last: ip('192.0.2.77') };
    expect(addressOf(scene({ pool: small }).until(seconds(10)).command(`guest-mac cli:eth0 ${NEW}`).until(seconds(12)))).toBe(
      '192.0.2.77',
    );
  });

  test('a client that calls itself after its node keeps its address; one that is told to keep its lease does not ask anew', () => {
    const duid = scene({ client: { clientId: 'duid' } })
      .until(seconds(10))
      .command(`guest-mac cli:eth0 ${NEW}`)
      .until(seconds(12));
    expect(duid.said('LeaseAcquired').map(({ data }) => data.ip)).toEqual(['192.0.2.77', '192.0.2.77']);
    const kept = scene({ client: { releaseOnMacChange: false } })
      .until(seconds(10))
      .command(`guest-mac cli:eth0 ${NEW}`)
      .until(seconds(12));
    expect(kept.said('LeaseReleased')).toEqual([]);
    expect(addressOf(kept)).toBe('192.0.2.77');
  });

  test('MAC-09g: a commit of the option gives the lease back from the old MAC, and asks for one from the new MAC', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
        leasing(firewall('fw', { interfaces: { eth1: { mac: NEW } } }), ['eth1']),
        serving(host('srv', { ip: `${SERVER}/24` }), pool()),
        link('fw:eth1', 'sw:p1'),
        link('srv:eth0', 'sw:p2'),
      ),
      { watch: ['sw'] },
    );
    run.until(seconds(10)).command('commit fw use-hypervisor-mac off').until(seconds(12));
    const self = '7c:89:c2:f9:1d:10';
    const after = messages(run).slice(4);
    expect(after.map(({ type, chaddr }) => [type, chaddr])).toEqual([
      ['release', NEW],
      ['discover', self],
      ['offer', self],
      ['request', self],
      ['ack', self],
    ]);
    const [released] = run.said('LeaseReleased');
    expect(released).toMatchObject({ atNs: seconds(10), data: { ip: '192.0.2.77', reason: 'mac-change', told: true } });
    expect(run.event(released?.cause ?? 0)).toMatchObject({ type: 'MacAddressChanged', data: { cause: 'option-off', new: self } });
    expect(addressOf(run, 'fw:eth1')).toBe('192.0.2.78');
  });

  test('LEASE-01a, LEASE-03: a MAC that the PF gives its VF is one, and the client of the guest asks anew with it', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
        nic('nic', { model: 'x710', vfs: [{ adminMac: OLD }] }),
        leasing(host('cli', { on: 'esx1', mac: OLD })),
        serving(host('srv', { ip: `${SERVER}/24` }), pool()),
        link('cli:eth0', 'nic:vf0'),
        link('nic:wire', 'sw:p1'),
        link('srv:eth0', 'sw:p2'),
      ),
      { watch: ['sw'] },
    );
    run.until(seconds(10)).command(`ip link set nic:pf vf 0 mac ${NEW}`).until(seconds(12));
    expect(messages(run).slice(4)).toMatchObject([
      { type: 'discover', chaddr: NEW },
      { type: 'offer' },
      { type: 'request', chaddr: NEW },
      { type: 'ack' },
    ]);
    expect(run.said('LeaseReleased')).toMatchObject([{ data: { ip: '192.0.2.77', reason: 'mac-change', told: false } }]);
    expect(addressOf(run)).toBe('192.0.2.78');
  });

  test('LEASE-01: nothing happens when the MAC stays the same', () => {
    const run = scene().until(seconds(10)).command(`guest-mac cli:eth0 ${OLD}`).until(seconds(12));
    expect(run.said('LeaseReleased')).toEqual([]);
  });
});

describe('a server', () => {
  test('a pool without a free address refuses, and a lease that ended frees one', () => {
    const more = [leasing(host('late')), link('late:eth0', 'sw:p3')];
    const run = scene({ pool: { last: ip('192.0.2.77'), leaseNs: seconds(60) }, more, ports: ['p3'] }).until(seconds(20));
    expect(run.said('LeaseRefused', { reason: 'no-free-address' }).length).toBeGreaterThan(0);
    const [owner] = Object.keys(run.state.leases);
    const [had = '', waits = ''] = owner === 'cli:eth0' ? ['cli', 'late:eth0'] : ['late', 'cli:eth0'];
    run.command(`crash ${had}`).until(seconds(200));
    expect(run.said('LeaseEnded', { reason: 'expired' })).toHaveLength(1);
    expect(addressOf(run, waits)).toBe('192.0.2.77');
  });
});

describe('a relay', () => {
  /** cli ── rel 198.51.100.1, 192.0.2.254 ── srv: the server is in another network. */
  function relayed(): Run {
    const remote = pool({
      first: ip('198.51.100.10'),
      last: ip('198.51.100.20'),
      network: network('198.51.100.0/24'),
      gateway: ip('198.51.100.1'),
      leaseNs: seconds(60),
    });
    const fw = firewall('rel', { interfaces: { eth1: { ip: '198.51.100.1/24' }, eth2: { ip: '192.0.2.254/24' } } });
    const relay = altered(fw, same, (one) => (one.name === 'eth1' ? { ...one, dhcpRelay: [ip(SERVER)] } : one));
    return given(
      lab(
        hypervisor('esx1'),
        learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
        relay,
        leasing(host('cli', { mac: OLD })),
        serving(host('srv', { ip: `${SERVER}/24`, gateway: '192.0.2.254' }), remote),
        link('cli:eth0', 'sw:p1'),
        link('rel:eth1', 'sw:p2'),
        link('rel:eth2', 'srv:eth0'),
      ),
      { watch: ['sw', 'srv'] },
    );
  }

  test('LEASE-08: its client gets an address of the network that giaddr lies in, and renews by unicast through it', () => {
    const run = relayed().until(seconds(40));
    expect(run.said('LeaseAcquired')).toMatchObject([{ data: { ip: '198.51.100.10', gateway: '198.51.100.1', server: SERVER } }]);
    const passed = messages(run).filter(({ giaddr, op }) => giaddr === '198.51.100.1' && op === 'request');
    expect(passed.map(({ hops }) => hops)).toEqual([1, 1]);
    expect(run.said('LeaseRenewed', { how: 'renewing' })).toHaveLength(1);
  });
});

describe('a failover', () => {
  /** A pair whose eth1 leases its address, on one vSwitch with the server. */
  function pair(useHypervisorMac: boolean): Run {
    const unit = (name: string) => leasing(firewall(name, { useHypervisorMac, interfaces: { eth1: {}, ha1: {} } }), ['eth1']);
    const run = given(
      lab(
        hypervisor('esx1'),
        vswitch('vsw', {
          ports: { a: {}, b: {}, s: {} },
          policy: { promiscuous: true, macChanges: true, forgedTransmits: true },
        }),
        unit('fw1'),
        unit('fw2'),
        serving(host('srv', { on: 'esx1', ip: `${SERVER}/24` }), pool()),
        link('fw1:eth1', 'vsw:a'),
        link('fw2:eth1', 'vsw:b'),
        link('srv:eth0', 'vsw:s'),
        link('fw1:ha1', 'fw2:ha1'),
        haPair('fw1', 'fw2'),
      ),
    );
    return run.until(seconds(100)).command('crash fw1').until(seconds(130));
  }

  test('LEASE-08: with the option on the new active unit is a new client: .77 becomes .78', () => {
    const run = pair(true);
    expect(run.said('LeaseAcquired').map(({ data }) => [data.node, data.ip])).toEqual([
      ['fw1', '192.0.2.77'],
      ['fw2', '192.0.2.78'],
    ]);
  });

  test('LEASE-08: with the virtual MAC identity and address survive: .77 stays', () => {
    const run = pair(false);
    expect(run.said('LeaseAcquired').map(({ data }) => [data.node, data.ip])).toEqual([
      ['fw1', '192.0.2.77'],
      ['fw2', '192.0.2.77'],
    ]);
  });
});

describe('a switch that snoops', () => {
  /** ARP inspection without static bindings; DHCP servers may speak on p2. */
  function snooping(trusted: readonly string[]): (part: Part) => Part {
    return (part) =>
      altered(
        part,
        (node) => (node.kind === 'switch' ? { ...node, arpInspection: { bindings: [] }, dhcpSnooping: { trusted } } : node),
        (port) =>
          port.name === 'p2' ? { ...port, security: { trusted: true, arpPerSecond: 0, macLimit: 0, onViolation: 'drop' } } : port,
      );
  }

  test('DAI-01: a binding follows the lease: the client that leased may speak ARP, and after a MAC change the new pair holds', () => {
    const run = scene({ sw: snooping(['p2']) }).until(seconds(5));
    expect(run.state.inspections.sw?.bindings).toEqual({ '192.0.2.77': OLD });
    run.command(`ping cli ${SERVER} count 3`).until(seconds(9));
    expect(run.said('PingFinished')).toMatchObject([{ data: { answered: 3 } }]);
    run.command(`guest-mac cli:eth0 ${NEW}`).until(seconds(12));
    expect(run.state.inspections.sw?.bindings).toEqual({ '192.0.2.78': NEW });
    expect(run.said('FrameDropped', { reason: 'arp-inspection' })).toEqual([]);
  });

  test('what a server says on a port that is not trusted is dropped, dhcp-snooping', () => {
    const run = scene({ sw: snooping([]) }).until(seconds(5));
    expect(run.said('FrameDropped', { reason: 'dhcp-snooping', node: 'sw', interface: 'p2' })).toHaveLength(1);
    expect(addressOf(run)).toBeUndefined();
  });

  test('DAI-01: a binding ends with its lease', () => {
    const run = scene({ sw: snooping(['p2']), pool: { leaseNs: seconds(60) } }).until(seconds(5));
    run.command('crash cli').until(seconds(70));
    expect(run.state.inspections.sw?.bindings).toEqual({});
  });
});
