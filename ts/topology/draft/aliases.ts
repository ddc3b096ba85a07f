/**
 * What the aliases of a YAML document stand for, and how large it is with all of them written out.
 *
 * Thirty lines of aliases to aliases can stand for more values than any memory holds, and every one would be checked later. The
 * size is therefore computed before any alias is followed, each anchored node once. A merge (`<<`) counts as what it merges.
 */
import { type Alias, isAlias, isCollection, isNode, isPair, type Node } from 'yaml';
import { LAB_FILE_ALIASES_MAX, LAB_FILE_VALUES_MAX } from './limits.ts';
import { Unreadable, type YamlDocument } from './yaml-document.ts';

/** The node that each alias stands for. */
export type Aliases = ReadonlyMap<Alias, Node>;

/**
 * Finds the nodes behind all aliases.
 * @throws Unreadable when an alias stands for nothing, or for what it is a part of, or when a limit is reached
 */
export function aliasesOf(document: YamlDocument): Aliases {
  const walk = new Walk();
  walk.sizeOf(document.contents);
  return walk.aliases;
}

/** In the order of the text: an alias stands for the last node before it that has its anchor. */
class Walk {
  readonly aliases = new Map<Alias, Node>();
  readonly #anchored = new Map<string, Node>();
  /** Of anchored nodes that the walk has left. */
  readonly #sizes = new Map<Node, number>();
  #anchors = 0;

  /** How many values a node is when its aliases are written out. */
  sizeOf(node: unknown): number {
    if (isPair(node)) return this.sizeOf(node.key) + this.sizeOf(node.value);
    if (!isNode(node)) return 0;
    if (isAlias(node)) return this.#sizeBehind(node);
    if (node.anchor !== undefined) this.#anchor(node.anchor, node);
    let size = 1;
    for (const item of isCollection(node) ? node.items : []) {
      size += this.sizeOf(item);
      if (size <= LAB_FILE_VALUES_MAX) continue;
      const message = `expected at most ${LAB_FILE_VALUES_MAX} values; with its aliases and merges written out, the file has more`;
      throw new Unreadable(message, offsetOf(item) ?? offsetOf(node) ?? 0);
    }
    if (node.anchor !== undefined) this.#sizes.set(node, size);
    return size;
  }

  #sizeBehind(alias: Alias): number {
    const offset = offsetOf(alias) ?? 0;
    const node = this.#anchored.get(alias.source);
    if (node === undefined) throw new Unreadable(`no anchor &${alias.source} stands before the alias *${alias.source}`, offset);
    const size = this.#sizes.get(node);
    if (size === undefined) throw new Unreadable(`the alias *${alias.source} stands for a value that contains it`, offset);
    this.aliases.set(alias, node);
    if (this.aliases.size > LAB_FILE_ALIASES_MAX) {
      throw new Unreadable(`expected at most ${LAB_FILE_ALIASES_MAX} aliases; the file has more`, offset);
    }
    return size;
  }

  #anchor(name: string, node: Node): void {
    this.#anchored.set(name, node);
    this.#anchors += 1;
    if (this.#anchors <= LAB_FILE_ALIASES_MAX) return;
    throw new Unreadable(`expected at most ${LAB_FILE_ALIASES_MAX} anchors; the file has more`, offsetOf(node) ?? 0);
  }
}

/** Where a node, or a pair's key, begins in the text. */
function offsetOf(item: unknown): number | null {
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}
