/**
 * Inheritance of node properties, as containerlab does it: a node's own properties win over its group's, those over its
 * kind's, those over the defaults. Maps (interfaces, ports, port-groups, mac-learning) are merged key by key; anything else replaces.
 */
import type { NodeKind } from '../../model/lab/nodes.ts';
import { nearest, suggestion } from '../../values/did-you-mean.ts';
import type { Draft, DraftNode } from '../draft/draft.ts';
import type { RawNode, RawTopology } from '../draft/raw.ts';
import type { Path } from '../draft/source-document.ts';
import { KIND_PROPERTIES } from '../schema/node.ts';
import { PORT_PROPERTIES } from '../schema/port.ts';

/** Fills `draft.nodes`, in order of name. */
export function inheritNodes(draft: Draft, topology: RawTopology): void {
  for (const [kind, raw] of Object.entries(topology.kinds ?? {})) {
    checkProperties(draft, ['topology', 'kinds', kind], raw ?? {}, kind as NodeKind);
  }
  // A misshapen node is still a node: what refers to it is not mistaken.
  const written = Object.keys(draft.written(['topology', 'nodes']) as object);
  for (const name of written.sort(byCodeUnits)) draft.nodes.set(name, inheritNode(draft, topology, name));
}

/** The one order of names: by code units, the same in every locale. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inheritNode(draft: Draft, topology: RawTopology, name: string): DraftNode {
  const path: Path = ['topology', 'nodes', name];
  const own = topology.nodes?.[name] ?? {};
  const defaults = topology.defaults ?? {};
  const groupName = own.group ?? defaults.group;
  const group = groupName === undefined ? {} : groupOf(draft, topology, groupName, path);
  const kind = own.kind ?? group.kind ?? defaults.kind ?? null;
  const groupPath: Path[] = groupName === undefined ? [] : [['topology', 'groups', groupName]];
  const kindPath: Path[] = kind === null ? [] : [['topology', 'kinds', kind]];
  const layers: Path[] = [path, ...groupPath, ...kindPath, ['topology', 'defaults']];
  const ofKind = kind === null ? {} : (topology.kinds?.[kind] ?? {});
  const raw = [defaults, ofKind, group, own].reduce<RawNode>((weak, strong) => merge(weak, strong), {});
  const broken = draft.isBroken(path) || layers.some((layer) => draft.isBroken([...layer, 'kind']));
  if (kind === null && !broken)
    draft.errorAtKey(path, `${name} has no kind; expected one of ${Object.keys(KIND_PROPERTIES).join(', ')}`);
  if (kind !== null) checkProperties(draft, path, own, kind);
  return { name, kind: broken ? null : kind, raw, layers };
}

function groupOf(draft: Draft, topology: RawTopology, name: string, path: Path): RawNode {
  const groups = topology.groups ?? {};
  if (Object.hasOwn(groups, name)) return groups[name] ?? {};
  if (!draft.isBroken(['topology', 'groups', name]) && !draft.isBroken(['topology', 'groups'])) {
    draft.error([...path, 'group'], `there is no group "${name}"${suggestion(name, Object.keys(groups))}`);
  }
  return {};
}

/** Properties of defaults and groups may belong to several kinds; those of a node and of a kind must belong to it. */
function checkProperties(draft: Draft, path: Path, raw: RawNode, kind: NodeKind): void {
  const known: readonly string[] = ['kind', 'group', ...KIND_PROPERTIES[kind]];
  for (const property of Object.keys(raw)) {
    if (!known.includes(property))
      sayForeign(draft, [...path, property], path[1] === 'nodes' ? `${kind} ${path[2]}` : `a ${kind}`, KIND_PROPERTIES, kind);
  }
  const ofPorts = PORT_PROPERTIES[kind];
  if (ofPorts === undefined) return;
  for (const [name, port] of Object.entries(raw.ports ?? {})) {
    for (const property of Object.keys(port ?? {})) {
      if (ofPorts.includes(property)) continue;
      sayForeign(draft, [...path, 'ports', name, property], `a port of a ${kind}`, PORT_PROPERTIES, kind);
    }
  }
}

/** Says that a property belongs to other kinds, or what was probably meant. */
function sayForeign(
  draft: Draft,
  path: Path,
  what: string,
  table: Readonly<Partial<Record<NodeKind, readonly string[]>>>,
  kind: NodeKind,
): void {
  const property = String(path.at(-1));
  const owners = Object.entries(table).flatMap(([owner, properties]) => (properties.includes(property) ? [owner] : []));
  const near = nearest(property, table[kind] ?? []);
  const hint = near === null ? `it is a property of ${owners.join(', ')}` : `did you mean "${near}"?`;
  draft.errorAtKey(path, `${what} has no property "${property}"; ${hint}`);
}

function merge<T extends object>(weak: T, strong: T): T {
  const result = { ...weak } as Record<string, unknown>;
  for (const [key, value] of Object.entries(strong)) {
    const under = Object.hasOwn(result, key) ? result[key] : undefined;
    result[key] = isMap(under) && isMap(value) ? merge(under, value) : (value ?? under ?? value);
  }
  return result as T;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
