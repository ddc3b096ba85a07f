/** Rule EUI-03: addresses of a pair that are made from MACs, which each unit has of its own with `use-hypervisor-mac: on`. */
import type { NodeName } from '../lab/endpoint.ts';
import type { HaPair } from '../lab/ha-pair.ts';
import type { Lab } from '../lab/lab.ts';

export const EUI64_CODE = 'eui64-with-hypervisor-mac';

/** Why the option must not be on at a unit, one sentence an interface; none outside pairs, and where no address is made from a MAC. */
export function eui64Faults({ interfaces }: Lab, node: NodeName, pair: HaPair | undefined): string[] {
  if (pair === undefined) return [];
  return interfaces.flatMap((iface) => {
    const [network] = iface.node === node ? (iface.ipv6?.eui64 ?? []) : [];
    if (network === undefined) return [];
    const what = `${EUI64_CODE}: the address of ${node}:${iface.name} in ${network.address}/${network.prefix} is made from its MAC`;
    return [`${what}, which each unit of pair ${pair.name} has of its own: a failover changes the address (EUI-02)`];
  });
}
