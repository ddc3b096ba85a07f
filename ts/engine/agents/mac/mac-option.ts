/**
 * Which MAC a firewall's layer-3 interfaces use (rules MAC-01 to MAC-12): the hypervisor's with the option on; the HA
 * virtual MAC with the option off in a pair; a self-generated one with the option off and no pair.
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { isLogical, selfMac, virtualMac } from '../../../model/hardware/firewall-mac.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { dataInterfaces, nodeNamed } from '../../../model/lab/lab-index.ts';
import { isSubinterface } from '../../../model/lab/subinterface.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';
import { leasesFollowMac } from '../leases/leases.ts';
import { ipv6FollowsMac, startAnnouncing } from '../neighbours/announce6.ts';
import { announce } from '../neighbours/garp.ts';
import { askForMac, vfOf } from '../sr-iov/vf-driver.ts';

/** Interface id of the management port (ts/model/hardware/firewall-mac.ts). */
const MANAGEMENT_ID = 0;

type MacChangeReason = EventData['MacAddressChanged']['cause'];

interface Choice {
  readonly mac: string;
  readonly source: 'hypervisor' | 'self' | 'ha-virtual';
}

/** The mode of a firewall's interface; ports of switches and functions of NICs are none. */
function firewallMode({ mode }: LabInterface): EventData['InterfaceModeChanged']['mode'] {
  return mode as EventData['InterfaceModeChanged']['mode'];
}

/** The MAC an interface uses under the option as it is recorded now (rules MAC-02, MAC-05, MAC-06; MAC-12 for management). */
function choiceFor(turn: Turn, iface: LabInterface): Choice {
  const initial = turn.state.interfaces[endpointOf(iface)]?.initialMac ?? '';
  const isManagement = iface.interfaceId === MANAGEMENT_ID;
  const isOn = turn.state.options[iface.node]?.useHypervisorMac !== false;
  if (isManagement || (isOn && !isLogical(iface))) return { mac: initial, source: 'hypervisor' };
  const membership = turn.index.ha.get(iface.node);
  if (membership !== undefined && !isOn) {
    return { mac: virtualMac(membership.pair.group, 0, iface.interfaceId), source: 'ha-virtual' };
  }
  return { mac: selfMac(turn.state.options[iface.node]?.vmMacBase as Mac, iface.interfaceId), source: 'self' };
}

/**
 * A firewall starts: each layer-3 interface says which MAC it uses, and with the option off asks its vNIC for promiscuous
 * reception (MAC-07). Its effective MAC stays the hypervisor's.
 */
export function startFirewall(turn: Turn, node: string, cause: Position): void {
  for (const iface of turn.index.byNode.get(node) ?? []) {
    if (iface.mode === 'member') continue;
    if (iface.mode === 'layer3') {
      const { source } = choiceFor(turn, iface);
      turn.say('InterfaceModeChanged', cause, { node, interface: iface.name, mode: firewallMode(iface), macSource: source });
      adopt(turn, iface, whyAtStart(turn, node, source), cause);
    } else {
      turn.say('InterfaceModeChanged', cause, { node, interface: iface.name, mode: firewallMode(iface), macSource: 'hypervisor' });
    }
    requestPromiscuous(turn, iface, cause);
  }
}

/** Why a firewall that starts uses another MAC than before. */
function whyAtStart(turn: Turn, node: string, source: string): MacChangeReason {
  if (source === 'hypervisor') return 'pf-admin';
  return turn.index.ha.has(node) ? 'ha-enabled' : 'option-off';
}

/**
 * Rule MAC-09: per affected interface, in interface-id order, the change, its log line, and one gratuitous ARP per address.
 * An interface whose MAC stays the same says nothing.
 */
export function changeMacs(turn: Turn, node: string, why: MacChangeReason, cause: Position): void {
  let last: Position | null = null;
  for (const iface of dataInterfaces(turn.index, node)) {
    const endpoint = endpointOf(iface);
    const { source } = choiceFor(turn, iface);
    if (turn.state.interfaces[endpoint]?.macSource !== source) {
      turn.say('InterfaceModeChanged', cause, { node, interface: iface.name, mode: firewallMode(iface), macSource: source });
    }
    requestPromiscuous(turn, iface, cause);
    const change = adopt(turn, iface, why, cause);
    if (change === null || !answersFor(turn, node)) continue;
    announce(turn, iface, 1, change);
    last = change;
  }
  if (last !== null) startAnnouncing(turn, node, last);
}

/** Only the active unit of a pair, or a firewall without a pair, speaks for its addresses (rule ARP-02). */
export function answersFor(turn: Turn, node: string): boolean {
  const ha = turn.state.ha[node];
  return turn.state.nodes[node]?.power === 'running' && (ha === undefined || ha.state === 'active');
}

/**
 * Brings the used MAC in line with the choice; null when it was already. On a VF the PF is asked for it (rule VF-16), unless the VF's driver
 * has it from there.
 */
function adopt(turn: Turn, iface: LabInterface, why: MacChangeReason, cause: Position): Position | null {
  const position = changeUsedMac(turn, iface, why, cause);
  if (position !== null) ipv6FollowsMac(turn, iface, position);
  const { mac } = choiceFor(turn, iface);
  const vf = vfOf(turn, endpointOf(iface))?.vf ?? '';
  const isGiven = why === 'pf-admin' && turn.state.interfaces[vf]?.effectiveMac === mac;
  if (position !== null && !isGiven) askForMac(turn, endpointOf(iface), mac, position);
  return position;
}

function changeUsedMac(turn: Turn, iface: LabInterface, why: MacChangeReason, cause: Position): Position | null {
  const { node, name } = iface;
  const old = turn.state.interfaces[endpointOf(iface)]?.usedMac ?? '';
  const { mac } = choiceFor(turn, iface);
  if (mac === old) return null;
  const position = turn.say('MacAddressChanged', cause, { node, interface: name, which: 'used', old, new: mac, cause: why });
  const text = `MAC address of ${name} changed from ${old} to ${mac} (${why})`;
  turn.say('SystemLog', position, { node, eventId: 'mac-address-change', severity: 'informational', text });
  leasesFollowMac(turn, iface, why !== 'hypervisor-edit', position);
  return position;
}

function isHardware(turn: Turn, name: string): boolean {
  const node = nodeNamed(turn.index, name);
  return node?.kind === 'firewall' && node.isHardware === true;
}

/** Rules MAC-07, MODE-02 to MODE-04: an interface that needs unicast for other stations asks for promiscuous reception. */
function requestPromiscuous(turn: Turn, iface: LabInterface, cause: Position): void {
  // A vNIC asks; a subinterface is none, and hardware has none.
  if (isSubinterface(iface) || isLogical(iface) || isHardware(turn, iface.node)) return;
  const now = turn.state.interfaces[endpointOf(iface)];
  const hears = iface.mode === 'layer2' || iface.mode === 'tap' || iface.mode === 'virtual-wire';
  // On a VF it asks for the MAC itself (rule VF-16).
  const isOwnMac = iface.mode === 'layer3' && choiceFor(turn, iface).source !== 'hypervisor';
  const requested = hears || (isOwnMac && vfOf(turn, endpointOf(iface)) === null);
  if (now === undefined || now.requestsPromiscuous === requested) return;
  turn.say('PromiscuousChanged', cause, { node: iface.node, interface: iface.name, requested });
}
