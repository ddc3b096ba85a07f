import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { murmur2 } from './murmur2.ts';
import { partitionOf } from './topics.ts';

describe('the hash of a key', () => {
  test.each([
    // org.apache.kafka.common.utils.UtilsTest, testMurmur2
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is the one that Java computes', (text, hash) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(hash);
  });

  test('puts every lab where kafkajs would have put it', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 8 }, (_, partitionId) => ({ partitionId, leader: 1 }));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (lab) => {
        const theirs = partitioner({
          topic: 't',
          partitionMetadata: partitionMetadata as never,
          message: { key: lab, value: null },
        });
        expect(partitionOf(lab, 8)).toBe(theirs);
      }),
    );
  });
});
