/** Warnings about MACs and addresses that collide, are missing, or are not believed. */
import { isLogical } from '../../model/hardware/firewall-mac.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import { serverOf, takesAddress } from '../../model/lab/leases.ts';
import type { PppoeConcentrator } from '../../model/lab/pppoe.ts';
import { concentratorOf } from '../../model/lab/pppoe-ends.ts';
import { isSubinterface, lineOwnerOf } from '../../model/lab/subinterface.ts';
import { type Ipv4, ipv4ToNumber, prefixContains } from '../../values/ipv4-address.ts';
import { isIpv6 } from '../../values/ipv6-address.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, collisions, type LabView } from './lab-view.ts';

export function sameGroupOnOneSegment(view: LabView): Problem[] {
  return collisions(view).flatMap(({ mine, other, mac }) => {
    const [pair, otherPair] = [view.pairs.get(mine.node), view.pairs.get(other.node)];
    if (pair === undefined || otherPair === undefined || pair === otherPair) return [];
    return [
      {
        place: view.draft.valuePlace(['ha', pair.name, 'group']),
        message: `HA pairs ${otherPair.name} and ${pair.name} have group ${pair.group} on one segment: both use ${mac}`,
        rule: 'HA-20',
        remedy: `give pair ${pair.name} another group id`,
      },
    ];
  });
}

export function sharedSelfMacOnOneSegment(view: LabView): Problem[] {
  return collisions(view).flatMap(({ mine, other, mac }) => {
    if (view.pairs.has(mine.node) || view.pairs.has(other.node)) return [];
    const node = view.draft.nodes.get(mine.node);
    return [
      {
        place: view.draft.keyPlace(node ? view.draft.where(node, 'vm-mac-base') : []),
        message: `${endpointOf(other)} and ${endpointOf(mine)} have one vm-mac-base on one segment: both use ${mac}`,
        rule: 'MAC-06',
        remedy: `give ${mine.node} a vm-mac-base of its own, as a licence would`,
      },
    ];
  });
}

export function neighbourIgnoresGratuitous(view: LabView): Problem[] {
  const withOwnMacs = view.lab.interfaces.filter(({ node, mode }) => {
    const firewall = view.nodes.get(node);
    return mode === 'layer3' && view.pairs.has(node) && firewall?.kind === 'firewall' && firewall.useHypervisorMac;
  });
  const segments = new Set(withOwnMacs.map((iface) => view.segments.get(endpointOf(iface))));
  return view.lab.interfaces.flatMap((iface) => {
    const host = view.nodes.get(iface.node);
    if (host?.kind !== 'host' || !host.ignoreGratuitous || !segments.has(view.segments.get(endpointOf(iface)))) return [];
    const place = atProperty(view, host.name, 'ignore-gratuitous');
    const message = `${host.name} ignores gratuitous ARP: after a failover it keeps sending to the failed firewall`;
    return [{ place, message, rule: 'HA-18', remedy: 'remove ignore-gratuitous, or set use-hypervisor-mac: off at the pair' }];
  });
}

/** An interface with subinterfaces may leave the addresses to them. */
export function interfaceWithoutAddress(view: LabView): Problem[] {
  const parents = new Set(view.lab.interfaces.filter(isSubinterface).map(lineOwnerOf));
  return view.lab.interfaces
    .filter(
      (iface) =>
        iface.mode === 'layer3' &&
        iface.ipv4.length === 0 &&
        !takesAddress(iface) &&
        iface.ipv6 === undefined &&
        !isLogical(iface) &&
        !parents.has(endpointOf(iface)),
    )
    .map((iface) => ({
      place: view.draft.keyPlace(view.draft.whereInterface(endpointOf(iface))),
      message: `${endpointOf(iface)} has no address: it neither answers ARP nor routes`,
      rule: 'ARP-02',
      remedy: `add interfaces: { ${iface.name}: { ipv4: ... } } to ${iface.node}`,
    }));
}

/** Whether a concentrator gives an address to clients. */
function isGiven(concentrator: PppoeConcentrator | undefined, ip: Ipv4): boolean {
  if (concentrator === undefined) return false;
  const [first, at, last] = [concentrator.first, ip, concentrator.last].map(ipv4ToNumber) as [number, number, number];
  return first <= at && at <= last;
}

export function nobodyHasTheDestination(view: LabView): Problem[] {
  const addresses = new Set<string>(view.lab.interfaces.flatMap(({ ipv4 }) => ipv4.map(({ address }) => address)));
  const isLeased = (to: Ipv4): boolean =>
    view.lab.nodes.some(
      (node) =>
        (serverOf(node)?.pools.some(({ network }) => prefixContains(network, to)) ?? false) || isGiven(concentratorOf(node), to),
    );
  return (
    view.lab.flows
      // An interface may come to an IPv6 address while the lab runs.
      .filter(({ to }) => !isIpv6(to) && !addresses.has(to) && !isLeased(to))
      .map(({ name, to }) => ({
        place: view.draft.valuePlace(['flows', name, 'to']),
        message: `flow ${name} goes to ${to}, which no interface has: every frame will be dropped`,
        rule: 'ARP-01',
        remedy: 'send it to the address of a host',
      }))
  );
}
