/**
 * `show interface all`: hardware interfaces, then logical ones. Recorded state.
 *
 * The management port is not among them, as on a real firewall. Zones, virtual systems and aggregates are not modelled: their columns
 * are left out. A firewall has one routing table here, which PAN-OS calls vr:default until somebody renames it.
 */
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { type LabIndex, MANAGEMENT } from '../../model/lab/lab-index.ts';
import { lineOwnerOf, subinterfaceName } from '../../model/lab/subinterface.ts';
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import { publishState } from '../../services/publish/publish-state.ts';
import { RULE, row, type Show } from './show.ts';

const HARDWARE = [23, 5, 25];
const LOGICAL = [19, 5, 24, 6];
const BITS_PER_MBIT = 1e6;

export interface InterfacesShown {
  readonly interfaces: readonly {
    readonly interface: string;
    readonly id: number;
    /** Null where the line has no rate of its own, and while the interface is down. */
    readonly mbps: number | null;
    readonly state: 'up' | 'down';
    readonly mac: string;
    readonly forwarding: string;
    readonly tag: number;
    readonly addresses: readonly string[];
  }[];
}

export function readInterfaces({ firewall, index, recorded }: FirewallAt): InterfacesShown {
  const published = publishState(recorded).interfaces.filter(({ node }) => node === firewall.name);
  const own = (index.byNode.get(firewall.name) ?? []).filter(({ name }) => name !== MANAGEMENT);
  const isHa = ({ mode }: LabInterface): number => Number(mode === 'ha');
  const sorted = [...own].sort((a, b) => isHa(a) - isHa(b) || a.interfaceId - b.interfaceId);
  return {
    interfaces: sorted.map((iface) => {
      const now = published.find((one) => one.interface === iface.name);
      const state = now?.state === 'up' ? 'up' : 'down';
      return {
        interface: iface.name,
        id: iface.interfaceId,
        mbps: state === 'up' ? mbpsOf(index, iface) : null,
        state,
        mac: now?.usedMac ?? '',
        forwarding: forwardingOf(index, iface),
        tag: iface.vlan,
        addresses: now?.ipv4 ?? [],
      };
    }),
  };
}

function mbpsOf(index: LabIndex, iface: LabInterface): number | null {
  const rateBps = index.lab.links[index.links.get(lineOwnerOf(iface)) ?? -1]?.rateBps ?? 0;
  return rateBps === 0 ? null : rateBps / BITS_PER_MBIT;
}

/** What an interface's frames are forwarded by, in the words of the column of that name. */
function forwardingOf(index: LabIndex, iface: LabInterface): string {
  if (iface.mode === 'layer2') return `vlan:${iface.bridge ?? ''}`;
  if (iface.mode === 'layer3') return 'vr:default';
  if (iface.mode !== 'virtual-wire') return iface.mode;
  const other = (index.byNode.get(iface.node) ?? []).find(({ name, bridge }) => bridge === iface.bridge && name !== iface.name);
  return other === undefined ? 'N/A' : `vwire:${other.name}`;
}

export function interfacesText({ interfaces }: InterfacesShown): string {
  // A subinterface is a logical interface only.
  const hardware = interfaces.filter((one) => subinterfaceName(one.interface) === null);
  return [
    `total configured hardware interfaces: ${hardware.length}`,
    '',
    row(HARDWARE, ['name', 'id', 'speed/duplex/state', 'mac address']),
    RULE,
    ...hardware.map(({ interface: name, id, mbps, state, mac }) =>
      row(HARDWARE, [name, id, `${mbps === null ? 'ukn/ukn' : `${mbps}/full`}/${state}`, mac]),
    ),
    '',
    `total configured logical interfaces: ${interfaces.length}`,
    '',
    row(LOGICAL, ['name', 'id', 'forwarding', 'tag', 'address']),
    row(
      [],
      [...LOGICAL, 18].map((width) => '-'.repeat(width)),
    ),
    ...interfaces.flatMap(({ interface: name, id, forwarding, tag, addresses }) => {
      const [first = 'N/A', ...more] = addresses;
      return [row(LOGICAL, [name, id, forwarding, tag, first]), ...more.map((address) => row(LOGICAL, ['', '', '', '', address]))];
    }),
  ].join('\n');
}

export const SHOW_INTERFACE: Show = {
  command: 'show interface all',
  isDerived: false,
  answer: (at) => {
    const data = readInterfaces(at);
    return { data, text: interfacesText(data) };
  },
};
