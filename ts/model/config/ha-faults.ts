/** Why a unit cannot have the HA links and monitors of a candidate. */
import type { NodeName } from '../lab/endpoint.ts';
import { type HaPair, MONITOR_KINDS, monitoringOf } from '../lab/ha-pair.ts';
import type { LabInterface } from '../lab/interfaces.ts';
import type { Lab } from '../lab/lab.ts';
import { MANAGEMENT } from '../lab/lab-index.ts';
import { MONITOR_GROUPS_MAX } from './limits.ts';
import { unitIn } from './unit-setting.ts';

/** Every reason, in words, each with its rule. */
export function haFaults(lab: Lab, node: NodeName): string[] {
  const unit = unitIn(lab, node);
  if (unit === null) return [];
  const own = new Map(lab.interfaces.filter((iface) => iface.node === node).map((iface) => [iface.name, iface]));
  return [...portFaults(node, unit.self.ha1, unit.pair, own), ...dataFaults(unit.pair), ...monitorFaults(node, unit.pair, own)];
}

function portFaults(node: NodeName, ha1: string, pair: HaPair, own: ReadonlyMap<string, LabInterface>): string[] {
  const ports = [
    ['HA1', ha1],
    ['the backup of HA1', pair.ha1Backup],
    ['HA2', pair.ha2],
    ['the backup of HA2', pair.ha2Backup],
  ] as const;
  const faults = ports.flatMap(([what, name], at) => {
    if (name === undefined) return [];
    const mode = own.get(name)?.mode;
    const other = ports.slice(0, at).find(([, taken]) => taken === name);
    if (mode === undefined) return [`${node} has no interface ${name} for ${what} (HA-02)`];
    if (mode !== 'ha') return [`${node}:${name} is no HA port, so it cannot carry ${what}: its mode is ${mode} (HA-02)`];
    return other === undefined ? [] : [`${name} cannot carry both ${other[0]} and ${what} (HA-02)`];
  });
  const hasManagement = (own.get(MANAGEMENT)?.ipv4.length ?? 0) > 0;
  return pair.heartbeatBackup !== true || hasManagement
    ? faults
    : [...faults, `the heartbeat backup needs an address of ${node}:${MANAGEMENT} (HA-03)`];
}

function dataFaults(pair: HaPair): string[] {
  const needs = [
    ['a backup of HA2', pair.ha2Backup !== undefined],
    ['keep-alive frames', pair.ha2KeepAlive === true],
    ['neighbours and routes', pair.ha2Tables === true],
    ['a transport', pair.ha2Transport !== undefined],
  ] as const;
  const lacking = pair.ha2 === undefined ? needs.filter(([, isSet]) => isSet) : [];
  return [
    ...lacking.map(([what]) => `${what} without HA2 (HA-02)`),
    ...(pair.linkBringupNs !== undefined && pair.passiveLinkState === undefined
      ? ['links come up after a promotion only where they were down before: link-bringup needs passive-link-state shutdown (HA-12)']
      : []),
  ];
}

function monitorFaults(node: NodeName, pair: HaPair, own: ReadonlyMap<string, LabInterface>): string[] {
  const empty = MONITOR_KINDS.flatMap((kind) => {
    const groups = monitoringOf(pair, kind)?.groups ?? [];
    return groups
      .filter(({ of }) => of.length === 0)
      .map(({ name }) => `group ${name} of ${kind} monitoring monitors nothing (HA-09, HA-10)`);
  });
  const many = MONITOR_KINDS.filter((kind) => (monitoringOf(pair, kind)?.groups.length ?? 0) > MONITOR_GROUPS_MAX);
  const names = new Set(pair.linkMonitoring?.groups.flatMap(({ of }) => of));
  const links = [...names].flatMap((name) => {
    const iface = own.get(name);
    if (iface === undefined) return [`${node} has no interface ${name} to monitor (HA-09)`];
    const isData = iface.mode !== 'ha' && name !== MANAGEMENT && iface.parent === undefined;
    return isData ? [] : [`${node}:${name} is no link of data, which link monitoring is about (HA-09)`];
  });
  return [
    ...many.map((kind) => `${kind} monitoring has more than ${MONITOR_GROUPS_MAX} groups (HA-09, HA-10)`),
    ...empty,
    ...links,
  ];
}
