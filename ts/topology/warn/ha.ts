/** Warnings about HA pairs: settings that are valid, and that keep the pair from doing what its author hopes. */
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
