/** JSON Schemas of requests and answers: they check requests, and /openapi.json shows them. */
import { atSchema } from '../schemas/at.ts';
import { bisected } from '../schemas/bisect.ts';
import { captureSchema } from '../schemas/capture.ts';
import { difference } from '../schemas/diff.ts';
import { bareEvent, chainedEvent, EVENT_DATA, eventTypes } from '../schemas/events.ts';
import { explainDropSchema, explainFrameSchema, explainSchema, explainWhySchema } from '../schemas/explain.ts';
import { forked } from '../schemas/fork.ts';
import { importSchema } from '../schemas/import.ts';
import { macSchema } from '../schemas/mac.ts';
import { recordedState } from '../schemas/state.ts';
import { chain, closed, flag, integer, list, ns, oneOf, orNull, position, type Schema, text } from '../schemas/values.ts';
import { verifySchema } from '../schemas/verify.ts';
import {
  CHANGES_MAX,
  COMMAND_CHARACTERS_MAX,
  ERRORS_TOLD_MAX,
  EVENTS_LIMIT,
  EVENTS_LIMIT_MAX,
  LABS_NAMED_MAX,
  WAIT_SECONDS,
  WAIT_SECONDS_MAX,
} from './limits.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemKind, problemType } from './problem.ts';

/** Formats that validation.ts knows. */
export const FORMATS = { lab: 'lab', moment: 'moment', time: 'time', pace: 'pace', line: 'line' } as const;

// ── Requests ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const first: Schema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

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

export const deployQuery = query({
  pace: described(
    { type: 'string', format: FORMATS.pace },
    'Virtual time per wall-clock time, such as 1x or 0.5x. Without a pace, only "step" moves time.',
  ),
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
export const eventsQuery = query({
  from: described({ ...first, default: 1 }, 'First position.'),
  limit: { type: 'integer', minimum: 1, maximum: EVENTS_LIMIT_MAX, default: EVENTS_LIMIT },
});
export const streamQuery = query({ from: described({ ...first, default: 1 }, 'First position.') });
export const noQuery = query({});

/** An expectation, a flow, a place: words of the command line. */
const line: Schema = { type: 'string', minLength: 1, maxLength: COMMAND_CHARACTERS_MAX, format: FORMATS.line };
const moment: Schema = { type: 'string', format: FORMATS.moment };
const labName: Schema = { type: 'string', format: FORMATS.lab };

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

export const importQuery = query({
  name: described(labName, 'Of the lab here; the default is the one in the bundle.'),
  replace: described({ type: 'boolean', default: false }, 'Delete an earlier lab of that name.'),
  wait,
});

export const commandBody = closed({
  command: described(
    { type: 'string', minLength: 1, maxLength: COMMAND_CHARACTERS_MAX, format: FORMATS.line },
    'One line: a command of docs/commands.md, such as "crash fw1" or "step 5s". A line that is not a command is not recorded.',
  ),
});

const labFileText: Schema = { type: 'string', description: 'A lab file.' };

/** The file is read as text, whatever its type, so that mistakes have a line and a column. */
export const labFileBody = {
  content: Object.fromEntries(
    ['application/yaml', 'text/yaml', 'text/plain', 'application/json'].map((type) => [
      type,
      { schema: type === 'application/json' ? { description: 'A lab file, written as JSON.' } : labFileText },
    ]),
  ),
};

export const BUNDLE_TYPE = 'application/gzip';

/** A bundle is read by its own rules, which a schema cannot tell. */
export const bundleBody = {
  content: { [BUNDLE_TYPE]: { schema: { description: 'A bundle (docs/bundles.md).', contentMediaType: BUNDLE_TYPE } } },
};

// ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A response, as fastify and OpenAPI write one. */
export interface ResponseSchema {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

export function answers(description: string, schema: Schema, ...types: readonly string[]): ResponseSchema {
  const content = (types.length > 0 ? types : ['application/json']).map((type) => [type, { schema }]);
  return { description, content: Object.fromEntries(content) as ResponseSchema['content'] };
}

// Events and the data of each are described once: routes refer to them, and /openapi.json holds them in components/schemas.

function component(name: string): Schema {
  return { $ref: `${name}#` };
}

function mistakeOf(required: readonly string[]): Schema {
  const fields = { message: text, in: text, name: text, line: first, column: first, rule: text, remedy: text };
  const optional = Object.keys(fields).filter((field) => field !== 'message' && !required.includes(field));
  return closed(fields, optional);
}

/** Members of a problem beyond those that all have. */
const PROBLEM_MEMBERS = ['errors', 'known', 'reasons', 'id', 'position', 'events'] as const;

function problemMembers(): Readonly<Record<(typeof PROBLEM_MEMBERS)[number], Schema>> {
  return {
    errors: { ...list(mistakeOf([])), maxItems: ERRORS_TOLD_MAX },
    known: { ...list(text), maxItems: LABS_NAMED_MAX },
    reasons: list(text),
    id: text,
    position,
    events: list(component('UnchainedEvent')),
  };
}

/** Schemas that routes refer to by `$id`: an event with its chain, an event without it, the data of each type, and what many answers hold. */
export const COMPONENTS: readonly (Schema & { readonly $id: string })[] = Object.entries({
  ...EVENT_DATA,
  EventTypes: eventTypes(component),
  Event: chainedEvent(component, { allOf: [component('EventTypes')] }),
  UnchainedEvent: bareEvent(component, { allOf: [component('EventTypes')] }),
  Difference: difference(component('UnchainedEvent')),
  Problem: closed({ type: text, title: text, status: { type: 'integer' }, detail: text, ...problemMembers() }, PROBLEM_MEMBERS),
}).map(([name, schema]) => ({ $id: name, ...schema }));

/** As a part of a document, which says itself which JSON Schema it is written in. */
function part(published: Schema): Schema {
  const { $schema: _, ...schema } = published;
  return schema;
}

export const labSummary = closed({
  lab: text,
  position,
  chain: { anyOf: [chain, { const: '' }] },
  virtualTimeNs: ns,
  damage: orNull(text),
});
export const labsAnswer = closed({ labs: list(labSummary) });

export const labAnswer = closed({
  lab: text,
  position,
  atNs: ns,
  chain,
  pacePermille: described(integer, 'Virtual time per wall-clock time, in thousandths; 0 if time moves by steps.'),
  ended: described(text, 'The reason why the lab ended; empty while it lives.'),
  ...recordedState,
});

export const stateAnswer = part(atSchema);
export const verifyAnswer = part(verifySchema);
export const explainAnswer: Schema = {
  anyOf: [explainSchema, explainDropSchema, explainFrameSchema, explainWhySchema].map(part),
};
export const macAnswer = part(macSchema);
export const bisectAnswer = bisected(component('UnchainedEvent'));
export const diffAnswer = component('Difference');
export const forkAnswer = forked(component('Difference'));
export const importAnswer = part(importSchema);
export const captureAnswer = part(captureSchema);
export const pcapngAnswer: Schema = { type: 'string', format: 'binary', description: 'A capture, as Wireshark reads it.' };
export const bundleAnswer: Schema = {
  type: 'string',
  format: 'binary',
  description: 'A bundle (docs/bundles.md): a tar archive in gzip.',
};
export const eventAnswer = component('Event');
export const eventsAnswer = closed({ lab: text, events: list(eventAnswer) });

export const definitionAnswer = closed({
  lab: text,
  pacePermille: integer,
  definition: described({ type: 'object' }, 'The resolved lab, as in its first event.'),
});

/** Events of an outcome come without their chains: `events` has those. */
const outcomeEvents = list(component('UnchainedEvent'));

const done = {
  lab: text,
  id: text,
  status: { const: 'done' },
  position,
  reasons: { ...list(text), maxItems: 0 },
  events: outcomeEvents,
};
export const doneAnswer = closed(done);
export const deployedAnswer = closed({ ...done, warnings: list(mistakeOf(['line', 'column'])) });
export const forgottenAnswer = closed({ lab: text, status: { const: 'forgotten' }, id: text });
export const cancelledAnswer = closed({
  lab: text,
  cancelled: described(flag, 'False if nothing was under way.'),
});
export const pendingAnswer = closed({
  lab: text,
  status: { const: 'pending' },
  id: text,
  look: described(text, 'Path at which its events will be.'),
});

export const healthAnswer = closed({
  live: flag,
  ready: flag,
  troubles: list(text),
  roles: list(oneOf('controller', 'reader')),
});

/** Problems that any request may have. */
const COMMON: readonly ProblemKind[] = [
  'invalid-request',
  'foreign-origin',
  'host-not-served',
  'too-many-requests',
  'store-damaged',
  'defect',
  'closing',
];
/** Problems that a request for a change may have. */
export const OF_CHANGES: readonly ProblemKind[] = ['token-missing', 'too-large', 'unsupported-media-type', 'not-handed-over'];

/** The problems of a route, by status. */
export function problems(...kinds: readonly ProblemKind[]): Readonly<Record<number, ResponseSchema>> {
  const byStatus = new Map<number, ProblemKind[]>();
  for (const kind of [...kinds, ...COMMON]) {
    const { status } = PROBLEMS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind]);
  }
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, problemAnswer(of)]));
}

function problemAnswer(kinds: readonly ProblemKind[]): ResponseSchema {
  return answers(
    kinds.map((kind) => PROBLEMS[kind].title).join('; '),
    { allOf: [component('Problem'), { properties: { type: oneOf(...kinds.map(problemType)) } }] },
    PROBLEM_MEDIA_TYPE,
  );
}
