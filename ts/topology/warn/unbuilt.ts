/**
 * What a lab file may write and the lab cannot do yet. It is refused with the reason and with what to write instead: a lab that
 * silently drops its frames, or fails over in a way its platform does not have, would show something that never happens.
 *
 * Refusals come last, and with the warnings, because nothing else is wrong with the file: docs/limitations.md lists them.
 */
import { isHaInterfaceName } from '../../model/hardware/firewall-mac.ts';
import type { Platform } from '../../model/hardware/platforms.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { HaPair } from '../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import type { Draft, Problem } from '../draft/draft.ts';
import { type LabView, viewOf } from './lab-view.ts';

/** Everything that is refused because it is not built. */
export function findRefusals(draft: Draft, file: LabFile): Problem[] {
  const view = viewOf(draft, file);
  return [...pairInACloud(view), ...ipv6BesideZones(view)];
}

/** Sessions are IPv4's: a firewall with zones would drop all IPv6. */
function ipv6BesideZones(view: LabView): Problem[] {
  return view.lab.interfaces.flatMap((iface) => {
    const node = view.nodes.get(iface.node);
    if (iface.ipv6 === undefined || node?.kind !== 'firewall' || node.sessions === undefined) return [];
    return [
      {
        place: view.draft.keyPlace([...view.draft.whereInterface(endpointOf(iface)), 'ipv6']),
        message: `${iface.node} has zones, and its sessions are IPv4's: IPv6 through a firewall with zones is not built yet`,
        remedy: `leave ipv6 out, or the zones of ${iface.node}`,
      },
    ];
  });
}

/** Rule HA-22: what moves the addresses where the fabric ignores gratuitous ARP. */
const CLOUDS: Readonly<Partial<Record<Platform, string>>> = {
  gcp: 'a load balancer with probes leads to firewalls that are no pair; write load-balancer at a router with fabric: gcp',
  oci: 'the API moves secondary addresses to the new active unit, which is not built yet',
};

function pairInACloud(view: LabView): Problem[] {
  return view.lab.haPairs.flatMap((pair) => {
    const [found] = cloudsOf(view, pair);
    if (found === undefined) return [];
    const { platform, instead } = found;
    return [
      {
        place: view.draft.keyPlace(['ha', pair.name]),
        message: `HA pair ${pair.name} is on ${platform}, whose fabric ignores gratuitous ARP: there ${instead}`,
        rule: 'HA-22',
        remedy: `put both units on aws, azure, esxi, nsx, kvm or hyperv, or leave the pair out (docs/limitations.md)`,
      },
    ];
  });
}

function cloudsOf(view: LabView, { members }: HaPair): { readonly platform: Platform; readonly instead: string }[] {
  return members.flatMap(({ node }) => {
    const firewall = view.nodes.get(node);
    const host = firewall?.kind === 'firewall' ? view.nodes.get(firewall.on) : undefined;
    const instead = host?.kind === 'hypervisor' ? CLOUDS[host.platform] : undefined;
    return host?.kind !== 'hypervisor' || instead === undefined ? [] : [{ platform: host.platform, instead }];
  });
}

const IDLE_HA: Readonly<Record<string, { readonly rule: string; readonly lacks: string }>> = {
  ha2: { rule: 'HA-19', lacks: 'its pair names no ha2, so no sessions are synchronised' },
  'ha2-b': { rule: 'HA-02', lacks: 'its pair does not name it as ha2-backup' },
  hsci: { rule: 'HA-19', lacks: 'its pair does not name it as ha2, so no sessions are synchronised' },
};

/**
 * Rules HA-02, HA-03, HA-19: a cable that a pair has in reality and that carries nothing here. A warning, because leaving it in the
 * file does no harm: only what depends on it, such as a failover without HA1, differs.
 */
export function haLinkCarriesNothing(view: LabView): Problem[] {
  return view.lab.interfaces.flatMap((iface) => {
    if (iface.mode !== 'ha' || !view.draft.ends.has(endpointOf(iface))) return [];
    const pair = view.pairs.get(iface.node);
    const carriesHa1 = pair?.members.some(({ node, ha1 }) => node === iface.node && ha1 === iface.name) ?? false;
    if (carriesHa1 || pair?.ha1Backup === iface.name || pair?.ha2 === iface.name || pair?.ha2Backup === iface.name) return [];
    const { rule, lacks } = idleReason(iface, pair);
    return [
      {
        place: view.draft.keyPlace(view.draft.whereInterface(endpointOf(iface))),
        message: `${endpointOf(iface)} carries nothing: ${lacks}`,
        rule,
        remedy: remedyOf(iface, pair),
      },
    ];
  });
}

function remedyOf({ node, name }: LabInterface, pair: HaPair | undefined): string {
  if (pair === undefined) return `add ${node} to a pair under ha, or remove the link`;
  if (name === 'ha2' || name === 'hsci') return `write ha2: ${name} at pair ${pair.name}, or remove the link`;
  if (name === 'ha2-b') return `write ha2-backup: ha2-b at pair ${pair.name}, or remove the link`;
  return name === 'ha1-b' ? `write ha1-backup: ha1-b at pair ${pair.name}, or remove the link` : 'remove the link';
}

function idleReason({ node, name }: LabInterface, pair: HaPair | undefined): { readonly rule: string; readonly lacks: string } {
  if (pair === undefined) return { rule: 'HA-02', lacks: `${node} is in no HA pair` };
  const ha1 = pair.members.find((member) => member.node === node)?.ha1 ?? '';
  const known = isHaInterfaceName(name) ? IDLE_HA[name] : undefined;
  return known ?? { rule: 'HA-02', lacks: `HA1 of ${node} is ${ha1}` };
}
