/** How a setting of a unit of an HA pair is read and written. Each unit has its own: a commit at one does not change the other. */
import type { NodeName } from '../lab/endpoint.ts';
import { asUnit, type HaMember, type HaOwn, type HaPair } from '../lab/ha-pair.ts';
import type { Lab } from '../lab/lab.ts';
import type { Setting } from './setting.ts';

export interface Unit {
  readonly pair: HaPair;
  readonly self: HaMember;
}

/** A firewall's place in its pair, with the pair as it is configured there; null for one that is in none. */
export function unitIn(lab: Lab, node: NodeName): Unit | null {
  for (const pair of lab.haPairs) {
    const self = pair.members.find((member) => member.node === node);
    if (self !== undefined) return { pair: asUnit(pair, self), self };
  }
  return null;
}

function withMember(lab: Lab, node: NodeName, change: (unit: Unit) => HaMember): Lab {
  const changed = (pair: HaPair, member: HaMember): HaMember =>
    member.node === node ? change({ pair: asUnit(pair, member), self: member }) : member;
  return {
    ...lab,
    haPairs: lab.haPairs.map((pair) => {
      const [first, second] = pair.members;
      return { ...pair, members: [changed(pair, first), changed(pair, second)] };
    }),
  };
}

/** A setting of a unit. */
export function unitSetting(
  values: Pick<Setting, 'expected' | 'normal'> & { readonly isOptional?: boolean },
  read: (unit: Unit) => string,
  write: (unit: Unit, text: string) => HaMember,
): Setting {
  return {
    isOptional: false,
    ...values,
    read: ({ lab }, node) => {
      const unit = unitIn(lab, node);
      return unit === null ? '' : read(unit);
    },
    write: (lab, node, text) => withMember(lab, node, (unit) => write(unit, text)),
    fault: (lab, node) => (unitIn(lab, node) === null ? `${node} is in no HA pair` : null),
  };
}

/** The member with what a commit at it alone makes of its pair; null takes away. */
export function withOwn({ self }: Unit, own: HaOwn): HaMember {
  return { ...self, own: { ...self.own, ...own } };
}
