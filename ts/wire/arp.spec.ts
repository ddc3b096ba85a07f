import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import vectors from '../../test/vectors/garp-frames.json' with { type: 'json' };
import { type Ipv4, ipv4FromNumber } from '../values/ipv4-address.ts';
import { BROADCAST, type Mac, macFromNumber } from '../values/mac.ts';
import {
  type ArpFrame,
  type ArpPacket,
  arpProbe,
  arpReply,
  arpRequest,
  emitArp,
  emitArpFrame,
  garpReply,
  garpRequest,
  isGratuitous,
  parseArp,
  parseArpFrame,
  writeArp,
} from './arp.ts';

const A = '00:50:56:aa:00:01' as Mac;
const B = '00:50:56:bb:00:01' as Mac;
const GUEST = '00:50:56:c0:00:11' as Mac;
const VIRTUAL = '00:1b:17:00:01:10' as Mac;
const GATEWAY_IP = '10.0.1.1' as Ipv4;
const GUEST_IP = '10.0.1.11' as Ipv4;

/** Every ARP frame of the vectors, and how the project says it. */
const FRAMES: Readonly<Record<string, ArpFrame>> = {
  'garp-request-a': garpRequest(A, GATEWAY_IP),
  'garp-request-b': garpRequest(B, GATEWAY_IP),
  'garp-request-virtual': garpRequest(VIRTUAL, GATEWAY_IP),
  'garp-reply-b': garpReply(B, GATEWAY_IP),
  'arp-probe-b': arpProbe(B, GATEWAY_IP),
  'arp-request-g1': arpRequest(GUEST, GUEST_IP, GATEWAY_IP),
  'arp-reply-a': arpReply(A, GATEWAY_IP, GUEST, GUEST_IP),
  'arp-reply-a-virtual': arpReply(VIRTUAL, GATEWAY_IP, GUEST, GUEST_IP),
};

const mac = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(macFromNumber);
const ip = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(ipv4FromNumber);
const packet: fc.Arbitrary<ArpPacket> = fc.record({
  operation: fc.constantFrom('request', 'reply'),
  senderMac: mac,
  senderIp: ip,
  targetMac: mac,
  targetIp: ip,
});

function bytesOf(id: string): Uint8Array {
  const hex = vectors.frames.find((frame) => frame.id === id)?.hex ?? '';
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

describe('ARP', () => {
  test('the table below has every ARP frame of the vectors', () => {
    const arpIds = vectors.frames.filter(({ hex }) => hex.slice(24, 28) === '0806').map(({ id }) => id);
    expect(Object.keys(FRAMES)).toEqual(arpIds);
  });

  test.each(Object.entries(FRAMES))('%s is written and read byte for byte', (id, frame) => {
    const literal = bytesOf(id);
    expect(literal.length).toBe(60);
    expect(emitArpFrame(frame)).toEqual(literal);
    expect(parseArpFrame(literal)).toEqual(frame);
  });

  test('ARP-04: a gratuitous ARP request is a broadcast request for its own address with a zero target MAC', () => {
    const { dst, arp } = garpRequest(A, GATEWAY_IP);
    expect(dst).toBe(BROADCAST);
    expect(arp).toEqual({
      operation: 'request',
      senderMac: A,
      senderIp: GATEWAY_IP,
      targetMac: '00:00:00:00:00:00',
      targetIp: GATEWAY_IP,
    });
    expect(isGratuitous(arp)).toBe(true);
  });

  test('ARP-05: a gratuitous ARP reply is broadcast and repeats the sender MAC as its target', () => {
    const { dst, arp } = garpReply(B, GATEWAY_IP);
    expect(dst).toBe(BROADCAST);
    expect(arp.operation).toBe('reply');
    expect(arp.targetMac).toBe(B);
    expect(isGratuitous(arp)).toBe(true);
  });

  test('ARP-06: a probe is not gratuitous, not even one for 0.0.0.0', () => {
    expect(isGratuitous(arpProbe(B, GATEWAY_IP).arp)).toBe(false);
    expect(isGratuitous(arpProbe(B, '0.0.0.0' as Ipv4).arp)).toBe(false);
  });

  test('ARP-01: a request that verifies an entry is unicast, its target MAC still zero', () => {
    const { dst, arp } = arpRequest(GUEST, GUEST_IP, GATEWAY_IP, A);
    expect(dst).toBe(A);
    expect(arp.targetMac).toBe('00:00:00:00:00:00');
  });

  test('ARP-02: a reply is unicast to who asked', () => {
    expect(arpReply(A, GATEWAY_IP, GUEST, GUEST_IP).dst).toBe(GUEST);
  });

  test('a tag survives, and the tagged frame is 60 bytes too', () => {
    const tagged: ArpFrame = { ...garpRequest(A, GATEWAY_IP), vlan: { id: 100, priority: 0, isDropEligible: false } };
    const bytes = emitArpFrame(tagged);
    expect(bytes.length).toBe(60);
    expect(parseArpFrame(bytes)).toEqual(tagged);
  });

  test('a packet that is written and read again is the same packet', () => {
    fc.assert(fc.property(packet, (value) => void expect(parseArp(emitArp(value))).toEqual(value)));
  });

  test('a packet overwrites its 28 bytes and no other', () => {
    const { arp } = garpRequest(A, GATEWAY_IP);
    const out = new Uint8Array(32).fill(0xa5);
    writeArp(out, 2, arp);
    expect(out).toEqual(Uint8Array.from([0xa5, 0xa5, ...emitArp(arp), 0xa5, 0xa5]));
    expect(() => writeArp(out, 5, arp)).toThrow(RangeError);
  });

  test('a packet cut short, of another opcode, or for other addresses is no packet', () => {
    const good = emitArp(garpRequest(A, GATEWAY_IP).arp);
    expect(parseArp(good.subarray(0, 27))).toBeNull();
    for (const [at, value] of [
      [1, 6],
      [2, 0x86],
      [4, 8],
      [5, 16],
      [7, 3],
      [7, 0],
    ] as const) {
      const bad = good.slice();
      bad[at] = value;
      expect(parseArp(bad), `byte ${at} = ${value}`).toBeNull();
    }
  });

  test('a RARP notification is no ARP frame, though its payload has ARP shape', () => {
    expect(parseArpFrame(bytesOf('rarp-notify-a'))).toBeNull();
  });

  test('reading arbitrary bytes never throws, at any offset', () => {
    const bytes = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(bytes, fc.nat(70), (input, offset) => {
        parseArp(input, offset);
        parseArpFrame(input, offset);
      }),
    );
  });
});
