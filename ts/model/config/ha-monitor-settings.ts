/**
 * Settings of what a unit monitors (rules HA-09, HA-10):
 *
 *   ha/link-monitoring/condition            ha/link-monitoring/GROUP/condition    ha/link-monitoring/GROUP/interfaces
 *   ha/path-monitoring/condition            ha/path-monitoring/GROUP/condition    ha/path-monitoring/GROUP/targets
 *
 * A group is there while it monitors something: `unset` of its interfaces or targets removes it.
 */
import { parseIpv4 } from '../../values/ipv4-address.ts';
import type { NodeName } from '../lab/endpoint.ts';
import {
  HA_CONDITIONS,
  type HaCondition,
  type HaMonitoring,
  type HaOwn,
  MONITOR_KINDS,
  type MonitorKind,
  monitoringOf,
} from '../lab/ha-pair.ts';
import type { Lab } from '../lab/lab.ts';
import { MONITORED_PER_GROUP_MAX } from './limits.ts';
import { oneOf, type Setting } from './setting.ts';
import { type Unit, unitIn, unitSetting, withOwn } from './unit-setting.ts';

type Group = HaMonitoring['groups'][number];

const ITEMS = { link: 'interfaces', path: 'targets' } as const;

function groupOf({ pair }: Unit, kind: MonitorKind, name: string): Group {
  const found = monitoringOf(pair, kind)?.groups.find((group) => group.name === name);
  return found ?? { name, condition: 'any', of: [] };
}

function withMonitoring(unit: Unit, kind: MonitorKind, change: (now: HaMonitoring) => HaMonitoring): ReturnType<typeof withOwn> {
  const after = change(monitoringOf(unit.pair, kind) ?? { condition: 'any', groups: [] });
  const own = after.groups.length === 0 && after.condition === 'any' ? null : after;
  return withOwn(unit, { [kind === 'link' ? 'linkMonitoring' : 'pathMonitoring']: own } as HaOwn);
}

function withGroup(unit: Unit, kind: MonitorKind, group: Group, isKept: boolean): ReturnType<typeof withOwn> {
  return withMonitoring(unit, kind, ({ condition, groups }) => {
    const others = groups.filter(({ name }) => name !== group.name);
    const all = isKept ? [...others, group] : others;
    return { condition, groups: all.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  });
}

function itemsOf(kind: MonitorKind, name: string): Setting {
  const isItem = (text: string): boolean => (kind === 'link' ? /^[a-z][a-z0-9/]{0,20}$/.test(text) : parseIpv4(text) !== null);
  return unitSetting(
    {
      expected: `${kind === 'link' ? 'interfaces such as eth1' : 'addresses such as 10.0.1.9'}, at most ${MONITORED_PER_GROUP_MAX}, separated by commas`,
      isOptional: true,
      normal: (text) => {
        const items = text.split(',');
        const isWhole = items.every(isItem) && items.length <= MONITORED_PER_GROUP_MAX;
        return isWhole && new Set(items).size === items.length ? text : null;
      },
    },
    (unit) => groupOf(unit, kind, name).of.join(','),
    (unit, text) => withGroup(unit, kind, { ...groupOf(unit, kind, name), of: text === '' ? [] : text.split(',') }, text !== ''),
  );
}

function conditionOf(kind: MonitorKind, group: string | null): Setting {
  return unitSetting(
    oneOf(HA_CONDITIONS),
    (unit) => {
      const found =
        group === null ? monitoringOf(unit.pair, kind) : monitoringOf(unit.pair, kind)?.groups.find(({ name }) => name === group);
      return found?.condition ?? '';
    },
    (unit, text) =>
      group === null
        ? withMonitoring(unit, kind, (now) => ({ ...now, condition: text as HaCondition }))
        : withGroup(unit, kind, { ...groupOf(unit, kind, group), condition: text as HaCondition }, true),
  );
}

/** The setting of a path that begins with ha/link-monitoring or ha/path-monitoring; null for none. */
export function monitorSettingAt(path: string): Setting | null {
  const [, where, name = '', what, ...more] = path.split('/');
  const kind = MONITOR_KINDS.find((one) => where === `${one}-monitoring`);
  if (kind === undefined || more.length > 0) return null;
  if (what === undefined) return name === 'condition' ? conditionOf(kind, null) : null;
  if (!/^[A-Za-z0-9][\w.-]{0,30}$/.test(name)) return null;
  return what === 'condition' ? conditionOf(kind, name) : what === ITEMS[kind] ? itemsOf(kind, name) : null;
}

/** The paths of what a unit monitors. */
export function monitorPaths(lab: Lab, node: NodeName): readonly string[] {
  const unit = unitIn(lab, node);
  return MONITOR_KINDS.flatMap((kind) => {
    const monitoring = unit === null ? null : monitoringOf(unit.pair, kind);
    if (monitoring === null) return [];
    const at = `ha/${kind}-monitoring`;
    return [
      `${at}/condition`,
      ...monitoring.groups.flatMap(({ name }) => [`${at}/${name}/condition`, `${at}/${name}/${ITEMS[kind]}`]),
    ];
  });
}
