/** What a pair monitors, and what it does to the links of its passive unit (rules HA-09, HA-10, HA-12). */
import type { HaMonitoring, HaPair } from '../../model/lab/ha-pair.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { type Nanos, nanos } from '../../values/nanos.ts';
import { type Draft, durationOf } from '../draft/draft.ts';
import type { RawHaPair, RawMonitorGroup, RawMonitoring } from '../draft/raw.ts';
import { byCodeUnits } from './inherit.ts';

type Monitors = Pick<HaPair, 'linkMonitoring' | 'pathMonitoring' | 'passiveLinkState' | 'linkBringupNs'>;

/** What the file leaves out is absent. @param carrier how long links that come up need where the pair does not say it (rule COST-09). */
export function resolveMonitors(draft: Draft, raw: RawHaPair, pair: HaPair, carrier: Nanos = nanos(0)): Monitors {
  const links = monitoringOf(raw['link-monitoring'], ({ interfaces = [] }) => interfaces);
  const paths = monitoringOf(raw['path-monitoring'], ({ targets = [] }) => targets);
  if (links !== null) checkInterfaces(draft, pair, links);
  const isShut = raw['passive-link-state'] === 'shutdown';
  const bringupNs = durationOf(raw['link-bringup'], isShut ? carrier : nanos(0));
  if (bringupNs > 0 && !isShut) {
    draft.errorAtKey(['ha', pair.name, 'link-bringup'], 'links come up after a promotion only where they were down before', {
      rule: 'HA-12',
      remedy: 'write passive-link-state: shutdown, or leave link-bringup out',
    });
  }
  return {
    ...(links !== null && { linkMonitoring: links }),
    ...(paths !== null && { pathMonitoring: paths }),
    ...(isShut && { passiveLinkState: 'shutdown' }),
    ...(bringupNs > 0 && { linkBringupNs: bringupNs }),
  };
}

/** Groups by name; null for no monitoring. */
function monitoringOf(
  raw: RawMonitoring | undefined,
  itemsOf: (group: RawMonitorGroup) => readonly (string | undefined)[],
): HaMonitoring | null {
  if (raw === undefined) return null;
  const groups = Object.keys(raw.groups ?? {})
    .sort(byCodeUnits)
    .map((name) => {
      const group = raw.groups?.[name] ?? {};
      const of = itemsOf(group).filter((one) => one !== undefined);
      return { name, condition: group.condition ?? 'any', of: [...new Set(of)] };
    });
  return { condition: raw.condition ?? 'any', groups };
}

/** Rule HA-09: data interfaces of both units; an HA port has a monitor of its own, and management none. */
function checkInterfaces(draft: Draft, { name: pair, members }: HaPair, { groups }: HaMonitoring): void {
  for (const { name, of } of groups) {
    of.forEach((port, index) => {
      const path = ['ha', pair, 'link-monitoring', 'groups', name, 'interfaces', index];
      const found = members.map(({ node }) => draft.interfaces.get(`${node}:${port}`));
      const lacking = members.find(({ node }, one) => found[one] === undefined && !draft.isMeant(node, port));
      if (lacking !== undefined) {
        const near = suggestion(port, draft.interfaceNamesOf(lacking.node));
        draft.error(path, `${lacking.node} has no interface "${port}"${near}`, { rule: 'HA-09' });
      } else if (port === MANAGEMENT || found.some((iface) => iface?.mode === 'ha')) {
        draft.error(path, `${port} is no data interface; link monitoring is about those`, { rule: 'HA-09' });
      } else if (found.some((iface) => iface?.parent !== undefined)) {
        draft.error(path, `${port} is a subinterface; link monitoring is about links`, {
          rule: 'HA-09',
          remedy: `name ${found[0]?.parent ?? 'its parent'}`,
        });
      }
    });
  }
}
