/**
 * Settings that the units of a pair share, where it synchronises its configuration (rules HA-01, HA-02).
 *
 * Decision someone may dispute: all but those of HA. What a unit is in its pair (priority, ports, links, timers, monitors) is each unit's
 * own, as the platform keeps most of it; the option for the hypervisor's MACs is shared.
 */
import type { NodeName } from '../lab/endpoint.ts';
import type { Configured } from './setting.ts';
import { pathsOf, settingAt, valueAt } from './settings.ts';

/** A path and its value; '' is none. */
export type SharedRow = readonly [path: string, value: string];

export function isShared(path: string): boolean {
  return !path.startsWith('ha/');
}

/** The shared settings of a unit, in the order of their paths. */
export function sharedSettings(configured: Configured, node: NodeName): SharedRow[] {
  const paths = pathsOf(configured.lab, node).filter(isShared).sort();
  return paths.map((path) => [path, valueAt(configured, node, path)] as const);
}

/** What a unit must change to have the shared settings of its peer. Settings that it cannot have are left out. */
export function rowsToFollow(configured: Configured, node: NodeName, rows: readonly SharedRow[]): SharedRow[] {
  const wanted = new Map(rows.filter(([path]) => isShared(path)));
  // A route that the peer has not is one to remove.
  for (const [path] of sharedSettings(configured, node)) {
    if (!wanted.has(path) && settingAt(path)?.isOptional === true) wanted.set(path, '');
  }
  return [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([path, value]) => canFollow(configured, node, path, value));
}

function canFollow(configured: Configured, node: NodeName, path: string, value: string): boolean {
  const setting = settingAt(path);
  if (setting === null || setting.fault(configured.lab, node) !== null) return false;
  const isValue = value === '' ? setting.isOptional : setting.normal(value) === value;
  return isValue && setting.read(configured, node) !== value;
}

/** Whether two units share what they should. */
export function areInSync(configured: Configured, a: NodeName, b: NodeName): boolean {
  return rowsToFollow(configured, a, sharedSettings(configured, b)).length === 0;
}
