/** Addresses of NAT pools that a firewall answers ARP for, as for its own. */
import { type Ipv4, ipv4FromNumber, ipv4ToNumber, prefixContains } from '../../values/ipv4-address.ts';
import type { LabInterface } from './interfaces.ts';
import type { Firewall } from './nodes.ts';
import { poolSize, type SourceNat, zoneOf } from './sessions.ts';

/**
 * Addresses of pools that a firewall answers ARP for on an interface: those in a network of the interface, where its zone is one that the rule
 * leads to. Others must be routed to the firewall.
 */
export function proxiedAt({ sessions }: Firewall, { name, ipv4 }: LabInterface): readonly Ipv4[] {
  if (sessions === undefined) return [];
  const zone = zoneOf(sessions, name);
  const rules = sessions.nat.filter(({ to }) => zone !== null && (to === null || to.includes(zone)));
  return rules.flatMap((rule) => addressesOf(rule).filter((ip) => ipv4.some((network) => prefixContains(network, ip))));
}

function addressesOf(rule: SourceNat): Ipv4[] {
  const first = ipv4ToNumber(rule.pool.first);
  return Array.from({ length: poolSize(rule) }, (_, step) => ipv4FromNumber(first + step));
}
