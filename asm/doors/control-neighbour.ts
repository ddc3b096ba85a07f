/** The control door, ARP: what an agent knows of the neighbours of an interface, and what the interface is asked for. IPv6: control-ipv6.ts. */
import { hearClaims as hear } from '../decide/heard-arp';
import {
  blameNeighbour as blame,
  confirmNeighbour as confirm,
  removeNeighbour as remove,
  setNeighbour as resolve,
  trustNeighbour as trust,
} from '../decide/neighbour';
import { reportUnreachable } from '../decide/report-problem';
import { wireOrder } from '../frame/ethernet';
import { noteChange } from '../memory/changes';
import { portAt } from '../memory/port';
import { NO_SUCH_PORT, OK, resultOf, TABLE_FULL } from './abi';
import { portExists } from './exists';

export function setNeighbour(port: u32, ip: u32, mac: u64, cause: u32, origin: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  return resultOf(resolve(port, ip, 0, 0, wireOrder(mac), cause, origin) ? OK : TABLE_FULL);
}

export function confirmNeighbour(port: u32, ip: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  confirm(port, ip, 0, 0);
  return resultOf(OK);
}

export function trustNeighbour(port: u32, ip: u32, untilNs: u64, verifying: bool): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  trust(port, ip, 0, 0, untilNs, verifying);
  return resultOf(OK);
}

export function removeNeighbour(port: u32, ip: u32, cause: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  reportUnreachable(port, ip, 0, 0, cause);
  remove(port, ip, 0, 0, cause);
  return resultOf(OK);
}

export function setUnasked(id: u32, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  portAt(id).unaskedSince = cause;
  noteChange(cause);
  return resultOf(OK);
}

export function hearClaims(port: u32, ip: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  hear(port, ip);
  return resultOf(OK);
}

export function blameNeighbour(port: u32, ip: u32, cause: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  blame(port, ip, 0, 0, cause);
  return resultOf(OK);
}
