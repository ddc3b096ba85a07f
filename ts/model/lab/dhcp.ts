/** What a lab defines of DHCP: clients, pools of servers, and switches that read it. */
import type { Ipv4, Ipv4Prefix } from '../../values/ipv4-address.ts';
import type { Mac } from '../../values/mac.ts';
import type { Nanos } from '../../values/nanos.ts';

export const CLIENT_IDS = ['mac', 'duid', 'none'] as const;
export type ClientIdKind = (typeof CLIENT_IDS)[number];

/** An interface that asks for its address. */
export interface DhcpClient {
  /** What it calls itself: after its MAC (RFC 2132), after its node, whatever its MAC is (RFC 4361), or nothing. */
  readonly clientId: ClientIdKind;
  /** Rule LEASE-01: a new MAC ends the lease. */
  readonly releaseOnMacChange: boolean;
  /** It probes and announces an address as RFC 5227 says (rule ARP-06). */
  readonly probesAddress?: true;
}

export interface DhcpPool {
  readonly first: Ipv4;
  readonly last: Ipv4;
  /** The network that it serves. */
  readonly network: Ipv4Prefix;
  readonly gateway: Ipv4 | null;
  readonly leaseNs: Nanos;
  /** Addresses that only one hardware address gets; they may lie outside the range. */
  readonly reservations: readonly { readonly mac: Mac; readonly ip: Ipv4 }[];
}

export interface DhcpServer {
  readonly pools: readonly DhcpPool[];
}

/** A switch that reads DHCP: servers may speak on these ports alone, and what they lease becomes a binding of ARP inspection. */
export interface DhcpSnooping {
  readonly trusted: readonly string[];
}
