/**
 * The control door, IPv6: room for routes, addresses and routes, neighbours, flows. Addresses come as their two halves, first byte most
 * significant; the region has them in wire order.
 */
import {
  blameNeighbour as blame,
  confirmNeighbour as confirm,
  removeNeighbour as remove,
  setNeighbour as resolve,
  trustNeighbour as trust,
} from '../decide/neighbour';
import { reportUnreachable } from '../decide/report-problem';
import { CONNECTED6, clearRoutes6 as clear, GATEWAY6, addRoute6 as insert, LOCAL6, makeRoutes6 } from '../decide/routes6';
import { wireOrder } from '../frame/ethernet';
import { flowAt } from '../frame/flow-record';
import { wireHalf } from '../frame/ipv6';
import { nodeAt } from '../memory/node';
import { leaveAll, portAt } from '../memory/port';
import { header } from '../memory/region';
import { NO_SUCH_FLOW, NO_SUCH_NODE, NO_SUCH_PORT, OK, OUT_OF_MEMORY, resultOf, TABLE_FULL } from './abi';
import { nodeExists, portExists } from './exists';

export function configureIpv6(id: u32, routes: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  return resultOf(makeRoutes6(nodeAt(id), routes) ? OK : OUT_OF_MEMORY);
}

export function configureFlow6(id: u32, high: u64, low: u64): usize {
  if (id >= header().flowCount) return resultOf(NO_SUCH_FLOW);
  flowAt(id).destinationHigh = wireHalf(high);
  flowAt(id).destinationLow = wireHalf(low);
  return resultOf(OK);
}

export function clearRoutes6(id: u32, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  if (nodeAt(id).routes6At === 0) return resultOf(TABLE_FULL);
  clear(nodeAt(id), cause);
  return resultOf(OK);
}

export function addAddress6(port: u32, high: u64, low: u64, prefix: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  const node = nodeAt(portAt(port).node);
  if (!insert(node, LOCAL6, wireHalf(high), wireHalf(low), 128, 0, 0, port)) return resultOf(TABLE_FULL);
  if (prefix === 128) return resultOf(OK);
  return resultOf(insert(node, CONNECTED6, wireHalf(high), wireHalf(low), prefix, 0, 0, port) ? OK : TABLE_FULL);
}

export function addRoute6(id: u32, high: u64, low: u64, prefix: u32, viaHigh: u64, viaLow: u64, port: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  const isThere = insert(nodeAt(id), GATEWAY6, wireHalf(high), wireHalf(low), prefix, wireHalf(viaHigh), wireHalf(viaLow), port);
  return resultOf(isThere ? OK : TABLE_FULL);
}

export function leaveGroups(port: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  leaveAll(portAt(port));
  return resultOf(OK);
}

export function setNeighbour6(port: u32, high: u64, low: u64, mac: u64, cause: u32, origin: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  return resultOf(resolve(port, 0, wireHalf(high), wireHalf(low), wireOrder(mac), cause, origin) ? OK : TABLE_FULL);
}

export function confirmNeighbour6(port: u32, high: u64, low: u64): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  confirm(port, 0, wireHalf(high), wireHalf(low));
  return resultOf(OK);
}

export function trustNeighbour6(port: u32, high: u64, low: u64, untilNs: u64, verifying: bool): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  trust(port, 0, wireHalf(high), wireHalf(low), untilNs, verifying);
  return resultOf(OK);
}

export function removeNeighbour6(port: u32, high: u64, low: u64, cause: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  reportUnreachable(port, 0, wireHalf(high), wireHalf(low), cause);
  remove(port, 0, wireHalf(high), wireHalf(low), cause);
  return resultOf(OK);
}

export function blameNeighbour6(port: u32, high: u64, low: u64, cause: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  blame(port, 0, wireHalf(high), wireHalf(low), cause);
  return resultOf(OK);
}
