/** Session tables into linear memory, as the definition has them; and what that takes of it. */
import * as L from '../../asm/memory/layout.ts';
import * as S from '../../asm/memory/session-layout.ts';
import { type LabIndex, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import type { Firewall } from '../model/lab/nodes.ts';
import {
  type PolicyAction,
  type PolicyProtocol,
  poolSize,
  SESSION_TIMEOUTS,
  type Sessions,
  type SourceNat,
  type WithoutSyn,
  type ZoneNames,
} from '../model/lab/sessions.ts';
import { type Ipv4Prefix, ipv4ToNumber } from '../values/ipv4-address.ts';
import type { Dataplane } from './dataplane.ts';
import { wholeLines } from './io-size.ts';

const ACTIONS: Readonly<Record<PolicyAction | WithoutSyn, number>> = {
  allow: S.ACTION_ALLOW,
  accept: S.ACTION_ALLOW,
  deny: S.ACTION_DENY,
  drop: S.ACTION_DENY,
  reset: S.ACTION_RESET,
};
const PROTOCOLS: Readonly<Record<PolicyProtocol, number>> = { any: S.ANY_PROTOCOL, tcp: 6, udp: 17, icmp: 1 };
/** Of a rule for any zone: all bits but that of interfaces in no zone. */
const ANY_ZONE = 0xffff_fffe;
const PORTS_PER_WORD = 64;

/** Slots of the index: two keys a session, and no more than half of them used. */
export function slotsFor(max: number): number {
  let slots = 4;
  while (slots < max * 4) slots *= 2;
  return slots;
}

/** Port maps: a bit for each port of each address and protocol of a pool (asm/session/translation.ts). */
function mapBytes(sessions: Sessions): number {
  return sessions.nat.reduce((sum, rule) => {
    const words = Math.ceil((rule.ports.last - rule.ports.first + 1) / PORTS_PER_WORD);
    return sum + poolSize(rule) * S.POOL_PROTOCOLS * words * 8;
  }, 0);
}

/** Bytes of the block of a firewall's session table; 0 for one without zones. `ports` is how many interfaces it has. */
export function sessionBytes({ sessions }: Firewall, ports: number): number {
  if (sessions === undefined) return 0;
  const { max, policies, nat } = sessions;
  return tableBytes({ max, policies: policies.length, translations: nat.length, mapBytes: mapBytes(sessions), ports });
}

export interface TableSize {
  readonly max: number;
  readonly policies: number;
  readonly translations: number;
  readonly mapBytes: number;
  readonly ports: number;
}

/** Bytes of a session table with everything that belongs to it. */
export function tableBytes({ max, policies, translations, mapBytes: maps, ports }: TableSize): number {
  const rules = wholeLines(policies * S.POLICY_BYTES) + translations * S.TRANSLATION_BYTES;
  const table = slotsFor(max) * S.SESSION_KEY_BYTES + max * S.SESSION_BYTES;
  // One block: an index of four slots, that of a single session, does not fill a line.
  return wholeLines(S.SESSION_TABLE_BYTES + wholeLines(ports) + rules + table + wholeLines(maps));
}

/** Gives a firewall its session table. Ports are configured already. @param syncTimer null where no peer hears of its sessions. */
export function configureSessions(
  { control }: Dataplane,
  index: LabIndex,
  { name, sessions }: Firewall,
  syncTimer: number | null,
): void {
  if (sessions === undefined) return;
  const node = nodeNumber(index, name);
  control.configureSessions({
    node,
    max: sessions.max,
    slots: slotsFor(sessions.max),
    policies: sessions.policies.length,
    translations: sessions.nat.length,
    mapBytes: mapBytes(sessions),
    withoutSyn: ACTIONS[sessions.withoutSyn],
    syncTimer: syncTimer ?? L.NONE,
  });
  SESSION_TIMEOUTS.forEach((timeout, number) => {
    control.setSessionTimeout(node, number, BigInt(sessions.timeoutsNs[timeout]));
  });
  sessions.zones.forEach(({ interfaces }, number) => {
    for (const iface of interfaces) control.setZone(portOf(index, `${name}:${iface}`), number + 1);
  });
  for (const policy of sessions.policies) {
    control.addPolicy({
      node,
      ...zonesOf(sessions, policy),
      ...sourceOf(policy.source),
      destination: ipv4ToNumber(policy.destination.address),
      destinationMask: maskOf(policy.destination),
      protocol: PROTOCOLS[policy.protocol],
      firstPort: policy.ports.first,
      lastPort: policy.ports.last,
      action: ACTIONS[policy.action],
    });
  }
  for (const rule of sessions.nat) addTranslation({ control }, node, sessions, rule);
}

function addTranslation({ control }: Pick<Dataplane, 'control'>, node: number, sessions: Sessions, rule: SourceNat): void {
  control.addTranslation({
    node,
    ...zonesOf(sessions, rule),
    ...sourceOf(rule.source),
    first: ipv4ToNumber(rule.pool.first),
    last: ipv4ToNumber(rule.pool.last),
    firstPort: rule.ports.first,
    lastPort: rule.ports.last,
  });
}

function zonesOf({ zones }: Sessions, { from, to }: { readonly from: ZoneNames; readonly to: ZoneNames }) {
  const bits = (names: ZoneNames) =>
    names === null
      ? ANY_ZONE
      : zones.reduce((word, { name }, number) => (names.includes(name) ? word | (1 << (number + 1)) : word), 0) >>> 0;
  return { fromZones: bits(from), toZones: bits(to) };
}

function sourceOf(source: Ipv4Prefix): { readonly source: number; readonly sourceMask: number } {
  return { source: ipv4ToNumber(source.address), sourceMask: maskOf(source) };
}

function maskOf({ prefix }: Ipv4Prefix): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}
