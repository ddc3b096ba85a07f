/** `show arp all`: the IPv4 neighbours of all layer-3 interfaces; those of IPv6 are in neighbours.ts. Entries and their time to live are derived state. */
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import { isIpv6 } from '../../values/ipv6-address.ts';
import { RULE, row, type Show, secondsBetween } from './show.ts';

const WIDTHS = [17, 15, 17, 17, 8];

export interface ArpShown {
  readonly maximum: number;
  /** How long an entry is used without asking; null where entries never age. */
  readonly timeoutNs: number | null;
  readonly entries: readonly {
    readonly interface: string;
    readonly address: string;
    /** Null while nobody has answered. */
    readonly mac: string | null;
    readonly status: 'c' | 'e' | 'i';
    /** Null where it never ages or has no MAC yet. */
    readonly ttlSeconds: number | null;
  }[];
}

export function readArp({ firewall, derived, neighbourTable }: FirewallAt): ArpShown {
  const atNs = derived?.atNs ?? 0;
  const own = (derived?.neighbours ?? []).filter(({ node, ip }) => node === firewall.name && !isIpv6(ip));
  return {
    maximum: neighbourTable.size,
    timeoutNs: neighbourTable.timeoutNs,
    entries: own.map(({ interface: name, ip, mac, reachableUntilNs, verifying }) => ({
      interface: name,
      address: ip,
      mac,
      status: mac === null ? 'i' : verifying ? 'e' : 'c',
      ttlSeconds: reachableUntilNs === null ? null : secondsBetween(atNs, reachableUntilNs),
    })),
  };
}

export function arpText({ maximum, timeoutNs, entries }: ArpShown): string {
  return [
    `maximum of entries supported :      ${maximum}`,
    ...(timeoutNs === null ? [] : [`default timeout:                    ${timeoutNs / 1e9} seconds`]),
    `total ARP entries in table :        ${entries.length}`,
    `total ARP entries shown :           ${entries.length}`,
    'status: s - static, c - complete, e - expiring, i - incomplete',
    '',
    row(WIDTHS, ['interface', 'ip address', 'hw address', 'port', 'status', 'ttl']),
    RULE,
    ...entries.map(({ interface: name, address, mac, status, ttlSeconds }) =>
      row(WIDTHS, [name, address, mac ?? '(incomplete)', name, `  ${status}`, ttlSeconds ?? '']),
    ),
  ].join('\n');
}

export const SHOW_ARP: Show = {
  command: 'show arp all',
  isDerived: true,
  answer: (at) => {
    const data = readArp(at);
    return { data, text: arpText(data) };
  },
};
