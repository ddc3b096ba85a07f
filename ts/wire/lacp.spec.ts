import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Mac, macFromNumber } from '../values/mac.ts';
import { describeFrame } from './describe.ts';
import { emitLacpdu, emitLacpFrame, LACP_STATE, type Lacpdu, type LacpInfo, parseLacpdu } from './lacp.ts';

const u16 = fc.integer({ min: 0, max: 65535 });
const info: fc.Arbitrary<LacpInfo> = fc.record({
  systemPriority: u16,
  system: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(macFromNumber),
  key: u16,
  portPriority: u16,
  port: u16,
  state: fc.integer({ min: 0, max: 255 }),
});
const lacpdu: fc.Arbitrary<Lacpdu> = fc.record({ actor: info, partner: info, collectorMaxDelay: u16 });

const { activity, timeout, aggregation } = LACP_STATE;
const FIRST: Lacpdu = {
  actor: {
    systemPriority: 32768,
    system: '02:00:00:00:00:01' as Mac,
    key: 1,
    portPriority: 255,
    port: 2,
    state: activity | timeout | aggregation,
  },
  partner: { systemPriority: 0, system: '00:00:00:00:00:00' as Mac, key: 0, portPriority: 0, port: 0, state: 0 },
  collectorMaxDelay: 3,
};
const FIRST_BYTES = Uint8Array.from([
  ...[1, 1],
  ...[1, 20, 0x80, 0, 2, 0, 0, 0, 0, 1, 0, 1, 0, 255, 0, 2, 0x07, 0, 0, 0],
  ...[2, 20, ...new Array<number>(18).fill(0)],
  ...[3, 16, 0, 3, ...new Array<number>(12).fill(0)],
  ...[0, 0, ...new Array<number>(50).fill(0)],
]);

describe('LACP', () => {
  test('the literal bytes of a data unit are written and read', () => {
    expect(emitLacpdu(FIRST)).toEqual(FIRST_BYTES);
    expect(parseLacpdu(FIRST_BYTES)).toEqual(FIRST);
    expect(parseLacpdu(Uint8Array.from([9, ...FIRST_BYTES]), 1)).toEqual(FIRST);
  });

  test('a data unit that is written and read again is the same', () => {
    fc.assert(fc.property(lacpdu, (value) => void expect(parseLacpdu(emitLacpdu(value))).toEqual(value)));
  });

  test('its frame goes to the slow protocols, of type 0x8809', () => {
    const frame = emitLacpFrame('02:00:00:00:00:01' as Mac, FIRST);
    expect([...frame.subarray(0, 14)]).toEqual([1, 0x80, 0xc2, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0x09]);
    expect(frame).toHaveLength(124);
    expect(describeFrame(frame)).toBe(
      '02:00:00:00:00:01 > 01:80:c2:00:00:02 LACP 02:00:00:00:00:01 key 1 port 2 [AT+] partner 00:00:00:00:00:00 port 0',
    );
  });

  test('a marker, a data unit cut short or of other parts is no LACP', () => {
    for (const [at, value] of [
      [0, 2],
      [1, 0],
      [2, 2],
      [3, 19],
      [22, 1],
      [42, 0],
      [43, 15],
    ] as const) {
      const bad = FIRST_BYTES.slice();
      bad[at] = value;
      expect(parseLacpdu(bad), `byte ${at}`).toBeNull();
    }
    expect(parseLacpdu(FIRST_BYTES.subarray(0, 109))).toBeNull();
  });

  test('reading arbitrary bytes never throws, at any offset', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 210 }), (bytes, at) => void parseLacpdu(bytes, at)),
    );
  });
});
