/**
 * IPv6 of interfaces: what the file gives, and stable addresses (RFC 7217) from the lab's seed.
 *
 * Stable addresses of a pair are made for the pair, not for a unit: that is what makes them stable in a failover.
 */

import { eui64Faults } from '../../model/config/eui64.ts';
import { isLogical } from '../../model/hardware/firewall-mac.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { type Ipv6Settings, networksOf, type RouterAdvertising } from '../../model/lab/ipv6.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { isGuest } from '../../model/lab/nodes.ts';
import { groupBy } from '../../values/group-by.ts';
import { type Ipv6, isLinkLocal, parseIpv6, parseIpv6Prefix, prefixContains6, stableAddress } from '../../values/ipv6-address.ts';
import { nanos } from '../../values/nanos.ts';
import { type Draft, type DraftNode, durationOf, flagOf } from '../draft/draft.ts';
import type { RawLabFile } from '../draft/raw.ts';
import type { RawIpv6 } from '../draft/raw-ipv6.ts';
import type { Segments } from '../draft/segments.ts';
import { listOf } from './links.ts';

const INTERVAL = nanos(10e9);
/** AdvDefaultLifetime of common routers (RFC 4861, section 6.2.1: three times the interval at least). */
const LIFETIME = nanos(1800e9);
const NANOS_PER_SECOND = 1e9;
/** The field has 16 bits; RFC 4861 allows 9,000 s. */
const LIFETIME_MAX_SECONDS = 9000;

/** What says how SLAAC makes addresses. */
const OF_SLAAC = ['interface-ids', 'duplicate-address-detection'] as const;

/** Adds `ipv6` to the interfaces whose node says it. */
export function resolveIpv6(draft: Draft, file: RawLabFile): void {
  const pairs = new Map<string, string>();
  for (const [pair, raw] of Object.entries(file.ha ?? {})) {
    for (const member of raw?.members ?? []) if (member?.node !== undefined) pairs.set(member.node, pair);
  }
  for (const node of draft.nodes.values()) {
    for (const [name, raw] of Object.entries(node.raw.interfaces ?? {})) {
      const iface = draft.interfaces.get(`${node.name}:${name}`);
      if (raw?.ipv6 === undefined || iface === undefined) continue;
      if (!mayHaveIpv6(draft, node, iface)) continue;
      const secret = `${file.seed ?? 0}\0${pairs.has(node.name) ? `pair ${pairs.get(node.name)}` : `node ${node.name}`}`;
      draft.interfaces.set(endpointOf(iface), { ...iface, ipv6: settingsOf(draft, node, iface, raw.ipv6 ?? {}, secret) });
    }
  }
}

function mayHaveIpv6(draft: Draft, node: DraftNode, { name, mode, parent, interfaceId }: LabInterface): boolean {
  const why =
    parent !== undefined
      ? 'a subinterface'
      : mode !== 'layer3' || name === 'mgmt'
        ? `an interface of mode ${mode === 'layer3' ? 'management' : mode}`
        : isLogical({ interfaceId })
          ? 'no interface of a NIC'
          : '';
  if (why !== '')
    draft.errorAtKey(draft.where(node, 'interfaces', name, 'ipv6'), `${node.name}:${name} is ${why}, which has no IPv6`);
  return why === '';
}

function settingsOf(draft: Draft, node: DraftNode, iface: LabInterface, raw: RawIpv6, secret: string): Ipv6Settings {
  const prefixes = (texts: string | readonly (string | undefined)[] | undefined) =>
    (listOf(texts) ?? []).map((text) => parseIpv6Prefix(text ?? '')).filter((one) => one !== null);
  const linkLocal = parseIpv6(raw['link-local'] ?? '');
  const usesSlaac = flagOf(raw.slaac, false);
  const advertises = advertisesOf(draft, node, iface, raw);
  if (node.kind === 'host') refuseOfRouters(draft, node, iface, raw, advertises !== null);
  else refuseOfHosts(draft, node, iface, raw);
  const stable = prefixes(raw.stable).map((network) => ({
    address: stableAddress(network.address, iface.name, secret),
    prefix: network.prefix,
    origin: 'stable' as const,
  }));
  const ids = raw['interface-ids'] ?? 'eui64';
  const isRouter = node.kind !== 'host';
  return {
    addresses: [...prefixes(raw.addresses).map((one) => ({ ...one, origin: 'static' as const })), ...stable],
    eui64: prefixes(raw.eui64),
    ...(linkLocal !== null && { linkLocal }),
    ...(usesSlaac && { slaac: ids, ...detectionOf(raw), ...(ids === 'stable' && { secret }) }),
    ...(advertises !== null && { advertises }),
    ...(isRouter && !flagOf(raw['router-flag'], true) && { lacksRouterFlag: true }),
  };
}

function detectionOf({ 'duplicate-address-detection': says }: RawIpv6): Pick<Ipv6Settings, 'duplicateDetection'> {
  if (says === 'optimistic') return { duplicateDetection: 'optimistic' };
  return flagOf(says, false) ? { duplicateDetection: 'on' } : {};
}

/** Refuses what a host would ignore: it is no router (RFC 4861, section 6.2.2), and interface ids are those of SLAAC. */
function refuseOfRouters(draft: Draft, node: DraftNode, { name }: LabInterface, raw: RawIpv6, advertises: boolean): void {
  const path = (property: string) => draft.where(node, 'interfaces', name, 'ipv6', property);
  if (advertises)
    draft.errorAtKey(path('router-advertisements'), `${node.name} is a host; routers and firewalls advertise themselves`, {
      remedy: 'leave router-advertisements out',
    });
  if (raw['router-flag'] !== undefined)
    draft.errorAtKey(
      path('router-flag'),
      `${node.name} is a host; only advertisements of routers and firewalls have the router flag`,
      {
        remedy: 'leave router-flag out',
      },
    );
  if (flagOf(raw.slaac, false) || draft.isNodeBroken(node, 'interfaces', name, 'ipv6', 'slaac')) return;
  for (const property of OF_SLAAC.filter((one) => raw[one] !== undefined)) {
    draft.errorAtKey(path(property), `${node.name}:${name} has ${property}, but makes no addresses by SLAAC`, {
      remedy: `write slaac: on, or leave ${property} out`,
    });
  }
}

/** Refuses what a router or firewall would ignore: SLAAC is of hosts (RFC 4862, section 1). */
function refuseOfHosts(draft: Draft, node: DraftNode, { name }: LabInterface, raw: RawIpv6): void {
  const message = `${node.name} is a ${node.kind}; only hosts make addresses by SLAAC`;
  const asked = [...(flagOf(raw.slaac, false) ? ['slaac'] : []), ...OF_SLAAC.filter((property) => raw[property] !== undefined)];
  for (const property of asked) {
    draft.errorAtKey(draft.where(node, 'interfaces', name, 'ipv6', property), message, {
      remedy: `leave ${property} out; name networks in eui64 or stable`,
    });
  }
}

function advertisesOf(draft: Draft, node: DraftNode, { name }: LabInterface, raw: RawIpv6): RouterAdvertising | null {
  const says = raw['router-advertisements'];
  const settings = typeof says === 'object' ? says : {};
  if (typeof says !== 'object' && !flagOf(says, false)) return null;
  const lifetimeSeconds = durationOf(settings.lifetime, LIFETIME) / NANOS_PER_SECOND;
  const intervalNs = durationOf(settings.interval, INTERVAL);
  const path = (property: string) => draft.where(node, 'interfaces', name, 'ipv6', 'router-advertisements', property);
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds > LIFETIME_MAX_SECONDS)
    draft.error(path('lifetime'), `expected whole seconds, at most ${LIFETIME_MAX_SECONDS}s`);
  if (intervalNs < NANOS_PER_SECOND) draft.error(path('interval'), 'expected at least 1s');
  return { intervalNs, lifetimeSeconds };
}

/** Addresses once in a segment, next hops in a network of the node. Addresses made from MACs differ as MACs do. */
export function checkIpv6(draft: Draft, lab: Lab, segments: Segments): void {
  const owned = lab.interfaces.flatMap((iface) => (iface.ipv6?.addresses ?? []).map(({ address }) => ({ iface, address })));
  for (const owners of groupBy(owned, ({ iface, address }) => `${segments.get(endpointOf(iface))} ${address}`).values()) {
    const [first, ...others] = draft.inFileOrder(owners.map(({ iface }) => iface));
    for (const iface of others) {
      if (first === undefined || areOnePair(lab, first, iface)) continue;
      draft.error(placeOf(draft, endpointOf(iface)), `${owners[0]?.address} is also the address of ${endpointOf(first)}`);
    }
  }
  checkStrict(draft, lab);
  for (const node of lab.nodes) {
    if (!isGuest(node) || !('routes6' in node)) continue;
    const nets = lab.interfaces.filter((iface) => iface.node === node.name).flatMap(({ ipv6 }) => (ipv6 ? networksOf(ipv6) : []));
    for (const { via } of node.routes6 ?? []) {
      if (nets.some((net) => prefixContains6(net, via as Ipv6))) continue;
      const draftNode = draft.nodes.get(node.name);
      if (draftNode === undefined) continue;
      const path = draft.where(draftNode, draftNode.raw['ipv6-gateway'] === undefined ? 'routes' : 'ipv6-gateway');
      const hint = isLinkLocal(via) ? 'name an address that is not link-local' : undefined;
      draft.error(path, `${via} is in no IPv6 network of ${node.name}'s interfaces`, hint === undefined ? {} : { remedy: hint });
    }
  }
}

/** Rule EUI-03: what a strict pair refuses of a commit, it refuses of the file. */
function checkStrict(draft: Draft, lab: Lab): void {
  for (const pair of lab.haPairs.filter(({ strict }) => strict === true)) {
    for (const { node } of pair.members) {
      const firewall = lab.nodes.find(({ name }) => name === node);
      const faults = firewall?.kind === 'firewall' && firewall.useHypervisorMac ? eui64Faults(lab, node, pair) : [];
      const remedy = 'write addresses or stable instead of eui64, or use-hypervisor-mac: off';
      for (const fault of faults) draft.errorAtKey(['ha', pair.name, 'strict'], fault, { rule: 'EUI-03', remedy });
    }
  }
}

function areOnePair(lab: Lab, a: LabInterface, b: LabInterface): boolean {
  const isPair = lab.haPairs.some(({ members }) => members.every(({ node }) => node === a.node || node === b.node));
  return isPair && a.name === b.name && a.node !== b.node;
}

function placeOf(draft: Draft, endpoint: Endpoint) {
  return [...draft.whereInterface(endpoint), 'ipv6'];
}
