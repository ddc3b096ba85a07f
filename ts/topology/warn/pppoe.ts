/** Warnings about PPPoE: clients that nobody hears, and MACs that change under a session. */
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { concentratorOf } from '../../model/lab/pppoe-ends.ts';
import type { Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';
import { macSteps } from './leases.ts';

function clients(view: LabView): readonly LabInterface[] {
  return view.lab.interfaces.filter(({ pppoe }) => pppoe !== undefined);
}

function placeOf(view: LabView, iface: LabInterface): Problem['place'] {
  return view.draft.keyPlace(view.draft.whereOfInterface(endpointOf(iface), 'ipv4'));
}

/** Rule LEASE-06: no concentrator gives sessions on its segment. */
export function nobodyGivesSessions(view: LabView): Problem[] {
  const segments = new Set(
    view.lab.nodes.flatMap((node) => {
      const concentrator = concentratorOf(node);
      return concentrator === undefined ? [] : [view.segments.get(`${node.name}:${concentrator.interface}`)];
    }),
  );
  return clients(view)
    .filter((iface) => !segments.has(view.segments.get(endpointOf(iface))))
    .map((iface) => ({
      place: placeOf(view, iface),
      message: `${endpointOf(iface)} asks for a PPPoE session, and no concentrator hears it`,
      rule: 'LEASE-06',
      remedy: 'give a host or router on its segment pppoe: { interface: ..., range: ... }',
    }));
}

/** Rule LEASE-06: sessions of a pair are not synchronised. */
export function failoverEndsASession(view: LabView): Problem[] {
  return clients(view)
    .filter(({ node }) => view.pairs.has(node))
    .map((iface) => ({
      place: placeOf(view, iface),
      message: `${endpointOf(iface)} has its address in a PPPoE session: at a failover the other unit begins a session of its own, and usually gets another address`,
      rule: 'LEASE-06',
      remedy: `give ${iface.name} an address, or end the session on a router before the pair`,
    }));
}

/** Rules LEASE-01 and LEASE-06: a step gives a client another MAC. */
export function stepEndsASession(view: LabView): Problem[] {
  const getsAnotherMac = macSteps(view);
  return clients(view)
    .filter(getsAnotherMac)
    .map((iface) => ({
      place: placeOf(view, iface),
      message: `a step gives ${endpointOf(iface)} another MAC: its PPPoE session ends, and the new one usually has another address`,
      rule: 'LEASE-06',
      remedy: 'take the step out, or set the MAC before the session begins',
    }));
}
