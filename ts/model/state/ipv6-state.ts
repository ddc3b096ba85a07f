/** IPv6 addresses of interfaces and default routers of hosts, folded from events. */
import { eui64Address, type Ipv6, linkLocalOf } from '../../values/ipv6-address.ts';
import type { Mac } from '../../values/mac.ts';
import { named } from '../../values/named.ts';
import type { LabEvent, Position } from '../events/events.ts';
import { type Endpoint, endpointOf } from '../lab/endpoint.ts';
import type { LabInterface } from '../lab/interfaces.ts';
import type { Ipv6Origin } from '../lab/ipv6.ts';
import type { Lab } from '../lab/lab.ts';
import type { Evolvers } from './evolvers.ts';

/**
 * A tentative address is being checked and not used yet, an optimistic one is used meanwhile (RFC 4429); a duplicate one is another station's
 * (RFC 4862, section 5.4).
 */
export const IPV6_STATUSES = ['tentative', 'optimistic', 'preferred', 'duplicate'] as const;
export type Ipv6Status = (typeof IPV6_STATUSES)[number];

export interface Ipv6AddressState {
  ip: Ipv6;
  /** Length of its prefix; 128 where the network is not known to be on the link. */
  prefix: number;
  origin: Ipv6Origin;
  status: Ipv6Status;
  since: Position;
}

export interface DefaultRouter {
  interface: string;
  ip: Ipv6;
  since: Position;
}

export interface Ipv6States {
  /** Of interfaces with IPv6; in the order in which they came. */
  addresses6: Record<Endpoint, Ipv6AddressState[]>;
  /** Of nodes that learned a default router by advertisement. */
  routers6: Record<string, DefaultRouter[]>;
}

/** What an interface has by its definition with a MAC: link-local and EUI-64 addresses depend on it. */
export function addressesFor({ ipv6 }: LabInterface, mac: Mac | null): Pick<Ipv6AddressState, 'ip' | 'prefix' | 'origin'>[] {
  if (ipv6 === undefined) return [];
  const linkLocal = ipv6.linkLocal ?? (mac === null ? null : linkLocalOf(mac));
  return [
    ...(linkLocal === null ? [] : [{ ip: linkLocal, prefix: 128, origin: 'link-local' as const }]),
    ...ipv6.addresses.map(({ address, prefix, origin }) => ({ ip: address, prefix, origin })),
    ...(mac === null
      ? []
      : ipv6.eui64.map((net) => ({ ip: eui64Address(net.address, mac), prefix: net.prefix, origin: 'eui64' as const }))),
  ];
}

/** The addresses that an interface uses. */
export function usableAddresses({ addresses6 }: Readonly<Ipv6States>, endpoint: Endpoint): readonly Ipv6AddressState[] {
  return (addresses6[endpoint] ?? []).filter(({ status }) => status === 'preferred' || status === 'optimistic');
}

/** Decision someone may dispute: addresses of the file were checked for duplicates before the lab began. */
export function defineIpv6(state: Ipv6States, lab: Lab): void {
  for (const iface of lab.interfaces) {
    if (iface.ipv6 === undefined) continue;
    state.addresses6[endpointOf(iface)] = addressesFor(iface, iface.mac).map((one) => ({ ...one, status: 'preferred', since: 1 }));
    state.routers6[iface.node] = [];
  }
}

export const IPV6_EVOLVERS: Evolvers<Ipv6States> = {
  Ipv6AddressChanged: (state, data, event) => {
    const own = state.addresses6[`${data.node}:${data.interface}`];
    if (own === undefined) return;
    const at = own.findIndex(({ ip }) => ip === data.ip);
    const status = IPV6_STATUSES.find((one) => one === data.status);
    if (status === undefined) {
      if (at >= 0) own.splice(at, 1);
      return;
    }
    const address = { ip: data.ip as Ipv6, prefix: data.prefix, origin: data.origin as Ipv6Origin, status, since: event.position };
    if (at >= 0) own[at] = address;
    else own.push(address);
  },
  DefaultRouterChanged: (state, data, event) => changeRouter(state, data, event),
};

function changeRouter(
  state: Ipv6States,
  { node, interface: iface, ip, present }: { node: string; interface: string; ip: string; present: boolean },
  event: LabEvent,
): void {
  const others = (state.routers6[node] ?? []).filter((router) => router.ip !== ip || router.interface !== iface);
  if (state.routers6[node] === undefined) return;
  state.routers6[node] = present ? [...others, { interface: iface, ip: ip as Ipv6, since: event.position }] : others;
}

export function noIpv6(): Ipv6States {
  return { addresses6: named(), routers6: named() };
}
