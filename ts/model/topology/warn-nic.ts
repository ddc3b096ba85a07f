/** Warnings about guests on VFs that want more than their PF will grant (rule VF-16). */
import { endpointOf, type LabInterface, type Nic } from '../lab.ts';
import { familyOf, type VfConfig } from '../nic.ts';
import type { Problem } from './draft.ts';
import { atProperty, type LabView, usesOwnMac } from './lab-view.ts';

interface Given {
  readonly guest: LabInterface;
  readonly nic: Nic;
  readonly vf: LabInterface;
  readonly config: VfConfig;
}

/** Guests' interfaces that are VFs. */
function givenVfs(view: LabView): Given[] {
  const interfaces = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  return view.lab.interfaces.flatMap((guest) => {
    const vf = interfaces.get(view.draft.peers.get(endpointOf(guest)) ?? '');
    const nic = view.nodes.get(vf?.node ?? '');
    return vf?.vf === undefined || nic?.kind !== 'nic' ? [] : [{ guest, nic, vf, config: vf.vf }];
  });
}

function warning(view: LabView, { nic, vf }: Given, message: string, remedy: string): Problem {
  return { place: atProperty(view, nic.name, 'ports', vf.name), message, rule: 'VF-16', remedy };
}

/** A firewall that makes its own MAC, on a VF with another that it may not change. */
export function ownMacWillBeRefused(view: LabView): Problem[] {
  return givenVfs(view)
    .filter(({ guest, config }) => usesOwnMac(view, guest) && config.adminMac !== '' && !config.trusted)
    .map((given) => {
      const { guest, vf } = given;
      const message = `${endpointOf(guest)} makes its own MAC and ${endpointOf(vf)} may not change the one it has: nothing passes`;
      return warning(view, given, message, `set trust: on at ${endpointOf(vf)}, or use-hypervisor-mac: on at ${guest.node}`);
    });
}

/** Layer 2, tap and virtual wire need unicast-promiscuous VFs. */
export function modeNeedsTrust(view: LabView): Problem[] {
  return givenVfs(view).flatMap((given) => {
    const { guest, nic, vf, config } = given;
    if (!['layer2', 'tap', 'virtual-wire'].includes(guest.mode)) return [];
    const message = `${endpointOf(guest)} is ${guest.mode}, which needs a promiscuous VF; ${endpointOf(vf)} cannot be one`;
    if (nic.model === '82599')
      return [warning(view, given, message, `give ${guest.node} the PF instead: an 82599 has no promiscuous VFs`)];
    const missing = [
      ...(config.trusted ? [] : [`set trust: on at ${endpointOf(vf)}`]),
      ...(familyOf(nic.model) === '40g' || nic.pfPromiscuous ? [] : [`set pf: { promiscuous: on } at ${nic.name}`]),
    ];
    return missing.length === 0 ? [] : [warning(view, given, message, missing.join(', '))];
  });
}
