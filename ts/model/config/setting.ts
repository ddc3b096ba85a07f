/** A setting of a firewall that can change while it runs: its path, its values, where the lab has it. */
import type { NodeName } from '../lab/endpoint.ts';
import type { Lab } from '../lab/lab.ts';

/** What holds a firewall's configuration. */
export interface Configured {
  readonly lab: Lab;
  /** Firewalls: what commands have made of the option (rule MAC-01). */
  readonly options: Readonly<Record<NodeName, { readonly useHypervisorMac: boolean }>>;
}

export interface Setting {
  /** What its value must be, in words. */
  readonly expected: string;
  /** Whether it may have no value. */
  readonly isOptional: boolean;
  /** The one spelling of a value; null for a text that is none. */
  readonly normal: (text: string) => string | null;
  /** The value; '' without one. */
  readonly read: (configured: Configured, node: NodeName) => string;
  /** The lab with another value; '' is none. The given lab stays as it is. */
  readonly write: (lab: Lab, node: NodeName, text: string) => Lab;
  /** Why the firewall cannot have the setting; null when it can. */
  readonly fault: (lab: Lab, node: NodeName) => string | null;
}

/** A whole number within bounds. */
export function wholeNumber(least: number, most: number): Pick<Setting, 'expected' | 'normal'> {
  const normal = (text: string): string | null => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : -1;
    return value < least || value > most ? null : String(value);
  };
  return { expected: `a whole number from ${least} to ${most}`, normal };
}

/** One of several words. */
export function oneOf(words: readonly string[]): Pick<Setting, 'expected' | 'normal'> {
  return { expected: words.join(' or '), normal: (text) => (words.includes(text) ? text : null) };
}

export const ON_OR_OFF = oneOf(['on', 'off']);

export function onOff(is: boolean): string {
  return is ? 'on' : 'off';
}
