/**
 * What a `show` is: a question to one firewall, answered as data, and the data in the words and columns that users of PAN-OS know.
 *
 * Decision someone may dispute: what the lab does not model is left out, line or column; so scripts that count columns of a real
 * firewall do not read this. Interfaces keep the names of the lab file. The layouts follow public listings: the test data of
 * ntc-templates (tests/paloalto_panos), and the vendor's knowledge base where a comment says so.
 */
import type { FirewallAt } from '../../services/ask/firewall-at.ts';

export interface Answer {
  /** For -f json; ts/schemas/show.ts has its schema. */
  readonly data: object;
  readonly text: string;
}

export interface Show {
  /** As it is typed: "show arp all". */
  readonly command: string;
  /** Whether it shows derived state, which needs re-execution. */
  readonly isDerived: boolean;
  /** A string says in one line why there is nothing to show. */
  readonly answer: (at: FirewallAt) => Answer | string;
}

/** Cells padded to widths, joined by single spaces, without trailing ones. */
export function row(widths: readonly number[], cells: readonly (string | number)[]): string {
  return cells
    .map((cell, column) => String(cell).padEnd(widths[column] ?? 0))
    .join(' ')
    .trimEnd();
}

/** The line under the heads of a table. */
export const RULE = '-'.repeat(80);

const SECOND_NS = 1e9;

/** Whole seconds between two times. */
export function secondsBetween(fromNs: number, toNs: number): number {
  return Math.max(0, Math.floor((toNs - fromNs) / SECOND_NS));
}
