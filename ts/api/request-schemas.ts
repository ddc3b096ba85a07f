/** JSON Schemas of requests: they check requests, and /openapi.json shows them. */
import { closed, type Schema } from '../schemas/values.ts';
import { CHANGES_MAX, COMMAND_CHARACTERS_MAX, EVENTS_LIMIT, EVENTS_LIMIT_MAX, WAIT_SECONDS, WAIT_SECONDS_MAX } from './limits.ts';

/** Formats that validation.ts knows. */
export const FORMATS = { lab: 'lab', moment: 'moment', time: 'time', pace: 'pace', line: 'line' } as const;

/** A position, a line, a column. */
export const first: Schema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
export const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

export const labPath = closed({ lab: described({ type: 'string', format: FORMATS.lab }, 'Name of a lab.') });

/** Other headers are allowed. Names are in lower case, as fastify gives them to validation. */
export const idempotencyKey: Schema = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,80}$',
      description: 'Id of the command. A repeated id has no second effect. The server makes a new id if none is given.',
    },
  },
};

export const lastEventId: Schema = {
  type: 'object',
  properties: {
    'last-event-id': {
      type: 'string',
      pattern: '^[0-9]{1,15}$',
      description: 'Position of the last event that the client read. The stream continues after it and ignores `from`.',
    },
  },
};

const wait = described(
  { type: 'number', minimum: 0, maximum: WAIT_SECONDS_MAX, default: WAIT_SECONDS },
  'Seconds to wait for the lab to settle. If it has not settled by then, the answer is 202.',
);

function query(properties: Readonly<Record<string, Schema>>): Schema {
  return closed(properties, Object.keys(properties));
}

const pace = described(
  { type: 'string', format: FORMATS.pace },
  'Virtual time per wall-clock time, such as 1x or 0.5x. Without a pace, only "step" moves time.',
);

export const deployQuery = query({
  pace,
  replace: described({ type: 'boolean', default: false }, 'Delete the lab of that name and its history first.'),
  wait,
});
export const commandQuery = query({ wait });
export const destroyQuery = query({
  forget: described({ type: 'boolean', default: false }, 'Delete its history, too.'),
  wait,
});
export const stateQuery = query({
  at: described({ type: 'string', format: FORMATS.moment }, 'A position (98) or a virtual time (12.5s); the default is the end.'),
  derived: described({ type: 'boolean', default: false }, 'Add counters, tables and flows, by re-execution.'),
});
export const noQuery = query({});

/** An expectation, a flow, a place: words of the command line. */
export const line: Schema = { type: 'string', minLength: 1, maxLength: COMMAND_CHARACTERS_MAX, format: FORMATS.line };
const moment: Schema = { type: 'string', format: FORMATS.moment };
const labName: Schema = { type: 'string', format: FORMATS.lab };

/** Filters of events, as "switchback events" has them. */
const eventFilters = {
  since: described(moment, 'A position or a virtual time; nothing before it is sent.'),
  type: described(line, 'Only these types, in any case, separated by commas.'),
  node: described(line, 'Only events at these nodes, separated by commas.'),
  where: described(line, 'Only events with these values of fields, as in a check: "node: fw2, to: active".'),
};
export const eventsQuery = query({
  from: described({ ...first, default: 1 }, 'First position.'),
  limit: described(
    { type: 'integer', minimum: 1, maximum: EVENTS_LIMIT_MAX, default: EVENTS_LIMIT },
    'Events that are looked at; with a filter, those that are sent may be fewer.',
  ),
  ...eventFilters,
});
export const streamQuery = query({ from: described({ ...first, default: 1 }, 'First position.'), ...eventFilters });

export const explainQuery = query({
  flow: described(line, 'The flow whose losses to explain.'),
  drop: described(first, 'Position of the event to explain: a drop, or any other.'),
  frame: described(
    line,
    'The frame to follow: "fw1:eth1@12.5s", the first one seen there from then on, or "fw1:eth1#3", the third.',
  ),
  why: described(line, 'An expectation as in "validate" of a lab file, such as "{ ha: fw1, state: active }".'),
  at: described(moment, 'With `why`: a position or a virtual time; the default is the end.'),
});
export const macPath = closed({
  lab: described(labName, 'Name of a lab.'),
  address: described({ type: 'string', maxLength: 40 }, 'A MAC address.'),
});
export const bisectQuery = closed({
  check: described(line, 'An expectation as in "validate" of a lab file, without times.'),
});
export const graphQuery = query({ at: described(moment, 'A position or a virtual time; the default is the end.') });

export const diffQuery = query({
  at: described(moment, 'A position or a virtual time of this lab; the default is the end.'),
  with: described(labName, 'The other lab; the default is this one.'),
  withAt: described(moment, 'The same of the other one.'),
});
export const captureQuery = query({
  interfaces: described(line, 'node:interface, separated by commas; the default is all.'),
  from: described({ type: 'string', format: FORMATS.time }, 'First virtual time, such as 1s.'),
  to: described({ type: 'string', format: FORMATS.time }, 'Last virtual time.'),
  drops: described({ type: 'boolean', default: false }, 'Only frames that were dropped.'),
});

const changes = (description: string): Schema => described({ type: 'array', items: line, maxItems: CHANGES_MAX }, description);

export const forkBody = query({
  at: described(moment, 'Where the change comes; the default is the end, or with `without` the first step that is left out.'),
  run: changes('Commands to give there.'),
  set: changes('Settings to change, "NODE.PROPERTY=VALUE".'),
  without: changes('Later steps to leave out: "crash fw1", or "crash fw1@20.5s".'),
  name: described(labName, 'Of the fork; the default is the name of the lab and "-fork".'),
  replace: described({ type: 'boolean', default: false }, 'Delete an earlier lab of that name.'),
  file: described({ type: 'string' }, 'The lab file that was run: for its checks, and for settings that no command changes.'),
});

export const addQuery = query({
  name: described(labName, 'Of the lab here; the default is the one in the bundle or the file.'),
  pace,
  replace: described({ type: 'boolean', default: false }, 'Delete an earlier lab of that name.'),
  validate: described({ type: 'boolean', default: false }, 'Only read the lab; nothing is recorded.'),
  wait,
});

export const clockBody = query({
  paused: described({ type: 'boolean' }, 'Whether time stands still.'),
  pace: described({ type: 'string', format: FORMATS.pace }, 'Virtual time per wall-clock time, such as 0.5x.'),
});

export const commandBody = closed({
  command: described(
    { type: 'string', minLength: 1, maxLength: COMMAND_CHARACTERS_MAX, format: FORMATS.line },
    'One line: a command of docs/commands.md, such as "crash fw1" or "step 5s". A line that is not a command is not recorded.',
  ),
});

/** JSON is YAML: read as text, a mistake in it has a line and a column too. */
export const LAB_FILE_TYPES = ['application/yaml', 'text/yaml', 'text/plain', 'application/json', 'application/x-yaml'];

export const labFileBody = {
  content: Object.fromEntries(
    LAB_FILE_TYPES.map((type) => [type, { schema: type === 'application/json' ? {} : { type: 'string' } }]),
  ),
};

export const BUNDLE_TYPE = 'application/gzip';

/** A bundle is read by its own rules, which a schema cannot tell. */
export const addBody = {
  content: {
    ...labFileBody.content,
    [BUNDLE_TYPE]: { schema: { description: 'A bundle (docs/bundles.md).', contentMediaType: BUNDLE_TYPE } },
  },
};
