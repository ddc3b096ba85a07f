/**
 * What sending through a port costs besides time on the line: a core's time, a transmit descriptor (rule DPK-06), a place in the
 * ring of a virtio or vhost guest at the far end, and a notification if that guest sleeps (rules HST-05, HST-06, COST-05).
 *
 *   Tx  ┌ costs, counts ┬ 128 when the descriptors in use are done, ns, u64 each, a ring from `first` on ┐
 *
 * A descriptor is done when its frame has left on the line. The driver checks only when fewer than `freeThreshold` are free. One of
 * `size` stays empty, as in the drivers (ixgbe and i40e begin with nb_tx_desc - 1 free).
 *
 * A retry comes moments later and finds the guest unchanged. It costs the sender time once per burst, not once per frame, because a
 * switch retries the rest of a batch together. A frame in flight to a shared ring already holds its place there.
 */
import { DROP_TX_RING_FULL } from '../../gen/asm/drop-reasons';
import { Buffer } from '../frame/buffer';
import { dropFrame } from '../frame/frame';
import { Line, lineAt } from '../frame/line';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { header } from '../memory/region';
import { charge, coreAt, giveMbufs, takeMbufs } from './core';
import { nodeIoOf, portIoOf, ringAddress, takeIo } from './io';
import { copyPs, isAsleep, ringAt, ringFor } from './ring';

@unmanaged
export class Tx {
  txPs: u32;
  copyPsPerByte: u32;
  /** Descriptors; 0: no limit. */
  size: u32;
  freeThreshold: u32;
  first: u32;
  used: u32;
  retries: u32;
  retryPs: u32;
  cause: u32;
  _pad: u32;
  /** Burst of the core that last retried here, plus 1. */
  retriedBurst: u64;
  sent: u64;
  full: u64;
  retried: u64;
}

const DONE_NS: usize = L.TX_BYTES;
if (offsetof<Tx>() > DONE_NS) ERROR('Tx does not fit its block');

export function txOf(port: Port): Tx {
  return changetype<Tx>(<usize>port.txAt);
}

/** Makes sending through a port cost something. False without room. */
export function makeTx(index: u32, size: u32): bool {
  const port = portAt(index);
  port.txAt = takeIo(nodeIoOf(nodeAt(port.node)), L.TX_BYTES + size * L.TX_DESCRIPTOR_BYTES);
  if (port.txAt === 0) return false;
  txOf(port).size = size;
  port.flags |= L.PORT_TX_STAGE;
  return true;
}

/** A node without power sends nothing more: its descriptors are free. */
export function resetTx(port: Port): void {
  const tx = txOf(port);
  tx.first = 0;
  tx.used = 0;
}

// ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Everything before the line. False: the frame is dropped. @param line the line it will take. */
export function passesTx(index: u32, port: Port, line: Line, buffer: Buffer, vlan: u32): bool {
  const working = header().core;
  if (port.txAt !== 0) {
    const tx = txOf(port);
    if (working !== 0)
      charge(coreAt(working), <u64>tx.txPs + (tx.copyPsPerByte === 0 ? 0 : copyPs(buffer.length, vlan, tx.copyPsPerByte)));
    if (tx.size !== 0 && !hasDescriptor(tx, port)) {
      tx.full++;
      dropFrame(buffer, vlan, index, DROP_TX_RING_FULL, tx.cause);
      return false;
    }
  }
  return leadsToRoom(index, port, line, buffer, vlan, working);
}

function hasDescriptor(tx: Tx, port: Port): bool {
  if (tx.size - 1 - tx.used < tx.freeThreshold) reclaim(tx, port);
  return tx.used + 1 < tx.size;
}

function reclaim(tx: Tx, port: Port): void {
  const head = header();
  const now = head.nowNs + head.aheadNs;
  const before = tx.used;
  while (tx.used !== 0 && load<u64>(doneAt(tx, tx.first)) <= now) {
    tx.first = tx.first + 1 === tx.size ? 0 : tx.first + 1;
    tx.used--;
  }
  if (before !== tx.used) giveMbufs(nodeIoOf(nodeAt(port.node)), <i32>(before - tx.used));
}

function doneAt(tx: Tx, index: u32): usize {
  return changetype<usize>(tx) + DONE_NS + <usize>(index * L.TX_DESCRIPTOR_BYTES);
}

/** A frame was put on the line: its descriptor, and the buffer in it, are in use until it has left. */
export function holdDescriptor(port: Port, line: Line): void {
  if (port.txAt === 0) return;
  const tx = txOf(port);
  tx.sent++;
  if (tx.size === 0) return;
  const end = tx.first + tx.used;
  store<u64>(doneAt(tx, end >= tx.size ? end - tx.size : end), line.freeNs + (line.freePs !== 0 ? 1 : 0));
  tx.used++;
  takeMbufs(nodeIoOf(nodeAt(port.node)), 1);
}

/** Whether the far end has a place: a shared ring there may be full. False: the frame is dropped, here. */
function leadsToRoom(index: u32, port: Port, line: Line, buffer: Buffer, vlan: u32, working: u32): bool {
  const far = portAt(line.to);
  if ((far.flags & L.PORT_RINGS) === 0) return true;
  const ring = ringFor(far, buffer);
  if ((ring.flags & L.RING_SHARED) === 0) return true;
  if (ring.frames + line.frames >= ring.size) {
    if (port.txAt !== 0) retry(txOf(port), working);
    dropFrame(buffer, vlan, index, DROP_TX_RING_FULL, ring.cause);
    return false;
  }
  if (line.frames === 0 && isAsleep(ring)) {
    ring.doorbells++;
    if (working !== 0) charge(coreAt(working), ring.notifyPs);
  }
  return true;
}

function retry(tx: Tx, working: u32): void {
  tx.full++;
  if (working === 0) return;
  const core = coreAt(working);
  if (tx.retriedBurst === core.bursts + 1) return;
  tx.retriedBurst = core.bursts + 1;
  tx.retried += tx.retries;
  charge(core, <u64>tx.retries * tx.retryPs);
}

/** Whether the far end of a port's line has a shared ring, which must be asked before each frame. */
function leadsToSharedRing(port: Port): bool {
  if (port.line === <u32>L.NONE) return false;
  const far = portAt(lineAt(port.line).to);
  if (far.ioAt === 0) return false;
  const io = portIoOf(far);
  for (let queue: u32 = 0; queue < io.rings; queue++) {
    const at = ringAddress(io, queue);
    if (at !== 0 && (ringAt(at).flags & L.RING_SHARED) !== 0) return true;
  }
  return false;
}

/** Sets or clears the flag that makes a port ask. */
export function refreshTxStage(index: u32): void {
  const port = portAt(index);
  if (port.txAt !== 0 || leadsToSharedRing(port)) port.flags |= L.PORT_TX_STAGE;
  else port.flags &= ~L.PORT_TX_STAGE;
}
