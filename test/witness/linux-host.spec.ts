/**
 * A real Linux kernel takes the lab's frames, and believes what the lab's host believes of addresses, neighbours and routes: router and
 * neighbour advertisements of a failover whose firewalls leave the router flag out, and a lease of DHCP. The frames are those that the
 * interface of the lab's host received, replayed from a pcap file.
 *
 * There is no DHCP client of another maker where this runs: the kernel checks the frames and gives their payload to a socket, and the address
 * that they name is set as a client's script would.
 */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { usableAddresses } from '../../ts/model/state/ipv6-state.ts';
import { neighboursFor } from '../../ts/model/state/neighbour-state.ts';
import { parseDhcp } from '../../ts/wire/dhcp.ts';
import { ETHERTYPE, parseEthernet } from '../../ts/wire/ethernet.ts';
import { parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { parseIpv6Packet } from '../../ts/wire/ipv6.ts';
import { parseDiscovery } from '../../ts/wire/neighbour-discovery.ts';
import { parseUdp } from '../../ts/wire/udp.ts';
import { needs } from '../needs.ts';
import { hex } from '../support/frames.ts';
import { seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { pcapOf } from '../support/pcap.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import type { HostAnswer, HostRequest, HostStep, HostView } from './host-child.ts';
import { askInNamespaces } from './in-namespaces.ts';

const PATIENCE_MS = 60_000;
const LINK_LOCAL_NETWORK = 'fe80::/64';

afterEach(everyFrameIsAccountedFor);

/** What the lab's host believes, in the words of `ip`. */
function viewOf(run: Run, node: string, name: string): HostView {
  const endpoint = `${node}:${name}`;
  const iface = run.state.lab?.interfaces.find((one) => one.node === node && one.name === name);
  const own = run.state.lab?.nodes.find((one) => one.name === node);
  const routes = own !== undefined && 'routes' in own ? own.routes : [];
  const wide = usableAddresses(run.state, endpoint).map(
    ({ ip, prefix, origin }) => `${ip}/${origin === 'link-local' ? 64 : prefix}`,
  );
  const linux = run.engine.memories.nodes[node]?.linux ?? {};
  return {
    addresses: [...wide, ...(iface?.ipv4 ?? []).map(({ address, prefix }) => `${address}/${prefix}`)].sort(),
    routes: [
      ...(run.state.routers6[node] ?? []).map(({ ip }) => `default via ${ip}`),
      ...routes.map(({ via }) => `default via ${via}`),
    ].sort(),
    neighbours: Object.values(run.state.neighbours[node] ?? {})
      .filter(({ ip }) => neighboursFor(run.state, node, ip, name).length > 0)
      .map(({ ip, mac }) => `${ip} ${mac} ${run.nowNs < (linux[`${ip}%${name}`]?.reachableUntilNs ?? 0) ? 'REACHABLE' : 'STALE'}`)
      .sort(),
  };
}

/** Networks on the link are not compared as routes: the lab has them with their addresses. */
function withoutNetworks(view: HostView | undefined): HostView {
  const { addresses = [], routes = [], neighbours = [] } = view ?? {};
  return { addresses, routes: routes.filter((route) => route.startsWith('default')), neighbours };
}

function isDiscovery(bytes: Uint8Array): boolean {
  const frame = parseEthernet(bytes);
  const packet = frame?.etherType === ETHERTYPE.ipv6 ? parseIpv6Packet(frame.payload) : null;
  return packet !== null && parseDiscovery(packet) !== null;
}

/** When fw1 crashes. Ten seconds later fw2 takes over, and ten seconds after that it advertises itself again. */
const CRASH_S = 20.5;

/** The shipped lab; its client sends nothing, as the kernel here. */
function failover(): Run {
  return givenFile(readFileSync('labs/ra-router-flag.lab.yml', 'utf8').replaceAll('start: 16s', 'start: 58s'), ['client']);
}

/** Of IPv6 alone: the kernel has no IPv4 here. */
function ofIpv6({ addresses, routes, neighbours }: HostView): HostView {
  const [a = [], r = [], n = []] = [addresses, routes, neighbours].map((rows) => rows.filter((row) => row.includes(':')));
  return { addresses: a, routes: r, neighbours: n.filter((row) => !/^\d+\./.test(row)) };
}

const CLIENT_MAC = '00:50:56:c0:00:12';
const SERVER_MAC = '00:50:56:c0:00:13';

const LEASED = `name: leased
topology:
  nodes:
    cli: { kind: host, interfaces: { eth0: { ipv4: dhcp, mac: ${CLIENT_MAC} } } }
    srv:
      kind: host
      interfaces: { eth0: { ipv4: 192.0.2.253/24, mac: ${SERVER_MAC} } }
      dhcp: { pools: [ { range: 192.0.2.77-192.0.2.79, prefix: 192.0.2.0/24, gateway: 192.0.2.1 } ] }
  links: [ { endpoints: ["cli:eth0", "srv:eth0"] } ]
flows: { f: { from: "srv:eth0", to: 192.0.2.77, rate: 1, start: 3s } }
`;

/** What an interface saw of some kind, as a step of the child's. */
function replay(run: Run, endpoint: string, kind: 'sent' | 'received', isWanted: (bytes: Uint8Array) => boolean): HostStep {
  const frames = run.seen.filter((one) => one.at === endpoint && one.kind === kind && isWanted(one.bytes));
  return { is: 'replay', pcap: pcapOf(frames).toString('base64') };
}

/** The payload of a DHCP message in a frame; null for every other frame. */
function dhcpPayload(bytes: Uint8Array): Uint8Array | null {
  const frame = parseEthernet(bytes);
  const packet = frame?.etherType === ETHERTYPE.ipv4 ? parseIpv4Packet(frame.payload) : null;
  const udp = packet?.protocol === 17 ? parseUdp(packet.payload, 0, packet) : null;
  return udp !== null && parseDhcp(udp.payload) !== null ? udp.payload : null;
}

needs('namespaces')('a real Linux kernel', () => {
  test('ND-01, ND-02: takes router and neighbour advertisements of a failover as the host of the lab does', {
    retry: 1,
    timeout: 90_000,
  }, async () => {
    const run = failover();
    const steps: HostStep[] = [];
    const views: HostView[] = [];
    for (const moment of [CRASH_S, 30.5, 33, 45]) {
      run.forgetSeen().until(seconds(moment));
      if (moment === CRASH_S) run.command('crash fw1');
      steps.push(replay(run, 'client:eth0', 'received', isDiscovery), { is: 'look' });
      views.push(ofIpv6(viewOf(run, 'client', 'eth0')));
    }
    const request: HostRequest = { mac: '00:50:56:c0:00:11', steps };
    const answer = await askInNamespaces<HostAnswer>('host-child.ts', request, PATIENCE_MS);
    expect(answer.views.map(withoutNetworks)).toEqual(views);
    // The trap: the advertisement without router flag took the route, and the next router advertisement brought it back.
    expect(views.map(({ routes }) => routes.length)).toContain(0);
    expect(views.at(-1)?.routes).toEqual(['default via fe80::1']);
    expect(answer.views[0]?.routes).toEqual(['2001:db8:1::/64', 'default via fe80::1', LINK_LOCAL_NETWORK].sort());
  });

  test('LEASE-02, LEASE-04: takes the frames of DHCP, and has the address, the route and the neighbour that the host of the lab has', {
    retry: 1,
    timeout: 90_000,
  }, async () => {
    const run = givenFile(LEASED, ['cli', 'srv']).until(seconds(5));
    const ofClient = run.frames('cli:eth0', 'sent').filter((bytes) => dhcpPayload(bytes) !== null);
    const ofServer = run.frames('cli:eth0', 'received').filter((bytes) => dhcpPayload(bytes) !== null);
    const ack = parseDhcp(dhcpPayload(ofServer.at(-1) ?? new Uint8Array(0)) ?? new Uint8Array(0));
    if (ack === null) throw new Error('the lab has no acknowledgement');
    const isLease = (bytes: Uint8Array): boolean => dhcpPayload(bytes) !== null;
    const isLeaseOrArp = (bytes: Uint8Array): boolean => isLease(bytes) || parseEthernet(bytes)?.etherType === ETHERTYPE.arp;
    // The kernel as the server, which hears what a client without an address broadcasts; then as the client, with the address that it was given.
    const asServer: HostRequest = { mac: SERVER_MAC, steps: [replay(run, 'cli:eth0', 'sent', isLease), { is: 'look' }] };
    const asClient: HostRequest = {
      mac: CLIENT_MAC,
      steps: [
        { is: 'ip', line: `address add ${ack.yiaddr}/24 dev vx1` },
        { is: 'ip', line: `route add default via ${ack.options.routers?.[0]} dev vx1` },
        replay(run, 'cli:eth0', 'received', isLeaseOrArp),
        { is: 'look' },
      ],
    };
    const server = await askInNamespaces<HostAnswer>('host-child.ts', asServer, PATIENCE_MS);
    const { views, heard } = await askInNamespaces<HostAnswer>('host-child.ts', asClient, PATIENCE_MS);
    const payloads = (port: number, frames: readonly Uint8Array[]) =>
      frames.map((bytes) => ({ port, hex: hex(dhcpPayload(bytes) ?? new Uint8Array(0)) }));
    expect(server.heard).toEqual(payloads(67, ofClient));
    expect(heard).toEqual(payloads(68, ofServer));
    const [view] = views.map(withoutNetworks);
    const lab = viewOf(run, 'cli', 'eth0');
    expect(view?.addresses.filter((address) => !address.startsWith('fe80'))).toEqual(lab.addresses);
    expect(view?.routes).toEqual(lab.routes);
    expect(view?.neighbours).toEqual(lab.neighbours);
    expect(lab.neighbours).toEqual([`192.0.2.253 ${SERVER_MAC} STALE`]);
  });
});
