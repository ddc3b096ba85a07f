/** Why a candidate cannot become a firewall's configuration: what it lacks, or what contradicts itself. */
import { formatPrefix, prefixContains, prefixesOverlap } from '../../values/ipv4-address.ts';
import { endpointOf, type NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';
import { routesInUse } from '../lab/routes.ts';
import { haFaults } from './ha-faults.ts';
import { ROUTES_PER_NODE_MAX, timerFaults } from './limits.ts';
import { routesOf } from './network-settings.ts';
import { settingAt, sortedPaths, withSettings } from './settings.ts';
import { unitIn } from './unit-setting.ts';

/** Entries of a firewall's routing table beyond those of the lab file: two for each address, one for each route. */
export const SPARE_ROUTES = 64;

/**
 * Every reason, in words; none when the candidate can be committed.
 * @param defined the lab as its file has it: tables are as large as it asks for.
 * @param candidate values by path.
 */
export function candidateFaults(lab: Lab, defined: Lab, node: NodeName, candidate: Readonly<Record<string, string>>): string[] {
  const absent = sortedPaths(candidate).flatMap((path) => settingAt(path)?.fault(lab, node) ?? []);
  const after = withSettings(lab, node, candidate);
  const isFull = routeRoom(after, defined, node) < 0;
  return [
    ...new Set(absent),
    ...overlaps(after, node),
    ...unreachable(after, node),
    ...timersOfUnit(after, node),
    ...haFaults(after, node),
    ...(isFull ? [`${node} has no room for so many addresses and routes: ${SPARE_ROUTES} entries more than the lab file's`] : []),
  ];
}

/** Entries of a firewall's routing table; those that its peer sent count, too. */
export function routeEntries(lab: Lab, node: NodeName): number {
  const own = lab.interfaces.filter((iface) => iface.node === node);
  const found = lab.nodes.find(({ name }) => name === node);
  const routes = found === undefined ? 0 : routesInUse(found).length;
  return own.reduce((sum, { ipv4 }) => sum + ipv4.length * 2, 0) + routes;
}

/** How many more entries a firewall's routing table has room for. */
export function routeRoom(lab: Lab, defined: Lab, node: NodeName): number {
  return routeEntries(defined, node) + SPARE_ROUTES - routeEntries(lab, node);
}

/** Networks of a firewall's interfaces are apart. */
function overlaps(lab: Lab, node: NodeName): string[] {
  const own = lab.interfaces.filter((iface) => iface.node === node);
  const networks = own.flatMap((iface) => iface.ipv4.map((network) => ({ iface, network })));
  return networks.flatMap(({ iface, network }, at) => {
    const other = networks.slice(0, at).find((one) => one.iface !== iface && prefixesOverlap(one.network, network));
    if (other === undefined) return [];
    const [a, b] = [
      `${formatPrefix(network)} of ${endpointOf(iface)}`,
      `${formatPrefix(other.network)} of ${endpointOf(other.iface)}`,
    ];
    return [`${a} overlaps ${b}`];
  });
}

function unreachable(lab: Lab, node: NodeName): string[] {
  const own = lab.interfaces.filter((iface) => iface.node === node);
  const routes = routesOf(lab, node);
  const lost = routes.filter(({ via }) => !own.some(({ ipv4 }) => ipv4.some((network) => prefixContains(network, via))));
  return [
    ...lost.map(({ network, via }) => `next hop ${via} of route ${formatPrefix(network)} is in no network of ${node}'s interfaces`),
    ...(routes.length > ROUTES_PER_NODE_MAX ? [`${node} has ${routes.length} routes: at most ${ROUTES_PER_NODE_MAX}`] : []),
  ];
}

function timersOfUnit(lab: Lab, node: NodeName): string[] {
  const unit = unitIn(lab, node);
  return unit === null ? [] : timerFaults(unit.pair.timers).map(({ message, rule }) => `${message} (${rule})`);
}
