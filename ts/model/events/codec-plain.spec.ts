/** Plain bodies and records have decoders of their own, which are quicker: they and the general decoder agree on all bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyEvent, garp } from '../../../test/support/events.ts';
import { nanos } from '../../values/nanos.ts';
import { decodeBody, decodeRecord, encodeBody, encodeRecord } from './codec.ts';
import { Undecodable } from './codec-strict.ts';
import type { LogRecord } from './record.ts';

describe('a plain body, which is decoded without the general decoder', () => {
  // A position in front, which the one behind it overrides, sends it through the general decoder.
  const general = (bytes: Uint8Array) => outcomeOf(() => decodeBody(Uint8Array.from([0x08, 1, ...bytes])));
  const quick = (bytes: Uint8Array) => outcomeOf(() => decodeBody(bytes));

  test('decodes alike in general', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(quick(encodeBody(event))).toEqual(general(encodeBody(event)));
      }),
    );
  });

  test('is refused or read alike with any bit changed behind the tag of its position, and cut off anywhere', () => {
    const bytes = encodeBody(garp);
    for (let at = 1; at < bytes.length; at++) {
      expect(quick(bytes.subarray(0, at))).toBe('refused');
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(quick(changed)).toEqual(general(changed));
      }
    }
  });

  test('has no number that is 0 and written', () => {
    const payload = encodeBody({ ...garp, position: 1, atNs: nanos(0), cause: 0 }).subarray(2);
    expect(quick(Uint8Array.of(0x08, 5, ...payload))).toMatchObject({ type: 'GarpSent', position: 5 });
    for (const head of [
      [0x08, 0],
      [0x08, 5, 0x10, 0],
      [0x08, 5, 0x10, 1, 0x18, 0],
    ]) {
      expect(quick(Uint8Array.from([...head, ...payload]))).toBe('refused');
    }
  });
});

describe('a plain record, which is read without the general decoder', () => {
  const plain = { commandId: '', checkpoint: null };
  const bodies = fc.uint8Array({ minLength: 0, maxLength: 160 }).map((rest) => Uint8Array.of(0x08, 5, ...rest));
  const records = fc.record({
    body: bodies,
    recordedAtMs: fc.maxSafeNat(),
    settled: fc.boolean(),
    chainLength: fc.constantFrom(32, 31),
  });

  test('decodes to what it was, at every length of body and with any time', () => {
    fc.assert(
      fc.property(records, ({ chainLength, ...parts }) => {
        const record: LogRecord = { position: 5, ...plain, ...parts, chain: new Uint8Array(chainLength).fill(7) };
        expect(decodeRecord(encodeRecord('', record))).toEqual({ lab: '', record });
        for (const lab of ['a', 'ha-assigned-mac', 'x'.repeat(127), 'x'.repeat(128), 'größer', 'a\u0000b']) {
          expect(decodeRecord(encodeRecord(lab, record))).toEqual({ lab, record });
        }
      }),
    );
  });

  test('decodes alike with fields of the general kind added, and is refused or read alike with any byte changed', () => {
    const record: LogRecord = {
      position: 5,
      ...plain,
      body: Uint8Array.of(0x08, 5, 1, 2),
      chain: new Uint8Array(32),
      recordedAtMs: 99,
      settled: true,
    };
    const bytes = encodeRecord('', record);
    // An unknown field behind it sends it through the general decoder.
    const general = (changed: Uint8Array) => outcomeOf(() => decodeRecord(Uint8Array.from([...changed, 0x78, 1])));
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      const quick = outcomeOf(() => decodeRecord(changed));
      if (quick !== 'refused') expect(quick).toEqual(general(changed));
    }
    expect(outcomeOf(() => decodeRecord(bytes))).toEqual(general(bytes));
  });
});

function outcomeOf(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Undecodable) return 'refused';
    throw error;
  }
}
