/** HA pairs: two firewalls joined by HA1 that are otherwise alike (rules HA-01 to HA-20). */
import { interfaceId } from '../../model/hardware/firewall-mac.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { HaMember, HaPair, HaTimers } from '../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { type Nanos, nanos } from '../../values/nanos.ts';
import { type Draft, durationOf } from '../draft/draft.ts';
import type { RawHaMember, RawHaPair, RawLabFile } from '../draft/raw.ts';
import type { Segments } from '../draft/segments.ts';
import type { Path } from '../draft/source-document.ts';
import { byCodeUnits } from './inherit.ts';
import { listOf } from './links.ts';

const HA1_DEFAULT = 'ha1';
const PRIORITY_DEFAULT = 100;

/** Vector ha-timeline.json#timers_ms; initial hold by rule HA-01. */
export const HA_TIMERS = {
  recommended: timers(8000, 2000, 2000),
  aggressive: timers(8000, 1000, 500),
} as const;

/** Rule HA-04. */
const HELLO_MIN = nanos(8e9);
const HEARTBEAT_MIN = nanos(1e6);

function timers(helloMs: number, heartbeatMs: number, promotionHoldMs: number): HaTimers {
  return {
    helloNs: nanos(helloMs * 1e6),
    heartbeatNs: nanos(heartbeatMs * 1e6),
    promotionHoldNs: nanos(promotionHoldMs * 1e6),
    initialHoldNs: nanos(60e9),
  };
}

/** The interfaces that carry HA1, known before interfaces are resolved: it makes their mode. */
export function ha1Endpoints(file: RawLabFile): Set<Endpoint> {
  const pairs = Object.values(file.ha ?? {});
  return new Set(pairs.flatMap(({ members = [] }) => members.map((member) => `${member?.node}:${member?.ha1 ?? HA1_DEFAULT}`)));
}

export function resolveHaPairs(draft: Draft, pairs: Readonly<Record<string, RawHaPair>>, segments: Segments): HaPair[] {
  const taken = new Map<string, string>();
  return Object.keys(pairs)
    .sort(byCodeUnits)
    .flatMap((name) => {
      const raw = pairs[name] ?? {};
      const members = [0, 1].map((index) => resolveMember(draft, name, raw.members?.[index], index, taken));
      const pairTimers = resolveTimers(draft, raw.timers, ['ha', name, 'timers']);
      const [first, second] = members;
      if (!first || !second) return [];
      checkMembers(draft, name, first, second, segments);
      return [{ name, mode: 'active-passive', group: raw.group ?? 1, members: [first, second], timers: pairTimers }];
    });
}

function resolveMember(
  draft: Draft,
  pair: string,
  raw: RawHaMember | undefined,
  deviceId: number,
  taken: Map<string, string>,
): HaMember | null {
  if (raw?.node === undefined) return null;
  const path: Path = ['ha', pair, 'members', deviceId];
  const node = draft.nodeNamed(raw.node, [...path, 'node']);
  if (node === null) return null;
  if (node.kind !== 'firewall') {
    draft.error([...path, 'node'], `${node.name} is a ${node.kind}; HA pairs are made of firewalls`);
    return null;
  }
  const before = taken.get(node.name);
  taken.set(node.name, pair);
  if (before !== undefined) {
    draft.error([...path, 'node'], `${node.name} is already a member of HA pair ${before}`);
    return null;
  }
  return { node: node.name, deviceId, priority: raw.priority ?? PRIORITY_DEFAULT, ha1: raw.ha1 ?? HA1_DEFAULT };
}

function resolveTimers(draft: Draft, raw: RawHaPair['timers'], path: Path): HaTimers {
  if (raw === undefined) return HA_TIMERS.recommended;
  if (typeof raw === 'string') return HA_TIMERS[raw];
  const usual = HA_TIMERS.recommended;
  const result = {
    helloNs: durationOf(raw.hello, usual.helloNs),
    heartbeatNs: durationOf(raw.heartbeat, usual.heartbeatNs),
    promotionHoldNs: durationOf(raw['promotion-hold'], usual.promotionHoldNs),
    initialHoldNs: durationOf(raw['initial-hold'], usual.initialHoldNs),
  };
  const atLeast = (value: Nanos, least: Nanos, key: 'hello' | 'heartbeat', text: string, rule: string) => {
    if (value < least) draft.error([...path, key], `a ${key} interval must be at least ${text}`, { rule });
  };
  atLeast(result.helloNs, HELLO_MIN, 'hello', '8s', 'HA-04');
  atLeast(result.heartbeatNs, HEARTBEAT_MIN, 'heartbeat', '1ms', 'HA-05');
  return result;
}

function checkMembers(draft: Draft, pair: string, first: HaMember, second: HaMember, segments: Segments): void {
  const linked = [first, second].filter((member) => checkHa1(draft, member));
  const [a, b] = [first, second].map(({ node, ha1 }) => `${node}:${ha1}`);
  const [one, ...more] = [first, second].filter((member) => !linked.includes(member) && !draft.isMeant(member.node, member.ha1));
  if (one !== undefined && more.length === 0) {
    const near = draft.interfaces.has(`${one.node}:${one.ha1}`) ? '' : suggestion(one.ha1, draft.interfaceNamesOf(one.node));
    draft.errorAtKey(['ha', pair, 'members', one.deviceId], `${one.node}:${one.ha1} must carry HA1 but is not linked${near}`, {
      rule: 'HA-02',
    });
  } else if (one !== undefined) {
    draft.errorAtKey(['ha', pair], `${a} and ${b} must carry HA1 but are not linked to each other`, { rule: 'HA-02' });
  } else if (linked.length === 2 && segments.get(a ?? '') !== segments.get(b ?? '')) {
    draft.errorAtKey(['ha', pair], `${a} and ${b} carry HA1 but are not linked to each other`, { rule: 'HA-02' });
  }
  checkAlike(draft, pair, first, second);
}

/** Whether the interface that carries HA1 is linked; its mode is checked on the way. */
function checkHa1(draft: Draft, { node, ha1 }: HaMember): boolean {
  const endpoint = `${node}:${ha1}`;
  const mode = draft.interfaces.get(endpoint)?.mode ?? 'ha';
  if (mode !== 'ha') {
    const message = `${endpoint} carries HA1, so its mode must be ha, not ${mode}`;
    draft.error(draft.whereOfInterface(endpoint, 'mode'), message, { rule: 'HA-02' });
  }
  return draft.ends.has(endpoint);
}

/** The configuration of a pair is one: both members have the same data interfaces with the same modes and addresses. */
function checkAlike(draft: Draft, pair: string, first: HaMember, second: HaMember): void {
  const [left, right] = [dataInterfaces(draft, first), dataInterfaces(draft, second)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(name), right.get(name)];
    if (a !== undefined && b !== undefined) {
      sayDifferent(draft, a, b);
      continue;
    }
    const [has, lacks] = a === undefined ? [second.node, first.node] : [first.node, second.node];
    // An interface that leads nowhere, or that no firewall has, was told already.
    const told = !draft.ends.has(`${has}:${name}`) || interfaceId(name) === null || draft.isMeant(lacks, name);
    if (!told) draft.errorAtKey(['ha', pair], `${has} has ${name} but ${lacks} does not; the members of a pair must be alike`);
  }
}

function sayDifferent(draft: Draft, a: LabInterface, b: LabInterface): void {
  const [left, right] = [a, b].map(({ mode, ipv4 }) =>
    [mode, ...ipv4.map(({ address, prefix }) => `${address}/${prefix}`)].join(' '),
  );
  if (left === right || isBrokenInterface(draft, a) || isBrokenInterface(draft, b)) return;
  const message = `${endpointOf(b)} (${right}) differs from ${endpointOf(a)} (${left}); the members of a pair must be alike`;
  draft.error(draft.whereOfInterface(endpointOf(b), a.mode === b.mode ? 'ipv4' : 'mode'), message);
}

function dataInterfaces(draft: Draft, { node, ha1 }: HaMember): Map<string, LabInterface> {
  const isData = ({ mode, name }: LabInterface) => mode !== 'ha' && name !== 'mgmt' && name !== ha1;
  return new Map(
    [...draft.interfaces.values()].filter((iface) => iface.node === node && isData(iface)).map((iface) => [iface.name, iface]),
  );
}

function isBrokenInterface(draft: Draft, { node: nodeName, name }: LabInterface): boolean {
  const node = draft.nodes.get(nodeName);
  const count = listOf(node?.raw.interfaces?.[name]?.ipv4)?.length ?? 0;
  const paths = [
    [],
    [name],
    [name, 'mode'],
    [name, 'ipv4'],
    ...Array.from({ length: count + 1 }, (_, index) => [name, 'ipv4', index]),
  ];
  return node !== undefined && paths.some((path) => draft.isNodeBroken(node, 'interfaces', ...path));
}
