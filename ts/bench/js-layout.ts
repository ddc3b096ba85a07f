/**
 * Records of the JavaScript baselines: buffers, descriptors, links, ports and nodes, each kind interleaved in one array, so that a
 * frame touches few cache lines. Numbers that fit 32 bits are words, times and counters doubles in a view of the same memory.
 */
import { STATION_MAC } from './shape.ts';

const BUFFERS = 4096;
const NONE = -1;
const PORT_UP = 1;
const PORT_BLOCKED = 8;
const PORT_EXTERNAL = 4096;
const PORT_DISABLED = 16384;
const VLAN_TAGGED = 0x10000;
const VLAN_CORRUPTED = 0x20000;
const DEFINITION = 1;
const QUEUE_NS = 2 ** 30;

// Records as 32-bit words (W_) and as doubles (D_) of the same memory.
/** Buffers, 16 words before the frame's own. */
const B_WORDS = 528;
const B = {
  refs: 0,
  length: 1,
  cause: 2,
  port: 3,
  flow: 4,
  seq: 5,
  jumbo: 6,
  next: 7,
  d_number: 4,
  d_bornNs: 5,
  bytes: 16,
} as const;
const D_WORDS = 8;
const D = { next: 0, buffer: 1, vlan: 2, d_atNs: 2 } as const;
const L_WORDS = 32;
const L = {
  to: 0,
  head: 1,
  tail: 2,
  frames: 3,
  loss: 4,
  corruption: 5,
  polled: 6,
  cause: 7,
  d_ps: 4,
  d_latency: 5,
  d_queue: 6,
  d_free: 7,
} as const;
const L_FREE_PS = 8;
const L_LAST = 9;
const L_JITTER = 10;
const P_WORDS = 64;
const P = {
  node: 0,
  link: 1,
  flags: 2,
  vlan: 3,
  frameMax: 4,
  learnCount: 5,
  learnLimit: 6,
  arpLimit: 7,
  d_rx: 4,
  d_rxBytes: 5,
  d_tx: 6,
  d_txBytes: 7,
  d_drops: 8,
} as const;
const N_WORDS = 48;
const N = {
  kind: 0,
  flags: 1,
  power: 2,
  first: 3,
  count: 4,
  d_received: 5,
  d_sent: 6,
  d_born: 7,
  d_copied: 8,
  d_delivered: 9,
  d_dropped: 10,
} as const;

/** A block of records, seen as words, doubles and half words. */
export class Block {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly halves: Uint16Array;

  constructor(records: number, words: number) {
    const memory = new ArrayBuffer(records * words * 4);
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.halves = new Uint16Array(memory);
  }
}

/** A station's number as its address has it in a frame. */
export function swap(half: number): number {
  return ((half & 0xff) << 8) | (half >>> 8);
}

/** Half words of STATION_MAC as they lie in a frame; the last two hold the station. */
const MAC_FIRST = swap(Math.floor(STATION_MAC / 2 ** 32));

/**
 * All of that, to be taken apart by those who use it into constants of their own: those the compiler folds into the code, while
 * imported ones are looked up again and again.
 */
export const LAYOUT = {
  B,
  B_WORDS,
  BUFFERS,
  D,
  D_WORDS,
  DEFINITION,
  L,
  L_FREE_PS,
  L_JITTER,
  L_LAST,
  L_WORDS,
  MAC_FIRST,
  N,
  N_WORDS,
  NONE,
  P,
  P_WORDS,
  PORT_BLOCKED,
  PORT_DISABLED,
  PORT_EXTERNAL,
  PORT_UP,
  QUEUE_NS,
  VLAN_CORRUPTED,
  VLAN_TAGGED,
} as const;

/** A digest with one more value in it. */
export function fold(digest: number, value: number): number {
  return Math.imul((digest << 5) | (digest >>> 27), 31) ^ value;
}
