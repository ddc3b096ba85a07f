/** Warnings about clouds (rule HA-22): what a failover waits for, and routers that no API changes. */
import { nanos, shortDuration } from '../../values/nanos.ts';
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

/** A firewall behind a load balancer that fails is not missed until it left its probes unanswered. */
export function loadBalancerNoticesLate(view: LabView): Problem[] {
  return view.lab.nodes.flatMap((node) => {
    if (node.kind !== 'router' || node.loadBalancer === undefined) return [];
    const { intervalNs, failures } = node.loadBalancer;
    const place = atProperty(view, node.name, 'load-balancer');
    if (new Set(node.routes.map(({ via }) => via)).size < 2) {
      const message = `load-balancer of ${node.name} changes nothing: it has no two routes to one network with different next hops`;
      return [{ place, message, rule: 'HA-22', remedy: 'add a route by another firewall' }];
    }
    const message = `a firewall behind ${node.name} that fails keeps its conversations for up to ${shortDuration(nanos(intervalNs * (failures + 1)))}: that long its packets are lost`;
    return [{ place, message, rule: 'HA-22', remedy: 'count on that time, or probe more often' }];
  });
}

/** Only pairs in a cloud have its API change anything. */
export function routerOfNoPair(view: LabView): Problem[] {
  if (view.lab.haPairs.some(({ cloud }) => cloud !== undefined)) return [];
  return view.lab.nodes.flatMap((node) => {
    if (node.kind !== 'router' || node.fabric === undefined || node.loadBalancer !== undefined) return [];
    const message = `fabric of ${node.name} changes nothing: no pair of firewalls in a cloud has its routes changed`;
    return [{ place: atProperty(view, node.name, 'fabric'), message, rule: 'HA-22', remedy: 'remove fabric' }];
  });
}
