/** A bridge with a DPDK datapath: its pair of releases (rule HST-08), and which end of vhost-user its ports are (rule HST-04). */
import { isSupportedPair, OVS_BUILT_WITH, releaseOf } from '../../model/hardware/driver-matrix.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Switch } from '../../model/lab/nodes.ts';
import { type Draft, type DraftNode, flagOf } from '../draft/draft.ts';

/** Rule HST-08: the releases, after saying that they do not go together. */
export function releasesOf(draft: Draft, node: DraftNode): Pick<Switch, 'ovs' | 'dpdk'> {
  const { ovs, dpdk } = node.raw;
  if (node.kind !== 'bridge') return {};
  if (ovs !== undefined && dpdk !== undefined && !isSupportedPair(ovs, dpdk)) {
    const builtWith = OVS_BUILT_WITH[releaseOf(ovs)];
    const remedy =
      builtWith === undefined
        ? `use a release of ${Object.keys(OVS_BUILT_WITH).slice(-6).join(', ')} or older`
        : `use DPDK ${releaseOf(builtWith)}, or another OVS`;
    const message = `unsupported-pair: OVS ${ovs} is not built with DPDK ${dpdk}`;
    draft.error(draft.where(node, 'dpdk'), message, { rule: 'HST-08', remedy });
  }
  return { ...(ovs !== undefined && { ovs }), ...(dpdk !== undefined && { dpdk }) };
}

/** Once it is known who is plugged into which port: those of guests are vhost-user ports, clients unless the file says otherwise. */
export function finishVhost(draft: Draft): void {
  for (const port of draft.interfaces.values()) {
    const node = draft.nodes.get(port.node);
    if (node?.kind !== 'bridge') continue;
    const own = node.raw.ports?.[port.name]?.vhost;
    const guest = draft.interfaces.get(draft.peers.get(endpointOf(port)) ?? '');
    const hasDpdk = hasDpdkDatapath(node);
    if (hasDpdk && isVirtualMachine(draft, guest)) {
      const memory = sharesMemory(draft, guest) ? {} : ({ lacksSharedMemory: true } as const);
      draft.interfaces.set(endpointOf(port), { ...port, vhost: own ?? node.raw.vhost ?? 'client', ...memory });
    } else if (own !== undefined && draft.peers.has(endpointOf(port))) sayNoVhost(draft, node, port, hasDpdk);
  }
}

function hasDpdkDatapath({ raw }: DraftNode): boolean {
  return raw.datapath === undefined ? raw.dpdk !== undefined : raw.datapath === 'ovs-dpdk';
}

function sayNoVhost(draft: Draft, node: DraftNode, port: LabInterface, hasDpdk: boolean): void {
  const what = hasDpdk ? 'leads to no virtual machine' : `has no vhost-user: the datapath of ${node.name} is not DPDK`;
  const remedy = hasDpdk ? 'remove vhost' : `set datapath: ovs-dpdk at ${node.name}, or remove vhost`;
  draft.error(draft.where(node, 'ports', port.name, 'vhost'), `${endpointOf(port)} ${what}`, { rule: 'HST-04', remedy });
}

function isVirtualMachine(draft: Draft, iface: LabInterface | undefined): boolean {
  const node = draft.resolved.get(iface?.node ?? '');
  return node?.kind === 'firewall' || (node?.kind === 'host' && node.on !== null);
}

/** Rule HST-04: whether the guest's hypervisor backs its memory with shared huge pages. */
function sharesMemory(draft: Draft, guest: LabInterface | undefined): boolean {
  const node = draft.resolved.get(guest?.node ?? '');
  const on = node !== undefined && 'on' in node ? node.on : null;
  return flagOf(draft.nodes.get(on ?? '')?.raw['huge-pages'], true);
}
