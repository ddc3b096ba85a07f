/**
 * Interfaces of one virtual wire or VLAN object that are plugged into one switch and VLAN: what the firewall sends out of one comes
 * back in by the other (rules MODE-02, MODE-04).
 */
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { lineOwnerOf } from '../../model/lab/subinterface.ts';
import { groupBy } from '../../values/group-by.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView } from './lab-view.ts';

export function bridgeReturnsToItsSwitch(view: LabView): Problem[] {
  const bridged = view.lab.interfaces.filter(({ bridge }) => bridge !== undefined);
  const legs = groupBy(bridged, (iface) => `${iface.node} ${iface.bridge} ${pluggedInto(view, iface)}`);
  return [...legs.values()].flatMap(([first, second]) => {
    const port = first === undefined ? undefined : view.draft.peers.get(lineOwnerOf(first));
    if (first === undefined || second === undefined || port === undefined) return [];
    const { node, bridge, mode } = first;
    return [
      {
        place: atProperty(view, node, mode === 'layer2' ? 'vlans' : 'virtual-wires', bridge ?? ''),
        message: `${endpointOf(first)} and ${endpointOf(second)} of ${bridge} are in one VLAN of ${splitEndpoint(port).node}: what goes out of one comes back by the other, for ever`,
        rule: mode === 'layer2' ? 'MODE-02' : 'MODE-04',
        remedy: 'give the two ports different VLANs, or plug one into another switch',
      },
    ];
  });
}

/** The switch and VLAN that an interface is plugged into; the interface itself where that is no port of a switch. */
function pluggedInto(view: LabView, iface: LabInterface): string {
  const port = view.draft.interfaces.get(view.draft.peers.get(lineOwnerOf(iface)) ?? '');
  return port?.mode === 'port' ? `${port.node} ${iface.vlan === 0 ? port.vlan : iface.vlan}` : endpointOf(iface);
}
