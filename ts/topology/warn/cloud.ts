/** Warnings about clouds (rule HA-22): what a failover waits for, and routers that no API changes. */
import { shortDuration } from '../../values/nanos.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView } from './lab-view.ts';

/** The role of a unit changes at once; addresses and routes follow when the API has moved them. */
export function failoverWaitsForTheApi(view: LabView): Problem[] {
  return view.lab.haPairs.flatMap(({ name, cloud }) => {
    if (cloud === undefined) return [];
    const message = `a failover of pair ${name} waits another ${shortDuration(cloud.takesNs)} for the API, which moves its ${cloud.moves}: until then frames go to the unit that was active`;
    const remedy = 'count on that time; on esxi, nsx, kvm and hyperv gratuitous ARP takes none';
    return [{ place: view.draft.keyPlace(['ha', name]), message, rule: 'HA-22', remedy }];
  });
}

/** Only pairs in a cloud have its API change anything. */
export function routerOfNoPair(view: LabView): Problem[] {
  if (view.lab.haPairs.some(({ cloud }) => cloud !== undefined)) return [];
  return view.lab.nodes.flatMap((node) => {
    if (node.kind !== 'router' || node.fabric === undefined) return [];
    const message = `fabric of ${node.name} changes nothing: no pair of firewalls in a cloud has its routes changed`;
    return [{ place: atProperty(view, node.name, 'fabric'), message, rule: 'HA-22', remedy: 'remove fabric' }];
  });
}
