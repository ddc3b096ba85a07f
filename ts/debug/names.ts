/**
 * How two labs name the same things, so that names and derived MACs make no difference between them.
 *
 * A MAC is told by the interface that the lab's definition gives it to: in labs of other MAC seeds, or with other names, it is another
 * number for the same thing. A MAC that no interface, or more than one, was defined with stays as it is. A node or flow that only one
 * lab has is read as one of the other lab when both have as many of its shape: the same kind and interfaces, or the same ends.
 */
import { endpointOf } from '../model/lab/endpoint.ts';
import type { Flow } from '../model/lab/flow.ts';
import type { Lab } from '../model/lab/lab.ts';

const MACS = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g;
const WORDS = /[^\s:@%,"()[\]{}]+/g;

/** Tells a text of a lab in the words that both labs share. */
export type Speller = (text: string) => string;

export interface Spellings {
  readonly a: Speller;
  readonly b: Speller;
  /** Names of `b` and what they are called in `a`. */
  readonly renamed: ReadonlyMap<string, string>;
}

export function spellings(a: Lab, b: Lab): Spellings {
  const renamed = new Map(renames(shapesOf(a), shapesOf(b)));
  const ends = ({ from, to }: Flow): string => `${from} > ${to}`;
  const flowsOf = (lab: Lab, tell: Speller): Named[] => lab.flows.map((flow) => ({ name: flow.name, shape: tell(ends(flow)) }));
  for (const [name, known] of renames(
    flowsOf(a, (text) => text),
    flowsOf(b, (text) => wordsIn(text, renamed)),
  )) {
    renamed.set(name, known);
  }
  return { a: speller(a, new Map()), b: speller(b, renamed), renamed };
}

interface Named {
  readonly name: string;
  readonly shape: string;
}

function shapesOf({ nodes, interfaces }: Lab): Named[] {
  return nodes.map(({ name, kind }) => {
    const own = interfaces.filter(({ node }) => node === name);
    return { name, shape: JSON.stringify([kind, own.map((iface) => iface.name)]) };
  });
}

/** Names that only `b` has, each with that of the thing of the same shape that only `a` has. */
function* renames(a: readonly Named[], b: readonly Named[]): Generator<readonly [string, string]> {
  const onlyA = a.filter(({ name }) => b.every((other) => other.name !== name));
  const onlyB = b.filter(({ name }) => a.every((other) => other.name !== name));
  for (const one of onlyB) {
    const same = onlyA.filter(({ shape }) => shape === one.shape);
    const rivals = onlyB.filter(({ shape }) => shape === one.shape);
    // Units of a pair look alike: as many on both sides are taken in the order of their names.
    const match = same.length === rivals.length ? same[rivals.indexOf(one)] : undefined;
    if (match !== undefined) yield [one.name, match.name];
  }
}

function speller({ nodes, interfaces }: Lab, renamed: ReadonlyMap<string, string>): Speller {
  const owners = new Map<string, string | null>();
  for (const iface of interfaces) {
    if (iface.mac !== null) owners.set(iface.mac, owners.has(iface.mac) ? null : wordsIn(`mac(${endpointOf(iface)})`, renamed));
  }
  const bases = nodes.flatMap((node) => (node.kind === 'firewall' ? [[node.vmMacBase.slice(0, -2), node.name] as const] : []));
  const ownerOf = (mac: string): string => {
    const owner = owners.get(mac);
    if (owner !== undefined && owner !== null) return owner;
    const base = bases.find(([start]) => mac.startsWith(start));
    return base === undefined ? mac : `mac(${renamed.get(base[1]) ?? base[1]} base ${mac.slice(-2)})`;
  };
  return (text) => wordsIn(text.replace(MACS, ownerOf), renamed);
}

function wordsIn(text: string, renamed: ReadonlyMap<string, string>): string {
  return renamed.size === 0 ? text : text.replace(WORDS, (word) => renamed.get(word) ?? word);
}
