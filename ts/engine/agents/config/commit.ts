/**
 * A commit: the candidate becomes the running configuration, and what follows from each setting happens in one instant.
 *
 *   ConfigCommitted ─┬─ option, group     MACs (MAC-09, HA-20)
 *                    ├─ addresses         neighbours out of reach are forgotten, new addresses are announced
 *                    ├─ HA                hellos, heartbeats and holds start anew, links and monitors change (HA-02 to HA-14)
 *                    └─ warnings          what makes the units of a pair differ
 *
 * Decision someone may dispute: nothing copies the configuration to the peer. Operators of pairs without configuration synchronisation
 * know this; the lab shows what it does.
 */
import { pairDifferences } from '../../../model/config/pair-differences.ts';
import { OPTION_PATH, sortedPaths } from '../../../model/config/settings.ts';
import type { Position } from '../../../model/events/events.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces } from '../../../model/lab/lab-index.ts';
import { neighbourKey } from '../../../model/state/neighbour-state.ts';
import { type Ipv4, prefixContains } from '../../../values/ipv4-address.ts';
import { isIpv6 } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';
import { reconfigureHa } from '../ha/reconfigure.ts';
import { routesChanged } from '../ha/table-sync.ts';
import { answersFor, changeMacs } from '../mac/mac-option.ts';
import { announceAddress } from '../neighbours/garp.ts';

/** @param cause CommandAccepted. */
export function commitCandidate(turn: Turn, node: string, cause: Position): void {
  const candidate = { ...turn.state.candidates[node] };
  const paths = sortedPaths(candidate);
  const before = dataInterfaces(turn.index, node);
  const position = turn.say('ConfigCommitted', cause, { node, paths });
  const option = candidate[OPTION_PATH];
  if (option !== undefined) commitOption(turn, node, option === 'on', position);
  else if (paths.includes('ha/group')) changeMacs(turn, node, 'ha-group', position);
  for (const old of before) if (paths.includes(`interface/${old.name}/ipv4`)) moveAddresses(turn, old, position);
  if (paths.some((path) => path.startsWith('route/'))) routesChanged(turn, node, position);
  if (paths.some((path) => path.startsWith('ha/'))) reconfigureHa(turn, node, paths, position);
  const configured = { lab: turn.index.lab, options: turn.state.options };
  for (const { code, text } of pairDifferences(configured, node)) turn.say('HaConfigWarning', position, { node, code, text });
}

function commitOption(turn: Turn, node: string, useHypervisorMac: boolean, cause: Position): void {
  const position = turn.say('MacOptionChanged', cause, { node, useHypervisorMac });
  changeMacs(turn, node, useHypervisorMac ? 'option-on' : 'option-off', position);
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
