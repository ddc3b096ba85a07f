/** JSON Schemas of answers, as /openapi.json shows them. */
import { atSchema } from '../schemas/at.ts';
import { bisected } from '../schemas/bisect.ts';
import { captureSchema } from '../schemas/capture.ts';
import { difference } from '../schemas/diff.ts';
import { bareEvent, chainedEvent, EVENT_SCHEMAS, eventTypes } from '../schemas/events.ts';
import { explainDropSchema, explainFrameSchema, explainSchema, explainWhySchema } from '../schemas/explain.ts';
import { forked } from '../schemas/fork.ts';
import { importSchema } from '../schemas/import.ts';
import { macSchema } from '../schemas/mac.ts';
import { recordedState } from '../schemas/state.ts';
import { chain, closed, flag, integer, list, ns, oneOf, orNull, position, type Schema, text } from '../schemas/values.ts';
import { verifySchema } from '../schemas/verify.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import { ERRORS_TOLD_MAX, LABS_NAMED_MAX } from './limits.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemKind, problemType } from './problem.ts';
import { described, first } from './request-schemas.ts';

/** A response, as fastify and OpenAPI write one. */
export interface ResponseSchema {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

export function answers(description: string, schema: Schema, ...types: readonly string[]): ResponseSchema {
  const content = (types.length > 0 ? types : ['application/json']).map((type) => [type, { schema }]);
  return { description, content: Object.fromEntries(content) as ResponseSchema['content'] };
}

// Events are described once: routes refer to them, and /openapi.json holds them in components/schemas.

function component(name: string): Schema {
  return { $ref: `${name}#` };
}

function mistakeOf(required: readonly string[]): Schema {
  const fields = { message: text, in: text, name: text, line: first, column: first, rule: text, remedy: text };
  const optional = Object.keys(fields).filter((field) => field !== 'message' && !required.includes(field));
  return closed(fields, optional);
}

/** Of a request; one in a lab file has a line and a column. */
export const mistake = mistakeOf([]);
/** Of a lab file. */
export const warnings = list(mistakeOf(['line', 'column']));

/** Members of a problem beyond those that all have. */
const PROBLEM_MEMBERS = ['errors', 'known', 'reasons', 'id', 'position', 'events'] as const;

function problemMembers(): Readonly<Record<(typeof PROBLEM_MEMBERS)[number], Schema>> {
  return {
    errors: { ...list(mistake), maxItems: ERRORS_TOLD_MAX },
    known: { ...list(text), maxItems: LABS_NAMED_MAX },
    reasons: list(text),
    id: text,
    position,
    events: list(component('UnchainedEvent')),
  };
}

/**
 * Without descriptions. A hundred events with a sentence for each field are most of a document; docs/events.md and `switchback schema
 * event` have the sentences.
 */
export function terse(schema: Schema): Schema {
  const fields = Object.entries(schema).filter(([name, value]) => name !== 'description' || typeof value !== 'string');
  return Object.fromEntries(fields.map(([name, value]) => [name, terseIn(value)]));
}

function terseIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(terseIn);
  return typeof value === 'object' && value !== null ? terse(value as Schema) : value;
}

/** The types of events, each in one place; those with the same data stand together. They are a list of their own: references would be longer. */
function typesOfEvents(): readonly Schema[] {
  const byData = new Map<string, { readonly types: string[]; readonly data: Schema }>();
  for (const [type, schema] of Object.entries(EVENT_SCHEMAS)) {
    const { type: _, ...data } = terse((schema['properties'] as Readonly<Record<string, Schema>>)['data'] ?? {});
    const key = canonicalJson(data);
    const same = byData.get(key);
    if (same === undefined) byData.set(key, { types: [type], data });
    else same.types.push(type);
  }
  // That data is an object is said of all events.
  return [...byData.values()].map(({ types, data }) => ({ required: ['type'], properties: { type: oneOf(...types), data } }));
}

/** What a moment has on record; whoever holds it closes the whole with `withRecorded`. */
const RECORDED: Schema = { required: Object.keys(recordedState), properties: recordedState };

/** The same schema, which refers to recorded state instead of holding it. */
function withRecorded({ additionalProperties: _, required, properties, ...rest }: Schema): Schema {
  const own = ([name]: readonly [string, unknown]): boolean => !(name in recordedState);
  return {
    ...rest,
    allOf: [component('RecordedState')],
    required: (required as readonly string[]).filter((name) => own([name, null])),
    properties: Object.fromEntries(Object.entries(properties as Readonly<Record<string, Schema>>).filter(own)),
    unevaluatedProperties: false,
  };
}

/** Schemas that routes refer to by `$id`: an event with its chain, an event without it, the types of events, and what many answers hold. */
export const COMPONENTS: readonly (Schema & { readonly $id: string })[] = Object.entries({
  EventTypes: {
    description: 'Fields: docs/events.md, or "switchback schema event".',
    ...eventTypes(component),
    oneOf: typesOfEvents(),
  },
  Event: chainedEvent(component, { allOf: [component('EventTypes')] }),
  UnchainedEvent: bareEvent(component, { allOf: [component('EventTypes')] }),
  RecordedState: RECORDED,
  Difference: difference(component('UnchainedEvent')),
  Problem: closed({ type: text, title: text, status: { type: 'integer' }, detail: text, ...problemMembers() }, PROBLEM_MEMBERS),
}).map(([name, schema]) => ({ $id: name, ...schema }));

/** As a part of a document, which says itself which JSON Schema it is written in. */
function part(published: Schema): Schema {
  const { $schema: _, title: _title, ...schema } = published;
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

export const labAnswer = withRecorded(
  closed({
    lab: text,
    position,
    atNs: ns,
    chain,
    pacePermille: described(integer, 'Virtual time per wall-clock time, in thousandths; 0 if time moves by steps.'),
    ended: described(text, 'The reason why the lab ended; empty while it lives.'),
    ...recordedState,
  }),
);

export const stateAnswer = withRecorded(part(atSchema));
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
export const svgAnswer: Schema = { type: 'string', description: 'A document of SVG, with its style sheet, light and dark.' };
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
export const deployedAnswer = closed({ ...done, warnings });
export const validAnswer = closed({ lab: text, valid: { const: true }, warnings });
export const forgottenAnswer = closed({ lab: text, status: { const: 'forgotten' }, id: text });
export const cancelledAnswer = closed({
  lab: text,
  cancelled: described(flag, 'False if nothing was under way.'),
});
export const clockAnswer = closed({
  lab: text,
  paused: flag,
  pacePermille: described(orNull(integer), 'In thousandths; null for the pace that the lab was deployed with.'),
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

/** Problems that any request may have; one that is too slow, or whose header is too large, is refused before its address is known. */
const COMMON: readonly ProblemKind[] = [
  'invalid-request',
  'foreign-origin',
  'host-not-served',
  'token-missing',
  'too-many-requests',
  'request-timeout',
  'request-header-too-large',
  'store-damaged',
  'defect',
  'closing',
];
/** Those of a status. */
export function commonOf(status: number): readonly ProblemKind[] {
  return COMMON.filter((kind) => PROBLEMS[kind].status === status);
}

/** Problems that a request for a change may have. */
export const OF_CHANGES: readonly ProblemKind[] = ['too-large', 'unsupported-media-type', 'not-handed-over'];

/** The problems of a route, by status. */
export function problems(...kinds: readonly ProblemKind[]): Readonly<Record<number, ResponseSchema>> {
  const byStatus = new Map<number, ProblemKind[]>();
  for (const kind of [...kinds, ...COMMON]) {
    const { status } = PROBLEMS[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind]);
  }
  // In one order, so that the same problems are the same answer wherever they stand.
  const order = Object.keys(PROBLEMS);
  const sorted = (of: readonly ProblemKind[]): ProblemKind[] => [...of].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, problemAnswer(sorted(of))]));
}

function problemAnswer(kinds: readonly ProblemKind[]): ResponseSchema {
  return answers(
    kinds.map((kind) => PROBLEMS[kind].title).join('; '),
    { allOf: [component('Problem'), { properties: { type: oneOf(...kinds.map(problemType)) } }] },
    PROBLEM_MEDIA_TYPE,
  );
}
