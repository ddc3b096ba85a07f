/** The configuration of an HA pair is one: both members have the same data interfaces with the same modes and addresses. */
import { interfaceId } from '../../model/hardware/firewall-mac.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { HaMember } from '../../model/lab/ha-pair.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { subinterfaceName } from '../../model/lab/subinterface.ts';
import type { Draft } from '../draft/draft.ts';
import { listOf } from './links.ts';

/**
 * Complains about data interfaces that only one member has, or that differ.
 * @param haveOwn each unit has addresses of its own: a cloud's API changes the routes to them (rule HA-22).
 */
export function checkAlike(draft: Draft, pair: string, first: HaMember, second: HaMember, haveOwn: boolean): void {
  const [left, right] = [dataInterfaces(draft, first), dataInterfaces(draft, second)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(name), right.get(name)];
    if (a !== undefined && b !== undefined) {
      sayDifferent(draft, a, haveOwn ? { ...b, ipv4: a.ipv4 } : b);
      continue;
    }
    const [has, lacks] = a === undefined ? [second.node, first.node] : [first.node, second.node];
    // An interface that leads nowhere, or that no firewall has, was told already.
    const line = subinterfaceName(name)?.parent ?? name;
    const isOfLacking = line !== name && !(a === undefined ? left : right).has(line);
    const told = !draft.ends.has(`${has}:${line}`) || interfaceId(line) === null || draft.isMeant(lacks, line) || isOfLacking;
    if (!told) draft.errorAtKey(['ha', pair], `${has} has ${name} but ${lacks} does not; the members of a pair must be alike`);
  }
}

function sayDifferent(draft: Draft, a: LabInterface, b: LabInterface): void {
  const [left, right] = [a, b].map(({ mode, vlan, ipv4 }) =>
    [mode, ...(vlan === 0 ? [] : [`tag ${vlan}`]), ...ipv4.map(({ address, prefix }) => `${address}/${prefix}`)].join(' '),
  );
  if (left === right || isBrokenInterface(draft, a) || isBrokenInterface(draft, b)) return;
  const message = `${endpointOf(b)} (${right}) differs from ${endpointOf(a)} (${left}); the members of a pair must be alike`;
  draft.error(draft.whereOfInterface(endpointOf(b), a.mode !== b.mode ? 'mode' : a.vlan !== b.vlan ? 'tag' : 'ipv4'), message);
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
