/**
 * Ports of switches. A vSwitch's port takes what it does not say itself from its port group, and what neither says from the
 * switch (rule VSW-15); port groups end here: a resolved lab has only ports.
 *
 * Decision someone may dispute: each policy is inherited for itself, but MAC learning as a whole, as vSphere does it. A port
 * that says `mac-learning: { limit: 2 }` takes no other setting of learning from its group.
 */
import type { LabInterface, PortSecurity } from '../../model/lab/interfaces.ts';
import type { MacLearning, NodeKind, VSwitch } from '../../model/lab/nodes.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { groupBy } from '../../values/group-by.ts';
import { formatSeconds, type Nanos } from '../../values/nanos.ts';
import { type Draft, type DraftNode, flagOf } from '../draft/draft.ts';
import type { RawPort, RawPortGroup } from '../draft/raw.ts';
import type { Path } from '../draft/source-document.ts';
import { PORT_PROPERTIES } from '../schema/port.ts';
import { LEARNING_AGEING, learningOf, policyOf } from './nodes.ts';

const UNSECURED: PortSecurity = { trusted: false, arpPerSecond: 0, macLimit: 0, onViolation: 'drop' };

export function portOf(draft: Draft, node: DraftNode, kind: NodeKind, name: string, mtu: number): LabInterface {
  const raw = ofKind(node.raw.ports?.[name] ?? {}, kind);
  const isUplink = kind === 'vswitch' && (node.raw.uplinks ?? []).includes(name);
  if (isUplink) sayUplinkSettings(draft, node, name, raw);
  const group = kind === 'vswitch' ? groupOf(draft, node, name, raw) : {};
  const policy = { ...policyOf(group), ...policyOf(raw) };
  const learning = kind === 'vswitch' ? learningOfPort(draft, node, raw, group) : undefined;
  const security = securityOf(raw);
  return {
    node: node.name,
    name,
    mode: isUplink ? 'uplink' : 'port',
    mac: null,
    ipv4: [],
    mtu,
    vlan: raw.vlan ?? group.vlan ?? 0,
    policy: Object.keys(policy).length > 0 ? policy : null,
    ...(learning !== undefined && { learning }),
    ...(security !== null && { security }),
    ...(raw.bond !== undefined && { bond: raw.bond }),
    interfaceId: 0,
  };
}

/** What defaults and groups of nodes say of ports of other kinds is not for this one; in a node itself it was an error. */
function ofKind(port: RawPort, kind: NodeKind): RawPort {
  const known = PORT_PROPERTIES[kind] ?? [];
  return Object.fromEntries(Object.entries(port).filter(([property]) => known.includes(property)));
}

function sayUplinkSettings(draft: Draft, node: DraftNode, name: string, raw: RawPort): void {
  const [property] = Object.keys(raw);
  if (property === undefined) return;
  const message = `${node.name}:${name} is an uplink; "${property}" applies to ports of guests`;
  draft.errorAtKey(draft.where(node, 'ports', name, property), message, { rule: 'VSW-15' });
}

/** The settings of a port's group; none where it names no group, or an unknown one, which is an error. */
function groupOf(draft: Draft, node: DraftNode, name: string, { group }: RawPort): RawPortGroup {
  const groups = node.raw['port-groups'] ?? {};
  if (group === undefined) return {};
  if (Object.hasOwn(groups, group)) return groups[group] ?? {};
  if (!draft.isNodeBroken(node, 'port-groups') && !draft.isNodeBroken(node, 'port-groups', group)) {
    const message = `${node.name} has no port group "${group}"${suggestion(group, Object.keys(groups))}`;
    draft.error(draft.where(node, 'ports', name, 'group'), message);
  }
  return {};
}

/** Undefined for a port that learns, or does not, as its switch does. */
function learningOfPort(draft: Draft, node: DraftNode, port: RawPort, group: RawPortGroup): MacLearning | null | undefined {
  const raw = port['mac-learning'] ?? group['mac-learning'];
  return raw === undefined ? undefined : learningOf(raw, ageingOf(draft, node));
}

/** One table, one ageing time: the switch's, else the first that a port group or port says, else the default. */
function ageingOf(draft: Draft, node: DraftNode): Nanos {
  const vswitch = draft.resolved.get(node.name) as VSwitch | undefined;
  if (vswitch?.learning) return vswitch.learning.ageingNs;
  return learningSettings(node)[0]?.ageingNs ?? LEARNING_AGEING;
}

/** Ageing times that port groups and ports say themselves, in the order of names, and where. */
function learningSettings(node: DraftNode): { readonly ageingNs: Nanos; readonly property: readonly string[] }[] {
  return (['port-groups', 'ports'] as const).flatMap((section) =>
    Object.entries(node.raw[section] ?? {}).flatMap(([name, settings]) => {
      const raw = settings?.['mac-learning'];
      if (typeof raw !== 'object' || raw.ageing === undefined) return [];
      const learning = learningOf(raw, LEARNING_AGEING);
      return learning === null ? [] : [{ ageingNs: learning.ageingNs, property: [section, name, 'mac-learning', 'ageing'] }];
    }),
  );
}

/** Rule HST-02: a bond acts as one port, so it has several members, all of one VLAN. */
export function checkBonds(draft: Draft): void {
  const members = [...draft.interfaces.values()].filter(({ bond }) => bond !== undefined);
  for (const [first, ...others] of groupBy(members, ({ node, bond }) => `${node}:${bond}`).values()) {
    const node = draft.nodes.get(first?.node ?? '');
    if (first === undefined || node === undefined) continue;
    const path = (name: string, property: string) => draft.where(node, 'ports', name, property);
    if (others.length === 0)
      draft.error(path(first.name, 'bond'), `bond ${first.bond} has one member; expected at least two`, { rule: 'HST-02' });
    for (const { name, vlan } of others) {
      if (vlan === first.vlan) continue;
      draft.error(path(name, 'bond'), `${name} has VLAN ${vlan}, ${first.name} of the same bond ${first.vlan}`, { rule: 'HST-02' });
    }
  }
}

/** Two ageing times in one vSwitch are a mistake: it has one table. */
export function checkAgeing(draft: Draft): void {
  for (const node of draft.nodes.values()) {
    if (node.kind !== 'vswitch') continue;
    const ageingNs = ageingOf(draft, node);
    for (const other of learningSettings(node)) {
      if (other.ageingNs === ageingNs) continue;
      const path: Path = draft.where(node, ...other.property);
      draft.error(path, `${node.name} has an ageing time of ${formatSeconds(ageingNs)} s, and a switch has only one`, {
        rule: 'LRN-01',
      });
    }
  }
}

/** What a port of a physical switch allows; null where that is everything. */
function securityOf(raw: RawPort): PortSecurity | null {
  const security: PortSecurity = {
    trusted: flagOf(raw.trusted, UNSECURED.trusted),
    arpPerSecond: raw['arp-limit'] ?? UNSECURED.arpPerSecond,
    macLimit: raw['mac-limit'] ?? UNSECURED.macLimit,
    onViolation: raw.violation ?? UNSECURED.onViolation,
  };
  return JSON.stringify(security) === JSON.stringify(UNSECURED) ? null : security;
}
