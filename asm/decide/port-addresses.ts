/**
 * Further addresses of a DPDK port (rule DPK-08): it takes unicast frames for them as for the one it uses. In no order; nobody but the
 * firewall's agent knows their slots.
 */
import { Buffer } from '../frame/buffer';
import { becauseOf } from '../frame/frame';
import * as A from '../memory/addresses-layout';
import { Port } from '../memory/port';
import { takeElement } from '../memory/region';

@unmanaged
class Addresses {
  count: u32;
  /** The event that changed them last. */
  cause: u32;
}
const FIRST: usize = 8;
if (offsetof<Addresses>() > FIRST || FIRST + <usize>A.PORT_ADDRESSES_MAX * 8 > <usize>A.PORT_ADDRESSES_BYTES)
  ERROR('Addresses do not fit their block');

function addressesOf(port: Port): Addresses {
  return changetype<Addresses>(<usize>port.tagsAt);
}

function slotOf(port: Port, index: u32): usize {
  return <usize>port.tagsAt + FIRST + index * 8;
}

/** Gives a port room for them. False without room in the region. */
export function reserveAddresses(port: Port): bool {
  port.tagsAt = takeElement(A.PORT_ADDRESSES_BYTES);
  if (port.tagsAt === 0) return false;
  addressesOf(port).cause = 1;
  return true;
}

/** Which of a port's addresses it is; their count for none. */
function indexOf(port: Port, mac: u64): u32 {
  const count = addressesOf(port).count;
  for (let i: u32 = 0; i < count; i++) if (load<u64>(slotOf(port, i)) === mac) return i;
  return count;
}

/** Adds an address, or takes it away. False when there is no room for another. */
export function changeAddress(port: Port, mac: u64, present: bool, cause: u32): bool {
  const addresses = addressesOf(port);
  const index = indexOf(port, mac);
  if (index < addresses.count === present) return true;
  if (present && addresses.count >= <u32>A.PORT_ADDRESSES_MAX) return false;
  if (present) {
    store<u64>(slotOf(port, addresses.count), mac);
    addresses.count++;
  } else {
    addresses.count--;
    store<u64>(slotOf(port, index), load<u64>(slotOf(port, addresses.count)));
    store<u64>(slotOf(port, addresses.count), 0);
  }
  addresses.cause = cause;
  return true;
}

/** Whether a frame for an address that is not the port's own is for one of these; then it is taken because of what added them. */
export function takesToo(port: Port, destination: u64, buffer: Buffer): bool {
  if (port.tagsAt === 0 || indexOf(port, destination) === addressesOf(port).count) return false;
  becauseOf(buffer, addressesOf(port).cause);
  return true;
}

/** The event that changed the further addresses of a port last; 1 where it has none. */
export function addressesSince(port: Port): u32 {
  return port.tagsAt === 0 ? 1 : addressesOf(port).cause;
}
