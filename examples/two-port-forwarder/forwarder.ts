/**
 * The smallest forwarder: a burst of frames is taken from one port, their MACs are swapped, and they are sent from the other.
 * The loop is that of DPDK's examples/skeleton/basicfwd.c; `l2fwd` there changes the MACs too.
 *
 * A frame never moves. Rings hold addresses of buffers in linear memory, and a buffer is in one ring at a time:
 *
 *     pool ──born──► rx of a port ──poll──► tx of the other ──drained──► pool
 *                                    └────── no room: dropped ─────────► pool
 */

// A ring. Both counters only grow; their difference is the number of buffers in it.
//  0        4        8        12
// ┌────────┬────────┬────────┬──────────┬──────────┬───
// │ taken  │ put    │ slots  │ buffer 0 │ buffer 1 │ …      slots: a power of two
// └────────┴────────┴────────┴──────────┴──────────┴───
const PUT: usize = 4;
const SLOTS: usize = 8;
const FIRST: usize = 12;
const RING_BYTES: u32 = 128;

// Linear memory: the pool's ring, rx and tx of port 0 and of port 1, the burst in hand, 6 spare bytes, the buffers.
export const POOL: u32 = 1024;
const PORTS: u32 = POOL + RING_BYTES;
const BURST: u32 = PORTS + 4 * RING_BYTES;
const BURST_MAX: u32 = 4;
const SPARE: u32 = BURST + 4 * BURST_MAX;
const BUFFERS: u32 = 2048;
const BUFFER_BYTES: u32 = 2048;

export function rx(port: u32): u32 {
  return PORTS + port * 2 * RING_BYTES;
}
export function tx(port: u32): u32 {
  return rx(port) + RING_BYTES;
}
export function waiting(ring: u32): u32 {
  return load<u32>(ring, PUT) - load<u32>(ring);
}

/** Puts a buffer into a ring; false when the ring is full. */
export function put(ring: u32, buffer: u32): bool {
  const slots = load<u32>(ring, SLOTS);
  const at = load<u32>(ring, PUT);
  if (waiting(ring) === slots) return false;
  store<u32>(ring + (at & (slots - 1)) * 4, buffer, FIRST);
  store<u32>(ring, at + 1, PUT);
  return true;
}

/** Takes the oldest buffer of a ring; 0 when it is empty. */
export function take(ring: u32): u32 {
  if (waiting(ring) === 0) return 0;
  const at = load<u32>(ring);
  store<u32>(ring, at + 1);
  return load<u32>(ring + (at & (load<u32>(ring, SLOTS) - 1)) * 4, FIRST);
}

/** 16 buffers in the pool; rings of 8 at the ports. */
export function setUp(): void {
  store<u32>(POOL, 16, SLOTS);
  for (let ring = rx(0); ring <= tx(1); ring += RING_BYTES) store<u32>(ring, 8, SLOTS);
  for (let i: u32 = 0; i < 16; i++) put(POOL, BUFFERS + i * BUFFER_BYTES);
}

/** Takes up to BURST_MAX frames that arrived. Returns how many. */
function rxBurst(port: u32): u32 {
  let count: u32 = 0;
  while (count < BURST_MAX && waiting(rx(port)) > 0) store<u32>(BURST + count++ * 4, take(rx(port)));
  return count;
}

/** Destination and source, 6 bytes each at the beginning of a frame. */
function swapMacs(frame: u32): void {
  memory.copy(SPARE, frame, 6);
  memory.copy(frame, frame + 6, 6);
  memory.copy(frame + 6, SPARE, 6);
}

/** Sends the burst. Frames that the ring has no room for are dropped: their buffers go back to the pool. Returns how many. */
function txBurst(port: u32, count: u32): u32 {
  let dropped: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const buffer = load<u32>(BURST + i * 4);
    if (put(tx(port), buffer)) continue;
    put(POOL, buffer);
    dropped++;
  }
  return dropped;
}

/** One turn for a port. Returns how many frames were dropped. */
export function poll(port: u32): u32 {
  const count = rxBurst(port);
  for (let i: u32 = 0; i < count; i++) swapMacs(load<u32>(BURST + i * 4));
  return txBurst(port ^ 1, count);
}
