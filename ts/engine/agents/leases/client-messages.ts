/** What a DHCP client says, and to whom (RFC 2131, table 5). */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import { BROADCAST, type Mac } from '../../../values/mac.ts';
import { DHCP_DEFAULTS, type DhcpMessage, type DhcpOptions, type DhcpType } from '../../../wire/dhcp.ts';
import type { LeaseClient } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { bytesOf, EVERYBODY, NO_ADDRESS, toServer } from './frames.ts';

const NANOS_PER_SECOND = 1_000_000_000;
const SECONDS_MAX = 0xffff;
/** Subnet mask, router, name servers, lease time, T1, T2 (RFC 2132). */
const ASKED_FOR = [1, 3, 6, 51, 58, 59];

export function sayDiscover(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  toEverybody(turn, iface, client, messageOf(turn, client, 'discover', { parameters: ASKED_FOR }), client.cause);
}

/** Of the offer that the client chose. */
export function sayRequest(turn: Turn, iface: LabInterface, client: LeaseClient): void {
  const options = { requested: client.ip as Ipv4, server: client.server as Ipv4, parameters: ASKED_FOR };
  toEverybody(turn, iface, client, messageOf(turn, client, 'request', options), client.cause);
}

/** Asks for more time: the server that gave the lease, by unicast, or everybody. */
export function sayRenew(turn: Turn, iface: LabInterface, client: LeaseClient, byUnicast: boolean): void {
  const ip = client.ip as Ipv4;
  const message = { ...messageOf(turn, client, 'request', { parameters: ASKED_FOR }), ciaddr: ip };
  if (byUnicast) turn.route(endpointOf(iface), toServer(message, { src: ip, dst: client.server as Ipv4 }), client.cause);
  else toEverybody(turn, iface, client, message, client.cause, ip);
}

/**
 * Rule LEASE-03: gives the lease back, by unicast to the server, under the name and from the MAC that it was asked for with. The frame goes to
 * the station that brought the server's last word: the server itself, or the relay.
 */
export function sayRelease(turn: Turn, iface: LabInterface, client: LeaseClient, cause: Position): void {
  const [ip, server, srcMac] = [client.ip as Ipv4, client.server as Ipv4, client.mac as Mac];
  const message = { ...messageOf(turn, client, 'release', { server }), secs: 0, ciaddr: ip };
  const addresses = { src: ip, dst: server, srcMac, dstMac: client.serverMac as Mac };
  turn.send(endpointOf(iface), toServer(message, addresses), cause);
}

/** Somebody else has the address that the server gave. */
export function sayDecline(turn: Turn, iface: LabInterface, client: LeaseClient, cause: Position): void {
  const options = { requested: client.ip as Ipv4, server: client.server as Ipv4 };
  toEverybody(turn, iface, client, { ...messageOf(turn, client, 'decline', options), secs: 0 }, cause);
}

function messageOf(turn: Turn, client: LeaseClient, type: DhcpType, options: DhcpOptions): DhcpMessage {
  const secs = Math.min(SECONDS_MAX, Math.floor((turn.nowNs - client.sinceNs) / NANOS_PER_SECOND));
  const own = client.clientId === '' ? {} : { clientId: bytesOf(client.clientId) };
  return {
    ...DHCP_DEFAULTS,
    op: 'request',
    type,
    xid: client.xid,
    secs,
    chaddr: client.mac as Mac,
    options: { ...own, ...options },
  };
}

function toEverybody(
  turn: Turn,
  iface: LabInterface,
  { mac }: LeaseClient,
  message: DhcpMessage,
  cause: Position,
  src: Ipv4 = NO_ADDRESS,
): void {
  const addresses = { src, dst: EVERYBODY, srcMac: mac as Mac, dstMac: BROADCAST };
  turn.send(endpointOf(iface), toServer(message, addresses), cause);
}
