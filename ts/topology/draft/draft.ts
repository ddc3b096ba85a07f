/**
 * A lab file in the making: what every stage of resolution reads, and where it says what is wrong.
 *
 * The rule of all stages: one mistake, one message. A stage that meets something an earlier one has complained about says
 * nothing and goes on with a stand-in; the result of a file with errors is thrown away.
 */
import { type Endpoint, endpointOf, type NodeName, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { LabNode, NodeKind } from '../../model/lab/nodes.ts';
import { suggestion } from '../../values/did-you-mean.ts';
import { type Nanos, parseDuration } from '../../values/nanos.ts';
import type { RawDuration, RawFlag, RawNode } from './raw.ts';
import type { Path, Place, SourceDocument } from './source-document.ts';

export interface Problem {
  readonly place: Place;
  readonly message: string;
  readonly rule?: string;
  readonly remedy?: string;
}

/** A node with its inherited properties, before they mean anything. */
export interface DraftNode {
  readonly name: NodeName;
  /** Null when the file does not say it rightly; such a node is never complained about again. */
  readonly kind: NodeKind | null;
  readonly raw: RawNode;
  /** Where properties may have been written, the strongest first. */
  readonly layers: readonly Path[];
}

export interface DraftEnd {
  readonly endpoint: Endpoint;
  readonly node: NodeName;
  readonly name: string;
  /** Where the link says it. */
  readonly path: Path;
  readonly mac: string | undefined;
  readonly ipv4: readonly string[] | undefined;
  readonly mtu: number | undefined;
}

export class Draft {
  readonly problems: Problem[] = [];
  readonly nodes = new Map<NodeName, DraftNode>();
  readonly resolved = new Map<NodeName, LabNode>();
  /** Ends of links, in the order written. */
  readonly ends = new Map<Endpoint, DraftEnd>();
  /** Devices as reserved links name them; they may have other links too. */
  readonly reservedDevices: DraftEnd[] = [];
  /** The other end of a linked interface. */
  readonly peers = new Map<Endpoint, Endpoint>();
  /** "node:interface" that a broken link may have meant, "*" for any: nobody is told that these are not connected. */
  readonly meant = new Set<string>();
  readonly interfaces = new Map<Endpoint, LabInterface>();

  readonly #source: SourceDocument;
  /** Whether the shape of a value was already complained about. */
  readonly isBroken: (path: Path) => boolean;

  constructor(source: SourceDocument, isBroken: (path: Path) => boolean) {
    this.#source = source;
    this.isBroken = isBroken;
  }

  /** Says that a value is wrong. */
  error(path: Path, message: string, more: { rule?: string; remedy?: string } = {}): void {
    this.problems.push({ place: this.#source.valuePlace(path), message, ...more });
  }

  /** Says that a key is wrong, or that something is missing below it. */
  errorAtKey(path: Path, message: string, more: { rule?: string; remedy?: string } = {}): void {
    this.problems.push({ place: this.#source.keyPlace(path), message, ...more });
  }

  /** A value as the file has it, misshapen or not. */
  written(path: Path): unknown {
    let value: unknown = this.#source.value;
    for (const step of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
    return value;
  }

  valuePlace(path: Path): Place {
    return this.#source.valuePlace(path);
  }

  keyPlace(path: Path): Place {
    return this.#source.keyPlace(path);
  }

  /** Where a node's property is written: in the node, its group, its kind or the defaults. */
  where(node: DraftNode, ...property: readonly (string | number)[]): Path {
    const layer = node.layers.find((path) => this.#source.has([...path, ...property]));
    return [...(layer ?? ['topology', 'nodes', node.name]), ...property];
  }

  /** Whether a node's property was misshapen in any of the places it may come from. */
  isNodeBroken(node: DraftNode, ...property: readonly (string | number)[]): boolean {
    return node.layers.some((layer) => this.isBroken([...layer, ...property]));
  }

  /** Where an interface is written: with its node, or else at its link. */
  whereInterface(endpoint: Endpoint): Path {
    const { node: nodeName, name } = splitEndpoint(endpoint);
    const node = this.nodes.get(nodeName);
    for (const section of ['interfaces', 'ports']) {
      const path = node && this.where(node, section, name);
      if (path && this.#source.has(path)) return path;
    }
    return this.ends.get(endpoint)?.path ?? ['topology', 'nodes', nodeName];
  }

  /** Where a property of an interface is written, or else the interface. */
  whereOfInterface(endpoint: Endpoint, property: string): Path {
    const linked = this.ends.get(endpoint)?.path;
    const paths = [[...this.whereInterface(endpoint), property], ...(linked ? [[...linked, property]] : [])];
    return paths.find((path) => this.#source.has(path)) ?? this.whereInterface(endpoint);
  }

  /** Interfaces by where they are written, for mistakes that the later one makes. */
  inFileOrder(interfaces: readonly LabInterface[]): LabInterface[] {
    const placed = interfaces.map((iface) => ({ iface, place: this.#source.keyPlace(this.whereInterface(endpointOf(iface))) }));
    return placed.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column).map(({ iface }) => iface);
  }

  /** The node of that name. An unknown name is an error at `path`; null then, and for nodes that are broken themselves. */
  nodeNamed(name: string, path: Path): DraftNode | null {
    const node = this.nodes.get(name);
    if (node === undefined) {
      this.error(path, `there is no node "${name}"${suggestion(name, this.nodes.keys())}`);
      return null;
    }
    return node.kind === null ? null : node;
  }

  /** The interface named by "node:interface". An unknown node or interface is an error at `path`. */
  interfaceNamed(endpoint: Endpoint, path: Path): LabInterface | null {
    const { node: nodeName, name } = splitEndpoint(endpoint);
    const node = this.nodeNamed(nodeName, path);
    if (node === null) return null;
    const found = this.interfaces.get(endpoint);
    if (found !== undefined) return found;
    const broken =
      this.isNodeBroken(node, 'interfaces') || this.isNodeBroken(node, 'ports') || this.isNodeBroken(node, 'interfaces', name);
    if (!broken && !this.isMeant(nodeName, name)) {
      this.error(path, `${nodeName} has no interface "${name}"${suggestion(name, this.interfaceNamesOf(nodeName))}`);
    }
    return null;
  }

  interfaceNamesOf(node: NodeName): string[] {
    return [...this.interfaces.values()].filter((iface) => iface.node === node).map(({ name }) => name);
  }

  /** Whether a broken link may have meant this interface. */
  isMeant(node: NodeName, name: string): boolean {
    return [`${node}:${name}`, `*:${name}`, `${node}:*`, '*:*'].some((pattern) => this.meant.has(pattern));
  }
}

/** Text the schema has accepted as a duration; the default when there is none. */
export function durationOf(raw: RawDuration | undefined, missing: Nanos): Nanos {
  return raw === undefined ? missing : (parseDuration(String(raw)) ?? missing);
}

export function flagOf(raw: RawFlag | undefined, missing: boolean): boolean {
  return raw === undefined ? missing : raw === 'on' || raw === true;
}
