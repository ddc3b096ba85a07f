/**
 * The properties of a lab file, as subjects of a test: "firewall/interfaces/star/mac". A node's property is one for each kind
 * that may have it. What is shared is one subject: MAC learning of a switch, group or port.
 */

import { KIND_PROPERTIES, nodeSchema as schemaOfNodes } from '../../../ts/topology/schema/node.ts';
import { PORT_PROPERTIES } from '../../../ts/topology/schema/port.ts';
import { labFileSchema } from '../../../ts/topology/schema/schema.ts';

const nodeSchema = schemaOfNodes as unknown as { readonly properties: Readonly<Record<string, unknown>> };

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
}

/** Every property of the schema, by subject. */
export function subjectsOfSchema(): string[] {
  const root = labFileSchema as Shape;
  const node = (root.properties?.['topology']?.properties?.['nodes']?.additionalProperties ?? {}) as Shape;
  const topology = Object.keys(root.properties?.['topology']?.properties ?? {}).filter((name) => name !== 'nodes');
  const outside = leaves({ properties: { ...root.properties, topology: {} } }).filter((path) => path !== 'topology');
  const links = leaves(root.properties?.['topology']?.properties?.['links'] ?? {}).map((path) => `topology/links/${path}`);
  const nodes = Object.keys(KIND_PROPERTIES).flatMap((kind) => nodeSubjects(node, kind as keyof typeof KIND_PROPERTIES));
  const all = [...outside, ...topology.filter((name) => name !== 'links').map((name) => `topology/${name}`), ...links, ...nodes];
  return [...new Set(all.map(shared))].sort();
}

/** What a change is about. @param file the lab that is changed. */
export function subjectOf(file: unknown, path: string): string {
  const steps = path.split('/');
  const [, section, name = ''] = steps;
  if (section !== 'nodes') return shared(starred(steps).join('/'));
  const { kind } = (file as { topology: { nodes: Record<string, { kind: string }> } }).topology.nodes[name] ?? { kind: '' };
  const [property = ''] = steps.slice(3);
  return shared(['kind', 'group'].includes(property) ? `node/${property}` : [kind, ...starred(steps.slice(3))].join('/'));
}

function nodeSubjects(node: Shape, kind: keyof typeof KIND_PROPERTIES): string[] {
  const own = KIND_PROPERTIES[kind].filter((name) => name !== 'io');
  const ports = PORT_PROPERTIES[kind] ?? [];
  const shapes = own.flatMap((name) => {
    const shape = node.properties?.[name] ?? {};
    if (name !== 'ports') return leaves({ properties: { [name]: shape } });
    const port = shape.additionalProperties as Shape;
    return leaves({ properties: Object.fromEntries(ports.map((one) => [one, port.properties?.[one] ?? {}])) }).map(
      (leaf) => `ports/*/${leaf}`,
    );
  });
  return [...shapes.map((leaf) => `${kind}/${leaf}`), 'node/kind', 'node/group'];
}

/** Paths of values; the names of maps and the numbers of lists are stars. */
function leaves(shape: Shape): string[] {
  const named = Object.entries(shape.properties ?? {}).map(([name, inner]) => [name, inner] as const);
  const any = [shape.additionalProperties, shape.items].filter((inner): inner is Shape => typeof inner === 'object');
  const inner = [...named, ...any.map((one) => ['*', one] as const)];
  if (inner.length === 0) return [''];
  return inner.flatMap(([name, below]) => leaves(below).map((leaf) => (leaf === '' ? name : `${name}/${leaf}`)));
}

const MAPS: readonly string[] = [
  'aggregates',
  'port-channels',
  'port-priority',
  'ports',
  'port-groups',
  'groups',
  'virtual-wires',
  'vlans',
  'zones',
  'interfaces',
  'flows',
  'ha',
  'validate',
  'where',
];

function starred(steps: readonly string[]): string[] {
  return steps.map((step, index) => (MAPS.includes(steps[index - 1] ?? '') || /^\d+$/.test(step) ? '*' : step));
}

/** One subject for what several places share, and for the spellings of one value. */
function shared(subject: string): string {
  return subject
    .replace(/^vswitch\/.*mac-learning/, 'vswitch/mac-learning')
    .replace(/(ipv4|uplinks|vlans|endpoints|macs|min|max)\/\*$/, '$1')
    .replace(/\/(min|max)$/, '');
}

/** Settings of `io`, and costs in it, each with a value that is not the default. */
export function ioSettings(): readonly (readonly [string, unknown])[] {
  const io = nodeSchema.properties['io'] as Required<Shape>;
  const { costs, ...sizes } = io.properties;
  const ofCosts = Object.keys(costs?.properties ?? {}).map((name) => [`costs/${name}`, 7] as const);
  return [...Object.keys(sizes).map((name) => [name, IO_VALUES[name] ?? 2] as const), ...ofCosts];
}

const IO_VALUES: Readonly<Record<string, unknown>> = {
  burst: 1,
  'rx-ring': 64,
  'tx-ring': 64,
  'virtio-ring': 64,
  'block-size': '4KiB',
  retire: '7ms',
  fanout: 'lb',
  smc: 'on',
  upcalls: 'on',
};
