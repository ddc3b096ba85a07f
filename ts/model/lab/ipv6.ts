/** IPv6 of an interface, as the lab file gives it. What addresses it has now is state (ts/model/state/ipv6-state.ts). */
import type { Ipv6, Ipv6Prefix } from '../../values/ipv6-address.ts';
import type { Nanos } from '../../values/nanos.ts';

/** How an interface comes to an address. */
export const IPV6_ORIGINS = ['link-local', 'static', 'eui64', 'stable', 'slaac'] as const;
export type Ipv6Origin = (typeof IPV6_ORIGINS)[number];

/** What interface ids are made of: the MAC (rule EUI-01), or prefix, name and secret (RFC 7217). */
export const INTERFACE_IDS = ['eui64', 'stable'] as const;
export type InterfaceIds = (typeof INTERFACE_IDS)[number];

export interface Ipv6Settings {
  /** Addresses that do not depend on the MAC: written in the file, or stable ones. */
  readonly addresses: readonly (Ipv6Prefix & { readonly origin: 'static' | 'stable' })[];
  /** Networks in which the interface has the address of its MAC. */
  readonly eui64: readonly Ipv6Prefix[];
  /** Link-local address; absent where it is made from the MAC. */
  readonly linkLocal?: Ipv6;
  /** Host: it makes addresses from the prefixes that routers advertise. */
  readonly slaac?: InterfaceIds;
  /** How it checks the addresses that it makes (RFC 4862, section 5.4; RFC 4429); absent where it does not. */
  readonly duplicateDetection?: 'on' | 'optimistic';
  /** Of stable addresses: the lab's seed and the node, or the pair that it is in. */
  readonly secret?: string;
  /** Router or firewall: it advertises itself and its networks. */
  readonly advertises?: RouterAdvertising;
  /** It leaves the router flag out of its neighbour advertisements, which routers must set. */
  readonly lacksRouterFlag?: true;
}

export interface RouterAdvertising {
  readonly intervalNs: Nanos;
  readonly lifetimeSeconds: number;
}

/** The networks of an interface, as the file gives them. */
export function networksOf({ addresses, eui64 }: Ipv6Settings): readonly Ipv6Prefix[] {
  return [...addresses, ...eui64];
}
