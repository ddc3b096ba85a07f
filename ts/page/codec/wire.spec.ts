/** The page's reader and writer of protobuf's wire format against those of protobufjs: the same values, the same places, the same refusals. */
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { expect, test } from 'vitest';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const READS = ['uint32', 'tag', 'size', 'bool', 'bytes', 'stringVerify', 'skipType'] as const;
type Reads = { readonly [R in (typeof READS)[number]]: (...of: number[]) => unknown } & { pos: number; len: number };

/** What a reader makes of bytes, read after read: values, places, and the refusal that ends it. */
function outcomesOf(reader: Reads, reads: readonly (readonly [(typeof READS)[number], number])[], len: number): unknown[] {
  reader.len = Math.min(reader.len, len);
  const outcomes: unknown[] = [];
  try {
    for (const [read, wire] of reads) {
      const value = read === 'skipType' ? reader.skipType(wire, 0, 5) : reader[read]();
      outcomes.push([value instanceof Uint8Array ? [...value] : value === reader ? 'skipped' : value, reader.pos]);
    }
  } catch (error) {
    // Where the bytes end, how many were wanted is told a little differently.
    outcomes.push((error as Error).message.replace(/ \+ \d+ >/, ' >').replace(/^index out of range: .*/, 'index out of range'));
  }
  return outcomes;
}

/** Bytes in which long varints and groups are as frequent as others. */
const anyBytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xff, 0x2b, 0x2c, 0x00, 0x07, 0x0f, 0x10)), {
  maxLength: 40,
});
const anyReads = fc.array(fc.tuple(fc.constantFrom(...READS), fc.nat(7)), { minLength: 1, maxLength: 6 });

test('any bytes are read as protobufjs reads them', () => {
  fc.assert(
    fc.property(anyBytes, anyReads, fc.nat(45), (bytes, reads, len) => {
      const [ours, theirs] = [new Reader(Uint8Array.from(bytes)), new protobuf.Reader(Uint8Array.from(bytes))];
      expect(outcomesOf(ours as never, reads, len)).toEqual(outcomesOf(theirs as unknown as Reads, reads, len));
    }),
    { numRuns: 3000 },
  );
});

test('texts are read as protobufjs reads them, whatever their length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(), fc.boolean(), (text, at, isDamaged) => {
      const bytes = Buffer.from(new protobuf.Writer().string(text).finish());
      if (isDamaged && bytes.length > 1) bytes[1 + (at % (bytes.length - 1))] = 0xc0;
      const plain = Uint8Array.from(bytes);
      const [ours, theirs] = [new Reader(plain), new protobuf.Reader(plain)];
      const reads = [['stringVerify', 0]] as const;
      expect(outcomesOf(ours as never, reads, 1000)).toEqual(outcomesOf(theirs as unknown as Reads, reads, 1000));
    }),
    { numRuns: 300 },
  );
});

test('whatever is written has the bytes that protobufjs writes', () => {
  const anyWrite = fc.oneof(
    fc.tuple(fc.constant('uint32' as const), fc.nat(0xffff_ffff)),
    fc.tuple(fc.constant('uint64' as const), fc.maxSafeNat()),
    fc.tuple(fc.constant('bool' as const), fc.boolean()),
    fc.tuple(fc.constant('bytes' as const), fc.uint8Array({ maxLength: 300 })),
    fc.tuple(fc.constant('string' as const), fc.string({ unit: 'grapheme', maxLength: 200 })),
  );
  fc.assert(
    fc.property(fc.array(anyWrite, { maxLength: 8 }), fc.nat(3), (writes, forks) => {
      const written = [new Writer(), new protobuf.Writer()].map((one) => {
        const writer = one as unknown as Writer;
        for (let i = 0; i < forks; i++) writer.uint32(10 + i).fork();
        for (const [what, value] of writes) (writer[what] as (value: unknown) => unknown).call(writer, value);
        for (let i = 0; i < forks; i++) writer.ldelim();
        return [...writer.finish()];
      });
      expect(written[0]).toEqual(written[1]);
    }),
    { numRuns: 300 },
  );
});
