/** What changes MACs by command beside the option: the licence, the host, the guest itself (rules MAC-06, MAC-09 to MAC-11). */
import { eui64Faults } from '../../../model/config/eui64.ts';
import type { EventData, Position } from '../../../model/events/events.ts';
import { isLogical } from '../../../model/hardware/firewall-mac.ts';
import { PF } from '../../../model/hardware/nic.ts';
import { aggregateWithMacOf, isAggregate, membersOf } from '../../../model/lab/aggregates.ts';
import { type Endpoint, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { interfaceAt, type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Firewall } from '../../../model/lab/nodes.ts';
import { lineOwnerOf } from '../../../model/lab/subinterface.ts';
import type { LabState } from '../../../model/state/lab-state.ts';
import { changeMac } from '../../turn/mac-change.ts';
import type { Turn } from '../../turn/turn.ts';
import type { Of, Verbs } from '../../turn/verbs.ts';
import { leasesFollowMac } from '../leases/leases.ts';
import { askForMac } from '../sr-iov/vf-driver.ts';
import { changeMacs } from './mac-option.ts';

/** Rule MAC-11: platforms whose fabric decides; the option does not exist there. */
const PLATFORMS_WITHOUT_OPTION: readonly string[] = ['aws', 'azure', 'gcp', 'oci'];

export const MAC_VERBS: Verbs<'license' | 'edit-mac' | 'guest-mac'> = {
  license: {
    refusals: ({ node }, index) => (nodeNamed(index, node)?.kind === 'firewall' ? [] : [`${node} is not a firewall of this lab`]),
    perform: setBase,
  },
  'edit-mac': {
    refusals: ({ endpoint }, index, state) => [...macRefusals(index, endpoint), ...editRefusals(index, state, endpoint)],
    perform: editMac,
  },
  'guest-mac': {
    refusals: ({ endpoint }, index) =>
      nodeNamed(index, splitEndpoint(endpoint).node)?.kind === 'firewall'
        ? ['a firewall chooses its MAC by commit use-hypervisor-mac, not as a guest']
        : macRefusals(index, endpoint),
    perform: (turn, { endpoint, mac }, cause) => setGuestMac(turn, endpoint, mac, cause),
  },
};

/** Rule MAC-11; rule EUI-03 in a strict pair. @param isOn what the option is to be. */
export function optionRefusals(index: LabIndex, firewall: Firewall, isOn: boolean): string[] {
  const host = nodeNamed(index, firewall.on);
  const platform = host?.kind === 'hypervisor' ? host.platform : '';
  const pair = index.ha.get(firewall.name)?.pair;
  return [
    ...(PLATFORMS_WITHOUT_OPTION.includes(platform) || firewall.isHardware === true ? ['option-not-available'] : []),
    ...(isOn && pair?.strict === true ? eui64Faults(index.lab, firewall.name, pair) : []),
  ];
}

function macRefusals(index: LabIndex, endpoint: Endpoint): string[] {
  const iface = interfaceAt(index, endpoint);
  if (iface === undefined) return [`no interface ${endpoint}`];
  if (iface.parent !== undefined) return [`${endpoint} is a subinterface: it has the MAC of ${lineOwnerOf(iface)}`];
  if (isAggregate(iface)) return [`${endpoint} is an aggregate: it has the MAC of ${membersOf(iface)[0]}`];
  if (isLogical(iface)) return [`${endpoint} is no interface of a NIC: its MAC is that of the firewall's base`];
  if (iface.mode === 'pf') return [`${endpoint} is a PF: its MAC is that of the device, or of the guest that has it`];
  return iface.mac === null ? [`${endpoint} is a port of a switch: it has no MAC of its own`] : [];
}

/** A VF's MAC is the PF's to give (rule VF-08). */
function editRefusals(index: LabIndex, state: Readonly<LabState>, endpoint: Endpoint): string[] {
  const peer = index.peers.get(endpoint) ?? '';
  const isVf = state.functions[peer]?.kind === 'vf';
  return isVf ? [`${endpoint} is ${peer}: its MAC is set with ip link set ${splitEndpoint(peer).node}:${PF} vf N mac`] : [];
}

/** Rule MAC-06: a licence is itself a MAC change. */
function setBase(turn: Turn, command: Of<'license'>, cause: Position): void {
  const { node, vmMacBase } = command;
  changeMacs(turn, node, 'license', turn.say('MacBaseChanged', cause, { node, vmMacBase }));
}

/** Rule MAC-10: the host changes the vNIC; a firewall follows only with the option on. */
function editMac(turn: Turn, command: Of<'edit-mac'>, cause: Position): void {
  const { node } = splitEndpoint(command.endpoint);
  const isFirewall = nodeNamed(turn.index, node)?.kind === 'firewall';
  const which = isFirewall ? (['initial', 'effective'] as const) : (['initial', 'effective', 'used'] as const);
  // Rule MAC-12: an aggregate has the MAC of its first member.
  const endpoints = [command.endpoint, aggregateWithMacOf(turn.index, command.endpoint) ?? []].flat();
  for (const endpoint of endpoints) setMacs(turn, endpoint, command.mac, which, 'hypervisor-edit', cause);
  if (isFirewall) changeMacs(turn, node, 'hypervisor-edit', cause);
}

/** On a VF the guest must ask (rules MBX-03, VCH-03); refused, it keeps what it has. */
function setGuestMac(turn: Turn, endpoint: Endpoint, mac: string, cause: Position): void {
  if (turn.state.interfaces[endpoint]?.effectiveMac === mac || !askForMac(turn, endpoint, mac, cause)) return;
  setMacs(turn, endpoint, mac, ['effective', 'used'], 'guest-os', cause);
}

function setMacs(
  turn: Turn,
  endpoint: Endpoint,
  mac: string,
  which: readonly EventData['MacAddressChanged']['which'][],
  why: EventData['MacAddressChanged']['cause'],
  cause: Position,
): void {
  const { node, name } = splitEndpoint(endpoint);
  for (const one of which) {
    const old = turn.state.interfaces[endpoint]?.[`${one}Mac`] ?? '';
    if (old === mac) continue;
    const position = changeMac(turn, cause, { node, interface: name, which: one, old, new: mac, cause: why });
    const iface = interfaceAt(turn.index, endpoint);
    if (one === 'used' && iface !== undefined) leasesFollowMac(turn, iface, why === 'guest-os', position);
  }
}
