/** Warnings about ARP inspection that drops what the lab's own nodes say. */
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Switch } from '../../model/lab/nodes.ts';
import { lineOwnerOf } from '../../model/lab/subinterface.ts';
import type { Problem } from '../draft/draft.ts';
import { atProperty, type LabView, usedOwnMac, usesOwnMac } from './lab-view.ts';

export function arpWillBeDropped(view: LabView): Problem[] {
  return view.lab.interfaces
    .filter(({ mode }) => mode === 'layer3')
    .flatMap((iface) => inspectedPorts(view, iface).flatMap((port) => unboundAddresses(view, iface, port)));
}

/** Ports of inspecting switches by which ARP of an interface comes in: its own cable's, or the uplinks' of its vSwitch. */
function inspectedPorts(view: LabView, iface: LabInterface): Endpoint[] {
  const port = view.draft.peers.get(lineOwnerOf(iface)) ?? '';
  const { node } = splitEndpoint(port);
  const vswitch = view.nodes.get(node);
  const ports = vswitch?.kind !== 'vswitch' ? [port] : vswitch.uplinks.map((name) => view.draft.peers.get(`${node}:${name}`) ?? '');
  return ports.filter((candidate) => {
    if (inspectorOf(view, candidate) === null) return false;
    const { name, node: owner } = splitEndpoint(candidate);
    return !view.lab.interfaces.some((one) => one.node === owner && one.name === name && one.security?.trusted);
  });
}

function inspectorOf(view: LabView, port: Endpoint): (Switch & Required<Pick<Switch, 'arpInspection'>>) | null {
  const node = view.nodes.get(splitEndpoint(port).node);
  if ((node?.kind !== 'switch' && node?.kind !== 'bridge') || node.arpInspection === undefined) return null;
  return { ...node, arpInspection: node.arpInspection };
}

/** A switch binds an address to one MAC: of a pair whose members have their own, one is always unbound. */
function unboundAddresses(view: LabView, iface: LabInterface, port: Endpoint): Problem[] {
  const inspector = inspectorOf(view, port);
  if (inspector === null) return [];
  const mac = usedOwnMac(view, iface) ?? iface.mac ?? '';
  const isOneOfTwo = view.pairs.has(iface.node) && !usesOwnMac(view, iface);
  return iface.ipv4
    .filter(({ address }) => !inspector.arpInspection.bindings.some((bound) => bound.ip === address && bound.mac === mac))
    .map(({ address }) => ({
      place: atProperty(view, inspector.name, 'arp-inspection'),
      message: `${port} drops the ARP of ${endpointOf(iface)}: ${inspector.name} does not bind ${address} to ${mac}`,
      rule: isOneOfTwo ? 'DAI-02' : 'DAI-01',
      remedy: isOneOfTwo ? `set trusted: on at ${port}` : `set trusted: on at ${port}, or bind ${address} to ${mac}`,
    }));
}
