/** What each node is, once its properties are known: defaults filled in, platform rules applied. */

import { UNLICENSED_MAC_BASE } from '../../model/hardware/firewall-mac.ts';
import type { Platform } from '../../model/hardware/platforms.ts';
import type {
  ArpProfile,
  Firewall,
  LabNode,
  MacLearning,
  NodeKind,
  Route,
  Route6,
  Switch,
  VSwitch,
  VSwitchPolicy,
} from '../../model/lab/nodes.ts';
import { type Ipv4, type Ipv4Prefix, parseIpv4, parseIpv4Prefix } from '../../values/ipv4-address.ts';
import { parseIpv6, parseIpv6Prefix, UNSPECIFIED } from '../../values/ipv6-address.ts';
import { parseMac } from '../../values/mac.ts';
import { type Nanos, nanos } from '../../values/nanos.ts';
import { type Draft, type DraftNode, durationOf, flagOf } from '../draft/draft.ts';
import { LEARNED_MACS_PER_PORT_MAX } from '../draft/limits.ts';
import type { RawLearning, RawMacLearning, RawNode, RawPolicy } from '../draft/raw.ts';
import { loadBalancerOf } from './cloud.ts';
import { guestCoresOf, hostSwitchingOf } from './cores.ts';
import { virtualWiresOf } from './interface-modes.ts';
import { liveMigrationOf } from './live-migration.ts';
import { announcedJumboOf } from './management-profile.ts';
import { resolveNic } from './nics.ts';
import { checkHardware, isHardware } from './own-macs.ts';
import { packetIoOf } from './packet-io.ts';
import { releasesOf } from './vhost.ts';

/** Rule MAC-11: where the firewall has the option at all. */
const PLATFORMS_WITH_MAC_OPTION: readonly Platform[] = ['esxi', 'kvm', 'nsx', 'hyperv'];

/** Rule VSW-15: standard switches of 5.x and 6.x; those of 7.x, and distributed ones. */
const DEFAULT_POLICY: VSwitchPolicy = { promiscuous: false, macChanges: true, forgedTransmits: true };
const REJECTING: VSwitchPolicy = { promiscuous: false, macChanges: false, forgedTransmits: false };

/** Rule HST-01. */
const SWITCH_AGEING = nanos(300e9);
const SWITCH_TABLE_SIZE = 8192;
/** Rule LRN-01. */
export const LEARNING_AGEING = nanos(600e9);

const EVERYWHERE: Ipv4Prefix = { address: '0.0.0.0' as Ipv4, prefix: 0 };

export function resolveNodes(draft: Draft): void {
  for (const node of draft.nodes.values()) {
    if (node.kind !== null) draft.resolved.set(node.name, resolveNode(draft, node, node.kind));
  }
}

function resolveNode(draft: Draft, node: DraftNode, kind: NodeKind): LabNode {
  const { name, raw } = node;
  switch (kind) {
    case 'hypervisor':
      return { kind, name, platform: raw.platform ?? 'esxi', ...liveMigrationOf(draft, node) };
    case 'vswitch':
      return resolveVSwitch(draft, node);
    case 'switch':
    case 'bridge':
      return resolveSwitch(draft, node, kind);
    case 'nic':
      return resolveNic(draft, node, hypervisorOf(draft, node));
    case 'firewall': {
      if (isHardware(node)) return resolveHardware(draft, node);
      const on = hypervisorOf(draft, node);
      const vmMacBase = parseMac(raw['vm-mac-base'] ?? UNLICENSED_MAC_BASE) ?? UNLICENSED_MAC_BASE;
      const useHypervisorMac = macOption(draft, node, on);
      const packetIo = packetIoOf(draft, node, draft.nodes.get(on)?.raw.platform ?? 'esxi');
      const cores = guestCoresOf(draft, node);
      const wires = virtualWiresOf(node);
      const own = { ...packetIo, ...wires, ...layer3(raw, 'firewall'), ...cores, ...errorsOf(raw), ...announcedJumboOf(node) };
      return { kind, name, on, useHypervisorMac, vmMacBase, ...own };
    }
    case 'host': {
      const on = raw.on === undefined ? null : hypervisorOf(draft, node);
      const ignoreGratuitous = flagOf(raw['ignore-gratuitous'], false);
      const acceptUnsolicited = flagOf(raw['accept-unsolicited'], false);
      return { kind, name, on, ...layer3(raw, 'linux'), ignoreGratuitous, acceptUnsolicited };
    }
    case 'router':
      return {
        kind,
        name,
        ...layer3(raw, 'firewall'),
        ...(raw.fabric !== undefined && { fabric: raw.fabric }),
        ...loadBalancerOf(draft, node),
        ...errorsOf(raw),
      };
    default:
      return kind satisfies never;
  }
}

/** Rule MAC-04: a firewall on no hypervisor. Its driver is its own: no rule of packet I/O is about it. */
function resolveHardware(draft: Draft, node: DraftNode): Firewall {
  const { name, raw } = node;
  checkHardware(draft, node);
  const vmMacBase = parseMac(raw['vm-mac-base'] ?? UNLICENSED_MAC_BASE) ?? UNLICENSED_MAC_BASE;
  const own = { ...virtualWiresOf(node), ...layer3(raw, 'firewall'), ...errorsOf(raw), ...announcedJumboOf(node) };
  return { kind: 'firewall', name, on: '', isHardware: true, useHypervisorMac: false, vmMacBase, packetIo: 'dpdk', ...own };
}

function resolveSwitch(draft: Draft, node: DraftNode, kind: Switch['kind']): Switch {
  const { name, raw } = node;
  const tableSize = raw['table-size'] ?? SWITCH_TABLE_SIZE;
  const host = kind === 'bridge' ? hostSwitchingOf(draft, node) : {};
  const ageingNs = durationOf(raw.ageing, SWITCH_AGEING);
  const fabric = raw.fabric !== undefined && kind === 'switch' && { fabric: raw.fabric };
  const resolved = { kind, name, ageingNs, tableSize, ...host, ...releasesOf(draft, node), ...fabric };
  const inspects = typeof raw['arp-inspection'] === 'object' || flagOf(raw['arp-inspection'], false);
  return inspects ? { ...resolved, arpInspection: { bindings: bindingsOf(draft, node) } } : resolved;
}

/** Static bindings of ARP inspection (rule DAI-01): each address once, because a switch holds one MAC for it. */
function bindingsOf(draft: Draft, node: DraftNode): NonNullable<Switch['arpInspection']>['bindings'] {
  const raw = node.raw['arp-inspection'];
  const lines = new Map<Ipv4, number>();
  return (typeof raw === 'object' ? (raw.bindings ?? []) : []).flatMap((binding, index) => {
    const ip = parseIpv4(binding?.ip ?? '');
    const mac = parseMac(binding?.mac ?? '');
    if (ip === null || mac === null) return [];
    const path = draft.where(node, 'arp-inspection', 'bindings', index, 'ip');
    const before = lines.get(ip);
    lines.set(ip, before ?? draft.valuePlace(path).line);
    if (before !== undefined) draft.error(path, `${ip} is already bound, in line ${before}`, { rule: 'DAI-01' });
    return before === undefined ? [{ ip, mac }] : [];
  });
}

function resolveVSwitch(draft: Draft, node: DraftNode): VSwitch {
  const { name, raw } = node;
  return {
    kind: 'vswitch',
    name,
    on: hypervisorOf(draft, node),
    policy: { ...((raw.profile ?? 'standard') === 'standard' ? DEFAULT_POLICY : REJECTING), ...policyOf(raw) },
    learning: learningOf(raw['mac-learning'], LEARNING_AGEING),
    uplinks: (raw.uplinks ?? []).filter((uplink) => uplink !== undefined),
    reversePathCheckPromisc: flagOf(raw['reverse-path-check-promisc'], false),
    ...(raw.teaming !== undefined && raw.teaming !== 'failover-order' && { teaming: raw.teaming }),
    ...(raw.detection === 'beacon' && { probesBeacons: true }),
    ...(!flagOf(raw.failback, true) && { keepsUplink: true }),
    ...(!flagOf(raw['notify-switches'], true) && { isSilent: true }),
    ...hostSwitchingOf(draft, node),
  };
}

/** What a switch or a port says about its policy, and nothing else. */
export function policyOf(raw: RawPolicy): Partial<VSwitchPolicy> {
  return {
    ...(raw.promiscuous !== undefined && { promiscuous: raw.promiscuous === 'accept' }),
    ...(raw['mac-changes'] !== undefined && { macChanges: raw['mac-changes'] === 'accept' }),
    ...(raw['forged-transmits'] !== undefined && { forgedTransmits: raw['forged-transmits'] === 'accept' }),
  };
}

/** Null where nothing is learned. `ageing` is the time where none is said. */
export function learningOf(raw: RawMacLearning | undefined, ageing: Nanos): MacLearning | null {
  if (raw === undefined || raw === 'off' || raw === false) return null;
  const settings: RawLearning = typeof raw === 'object' ? raw : {};
  return {
    flood: flagOf(settings.flood, true),
    limit: settings.limit ?? LEARNED_MACS_PER_PORT_MAX,
    limitPolicy: settings['limit-policy'] ?? 'allow',
    ageingNs: durationOf(settings.ageing, ageing),
  };
}

/** The name of the hypervisor a node runs on; empty after saying what is wrong with it. */
function hypervisorOf(draft: Draft, node: DraftNode): string {
  const { on } = node.raw;
  if (on === undefined) {
    if (!draft.isNodeBroken(node, 'on')) {
      const remedy = 'add `on:` with the name of a hypervisor';
      draft.errorAtKey(draft.where(node), `${node.name} needs "on": the hypervisor it runs on`, { remedy });
    }
    return '';
  }
  const path = draft.where(node, 'on');
  const host = draft.nodeNamed(on, path);
  if (host === null) return '';
  if (host.kind === 'hypervisor') return on;
  draft.error(path, `"${on}" is a ${host.kind}, not a hypervisor`);
  return '';
}

/** Rules MAC-01 and MAC-11: the option as it is in force. */
function macOption(draft: Draft, node: DraftNode, on: string): boolean {
  const host = draft.nodes.get(on);
  const platform = host?.raw.platform ?? 'esxi';
  const asked = node.raw['use-hypervisor-mac'];
  if (PLATFORMS_WITH_MAC_OPTION.includes(platform)) return flagOf(asked, true);
  if (asked !== undefined) {
    const remedy = `remove use-hypervisor-mac: on ${platform} the firewall always uses the MACs it was given`;
    const message = `option-not-available: firewalls on ${platform} have no use-hypervisor-mac`;
    draft.errorAtKey(draft.where(node, 'use-hypervisor-mac'), message, { rule: 'MAC-11', remedy });
  }
  return true;
}

function layer3(raw: RawNode, profile: ArpProfile): { routes: Route[]; routes6?: Route6[]; arpProfile: ArpProfile } {
  const routes = (raw.routes ?? []).flatMap((route) => {
    const network = parseIpv4Prefix(route?.to ?? '');
    const via = parseIpv4(route?.via ?? '');
    return network === null || via === null ? [] : [{ network, via }];
  });
  const gateway = parseIpv4(raw.gateway ?? '');
  if (gateway !== null) routes.push({ network: EVERYWHERE, via: gateway });
  const routes6 = ipv6RoutesOf(raw);
  return { routes, ...(routes6.length > 0 && { routes6 }), arpProfile: raw['arp-profile'] ?? profile };
}

/** Whether a node that forwards tells senders of what it drops. */
function errorsOf(raw: RawNode): { readonly tellsNobody?: true } {
  return flagOf(raw['icmp-errors'], true) ? {} : { tellsNobody: true };
}

function ipv6RoutesOf(raw: RawNode): Route6[] {
  const routes = (raw.routes ?? []).flatMap((route) => {
    const network = parseIpv6Prefix(route?.to ?? '');
    const via = parseIpv6(route?.via ?? '');
    return network === null || via === null ? [] : [{ network, via }];
  });
  const gateway = parseIpv6(raw['ipv6-gateway'] ?? '');
  return gateway === null ? routes : [...routes, { network: { address: UNSPECIFIED, prefix: 0 }, via: gateway }];
}
