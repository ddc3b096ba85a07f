/**
 * Aggregates of firewalls and port channels of switches and vSwitches (IEEE 802.1AX): which interfaces are members, and what both ends say in LACP.
 *
 * What an aggregate is as an interface (addresses, mode, VLAN) is written where that of any interface is; a member has a cable and nothing
 * else of its own.
 */
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { type Aggregate, type Lacp, SYSTEM_PRIORITY_DEFAULT } from '../../model/lab/lacp.ts';
import type { NodeKind } from '../../model/lab/nodes.ts';
import { type Mac, parseMac } from '../../values/mac.ts';
import { type Draft, type DraftNode, flagOf } from '../draft/draft.ts';
import { MEMBERS_PER_AGGREGATE_MAX } from '../draft/limits.ts';
import type { RawLacp } from '../draft/raw.ts';
import { deriveMac } from './derive-mac.ts';
import { byCodeUnits } from './inherit.ts';

/** Names of a firewall's aggregates. */
const AGGREGATE_NAME = /^ae[1-9]\d?$/;

/** One aggregate as a file writes it. */
interface RawGroup {
  readonly node: DraftNode;
  readonly name: string;
  readonly property: 'aggregates' | 'port-channels';
  readonly list: 'members' | 'ports';
  readonly members: readonly (string | undefined)[];
  readonly minLinks: number;
  readonly lacp: RawLacp | undefined;
}

/** Whether an interface has no cable of its own because it is an aggregate, or is called like one. */
export function isCalledAggregate(node: DraftNode, name: string): boolean {
  return isAggregateName(node, name) || (node.kind === 'firewall' && AGGREGATE_NAME.test(name));
}

/** Whether a node has an aggregate of that name. */
export function isAggregateName({ raw }: DraftNode, name: string): boolean {
  return Object.hasOwn(raw.aggregates ?? {}, name) || Object.hasOwn(raw['port-channels'] ?? {}, name);
}

/** Names of a node's aggregates, which are interfaces of it. */
export function aggregateNames({ kind, raw }: DraftNode): string[] {
  if (kind === 'firewall') return Object.keys(raw.aggregates ?? {});
  return hasChannels(kind) ? Object.keys(raw['port-channels'] ?? {}) : [];
}

function hasChannels(kind: NodeKind | null): boolean {
  return kind === 'switch' || kind === 'vswitch';
}

/** Says what is wrong with the name of a firewall's interface, as far as it is about aggregates; true for a name of one. */
export function isFirewallAggregate(draft: Draft, node: DraftNode, name: string): boolean {
  if (isAggregateName(node, name) && AGGREGATE_NAME.test(name)) return true;
  if (!AGGREGATE_NAME.test(name)) return false;
  const message = `${node.name}:${name} has no members`;
  draft.errorAtKey(draft.whereInterface(`${node.name}:${name}`), message, {
    remedy: `name ${name} under aggregates of ${node.name}`,
  });
  return true;
}

/** Makes interfaces aggregates and members. Comes after MACs were given: an aggregate has that of its first member (rule MAC-12). */
export function joinAggregates(draft: Draft, macSeed: number): void {
  const taken = new Set([...draft.interfaces.values()].flatMap(({ mac }) => mac ?? []));
  for (const node of draft.nodes.values()) {
    const groups = groupsOf(node).sort((a, b) => byCodeUnits(a.name, b.name));
    const hasLacp = groups.some(({ lacp }) => lacp !== undefined && lacp.mode !== 'off');
    const system = hasChannels(node.kind) && hasLacp ? deriveMac(macSeed, node.name, 'lacp', 'physical', taken) : null;
    for (const [index, group] of groups.entries()) joinGroup(draft, group, index + 1, system);
  }
}

function groupsOf(node: DraftNode): RawGroup[] {
  const { aggregates = {}, 'port-channels': channels = {} } = node.raw;
  if (node.kind === 'firewall') {
    return Object.entries(aggregates).map(([name, { members = [], lacp }]) => {
      return { node, name, property: 'aggregates', list: 'members', members, minLinks: 1, lacp };
    });
  }
  if (!hasChannels(node.kind)) return [];
  return Object.entries(channels).map(([name, { ports = [], lacp, 'min-links': minLinks = 1 }]) => {
    return { node, name, property: 'port-channels', list: 'ports', members: ports, minLinks, lacp };
  });
}

/** @param system the MAC of a switch's system id. */
function joinGroup(draft: Draft, group: RawGroup, key: number, system: Mac | null): void {
  const endpoint = `${group.node.name}:${group.name}`;
  const iface = draft.interfaces.get(endpoint);
  if (iface === undefined) return;
  const members = group.members.flatMap((name, index) => memberOf(draft, group, name, index) ?? []);
  const [first] = members;
  if (first === undefined) return;
  checkGroup(draft, group, iface, members);
  for (const member of members) {
    // A member of a vSwitch's channel is no port of a guest.
    const mode = group.node.kind === 'vswitch' ? 'uplink' : member.mode === 'port' ? 'port' : 'member';
    draft.interfaces.set(endpointOf(member), { ...member, memberOf: group.name, mode });
  }
  // Rule MAC-12: the first member is the one with the lowest id.
  const lowest = [...members].sort((a, b) => a.interfaceId - b.interfaceId)[0] ?? first;
  const { mac, interfaceId } = lowest;
  const isSwitch = group.property === 'port-channels';
  const lacp = lacpOf(draft, group, members, key, parseMac(group.lacp?.['system-mac'] ?? '') ?? system ?? mac);
  const inOrder = isSwitch ? members : [...members].sort((a, b) => a.interfaceId - b.interfaceId);
  const aggregate: Aggregate = { members: inOrder.map(({ name }) => name), minLinks: group.minLinks, ...lacp };
  const ownMtu = group.node.raw.interfaces?.[group.name]?.mtu;
  const mtu = ownMtu === undefined ? first.mtu : iface.mtu;
  draft.interfaces.set(endpoint, { ...iface, aggregate, mtu, ...(!isSwitch && { mac, interfaceId }) });
}

/** The member of that name, where it can be one; null and an error, or silence where that was told, where it cannot. */
function memberOf(draft: Draft, group: RawGroup, name: string | undefined, index: number): LabInterface | null {
  const { node } = group;
  if (name === undefined) return null;
  const path = draft.where(node, group.property, group.name, group.list, index);
  const endpoint: Endpoint = `${node.name}:${name}`;
  const member = draft.interfaces.get(endpoint);
  if (member === undefined) {
    if (!draft.isMeant(node.name, name)) draft.error(path, `${endpoint} is not linked to anything, so it cannot be a member`);
    return null;
  }
  if (member.memberOf !== undefined) draft.error(path, `${endpoint} is already a member of ${member.memberOf}`);
  else if (isAggregateName(node, name)) draft.error(path, `${endpoint} is an aggregate itself`);
  else if (member.parent !== undefined) draft.error(path, `${endpoint} is a subinterface, which has no cable of its own`);
  else if (member.mode !== 'layer3' && member.mode !== 'port')
    draft.error(path, `${endpoint} is ${member.mode}, not an interface for data`);
  else {
    sayOwn(draft, node, group, member);
    return member;
  }
  return null;
}

/** A member has nothing of its own: what it has is the aggregate's. */
function sayOwn(draft: Draft, node: DraftNode, { name: aggregate }: RawGroup, { name, ipv4 }: LabInterface): void {
  const raw = { ...node.raw.interfaces?.[name], ...node.raw.ports?.[name] };
  const own = Object.keys(raw).find((property) => property !== 'mac' && property !== 'nic' && property !== 'accelerated');
  const property = own ?? (ipv4.length > 0 ? 'ipv4' : undefined);
  if (property === undefined) return;
  draft.errorAtKey(
    draft.whereOfInterface(`${node.name}:${name}`, property),
    `${node.name}:${name} is a member of ${aggregate} and has no ${property} of its own`,
    { remedy: `write ${property} at ${aggregate}` },
  );
}

function checkGroup(
  draft: Draft,
  group: RawGroup,
  { node, name, mode, mac }: LabInterface,
  members: readonly LabInterface[],
): void {
  const path = draft.where(group.node, group.property, name);
  if (mac !== null) {
    const message = `${node}:${name} has the MAC of its first member and none of its own`;
    draft.errorAtKey(draft.whereOfInterface(`${node}:${name}`, 'mac'), message, {
      rule: 'MAC-12',
      remedy: 'write mac at the member',
    });
  }
  if (draft.ends.has(`${node}:${name}`)) {
    draft.error(draft.ends.get(`${node}:${name}`)?.path ?? path, `${node}:${name} is an aggregate, which has no cable`, {
      remedy: `link its members: ${members.map((member) => member.name).join(', ')}`,
    });
  }
  if (group.minLinks > members.length) {
    draft.error([...path, 'min-links'], `${name} has ${members.length} members; with min-links ${group.minLinks} it is never up`);
  }
  if (group.node.kind === 'vswitch' && mode !== 'uplink') {
    const message = `${node}:${name} is no uplink: a vSwitch has channels to the physical network only`;
    draft.errorAtKey(path, message, { rule: 'VSW-16', remedy: `add ${name} to the uplinks of ${node}` });
  }
  if (mode === 'tap' || mode === 'virtual-wire' || mode === 'ha') {
    const message = `${node}:${name} is ${mode}: aggregates of this mode are not built yet`;
    draft.errorAtKey(draft.whereOfInterface(`${node}:${name}`, 'mode'), message, {
      remedy: 'use layer3 or layer2 (docs/limitations.md)',
    });
  }
  checkPartners(draft, group, members);
}

/** Members must end at one device that can aggregate, each at a port of its own. */
function checkPartners(draft: Draft, group: RawGroup, members: readonly LabInterface[]): void {
  const peers = members.map((member) => draft.peers.get(endpointOf(member)) ?? '');
  members.forEach((member, index) => {
    const path = draft.where(group.node, group.property, group.name, group.list, group.members.indexOf(member.name));
    const [peer = '', port = ''] = (peers[index] ?? '').split(':');
    const far = draft.nodes.get(peer);
    const kind = far?.kind ?? null;
    if (far === undefined || kind === null || spreads(far, port)) return;
    if (kind !== 'switch' && kind !== 'firewall') {
      draft.error(
        path,
        `${endpointOf(member)} leads to ${peer}, a ${kind}: its frames end there or are spread over its other ports`,
        {
          remedy:
            'link members to a physical switch, a firewall, or uplinks of a vSwitch with teaming: ip-hash (docs/limitations.md)',
        },
      );
    }
  });
}

/** Whether a vSwitch has an uplink in a channel, or spreads frames over it as a static channel wants (rule VSW-16). */
function spreads({ kind, raw }: DraftNode, port: string): boolean {
  if (kind !== 'vswitch') return false;
  const channels = Object.values(raw['port-channels'] ?? {});
  return (
    (raw.teaming === 'ip-hash' && (raw.uplinks ?? []).includes(port)) || channels.some((one) => one?.ports?.includes(port) === true)
  );
}

/** Nothing for a static aggregate. */
function lacpOf(
  draft: Draft,
  group: RawGroup,
  members: readonly LabInterface[],
  key: number,
  system: Mac | null,
): { readonly lacp?: Lacp } {
  const { lacp: raw, node, name, property } = group;
  for (const port of Object.keys(raw?.['port-priority'] ?? {})) {
    if (members.some((member) => member.name === port)) continue;
    const path = draft.where(node, property, name, 'lacp', 'port-priority', port);
    draft.errorAtKey(path, `${port} is no member of ${name}`);
  }
  if (raw === undefined || raw.mode === 'off' || system === null) return {};
  return {
    lacp: {
      mode: raw.mode ?? 'passive',
      rate: raw.rate ?? 'slow',
      systemPriority: raw['system-priority'] ?? SYSTEM_PRIORITY_DEFAULT,
      system,
      key,
      portPriorities: { ...raw['port-priority'] },
      maxPorts: raw['max-ports'] ?? MEMBERS_PER_AGGREGATE_MAX,
      ...(flagOf(raw['fast-failover'], false) && { fastFailover: true }),
      ...(flagOf(raw['pre-negotiation'], false) && { preNegotiation: true }),
    },
  };
}
