/**
 * The trace ring: what passed a port, bytes included, for captures after the fact. Outside the region: whether anyone
 * watches can change no result. A run stops early (RUN_ROOM) rather than lose a record.
 */

import * as L from '../memory/layout';
import { header, IO } from '../memory/region';
import { Buffer, bytesOf } from './buffer';

/** Records a frame at a port, if that port is watched. */
// inline
export function trace(port: u32, kind: u32, reason: u32, cause: u32, buffer: Buffer, vlan: u32): void {
  if (load<u32>(IO + L.IO_TRACE_ON) !== 0) record(port, kind, reason, cause, buffer, vlan);
}

function record(port: u32, kind: u32, reason: u32, cause: u32, buffer: Buffer, vlan: u32): void {
  const watched = load<u8>(<usize>load<u32>(IO + L.IO_TRACE_PORTS_AT) + port);
  if (watched === 0 || (watched === <u8>L.WATCH_DROPS && kind !== <u32>L.TRACE_DROPPED)) return;
  const used = load<u32>(IO + L.IO_TRACE_USED);
  const size = (<u32>L.TRACE_BYTES + buffer.length + 7) & ~7;
  assert(used + size <= load<u32>(IO + L.IO_TRACE_SIZE));
  write(<usize>load<u32>(IO + L.IO_TRACE_AT) + used, port, kind, reason, cause, buffer, vlan);
  store<u32>(IO + L.IO_TRACE_USED, used + size);
}

/** Hands a frame to the real world behind a port. Same record as a trace. */
export function egress(port: u32, buffer: Buffer, vlan: u32): void {
  const used = load<u32>(IO + L.IO_EGRESS_USED);
  const size = (<u32>L.TRACE_BYTES + buffer.length + 7) & ~7;
  assert(used + size <= load<u32>(IO + L.IO_EGRESS_SIZE));
  write(<usize>load<u32>(IO + L.IO_EGRESS_AT) + used, port, L.TRACE_SENT, 0, buffer.cause, buffer, vlan);
  store<u32>(IO + L.IO_EGRESS_USED, used + size);
}

function write(at: usize, port: u32, kind: u32, reason: u32, cause: u32, buffer: Buffer, vlan: u32): void {
  store<u64>(at + L.TRACE_AT_NS, header().nowNs);
  store<u64>(at + L.TRACE_NUMBER, buffer.number);
  store<u32>(at + L.TRACE_PORT, port);
  store<u32>(at + L.TRACE_KIND, kind);
  store<u32>(at + L.TRACE_REASON, reason);
  store<u32>(at + L.TRACE_CAUSE, cause === 0 ? buffer.cause : cause);
  store<u32>(at + L.TRACE_VLAN, vlan);
  store<u32>(at + L.TRACE_LENGTH, buffer.length);
  store<u32>(at + L.TRACE_FLOW, buffer.flow);
  memory.copy(at + L.TRACE_BYTES, bytesOf(buffer), buffer.length);
}

/** Nearly always nothing waits, and empty rings hold any one event: they are laid out so. */
// inline
export function ringsAreEmpty(): bool {
  return (load<u64>(IO + L.IO_PUNT_COUNT) | load<u64>(IO + L.IO_TRACE_USED)) === 0;
}

/** Whether every ring holds the worst case of one more event: a frame whose source moves and that fans out to every port of a switch. */
export function ringsHaveRoom(): bool {
  if (ringsAreEmpty()) return true;
  const fan = header().fanMax;
  if (load<u32>(IO + L.IO_NOTICE_COUNT) + fan + 1 > load<u32>(IO + L.IO_NOTICE_SIZE)) return false;
  if (load<u32>(IO + L.IO_PUNT_COUNT) + 4 > <u32>L.PUNT_RING) return false;
  const worst = fan * (<u32>L.TRACE_BYTES + <u32>L.JUMBO_FRAME_MAX);
  if (load<u32>(IO + L.IO_EGRESS_USED) + worst > load<u32>(IO + L.IO_EGRESS_SIZE)) return false;
  if (load<u32>(IO + L.IO_TRACE_ON) === 0) return true;
  return load<u32>(IO + L.IO_TRACE_USED) + worst + worst <= load<u32>(IO + L.IO_TRACE_SIZE);
}
