/**
 * Writes pcapng files (draft-ietf-opsawg-pcapng), and names the fields that `pcapng-reader.ts` reads. A file is a chain of
 * blocks, each saying its length at both ends:
 *
 *   0    3 4      7 8                                        n-4  n-1
 *  ┌──────┬────────┬──────────────┬──────────────────────────┬────────┐
 *  │ type │ length │ fixed fields │ options: code, length,   │ length │     every part padded to 4 bytes
 *  │      │   n    │              │ value, …; code 0 ends    │   n    │
 *  └──────┴────────┴──────────────┴──────────────────────────┴────────┘
 *
 * The writer answers chunks, so that a live capture is the same bytes as a file, and interfaces may be added in between.
 * It writes little endian, nanoseconds, Ethernet, and one snap length for every interface: tcpdump refuses a file that
 * mixes link types or snap lengths.
 */
import { type Mac, macToNumber } from '../values/mac.ts';
import { type CaptureInterface, type FrameNotes, LINKTYPE_ETHERNET } from './captured-frame.ts';

/** Of the first block of every file and section; reads the same in both byte orders. */
export const PCAPNG_MAGIC = 0x0a0d0d0a;

export const BLOCK = { section: PCAPNG_MAGIC, interface: 1, oldPacket: 2, simplePacket: 3, enhancedPacket: 6 } as const;
export const BLOCK_MIN_BYTES = 12;
const BODY = 8;

// Fields of the blocks, from the block's first byte; the data or the options of a block follow its last field.
export const SHB_BYTE_ORDER = 8;
export const SHB_MAJOR = 12;
export const SHB_SECTION_LENGTH = 16;
export const SHB_OPTIONS = 24;
export const IDB_LINK_TYPE = 8;
export const IDB_SNAP_LENGTH = 12;
export const IDB_OPTIONS = 16;
export const EPB_INTERFACE = 8;
export const EPB_TIME_HIGH = 12;
export const EPB_TIME_LOW = 16;
export const EPB_CAPTURED_LENGTH = 20;
export const EPB_ORIGINAL_LENGTH = 24;
export const EPB_DATA = 28;

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
export const OPTION_END = 0;
export const OPTION_COMMENT = 1;
export const SHB_OPTION = { application: 4 } as const;
export const IDB_OPTION = { name: 2, description: 3, mac: 6, speed: 8, resolution: 9, timeOffset: 14 } as const;
export const EPB_OPTION = { flags: 2, dropCount: 4, packetId: 5, verdict: 7 } as const;
const OPTION_BYTES_MAX = 0xffff;

const RESOLUTION_NS = 9;
export const VERDICT_XDP = 2;
export const XDP_DROP = 1n;
export const XDP_PASS = 2n;

/** What of a block lies around the value of one option. */
const OPTION_HEAD = 4;
const U64_BYTES = 8;
const FLAGS_BYTES = 4;
const VERDICT_BYTES = 9;
const WORD = 2 ** 32;
/** Comments whose bytes are kept: a long capture repeats few of them. */
const TEXTS_MAX = 1024;

type Option = readonly [code: number, value: Uint8Array];

export interface PcapngWriterOptions {
  /** The program that writes. */
  readonly application?: string;
  readonly comment?: string;
  /** The most bytes kept of any frame; 0, the default, is no limit. Declared only: the writer does not cut. */
  readonly snapLength?: number;
}

/** A frame to write. */
export interface PcapngFrame extends FrameNotes {
  /** Of a declared interface. */
  readonly interface: string;
  /** Virtual time, or nanoseconds since 1970. */
  readonly timestampNs: number | bigint;
  readonly bytes: Uint8Array;
  /** When `bytes` is only the head of the frame. */
  readonly originalLength?: number;
}

/** Bytes to write blocks into, seen in both ways. */
export interface BlockRoom {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Room for so many bytes of blocks. */
export function blockRoom(length: number): BlockRoom {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Answers the chunks of one capture: `sectionHeader` first, each `declareInterface` before that interface's frames. */
export class PcapngWriter {
  readonly #options: PcapngWriterOptions;
  readonly #ids = new Map<string, number>();
  readonly #texts = new Map<string, Uint8Array>();

  constructor(options: PcapngWriterOptions = {}) {
    this.#options = options;
  }

  /** The Section Header Block. */
  sectionHeader(): Uint8Array {
    const fields = new DataView(new ArrayBuffer(SHB_OPTIONS - BODY));
    fields.setUint32(SHB_BYTE_ORDER - BODY, BYTE_ORDER_MAGIC, true);
    fields.setUint16(SHB_MAJOR - BODY, 1, true);
    fields.setBigInt64(SHB_SECTION_LENGTH - BODY, -1n, true);
    const { application, comment } = this.#options;
    return block(BLOCK.section, fields, new Uint8Array(0), [
      ...textOption(OPTION_COMMENT, comment),
      ...textOption(SHB_OPTION.application, application),
    ]);
  }

  isDeclared(interfaceName: string): boolean {
    return this.#ids.has(interfaceName);
  }

  /** An Interface Description Block. @throws RangeError when the name was declared before. */
  declareInterface({ name, description, mac, speedBps }: CaptureInterface): Uint8Array {
    if (this.#ids.has(name)) throw new RangeError(`interface '${name}' is declared twice in one capture`);
    this.#ids.set(name, this.#ids.size);
    const fields = new DataView(new ArrayBuffer(IDB_OPTIONS - BODY));
    fields.setUint16(IDB_LINK_TYPE - BODY, LINKTYPE_ETHERNET, true);
    fields.setUint32(IDB_SNAP_LENGTH - BODY, this.#options.snapLength ?? 0, true);
    return block(BLOCK.interface, fields, new Uint8Array(0), [
      ...textOption(IDB_OPTION.name, name),
      ...textOption(IDB_OPTION.description, description),
      ...(mac === undefined ? [] : [[IDB_OPTION.mac, macBytes(mac)] as const]),
      ...u64Option(IDB_OPTION.speed, speedBps),
      [IDB_OPTION.resolution, Uint8Array.of(RESOLUTION_NS)],
    ]);
  }

  /** An Enhanced Packet Block. @throws RangeError when the frame's interface was not declared. */
  frame(frame: PcapngFrame): Uint8Array {
    const length = this.frameLength(frame);
    const room = blockRoom(length);
    this.putFrame(frame, length, room, 0);
    return room.bytes;
  }

  /** Bytes of a frame's block. @throws RangeError for a comment that is too long */
  frameLength({ bytes, comments, direction, dropCount, packetId, verdict }: PcapngFrame): number {
    let options = 0;
    if (comments !== undefined) {
      for (const comment of comments) options += OPTION_HEAD + padded(this.#text(comment).length);
    }
    if (direction !== undefined) options += OPTION_HEAD + FLAGS_BYTES;
    if (dropCount !== undefined) options += OPTION_HEAD + U64_BYTES;
    if (packetId !== undefined) options += OPTION_HEAD + U64_BYTES;
    if (verdict !== undefined) options += OPTION_HEAD + padded(VERDICT_BYTES);
    return BLOCK_MIN_BYTES + EPB_DATA - BODY + padded(bytes.length) + (options === 0 ? 0 : options + OPTION_HEAD);
  }

  /**
   * Writes the block of `frame` at a place, whatever stood there: without an array for each field a capture takes half the time.
   * @param length that of `frameLength`; so many bytes have to be left.
   * @throws RangeError when the frame's interface was not declared.
   */
  putFrame(frame: PcapngFrame, length: number, room: BlockRoom, at: number): void {
    const { bytes, timestampNs, originalLength } = frame;
    const id = this.#ids.get(frame.interface);
    if (id === undefined) throw new RangeError(`a frame of interface '${frame.interface}', which the capture does not declare`);
    const { view } = room;
    view.setUint32(at, BLOCK.enhancedPacket, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(at + EPB_INTERFACE, id, true);
    const time = typeof timestampNs === 'bigint' ? wordsOf(timestampNs) : null;
    view.setUint32(at + EPB_TIME_HIGH, time === null ? Math.floor(Number(timestampNs) / WORD) : time.high, true);
    view.setUint32(at + EPB_TIME_LOW, time === null ? Number(timestampNs) >>> 0 : time.low, true);
    view.setUint32(at + EPB_CAPTURED_LENGTH, bytes.length, true);
    view.setUint32(at + EPB_ORIGINAL_LENGTH, originalLength ?? bytes.length, true);
    const behind = putPadded(room, at + EPB_DATA, bytes);
    const end = at + length - 4;
    if (behind < end) this.#putNotes(frame, room, behind);
    view.setUint32(end, length, true);
  }

  #putNotes({ comments, direction, dropCount, packetId, verdict }: FrameNotes, room: BlockRoom, from: number): void {
    const { view } = room;
    let at = from;
    if (comments !== undefined) {
      for (const comment of comments) {
        const text = this.#text(comment);
        putOptionHead(view, at, OPTION_COMMENT, text.length);
        at = putPadded(room, at + OPTION_HEAD, text);
      }
    }
    if (direction !== undefined) {
      putOptionHead(view, at, EPB_OPTION.flags, FLAGS_BYTES);
      view.setUint32(at + OPTION_HEAD, direction === 'inbound' ? 1 : 2, true);
      at += OPTION_HEAD + FLAGS_BYTES;
    }
    if (dropCount !== undefined) at = putCount(view, at, EPB_OPTION.dropCount, dropCount);
    if (packetId !== undefined) at = putCount(view, at, EPB_OPTION.packetId, packetId);
    if (verdict !== undefined) {
      putOptionHead(view, at, EPB_OPTION.verdict, VERDICT_BYTES);
      // The kind in a byte, the value in the eight behind it, padding.
      view.setUint32(at + OPTION_HEAD, VERDICT_XDP | (Number(verdict === 'drop' ? XDP_DROP : XDP_PASS) << 8), true);
      view.setUint32(at + OPTION_HEAD + 4, 0, true);
      view.setUint32(at + OPTION_HEAD + 8, 0, true);
      at += OPTION_HEAD + padded(VERDICT_BYTES);
    }
    view.setUint32(at, OPTION_END, true);
  }

  /** A comment's bytes. @throws RangeError when they fit no option */
  #text(comment: string): Uint8Array {
    let text = this.#texts.get(comment);
    if (text === undefined) {
      text = new TextEncoder().encode(comment);
      checkOption(text);
      if (this.#texts.size >= TEXTS_MAX) this.#texts.clear();
      this.#texts.set(comment, text);
    }
    return text;
  }
}

/** The two halves of a time as pcapng has it: as two's complement, should it be negative. */
function wordsOf(time: bigint): { readonly high: number; readonly low: number } {
  return { high: Number(BigInt.asUintN(32, time >> 32n)), low: Number(BigInt.asUintN(32, time)) };
}

function putOptionHead(view: DataView, at: number, code: number, length: number): void {
  view.setUint16(at, code, true);
  view.setUint16(at + 2, length, true);
}

/** @returns where it ends. */
function putCount(view: DataView, at: number, code: number, value: number): number {
  putOptionHead(view, at, code, U64_BYTES);
  view.setUint32(at + OPTION_HEAD, value >>> 0, true);
  view.setUint32(at + OPTION_HEAD + 4, Math.floor(value / WORD), true);
  return at + OPTION_HEAD + U64_BYTES;
}

/** Bytes, and zeros up to the next word. @returns where they end */
function putPadded({ bytes, view }: BlockRoom, at: number, value: Uint8Array): number {
  const end = at + padded(value.length);
  if (end > at + value.length) view.setUint32(end - 4, 0, true);
  bytes.set(value, at);
  return end;
}

function checkOption(value: Uint8Array): void {
  if (value.length > OPTION_BYTES_MAX) {
    throw new RangeError(`a pcapng option of ${value.length} bytes: at most ${OPTION_BYTES_MAX} fit`);
  }
}

function textOption(code: number, text: string | undefined): Option[] {
  return text === undefined ? [] : [[code, new TextEncoder().encode(text)]];
}

function u64Option(code: number, value: number | undefined): Option[] {
  if (value === undefined) return [];
  const field = new DataView(new ArrayBuffer(8));
  field.setBigUint64(0, BigInt(value), true);
  return [[code, new Uint8Array(field.buffer)]];
}

function macBytes(mac: Mac): Uint8Array {
  const field = new DataView(new ArrayBuffer(8));
  field.setBigUint64(0, BigInt(macToNumber(mac)), false);
  return new Uint8Array(field.buffer, 2);
}

function block(type: number, fields: DataView, data: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.reduce(
    (sum, [, value]) => sum + OPTION_HEAD + padded(value.length),
    options.length === 0 ? 0 : OPTION_HEAD,
  );
  const length = BLOCK_MIN_BYTES + fields.byteLength + padded(data.length) + optionBytes;
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  view.setUint32(length - 4, length, true);
  out.set(new Uint8Array(fields.buffer), BODY);
  out.set(data, BODY + fields.byteLength);
  let at = BODY + fields.byteLength + padded(data.length);
  for (const [code, value] of options) {
    checkOption(value);
    putOptionHead(view, at, code, value.length);
    out.set(value, at + OPTION_HEAD);
    at += OPTION_HEAD + padded(value.length);
  }
  return out;
}

/** The room a field of variable length takes. */
export function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
