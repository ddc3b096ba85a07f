/** Kinds of values that a word of a command may be: how each looks, is read, and is completed. */

import { type Ipv4, parseIpv4 } from '../../values/ipv4-address.ts';
import { type Ipv6, parseIpv6 } from '../../values/ipv6-address.ts';
import { type Mac, parseMac } from '../../values/mac.ts';
import { type Nanos, parseDuration } from '../../values/nanos.ts';
import { parseFrameRate, parsePercent, parseRate } from '../../values/quantities.ts';
import { FIXED_PATHS, settingAt } from '../config/settings.ts';
import type { Endpoint, NodeName } from '../lab/endpoint.ts';

export type ValueKind =
  | 'node'
  | 'endpoint'
  | 'flow'
  | 'path'
  | 'text'
  | 'mac'
  | 'ip'
  | 'duration'
  | 'percent'
  | 'rate'
  | 'count'
  | 'choice';

/** One word of a command that stands for a value. */
export interface Value<T> {
  readonly kind: ValueKind;
  /** As usage lines show it: "NODE", "on|off". */
  readonly usage: string;
  /** All fixed words it may be; completion and "did you mean" offer them. */
  readonly words: readonly string[];
  /** Undefined when the word is no such value; null may be a value. */
  readonly read: (word: string) => T | undefined;
  /** What a wrong word most likely stands for, when its kind can tell. */
  readonly repair?: (word: string) => string | null;
}

/** A node by its name. `usage` says which, such as "FIREWALL". */
export function node(usage: string): Value<NodeName> {
  return { kind: 'node', usage, words: [], read: (word) => (word !== '' && !word.includes(':') ? word : undefined) };
}

/** "node:interface". */
export function endpoint(usage: string): Value<Endpoint> {
  return { kind: 'endpoint', usage, words: [], read: (word) => (/^[^:]+:[^:]+$/.test(word) ? word : undefined) };
}

/** A setting of a firewall, by its path. */
export const PATH: Value<string> = {
  kind: 'path',
  usage: 'PATH',
  words: FIXED_PATHS,
  read: (word) => (settingAt(word) === null ? undefined : word),
};

/** A word that is read elsewhere. */
export const TEXT: Value<string> = { kind: 'text', usage: 'VALUE', words: [], read: (word) => (word === '' ? undefined : word) };

/** A flow of the lab file, by its name. */
export const FLOW: Value<string> = { kind: 'flow', usage: 'FLOW', words: [], read: (word) => (word === '' ? undefined : word) };

export function mac(usage = 'MAC'): Value<Mac> {
  return { kind: 'mac', usage, words: [], read: (word) => parseMac(word) ?? undefined };
}

/** An address of either family; of IPv6 in RFC 5952's spelling. */
export const ANY_IP: Value<Ipv4 | Ipv6> = {
  kind: 'ip',
  usage: 'IP',
  words: [],
  read: (word) => parseIpv4(word) ?? parseIpv6(word) ?? undefined,
};

export const IP: Value<Ipv4> = { kind: 'ip', usage: 'IP', words: [], read: (word) => parseIpv4(word) ?? undefined };

/** Nanoseconds; the unit must be there, so "5" is repaired to "5s". */
export const DURATION: Value<Nanos> = {
  kind: 'duration',
  usage: 'TIME',
  words: [],
  read: (word) => parseDuration(word) ?? undefined,
  repair: (word) => (/^\d{1,6}$/.test(word) ? `${word}s` : null),
};

/** Parts per million. */
export const PERCENT: Value<number> = {
  kind: 'percent',
  usage: 'PERCENT%',
  words: [],
  read: (word) => parsePercent(word) ?? undefined,
};

/** Bits per second; 0 for "unlimited". */
export const RATE: Value<number> = { kind: 'rate', usage: 'RATE', words: [], read: (word) => parseRate(word) ?? undefined };

/** Frames per second. */
export const FRAME_RATE: Value<number> = {
  kind: 'rate',
  usage: 'N',
  words: [],
  read: (word) => parseFrameRate(word) ?? undefined,
};

/** A whole number of up to `digits` digits. */
export function count(usage: string, digits = 6): Value<number> {
  const isShort = (word: string): boolean => /^\d+$/.test(word) && word.length <= digits;
  return { kind: 'count', usage, words: [], read: (word) => (isShort(word) ? Number(word) : undefined) };
}

/** One of some words, each with the value that it stands for. */
export function choice<T>(values: Readonly<Record<string, T>>): Value<T> {
  const words = Object.keys(values);
  return {
    kind: 'choice',
    usage: words.join('|'),
    words,
    // Own words only: "constructor" is a word that every object knows, and no choice.
    read: (word) => (Object.hasOwn(values, word) ? values[word] : undefined),
  };
}

/** One of some words, each standing for itself. */
export function oneOf<const T extends string>(...words: readonly T[]): Value<T> {
  return { kind: 'choice', usage: words.join('|'), words, read: (word) => words.find((one) => one === word) };
}

export const ON_OFF: Value<boolean> = choice({ on: true, off: false });

/** A value, or a word for none of it. */
export function orNone<T>(value: Value<T>, none: string): Value<T | null> {
  return {
    ...value,
    usage: `${value.usage}|${none}`,
    words: [...value.words, none],
    read: (word) => (word === none ? null : value.read(word)),
  };
}
