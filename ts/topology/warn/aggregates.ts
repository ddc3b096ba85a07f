/** Aggregates whose two ends do not fit (IEEE 802.1AX): they are allowed, and use fewer cables than they have, or lose frames. */
import { type AggregateInterface, isAggregate, membersOf } from '../../model/lab/aggregates.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Problem } from '../draft/draft.ts';
import { idle, type Setting } from './idle.ts';
import { atProperty, type LabView } from './lab-view.ts';

/** A member, and what is at the other end of its cable. */
interface Cable {
  readonly iface: AggregateInterface;
  readonly member: Endpoint;
  readonly peer: LabInterface;
  /** The aggregate that the other end is a member of. */
  readonly across: AggregateInterface | null;
}

/** What an aggregate is written under, and its list of members. */
function placeOf(view: LabView, { node, name }: AggregateInterface, ...property: readonly string[]) {
  const section = view.nodes.get(node)?.kind === 'firewall' ? 'aggregates' : 'port-channels';
  return atProperty(view, node, section, name, ...property);
}

function cablesOf(view: LabView): Cable[] {
  const interfaces = new Map(view.lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  return view.lab.interfaces.filter(isAggregate).flatMap((iface) =>
    membersOf(iface).flatMap((member) => {
      const peer = interfaces.get(view.draft.peers.get(member) ?? '');
      if (peer === undefined) return [];
      const across = interfaces.get(`${peer.node}:${peer.memberOf}`);
      return [{ iface, member, peer, across: isAggregate(across) ? across : null }];
    }),
  );
}

/** The other end is no aggregate, or one that does not speak LACP where this one does. */
export function otherEndDiffers(view: LabView): Problem[] {
  return cablesOf(view).flatMap(({ iface, member, peer, across }) => {
    const place = placeOf(view, iface);
    const far = endpointOf(peer);
    const { name, aggregate } = iface;
    const speaks = aggregate.lacp !== undefined;
    const vswitch = view.nodes.get(peer.node);
    // A team by IP hash is the other end of a static channel.
    if (across === null && !speaks && vswitch?.kind === 'vswitch' && vswitch.teaming === 'ip-hash') return [];
    if (across === null) {
      const so = speaks ? 'nobody answers its LACP, so it is not used' : 'frames come back by it, and MACs move';
      const message = `${member} is a member of ${name}, but ${far} at the other end is in no aggregate: ${so}`;
      return [
        { place, message, remedy: `make ${far} a member of an aggregate, or take ${splitEndpoint(member).name} out of ${name}` },
      ];
    }
    if (speaks === (across.aggregate.lacp !== undefined)) return [];
    // Said once, at the end that waits for an answer.
    if (!speaks) return [];
    const message = `${name} of ${iface.node} speaks LACP, but ${across.name} of ${across.node} is static: ${member} is not used`;
    return [{ place, message, remedy: `write lacp at ${across.name}, or remove it from ${name}` }];
  });
}

/** Both ends wait for the other to speak first. */
export function bothEndsPassive(view: LabView): Problem[] {
  return cablesOf(view).flatMap(({ iface, member, across }) => {
    if (across === null || iface.aggregate.lacp?.mode !== 'passive' || across.aggregate.lacp?.mode !== 'passive') return [];
    // Said once for each pair of ends.
    if (endpointOf(iface) > endpointOf(across) || membersOf(iface)[0] !== member) return [];
    return [
      {
        place: placeOf(view, iface, 'lacp'),
        message: `${iface.name} of ${iface.node} and ${across.name} of ${across.node} are both passive in LACP: neither speaks first`,
        remedy: 'write mode: active at one of them',
      },
    ];
  });
}

/** Members of one aggregate lead to several: LACP uses those of one, and a static aggregate sends the same addresses to both. */
export function membersLeadApart(view: LabView): Problem[] {
  const cables = cablesOf(view);
  return view.lab.interfaces.filter(isAggregate).flatMap((iface) => {
    const own = cables.filter((cable) => cable.iface === iface);
    const ends = new Set(own.map(({ peer, across }) => (across === null ? peer.node : endpointOf(across))));
    if (ends.size < 2) return [];
    const so = iface.aggregate.lacp === undefined ? 'frames of one conversation go to one of them only' : 'LACP uses those of one';
    const message = `members of ${endpointOf(iface)} lead to ${[...ends].join(' and ')}: ${so}`;
    return [{ place: placeOf(view, iface), message, remedy: 'link all members to one aggregate of one device' }];
  });
}

/** Settings of LACP that need more members than are used at once, or a pair of units. */
export function settingOfLacpIsIdle(view: LabView): Problem[] {
  const cables = cablesOf(view);
  const isLimited = ({ aggregate }: AggregateInterface) => (aggregate.lacp?.maxPorts ?? 8) < aggregate.members.length;
  const settings = view.lab.interfaces.filter(isAggregate).flatMap((iface): Setting[] => {
    const { node, name } = iface;
    const raw = view.draft.nodes.get(node)?.raw;
    const section = view.nodes.get(node)?.kind === 'firewall' ? 'aggregates' : 'port-channels';
    const lacp: Readonly<Record<string, unknown>> = { ...raw?.[section]?.[name]?.lacp };
    const limited =
      isLimited(iface) || cables.some((cable) => cable.iface === iface && cable.across !== null && isLimited(cable.across));
    const isOff = iface.aggregate.lacp === undefined;
    const few = 'only where max-ports is below the number of members some stand by';
    const rows: readonly (readonly [string, boolean, string])[] = [
      ...Object.keys(lacp).flatMap((one) => (isOff && one !== 'mode' ? [[one, false, 'mode is off'] as const] : [])),
      ...(isOff
        ? []
        : [
            ['max-ports', isLimited(iface), few] as const,
            ['fast-failover', isLimited(iface), few] as const,
            ['port-priority', limited, few] as const,
            ['pre-negotiation', view.pairs.has(node), 'only a unit of a pair is passive'] as const,
          ]),
    ];
    return rows
      .filter(([property]) => lacp[property] !== undefined)
      .map(([property, isUsed, needs]) => ({ node, path: [section, name, 'lacp', property], isUsed, needs }));
  });
  return idle(view, settings);
}
