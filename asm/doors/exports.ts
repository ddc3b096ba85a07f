/**
 * The data door: raw exports, about 2 ns a call. Frames cross here, through rings in shared memory (layout.ts).
 */
import '../memory/abort';
import { DROP_INTERFACE_DOWN } from '../../gen/asm/drop-reasons';
import { sendPacket6 } from '../decide/layer3-ipv6';
import { sendPacket } from '../decide/route-packet';
import { sendFrame } from '../decide/send';
import { bytesOf } from '../frame/buffer';
import { ETHERTYPE_IPV6, etherTypeOf } from '../frame/ethernet';
import { dropFrame } from '../frame/frame';
import { ingest, injectedVlan, takeInjected } from '../frame/inject';
import { ringsHaveRoom } from '../frame/trace';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { setTimer as armTimer, nextSlot, take } from '../memory/queue';
import { header, IO } from '../memory/region';
import { NEVER } from '../memory/slot';
import { ioEvent } from '../run/core-work';
import { generate } from '../run/generate';
import { arrive, receive } from '../run/receive';

export { benchBegin, benchDigest, benchDropped, benchFrames, benchPolls } from '../bench/bench';
export { benchHashes } from '../bench/bench-nic';
export { benchSessions } from '../bench/bench-session';
export { burst, setPolled } from '../run/poll';

/** Address of the IO block (layout.ts, IO_*). */
export function io(): u32 {
  return <u32>IO;
}

/** Arms a timer for an instant, or moves it; u64.MAX_VALUE disarms it. */
export function setTimer(timer: u32, atNs: u64): void {
  armTimer(timer, atNs);
}

/**
 * Runs virtual time.
 *
 * Returns one of RUN_*: at `until` (exclusive: everything strictly before it has happened), at a timer, when a record
 * lies in the punt ring, after `maxEvents` events, or when a ring lacks room for the next event's worst case. However a
 * run is cut into calls, the same events happen at the same times.
 */
export function run(until: u64, maxEvents: u32): u32 {
  ingest();
  store<u32>(IO + L.IO_PUNT_COUNT, 0);
  const head = header();
  let events: u32 = 0;
  while (true) {
    const next = nextSlot();
    const atNs = next === null ? NEVER : next.atNs;
    if (next === null || atNs >= until) {
      if (until > head.nowNs) head.nowNs = until;
      return stop(L.RUN_UNTIL);
    }
    if (!ringsHaveRoom()) return stop(L.RUN_ROOM);
    if (events === maxEvents) return stop(L.RUN_EVENTS);
    events++;
    assert(atNs >= head.nowNs);
    head.nowNs = atNs;
    if (handle(take(next))) return stop(L.RUN_TIMER);
    if (load<u32>(IO + L.IO_PUNT_COUNT) !== 0) return stop(L.RUN_PUNT);
  }
}

function stop(reason: u32): u32 {
  store<u64>(IO + L.IO_NOW_NS, header().nowNs);
  return reason;
}

/** Handles the event of a slot; true when it was a timer. */
// inline
function handle(slot: u32): bool {
  const head = header();
  let index = slot;
  if (index < head.lineCount) {
    arrive(index);
    return false;
  }
  index -= head.lineCount;
  if (index < head.flowCount) {
    generate(index);
    return false;
  }
  index -= head.flowCount;
  if (index < head.portCount * 2) {
    injected(index);
    return false;
  }
  index -= head.portCount * 2;
  if (index < head.ioCount) {
    ioEvent(index);
    return false;
  }
  store<u32>(IO + L.IO_TIMER, index - head.ioCount);
  return true;
}

function injected(index: u32): void {
  const vlan = injectedVlan(index);
  const buffer = takeInjected(index);
  const port = index >> 1;
  if ((index & 1) === <u32>L.INJECT_RECEIVED) receive(port, buffer, vlan);
  else if (nodeAt(portAt(port).node).power === 0)
    dropFrame(buffer, vlan, port, DROP_INTERFACE_DOWN, nodeAt(portAt(port).node).powerCause);
  else if ((vlan & L.INJECT_ROUTED) !== 0 && etherTypeOf(bytesOf(buffer)) === ETHERTYPE_IPV6)
    sendPacket6(nodeAt(portAt(port).node), port, buffer);
  else if ((vlan & L.INJECT_ROUTED) !== 0) sendPacket(nodeAt(portAt(port).node), port, buffer);
  else sendFrame(port, buffer, vlan);
}
