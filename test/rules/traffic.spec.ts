/**
 * Traffic on demand: pings, and neighbours that are forgotten.
 *
 *   g1 10.0.1.11 ── sw ── eth1 10.0.1.1  fw1  eth2 192.0.2.1 ── out 192.0.2.10
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeBody } from '../../ts/model/events/codec.ts';
import { describeFrame } from '../../ts/wire/describe.ts';
import { parseEthernet } from '../../ts/wire/ethernet.ts';
import { parseIcmpEcho } from '../../ts/wire/icmp.ts';
import { parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { firewall, haPair, host, hypervisor, lab, learningSwitch, link, ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

function segment(): Run {
  return given(
    lab(
      hypervisor('esx1'),
      firewall('fw1', { interfaces: { eth1: { ip: '10.0.1.1/24' }, eth2: { ip: '192.0.2.1/24' } } }),
      host('g1', { ip: '10.0.1.11/24', gateway: '10.0.1.1' }),
      host('out', { ip: '192.0.2.10/24', gateway: '192.0.2.1' }),
      learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
      link('g1:eth0', 'sw:p1'),
      link('fw1:eth1', 'sw:p2'),
      link('fw1:eth2', 'out:eth0'),
    ),
    { watch: ['g1', 'fw1'] },
  );
}

/** Positions from an event back to where its causes begin. */
function causesOf(run: Run, position: number): number[] {
  const causes: number[] = [];
  for (let at = run.event(position).cause; at > 0; at = run.event(at).cause) causes.push(at);
  return causes;
}

describe('ping', () => {
  test('sends echo requests by the routes of the node, and times each answer', () => {
    const run = segment().until(seconds(1)).command('ping g1 192.0.2.10 count 3 size 100 interval 200ms').until(seconds(5));
    const answers = run.said('PingAnswered', { node: 'g1', ip: '192.0.2.10' });
    expect(answers.map(({ data }) => data.seq)).toEqual([1, 2, 3]);
    // A request leaves 1 us after its time.
    for (const { atNs, data } of answers) expect(data.afterNs).toBe(atNs - (seconds(1) + (data.seq - 1) * ms(200) + 1000));
    const times = answers.map(({ data }) => data.afterNs);
    const meanNs = Math.floor(times.reduce((sum, ns) => sum + ns, 0) / 3);
    const [finished, ...more] = run.said('PingFinished');
    expect(more).toEqual([]);
    expect(finished?.data).toEqual({
      node: 'g1',
      ip: '192.0.2.10',
      sent: 3,
      answered: 3,
      minNs: Math.min(...times),
      meanNs,
      maxNs: Math.max(...times),
    });
    expect(finished?.atNs).toBe(answers[2]?.atNs);
  });

  test('ARP-01: the first answer comes later than the others, by the time of ARP', () => {
    const run = segment().command('ping g1 192.0.2.10 count 2').until(seconds(5));
    const [first = 0, second = 0] = run.said('PingAnswered').map(({ data }) => data.afterNs);
    expect(first).toBeGreaterThan(second);
    expect(run.said('NeighbourUpdated', { node: 'g1', ip: '10.0.1.1' })).toHaveLength(1);
  });

  test('every answer, and the end, lead back to the command', () => {
    const run = segment().until(seconds(1)).command('ping g1 192.0.2.10 count 2').until(seconds(5));
    const [accepted] = run.said('CommandAccepted');
    const told = [...run.said('PingAnswered'), ...run.said('PingFinished')];
    expect(told).toHaveLength(3);
    for (const { position } of told) expect(causesOf(run, position)).toContain(accepted?.position);
  });

  test('a request is an echo request of RFC 792 with the address of the interface that it leaves by', () => {
    const run = segment().command('ping fw1 10.0.1.11 count 1 size 10').until(seconds(3));
    const packets = run
      .frames('fw1:eth1', 'sent')
      .map((bytes) => parseIpv4Packet(parseEthernet(bytes)?.payload ?? new Uint8Array()));
    const [packet, ...more] = packets.filter((one) => one !== null);
    expect(more).toEqual([]);
    expect(packet).toMatchObject({ src: '10.0.1.1', dst: '10.0.1.11', ttl: 64 });
    const echo = parseIcmpEcho(packet?.payload ?? new Uint8Array());
    expect(echo).toMatchObject({ kind: 'request', seq: 1, payload: new Uint8Array(10) });
    expect(run.said('PingAnswered', { node: 'fw1', seq: 1 })).toHaveLength(1);
  });

  test('without answers it ends two seconds after its last request', () => {
    const run = segment().command('crash out').command('ping g1 192.0.2.10 count 2 interval 500ms').until(seconds(10));
    const [finished] = run.said('PingFinished');
    expect(finished?.data).toMatchObject({ sent: 2, answered: 0, minNs: 0, meanNs: 0, maxNs: 0 });
    expect(finished?.atNs).toBe(ms(500) + seconds(2));
  });

  test('a request beyond the MTU is dropped like any packet', () => {
    const run = segment().command('ping g1 192.0.2.10 count 1 size 1473').until(seconds(4));
    expect(run.dropsAt('g1')).toEqual(['eth0 mtu-exceeded']);
    expect(run.said('PingFinished')[0]?.data.answered).toBe(0);
  });

  test('a node that loses power ends its pings without a word', () => {
    const run = segment().command('ping g1 192.0.2.10').until(ms(500)).command('crash g1').until(seconds(10));
    expect(run.said('PingAnswered')).toHaveLength(1);
    expect(run.said('PingFinished')).toEqual([]);
  });

  test('HA-07: an answer over HA1 is not taken for one to a heartbeat', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        firewall('fw1', { interfaces: { eth1: { ip: '10.0.1.1/24' }, ha1: { mode: 'ha', ip: '10.255.0.1/30' } } }),
        firewall('fw2', { interfaces: { eth1: { ip: '10.0.1.1/24' }, ha1: { mode: 'ha', ip: '10.255.0.2/30' } } }),
        link('fw1:ha1', 'fw2:ha1'),
        haPair('fw1', 'fw2'),
      ),
    );
    run.until(seconds(3)).command('ping fw1 10.255.0.2 count 3').until(seconds(10));
    expect(run.said('PingFinished')[0]?.data).toMatchObject({ sent: 3, answered: 3 });
  });

  test('two at once are told apart', () => {
    const run = segment().command('ping g1 192.0.2.10 count 2').command('ping g1 10.0.1.1 count 3').until(seconds(9));
    expect(run.said('PingFinished').map(({ data }) => [data.ip, data.sent, data.answered])).toEqual([
      ['192.0.2.10', 2, 2],
      ['10.0.1.1', 3, 3],
    ]);
  });

  test.each([
    ['ping nobody 10.0.1.1', 'no node nobody'],
    ['ping sw 10.0.1.1', 'sw is a switch; it has no layer 3'],
    ['ping fw1 8.8.8.8', 'fw1 has no route to 8.8.8.8'],
    ['ping fw1 10.0.1.1', '10.0.1.1 is an address of fw1 itself'],
    ['ping g1 10.0.1.1 count 0', 'count 0 is not from 1 to 1000'],
    ['ping g1 10.0.1.1 size 9999', 'size 9999 is above 9188'],
    ['ping g1 10.0.1.1 interval 1us', 'interval must be at least 1ms'],
    ['arp clear sw', 'sw is a switch; it has no layer 3'],
    ['arp clear g1 address 10.0.1.1', 'g1 has no neighbour 10.0.1.1'],
  ])('%s is refused', (command, reason) => {
    expect(
      segment()
        .command(command)
        .said('CommandRefused')
        .map(({ data }) => data.reasons[0]),
    ).toEqual([reason]);
  });
});

describe('arp clear', () => {
  test('ARP-01: the node forgets its neighbours, and asks again with its next packet', () => {
    const run = segment().command('ping g1 192.0.2.10 count 1').until(seconds(1)).command('arp clear g1').forgetSeen();
    expect(run.neighbour('g1', '10.0.1.1')).toBeNull();
    run.command('ping g1 192.0.2.10 count 1').until(seconds(2));
    expect(run.neighbour('g1', '10.0.1.1')).not.toBeNull();
    const asked = run.frames('g1:eth0', 'sent').filter((bytes) => parseEthernet(bytes)?.etherType === 0x0806);
    expect(asked).toHaveLength(1);
    expect(run.said('PingFinished').map(({ data }) => data.answered)).toEqual([1, 1]);
  });

  test('with an address forgets that neighbour alone', () => {
    const run = segment().command('ping fw1 10.0.1.11 count 1').command('ping fw1 192.0.2.10 count 1').until(seconds(1));
    run.command('arp clear fw1 address 10.0.1.11');
    expect([run.neighbour('fw1', '10.0.1.11'), run.neighbour('fw1', '192.0.2.10')]).toEqual([null, expect.any(String)]);
  });
});

test('a series goes on from a snapshot as if nothing had been cut', () => {
  const begun = (): Run => segment().command('ping g1 192.0.2.10 count 4').until(ms(1500));
  const whole = begun();
  const restored = begun();
  restored.engine.restore(restored.engine.snapshot());
  const bodies = (run: Run): string[] =>
    run.until(seconds(9)).events.map((event) => Buffer.from(encodeBody(event)).toString('hex'));
  expect(bodies(restored)).toEqual(bodies(whole));
  expect(whole.said('PingFinished')).toHaveLength(1);
});

describe('ping over IPv6', () => {
  const shipped = (name: string): string => readFileSync(`labs/${name}.lab.yml`, 'utf8');

  test('ND-02: requests go by static routes and through a firewall, ask for the next hop by neighbour discovery, and are answered', () => {
    const run = givenFile(shipped('stable-address-failover'), ['client']).until(seconds(20));
    run.command('ping client 2001:db8:2::10 count 3 interval 200ms').command('ping fw1 2001:db8:1::11 count 1').until(seconds(24));
    expect(run.said('PingFinished').map(({ data: { node, sent, answered } }) => [node, sent, answered])).toEqual([
      ['fw1', 1, 1],
      ['client', 3, 3],
    ]);
    const sent = run.frames('client:eth0', 'sent').map(describeFrame);
    const requests = sent.filter((line) => line.includes('echo request'));
    expect(requests).toHaveLength(3);
    expect(requests[0]).toContain('IPv6 2001:db8:1::11 > 2001:db8:2::10 ICMPv6 echo request');
  });

  test('a host uses the router and the address that it learned', () => {
    const run = givenFile(shipped('ra-router-flag').replaceAll(', router-flag: off', '')).until(seconds(20));
    const { ip } = run.state.addresses6['client:eth0']?.find(({ origin }) => origin === 'slaac') ?? {};
    expect(ip).toBe('2001:db8:1:0:250:56ff:fec0:11');
    run.command('ping client 2001:db8:2::10 count 1').until(seconds(24));
    expect(run.said('PingFinished', { node: 'client' })).toMatchObject([{ data: { answered: 1 } }]);
  });

  test('a link-local address, an address of its own and one without a route are refused', () => {
    const run = givenFile(shipped('stable-address-failover')).until(seconds(20));
    for (const address of ['fe80::1', '2001:db8:1::11', 'ff02::1']) run.command(`ping client ${address}`);
    run.command('ping server 2001:db8:2::99 size 9180');
    expect(run.said('CommandRefused').map(({ data: { reasons } }) => reasons)).toEqual([
      ['fe80::1 says not which interface it is reached by: ping an address of a network'],
      ['2001:db8:1::11 is an address of client itself'],
      ['ff02::1 says not which interface it is reached by: ping an address of a network'],
      ['size 9180 is above 9168'],
    ]);
  });
});
