/**
 * What differs between two pieces of plain data, leaf by leaf. Items of a list are told apart by what names them (node, interface,
 * address …), not by their place. Positions are left out: they move with every change.
 */
import { canonicalJson } from '../values/canonical-json.ts';
import type { Speller } from './names.ts';

export interface ValueDiffers {
  /** "interfaces[fw1 eth1].usedMac", in the words of `a`. */
  readonly path: string;
  /** As each side has it; null where it has nothing. */
  readonly a: unknown;
  readonly b: unknown;
}

/** What names an item of any list. */
const NAMES = ['node', 'name', 'interface', 'device', 'ip', 'core', 'queue', 'socket', 'id', 'a', 'b', 'reason'];
/** What else names an item of these lists: elsewhere it is the value that is asked for. */
const MORE_NAMES: Readonly<Record<string, readonly string[]>> = { tables: ['vlan', 'mac'], moves: ['vlan', 'mac'] };
/** Of these, "reason" says why, and does not name. */
const REASON_IS_VALUE = new Set(['ha', 'packetIo']);
const POSITIONS = new Set(['since', 'position', 'cause', 'seed']);

interface Leaf {
  /** In the words that both sides share. */
  readonly told: string;
  readonly value: unknown;
}

export function diffValues(
  a: unknown,
  b: unknown,
  { a: tellA, b: tellB }: { readonly a: Speller; readonly b: Speller },
): ValueDiffers[] {
  const [left, right] = [leavesOf(a, tellA), leavesOf(b, tellB)];
  const paths = [...new Set([...left.keys(), ...right.keys()])];
  return paths.flatMap((path) => {
    const [one, other] = [left.get(path), right.get(path)];
    return one?.told === other?.told ? [] : [{ path, a: one?.value ?? null, b: other?.value ?? null }];
  });
}

function leavesOf(value: unknown, tell: Speller): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const visit = (path: string, key: string, one: unknown): void => {
    if (Array.isArray(one)) {
      for (const [name, item] of named(one, key, tell)) visit(`${path}[${name}]`, key, item);
    } else if (typeof one === 'object' && one !== null) {
      for (const [field, inner] of Object.entries(one)) {
        if (!POSITIONS.has(field)) visit(path === '' ? field : `${path}.${tell(field)}`, field, inner);
      }
    } else {
      leaves.set(path, { told: tell(canonicalJson(one ?? null)), value: one });
    }
  };
  visit('', '', value);
  return leaves;
}

/** The items of a list with their names; equal names are numbered. */
function* named(items: readonly unknown[], list: string, tell: Speller): Generator<readonly [string, unknown]> {
  const seen = new Map<string, number>();
  for (const item of items) {
    const name = tell(nameOf(item, list));
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    yield [times === 1 ? name : `${name} #${times}`, item];
  }
}

function nameOf(item: unknown, list: string): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const fields = REASON_IS_VALUE.has(list) ? NAMES.filter((name) => name !== 'reason') : NAMES;
  const values = [...fields, ...(MORE_NAMES[list] ?? [])].map((field) => Reflect.get(item, field) as unknown);
  const names = values.filter((value) => (typeof value === 'string' && value !== '') || typeof value === 'number');
  return names.length > 0 ? names.join(' ') : canonicalJson(item);
}
