import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitArpFrame, garpRequest } from '../../wire/arp.ts';
import { layersOf } from './layers.ts';

const GARP = emitArpFrame(garpRequest('02:4c:00:00:00:01' as never, '10.0.1.1' as never));

test('a gratuitous ARP has its layers, and each field names the bytes that it stands in', () => {
  const [ethernet, arp] = layersOf(GARP);
  expect(ethernet?.fields.map(({ name, value }) => `${name} ${value}`)).toEqual([
    'destination ff:ff:ff:ff:ff:ff',
    'source 02:4c:00:00:00:01',
    'type 0x0806',
  ]);
  expect(arp?.name).toBe('ARP');
  const sender = arp?.fields.find(({ name }) => name === 'sender address');
  expect([...GARP.subarray(sender?.from, sender?.to)]).toEqual([10, 0, 1, 1]);
});

test('whatever the bytes, layers lie behind each other, cover the frame from its beginning, and hold their fields', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128 }), fc.constantFrom(0x0800, 0x0806, 0x86dd, 0x8100, 0x1234), (bytes, type) => {
      const frame = bytes.slice();
      if (frame.length >= 14) frame.set([type >> 8, type & 0xff], 12);
      let end = 0;
      for (const { from, to, fields } of layersOf(frame)) {
        expect(from).toBe(end);
        expect(to).toBeLessThanOrEqual(frame.length);
        for (const field of fields) expect(field.from >= from && field.to <= to).toBe(true);
        end = to;
      }
    }),
  );
});
