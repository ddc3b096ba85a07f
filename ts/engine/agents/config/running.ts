/** What follows when settings of a firewall change while it runs: by a commit, or by what a commit at its peer made of them. */
import { EUI64_CODE, eui64Faults } from '../../../model/config/eui64.ts';
import { ENABLED_PATH, OPTION_PATH } from '../../../model/config/settings.ts';
import type { Position } from '../../../model/events/events.ts';
import type { NodeName } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces } from '../../../model/lab/lab-index.ts';
import { neighbourKey } from '../../../model/state/neighbour-state.ts';
import { type Ipv4, prefixContains } from '../../../values/ipv4-address.ts';
import { isIpv6 } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';
import { routesChanged } from '../ha/table-sync.ts';
import { answersFor, changeMacs } from '../mac/mac-option.ts';
import { announceAddress } from '../neighbours/garp.ts';

/** Settings that changed. */
export interface Changed {
  readonly node: NodeName;
  /** Values by path; '' is none. */
  readonly values: Readonly<Record<string, string>>;
  /** The firewall's data interfaces as they were before. */
  readonly before: readonly LabInterface[];
}

/** MACs, addresses and routes follow their settings. @param cause the event that changed them. */
export function followSettings(turn: Turn, { node, values, before }: Changed, cause: Position): void {
  const paths = Object.keys(values);
  const option = values[OPTION_PATH];
  if (option !== undefined) changeOption(turn, node, option === 'on', cause);
  // Where HA itself begins or ends, that is why MACs change.
  else if (paths.includes('ha/group') && !paths.includes(ENABLED_PATH)) changeMacs(turn, node, 'ha-group', cause);
  for (const old of before) if (paths.includes(`interface/${old.name}/ipv4`)) moveAddresses(turn, old, cause);
  if (paths.some((path) => path.startsWith('route/'))) routesChanged(turn, node, cause);
}

/** Rules MAC-09, EUI-03: an option that stays the same says nothing. Returns the event; null for none. */
export function changeOption(turn: Turn, node: NodeName, useHypervisorMac: boolean, cause: Position): Position | null {
  if (turn.state.options[node]?.useHypervisorMac === useHypervisorMac) return null;
  const position = turn.say('MacOptionChanged', cause, { node, useHypervisorMac });
  changeMacs(turn, node, useHypervisorMac ? 'option-on' : 'option-off', position);
  const faults = useHypervisorMac ? eui64Faults(turn.index.lab, node, turn.index.ha.get(node)?.pair) : [];
  for (const text of faults) turn.say('HaConfigWarning', position, { node, code: EUI64_CODE, text });
  return position;
}

/** @param old the interface before the commit. */
function moveAddresses(turn: Turn, old: LabInterface, cause: Position): void {
  const { node, name } = old;
  const iface = dataInterfaces(turn.index, node).find((one) => one.name === name);
  if (iface === undefined) return;
  forgetNeighbours(turn, iface, cause);
  if (!answersFor(turn, node)) return;
  const mac = turn.state.interfaces[`${node}:${name}`]?.usedMac as Mac;
  const had = new Set(old.ipv4.map(({ address }) => address));
  for (const { address } of iface.ipv4) if (!had.has(address)) announceAddress(turn, iface, address, mac, 1, cause);
}

/** A firewall keeps no neighbour that no network of its interface holds. */
function forgetNeighbours(turn: Turn, { node, name, ipv4 }: LabInterface, cause: Position): void {
  const { asking, linux, silent } = turn.memory(node);
  const entries = Object.values(turn.state.neighbours[node] ?? {}).filter((entry) => entry.interface === name && !isIpv6(entry.ip));
  const lost = entries.filter(({ ip }) => !ipv4.some((network) => prefixContains(network, ip as Ipv4)));
  for (const { ip, mac } of lost.sort((a, b) => (a.ip < b.ip ? -1 : 1))) {
    const key = neighbourKey(ip, name);
    delete asking[key];
    delete linux[key];
    delete silent[key];
    turn.say('NeighbourUpdated', cause, { node, interface: name, ip, old: mac, new: '' });
  }
}
