/**
 * The region: all state of the data plane in one stretch of linear memory. Copy it and you have copied the network.
 *
 *   REGION_AT ┌ Header ┬ nodes ┬ ports ┬ lines ┬ flows ┬ slots ┬ wheel ┬ heap ┬ inject FIFOs ┬ IO slots ┬ routes ┬ neighbours ┬ FDBs
 *             ┴ drop runs ┴ move runs ┴ elements ┴ descriptors ┴ small buffers ┴ jumbo buffers ┘ REGION_AT + size
 *
 * One sizing pass lays it out and grows memory once; nothing is allocated afterwards. Everything starts as zero bytes, so
 * the hash of the region depends on nothing else. Rings and switches lie behind it, outside the hash (layout.ts, IO_*).
 *
 * Buffers come last, and lowest address first: those that no frame ever used are zero, take no memory of the machine, and are no
 * part of copies and hashes (`used`).
 */
import * as L from './layout';

/**
 * Start of the region, past all static data (asserted when it is laid out). A plain number: an address computed from
 * `__heap_base` would be a mutable global that the start function sets, and no mutable global may hold state.
 */
export const REGION_AT: usize = 1 << 17;
/** The IO block: static, outside the region. */
export const IO: usize = memory.data(L.IO_BYTES, 64);

@unmanaged
export class Header {
  version: u32;
  /** Bytes, all buffers included. */
  size: u32;
  nowNs: u64;
  /** Number the next frame gets; frames are numbered from 1 in birth order. */
  nextNumber: u64;
  /** While a core works: how far its work is ahead of `nowNs`. Frames that it sends leave at that time. */
  aheadNs: u64;
  /** The core that works on the event being handled; 0 for none. */
  core: u32;
  /** Addresses of the cores and sockets that have slots of their own. */
  io: u32;
  ioCount: u32;
  nodeCount: u32;
  ports: u32;
  portCount: u32;
  lines: u32;
  lineCount: u32;
  flows: u32;
  flowCount: u32;
  timerCount: u32;
  slots: u32;
  /** The queue: heads of the wheel's buckets and their marks, a mark for each word of those, and the heap. */
  wheel: u32;
  wheelMarks: u64;
  heap: u32;
  heapCount: u32;
  injects: u32;
  routes: u32;
  routesUsed: u32;
  routesSize: u32;
  neighbours: u32;
  neighboursUsed: u32;
  neighboursSize: u32;
  fdb: u32;
  fdbUsed: u32;
  fdbSize: u32;
  dropRuns: u32;
  dropRunCount: u32;
  dropRunSize: u32;
  /** Whether a drop or a move was counted since the last flush: arms the drop timer. */
  dropsPending: u32;
  freeDescriptor: u32;
  /** Buffers that frames have used and left. */
  freeSmall: u32;
  freeJumbo: u32;
  /** Buffers that none has used yet: the next, and where they end. */
  freshSmall: u32;
  freshJumbo: u32;
  smallEnd: u32;
  jumboEnd: u32;
  /** Bytes up to the last buffer that was ever used: behind them is nothing but zeros. */
  used: u32;
  descriptorsInUse: u32;
  buffersInUse: u32;
  dropTimer: u32;
  /** Worst case of records one event can make: the ports of the largest switch, and one. */
  fanMax: u32;
  /** Blocks that only some nodes have (NICs): handed out while the lab is configured, never given back. */
  elements: u32;
  elementsUsed: u32;
  elementsSize: u32;
  /** Position of the last event that follows from the lab's definition alone. */
  definedUpTo: u32;
  /** Ring of the events that follow from it later, and how many there were (origin.ts). */
  origins: u32;
  originCount: u32;
  moveRuns: u32;
  moveRunCount: u32;
  /** The virtual second in which ended runs of moves were removed last. */
  movesSweptIn: u64;
  /** What is known of silent owners of addresses (decide/silence.ts), and how often carrier, power, addresses or roles changed. */
  silences: u32;
  changes: u32;
  /** The latest of those changes (changes.ts). */
  changeRing: u32;
}

/** The one header. */
export function header(): Header {
  return changetype<Header>(REGION_AT);
}

const HEADER_BYTES: u32 = 320;
if (offsetof<Header>() > HEADER_BYTES) ERROR('Header does not fit its slot');
if (offsetof<Header>('size') !== L.REGION_SIZE || offsetof<Header>('nowNs') !== L.REGION_NOW_NS)
  ERROR('the host reads Header at other offsets');
/** Nodes follow the header, so their place is a number too. */
export const NODES_AT: usize = REGION_AT + HEADER_BYTES;

/** The sizes of a lab; the host computes them from the resolved lab. */
@unmanaged
export class Sizes {
  nodes: u32;
  ports: u32;
  lines: u32;
  flows: u32;
  timers: u32;
  routes: u32;
  neighbours: u32;
  fdb: u32;
  dropRuns: u32;
  descriptors: u32;
  smallBuffers: u32;
  jumboBuffers: u32;
  fanMax: u32;
  /** Bytes of elements. */
  elements: u32;
  /** Cores and sockets. */
  ioSlots: u32;
}

const SIZES_BYTES: i32 = 64;
export const SIZES: usize = memory.data(SIZES_BYTES, 8);
if (offsetof<Sizes>() > <usize>SIZES_BYTES) ERROR('Sizes do not fit their block');

export const NODE_BYTES: u32 = 256;
export const PORT_BYTES: u32 = 320;
export const LINE_BYTES: u32 = 128;
/** A flow: its fields, where its frames died, and the counters of their latencies (flow-record.ts). */
export const FLOW_FIELDS_BYTES: u32 = 256;
export const LOSSES_MAX: u32 = 8;
export const LOSS_BYTES: u32 = 24;
export const FLOW_BYTES: u32 = FLOW_FIELDS_BYTES + LOSSES_MAX * LOSS_BYTES + <u32>L.LATENCY_BUCKETS * 4;
export const SLOT_BYTES: u32 = 16;
export const WHEEL_BUCKETS: u32 = 4096;
export const CELL_BYTES: u32 = 16;
export const FIFO_BYTES: u32 = 8;
export const IO_SLOT_BYTES: u32 = 4;
export const ROUTE_BYTES: u32 = 16;
export const NEIGHBOUR_BYTES: u32 = 64;
export const FDB_BYTES: u32 = 24;
export const DROP_RUN_BYTES: u32 = 64;
/** Events in the ring of origins (origin.ts). */
export const ORIGINS_MAX: u32 = 1024;
/** Rows of what is known of silent owners, a power of two (decide/silence.ts). */
export const SILENCES_MAX: u32 = 256;
export const SILENCE_BYTES: u32 = 32;
/** Rows of the latest changes, a power of two (changes.ts). */
export const CHANGES_MAX: u32 = 256;
export const CHANGE_BYTES: u32 = 16;
export const MOVE_RUN_BYTES: u32 = 64;
export const DESCRIPTOR_BYTES: u32 = 32;
export const BUFFER_HEADER_BYTES: u32 = 64;
/** 2112, not 2048: a power of two puts every frame's header on the same few cache sets. */
const SMALL_STRIDE: u32 = BUFFER_HEADER_BYTES + <u32>L.SMALL_FRAME_MAX;
const JUMBO_STRIDE: u32 = BUFFER_HEADER_BYTES + <u32>L.JUMBO_FRAME_MAX;

const NOTICE_ROOM: u32 = 256;
const INJECT_RING_BYTES: u32 = 1 << 18;
const EGRESS_RING_BYTES: u32 = 1 << 16;

/** Takes `bytes` at the cursor, rounded up to whole cache lines. Returns the cursor behind them. */
function take(cursor: u32, bytes: u32): u32 {
  return (cursor + bytes + L.CACHE_LINE_BYTES - 1) & ~(L.CACHE_LINE_BYTES - 1);
}

/**
 * Lays the region out for SIZES, grows memory to hold it and the rings, and clears it.
 * @param traceBytes size of the trace ring; 0 for none.
 * @returns false when memory cannot grow that far.
 */
export function layOut(traceBytes: u32): bool {
  assert(__heap_base <= REGION_AT);
  const sizes = changetype<Sizes>(SIZES);
  const slots = sizes.lines + sizes.flows + sizes.ports * 2 + sizes.ioSlots + sizes.timers;

  const ports = take(<u32>NODES_AT, sizes.nodes * NODE_BYTES);
  const lines = take(ports, sizes.ports * PORT_BYTES);
  const flows = take(lines, sizes.lines * LINE_BYTES);
  const slotRows = take(flows, sizes.flows * FLOW_BYTES);
  const wheel = take(slotRows, slots * SLOT_BYTES);
  const heap = take(wheel, WHEEL_BUCKETS * 4 + WHEEL_BUCKETS / 8);
  const injects = take(heap, (slots + 6) * CELL_BYTES);
  const ioSlots = take(injects, sizes.ports * 2 * FIFO_BYTES);
  const routes = take(ioSlots, sizes.ioSlots * IO_SLOT_BYTES);
  const neighbours = take(routes, sizes.routes * ROUTE_BYTES);
  const fdb = take(neighbours, sizes.neighbours * NEIGHBOUR_BYTES);
  const dropRuns = take(fdb, sizes.fdb * FDB_BYTES);
  const moveRuns = take(dropRuns, sizes.dropRuns * DROP_RUN_BYTES);
  const elements = take(moveRuns, (sizes.nodes + <u32>L.MOVE_RUNS) * MOVE_RUN_BYTES);
  const origins = take(elements, sizes.elements);
  const silences = take(origins, ORIGINS_MAX * 4);
  const changeRing = take(silences, SILENCES_MAX * SILENCE_BYTES);
  const descriptors = take(changeRing, CHANGES_MAX * CHANGE_BYTES);
  const small = take(descriptors, sizes.descriptors * DESCRIPTOR_BYTES);
  const jumbo = take(small, sizes.smallBuffers * SMALL_STRIDE);
  const end = take(jumbo, sizes.jumboBuffers * JUMBO_STRIDE);

  const inject = end;
  const punt = take(inject, INJECT_RING_BYTES);
  const notice = take(punt, <u32>L.PUNT_RING * <u32>L.PUNT_BYTES);
  const noticeRecords = NOTICE_ROOM + 2 * sizes.fanMax;
  const egress = take(notice, noticeRecords * <u32>L.NOTICE_BYTES);
  const tracePorts = take(egress, EGRESS_RING_BYTES + sizes.fanMax * (<u32>L.TRACE_BYTES + <u32>L.JUMBO_FRAME_MAX));
  const trace = take(tracePorts, sizes.ports);
  const total = take(trace, traceBytes);

  // New pages are zero: writing that would only make the machine find memory for them.
  const usedEnd = min(total, (<u32>memory.size()) << 16);
  const pages = <i32>((total + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return false;
  if (usedEnd > <u32>REGION_AT) memory.fill(REGION_AT, 0, usedEnd - <u32>REGION_AT);

  const head = header();
  head.version = L.REGION_VERSION;
  head.size = end - <u32>REGION_AT;
  head.nextNumber = 1;
  head.nodeCount = sizes.nodes;
  head.ports = ports;
  head.portCount = sizes.ports;
  head.lines = lines;
  head.lineCount = sizes.lines;
  head.flows = flows;
  head.flowCount = sizes.flows;
  head.timerCount = sizes.timers;
  head.slots = slotRows;
  head.wheel = wheel;
  // Cells count from 1, and the four children of a cell share a line of 64 bytes.
  head.heap = heap + 32;
  head.injects = injects;
  head.io = ioSlots;
  head.ioCount = sizes.ioSlots;
  head.routes = routes;
  head.routesSize = sizes.routes;
  head.neighbours = neighbours;
  head.neighboursSize = sizes.neighbours;
  head.fdb = fdb;
  head.fdbSize = sizes.fdb;
  head.dropRuns = dropRuns;
  head.dropRunSize = sizes.dropRuns;
  head.moveRuns = moveRuns;
  head.fanMax = sizes.fanMax;
  head.elements = elements;
  head.elementsSize = sizes.elements;
  head.origins = origins;
  head.silences = silences;
  head.changeRing = changeRing;
  head.freeDescriptor = chain(descriptors, sizes.descriptors, DESCRIPTOR_BYTES);
  head.freshSmall = small;
  head.freshJumbo = jumbo;
  head.smallEnd = small + sizes.smallBuffers * SMALL_STRIDE;
  head.jumboEnd = jumbo + sizes.jumboBuffers * JUMBO_STRIDE;

  memory.fill(IO, 0, L.IO_BYTES);
  store<u32>(IO + L.IO_INJECT_AT, inject);
  store<u32>(IO + L.IO_INJECT_SIZE, INJECT_RING_BYTES);
  store<u32>(IO + L.IO_PUNT_AT, punt);
  store<u32>(IO + L.IO_NOTICE_AT, notice);
  store<u32>(IO + L.IO_NOTICE_SIZE, noticeRecords);
  store<u32>(IO + L.IO_EGRESS_AT, egress);
  store<u32>(IO + L.IO_EGRESS_SIZE, tracePorts - egress);
  store<u32>(IO + L.IO_TRACE_AT, trace);
  store<u32>(IO + L.IO_TRACE_SIZE, traceBytes);
  store<u32>(IO + L.IO_TRACE_PORTS_AT, tracePorts);
  store<u32>(IO + L.IO_REGION_AT, <u32>REGION_AT);
  useTo(small);
  return true;
}

/** Everything before an address counts as used. */
function useTo(end: u32): void {
  const head = header();
  head.used = max(head.used, end - <u32>REGION_AT);
  store<u32>(IO + L.IO_REGION_USED, head.used);
}

/** A buffer that no frame has used yet; 0 when there is none. */
export function freshBuffer(jumbo: bool): u32 {
  const head = header();
  const at = jumbo ? head.freshJumbo : head.freshSmall;
  if (at === (jumbo ? head.jumboEnd : head.smallEnd)) return 0;
  const end = at + (jumbo ? JUMBO_STRIDE : SMALL_STRIDE);
  if (jumbo) head.freshJumbo = end;
  else head.freshSmall = end;
  useTo(end);
  return at;
}

/** A block for an element, 64-byte aligned and zero; 0 when the sizing pass did not provide for it. */
export function takeElement(bytes: u32): u32 {
  const head = header();
  const at = head.elements + head.elementsUsed;
  const used = take(head.elementsUsed, bytes);
  if (used > head.elementsSize) return 0;
  head.elementsUsed = used;
  return at;
}

/** Links equal cells into a free list, lowest address first, through their first word. Returns its head, 0 when empty. */
function chain(at: u32, count: u32, stride: u32): u32 {
  for (let i: u32 = 0; i < count; i++) {
    const cell = at + i * stride;
    store<u32>(cell, i + 1 < count ? cell + stride : 0);
  }
  return count > 0 ? at : 0;
}
