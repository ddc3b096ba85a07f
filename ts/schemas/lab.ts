/**
 * The schema of a lab file as editors read it: a node that states its kind may have what nodes of this kind have, so that an editor
 * suggests only what fits. A node without one takes its kind from its group or the defaults, so it may have any of it;
 * `switchback validate` knows which, and checks more than a schema can say.
 */
import { KIND_PROPERTIES, nodeSchema } from '../topology/schema/node.ts';
import { labFileSchema } from '../topology/schema/schema.ts';
import type { Schema } from './values.ts';

type Kind = keyof typeof KIND_PROPERTIES;

const KINDS = Object.keys(KIND_PROPERTIES) as Kind[];
const NODE = { $ref: '#/$defs/node' };

const refTo = (kind: Kind): Schema => ({ $ref: `#/$defs/${kind}` });

/** Nodes of a kind; the properties are those of any node. */
function ofKind(kind: Kind): Schema {
  const names: readonly string[] = ['group', ...KIND_PROPERTIES[kind]];
  return {
    title: `a ${kind}`,
    description: `Properties of a ${kind}.`,
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      kind: { title: 'a node kind', description: 'What the node is.', const: kind },
      ...Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/node/properties/${name}` }])),
    },
  };
}

/** What states its kind is of that kind; the rest may be of any. */
function byKind(description: string): Schema {
  const statesKind = (kind: Kind): Schema => ({ type: 'object', required: ['kind'], properties: { kind: { const: kind } } });
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits a schema
  const chosen = (kind: Kind, rest: Schema): Schema => ({ if: statesKind(kind), then: refTo(kind), else: rest });
  return {
    title: 'a node',
    description,
    ...KINDS.reduceRight<Schema>((rest, kind) => chosen(kind, rest), NODE),
  };
}

function changed(schema: Schema, properties: Readonly<Record<string, Schema>>): Schema {
  return { ...schema, properties: { ...(schema['properties'] as object), ...properties } };
}

function inside(schema: Schema, name: string): Schema {
  return (schema['properties'] as Readonly<Record<string, Schema>>)[name] ?? {};
}

const topology = inside(labFileSchema, 'topology');
const links = inside(topology, 'links');
const SHORT_LINK = {
  title: 'a short link',
  description: 'Two nodes, such as r1-r2, on interfaces that are free.',
  type: 'string',
  pattern: '^.+-.+$',
};
const { propertyNames: _, additionalProperties: __, ...kinds } = inside(topology, 'kinds');

export const labSchema: Schema = {
  ...changed(labFileSchema, {
    topology: changed(topology, {
      defaults: { ...NODE, description: 'Properties of every node; the weakest.' },
      kinds: {
        ...kinds,
        additionalProperties: false,
        properties: Object.fromEntries(KINDS.map((kind) => [kind, refTo(kind)])),
      },
      groups: { ...inside(topology, 'groups'), additionalProperties: byKind('Properties of this group.') },
      links: { ...links, items: { anyOf: [links['items'], SHORT_LINK] } },
      nodes: { ...inside(topology, 'nodes'), additionalProperties: byKind('A node.') },
    }),
  }),
  $defs: { node: nodeSchema, ...Object.fromEntries(KINDS.map((kind) => [kind, ofKind(kind)])) },
};
