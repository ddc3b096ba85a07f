import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Mac, macFromNumber } from '../values/mac.ts';
import type { CaptureInterface } from './captured-frame.ts';
import { blockRoom, type PcapngFrame, PcapngWriter, type PcapngWriterOptions } from './pcapng.ts';
import { readPcapng } from './pcapng-reader.ts';

interface Capture {
  readonly options: PcapngWriterOptions;
  readonly interfaces: readonly CaptureInterface[];
  readonly frames: readonly PcapngFrame[];
}

function write({ options, interfaces, frames }: Capture): Uint8Array {
  const writer = new PcapngWriter(options);
  return joined([
    writer.sectionHeader(),
    ...interfaces.map((description) => writer.declareInterface(description)),
    ...frames.map((frame) => writer.frame(frame)),
  ]);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const count = fc.maxSafeNat();
const description: fc.Arbitrary<CaptureInterface> = fc.record(
  { name: text, description: text, mac: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(macFromNumber), speedBps: count },
  { requiredKeys: ['name'] },
);
const notes = {
  comments: fc.array(text, { minLength: 1, maxLength: 3 }),
  direction: fc.constantFrom('inbound' as const, 'outbound' as const),
  packetId: count,
  verdict: fc.constantFrom('drop' as const, 'pass' as const),
  dropCount: count,
};

function framesOf(interfaces: readonly CaptureInterface[]): fc.Arbitrary<PcapngFrame> {
  return fc.record(
    {
      interface: fc.constantFrom(...interfaces.map(({ name }) => name)),
      timestampNs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      bytes: fc.uint8Array({ maxLength: 70 }),
      originalLength: fc.integer({ min: 70, max: 2 ** 32 - 1 }),
      ...notes,
    },
    { requiredKeys: ['interface', 'timestampNs', 'bytes'] },
  );
}

const capture: fc.Arbitrary<Capture> = fc
  .uniqueArray(description, { minLength: 1, maxLength: 3, selector: ({ name }) => name })
  .chain((interfaces) =>
    fc.record({
      options: fc.record({ application: text, comment: text, snapLength: fc.nat() }, { requiredKeys: [] }),
      interfaces: fc.constant(interfaces),
      frames: fc.array(framesOf(interfaces), { maxLength: 5 }),
    }),
  );

const FRAME: PcapngFrame = {
  interface: 'fw1:eth1',
  timestampNs: 5_000_000_001,
  bytes: Uint8Array.of(1, 2, 3, 4, 5),
  originalLength: 60,
  comments: ['drop'],
  direction: 'inbound',
  packetId: 258,
  verdict: 'drop',
  dropCount: 3,
};
const SECTION = new PcapngWriter().sectionHeader();
const CAPTURE: Capture = { options: {}, interfaces: [{ name: 'fw1:eth1' }], frames: [FRAME] };

describe('writing pcapng', () => {
  test('the literal bytes of a section header and of an interface', () => {
    const writer = new PcapngWriter({ application: 'lab' });
    const section = [10, 13, 13, 10, 40, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255];
    expect([...writer.sectionHeader()]).toEqual([...section, 4, 0, 3, 0, 108, 97, 98, 0, 0, 0, 0, 0, 40, 0, 0, 0]);
    expect([...writer.declareInterface({ name: 'eth1', mac: '00:50:56:aa:00:01' as Mac, speedBps: 1_000_000_000 })]).toEqual([
      ...[1, 0, 0, 0, 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
      ...[2, 0, 4, 0, 101, 116, 104, 49],
      ...[6, 0, 6, 0, 0, 0x50, 0x56, 0xaa, 0, 1, 0, 0],
      ...[8, 0, 8, 0, 0, 0xca, 0x9a, 0x3b, 0, 0, 0, 0],
      ...[9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0],
    ]);
  });

  test('the literal bytes of a dropped frame: comment, direction, drop count, packet id and XDP verdict', () => {
    const writer = new PcapngWriter();
    writer.declareInterface({ name: 'fw1:eth1' });
    expect([...writer.frame(FRAME)]).toEqual([
      ...[6, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0],
      // 5 000 000 001 ns is 1 * 2^32 + 0x2a05f201.
      ...[1, 0, 0, 0, 0x01, 0xf2, 0x05, 0x2a, 5, 0, 0, 0, 60, 0, 0, 0],
      ...[1, 2, 3, 4, 5, 0, 0, 0],
      ...[1, 0, 4, 0, 100, 114, 111, 112],
      ...[2, 0, 4, 0, 1, 0, 0, 0],
      ...[4, 0, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0],
      ...[5, 0, 8, 0, 2, 1, 0, 0, 0, 0, 0, 0],
      ...[7, 0, 9, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 100, 0, 0, 0],
    ]);
  });

  test('a block that is put over other bytes is the same, and nothing beside it changes', () => {
    fc.assert(
      fc.property(capture, ({ options, interfaces, frames }) => {
        const writer = new PcapngWriter(options);
        for (const description of interfaces) writer.declareInterface(description);
        for (const frame of frames) {
          const alone = writer.frame(frame);
          const room = blockRoom(alone.length + 8);
          room.bytes.fill(0xa5);
          writer.putFrame(frame, writer.frameLength(frame), room, 4);
          expect(room.bytes.subarray(4, 4 + alone.length)).toEqual(alone);
          expect([...room.bytes.subarray(0, 4), ...room.bytes.subarray(4 + alone.length)]).toEqual(Array(8).fill(0xa5));
        }
      }),
    );
  });

  test('a frame of an undeclared interface, and an interface declared twice, are refused', () => {
    const writer = new PcapngWriter();
    expect(() => writer.frame(FRAME)).toThrow("interface 'fw1:eth1', which the capture does not declare");
    writer.declareInterface({ name: 'fw1:eth1' });
    expect(writer.isDeclared('fw1:eth1')).toBe(true);
    expect(() => writer.declareInterface({ name: 'fw1:eth1' })).toThrow("'fw1:eth1' is declared twice");
  });

  test('a comment too long for its option is refused', () => {
    expect(() => new PcapngWriter({ comment: 'x'.repeat(65536) }).sectionHeader()).toThrow('65536 bytes: at most 65535 fit');
  });
});

describe('reading pcapng', () => {
  test('a capture that is written and read again is the same capture', () => {
    fc.assert(
      fc.property(capture, (value) => {
        const { interfaces, frames, problem } = readPcapng(write(value));
        expect(problem).toBeNull();
        expect(interfaces).toEqual(value.interfaces.map((description) => ({ ...description, linkType: 1 })));
        expect(frames.map(({ fileOffset, ...frame }) => frame)).toEqual(
          value.frames.map((frame) => ({ originalLength: frame.bytes.length, linkType: 1, ...frame })),
        );
      }),
    );
  });

  test('a capture in the other byte order reads the same', () => {
    const little = write(CAPTURE);
    const { frames, problem } = readPcapng(bigEndianCapture());
    expect(problem).toBeNull();
    const strip = ({ interface: name, timestampNs, bytes, packetId, verdict, direction }: (typeof frames)[number]): object => {
      return { name, timestampNs, bytes, packetId, verdict, direction };
    };
    expect(frames.map(strip)).toEqual(readPcapng(little).frames.map(strip));
  });

  test('an interface declared between frames is known from there on, and section ids begin again', () => {
    const writer = new PcapngWriter();
    const chunks = [writer.sectionHeader(), writer.declareInterface({ name: 'a' }), writer.frame({ ...FRAME, interface: 'a' })];
    chunks.push(writer.declareInterface({ name: 'b' }), writer.frame({ ...FRAME, interface: 'b' }), write(CAPTURE));
    const { frames, problem } = readPcapng(joined(chunks));
    expect(problem).toBeNull();
    expect(frames.map((frame) => frame.interface)).toEqual(['a', 'b', 'fw1:eth1']);
  });

  test.each([
    ['microseconds when it does not say', [], 1_000_000n, 1_000_000_000n],
    ['milliseconds', [9, 0, 1, 0, 3, 0, 0, 0], 1500n, 1_500_000_000n],
    ['picoseconds, rounded down', [9, 0, 1, 0, 12, 0, 0, 0], 1_999n, 1n],
    ['a power of two', [9, 0, 1, 0, 0x80 | 10, 0, 0, 0], 1536n, 1_500_000_000n],
    ['an offset in seconds', [14, 0, 8, 0, 255, 255, 255, 255, 255, 255, 255, 255], 3_000_000n, 2_000_000_000n],
  ])('time is read in the resolution of its interface: %s', (_, options, ticks, ns) => {
    const packet = block(6, [...u32s(0, Number(ticks >> 32n), Number(ticks & 0xffffffffn), 2, 2), 7, 7, 0, 0]);
    const file = joined([SECTION, block(1, [...u32s(1, 0), ...options]), packet]);
    const { frames, problem } = readPcapng(file);
    expect(problem).toBeNull();
    expect(frames[0]?.timestampNs).toBe(ns);
    expect(frames[0]?.interface).toBe('interface 0');
  });

  test('a simple packet has the time of the frame before it, and the snap length cuts it', () => {
    const idb = block(1, u32s(1, 3));
    const timed = block(6, [...u32s(0, 0, 77, 1, 1), 9, 0, 0, 0]);
    const { frames, problem } = readPcapng(joined([SECTION, idb, timed, block(3, [...u32s(5), 1, 2, 3, 0])]));
    expect(problem).toBeNull();
    expect(frames[1]).toMatchObject({ timestampNs: 77_000n, originalLength: 5, bytes: Uint8Array.of(1, 2, 3) });
  });

  test('an obsolete packet block is read, its drop count too', () => {
    const packet = block(2, [...[0, 0, 4, 0], ...u32s(0, 5, 2, 60), 7, 8, 0, 0]);
    const { frames, problem } = readPcapng(joined([SECTION, block(1, u32s(1, 0)), packet]));
    expect(problem).toBeNull();
    expect(frames[0]).toMatchObject({ timestampNs: 5000n, bytes: Uint8Array.of(7, 8), originalLength: 60, dropCount: 4 });
  });

  test('blocks and options nobody here knows are stepped over', () => {
    const unknown = block(0x0bad, [1, 2, 3, 4]);
    const packet = block(6, [...u32s(0, 0, 5, 0, 0), 0xac, 0x0b, 2, 0, 1, 2, 0, 0, 1, 0, 1, 0, 65, 0, 0, 0]);
    const { frames, problem } = readPcapng(joined([SECTION, unknown, block(1, u32s(1, 0)), unknown, packet]));
    expect(problem).toBeNull();
    expect(frames[0]?.comments).toEqual(['A']);
  });

  test('a file cut anywhere delivers the frames that are whole, and says where it ends', () => {
    const file = write({ ...CAPTURE, frames: [FRAME, FRAME] });
    const [first, second] = readPcapng(file).frames;
    expect(second).toBeDefined();
    for (let length = 0; length < file.length; length++) {
      const { frames, problem } = readPcapng(file.subarray(0, length));
      const starts = [0, 28, first?.fileOffset, second?.fileOffset];
      if (length > 0 && starts.slice(1).includes(length)) expect(problem).toBeNull();
      else if (length >= 28 && !starts.includes(length)) expect(problem?.fileOffset).toBeLessThan(length);
      expect(frames.length).toBe(length >= (second?.fileOffset ?? 0) ? 1 : 0);
    }
    const cut = readPcapng(file.subarray(0, -1)).problem;
    expect(cut?.message).toBe(
      `capture file, byte ${second?.fileOffset}: expected a block of 100 bytes, found the end of the file after 99`,
    );
  });

  test.each([
    ['something else', Uint8Array.of(1, 2, 3, 4), 0, 'a pcapng section header'],
    ['another byte-order magic', patched(SECTION, 8, 0), 8, 'the byte-order magic 1a2b3c4d'],
    ['another major version', patched(SECTION, 12, 2), 12, 'pcapng version 1'],
    ['a length that is no multiple of 4', patched(SECTION, 4, 27), 4, 'a multiple of 4'],
    ['two lengths that differ', patched(SECTION, 24, 32), 24, 'the block length 28 again'],
    ['an interface nobody declared', joined([SECTION, block(6, u32s(0, 0, 0, 0, 0))]), 36, 'one of the 0 interfaces'],
    [
      'a packet longer than its block',
      joined([SECTION, block(1, u32s(1, 0)), block(6, u32s(0, 0, 0, 8, 8))]),
      68,
      'at most 0 captured',
    ],
    [
      'an option longer than its block',
      joined([SECTION, block(1, [...u32s(1, 0), 2, 0, 9, 0])]),
      44,
      'an option of at most 0 bytes',
    ],
    ['a packet block without its fields', joined([SECTION, block(6, u32s(0))]), 28, 'a packet of at least 32 bytes'],
  ])('%s is reported with its place and what was expected', (_, file, fileOffset, expected) => {
    const { problem } = readPcapng(file);
    expect(problem?.fileOffset).toBe(fileOffset);
    expect(problem?.message).toContain(expected);
  });

  test('arbitrary damage never throws', () => {
    const file = write({ ...CAPTURE, frames: [FRAME, FRAME] });
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = file.slice();
        for (const [at, value] of changes) damaged[at] = value;
        expect(readPcapng(damaged).frames.length).toBeLessThanOrEqual(2);
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readPcapng(joined([SECTION, bytes]))));
  });
});

function u32s(...values: readonly number[]): number[] {
  return values.flatMap((value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
}

function block(type: number, body: readonly number[]): Uint8Array {
  const length = u32s(12 + body.length);
  return Uint8Array.from([...u32s(type), ...length, ...body, ...length]);
}

function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

/** `CAPTURE` as a big endian machine writes it. */
function bigEndianCapture(): Uint8Array {
  const flipped = (values: readonly number[]): number[] => values.flatMap((value) => u32s(value).reverse());
  const block = (type: number, body: readonly number[]): number[] => [
    ...flipped([type, 12 + body.length]),
    ...body,
    ...flipped([12 + body.length]),
  ];
  return Uint8Array.from([
    ...block(0x0a0d0d0a, [...flipped([0x1a2b3c4d]), 0, 1, 0, 0, ...flipped([0xffffffff, 0xffffffff])]),
    ...block(1, [0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 8, ...new TextEncoder().encode('fw1:eth1'), 0, 9, 0, 1, 9, 0, 0, 0]),
    ...block(6, [
      ...flipped([0, 1, 0x2a05f201, 5, 60]),
      ...[1, 2, 3, 4, 5, 0, 0, 0],
      ...[0, 2, 0, 4, 0, 0, 0, 1],
      ...[0, 5, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2],
      ...[0, 7, 0, 9, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
    ]),
  ]);
}
