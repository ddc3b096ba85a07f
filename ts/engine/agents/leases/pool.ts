/**
 * Which address a DHCP server gives to whom (RFC 2131, section 4.3.1): the one reserved for the client's MAC; the one it has or had, if that is
 * free; the one it asks for; the first that nobody ever had; the one that was given back longest ago.
 *
 * Decision someone may dispute: addresses that nobody had come before those that were given back, as ISC's server does. So a client
 * that released its address and comes back under another name gets another one (rule LEASE-04), unless the pool has no other.
 */
import type { DhcpPool } from '../../../model/lab/dhcp.ts';
import type { GrantState } from '../../../model/state/lease-state.ts';
import { type Ipv4, ipv4FromNumber, ipv4ToNumber, prefixContains } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';

/** Who asks, and for what. */
export interface Asker {
  /** As the server knows it: hexadecimal digits. */
  readonly clientId: string;
  readonly mac: Mac;
  readonly requested: Ipv4 | null;
}

/** What a server knows of its addresses: those given, and those offered for now. */
export interface Known {
  readonly grants: Readonly<Record<string, GrantState>>;
  /** By address: to whom it is offered, until when. */
  readonly offers: Readonly<Record<string, { readonly clientId: string; readonly untilNs: number }>>;
  /** Addresses of the server itself and of the gateway. */
  readonly own: ReadonlySet<string>;
  readonly nowNs: number;
}

/** The pool that serves a network: the one an address of a relay, or of the server's own interface, lies in. */
export function poolFor(pools: readonly DhcpPool[], at: Ipv4): DhcpPool | undefined {
  return pools.find(({ network }) => prefixContains(network, at));
}

/** The address that a client gets; null when none is free. */
export function chooseAddress(pool: DhcpPool, asker: Asker, known: Known): Ipv4 | null {
  const reserved = pool.reservations.find(({ mac }) => mac === asker.mac);
  if (reserved !== undefined) return mayHave(pool, reserved.ip, asker, known) ? reserved.ip : null;
  const candidates = [...formerOf(asker, known), ...(asker.requested === null ? [] : [asker.requested])];
  const wanted = candidates.find((ip) => isInRange(pool, ip) && mayHave(pool, ip, asker, known));
  return wanted ?? firstFree(pool, asker, known);
}

/** Whether a client may have an address of the pool now. */
export function mayHave(pool: DhcpPool, ip: Ipv4, asker: Asker, known: Known): boolean {
  const reserved = pool.reservations.find((one) => one.ip === ip);
  if (reserved !== undefined ? reserved.mac !== asker.mac : !isInRange(pool, ip)) return false;
  return !known.own.has(ip) && !isHeld(ip, asker, known);
}

function isHeld(ip: Ipv4, { clientId }: Asker, { grants, offers, nowNs }: Known): boolean {
  const grant = grants[ip];
  const offer = offers[ip];
  const isOffered = offer !== undefined && offer.clientId !== clientId && offer.untilNs > nowNs;
  const isLeased = grant?.state === 'leased' && grant.untilNs > nowNs && grant.clientId !== clientId;
  return isOffered || isLeased || grant?.state === 'declined';
}

/** Addresses the client has or had, the latest first. */
function formerOf({ clientId }: Asker, { grants }: Known): Ipv4[] {
  const own = Object.keys(grants).filter((ip) => grants[ip]?.clientId === clientId);
  return own.sort((a, b) => (grants[b]?.since ?? 0) - (grants[a]?.since ?? 0)) as Ipv4[];
}

function firstFree(pool: DhcpPool, asker: Asker, known: Known): Ipv4 | null {
  let oldest: Ipv4 | null = null;
  for (let number = ipv4ToNumber(pool.first); number <= ipv4ToNumber(pool.last); number++) {
    const ip = ipv4FromNumber(number);
    if (!mayHave(pool, ip, asker, known)) continue;
    const grant = known.grants[ip];
    if (grant === undefined) return ip;
    if (oldest === null || grant.untilNs < (known.grants[oldest]?.untilNs ?? 0)) oldest = ip;
  }
  return oldest;
}

function isInRange({ first, last }: DhcpPool, ip: Ipv4): boolean {
  const number = ipv4ToNumber(ip);
  return number >= ipv4ToNumber(first) && number <= ipv4ToNumber(last);
}
