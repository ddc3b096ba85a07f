import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex, vectorFrame } from '../../test/support/frames.ts';
import { BROADCAST, type Mac } from '../values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum, parseEthernet } from './ethernet.ts';
import {
  emitPppControl,
  emitPppOptions,
  emitPppoe,
  emitTags,
  PPP_CODE,
  PPPOE_CODE,
  PPPOE_TAG,
  type PppCode,
  type PppoeKind,
  type PppoePacket,
  parsePppControl,
  parsePppOptions,
  parsePppoe,
  parseTags,
} from './pppoe.ts';

const A = '00:50:56:aa:00:01' as Mac;
const CONCENTRATOR = '00:00:5e:00:53:ac' as Mac;
const NO_SERVICE = emitTags([{ type: PPPOE_TAG.serviceName, value: new Uint8Array(0) }]);

const MEANT: Readonly<Record<string, { readonly dst: Mac; readonly packet: PppoePacket }>> = {
  'pppoe-padi-a': { dst: BROADCAST, packet: { kind: 'padi', session: 0, payload: NO_SERVICE } },
  'pppoe-padt-a': { dst: CONCENTRATOR, packet: { kind: 'padt', session: 0x1234, payload: new Uint8Array(0) } },
};

const u8 = fc.integer({ min: 0, max: 255 });
const short = fc.uint8Array({ maxLength: 30 });
const packet: fc.Arbitrary<PppoePacket> = fc.record({
  kind: fc.constantFrom(...(Object.keys(PPPOE_CODE) as PppoeKind[])),
  session: fc.integer({ min: 0, max: 0xffff }),
  payload: short,
});

describe('PPPoE', () => {
  test.each(Object.keys(MEANT))('%s is written and read byte for byte', (id) => {
    const { dst, packet: meant } = MEANT[id] as { dst: Mac; packet: PppoePacket };
    const frame = padToMinimum(emitEthernet({ dst, src: A, etherType: ETHERTYPE.pppoeDiscovery, payload: emitPppoe(meant) }));
    expect(hex(frame)).toBe(hex(vectorFrame(id)));
    const read = parseEthernet(vectorFrame(id));
    expect(read && parsePppoe(read.payload)).toEqual(meant);
  });

  test('a packet that is written and read again is the same; padding is none of it', () => {
    fc.assert(
      fc.property(packet, short, (value, padding) => {
        const out = emitPppoe(value);
        expect(parsePppoe(Uint8Array.from([...out, ...padding]))).toEqual(value);
      }),
    );
  });

  test('tags and PPP options that are written and read again are the same', () => {
    const tags = fc.array(fc.record({ type: fc.integer({ min: 1, max: 0xffff }), value: short }), { maxLength: 5 });
    fc.assert(fc.property(tags, (value) => void expect(parseTags(emitTags(value))).toEqual(value)));
    const options = fc.array(fc.record({ type: u8, value: short }), { maxLength: 5 });
    fc.assert(fc.property(options, (value) => void expect(parsePppOptions(emitPppOptions(value))).toEqual(value)));
  });

  test('a control packet of LCP or IPCP that is written and read again is the same', () => {
    const control = fc.record({
      protocol: fc.constantFrom('lcp' as const, 'ipcp' as const),
      code: fc.constantFrom(...(Object.keys(PPP_CODE) as PppCode[])),
      id: u8,
      data: short,
    });
    fc.assert(fc.property(control, (value) => void expect(parsePppControl(emitPppControl(value))).toEqual(value)));
  });

  test('no bytes make the readers fail, and what runs past the end is nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        parsePppoe(any);
        parseTags(any);
        parsePppControl(any);
        parsePppOptions(any);
      }),
    );
    expect(parsePppoe(Uint8Array.from([0x11, 9, 0, 0, 0, 5, 1, 1]))).toBeNull();
    expect(parsePppoe(Uint8Array.from([0x12, 9, 0, 0, 0, 0]))).toBeNull();
    expect(parseTags(Uint8Array.from([1, 1, 0, 9, 1]))).toBeNull();
    expect(parsePppOptions(Uint8Array.from([1, 1]))).toBeNull();
    expect(parsePppControl(Uint8Array.from([0xc0, 0x21, 1, 1, 0, 90]))).toBeNull();
  });
});
