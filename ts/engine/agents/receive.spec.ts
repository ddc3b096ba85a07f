/** Frames that reach agents: pings are answered, nonsense is ignored, and neither can talk a firewall into anything. */
import { afterEach, describe, expect, test } from 'vitest';
import { pingFrame, vectorFrame } from '../../../test/support/frames.ts';
import { firewall, haPair, host, hypervisor, ip, lab, link, mac, ms, seconds } from '../../../test/support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../../../test/support/run.ts';
import { ETHERTYPE, emitEthernet, parseEthernet } from '../../wire/ethernet.ts';
import { emitIcmpEcho, parseIcmpEcho } from '../../wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL, parseIpv4Packet } from '../../wire/ipv4.ts';
import { emitTcp, TCP_FLAG } from '../../wire/tcp.ts';
import { HA1_PORT } from './ha/control-message.ts';

const A = mac('00:50:56:aa:00:01');
const G1 = mac('00:50:56:c0:00:11');
const HA1_A = mac('00:50:56:aa:00:f1');
const HA1_B = mac('00:50:56:bb:00:f1');
const HA1_A_IP = ip('10.255.0.1');
const HA1_B_IP = ip('10.255.0.2');

afterEach(everyFrameIsAccountedFor);

function scene(): Run {
  const ha1 = (address: string, of: string) => ({ ha1: { mac: of, ip: `${address}/30` } });
  return given(
    lab(
      hypervisor('esx1'),
      firewall('fw1', { interfaces: { eth1: { mac: A, ip: '10.0.1.1/24' }, ...ha1(HA1_A_IP, HA1_A) } }),
      firewall('fw2', { interfaces: { eth1: { ip: '10.0.1.1/24' }, ...ha1(HA1_B_IP, HA1_B) } }),
      host('g1', { mac: G1, ip: '10.0.1.11/24' }),
      host('g2'),
      link('fw1:eth1', 'g1:eth0'),
      link('fw2:eth1', 'g2:eth0'),
      link('fw1:ha1', 'fw2:ha1'),
      haPair('fw1', 'fw2'),
    ),
    { watch: ['fw1', 'fw2'] },
  ).until(seconds(20));
}

describe('a ping', () => {
  test('is answered to where it came from, with its own number', () => {
    const run = scene()
      .forgetSeen()
      .receives('fw1:eth1', pingFrame(G1, A, '10.0.1.11', '10.0.1.1', 7))
      .pass(ms(1));
    const [answer, ...more] = run.frames('fw1:eth1', 'sent').map((bytes) => parseEthernet(bytes));
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ src: A, dst: G1 });
    const packet = parseIpv4Packet(answer?.payload ?? new Uint8Array(0));
    expect(packet).toMatchObject({ src: '10.0.1.1', dst: '10.0.1.11', protocol: IP_PROTOCOL.icmp });
    expect(parseIcmpEcho(packet?.payload ?? new Uint8Array(0))).toMatchObject({ kind: 'reply', id: 1, seq: 7 });
  });

  test('to an address the node does not have is not answered', () => {
    const run = scene()
      .forgetSeen()
      .receives('g1:eth0', pingFrame(A, G1, '10.0.1.1', '10.0.1.77'))
      .pass(ms(1));
    expect(run.frames('fw1:eth1', 'received')).toEqual([]);
    expect(run.dropsAt('g1')).toContain('eth0 no-listener');
  });
});

describe('what changes nothing', () => {
  /** A hello to fw2, as somebody wrote it. */
  function hello(text: string, port = HA1_PORT): Uint8Array {
    const between = { src: HA1_A_IP, dst: HA1_B_IP };
    const tcp = { srcPort: port, dstPort: port, seq: 0, ack: 0, flags: TCP_FLAG.psh, window: 0, urgent: 0 };
    const payload = emitTcp({ ...tcp, payload: new TextEncoder().encode(text) }, between);
    return ha1Frame(IP_PROTOCOL.tcp, payload);
  }

  function ha1Frame(protocol: number, payload: Uint8Array): Uint8Array {
    const header = { tos: 0, id: 0, dontFragment: true, ttl: 64, protocol, src: HA1_A_IP, dst: HA1_B_IP };
    return emitEthernet({ src: HA1_A, dst: HA1_B, etherType: ETHERTYPE.ipv4, payload: emitIpv4Packet({ ...header, payload }) });
  }

  const resigned = { group: 1, state: 'passive', priority: 200, mac: 'ff:ff:ff:ff:ff:ff' };
  const nonsense: readonly [name: string, at: string, frame: Uint8Array][] = [
    ['an ARP packet cut short', 'fw1:eth1', vectorFrame('garp-request-b').subarray(0, 30)],
    ['an ARP packet with an opcode of its own', 'fw1:eth1', withByte(vectorFrame('garp-request-b'), 21, 9)],
    ['a hello of another group', 'fw2:ha1', hello(JSON.stringify({ ...resigned, group: 2 }))],
    ['a hello that is no JSON', 'fw2:ha1', hello('{"group":1,')],
    ['a hello that is null', 'fw2:ha1', hello('null')],
    ['a hello without a state', 'fw2:ha1', hello(JSON.stringify({ group: 1, priority: 200, mac: '' }))],
    ['a hello to another port', 'fw2:ha1', hello(JSON.stringify(resigned), 28_260)],
    ['an answer to a ping nobody sent', 'fw2:ha1', ha1Frame(IP_PROTOCOL.icmp, echoReply(999))],
  ];

  function echoReply(seq: number): Uint8Array {
    return emitIcmpEcho({ kind: 'reply', id: 1, seq, payload: new Uint8Array(0) });
  }

  test.each(nonsense)('%s', (_, at, frame) => {
    const run = scene();
    const before = run.events.length;
    run.receives(at, frame).pass(ms(1));
    expect(run.events.slice(before).map(({ type }) => type)).toEqual(['FramesReceived', 'TimeAdvanced']);
  });

  test('and the same hello, well said, changes who is active', () => {
    const run = scene()
      .receives('fw2:ha1', hello(JSON.stringify(resigned)))
      .pass(ms(1));
    expect(run.said('HaStateChanged', { node: 'fw2' }).map(({ data }) => data.to)).toContain('active');
  });
});

function withByte(frame: Uint8Array, at: number, value: number): Uint8Array {
  const changed = frame.slice();
  changed[at] = value;
  return changed;
}
