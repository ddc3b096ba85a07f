/**
 * What of a firewall's configuration can change while it runs: the table of settings, by their paths.
 *
 *   use-hypervisor-mac · interface/eth1/ipv4 · interface/eth1/mtu · route/10.9.0.0/16 · ha/group · ha/timers/hello …
 *
 * Decision someone may dispute: a path is one word, with slashes as in the paths of the vendor's XML API. What is not here (zones, interface modes)
 * stays as the lab file has it.
 */
import { formatPrefix, parseIpv4Prefix } from '../../values/ipv4-address.ts';
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { MANAGEMENT } from '../lab/lab-index.ts';
import { HA_LINK_SETTINGS } from './ha-link-settings.ts';
import { monitorPaths, monitorSettingAt } from './ha-monitor-settings.ts';
import { HA_SETTINGS } from './ha-settings.ts';
import { addressesOf, mtuOf, routesOf, routeTo } from './network-settings.ts';
import { type Configured, ON_OR_OFF, onOff, type Setting } from './setting.ts';
import { unitIn } from './unit-setting.ts';

export const OPTION_PATH = 'use-hypervisor-mac';

/** Rule MAC-05: whether a unit of a pair takes part in HA. */
export const ENABLED_PATH = 'ha/enabled';

/** Rule MAC-01. The lab's definition keeps its value: the option has an event of its own, `MacOptionChanged`. */
const OPTION: Setting = {
  ...ON_OR_OFF,
  isOptional: false,
  read: ({ options }, node) => onOff(options[node]?.useHypervisorMac === true),
  write: (lab) => lab,
  fault: () => null,
};

const UNIT_SETTINGS: Readonly<Record<string, Setting>> = { ...HA_SETTINGS, ...HA_LINK_SETTINGS };

/** Paths without a name in them, for completion. */
export const FIXED_PATHS: readonly string[] = [OPTION_PATH, ...Object.keys(UNIT_SETTINGS)];

/** The setting of a path; null for none. */
export function settingAt(path: string): Setting | null {
  if (path === OPTION_PATH) return OPTION;
  if (Object.hasOwn(UNIT_SETTINGS, path)) return UNIT_SETTINGS[path] ?? null;
  if (path.startsWith('ha/')) return monitorSettingAt(path);
  const [kind, name = '', what, ...more] = path.split('/');
  if (kind === 'route' && parseIpv4Prefix(`${name}/${what}`) !== null && more.length === 0) return routeTo(`${name}/${what}`);
  if (kind !== 'interface' || name === '' || more.length > 0) return null;
  return what === 'ipv4' ? addressesOf(name) : what === 'mtu' ? mtuOf(name) : null;
}

/** Settings of a firewall that have a value or may have one, in the order in which they are shown. */
export function pathsOf(lab: Lab, node: NodeName): readonly string[] {
  const own = lab.interfaces.filter((one) => one.node === node && one.mode === 'layer3' && one.name !== MANAGEMENT);
  return [
    OPTION_PATH,
    ...own.flatMap(({ name }) => [`interface/${name}/ipv4`, `interface/${name}/mtu`]),
    ...routesOf(lab, node).map(({ network }) => `route/${formatPrefix(network)}`),
    ...(unitIn(lab, node) === null ? [] : [...Object.keys(UNIT_SETTINGS), ...monitorPaths(lab, node)]),
  ];
}

/** The value of a path; '' without one, and for a path that is none. */
export function valueAt(configured: Configured, node: NodeName, path: string): string {
  return settingAt(path)?.read(configured, node) ?? '';
}

/** The paths of a candidate in the order in which they are committed: a snapshot may hold them in another one. */
export function sortedPaths(candidate: Readonly<Record<string, string>>): string[] {
  return Object.keys(candidate).sort();
}

/** A lab whose firewall has these settings, by path. */
export function withSettings(lab: Lab, node: NodeName, candidate: Readonly<Record<string, string>>): Lab {
  const write = (changed: Lab, path: string): Lab => settingAt(path)?.write(changed, node, candidate[path] ?? '') ?? changed;
  return sortedPaths(candidate).reduce(write, lab);
}
