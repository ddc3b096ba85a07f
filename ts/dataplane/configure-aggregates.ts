/** Bonds of bridges and aggregates into linear memory: their members, in order. Which members are used is ts/engine/agents/lacp/. */
import { isAggregate, membersOf } from '../model/lab/aggregates.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import type { LabInterface } from '../model/lab/interfaces.ts';
import { type LabIndex, portOf } from '../model/lab/lab-index.ts';
import type { Dataplane } from './dataplane.ts';

/** The event that caused what is there from the start. */
const DEFINITION = 1;

/** The members of a static aggregate are used from the start; LACP must agree first. */
export function configureAggregates({ control }: Dataplane, index: LabIndex): void {
  for (const iface of index.lab.interfaces.filter(isAggregate)) {
    const isStatic = iface.aggregate.lacp === undefined;
    for (const member of membersOf(iface)) {
      control.configureMember(portOf(index, member), portOf(index, endpointOf(iface)), !isStatic);
      if (isStatic) control.setMember(portOf(index, member), true, true, DEFINITION);
    }
  }
}

/** Rule HST-02: the data plane knows a bond by its first member. */
export function configureBond(dataplane: Dataplane, index: LabIndex, { node, name, bond }: LabInterface): void {
  const first = (index.byNode.get(node) ?? []).find((port) => port.bond !== undefined && port.bond === bond);
  if (first !== undefined) dataplane.control.configureBond(portOf(index, `${node}:${name}`), portOf(index, endpointOf(first)));
}
