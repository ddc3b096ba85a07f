/**
 * The host side of the data plane: one WebAssembly instance, its rings as typed views, and its region as bytes.
 *
 * Views are made once, after `layOut` has grown the memory; nothing grows it later. BigInt stays in this folder.
 * Byte order everywhere: little endian, as WebAssembly's own.
 */
import * as L from '../../asm/memory/layout.ts';
import { instantiate } from '../../gen/dataplane/dataplane.js';
import type * as Control from '../../gen/dataplane/interfaces/switchback-dataplane-control.js';
import { type Notice, noticeAt, vlanOf } from './notice.ts';

/** Raw exports of the core module (asm/doors/exports.ts). */
interface Raw {
  readonly memory: WebAssembly.Memory;
  io(): number;
  run(until: bigint, maxEvents: number): number;
  setTimer(timer: number, atNs: bigint): void;
}

export type { DropNotice, FlowNotice, MoveNotice, Notice } from './notice.ts';
export type ControlDoor = typeof Control;
export type {
  FlowState,
  NodeState,
  PortState,
  TcpState,
  Totals,
} from '../../gen/dataplane/interfaces/switchback-dataplane-control.js';

export type RunStop = 'until' | 'timer' | 'punt' | 'events' | 'room';
const STOPS: readonly RunStop[] = ['until', 'timer', 'punt', 'events', 'room'];

/**
 * A frame or question for an agent, word that a port disabled itself (`ip` is then the drop reason), or news of a packet socket
 * (of a retired block `ip` is the status, `number` how many frames). `bytes` is a copy; for all but frames it is empty.
 */
export interface Punt {
  readonly kind: (typeof PUNT_KINDS)[number];
  readonly port: number;
  readonly cause: number;
  readonly number: number;
  readonly vlan: number | null;
  readonly ip: number;
  readonly socket: number;
  /** Of a question about an IPv6 next hop: its address; 0 else. */
  readonly high: bigint;
  readonly low: bigint;
  readonly bytes: Uint8Array;
}

/** A frame that passed a watched port, or died there. `bytes` hold the tag, if it has one; copied. */
export interface TraceRecord {
  readonly atNs: number;
  readonly number: number;
  readonly port: number;
  readonly kind: 'received' | 'sent' | 'dropped';
  readonly reason: number;
  readonly cause: number;
  /** Number of the flow that it is a frame of; -1 for none. */
  readonly flow: number;
  readonly bytes: Uint8Array;
}

/**
 * A frame to be brought into the lab: by the cable ('received') or by the port's own node ('sent'); or a packet that the node routes
 * ('routed'): an untagged frame whose addresses the node fills in.
 */
export interface Injection {
  readonly port: number;
  readonly direction: 'received' | 'sent' | 'routed';
  readonly atNs: number;
  readonly cause: number;
  readonly bytes: Uint8Array;
}

const NEVER = 0xffff_ffff_ffff_ffffn;
const TRACE_KINDS = ['received', 'sent', 'dropped'] as const;
const PUNT_KINDS = ['frame', 'resolve', 'verify', 'disabled', 'frozen', 'thawed', 'retired', 'storm'] as const;

export class Dataplane {
  readonly control: ControlDoor;
  protected readonly raw: Raw;
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  #io = 0;

  /** @param module the compiled gen/dataplane/dataplane.core.wasm. */
  constructor(module: WebAssembly.Module) {
    let raw: Raw | null = null;
    const root = instantiate(
      () => module,
      {},
      (core, imports) => {
        const instance = new WebAssembly.Instance(core, imports);
        if ('run' in instance.exports) raw = instance.exports as unknown as Raw;
        return instance;
      },
    );
    if (raw === null) throw new Error('the WebAssembly module is not the data plane: it does not export `run`');
    this.raw = raw;
    this.control = root.control;
  }

  /** Lays the region out for a lab and makes the views. @throws when memory cannot hold it. */
  layOut(sizes: Control.Sizes): void {
    this.control.layOut(sizes);
    this.#bytes = new Uint8Array(this.raw.memory.buffer);
    this.#view = new DataView(this.raw.memory.buffer);
    this.#io = this.raw.io();
  }

  /** Linear memory: the region, the rings, and static data. */
  get memoryBytes(): number {
    return this.#bytes.length;
  }

  #ioWord(offset: number): number {
    return this.#view.getUint32(this.#io + offset, true);
  }

  /** Time of the last event handled, or `until` of the last run that reached it. */
  get nowNs(): number {
    return Number(this.#view.getBigUint64(this.#io + L.IO_NOW_NS, true));
  }

  /** The timer that stopped the last run. */
  get timer(): number {
    return this.#ioWord(L.IO_TIMER);
  }

  /** Lets virtual time run to just before `untilNs`, or to whatever needs the host first. */
  run(untilNs: number, maxEvents = 0xffffffff): RunStop {
    const stop = STOPS[this.raw.run(BigInt(untilNs), maxEvents)];
    if (stop === undefined) throw new Error('the data plane stopped for a reason this host does not know');
    return stop;
  }

  /** Arms a timer or moves it; null disarms it. */
  setTimer(timer: number, atNs: number | null): void {
    this.raw.setTimer(timer, atNs === null ? NEVER : BigInt(atNs));
  }

  /** Writes a frame into the inject ring; the next `run` takes it in. False when the ring is full: run first. */
  inject(frame: Injection): boolean {
    const used = this.#ioWord(L.IO_INJECT_USED);
    const size = (L.INJECT_BYTES + frame.bytes.length + 7) & ~7;
    if (used + size > this.#ioWord(L.IO_INJECT_SIZE)) return false;
    const at = this.#ioWord(L.IO_INJECT_AT) + used;
    this.#view.setBigUint64(at + L.INJECT_AT_NS, BigInt(frame.atNs), true);
    this.#view.setUint32(at + L.INJECT_PORT, frame.port, true);
    this.#view.setUint32(at + L.INJECT_DIRECTION, frame.direction === 'received' ? L.INJECT_RECEIVED : L.INJECT_SENT, true);
    this.#view.setUint32(at + L.INJECT_CAUSE, frame.cause, true);
    this.#view.setUint32(at + L.INJECT_VLAN, frame.direction === 'routed' ? L.INJECT_ROUTED : 0, true);
    this.#view.setUint32(at + L.INJECT_LENGTH, frame.bytes.length, true);
    this.#bytes.set(frame.bytes, at + L.INJECT_BYTES);
    this.#view.setUint32(this.#io + L.IO_INJECT_USED, used + size, true);
    return true;
  }

  /** The frames in the punt ring. The next `run` empties the ring. */
  punts(): Punt[] {
    const count = this.#ioWord(L.IO_PUNT_COUNT);
    const start = this.#ioWord(L.IO_PUNT_AT);
    return Array.from({ length: count }, (_, i) => this.#puntAt(start + i * L.PUNT_BYTES));
  }

  #puntAt(at: number): Punt {
    const view = this.#view;
    const kind = PUNT_KINDS[view.getUint32(at + L.PUNT_KIND, true) - 1] ?? 'frame';
    const address = view.getUint32(at + L.PUNT_ADDRESS, true);
    const length = kind === 'frame' ? view.getUint32(at + L.PUNT_LENGTH, true) : 0;
    return {
      kind,
      port: view.getUint32(at + L.PUNT_PORT, true),
      cause: view.getUint32(at + L.PUNT_CAUSE, true),
      number: Number(view.getBigUint64(at + L.PUNT_NUMBER, true)),
      vlan: vlanOf(view.getUint32(at + L.PUNT_VLAN, true)),
      ip: view.getUint32(at + L.PUNT_IP, true),
      socket: view.getUint32(at + L.PUNT_SOCKET, true),
      high: kind === 'resolve' || kind === 'verify' ? view.getBigUint64(at + L.PUNT_HIGH, true) : 0n,
      low: kind === 'resolve' || kind === 'verify' ? view.getBigUint64(at + L.PUNT_LOW, true) : 0n,
      bytes: this.#bytes.slice(address, address + length),
    };
  }

  /** Takes the notices out of their ring. */
  takeNotices(): Notice[] {
    const count = this.#ioWord(L.IO_NOTICE_COUNT);
    if (count === 0) return [];
    const start = this.#ioWord(L.IO_NOTICE_AT);
    this.#view.setUint32(this.#io + L.IO_NOTICE_COUNT, 0, true);
    return Array.from({ length: count }, (_, i) => noticeAt(this.#view, start + i * L.NOTICE_BYTES));
  }

  /** Watches the given ports, or none; of `dropping` only what dies there. Watching changes no result. */
  watch(ports: readonly number[], dropping: readonly number[] = []): void {
    const at = this.#ioWord(L.IO_TRACE_PORTS_AT);
    this.#bytes.fill(0, at, this.#ioWord(L.IO_TRACE_AT));
    for (const port of dropping) this.#bytes[at + port] = L.WATCH_DROPS;
    for (const port of ports) this.#bytes[at + port] = L.WATCH_ALL;
    this.#view.setUint32(this.#io + L.IO_TRACE_ON, ports.length + dropping.length > 0 ? 1 : 0, true);
  }

  /** Takes what watched ports saw out of the trace ring. */
  takeTraces(): TraceRecord[] {
    const records: TraceRecord[] = [];
    this.eachTrace((record) => void records.push(record));
    return records;
  }

  /** The same one after the other: a list of a full ring holds some ten thousand records, which garbage collection has to copy. */
  eachTrace(take: (record: TraceRecord) => void): void {
    this.#eachRecord(L.IO_TRACE_AT, L.IO_TRACE_USED, take);
  }

  /** Takes the frames that left the lab by external ports. */
  takeEgress(): TraceRecord[] {
    const records: TraceRecord[] = [];
    this.#eachRecord(L.IO_EGRESS_AT, L.IO_EGRESS_USED, (record) => void records.push(record));
    return records;
  }

  #eachRecord(ringAt: number, ringUsed: number, take: (record: TraceRecord) => void): void {
    const end = this.#ioWord(ringAt) + this.#ioWord(ringUsed);
    this.#view.setUint32(this.#io + ringUsed, 0, true);
    for (let at = this.#ioWord(ringAt); at < end; ) {
      const length = this.#view.getUint32(at + L.TRACE_LENGTH, true);
      take(this.#traceAt(at, length));
      at += (L.TRACE_BYTES + length + 7) & ~7;
    }
  }

  #traceAt(at: number, length: number): TraceRecord {
    const view = this.#view;
    const start = at + L.TRACE_BYTES;
    return {
      atNs: Number(view.getBigUint64(at + L.TRACE_AT_NS, true)),
      number: Number(view.getBigUint64(at + L.TRACE_NUMBER, true)),
      port: view.getUint32(at + L.TRACE_PORT, true),
      kind: TRACE_KINDS[view.getUint32(at + L.TRACE_KIND, true) - 1] ?? 'dropped',
      reason: view.getUint32(at + L.TRACE_REASON, true),
      cause: view.getUint32(at + L.TRACE_CAUSE, true),
      flow: view.getUint32(at + L.TRACE_FLOW, true) - 1,
      bytes: this.#taggedBytes(start, length, view.getUint32(at + L.TRACE_VLAN, true)),
    };
  }

  /** A frame's bytes as they are on the line: with its 802.1Q tag behind the addresses. Copied. */
  #taggedBytes(start: number, length: number, vlanWord: number): Uint8Array {
    if ((vlanWord & L.VLAN_TAGGED) === 0) return this.#bytes.slice(start, start + length);
    const bytes = this.#bytes.subarray(start, start + length);
    const tagged = new Uint8Array(length + 4);
    tagged.set(bytes.subarray(0, 12));
    tagged.set([0x81, 0x00, (vlanWord >>> 8) & 0xff, vlanWord & 0xff], 12);
    tagged.set(bytes.subarray(12), 16);
    return tagged;
  }

  /** The state region, live, without buffers that no frame has used yet. All of the network is in it. */
  region(): Uint8Array {
    const at = this.#ioWord(L.IO_REGION_AT);
    return this.#bytes.subarray(at, at + this.#ioWord(L.IO_REGION_USED));
  }

  /**
   * Puts a region back that `region()` of an equally laid-out data plane gave, right after `layOut`.
   * @throws RangeError when it is one of another size.
   */
  restore(region: Uint8Array): void {
    const at = this.#ioWord(L.IO_REGION_AT);
    const size = sizeOf(this.region());
    if (region.length > size || sizeOf(region) !== size) {
      throw new RangeError(`a snapshot of ${region.length} bytes of a region of ${sizeOf(region)}, for one of ${size}`);
    }
    this.#bytes.set(region, at);
    this.#view.setUint32(this.#io + L.IO_REGION_USED, region.length, true);
    this.#bytes.set(region.subarray(L.REGION_NOW_NS, L.REGION_NOW_NS + 8), this.#io + L.IO_NOW_NS);
  }

  /** All rows of a paged table of the control door. */
  rows<T extends { slot: number }>(page: (start: number) => T[]): T[] {
    const all: T[] = [];
    for (let start = 0; ; ) {
      const rows = page(start);
      const last = rows.at(-1);
      if (last === undefined) return all;
      all.push(...rows);
      start = last.slot + 1;
    }
  }
}

/** The size that a region stores in its header; 0 if it is too short to have a header. */
function sizeOf(region: Uint8Array): number {
  const view = new DataView(region.buffer, region.byteOffset, region.byteLength);
  return region.length < L.REGION_SIZE + 4 ? 0 : view.getUint32(L.REGION_SIZE, true);
}
