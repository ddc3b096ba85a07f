/**
 * Names of a topology as a lab file can have them. A name that fits stays; another one is changed, told once, and never made equal to
 * a name that the topology has already.
 */
import type { Path } from '../draft/source-document.ts';
import { INTERFACE_NAME, NODE_NAME } from '../schema/formats.ts';
import type { ClabEnd, ClabLink, ClabNode } from './read-clab.ts';

export type Warn = (path: Path, message: string) => void;

/** Longest names that a lab file takes. */
const NODE_NAME_MAX = 63;
const INTERFACE_NAME_MAX = 31;
/** Of a name without a letter or digit. */
const NAMELESS = 'x';

export class Names {
  readonly #warn: Warn;
  /** What a name became, by its scope and itself. */
  readonly #changed = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #told = new Set<string>();

  constructor(nodes: readonly ClabNode[], links: readonly ClabLink[], warn: Warn) {
    this.#warn = warn;
    for (const { name } of nodes) if (NODE_NAME.test(name)) this.#taken.add(inScope('', name));
    for (const { node, interface: name } of links.flatMap(({ ends }) => ends)) {
      if (isInterfaceName(name)) this.#taken.add(inScope(node, name));
    }
  }

  lab(name: string): string {
    return NODE_NAME.test(name) ? name : this.#change(['name'], 'name', name, fitted(name, /[^A-Za-z0-9_.-]/g), NODE_NAME_MAX);
  }

  node(name: string, path: Path): string {
    return NODE_NAME.test(name) ? name : this.#change(path, '', name, fitted(name, /[^A-Za-z0-9_.-]/g), NODE_NAME_MAX);
  }

  interface({ node, interface: name }: ClabEnd, path: Path): string {
    if (isInterfaceName(name)) return name;
    return this.#change(path, node, name, fitted(name, /\.(?=\d+$)|[^A-Za-z0-9_./-]/g), INTERFACE_NAME_MAX);
  }

  /** @param scope whose names must differ: those of all nodes, or of the interfaces of one */
  #change(path: Path, scope: string, name: string, wanted: string, lengthMax: number): string {
    const before = this.#changed.get(inScope(scope, name));
    if (before !== undefined) return before;
    let now = wanted.slice(0, lengthMax);
    for (let count = 2; this.#taken.has(inScope(scope, now)); count++) {
      const suffix = `-${count}`;
      now = wanted.slice(0, lengthMax - suffix.length) + suffix;
    }
    this.#taken.add(inScope(scope, now));
    this.#changed.set(inScope(scope, name), now);
    const told = `"${name}" is called ${now}: a lab file has no such names`;
    if (!this.#told.has(told)) this.#warn(path, told);
    this.#told.add(told);
    return now;
  }
}

/** A dot and a number would make it a subinterface. */
function isInterfaceName(name: string): boolean {
  return INTERFACE_NAME.test(name) && !/\.\d+$/.test(name);
}

function fitted(name: string, unfit: RegExp): string {
  return name.replace(unfit, '-').replace(/^[^A-Za-z0-9]+/, '') || NAMELESS;
}

function inScope(scope: string, name: string): string {
  return `${scope}\0${name}`;
}
