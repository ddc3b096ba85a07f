/** The control door of SR-IOV NICs: it configures them and follows events. */

import { wireOrder } from '../frame/ethernet';
import * as N from '../memory/nic-layout';
import { nodeAt } from '../memory/node';
import { portAt } from '../memory/port';
import { shapeBus } from '../nic/bus';
import {
  changeFilter,
  changeMulticast,
  changeNic,
  changePool,
  changeVlan,
  makeNic,
  makePool,
  nicOf,
  poolOf,
  takeSpoofed as readAndClearSpoofed,
} from '../nic/nic';
import { buildTable, Rss, storeEntry, storeKey } from '../nic/rss';
import { NO_SUCH_NODE, NO_SUCH_PORT, OK, resultOf, TABLE_FULL } from './abi';
import { nodeExists, portExists } from './exists';

/** Makes a node with ports an SR-IOV NIC. `wire` and `pf` are port numbers. */
export function configureNic(id: u32, flags: u32, wire: u32, pf: u32, filterMax: u32, watchdog: u32, sharesRss: bool): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  if (!portExists(wire) || !portExists(pf)) return resultOf(NO_SUCH_PORT);
  return resultOf(makeNic(nodeAt(id), flags, wire, pf, filterMax, watchdog, sharesRss) ? OK : TABLE_FULL);
}

export function configurePool(id: u32, rssMask: u32): usize {
  if (!portExists(id) || nodeAt(portAt(id).node).elementAt === 0) return resultOf(NO_SUCH_PORT);
  return resultOf(makePool(portAt(id), rssMask) ? OK : TABLE_FULL);
}

function poolExists(id: u32): bool {
  return portExists(id) && portAt(id).poolAt !== 0;
}

/** What the bus and the embedded switch of a NIC with NIC_BUS take (rule COST-07). */
export function configureBus(id: u32, psPerByte: u64, queueNs: u64, switchNs: u32): usize {
  if (!nodeExists(id) || nodeAt(id).elementAt === 0) return resultOf(NO_SUCH_NODE);
  shapeBus(nicOf(nodeAt(id)), psPerByte, queueNs, switchNs);
  return resultOf(OK);
}

/** Mode and default pool of a NIC (rules VF-02, VF-05, VF-06). */
export function setNic(id: u32, flags: u32, cause: u32): usize {
  if (!nodeExists(id) || nodeAt(id).elementAt === 0) return resultOf(NO_SUCH_NODE);
  changeNic(nicOf(nodeAt(id)), flags, cause);
  return resultOf(OK);
}

export function setPool(id: u32, flags: u32, portVlan: u32, cause: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  changePool(portAt(id), flags, portVlan, cause);
  return resultOf(OK);
}

export function setFilter(id: u32, mac: u64, present: bool, cause: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  return resultOf(changeFilter(id, wireOrder(mac), present, cause) ? OK : TABLE_FULL);
}

export function setPoolVlan(id: u32, vid: u32, member: bool, cause: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  changeVlan(portAt(id), vid, member, cause);
  return resultOf(OK);
}

export function setMulticast(id: u32, vector: u32, on: bool, cause: u32): usize {
  if (!nodeExists(id) || nodeAt(id).elementAt === 0) return resultOf(NO_SUCH_NODE);
  changeMulticast(nicOf(nodeAt(id)), vector, on, cause);
  return resultOf(OK);
}

/** @param enabled one bit per queue that has descriptors. */
export function setQueues(id: u32, queues: u32, enabled: u32, cause: u32): usize {
  if (!poolExists(id) || queues === 0 || queues > <u32>N.QUEUES_MAX) return resultOf(NO_SUCH_PORT);
  const pool = poolOf(portAt(id));
  pool.queues = queues;
  pool.enabledQueues = enabled;
  pool.queueCause = cause;
  return resultOf(OK);
}

/** The key of a function, or on 10G of all functions: 56 bytes, the last of them zero. */
export function setRssKey(id: u32, k0: u64, k1: u64, k2: u64, k3: u64, k4: u64, k5: u64, k6: u64): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  const rss = changetype<Rss>(<usize>poolOf(portAt(id)).rssAt);
  storeKey(rss, 0, k0);
  storeKey(rss, 1, k1);
  storeKey(rss, 2, k2);
  storeKey(rss, 3, k3);
  storeKey(rss, 4, k4);
  storeKey(rss, 5, k5);
  storeKey(rss, 6, k6);
  buildTable(rss);
  return resultOf(OK);
}

export function setRssEntry(id: u32, entry: u32, queue: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  storeEntry(changetype<Rss>(<usize>poolOf(portAt(id)).rssAt), entry, queue);
  return resultOf(OK);
}

/** Spoofed frames since the last call (rule VF-07). */
export function takeSpoofed(id: u32): u64 {
  return nodeExists(id) && nodeAt(id).elementAt !== 0 ? readAndClearSpoofed(nicOf(nodeAt(id))) : 0;
}
