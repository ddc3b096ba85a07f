/**
 * What the lab does, rule by rule and clause by clause, in plain words: the text that docs/rules.md shows and that a reader looks up.
 *
 * A rule says several things, and each is a clause with an id of its own: HA-03 has HA-03a, HA-03b, … A clause is built or it is not;
 * one that is not says with which subject it comes. Which tests play a clause stands with the tests (test/rules/clauses/).
 */
import costs from './costs.json' with { type: 'json' };
import drivers from './drivers-and-packet-io.json' with { type: 'json' };
import ha from './ha.json' with { type: 'json' };
import hostSwitches from './host-switches.json' with { type: 'json' };
import macs from './macs-and-modes.json' with { type: 'json' };
import neighbours from './neighbours-and-leases.json' with { type: 'json' };
import sriov from './sr-iov.json' with { type: 'json' };
import vswitches from './vswitch.json' with { type: 'json' };

export interface Clause {
  /** The rule's id and a letter: "VSW-09b". */
  readonly id: string;
  readonly text: string;
  readonly built: boolean;
  /** Of a clause that is not built: the subject that brings it. */
  readonly comesWith?: string;
}

export interface Rule {
  /** "VSW-09". */
  readonly id: string;
  readonly title: string;
  readonly clauses: readonly Clause[];
}

export interface Subject {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** All rules, in the order in which they build on each other. */
export const SUBJECTS: readonly Subject[] = [
  { title: 'MAC addresses and interface modes', rules: macs },
  { title: 'vSwitch', rules: vswitches },
  { title: 'SR-IOV', rules: sriov },
  { title: 'Passthrough, drivers and packet I/O', rules: drivers },
  { title: 'Switches of KVM hosts', rules: hostSwitches },
  { title: 'High availability', rules: ha },
  { title: 'Neighbours, leases and ARP inspection', rules: neighbours },
  { title: 'Costs in virtual time', rules: costs },
];

export const RULES: readonly Rule[] = SUBJECTS.flatMap(({ rules }) => rules);

/** The rule of an id such as "VSW-09" or "vsw-09b", whatever the case of its letters; null when there is none. */
export function ruleNamed(id: string): Rule | null {
  const [wanted] = /^[a-z]+-\d\d/i.exec(id) ?? [];
  return RULES.find((rule) => rule.id === wanted?.toUpperCase()) ?? null;
}

/** The clause of an id such as "VSW-09b"; null when there is none. */
export function clauseNamed(id: string): Clause | null {
  return ruleNamed(id)?.clauses.find((clause) => clause.id.toLowerCase() === id.toLowerCase()) ?? null;
}
