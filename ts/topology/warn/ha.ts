/** Warnings about HA pairs: settings that are valid, and that keep the pair from doing what its author hopes. */
import { endpointOf } from '../../model/lab/endpoint.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView } from './lab-view.ts';

/** Rules HA-17, HA-20: one unit with its own MACs and one with the virtual MAC; only a failover shows it. */
export function optionAtOnePeer(view: LabView): Problem[] {
  return view.lab.haPairs.flatMap(({ name, members }) => {
    const units = members.map(({ node }) => view.nodes.get(node)).filter((unit) => unit?.kind === 'firewall');
    const on = units.find((unit) => unit.useHypervisorMac);
    const off = units.find((unit) => !unit.useHypervisorMac);
    if (on === undefined || off === undefined) return [];
    return [
      {
        place: atProperty(view, off.name, 'use-hypervisor-mac'),
        message: `the units of pair ${name} differ: use-hypervisor-mac is on at ${on.name} and off at ${off.name}, so a failover changes the MAC as no failover should`,
        rule: 'HA-17',
        remedy: `set use-hypervisor-mac alike at ${on.name} and ${off.name}`,
      },
    ];
  });
}

/** Rule EUI-03: an address made from the MAC is another one at each unit that uses the MACs its hypervisor gave it. */
export function eui64WithHypervisorMac(view: LabView): Problem[] {
  return view.lab.interfaces.flatMap((iface) => {
    const node = view.nodes.get(iface.node);
    const pair = view.pairs.get(iface.node);
    if (pair === undefined || node?.kind !== 'firewall' || !node.useHypervisorMac || (iface.ipv6?.eui64.length ?? 0) === 0)
      return [];
    return [
      {
        place: view.draft.keyPlace([...view.draft.whereInterface(endpointOf(iface)), 'ipv6', 'eui64']),
        message: `eui64-with-hypervisor-mac: the address of ${endpointOf(iface)} is made from its MAC, which each unit of pair ${pair.name} has of its own: a failover changes the address`,
        rule: 'EUI-03',
        remedy: 'write addresses or stable instead of eui64, or use-hypervisor-mac: off',
      },
    ];
  });
}

/** Rule ND-01: hosts take a router that leaves its flag out for a host, and lose their default route. */
export function routerWithoutFlag(view: LabView): Problem[] {
  return view.lab.interfaces.flatMap((iface) => {
    if (iface.ipv6?.lacksRouterFlag !== true || iface.ipv6.advertises === undefined) return [];
    return [
      {
        place: view.draft.keyPlace([...view.draft.whereInterface(endpointOf(iface)), 'ipv6', 'router-flag']),
        message: `${endpointOf(iface)} advertises itself as a router and leaves the router flag out of its neighbour advertisements: hosts that hear one lose their default route until the next router advertisement`,
        rule: 'ND-01',
        remedy: 'leave router-flag out',
      },
    ];
  });
}

/** Rule HA-14: preemption needs both units. */
export function preemptiveAtOnePeer(view: LabView): Problem[] {
  return view.lab.haPairs.flatMap(({ name, members }) => {
    const one = members.find(({ preemptive }) => preemptive === true);
    const other = members.find(({ preemptive }) => preemptive !== true);
    if (one === undefined || other === undefined) return [];
    return [
      {
        place: view.draft.valuePlace(['ha', name, 'members', one.deviceId, 'preemptive']),
        message: `${one.node} is preemptive and ${other.node} is not: no unit of pair ${name} preempts the other`,
        rule: 'HA-14',
        remedy: `write preemptive: on at ${other.node} too, or leave it out`,
      },
    ];
  });
}

/** Rule HA-10: a target that no interface has fails from the start, on whichever unit is active. */
export function nobodyIsTheTarget(view: LabView): Problem[] {
  const addresses = new Set<string>(view.lab.interfaces.flatMap(({ ipv4 }) => ipv4.map(({ address }) => address)));
  return view.lab.haPairs.flatMap(({ name, pathMonitoring }) =>
    (pathMonitoring?.groups ?? []).flatMap(({ name: group, of }) =>
      of
        .filter((target) => !addresses.has(target))
        .map((target) => ({
          place: view.draft.keyPlace(['ha', name, 'path-monitoring', 'groups', group, 'targets']),
          message: `pair ${name} monitors the path to ${target}, which no interface has: the target fails 2 s after each promotion`,
          rule: 'HA-10',
          remedy: 'name the address of a host, router or firewall',
        })),
    ),
  );
}

/** Rule HA-03: heartbeats between the management ports need a network between them, and addresses in it. */
export function heartbeatBackupWithoutManagement(view: LabView): Problem[] {
  return view.lab.haPairs.flatMap(({ name, members, heartbeatBackup }) => {
    if (heartbeatBackup !== true) return [];
    const ports = members.map(({ node }) => `${node}:${MANAGEMENT}`);
    const [first, second] = ports.map((port) => view.segments.get(port));
    const bare = ports.filter((port) => (view.draft.interfaces.get(port)?.ipv4.length ?? 0) === 0);
    const isJoined = first !== undefined && first === second;
    if (isJoined && bare.length === 0) return [];
    const lack = isJoined ? `${bare.join(' and ')} ${bare.length > 1 ? 'have' : 'has'} no address` : 'no network joins them';
    return [
      {
        place: view.draft.keyPlace(['ha', name, 'heartbeat-backup']),
        message: `heartbeat backup of pair ${name} carries nothing: it runs between ${ports.join(' and ')}, and ${lack}`,
        rule: 'HA-03',
        remedy: `link ${ports.join(' and ')} to one network and give them addresses, or leave heartbeat-backup out`,
      },
    ];
  });
}
