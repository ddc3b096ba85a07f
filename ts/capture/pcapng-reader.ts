/**
 * Reads pcapng files: both byte orders, any time resolution, several sections, the older packet blocks. Blocks and
 * options it does not know are stepped over. `pcapng.ts` draws the format and names its fields.
 *
 * A Simple Packet Block has no time. It gets the time of the frame before it, which keeps the order.
 */
import { macFromNumber } from '../values/mac.ts';
import {
  type CaptureContents,
  type CapturedFrame,
  CaptureError,
  type CaptureInterface,
  type FrameNotes,
  problemOf,
  unnamedInterface,
} from './captured-frame.ts';
import {
  BLOCK,
  BLOCK_MIN_BYTES,
  BYTE_ORDER_MAGIC,
  EPB_CAPTURED_LENGTH,
  EPB_DATA,
  EPB_INTERFACE,
  EPB_OPTION,
  EPB_ORIGINAL_LENGTH,
  EPB_TIME_HIGH,
  EPB_TIME_LOW,
  IDB_LINK_TYPE,
  IDB_OPTION,
  IDB_OPTIONS,
  IDB_SNAP_LENGTH,
  OPTION_COMMENT,
  OPTION_END,
  PCAPNG_MAGIC,
  padded,
  SHB_BYTE_ORDER,
  SHB_MAJOR,
  SHB_OPTIONS,
  VERDICT_XDP,
  XDP_DROP,
  XDP_PASS,
} from './pcapng.ts';

const OLD_PACKET_DROPS = 10;
const OLD_PACKET_DROPS_UNKNOWN = 0xffff;
const SPB_ORIGINAL_LENGTH = 8;
const SPB_DATA = 12;

/** Of an interface that does not say: microseconds. */
const RESOLUTION_DEFAULT = 6;
const RESOLUTION_IS_POWER_OF_TWO = 0x80;
const NS_PER_SECOND = 1_000_000_000n;

const DIRECTIONS = [undefined, 'inbound', 'outbound', undefined] as const;
const DIRECTION_MASK = 3;

/** Whether the bytes begin as a pcapng file does. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) === PCAPNG_MAGIC;
}

/** Reads frames up to the end or the first damage; never throws. */
export function readPcapng(bytes: Uint8Array): CaptureContents {
  const reader = new PcapngReader(bytes);
  const problem = problemOf(() => reader.readAll());
  return { interfaces: reader.interfaces, frames: reader.frames, problem };
}

interface ReadInterface extends CaptureInterface {
  readonly linkType: number;
}

/** What the current section needs of an interface to read its frames. */
interface Clocked {
  readonly description: ReadInterface;
  readonly snapLength: number;
  readonly resolution: number;
  readonly offsetSeconds: bigint;
}

class PcapngReader {
  readonly interfaces: ReadInterface[] = [];
  readonly frames: CapturedFrame[] = [];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #isLittleEndian = true;
  #section: Clocked[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  readAll(): void {
    if (!isPcapng(this.#bytes))
      throw new CaptureError(0, 'a pcapng section header', `${this.#bytes.length} bytes of something else`);
    for (let at = 0; at < this.#bytes.length; ) {
      const end = this.#blockEnd(at);
      this.#readBlock(at, end - 4);
      at = end;
    }
  }

  /** Checks the frame of the block at an offset; a section header sets the byte order for what follows. */
  #blockEnd(at: number): number {
    const left = this.#bytes.length - at;
    if (left < BLOCK_MIN_BYTES) throw new CaptureError(at, `a block of at least ${BLOCK_MIN_BYTES} bytes`, `${left} bytes`);
    if (this.#u32(at) === BLOCK.section) this.#readByteOrder(at);
    const length = this.#u32(at + 4);
    if (length < BLOCK_MIN_BYTES || length % 4 !== 0) {
      throw new CaptureError(at + 4, `a block length of at least ${BLOCK_MIN_BYTES} that is a multiple of 4`, String(length));
    }
    if (length > left) throw new CaptureError(at, `a block of ${length} bytes`, `the end of the file after ${left}`);
    const repeated = this.#u32(at + length - 4);
    if (repeated !== length) throw new CaptureError(at + length - 4, `the block length ${length} again`, String(repeated));
    return at + length;
  }

  #readByteOrder(at: number): void {
    const magic = this.#view.getUint32(at + SHB_BYTE_ORDER, true);
    this.#isLittleEndian = magic === BYTE_ORDER_MAGIC;
    if (!this.#isLittleEndian && this.#view.getUint32(at + SHB_BYTE_ORDER, false) !== BYTE_ORDER_MAGIC) {
      throw new CaptureError(at + SHB_BYTE_ORDER, 'the byte-order magic 1a2b3c4d', hex(magic));
    }
  }

  /** `end` is where the block's second length stands. */
  #readBlock(at: number, end: number): void {
    const type = this.#u32(at);
    if (type === BLOCK.section) this.#readSection(at, end);
    else if (type === BLOCK.interface) this.#readInterface(at, end);
    else if (type === BLOCK.enhancedPacket || type === BLOCK.oldPacket) this.#readPacket(at, end, type === BLOCK.oldPacket);
    else if (type === BLOCK.simplePacket) this.#readSimplePacket(at, end);
  }

  #readSection(at: number, end: number): void {
    this.#requireFields(at, end, SHB_OPTIONS, 'section header');
    const major = this.#u16(at + SHB_MAJOR);
    if (major !== 1) throw new CaptureError(at + SHB_MAJOR, 'pcapng version 1', `version ${major}`);
    this.#section = [];
  }

  #readInterface(at: number, end: number): void {
    this.#requireFields(at, end, IDB_OPTIONS, 'interface description');
    const options = this.#readOptions(at + IDB_OPTIONS, end);
    const first = (code: number): DataView | undefined => options.find(([found]) => found === code)?.[1];
    const name = first(IDB_OPTION.name);
    const about = first(IDB_OPTION.description);
    const mac = first(IDB_OPTION.mac);
    const speedBps = this.#safeU64(first(IDB_OPTION.speed));
    const resolution = first(IDB_OPTION.resolution);
    const timeOffset = first(IDB_OPTION.timeOffset);
    const description = {
      name: name === undefined ? unnamedInterface(this.#section.length) : text(name),
      ...(about === undefined ? {} : { description: text(about) }),
      ...(mac?.byteLength === 6 ? { mac: macFromNumber(mac.getUint16(0) * 2 ** 32 + mac.getUint32(2)) } : {}),
      ...(speedBps === undefined ? {} : { speedBps }),
      linkType: this.#u16(at + IDB_LINK_TYPE),
    };
    this.interfaces.push(description);
    this.#section.push({
      description,
      snapLength: this.#u32(at + IDB_SNAP_LENGTH),
      resolution: resolution?.byteLength === 1 ? resolution.getUint8(0) : RESOLUTION_DEFAULT,
      offsetSeconds: timeOffset?.byteLength === 8 ? timeOffset.getBigInt64(0, this.#isLittleEndian) : 0n,
    });
  }

  #readPacket(at: number, end: number, isOld: boolean): void {
    this.#requireFields(at, end, EPB_DATA, 'packet');
    const from = this.#interfaceAt(at, isOld ? this.#u16(at + EPB_INTERFACE) : this.#u32(at + EPB_INTERFACE));
    const ticks = (BigInt(this.#u32(at + EPB_TIME_HIGH)) << 32n) | BigInt(this.#u32(at + EPB_TIME_LOW));
    const length = this.#u32(at + EPB_CAPTURED_LENGTH);
    const dataEnd = at + EPB_DATA + padded(length);
    if (dataEnd > end) {
      throw new CaptureError(at + EPB_CAPTURED_LENGTH, `at most ${end - at - EPB_DATA} captured bytes`, String(length));
    }
    const drops = isOld ? this.#u16(at + OLD_PACKET_DROPS) : 0;
    this.frames.push({
      interface: from.description.name,
      linkType: from.description.linkType,
      timestampNs: from.offsetSeconds * NS_PER_SECOND + ticksToNs(ticks, from.resolution),
      bytes: this.#bytes.subarray(at + EPB_DATA, at + EPB_DATA + length),
      originalLength: this.#u32(at + EPB_ORIGINAL_LENGTH),
      fileOffset: at,
      ...this.#readNotes(this.#readOptions(dataEnd, end)),
      ...(drops === 0 || drops === OLD_PACKET_DROPS_UNKNOWN ? {} : { dropCount: drops }),
    });
  }

  #readSimplePacket(at: number, end: number): void {
    this.#requireFields(at, end, SPB_DATA, 'simple packet');
    const from = this.#interfaceAt(at, 0);
    const originalLength = this.#u32(at + SPB_ORIGINAL_LENGTH);
    const length = Math.min(originalLength, from.snapLength === 0 ? originalLength : from.snapLength);
    if (at + SPB_DATA + length > end) {
      throw new CaptureError(at + SPB_ORIGINAL_LENGTH, `at most ${end - at - SPB_DATA} captured bytes`, String(length));
    }
    this.frames.push({
      interface: from.description.name,
      linkType: from.description.linkType,
      timestampNs: this.frames.at(-1)?.timestampNs ?? 0n,
      bytes: this.#bytes.subarray(at + SPB_DATA, at + SPB_DATA + length),
      originalLength,
      fileOffset: at,
    });
  }

  #interfaceAt(at: number, id: number): Clocked {
    const found = this.#section[id];
    if (found !== undefined) return found;
    throw new CaptureError(at + EPB_INTERFACE, `one of the ${this.#section.length} interfaces of its section`, `interface ${id}`);
  }

  #readNotes(options: readonly (readonly [number, DataView])[]): FrameNotes {
    const first = (code: number): DataView | undefined => options.find(([found]) => found === code)?.[1];
    const comments = options.filter(([code]) => code === OPTION_COMMENT).map(([, value]) => text(value));
    const flags = first(EPB_OPTION.flags);
    const direction = flags?.byteLength === 4 ? DIRECTIONS[flags.getUint32(0, this.#isLittleEndian) & DIRECTION_MASK] : undefined;
    const dropCount = this.#safeU64(first(EPB_OPTION.dropCount));
    const packetId = this.#safeU64(first(EPB_OPTION.packetId));
    const verdict = this.#xdpVerdict(first(EPB_OPTION.verdict));
    return {
      ...(comments.length === 0 ? {} : { comments }),
      ...(direction === undefined ? {} : { direction }),
      ...(dropCount === undefined ? {} : { dropCount }),
      ...(packetId === undefined ? {} : { packetId }),
      ...(verdict === undefined ? {} : { verdict }),
    };
  }

  #xdpVerdict(value: DataView | undefined): 'drop' | 'pass' | undefined {
    if (value?.byteLength !== 9 || value.getUint8(0) !== VERDICT_XDP) return undefined;
    const code = value.getBigUint64(1, this.#isLittleEndian);
    if (code === XDP_DROP) return 'drop';
    return code === XDP_PASS ? 'pass' : undefined;
  }

  /** The options from `at` to `end`, in order; an end marker is welcome but not needed. */
  #readOptions(at: number, end: number): (readonly [code: number, value: DataView])[] {
    const options: (readonly [number, DataView])[] = [];
    for (let next = at; next + 4 <= end; ) {
      const code = this.#u16(next);
      const length = this.#u16(next + 2);
      if (code === OPTION_END) break;
      const valueEnd = next + 4 + length;
      if (valueEnd > end) throw new CaptureError(next, `an option of at most ${end - next - 4} bytes`, `${length} bytes`);
      options.push([code, new DataView(this.#bytes.buffer, this.#bytes.byteOffset + next + 4, length)]);
      next += 4 + padded(length);
    }
    return options;
  }

  #requireFields(at: number, end: number, fieldsEnd: number, what: string): void {
    if (at + fieldsEnd > end) throw new CaptureError(at, `a ${what} of at least ${fieldsEnd + 4} bytes`, `${end + 4 - at}`);
  }

  /** Undefined when absent, of another length, or past 2^53-1: no number of ours. */
  #safeU64(value: DataView | undefined): number | undefined {
    if (value?.byteLength !== 8) return undefined;
    const number = Number(value.getBigUint64(0, this.#isLittleEndian));
    return Number.isSafeInteger(number) ? number : undefined;
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#isLittleEndian);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#isLittleEndian);
  }
}

/** `resolution` as if_tsresol: ticks of 10^-n seconds, or of 2^-n when the top bit is set. Rounds down. */
function ticksToNs(ticks: bigint, resolution: number): bigint {
  if ((resolution & RESOLUTION_IS_POWER_OF_TWO) !== 0) {
    return (ticks * NS_PER_SECOND) >> BigInt(resolution & ~RESOLUTION_IS_POWER_OF_TWO);
  }
  return (ticks * NS_PER_SECOND) / 10n ** BigInt(resolution);
}

/** Damaged UTF-8 shows as replacement characters; a byte-order mark is text like any other. */
function text(value: DataView): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(value);
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
