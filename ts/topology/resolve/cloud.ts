/** Pairs in clouds (rule HA-22): what their API moves, and the fabrics that their data interfaces need. */
import { isCloud, type Platform } from '../../model/hardware/platforms.ts';
import { type CloudMoves, type Fabric, type LoadBalancer, PAIR_CLOUDS } from '../../model/lab/cloud.ts';
import { PUBLISHED_TIMES } from '../../model/lab/control-plane.ts';
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { HaPair } from '../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { type Nanos, nanos } from '../../values/nanos.ts';
import { type Draft, type DraftNode, durationOf } from '../draft/draft.ts';
import type { RawHaPair } from '../draft/raw.ts';

/** @param call how long a call takes where the pair does not say it (rule COST-09). */
export function resolveCloud(
  draft: Draft,
  raw: RawHaPair,
  { name, members }: Pick<HaPair, 'name' | 'members'>,
  call: Nanos = PUBLISHED_TIMES.cloudCallNs,
): Pick<HaPair, 'cloud'> {
  const [one = 'esxi', other = one] = members.map(({ node }) => platformOf(draft, node));
  const isBuilt = PAIR_CLOUDS.some((fabric) => fabric === one);
  if (raw.cloud !== undefined && !isCloud(one)) {
    const message = `pair ${name} runs on ${one}, which is no cloud: there gratuitous ARP moves its addresses`;
    draft.errorAtKey(['ha', name, 'cloud'], message, { rule: 'HA-22', remedy: 'remove cloud' });
  }
  if (one !== other && (isCloud(one) || isCloud(other))) {
    const message = `one unit of HA pair ${name} is on ${one}, the other is on ${other}: no API moves an address from one to the other`;
    draft.errorAtKey(['ha', name], message, { rule: 'HA-22', remedy: 'put both units on one platform' });
    return {};
  }
  if (!isBuilt) return {};
  for (const { node } of members) sayWithoutFabric(draft, name, node, one);
  return { cloud: { moves: movesOf(draft, raw, { name, members }), takesNs: durationOf(raw.cloud?.takes, call) } };
}

/** Interfaces move where both units have `ha-mode: interface-move`, which takes DPDK from them (rule IOM-03). */
function movesOf(draft: Draft, raw: RawHaPair, { name, members }: Pick<HaPair, 'name' | 'members'>): CloudMoves {
  const modes = members.map(({ node }) => draft.nodes.get(node)?.raw['ha-mode'] === 'interface-move');
  const moves = raw.cloud?.moves ?? (modes.includes(true) ? 'interfaces' : 'addresses');
  const rule = 'HA-22';
  if (modes.some((isMove) => isMove !== (moves === 'interfaces'))) {
    const message = `pair ${name} moves ${moves}, but ha-mode of ${members.map(({ node }) => node).join(' and ')} is not the same: interfaces move with ha-mode: interface-move at both units, and nothing else does`;
    draft.errorAtKey(['ha', name], message, { rule, remedy: 'write ha-mode: interface-move at both units, or at none' });
  }
  if (moves === 'interfaces' && raw['link-monitoring'] !== undefined) {
    const message = `pair ${name} moves interfaces: the passive unit has none whose link it could monitor`;
    draft.errorAtKey(['ha', name, 'link-monitoring'], message, { rule, remedy: 'remove link-monitoring' });
  }
  return moves;
}

/** Seconds between probes, and probes without an answer: the defaults of a load balancer's probe in Azure. */
const PROBE_INTERVAL = nanos(15_000_000_000);
const PROBE_FAILURES = 2;

/** Rule HA-22: a router of a cloud that spreads packets over firewalls. */
export function loadBalancerOf(draft: Draft, node: DraftNode): { readonly loadBalancer?: LoadBalancer } {
  const { raw } = node;
  const own = raw['load-balancer'];
  if (own === undefined) return {};
  if (raw.fabric === undefined) {
    const message = `${node.name} is no router of a cloud: only those have load balancers`;
    draft.errorAtKey(draft.where(node, 'load-balancer'), message, { rule: 'HA-22', remedy: 'add fabric: azure, aws or gcp' });
  }
  return { loadBalancer: { intervalNs: durationOf(own.interval, PROBE_INTERVAL), failures: own.failures ?? PROBE_FAILURES } };
}

/** In a cloud, nothing but its fabric is behind an interface. */
function sayWithoutFabric(draft: Draft, pair: string, unit: string, platform: Platform): void {
  const isData = ({ node, mode, name }: LabInterface): boolean => node === unit && mode === 'layer3' && name !== 'mgmt';
  for (const iface of [...draft.interfaces.values()].filter(isData)) {
    const { node } = splitEndpoint(draft.peers.get(endpointOf(iface)) ?? '');
    const behind = draft.resolved.get(node);
    if (behind === undefined || (behind.kind === 'switch' && behind.fabric === platform)) continue;
    const message = `HA pair ${pair} is on ${platform}, and ${endpointOf(iface)} is linked to ${node}, which is no fabric of ${platform}: behind it gratuitous ARP would do what it does not do there`;
    const remedy = `link it to a switch with fabric: ${platform}`;
    draft.error(draft.whereInterface(endpointOf(iface)), message, { rule: 'HA-22', remedy });
  }
}

/** What is no guest and no router of the cloud cannot be behind its fabric, and settings of a learning switch mean nothing to it. */
export function checkFabrics(draft: Draft): void {
  for (const node of draft.resolved.values()) {
    if (node.kind === 'switch' && node.fabric !== undefined) checkFabric(draft, node.name, node.fabric);
  }
}

const OF_LEARNING_SWITCHES = ['ageing', 'table-size', 'arp-inspection', 'dhcp-snooping', 'port-channels', 'ports'];

function checkFabric(draft: Draft, name: string, fabric: Fabric): void {
  for (const property of OF_LEARNING_SWITCHES) {
    const path = ['topology', 'nodes', name, property];
    if (draft.written(path) === undefined) continue;
    draft.errorAtKey(path, `${name} is the fabric of ${fabric}, which has no ${property}`, {
      rule: 'HA-22',
      remedy: `remove ${property}`,
    });
  }
  for (const port of draft.interfaceNamesOf(name)) {
    const behind = draft.resolved.get(splitEndpoint(draft.peers.get(`${name}:${port}`) ?? '').node);
    if (behind === undefined || behind.kind === 'host' || behind.kind === 'firewall') continue;
    if (behind.kind === 'router' && (behind.fabric === undefined || behind.fabric === fabric)) continue;
    const message = `${behind.name} is behind ${name}, the fabric of ${fabric}: expected a host, a firewall or a router of ${fabric}`;
    draft.error(draft.whereInterface(`${name}:${port}`), message, { rule: 'HA-22' });
  }
}

function platformOf(draft: Draft, unit: string): Platform {
  const node = draft.resolved.get(unit);
  const host = node?.kind === 'firewall' ? draft.resolved.get(node.on) : undefined;
  return host?.kind === 'hypervisor' ? host.platform : 'esxi';
}
