/** HA pairs: two firewalls joined by HA1 that are otherwise alike (rules HA-01 to HA-20). */
import type { Endpoint } from '../../model/lab/endpoint.ts';
import type { HaMember, HaPair } from '../../model/lab/ha-pair.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import type { Nanos } from '../../values/nanos.ts';
import { type Draft, flagOf } from '../draft/draft.ts';
import type { RawHaMember, RawHaPair, RawLabFile } from '../draft/raw.ts';
import type { Segments } from '../draft/segments.ts';
import type { Path } from '../draft/source-document.ts';
import { resolveCloud } from './cloud.ts';
import { checkAlike } from './ha-alike.ts';
import { resolveMonitors } from './ha-monitors.ts';
import { resolveTimers } from './ha-timers.ts';
import { byCodeUnits } from './inherit.ts';

export const HA1_DEFAULT = 'ha1';
const PRIORITY_DEFAULT = 100;

/** The interfaces that carry HA1, known before interfaces are resolved: it makes their mode. */
export function ha1Endpoints(file: RawLabFile): Set<Endpoint> {
  return new Set(
    Object.values(file.ha ?? {}).flatMap((pair) =>
      (pair.members ?? []).flatMap((member) =>
        [member?.ha1 ?? HA1_DEFAULT, pair['ha1-backup'], pair.ha2, pair['ha2-backup']].flatMap((name) =>
          name === undefined ? [] : `${member?.node}:${name}`,
        ),
      ),
    ),
  );
}

/** @param times of links that come up and of calls to clouds, where a pair says none. */
export function resolveHaPairs(
  draft: Draft,
  pairs: Readonly<Record<string, RawHaPair>>,
  segments: Segments,
  times: { readonly carrierNs?: Nanos; readonly cloudCallNs?: Nanos } = {},
): HaPair[] {
  const taken = new Map<string, string>();
  return Object.keys(pairs)
    .sort(byCodeUnits)
    .flatMap((name) => {
      const raw = pairs[name] ?? {};
      const members = [0, 1].map((index) => resolveMember(draft, name, raw.members?.[index], index, taken));
      const pairTimers = resolveTimers(draft, raw.timers, ['ha', name, 'timers']);
      const [first, second] = members;
      if (!first || !second) return [];
      checkMembers(draft, name, first, second, segments, raw.cloud?.moves === 'routes');
      const pair = { name, mode: 'active-passive', group: raw.group ?? 1, members: [first, second], timers: pairTimers } as const;
      return [
        {
          ...pair,
          ...resolveLinksOf(draft, raw, pair, segments),
          ...resolveMonitors(draft, raw, pair, times.carrierNs),
          ...resolveCloud(draft, raw, pair, times.cloudCallNs),
        },
      ];
    });
}

/** Links beside HA1; what the file leaves out is absent. */
function resolveLinksOf(draft: Draft, raw: RawHaPair, { name, members }: HaPair, segments: Segments): Partial<HaPair> {
  const backup = raw['ha1-backup'];
  if (backup !== undefined) {
    checkSharedLink(draft, ['ha', name, 'ha1-backup'], { what: 'the backup of HA1', name: backup, members }, segments);
  }
  return {
    ...resolveDataLinks(draft, raw, { name, members }, segments),
    ...(backup !== undefined && { ha1Backup: backup }),
    ...(flagOf(raw['ha1-encryption'], false) && { ha1Encryption: true }),
    ...(flagOf(raw['config-sync'], false) && { configSync: true }),
    ...(flagOf(raw.strict, false) && { strict: true }),
    ...(flagOf(raw['heartbeat-backup'], false) && { heartbeatBackup: true }),
  };
}

/** HA2, its backup, and what crosses them. */
function resolveDataLinks(
  draft: Draft,
  raw: RawHaPair,
  { name, members }: Pick<HaPair, 'name' | 'members'>,
  segments: Segments,
): Partial<HaPair> {
  const { ha2, 'ha2-backup': backup } = raw;
  const carried: [string, string][] = raw['ha1-backup'] === undefined ? [] : [[raw['ha1-backup'], 'the backup of HA1']];
  for (const [key, what, port] of [
    ['ha2', 'HA2', ha2],
    ['ha2-backup', 'the backup of HA2', backup],
  ] as const) {
    if (port === undefined) continue;
    checkSharedLink(draft, ['ha', name, key], { what, name: port, members }, segments);
    const taken = carried.find(([other]) => other === port);
    if (taken !== undefined) draft.error(['ha', name, key], `${port} carries ${taken[1]} already`, { rule: 'HA-02' });
    carried.push([port, what]);
  }
  const transport = raw['ha2-transport'];
  const [keepAlive, tables] = [flagOf(raw['ha2-keep-alive'], false), flagOf(raw['ha2-tables'], false)];
  for (const [key, isOn, message] of [
    ['ha2-backup', backup !== undefined, 'a backup of HA2 needs HA2'],
    ['ha2-transport', transport !== undefined, 'a transport is that of HA2'],
    ['ha2-keep-alive', keepAlive, 'keep-alive frames need HA2'],
    ['ha2-tables', tables, 'neighbours and routes need HA2'],
  ] as const) {
    if (ha2 === undefined && isOn) draft.errorAtKey(['ha', name, key], message, { rule: 'HA-02', remedy: 'write ha2: ha2' });
  }
  return {
    ...(ha2 !== undefined && { ha2 }),
    ...(backup !== undefined && { ha2Backup: backup }),
    ...(transport !== undefined && transport !== 'ethernet' && { ha2Transport: transport }),
    ...(keepAlive && { ha2KeepAlive: true }),
    ...(tables && { ha2Tables: true }),
  };
}

/** An HA link that both units have on the interface of that name. */
function checkSharedLink(
  draft: Draft,
  path: Path,
  { what, name, members }: { readonly what: string; readonly name: string; readonly members: HaPair['members'] },
  segments: Segments,
): void {
  const taken = members.find(({ ha1 }) => ha1 === name);
  if (taken !== undefined) {
    draft.error(path, `${taken.node}:${name} carries HA1 already; ${what} needs a port of its own`, { rule: 'HA-02' });
    return;
  }
  const ends = members.map(({ node }) => `${node}:${name}`);
  const isLinked = members.map((member) => checkPort(draft, { node: member.node, name }, what));
  const unlinked = members.filter(({ node }, index) => !isLinked[index] && !draft.isMeant(node, name));
  const near = suggestion(name, draft.interfaceNamesOf(members[0].node));
  for (const { node } of unlinked)
    draft.error(path, `${node}:${name} must carry ${what} but is not linked${near}`, { rule: 'HA-02' });
  const [a = '', b = ''] = ends;
  if (isLinked.includes(false) || segments.get(a) === segments.get(b)) return;
  draft.error(path, `${a} and ${b} carry ${what} but are not linked to each other`, { rule: 'HA-02' });
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
  const preemptive = flagOf(raw.preemptive, false) && ({ preemptive: true } as const);
  return { node: node.name, deviceId, priority: raw.priority ?? PRIORITY_DEFAULT, ha1: raw.ha1 ?? HA1_DEFAULT, ...preemptive };
}

function checkMembers(draft: Draft, pair: string, first: HaMember, second: HaMember, segments: Segments, haveOwn: boolean): void {
  const linked = [first, second].filter(({ node, ha1 }) => checkPort(draft, { node, name: ha1 }, 'HA1'));
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
  checkAlike(draft, pair, first, second, haveOwn);
}

/** Whether the interface that carries an HA link is linked; its mode is checked on the way. */
function checkPort(draft: Draft, { node, name }: { readonly node: string; readonly name: string }, what: string): boolean {
  const endpoint = `${node}:${name}`;
  const mode = draft.interfaces.get(endpoint)?.mode ?? 'ha';
  if (mode !== 'ha') {
    const message = `${endpoint} carries ${what}, so its mode must be ha, not ${mode}`;
    draft.error(draft.whereOfInterface(endpoint, 'mode'), message, { rule: 'HA-02' });
  }
  return draft.ends.has(endpoint);
}
