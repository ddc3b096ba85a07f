/** Leases of addresses: clients and relays among the interfaces, servers with their pools, switches that snoop (rules LEASE-01 to LEASE-08). */
import type { DhcpPool } from '../../model/lab/dhcp.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { ipv4ToNumber, parseIpv4, parseIpv4Prefix, parseIpv4Range, prefixContains } from '../../values/ipv4-address.ts';
import { parseMac } from '../../values/mac.ts';
import { nanos } from '../../values/nanos.ts';
import { type Draft, type DraftNode, durationOf, flagOf } from '../draft/draft.ts';
import { POOL_LEASES_MAX } from '../draft/limits.ts';
import type { RawPool } from '../draft/raw-leases.ts';
import type { Path } from '../draft/source-document.ts';

export const DHCP = 'dhcp';
const LEASE = nanos(3600e9);
const NANOS_PER_SECOND = 1e9;
/** What the messages' field for it holds. */
const LEASE_SECONDS_MAX = 0xffff_fffe;

/** Adds to interfaces and nodes what the file says about leases, and says what is wrong with it. */
export function resolveLeases(draft: Draft): void {
  for (const [endpoint, iface] of draft.interfaces) draft.interfaces.set(endpoint, withLeases(draft, endpoint, iface));
  for (const node of draft.nodes.values()) {
    const resolved = draft.resolved.get(node.name);
    if (resolved === undefined) continue;
    const { dhcp, 'dhcp-snooping': snooping } = node.raw;
    if (dhcp !== undefined && (resolved.kind === 'host' || resolved.kind === 'router' || resolved.kind === 'firewall')) {
      draft.resolved.set(node.name, { ...resolved, dhcpServer: { pools: poolsOf(draft, node) } });
    }
    if (snooping !== undefined && (resolved.kind === 'switch' || resolved.kind === 'bridge')) {
      draft.resolved.set(node.name, { ...resolved, dhcpSnooping: { trusted: trustedOf(draft, node) } });
    }
  }
}

function withLeases(draft: Draft, endpoint: Endpoint, iface: LabInterface): LabInterface {
  const { node: name } = splitEndpoint(endpoint);
  const node = draft.nodes.get(name);
  const raw = node?.raw.interfaces?.[iface.name];
  if (node === undefined || !raw) return iface;
  const relays = (raw['dhcp-relay'] ?? []).flatMap((text) => parseIpv4(text ?? '') ?? []);
  if (raw['dhcp-relay'] !== undefined) checkRelay(draft, iface);
  if (raw.ipv4 !== DHCP) {
    if (raw['dhcp-client'] !== undefined && !draft.isNodeBroken(node, 'interfaces', iface.name, 'ipv4')) {
      const message = `${endpoint} has dhcp-client, but an address of its own`;
      draft.errorAtKey(draft.whereOfInterface(endpoint, 'dhcp-client'), message, {
        remedy: 'write ipv4: dhcp, or remove dhcp-client',
      });
    }
    return relays.length === 0 ? iface : { ...iface, dhcpRelay: relays };
  }
  checkClient(draft, node, iface);
  const client = raw['dhcp-client'] ?? {};
  const releaseOnMacChange = flagOf(client['release-on-mac-change'], true);
  const probing = flagOf(client['address-probing'], false) && ({ probesAddress: true } as const);
  return { ...iface, dhcp: { clientId: client['client-id'] ?? 'mac', releaseOnMacChange, ...probing } };
}

function checkClient(draft: Draft, { kind }: DraftNode, iface: LabInterface): void {
  const endpoint = endpointOf(iface);
  const isData = iface.mode === 'layer3' && !(kind === 'firewall' && iface.name === MANAGEMENT);
  if ((kind === 'host' || kind === 'firewall') && isData) return;
  const what = isData ? `${endpoint} is an interface of a ${kind}` : `${endpoint} is no layer-3 data interface`;
  draft.error(draft.whereOfInterface(endpoint, 'ipv4'), `${what}; only data interfaces of hosts and firewalls lease an address`);
}

function checkRelay(draft: Draft, iface: LabInterface): void {
  const endpoint = endpointOf(iface);
  if (iface.mode === 'layer3' && iface.ipv4.length > 0) return;
  const message = `${endpoint} has no address of its own: a relay tells servers by its address which network its clients are in`;
  draft.errorAtKey(draft.whereOfInterface(endpoint, 'dhcp-relay'), message, { rule: 'LEASE-08' });
}

function poolsOf(draft: Draft, node: DraftNode): DhcpPool[] {
  return (node.raw.dhcp?.pools ?? []).flatMap((raw, index) =>
    raw === undefined ? [] : poolOf(draft, draft.where(node, 'dhcp', 'pools', index), raw),
  );
}

function poolOf(draft: Draft, path: Path, raw: RawPool): DhcpPool[] {
  const range = parseIpv4Range(raw.range ?? '');
  const network = parseIpv4Prefix(raw.prefix ?? '');
  if (range === null || network === null) return [];
  const [first, last] = range;
  const gateway = parseIpv4(raw.gateway ?? '');
  const leaseNs = durationOf(raw.lease, LEASE);
  const outside = [first, last].find((ip) => !prefixContains(network, ip));
  if (outside !== undefined) draft.error([...path, 'range'], `${outside} is not in ${raw.prefix}`);
  else if (ipv4ToNumber(last) - ipv4ToNumber(first) >= POOL_LEASES_MAX)
    draft.error([...path, 'range'], `the range has more than ${POOL_LEASES_MAX} addresses`);
  if (gateway !== null && !prefixContains(network, gateway))
    draft.error([...path, 'gateway'], `${gateway} is not in ${raw.prefix}`);
  const seconds = leaseNs / NANOS_PER_SECOND;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LEASE_SECONDS_MAX)
    draft.error([...path, 'lease'], 'a lease lasts whole seconds, at least one', { rule: 'LEASE-05' });
  return [{ first, last, network, gateway, leaseNs, reservations: reservationsOf(draft, path, raw, network) }];
}

function reservationsOf(draft: Draft, path: Path, raw: RawPool, network: DhcpPool['network']): DhcpPool['reservations'] {
  return (raw.reservations ?? []).flatMap((one, index) => {
    const [mac, ip] = [parseMac(one?.mac ?? ''), parseIpv4(one?.ip ?? '')];
    if (mac === null || ip === null) return [];
    if (!prefixContains(network, ip)) draft.error([...path, 'reservations', index, 'ip'], `${ip} is not in ${raw.prefix}`);
    return [{ mac, ip }];
  });
}

function trustedOf(draft: Draft, node: DraftNode): string[] {
  const names = draft.interfaceNamesOf(node.name);
  return (node.raw['dhcp-snooping']?.trusted ?? []).flatMap((name, index) => {
    if (name === undefined) return [];
    if (names.includes(name) || draft.isMeant(node.name, name)) return [name];
    const path = draft.where(node, 'dhcp-snooping', 'trusted', index);
    draft.error(path, `${node.name} has no port "${name}"${suggestion(name, names)}`);
    return [];
  });
}
