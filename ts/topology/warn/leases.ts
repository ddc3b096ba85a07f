/** Warnings about leases: clients that nobody answers, and MACs that change under a lease. */
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { serverOf, snoopingOf } from '../../model/lab/leases.ts';
import { prefixContains } from '../../values/ipv4-address.ts';
import type { Problem } from '../draft/draft.ts';
import { type LabView, usesOwnMac } from './lab-view.ts';
import { commandsOf } from './steps.ts';

function clients(view: LabView): readonly LabInterface[] {
  return view.lab.interfaces.filter(({ dhcp }) => dhcp !== undefined);
}

function placeOf(view: LabView, iface: LabInterface): Problem['place'] {
  return view.draft.keyPlace(view.draft.whereOfInterface(endpointOf(iface), 'ipv4'));
}

/** Rule LEASE-02: on its segment is neither a server with a pool for it nor a relay. */
export function nobodyLeases(view: LabView): Problem[] {
  const answering = view.lab.interfaces.filter((iface) => isServing(view, iface) || iface.dhcpRelay !== undefined);
  const segments = new Set(answering.map((iface) => view.segments.get(endpointOf(iface))));
  return clients(view)
    .filter((iface) => !segments.has(view.segments.get(endpointOf(iface))))
    .map((iface) => ({
      place: placeOf(view, iface),
      message: `${endpointOf(iface)} asks for an address, and no DHCP server with a pool for its network and no relay hears it`,
      rule: 'LEASE-02',
      remedy: 'give a node on its segment dhcp: { pools: ... }, or its gateway dhcp-relay',
    }));
}

function isServing(view: LabView, { node, ipv4 }: LabInterface): boolean {
  const pools = serverOf(view.nodes.get(node))?.pools ?? [];
  return pools.some(({ network }) => ipv4.some(({ address }) => prefixContains(network, address)));
}

/** Rule LEASE-08: leases of a pair are not synchronised, and with the hypervisor's MACs the other unit is another client. */
export function failoverTakesAnotherLease(view: LabView): Problem[] {
  return clients(view)
    .filter((iface) => view.pairs.has(iface.node) && !usesOwnMac(view, iface) && iface.dhcp?.clientId !== undefined)
    .map((iface) => ({
      place: placeOf(view, iface),
      message: `${endpointOf(iface)} leases its address under its own MAC: at a failover the other unit is another client and gets another address`,
      rule: 'LEASE-08',
      remedy: `write use-hypervisor-mac: off at both units, or give ${iface.name} an address`,
    }));
}

/** Whether a step gives an interface another MAC, as far as its verb says: an edit names one, a commit may change any of its node. */
export function macSteps(view: LabView): (iface: LabInterface) => boolean {
  const changed = new Set<Endpoint>();
  const nodes = new Set<string>();
  for (const command of commandsOf(view)) {
    if (command.verb === 'guest-mac' || command.verb === 'edit-mac') changed.add(command.endpoint);
    if (command.verb === 'commit' || command.verb === 'license') nodes.add(command.node);
  }
  return (iface) => changed.has(endpointOf(iface)) || nodes.has(iface.node);
}

/** Rules LEASE-01 to LEASE-04: a step gives a client another MAC. */
export function stepEndsALease(view: LabView): Problem[] {
  const getsAnotherMac = macSteps(view);
  return clients(view)
    .filter((iface) => iface.dhcp?.releaseOnMacChange === true && iface.dhcp.clientId !== 'duid')
    .filter(getsAnotherMac)
    .map((iface) => ({
      place: placeOf(view, iface),
      message: `a step gives ${endpointOf(iface)} another MAC: it gives its lease back, and the server gives the new client another address`,
      rule: 'LEASE-04',
      remedy: 'write dhcp-client: { client-id: duid }, or reserve the address for the new MAC',
    }));
}

/** Rule DAI-01: what a server says comes in on a port that the switch does not trust for DHCP. */
export function serverIsNotTrusted(view: LabView): Problem[] {
  return view.lab.interfaces.flatMap((iface) => {
    if (!isServing(view, iface) && iface.dhcpRelay === undefined) return [];
    const port = view.draft.peers.get(endpointOf(iface)) ?? '';
    const { node, name } = splitEndpoint(port);
    const snooping = snoopingOf(view.nodes.get(node));
    if (snooping === undefined || snooping.trusted.includes(name)) return [];
    return [
      {
        place: view.draft.keyPlace(view.draft.whereInterface(endpointOf(iface))),
        message: `${port} drops what ${endpointOf(iface)} answers DHCP clients: ${node} does not trust the port`,
        rule: 'DAI-01',
        remedy: `add ${name} to dhcp-snooping trusted of ${node}`,
      },
    ];
  });
}
