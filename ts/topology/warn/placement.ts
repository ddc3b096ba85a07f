/** Warnings about what runs where and what is plugged into what. */
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';

export function virtualMachineWithoutHost(view: LabView): Problem[] {
  return view.lab.links.flatMap(({ a, b }) => {
    return [
      [a, b],
      [b, a],
    ].flatMap(([guest = '', port = '']) => {
      const [host, vswitch] = [view.nodes.get(splitEndpoint(guest).node), view.nodes.get(splitEndpoint(port).node)];
      if (host?.kind !== 'host' || host.on !== null || vswitch?.kind !== 'vswitch') return [];
      if (vswitch.uplinks.includes(splitEndpoint(port).name)) return [];
      const message = `${host.name} is linked to ${port} but does not run on ${vswitch.on}`;
      const place = view.draft.keyPlace(['topology', 'nodes', host.name]);
      return [{ place, message, rule: 'VSW-01', remedy: `add on: ${vswitch.on} to ${host.name}, or link it to a physical switch` }];
    });
  });
}

export function hypervisorWithoutGuests(view: LabView): Problem[] {
  const used = new Set(view.lab.nodes.map((node) => ('on' in node ? node.on : null)));
  return view.lab.nodes
    .filter((node) => node.kind === 'hypervisor' && !used.has(node.name))
    .map(({ name }) => ({
      place: view.draft.keyPlace(['topology', 'nodes', name]),
      message: `nothing runs on hypervisor ${name}`,
      rule: 'MAC-11',
      remedy: `add on: ${name} to the vSwitches and firewalls that run there, or remove it`,
    }));
}

export function portInsteadOfUplink(view: LabView): Problem[] {
  return view.lab.links.flatMap(({ a, b }) => {
    return [
      [a, b],
      [b, a],
    ].flatMap(([port = '', peer = '']) => {
      const { node, name } = splitEndpoint(port);
      const [vswitch, other] = [view.nodes.get(node), view.nodes.get(splitEndpoint(peer).node)];
      if (vswitch?.kind !== 'vswitch' || vswitch.uplinks.includes(name) || isMember(view, port)) return [];
      if (other?.kind !== 'switch' && other?.kind !== 'bridge' && other?.kind !== 'vswitch') return [];
      const message = `${port} leads to ${other.name} but is not an uplink: frames for unknown destinations are not sent there`;
      return [
        {
          place: view.draft.keyPlace(view.draft.whereInterface(port)),
          message,
          rule: 'VSW-03',
          remedy: `add ${name} to the uplinks of ${node}`,
        },
      ];
    });
  });
}

/** A port that a channel has (rule VSW-16). */
function isMember(view: LabView, endpoint: string): boolean {
  return view.lab.interfaces.some((iface) => endpointOf(iface) === endpoint && iface.memberOf !== undefined);
}
