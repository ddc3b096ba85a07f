/**
 * Dense bytes, written by the build and read by the page:
 *
 *   bytes ─► dense ─► undense ═ bytes
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dense } from '../../../scripts/page-dense.ts';
import { undense } from './dense.ts';

/** Bytes that stand there again, in pieces of any length, between others. */
const repeating = fc
  .tuple(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.tuple(fc.nat(200), fc.nat(200), fc.uint8Array({ maxLength: 3 })), { maxLength: 30 }),
  )
  .map(([text, pieces]) =>
    Uint8Array.from(pieces.flatMap(([from, length, others]) => [...text.subarray(from, from + length), ...others])),
  );
const monotonous = fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, length]) => new Uint8Array(length).fill(byte));

test('any bytes come out as they went in', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), repeating, monotonous), (bytes) => {
      expect(Buffer.compare(undense(dense(bytes)), bytes)).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('the data plane comes out as it went in, of fewer bytes than gzip makes of it', () => {
  const wasm = readFileSync('gen/dataplane/dataplane.core.wasm');
  const packed = dense(wasm);
  expect(Buffer.compare(undense(packed), wasm)).toBe(0);
  expect(packed.length).toBeLessThan(0.85 * gzipSync(wasm, { level: 9 }).length);
});

test('what stands 100 KiB back is not told again', () => {
  const noise = new Uint8Array(100 * 1024);
  let seed = 1;
  for (const at of noise.keys()) {
    for (const by of [13, -17, 5]) seed ^= by > 0 ? seed << by : seed >>> -by;
    noise[at] = seed;
  }
  const once = dense(noise).length;
  expect(once).toBeGreaterThanOrEqual(noise.length);
  const twice = dense(Uint8Array.from([...noise, ...noise.subarray(0, 5000)])).length;
  expect(twice - once).toBeLessThan(20);
});
