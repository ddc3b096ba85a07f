import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BROADCAST, type Mac, macFromNumber } from '../values/mac.ts';
import {
  ETHERNET_MIN_BYTES,
  ETHERTYPE,
  type EthernetFrame,
  EthernetView,
  emitEthernet,
  padToMinimum,
  parseEthernet,
  readMac,
  writeEthernetHeader,
  writeMac,
} from './ethernet.ts';

const mac = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(macFromNumber);
const vlan = fc.record({
  id: fc.integer({ min: 0, max: 4094 }),
  priority: fc.integer({ min: 0, max: 7 }),
  isDropEligible: fc.boolean(),
});
const frame: fc.Arbitrary<EthernetFrame> = fc.record(
  {
    dst: mac,
    src: mac,
    vlan,
    etherType: fc.integer({ min: 0x0600, max: 0xffff }).filter((type) => type !== ETHERTYPE.vlan),
    payload: fc.uint8Array({ maxLength: 100 }),
  },
  { requiredKeys: ['dst', 'src', 'etherType', 'payload'] },
);

const SRC = '00:50:56:aa:00:01' as Mac;
const UNTAGGED: EthernetFrame = { dst: BROADCAST, src: SRC, etherType: 0x0800, payload: Uint8Array.of(1, 2) };
const UNTAGGED_BYTES = Uint8Array.from([255, 255, 255, 255, 255, 255, 0, 0x50, 0x56, 0xaa, 0, 1, 8, 0, 1, 2]);
const TAGGED: EthernetFrame = { ...UNTAGGED, vlan: { id: 0x123, priority: 5, isDropEligible: true } };
const TAGGED_BYTES = Uint8Array.from([...UNTAGGED_BYTES.subarray(0, 12), 0x81, 0, 0xb1, 0x23, 8, 0, 1, 2]);

describe('Ethernet', () => {
  test('the literal bytes of a frame, without and with a tag, are written', () => {
    expect(emitEthernet(UNTAGGED)).toEqual(UNTAGGED_BYTES);
    expect(emitEthernet(TAGGED)).toEqual(TAGGED_BYTES);
  });

  test('the literal bytes of a frame, without and with a tag, are read', () => {
    expect(parseEthernet(UNTAGGED_BYTES)).toEqual(UNTAGGED);
    expect(parseEthernet(TAGGED_BYTES)).toEqual(TAGGED);
    expect(parseEthernet(Uint8Array.from([9, 9, ...TAGGED_BYTES]), 2)).toEqual(TAGGED);
  });

  test('a frame that is written and read again is the same frame', () => {
    fc.assert(fc.property(frame, (value) => void expect(parseEthernet(emitEthernet(value))).toEqual(value)));
  });

  test('reading arbitrary bytes never throws, at any offset', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(50), (bytes, offset) => void parseEthernet(bytes, offset)));
  });

  test('a header overwrites every byte that is its own, and no other', () => {
    const out = new Uint8Array(20).fill(0xa5);
    expect(writeEthernetHeader(out, TAGGED)).toBe(18);
    expect(out).toEqual(Uint8Array.from([...TAGGED_BYTES.subarray(0, 18), 0xa5, 0xa5]));
  });

  test('a frame cut inside its header or its tag is no frame', () => {
    expect(parseEthernet(UNTAGGED_BYTES.subarray(0, 13))).toBeNull();
    expect(parseEthernet(TAGGED_BYTES.subarray(0, 17))).toBeNull();
  });

  test('an 802.3 length and the reserved VLAN 4095 are seen by the view but are no value', () => {
    const withLength = UNTAGGED_BYTES.slice();
    withLength.set([0x05, 0xdc], 12);
    expect(parseEthernet(withLength)).toBeNull();
    expect(EthernetView.over(withLength)?.etherType).toBe(1500);
    const reserved = TAGGED_BYTES.slice();
    reserved.set([0xff, 0xff], 14);
    expect(parseEthernet(reserved)).toBeNull();
    expect(EthernetView.over(reserved)?.vlan).toEqual({ id: 4095, priority: 7, isDropEligible: true });
  });

  test('a second tag stays in the payload', () => {
    const inner = emitEthernet({ ...TAGGED, etherType: ETHERTYPE.vlan });
    expect(parseEthernet(inner)).toEqual({ ...TAGGED, etherType: ETHERTYPE.vlan });
  });

  test('an illegal frame is refused when written', () => {
    expect(() => emitEthernet({ ...TAGGED, vlan: { id: 4095, priority: 0, isDropEligible: false } })).toThrow('VLAN id is 4095');
    expect(() => emitEthernet({ ...TAGGED, vlan: { id: 1, priority: 8, isDropEligible: false } })).toThrow('priority is 8');
    expect(() => emitEthernet({ ...UNTAGGED, etherType: 1500 })).toThrow('0x5dc is not the type');
    expect(() => emitEthernet({ ...UNTAGGED, etherType: ETHERTYPE.vlan })).toThrow('0x8100 is not the type');
    expect(() => emitEthernet({ ...UNTAGGED, etherType: 0x10000 })).toThrow('EtherType is 65536');
    expect(() => writeMac(new Uint8Array(5), 0, SRC)).toThrow('outside a buffer of 5 bytes');
  });

  test('a short frame is padded with zeros to 60 bytes, a long one is left alone', () => {
    const padded = padToMinimum(UNTAGGED_BYTES);
    expect(padded.length).toBe(ETHERNET_MIN_BYTES);
    expect(padded.subarray(0, 16)).toEqual(UNTAGGED_BYTES);
    expect(padded.subarray(16).every((byte) => byte === 0)).toBe(true);
    const long = new Uint8Array(61);
    expect(padToMinimum(long)).toBe(long);
  });

  test('a MAC address at an offset is six bytes, most significant first', () => {
    const out = new Uint8Array(8).fill(0xa5);
    writeMac(out, 1, SRC);
    expect([...out]).toEqual([0xa5, 0, 0x50, 0x56, 0xaa, 0, 1, 0xa5]);
    expect(readMac(out, 1)).toBe(SRC);
  });
});
