import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCapture, readPcap } from './pcap.ts';
import { PcapngWriter } from './pcapng.ts';

interface Record {
  readonly seconds: number;
  readonly fraction: number;
  readonly bytes: Uint8Array;
}

const MAGIC_US = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;

function pcap(records: readonly Record[], magic = MAGIC_US, isLittleEndian = true, linkType = 1): Uint8Array {
  const size = records.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24);
  const view = new DataView(new ArrayBuffer(size));
  const out = new Uint8Array(view.buffer);
  view.setUint32(0, magic, isLittleEndian);
  view.setUint16(4, 2, isLittleEndian);
  view.setUint16(6, 4, isLittleEndian);
  view.setUint32(16, 65535, isLittleEndian);
  view.setUint32(20, linkType, isLittleEndian);
  let at = 24;
  for (const { seconds, fraction, bytes } of records) {
    for (const [i, value] of [seconds, fraction, bytes.length, bytes.length + 4].entries()) {
      view.setUint32(at + 4 * i, value, isLittleEndian);
    }
    out.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return out;
}

function stamped(seconds: number, fraction = 0): Record {
  return { seconds, fraction, bytes: Uint8Array.of(1, 2, 3) };
}

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const record: fc.Arbitrary<Record> = fc.record({
  seconds: u32,
  fraction: fc.nat(999_999),
  bytes: fc.uint8Array({ maxLength: 40 }),
});

describe('classic pcap', () => {
  test('frames come back as they were written, in both byte orders and both units', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.boolean(), fc.boolean(), (records, isLittleEndian, isNs) => {
        const { frames, problem } = readPcap(pcap(records, isNs ? MAGIC_NS : MAGIC_US, isLittleEndian));
        expect(problem).toBeNull();
        expect(frames.map(({ bytes }) => bytes)).toEqual(records.map(({ bytes }) => bytes));
        expect(frames.map(({ originalLength }) => originalLength)).toEqual(records.map(({ bytes }) => bytes.length + 4));
        expect(frames.map(({ timestampNs }) => timestampNs)).toEqual(
          records.map(({ seconds, fraction }) => BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * (isNs ? 1n : 1000n)),
        );
      }),
    );
  });

  test('a file cut inside a record delivers the frames before it, and says where', () => {
    const file = pcap([stamped(1), stamped(2)]);
    const inData = readPcap(file.subarray(0, -1));
    expect(inData.frames.length).toBe(1);
    expect(inData.problem?.message).toBe('capture file, byte 59: expected 3 bytes of a frame, found the end of the file after 2');
    const inHeader = readPcap(file.subarray(0, 50));
    expect(inHeader.frames.length).toBe(1);
    expect(inHeader.problem?.fileOffset).toBe(43);
  });

  test.each([
    ['an empty file', new Uint8Array(0), 'expected a pcap or pcapng file, found 0 bytes'],
    ['text', new TextEncoder().encode('hello'), 'expected the first bytes of a pcap or pcapng file, found 68656c6c'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'found 1f8b0800 (gzip: unpack it first)'],
    ['a header cut short', pcap([]).subarray(0, 23), 'expected a file header of 24 bytes, found 23'],
  ])('%s is reported', (_, bytes, message) => {
    expect(readCapture(bytes).problem?.message).toContain(message);
  });

  test('arbitrary bytes behind a good header never throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readCapture(Uint8Array.from([...pcap([]), ...bytes]))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readCapture(bytes)));
  });
});

describe('a capture on a lab clock', () => {
  test('time counts from the first frame, to the nanosecond', () => {
    const { frames, clampedCount } = readCapture(pcap([stamped(1_795_000_000, 5), stamped(1_795_000_001, 7)], MAGIC_NS));
    expect(frames.map(({ at }) => at)).toEqual([0, 1_000_000_002]);
    expect(clampedCount).toBe(0);
  });

  test('a stamp earlier than the one before it is held back, and counted', () => {
    const { frames, clampedCount, problem } = readCapture(pcap([10, 12, 11, 9, 12, 13].map((seconds) => stamped(seconds))));
    expect(frames.map(({ at }) => at / 1e9)).toEqual([0, 2, 2, 2, 2, 3]);
    expect(clampedCount).toBe(2);
    expect(problem).toBeNull();
  });

  test('the instants never decrease, whatever the stamps', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const { frames } = readCapture(pcap(records));
        frames.reduce((before, { at }) => {
          expect(at).toBeGreaterThanOrEqual(before);
          return at;
        }, 0);
      }),
    );
  });

  test('a frame more than 104 days after the first ends the reading', () => {
    const { frames, problem } = readCapture(pcap([stamped(0), stamped(1), stamped(9_007_200)]));
    expect(frames.length).toBe(2);
    expect(problem?.message).toContain('expected frames within 104 days of the first');
  });

  test('pcapng is told apart by its first bytes, and keeps its interface names', () => {
    const writer = new PcapngWriter();
    const chunks = [writer.sectionHeader(), writer.declareInterface({ name: 'g1:eth0' })];
    for (const timestampNs of [100, 350]) chunks.push(writer.frame({ interface: 'g1:eth0', timestampNs, bytes: Uint8Array.of(1) }));
    const { frames, problem } = readCapture(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
    expect(problem).toBeNull();
    expect(frames.map((frame) => [frame.interface, frame.at])).toEqual([
      ['g1:eth0', 0],
      ['g1:eth0', 250],
    ]);
  });

  test('a link type other than Ethernet is refused by name and place', () => {
    const { frames, problem } = readCapture(pcap([stamped(1)], MAGIC_US, true, 113));
    expect(frames).toEqual([]);
    expect(problem?.message).toBe(
      "capture file, byte 24: expected Ethernet frames (link type 1), found a frame of link type 113 on 'interface 0'",
    );
  });
});
