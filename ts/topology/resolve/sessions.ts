/** Zones, policies and NAT of a firewall, once its interfaces are known. */
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { HaPair } from '../../model/lab/ha-pair.ts';
import {
  type PortRange,
  poolContains,
  poolSize,
  SESSION_TIMEOUTS_S,
  type SecurityPolicy,
  type Sessions,
  type SessionTimeout,
  type SourceNat,
  type Zone,
  type ZoneNames,
} from '../../model/lab/sessions.ts';
import { canonicalJson } from '../../values/canonical-json.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { type Ipv4, type Ipv4Prefix, parseIpv4Prefix, parseIpv4Range } from '../../values/ipv4-address.ts';
import { nanos } from '../../values/nanos.ts';
import { parsePortRange } from '../../values/quantities.ts';
import { type Draft, type DraftNode, durationOf } from '../draft/draft.ts';
import { POOL_ADDRESSES_MAX, SESSIONS_DEFAULT } from '../draft/limits.ts';
import type { RawNat, RawSecurityPolicy, RawZoneNames } from '../draft/raw.ts';

const ANY = 'any';
const EVERYWHERE: Ipv4Prefix = { address: '0.0.0.0' as Ipv4, prefix: 0 };
const ALL_PORTS: PortRange = { first: 0, last: 65_535 };
/** PAN-OS translates to ports from 1024 on. */
const POOL_PORTS: PortRange = { first: 1024, last: 65_535 };

/** Gives firewalls with zones their sessions, and says what is wrong with them. */
export function resolveSessions(draft: Draft): void {
  for (const node of draft.nodes.values()) {
    const firewall = draft.resolved.get(node.name);
    if (firewall?.kind !== 'firewall') continue;
    if (node.raw.zones === undefined) checkWithoutZones(draft, node);
    else draft.resolved.set(node.name, { ...firewall, sessions: sessionsOf(draft, node) });
  }
}

function checkWithoutZones(draft: Draft, node: DraftNode): void {
  for (const property of ['policies', 'nat', 'sessions'] as const) {
    if (node.raw[property] === undefined || draft.isNodeBroken(node, 'zones')) continue;
    const remedy = `add zones to ${node.name}, or remove ${property}`;
    draft.errorAtKey(draft.where(node, property), `${node.name} has ${property}, but no zones: it forwards each packet by itself`, {
      remedy,
    });
  }
}

function sessionsOf(draft: Draft, node: DraftNode): Sessions {
  const { zones: raw = {}, policies = [], nat = [], sessions = {} } = node.raw;
  const zones = Object.entries(raw).map(([name, names]) => zoneFrom(draft, node, name, names ?? []));
  checkInterfaces(draft, node, zones);
  const timeouts = Object.entries(SESSION_TIMEOUTS_S).map(([name, seconds]) => [
    name,
    durationOf(sessions.timeouts?.[name as SessionTimeout], nanos(seconds * 1e9)),
  ]);
  const rules = nat.flatMap((rule, index) => (rule === undefined ? [] : natFrom(draft, node, index, rule, zones)));
  checkPools(draft, node, rules);
  return {
    zones,
    policies: policies.flatMap((policy, index) => (policy === undefined ? [] : [policyFrom(draft, node, index, policy, zones)])),
    nat: rules.map(({ rule }) => rule),
    max: sessions.max ?? SESSIONS_DEFAULT,
    timeoutsNs: Object.fromEntries(timeouts),
    withoutSyn: sessions['tcp-without-syn'] ?? 'drop',
  };
}

function zoneFrom(draft: Draft, node: DraftNode, name: string, names: readonly (string | undefined)[]): Zone {
  if (name === ANY)
    draft.errorAtKey(draft.where(node, 'zones', name), '"any" stands for every zone, and cannot be the name of one');
  return { name, interfaces: names.filter((one) => one !== undefined) };
}

/** An interface of a zone exists, routes, and is in no other. */
function checkInterfaces(draft: Draft, node: DraftNode, zones: readonly Zone[]): void {
  const zoneOf = new Map<string, string>();
  for (const [zone, names] of Object.entries(node.raw.zones ?? {})) {
    names?.forEach((name, index) => {
      if (name === undefined) return;
      const path = draft.where(node, 'zones', zone, index);
      const iface = draft.interfaceNamed(`${node.name}:${name}`, path);
      const before = zoneOf.get(name);
      if (before !== undefined) draft.error(path, `${node.name}:${name} is already in zone ${before}`);
      else if (iface !== null && (iface.mode !== 'layer3' || name === 'mgmt')) {
        draft.error(
          path,
          `${endpointOf(iface)} ${name === 'mgmt' ? 'is for management' : `is ${iface.mode}`}, and passes on nothing that a zone could hold`,
        );
      }
      zoneOf.set(name, zones.find((one) => one.name === zone)?.name ?? zone);
    });
  }
}

function policyFrom(draft: Draft, node: DraftNode, index: number, raw: RawSecurityPolicy, zones: readonly Zone[]): SecurityPolicy {
  const protocol = raw.protocol ?? ANY;
  if (raw.port !== undefined && protocol !== 'tcp' && protocol !== 'udp') {
    const path = draft.where(node, 'policies', index, 'port');
    draft.errorAtKey(path, `a policy for ${protocol === ANY ? 'any protocol' : protocol} has no port`, {
      remedy: 'add protocol: tcp or udp',
    });
  }
  return {
    name: raw.name ?? '',
    from: zonesFrom(draft, node, ['policies', index, 'from'], raw.from, zones),
    to: zonesFrom(draft, node, ['policies', index, 'to'], raw.to, zones),
    source: networkFrom(raw.source),
    destination: networkFrom(raw.destination),
    protocol,
    ports: parsePortRange(String(raw.port ?? '')) ?? ALL_PORTS,
    action: raw.action ?? 'allow',
  };
}

function natFrom(
  draft: Draft,
  node: DraftNode,
  index: number,
  raw: RawNat,
  zones: readonly Zone[],
): { index: number; rule: SourceNat }[] {
  const range = parseIpv4Range(raw.pool ?? '');
  if (range === null) return [];
  const [first, last] = range;
  const rule: SourceNat = {
    name: raw.name ?? '',
    from: zonesFrom(draft, node, ['nat', index, 'from'], raw.from, zones),
    to: zonesFrom(draft, node, ['nat', index, 'to'], raw.to, zones),
    source: networkFrom(raw.source),
    pool: { first, last },
    ports: parsePortRange(String(raw.ports ?? '')) ?? POOL_PORTS,
  };
  return [{ index, rule }];
}

function networkFrom(text: string | undefined): Ipv4Prefix {
  return parseIpv4Prefix(text ?? '') ?? EVERYWHERE;
}

/** Zones by name. A name that no zone has is an error. */
function zonesFrom(
  draft: Draft,
  node: DraftNode,
  property: readonly (string | number)[],
  raw: RawZoneNames | undefined,
  zones: readonly Zone[],
): ZoneNames {
  const names = typeof raw === 'string' ? [raw] : (raw ?? []).filter((name) => name !== undefined);
  for (const [index, name] of names.entries()) {
    if (name === ANY || zones.some((zone) => zone.name === name)) continue;
    const path = draft.where(node, ...property, ...(typeof raw === 'string' ? [] : [index]));
    const known = zones.map((zone) => zone.name);
    draft.error(path, `${node.name} has no zone "${name}"${suggestion(name, known)}`);
  }
  return names.length === 0 || names.includes(ANY) ? null : names;
}

/** A pool is small enough, and its addresses are nobody else's. */
function checkPools(draft: Draft, node: DraftNode, rules: readonly { index: number; rule: SourceNat }[]): void {
  const addresses = [...draft.interfaces.values()].flatMap((iface) => iface.ipv4.map(({ address }) => ({ iface, address })));
  rules.forEach(({ index, rule }, order) => {
    const path = draft.where(node, 'nat', index, 'pool');
    if (poolSize(rule) > POOL_ADDRESSES_MAX) {
      draft.error(path, `expected at most ${POOL_ADDRESSES_MAX} addresses in a pool, found ${poolSize(rule)}`);
      return;
    }
    const taken = addresses.find(({ address }) => poolContains(rule, address));
    if (taken !== undefined) draft.error(path, `${taken.address} of the pool is the address of ${endpointOf(taken.iface)}`);
    const other = rules.slice(0, order).find((one) => overlap(one.rule, rule));
    if (other !== undefined) draft.error(path, `the pool overlaps that of ${other.rule.name}`);
  });
}

function overlap(a: SourceNat, b: SourceNat): boolean {
  return poolContains(a, b.pool.first) || poolContains(b, a.pool.first);
}

/** The members of a pair have one configuration: a session of one must mean the same to the other. */
export function checkSessionsAlike(draft: Draft, pairs: readonly HaPair[]): void {
  for (const { name, members } of pairs) {
    const [a, b] = members.map(({ node }) => draft.resolved.get(node));
    if (a?.kind !== 'firewall' || b?.kind !== 'firewall') continue;
    if (canonicalJson(a.sessions ?? null) === canonicalJson(b.sessions ?? null)) continue;
    const message = `zones, policies, nat or sessions of ${a.name} and ${b.name} differ; the members of a pair must be alike`;
    draft.errorAtKey(['ha', name], message, { rule: 'HA-19', remedy: 'write them once, in a group of both' });
  }
}
