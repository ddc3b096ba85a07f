/**
 * Firewalls with zones: sessions, policies, source NAT.
 *
 *   in 10.0.1.11 ── eth1 (trust)  fw1  eth2 (untrust) ── out 10.0.2.12
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readDerived } from '../../ts/engine/derived.ts';
import { endpointOf } from '../../ts/model/lab/endpoint.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import { datagram, type Flags, type SocketAddress, segment, told, unreachable, type Way } from '../support/transport.ts';

afterEach(everyFrameIsAccountedFor);

const ALLOW = '[{ name: out, from: trust, to: untrust }]';

function fileOf(settings: string, policies = ALLOW): string {
  return `
name: sessions
duration: 10s
topology:
  nodes:
    h: { kind: hypervisor }
    fw1:
      kind: firewall
      on: h
      zones: { trust: [eth1], untrust: [eth2] }
      policies: ${policies}
${settings
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
    in: { kind: host, gateway: 10.0.1.1 }
    out: { kind: host, gateway: 10.0.2.1 }
  links:
    - endpoints: [{ node: fw1, interface: eth1, ipv4: 10.0.1.1/24 }, { node: in, interface: eth0, ipv4: 10.0.1.11/24 }]
    - endpoints: [{ node: fw1, interface: eth2, ipv4: 10.0.2.1/24 }, { node: out, interface: eth0, ipv4: 10.0.2.12/24 }]
`;
}

const CLIENT = '10.0.1.11:1000';
const SERVER = '10.0.2.12:80';

class Between {
  constructor(readonly run: Run) {}

  #way(at: 'eth1' | 'eth2', from: SocketAddress, to: SocketAddress): Way {
    const host = at === 'eth1' ? 'in:eth0' : 'out:eth0';
    const [own, peer] = [`fw1:${at}`, host].map((endpoint) => this.run.state.interfaces[endpoint]?.usedMac ?? '');
    return { macs: [peer ?? '', own ?? ''], from, to };
  }

  /** A frame that comes to the firewall; what the firewall then sends, and why it dropped it. */
  #sees(at: 'eth1' | 'eth2', frame: Uint8Array): string[] {
    this.run.forgetSeen();
    const dropped = this.run.said('FrameDropped', { node: 'fw1' }).length;
    this.run.receives(`fw1:${at}`, frame).pass(ms(1));
    const sent = this.run.seen.filter(({ kind, at: place }) => kind === 'sent' && place.startsWith('fw1:'));
    const packets = sent.map(({ bytes }) => told(bytes)).filter((text) => text !== 'bad packet');
    const drops = this.run.said('FrameDropped', { node: 'fw1' }).slice(dropped);
    return [...packets, ...drops.map(({ data }) => data.reason)];
  }

  out(flags: Flags, from: SocketAddress = CLIENT, to: SocketAddress = SERVER): string[] {
    return this.#sees('eth1', segment(this.#way('eth1', from, to), flags));
  }

  back(flags: Flags, from: SocketAddress = SERVER, to: SocketAddress = CLIENT): string[] {
    return this.#sees('eth2', segment(this.#way('eth2', from, to), flags));
  }

  datagramOut(from: SocketAddress = CLIENT, to: SocketAddress = SERVER): string[] {
    return this.#sees('eth1', datagram(this.#way('eth1', from, to)));
  }

  datagramBack(from: SocketAddress = SERVER, to: SocketAddress = CLIENT): string[] {
    return this.#sees('eth2', datagram(this.#way('eth2', from, to)));
  }

  frameBack(frame: (way: Way) => Uint8Array, from: SocketAddress, to: SocketAddress): string[] {
    return this.#sees('eth2', frame(this.#way('eth2', from, to)));
  }

  open(): this {
    this.out('S');
    this.back('SA');
    this.out('A');
    return this;
  }

  get sessions() {
    return readDerived(this.run.engine).sessions;
  }

  states(): string[] {
    return this.sessions.map(({ state }) => state);
  }
}

/** A lab in which both ends know each other's MACs. */
function between(settings = '', policies = ALLOW): Between {
  const run = givenFile(fileOf(settings, policies), ['fw1']);
  run.command('ping fw1 10.0.1.11 count 1').command('ping fw1 10.0.2.12 count 1').until(seconds(1));
  return new Between(run);
}

describe('TCP', () => {
  test('opens a session with SYN, and both directions pass in it until both ends have sent FIN', () => {
    const lab = between();
    expect(lab.out('S')).toEqual(['tcp 10.0.1.11:1000 > 10.0.2.12:80 S']);
    expect(lab.states()).toEqual(['opening']);
    expect(lab.back('SA')).toEqual(['tcp 10.0.2.12:80 > 10.0.1.11:1000 SA']);
    expect(lab.states()).toEqual(['handshake']);
    lab.out('A');
    expect(lab.states()).toEqual(['established']);
    lab.out('F');
    expect(lab.states()).toEqual(['half-closed']);
    lab.back('F');
    expect(lab.states()).toEqual(['closing']);
    expect(lab.sessions).toMatchObject([{ id: 1, packets: 3, answers: 2, policy: 'out', fromPeer: false }]);
  });

  test.each([
    ['a segment that is no SYN', 'A'],
    ['an answer to a SYN', 'SA'],
    ['a reset', 'R'],
  ] as const)('%s, without a session, is dropped as no-session', (_, flags) => {
    const lab = between();
    expect(lab.out(flags)).toEqual(['no-session']);
    expect(lab.sessions).toEqual([]);
  });

  test.each([
    ['before SYN and ACK', 'opening', 5, (lab: Between): void => void lab.out('S')],
    ['before the last ACK', 'handshake', 10, (lab: Between): void => void [lab.out('S'), lab.back('SA')]],
    ['established', 'established', 3600, (lab: Between): void => void lab.open()],
    ['half closed', 'half-closed', 120, (lab: Between): void => void lab.open().out('F')],
    ['closed by a reset', 'closing', 15, (lab: Between): void => void lab.open().back('R')],
  ] as const)('a session %s lives as long as PAN-OS lets it', (_, state, lifeS, begin) => {
    const lab = between();
    begin(lab);
    const [session] = lab.sessions;
    expect(session?.state).toBe(state);
    const endNs = session?.expiresNs ?? 0;
    expect(Math.abs(endNs - lab.run.nowNs - seconds(lifeS))).toBeLessThanOrEqual(ms(1));
    lab.run.until(endNs - 1);
    expect(lab.states()).toEqual([state]);
    lab.run.until(endNs);
    expect(lab.states()).toEqual([]);
    expect(lab.out('A')).toEqual(['no-session']);
  });

  test('a session that is not established does not live longer for more segments', () => {
    const lab = between();
    lab.out('S');
    const endNs = lab.sessions[0]?.expiresNs;
    lab.run.pass(seconds(1));
    lab.out('S');
    expect(lab.sessions[0]?.expiresNs).toBe(endNs);
  });

  test('a SYN takes the place of a session that is closing', () => {
    const lab = between().open();
    lab.back('R');
    lab.out('S');
    expect(lab.states()).toEqual(['opening']);
  });

  test('tcp-without-syn decides about a segment without a session: reset answers it, accept opens a session', () => {
    const reset = between('sessions: { tcp-without-syn: reset }');
    expect(reset.out('A')).toEqual(['tcp 10.0.2.12:80 > 10.0.1.11:1000 R', 'no-session']);
    expect(reset.out('R')).not.toContain('tcp 10.0.2.12:80 > 10.0.1.11:1000 R');
    const accept = between('sessions: { tcp-without-syn: accept }');
    expect(accept.out('A')).toEqual(['tcp 10.0.1.11:1000 > 10.0.2.12:80 A']);
    expect(accept.states()).toEqual(['established']);
  });
});

describe('policies', () => {
  test('between zones nothing passes without a policy, within a zone everything does', () => {
    const lab = between('', '[]');
    expect(lab.out('S')).toEqual(['policy-deny']);
    expect(lab.sessions).toEqual([]);
    const file = fileOf('', '[]').replace('trust: [eth1], untrust: [eth2]', 'all: [eth1, eth2]');
    const one = givenFile(file).command('ping in 10.0.2.12 count 1').until(seconds(3));
    expect(one.said('PingFinished')[0]?.data.answered).toBe(1);
  });

  test('the first that fits decides, by zone, network, protocol and port', () => {
    const lab = between(
      '',
      `[{ name: no-telnet, protocol: tcp, port: 23, action: deny }, { name: refuse, to: untrust, destination: 10.0.2.99/32, action: reset },
        { name: web, from: [trust], to: untrust, source: 10.0.1.0/24, protocol: tcp, port: 80-81 }]`,
    );
    expect(lab.out('S', CLIENT, '10.0.2.12:23')).toEqual(['policy-deny']);
    expect(lab.out('S', CLIENT, '10.0.2.99:80')).toEqual(['tcp 10.0.2.99:80 > 10.0.1.11:1000 20']);
    expect(lab.out('S', CLIENT, '10.0.2.12:81')).toEqual(['tcp 10.0.1.11:1000 > 10.0.2.12:81 S']);
    expect(lab.out('S', CLIENT, '10.0.2.12:82')).toEqual([]);
    expect(lab.datagramOut()).toEqual([]);
    expect(lab.run.dropped('fw1:eth1', 'policy-deny')).toBe(4);
    expect(lab.sessions.map(({ policy }) => policy)).toEqual(['web']);
  });

  test('an answer needs no policy, and a question from the other side does', () => {
    const lab = between();
    lab.datagramOut();
    expect(lab.datagramBack()).toEqual(['udp 10.0.2.12:80 > 10.0.1.11:1000']);
    expect(lab.datagramBack('10.0.2.12:81')).toEqual(['policy-deny']);
  });
});

describe('UDP and ICMP', () => {
  test('a datagram opens a session, which each datagram of either side prolongs by 30 s', () => {
    const lab = between();
    lab.datagramOut();
    lab.run.pass(seconds(29));
    lab.datagramBack();
    lab.run.pass(seconds(29));
    expect(lab.sessions).toMatchObject([{ protocol: 17, state: 'established', packets: 1, answers: 1 }]);
    lab.run.pass(seconds(1));
    expect(lab.sessions).toEqual([]);
    expect(lab.datagramBack()).toEqual(['policy-deny']);
  });

  test('an echo has a session by its identifier, for 6 s', () => {
    const lab = between();
    lab.run.command('ping in 10.0.2.12 count 2 interval 500ms').pass(seconds(1));
    expect(lab.sessions).toMatchObject([{ protocol: 1, packets: 2, answers: 2 }]);
    expect(lab.run.said('PingFinished', { node: 'in' })[0]?.data.answered).toBe(2);
    lab.run.command('ping out 10.0.1.11 count 1').pass(seconds(7));
    expect(lab.run.said('PingFinished', { node: 'out' })[0]?.data.answered).toBe(0);
    expect(lab.sessions).toEqual([]);
  });

  test('packets for the firewall, and from it, have no session', () => {
    const run = givenFile(fileOf('', '[]'))
      .command('ping in 10.0.1.1 count 1')
      .command('ping fw1 10.0.2.12 count 1')
      .until(seconds(3));
    expect(run.said('PingFinished').map(({ data }) => data.answered)).toEqual([1, 1]);
    expect(readDerived(run.engine).sessions).toEqual([]);
  });
});

describe('a full table', () => {
  test('drops what would open a session, and takes the room of those that have expired', () => {
    const lab = between('sessions: { max: 2, timeouts: { udp: 2s } }');
    lab.datagramOut('10.0.1.11:1');
    lab.datagramOut('10.0.1.11:2');
    expect(lab.datagramOut('10.0.1.11:3')).toEqual(['session-table-full']);
    expect(lab.datagramOut('10.0.1.11:2')).toEqual(['udp 10.0.1.11:2 > 10.0.2.12:80']);
    lab.run.pass(seconds(2));
    expect(lab.datagramOut('10.0.1.11:3')).toEqual(['udp 10.0.1.11:3 > 10.0.2.12:80']);
    expect(lab.sessions.map(({ source }) => source.port)).toEqual([3]);
  });
});

test('a table of one session leaves room for what comes behind it in memory: a flow of TCP runs in it', () => {
  const flow = 'flows:\n  one: { from: "in:eth0", to: 10.0.2.12, protocol: tcp, rate: 100, stop: 1s }\n';
  const run = givenFile(`${fileOf('sessions: { max: 1 }')}${flow}`).until(seconds(2));
  expect(run.said('FlowConnected')).toHaveLength(1);
});

describe('what loses a session is the cause of its drops', () => {
  test('the command that cleared it', () => {
    const lab = between().open();
    lab.run.command('session clear fw1 id 1');
    const [cleared] = lab.run.said('SessionsCleared');
    expect(cleared?.data).toEqual({ node: 'fw1', session: 1, count: 1 });
    expect(lab.sessions).toEqual([]);
    expect(lab.out('A')).toEqual(['no-session']);
    const accepted = lab.run.said('CommandAccepted').at(-1);
    expect(lab.run.said('FrameDropped').at(-1)?.cause).toBe(accepted?.position);
    expect(lab.out('S')).toEqual(['tcp 10.0.1.11:1000 > 10.0.2.12:80 S']);
  });

  test('the loss of power', () => {
    const lab = between().open();
    lab.run.command('crash fw1').command('power-on fw1').command('ping fw1 10.0.1.11 count 1').pass(seconds(1));
    expect(lab.out('A')).toEqual(['no-session']);
    const off = lab.run.said('NodePowerChanged', { power: 'crashed' }).at(-1);
    expect(lab.run.said('FrameDropped').at(-1)?.cause).toBe(off?.position);
  });

  test('the frame itself, where the firewall is as the lab was defined', () => {
    const lab = between();
    lab.out('A');
    const drop = lab.run.said('FrameDropped').at(-1);
    expect(lab.run.event(drop?.cause ?? 0).type).toBe('FramesReceived');
  });
});

describe('source NAT', () => {
  const NAT = 'nat: [{ name: hide, from: trust, to: untrust, pool: 10.0.2.100-10.0.2.101, ports: 2000-2001 }]';

  test('translates source address and port on the way out, and destination on the way back, with right checksums', () => {
    const lab = between(NAT);
    const [sent = ''] = lab.out('S');
    expect(sent).toMatch(/^tcp 10\.0\.2\.10[01]:200[01] > 10\.0\.2\.12:80 S$/);
    const outside = (sent.split(' ')[1] ?? '') as SocketAddress;
    expect(lab.back('SA', SERVER, outside)).toEqual(['tcp 10.0.2.12:80 > 10.0.1.11:1000 SA']);
    expect(lab.out('A')).toEqual([`tcp ${outside} > 10.0.2.12:80 A`]);
    const [ip, port] = outside.split(':');
    expect(lab.sessions).toMatchObject([{ translated: { ip, port: Number(port) } }]);
    const [datagrams = ''] = lab.datagramOut();
    expect(lab.datagramBack(SERVER, datagrams.split(' ')[1] as SocketAddress)).toEqual(['udp 10.0.2.12:80 > 10.0.1.11:1000']);
  });

  test('an echo is answered through it: its identifier is translated', () => {
    const lab = between(NAT);
    lab.run.command('ping in 10.0.2.12 count 3 interval 10ms').pass(seconds(1));
    expect(lab.run.said('PingFinished', { node: 'in' })[0]?.data.answered).toBe(3);
  });

  test('an ICMP error belongs to the session of the packet that it quotes, and both are translated', () => {
    const lab = between(NAT);
    const [sent = ''] = lab.datagramOut();
    const outside = sent.split(' ')[1] as SocketAddress;
    const quoting = (from: SocketAddress) => (way: Way) => unreachable(way, datagram({ ...way, from, to: SERVER }));
    expect(lab.frameBack(quoting(outside), SERVER, outside)).toEqual([
      'icmp error 10.0.2.12 > 10.0.1.11 of 10.0.1.11:1000 > 10.0.2.12:80',
    ]);
    expect(lab.frameBack(quoting('10.0.2.100:9'), SERVER, outside)).toEqual(['no-session']);
    expect(lab.sessions).toMatchObject([{ packets: 1, answers: 1 }]);
  });

  test('nobody can open a session to an address of the pool', () => {
    expect(between(NAT).datagramBack(SERVER, '10.0.2.100:2000')).toEqual(['no-session']);
  });

  test('a pool without a free port drops the session; an expired session gives its port back', () => {
    const lab = between(`${NAT}\nsessions: { timeouts: { udp: 2s } }`);
    for (const port of [1, 2, 3, 4]) lab.datagramOut(`10.0.1.11:${port}`);
    expect(new Set(lab.sessions.map(({ translated }) => `${translated?.ip}:${translated?.port}`)).size).toBe(4);
    expect(lab.datagramOut('10.0.1.11:5')).toEqual(['nat-pool-exhausted']);
    lab.run.pass(seconds(2));
    expect(lab.datagramOut('10.0.1.11:5')).toHaveLength(1);
    expect(lab.sessions).toHaveLength(1);
  });

  test('the firewall answers ARP for the pool where it is in the network of the interface, and nowhere else', () => {
    const lab = between(NAT);
    lab.run.command('ping out 10.0.2.100 count 1').command('ping in 10.0.2.101 count 1').pass(seconds(3));
    expect(lab.run.neighbour('out', '10.0.2.100')).toBe(lab.run.state.interfaces['fw1:eth2']?.usedMac);
    expect(lab.run.said('NeighbourUpdated', { ip: '10.0.2.101' })).toEqual([]);
  });
});

describe('a lab file', () => {
  const said = (settings: string, policies = ALLOW) =>
    validated(fileOf(settings, policies)).map((line) => line.replace(/^lab.yml:\d+:\d+: /, ''));

  test('says what is wrong with zones, policies and pools', () => {
    expect(said('', '[{ name: p, from: trsut }]')).toEqual([
      expect.stringContaining('fw1 has no zone "trsut"; did you mean "trust"?'),
    ]);
    expect(said('', '[{ name: p, protocol: icmp, port: 80 }]')).toEqual([expect.stringContaining('a policy for icmp has no port')]);
    expect(said('nat: [{ name: n, pool: 10.0.2.1-10.0.2.9 }]')).toEqual([
      expect.stringContaining('10.0.2.1 of the pool is the address of fw1:eth2'),
    ]);
    expect(said('nat: [{ name: n, pool: 10.0.2.100 }, { name: m, pool: 10.0.2.90-10.0.2.110 }]')).toEqual([
      expect.stringContaining('the pool overlaps that of n'),
    ]);
    const without = fileOf('').replace('zones: { trust: [eth1], untrust: [eth2] }', 'arp-profile: firewall');
    expect(validated(without)).toEqual([expect.stringContaining('fw1 has policies, but no zones')]);
  });

  test('warns of an interface in no zone: nothing passes there', () => {
    const file = fileOf('', '[]').replace(', untrust: [eth2]', '');
    expect(validated(file)).toEqual([expect.stringContaining('fw1:eth2 is in no zone')]);
    const run = givenFile(file, ['fw1']).command('ping in 10.0.2.12 count 1').until(seconds(3));
    expect(run.dropped('fw1:eth1', 'policy-deny')).toBe(1);
    expect(run.engine.lab.lab.interfaces.map(endpointOf)).toContain('fw1:eth2');
  });
});

test('a firewall with zones listens at no address of its own: a TCP flow to it is refused, as by one without zones', () => {
  const flow = 'flows:\n  own: { from: "in:eth0", to: 10.0.1.1, protocol: tcp, rate: 100 }\n';
  for (const zones of [/$^/, / {6}(zones|policies):.*\n/g]) {
    const run = givenFile(`${fileOf('').replace(zones, '')}${flow}`).until(seconds(2));
    expect(run.said('FlowReset', { by: 'fw1', refused: true })).toHaveLength(1);
  }
});
