/**
 * JSON Schema (draft-07) of a lab file: what `switchback schema` prints, editors complete from, and `readLabFile` checks.
 * Closed everywhere: a misspelt key is an error, not a setting silently ignored.
 */

import { CHECKS_MAX, FLOWS_MAX, HA_PAIRS_MAX, INTERFACES_MAX, NODES_MAX, SEED_MAX, STEPS_MAX } from '../draft/limits.ts';
import { controlPlane } from './control-plane.ts';
import { NODE_NAME } from './formats.ts';
import { haPairSchema } from './ha.ts';
import { linkSchema } from './link.ts';
import { kindNames, nodeSchema } from './node.ts';
import { checkSchema, flowSchema, stepSchema } from './script.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const topology = value.closed(
  'a topology',
  "Nodes and links, in containerlab's shape.",
  {
    defaults: { ...nodeSchema, description: 'Properties of every node; the weakest.' },
    kinds: {
      title: 'a map',
      description: 'Properties of every node of a kind; stronger than defaults.',
      type: 'object',
      propertyNames: kindNames,
      additionalProperties: { ...nodeSchema, description: 'Properties of this kind.' },
    },
    groups: value.named(
      'Properties of every node of a group; stronger than kinds.',
      NODE_NAME,
      'a group name (letters, digits, ".", "_", "-")',
      { ...nodeSchema, description: 'Properties of this group.' },
      NODES_MAX,
    ),
    nodes: value.named('Nodes by name.', NODE_NAME, value.NODE_TITLE, nodeSchema, NODES_MAX),
    links: value.list('Cables between interfaces.', linkSchema, INTERFACES_MAX / 2),
  },
  ['nodes'],
);

const NAME_TITLE = 'a name (letters, digits, ".", "_", "-")';

export const labFileSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...value.closed(
    'a lab file',
    'A Switchback lab: a network, what happens to it, and what must be seen.',
    {
      name: { title: NAME_TITLE, description: 'Name of the lab.', type: 'string', pattern: NODE_NAME.source },
      seed: value.integer('a seed', 'Of all chance in the lab: loss, corruption and jitter of links. Default 0.', 0, SEED_MAX),
      'mac-seed': value.integer(
        'a seed',
        'Of MACs that are not given: labs that share a network take different ones. Default 0.',
        0,
        SEED_MAX,
      ),
      topology,
      'control-plane': controlPlane,
      ha: value.named('HA pairs by name.', NODE_NAME, NAME_TITLE, haPairSchema, HA_PAIRS_MAX),
      flows: value.named('Flows by name.', NODE_NAME, NAME_TITLE, flowSchema, FLOWS_MAX),
      duration: value.duration('How far virtual time runs. Default 60s.'),
      steps: value.list('Commands at virtual times.', stepSchema, STEPS_MAX),
      validate: value.named('Checks by name.', NODE_NAME, NAME_TITLE, checkSchema, CHECKS_MAX),
    },
    ['name', 'topology'],
  ),
};
