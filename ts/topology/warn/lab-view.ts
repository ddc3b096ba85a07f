/** A resolved lab with what every warning looks up: who is plugged in where, which MAC a firewall uses, who hears whom. */
import { selfMac, virtualMac } from '../../model/hardware/firewall-mac.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { HaPair } from '../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import type { LabNode, MacLearning, VSwitch, VSwitchPolicy } from '../../model/lab/nodes.ts';
import type { Draft, Problem } from '../draft/draft.ts';
import { type Segments, segmentsOf } from '../draft/segments.ts';

export interface LabView {
  readonly draft: Draft;
  readonly file: LabFile;
  readonly lab: Lab;
  readonly nodes: ReadonlyMap<string, LabNode>;
  readonly segments: Segments;
  readonly pairs: ReadonlyMap<string, HaPair>;
}

/** A firewall's or host's interface and the vSwitch port it is plugged into. */
export interface Attachment {
  readonly guest: LabInterface;
  readonly vswitch: VSwitch;
  readonly port: Endpoint;
  readonly policy: VSwitchPolicy;
  readonly learning: MacLearning | null;
}

export function viewOf(draft: Draft, file: LabFile): LabView {
  const { lab } = file;
  const nodes = new Map(lab.nodes.map((node) => [node.name, node]));
  const pairs = new Map(lab.haPairs.flatMap((pair) => pair.members.map(({ node }): [string, HaPair] => [node, pair])));
  return { draft, file, lab, nodes, segments: segmentsOf(lab), pairs };
}

export function attachments(view: LabView): Attachment[] {
  const ports = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  return view.lab.interfaces.flatMap((guest) => {
    const peer = ports.get(view.draft.peers.get(endpointOf(guest)) ?? '');
    const vswitch = view.nodes.get(peer?.node ?? '');
    if (peer?.mode !== 'port' || vswitch?.kind !== 'vswitch') return [];
    const policy = { ...vswitch.policy, ...peer.policy };
    const learning = peer.learning === undefined ? vswitch.learning : peer.learning;
    return [{ guest, vswitch, port: endpointOf(peer), policy, learning }];
  });
}

/** Two layer-3 interfaces of different firewalls that make themselves the same MAC on one segment. */
export function collisions(view: LabView): { mine: LabInterface; other: LabInterface; mac: string }[] {
  const owners = new Map<string, LabInterface>();
  return view.lab.interfaces.flatMap((iface) => {
    const mac = usedOwnMac(view, iface);
    if (mac === null) return [];
    const key = `${view.segments.get(endpointOf(iface))} ${mac}`;
    const other = owners.get(key);
    owners.set(key, other ?? iface);
    return other === undefined || other.node === iface.node ? [] : [{ mine: iface, other, mac }];
  });
}

/** Rules MAC-05 and MAC-06: the MAC a firewall makes itself with the option off; null where it uses the hypervisor's. */
export function usedOwnMac(view: LabView, iface: LabInterface): string | null {
  const firewall = view.nodes.get(iface.node);
  if (firewall?.kind !== 'firewall' || !usesOwnMac(view, iface)) return null;
  const pair = view.pairs.get(firewall.name);
  return pair === undefined ? selfMac(firewall.vmMacBase, iface.interfaceId) : virtualMac(pair.group, 0, iface.interfaceId);
}

/** Rules MAC-01 and MAC-12. */
export function usesOwnMac(view: LabView, iface: LabInterface): boolean {
  const node = view.nodes.get(iface.node);
  return node?.kind === 'firewall' && !node.useHypervisorMac && iface.mode === 'layer3' && iface.name !== 'mgmt';
}

export function atProperty(view: LabView, node: string, ...property: string[]): Problem['place'] {
  const found = view.draft.nodes.get(node);
  return view.draft.keyPlace(found ? view.draft.where(found, ...property) : []);
}
