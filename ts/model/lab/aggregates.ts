/** Aggregates (IEEE 802.1AX): interfaces of one node that act as one. */
import { awaitingGuests, reservedGuests } from './attachments.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { detachedAtFirst } from './fabric.ts';
import type { LabInterface } from './interfaces.ts';
import type { Lab } from './lab.ts';
import { interfaceAt, type LabIndex } from './lab-index.ts';
import type { Aggregate } from './lacp.ts';

/** An interface that is an aggregate. */
export type AggregateInterface = LabInterface & { readonly aggregate: Aggregate };

export function isAggregate(iface: LabInterface | undefined): iface is AggregateInterface {
  return iface?.aggregate !== undefined;
}

/** A node's aggregates, in the lab's order. */
export function aggregatesOf(index: LabIndex, node: string): readonly AggregateInterface[] {
  return (index.byNode.get(node) ?? []).filter(isAggregate);
}

/** The members of an aggregate. */
export function membersOf({ node, aggregate }: AggregateInterface): readonly Endpoint[] {
  return aggregate.members.map((name) => `${node}:${name}`);
}

/** The aggregate that an interface is a member of. */
export function aggregateOf(index: LabIndex, endpoint: Endpoint): AggregateInterface | undefined {
  const member = interfaceAt(index, endpoint);
  const found = member?.memberOf === undefined ? undefined : interfaceAt(index, `${member.node}:${member.memberOf}`);
  return isAggregate(found) ? found : undefined;
}

/** What has the cables of an interface: the members of an aggregate, else the interface itself. */
export function cabledOf(index: LabIndex, endpoint: Endpoint): readonly Endpoint[] {
  const iface = interfaceAt(index, endpoint);
  return isAggregate(iface) ? membersOf(iface) : [endpoint];
}

/** Rule MAC-12: the aggregate that has its MAC from an interface, its first member. */
export function aggregateWithMacOf(index: LabIndex, endpoint: Endpoint): Endpoint | null {
  const found = aggregateOf(index, endpoint);
  return found !== undefined && membersOf(found)[0] === endpoint ? endpointOf(found) : null;
}

/**
 * Interfaces that have no carrier when a lab begins: those without a device yet, ports for guests that may come, aggregates that LACP must
 * agree on first, and interfaces of a cloud that are attached to the other unit of a pair.
 */
export function startsWithoutCarrier(lab: Lab): ReadonlySet<Endpoint> {
  const negotiated = lab.interfaces.filter(({ aggregate }) => aggregate?.lacp !== undefined).map(endpointOf);
  const detached = new Set(detachedAtFirst(lab));
  const unplugged = detached.size === 0 ? [] : lab.links.filter(({ a, b }) => detached.has(a) || detached.has(b));
  return new Set([...reservedGuests(lab), ...awaitingGuests(lab), ...negotiated, ...unplugged.flatMap(({ a, b }) => [a, b])]);
}
