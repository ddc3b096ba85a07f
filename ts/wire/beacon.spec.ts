import { expect, test } from 'vitest';
import type { Mac } from '../values/mac.ts';
import { emitBeacon, parseBeacon } from './beacon.ts';
import { describeFrame } from './describe.ts';
import { parseEthernet } from './ethernet.ts';

const MAC = '00:50:56:50:00:01' as Mac;

test('a beacon is a broadcast of type 0x8922 with the names of switch and uplink, and comes back as it was', () => {
  const frame = emitBeacon(MAC, { vswitch: 'vsw1', uplink: 'up2' });
  expect(frame).toHaveLength(60);
  expect([...frame.subarray(12, 16)]).toEqual([0x89, 0x22, 4, 0x76]);
  expect(parseBeacon(parseEthernet(frame)?.payload ?? new Uint8Array())).toEqual({ vswitch: 'vsw1', uplink: 'up2' });
  expect(describeFrame(frame)).toBe('00:50:56:50:00:01 > ff:ff:ff:ff:ff:ff beacon of vsw1:up2');
});

test('bytes that end inside a name are no beacon', () => {
  expect([parseBeacon(Uint8Array.of()), parseBeacon(Uint8Array.of(3, 65)), parseBeacon(Uint8Array.of(1, 65, 2, 66))]).toEqual([
    null,
    null,
    null,
  ]);
  expect(() => emitBeacon(MAC, { vswitch: 'v'.repeat(256), uplink: 'u' })).toThrow('a beacon holds 255');
});
