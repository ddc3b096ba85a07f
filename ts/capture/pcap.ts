/**
 * Classic pcap files, and `readCapture`, which takes either format and puts the frames on a lab's clock.
 *
 *   0     3 4   5 6   7 8     15 16     19 20     23        0     3 4        7 8      11 12    15 16
 *  ┌───────┬─────┬─────┬────────┬─────────┬─────────┐      ┌───────┬──────────┬────────┬────────┬───────┐
 *  │ magic │major│minor│ unused │  snap   │  link   │ then │seconds│ fraction │captured│original│ bytes │ …
 *  │       │     │     │        │  length │  type   │      │       │ us or ns │ length │ length │       │
 *  └───────┴─────┴─────┴────────┴─────────┴─────────┘      └───────┴──────────┴────────┴────────┴───────┘
 *
 * The magic tells the byte order and the unit of the fraction: a1b2c3d4 microseconds, a1b23c4d nanoseconds.
 */
import { NANOS_MAX, type Nanos } from '../values/nanos.ts';
import {
  type CaptureContents,
  type CapturedFrame,
  CaptureError,
  LINKTYPE_ETHERNET,
  problemOf,
  unnamedInterface,
} from './captured-frame.ts';
import { isPcapng, readPcapng } from './pcapng-reader.ts';

const HEADER_LINK_TYPE = 20;
const HEADER_BYTES = 24;
const RECORD_SECONDS = 0;
const RECORD_FRACTION = 4;
const RECORD_CAPTURED_LENGTH = 8;
const RECORD_ORIGINAL_LENGTH = 12;
const RECORD_HEADER_BYTES = 16;

const MAGIC_US = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;
const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_US = 1000n;
/** The upper half of the field says whether frames end in an FCS, not what they are. */
const LINK_TYPE_MASK = 0xffff;

interface Variant {
  readonly isLittleEndian: boolean;
  readonly nsPerFraction: bigint;
}

/** A captured frame on a lab's clock. */
export interface TimedFrame extends CapturedFrame {
  /** Since the first frame; never before the frame above it. */
  readonly at: Nanos;
}

export interface TimedCapture {
  readonly frames: readonly TimedFrame[];
  /** Frames whose stamp lay before the frame above them, and which now share its instant. */
  readonly clampedCount: number;
  /** What stopped the reading; null when the file was read to its end. */
  readonly problem: CaptureError | null;
}

/**
 * Reads a pcap or pcapng file, told apart by their first bytes; never throws.
 *
 * A file that is cut short delivers the frames before the cut, and the problem. A file with a frame that is not Ethernet
 * delivers none: half a conversation would be replayed as if it were whole.
 */
export function readCapture(bytes: Uint8Array): TimedCapture {
  const { frames, problem } = isPcapng(bytes) ? readPcapng(bytes) : readPcap(bytes);
  const foreign = frames.find(({ linkType }) => linkType !== LINKTYPE_ETHERNET);
  if (foreign === undefined) return onLabClock(frames, problem);
  const expected = `Ethernet frames (link type ${LINKTYPE_ETHERNET})`;
  const found = `a frame of link type ${foreign.linkType} on '${foreign.interface}'`;
  return { frames: [], clampedCount: 0, problem: new CaptureError(foreign.fileOffset, expected, found) };
}

function onLabClock(frames: readonly CapturedFrame[], problem: CaptureError | null): TimedCapture {
  const startNs = frames[0]?.timestampNs ?? 0n;
  const timed: TimedFrame[] = [];
  let clampedCount = 0;
  let lastNs = 0n;
  for (const frame of frames) {
    const sinceStartNs = frame.timestampNs - startNs;
    if (sinceStartNs > BigInt(NANOS_MAX)) {
      const late = new CaptureError(frame.fileOffset, 'frames within 104 days of the first', `${sinceStartNs} ns`);
      return { frames: timed, clampedCount, problem: late };
    }
    if (sinceStartNs < lastNs) clampedCount += 1;
    else lastNs = sinceStartNs;
    timed.push({ ...frame, at: Number(lastNs) as Nanos });
  }
  return { frames: timed, clampedCount, problem };
}

/** Reads frames up to the end or the first damage; never throws. */
export function readPcap(bytes: Uint8Array): CaptureContents {
  const interfaces: CaptureContents['interfaces'][number][] = [];
  const frames: CapturedFrame[] = [];
  const problem = problemOf(() => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const variant = readVariant(view);
    if (bytes.length < HEADER_BYTES) throw new CaptureError(0, `a file header of ${HEADER_BYTES} bytes`, `${bytes.length}`);
    const linkType = view.getUint32(HEADER_LINK_TYPE, variant.isLittleEndian) & LINK_TYPE_MASK;
    interfaces.push({ name: unnamedInterface(0), linkType });
    for (let at = HEADER_BYTES; at < bytes.length; ) {
      const frame = readRecord(bytes, view, variant, at, linkType);
      frames.push(frame);
      at += RECORD_HEADER_BYTES + frame.bytes.length;
    }
  });
  return { interfaces, frames, problem };
}

function readVariant(view: DataView): Variant {
  if (view.byteLength < 4) throw new CaptureError(0, 'a pcap or pcapng file', `${view.byteLength} bytes`);
  for (const isLittleEndian of [true, false]) {
    const magic = view.getUint32(0, isLittleEndian);
    if (magic === MAGIC_US) return { isLittleEndian, nsPerFraction: NS_PER_US };
    if (magic === MAGIC_NS) return { isLittleEndian, nsPerFraction: 1n };
  }
  const found = view.getUint32(0).toString(16).padStart(8, '0');
  const hint = found.startsWith('1f8b') ? ' (gzip: unpack it first)' : '';
  throw new CaptureError(0, 'the first bytes of a pcap or pcapng file', `${found}${hint}`);
}

function readRecord(bytes: Uint8Array, view: DataView, variant: Variant, at: number, linkType: number): CapturedFrame {
  const left = bytes.length - at;
  if (left < RECORD_HEADER_BYTES) throw new CaptureError(at, `a record header of ${RECORD_HEADER_BYTES} bytes`, `${left}`);
  const u32 = (field: number): number => view.getUint32(at + field, variant.isLittleEndian);
  const length = u32(RECORD_CAPTURED_LENGTH);
  const data = at + RECORD_HEADER_BYTES;
  if (data + length > bytes.length) {
    throw new CaptureError(data, `${length} bytes of a frame`, `the end of the file after ${bytes.length - data}`);
  }
  return {
    interface: unnamedInterface(0),
    linkType,
    timestampNs: BigInt(u32(RECORD_SECONDS)) * NS_PER_SECOND + BigInt(u32(RECORD_FRACTION)) * variant.nsPerFraction,
    bytes: bytes.subarray(data, data + length),
    originalLength: u32(RECORD_ORIGINAL_LENGTH),
    fileOffset: at,
  };
}
