/**
 * Rule VSW-16: the uplinks of a team, as docs/topology.md has them (Teams of uplinks): which one a frame of a guest leaves by, and which
 * one a guest's port hears.
 */
import type { Mac } from '../../ts/values/mac.ts';
import { isGroup, type Port, type Standing } from './standing.ts';
import type { Frame, VSwitchDescription } from './switch-model.ts';

/** The uplink of a guest's frame; undefined where none works. Without a policy it is the active one. */
export function uplinkOf(standing: Standing, { teaming }: VSwitchDescription, ingress: Port, frame: Frame): Port | undefined {
  if (teaming === null) return uplinksOf(standing).find(({ isActiveUplink }) => isActiveUplink);
  if (teaming === 'port-id') return chosen(standing, numberOf(standing, ingress));
  if (teaming === 'source-mac') return chosen(standing, lastOctet(frame.src));
  const [source, destination] = octetsOf(frame);
  return chosen(standing, source ^ destination);
}

/** Whether a guest's port hears what comes by an uplink: it sends by that one, or with IP hash by any that works. */
export function hears(standing: Standing, { teaming }: VSwitchDescription, port: Port, uplink: Port, frame: Frame): boolean {
  if (!uplink.isActiveUplink) return false;
  if (teaming === null || teaming === 'ip-hash') return true;
  if (teaming === 'port-id') return chosen(standing, numberOf(standing, port)) === uplink;
  // A station behind the port answers with the address that it was asked by; for a group, the port's own counts.
  const station = isGroup(frame.dst) ? port.effectiveMac : frame.dst;
  return station !== null && chosen(standing, lastOctet(station)) === uplink;
}

/** Counted by number among all uplinks; where that one does not work, among those that do. */
function chosen(standing: Standing, number: number): Port | undefined {
  const all = uplinksOf(standing);
  const own = all[number % all.length];
  if (own?.isActiveUplink === true) return own;
  const working = all.filter(({ isActiveUplink }) => isActiveUplink);
  return working[number % working.length];
}

function uplinksOf({ ports }: Standing): readonly Port[] {
  return ports.filter(({ kind }) => kind === 'uplink');
}

/** Ports are described in the order of their names. */
function numberOf({ ports }: Standing, port: Port): number {
  return ports.indexOf(port);
}

function lastOctet(mac: Mac): number {
  return Number.parseInt(mac.split(':')[5] ?? '', 16);
}

function octetsOf({ octets }: Frame): readonly [number, number] {
  if (octets === undefined) throw new RangeError('IP hash needs a frame with addresses');
  return octets;
}
