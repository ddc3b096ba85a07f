/** `show mac all`: where the layer-2 interfaces learned addresses (rule MODE-02). Derived state. */
import { interfaceAt } from '../../model/lab/lab-index.ts';
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import { RULE, row, type Show, secondsBetween } from './show.ts';

const WIDTHS = [19, 17, 17, 8];

export interface MacShown {
  readonly maximum: number;
  readonly timeoutNs: number;
  readonly entries: readonly {
    /** The VLAN object. */
    readonly vlan: string;
    readonly mac: string;
    readonly interface: string;
    readonly ttlSeconds: number;
  }[];
}

/** Entries that have aged are gone from it, as from a firewall's own table. */
export function readMac({ firewall, index, derived, macTable }: FirewallAt): MacShown {
  const atNs = derived?.atNs ?? 0;
  const ageing = macTable.timeoutNs ?? 0;
  const rows = (derived?.tables ?? []).filter(({ node }) => node === firewall.name);
  return {
    maximum: macTable.size,
    timeoutNs: ageing,
    entries: rows.flatMap(({ mac, interface: name, lastSeenNs }) => {
      if (lastSeenNs === null || lastSeenNs + ageing <= atNs) return [];
      const vlan = interfaceAt(index, `${firewall.name}:${name}`)?.bridge ?? '';
      return [{ vlan, mac, interface: name, ttlSeconds: secondsBetween(atNs, lastSeenNs + ageing) }];
    }),
  };
}

export function macText({ maximum, timeoutNs, entries }: MacShown): string {
  return [
    `maximum of entries supported :      ${maximum}`,
    `default timeout :                   ${timeoutNs / 1e9} seconds`,
    `total MAC entries in table :        ${entries.length}`,
    `total MAC entries shown :           ${entries.length}`,
    'status: s - static, c - complete, i - incomplete',
    '',
    row(WIDTHS, ['vlan', 'hw address', 'interface', 'status', 'ttl']),
    RULE,
    ...entries.map(({ vlan, mac, interface: name, ttlSeconds }) => row(WIDTHS, [vlan, mac, name, '  c', ttlSeconds])),
  ].join('\n');
}

export const SHOW_MAC: Show = {
  command: 'show mac all',
  isDerived: true,
  answer: (at) => {
    if (at.macTable.size === 0) return `${at.firewall.name} has no layer-2 interface, so it learns no MAC`;
    const data = readMac(at);
    return { data, text: macText(data) };
  },
};
