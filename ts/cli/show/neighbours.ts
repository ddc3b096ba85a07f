/**
 * `show neighbor interface all`: IPv6 neighbours of all layer-3 interfaces. Entries and their status are derived state.
 *
 * Decision someone may dispute: of the statuses of RFC 4861 three are shown. A firewall of this lab trusts an entry until it verifies it
 * (docs/limitations.md); STALE and DELAY are parts of its REACHABLE.
 */
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import { isIpv6 } from '../../values/ipv6-address.ts';
import { RULE, row, type Show, secondsBetween } from './show.ts';

const WIDTHS = [17, 39, 17, 10];

export interface NeighboursShown {
  readonly maximum: number;
  readonly entries: readonly {
    readonly interface: string;
    readonly address: string;
    /** Null while nobody has answered. */
    readonly mac: string | null;
    readonly status: 'incomplete' | 'probe' | 'reachable';
    /** Null where it never ages or has no MAC yet. */
    readonly ttlSeconds: number | null;
  }[];
}

export function readNeighbours({ firewall, derived, neighbourTable }: FirewallAt): NeighboursShown {
  const atNs = derived?.atNs ?? 0;
  const own = (derived?.neighbours ?? []).filter(({ node, ip }) => node === firewall.name && isIpv6(ip));
  return {
    maximum: neighbourTable.size,
    entries: own.map(({ interface: name, ip, mac, reachableUntilNs, verifying }) => ({
      interface: name,
      address: ip,
      mac,
      status: mac === null ? 'incomplete' : verifying ? 'probe' : 'reachable',
      ttlSeconds: reachableUntilNs === null ? null : secondsBetween(atNs, reachableUntilNs),
    })),
  };
}

export function neighboursText({ maximum, entries }: NeighboursShown): string {
  return [
    `maximum of entries supported :      ${maximum}`,
    `total neighbor entries in table :   ${entries.length}`,
    `total neighbor entries shown :      ${entries.length}`,
    '',
    row(WIDTHS, ['interface', 'ip address', 'hw address', 'status', 'ttl']),
    RULE,
    ...entries.map(({ interface: name, address, mac, status, ttlSeconds }) =>
      row(WIDTHS, [name, address, mac ?? '(incomplete)', status, ttlSeconds ?? '']),
    ),
  ].join('\n');
}

export const SHOW_NEIGHBOUR: Show = {
  command: 'show neighbor interface all',
  isDerived: true,
  answer: (at) => {
    const data = readNeighbours(at);
    return { data, text: neighboursText(data) };
  },
};
