/** Events as they are printed and answered: the data of each is typed by its `type`. */
import { EVENT_DATA_SCHEMAS } from '../../gen/events/schemas.ts';
import { EVENT_KINDS } from '../model/events/events.ts';
import { chain, closed, list, ns, oneOf, position, published, type Schema, text } from './values.ts';

const unchained = {
  position: { ...position, minimum: 1 },
  atNs: ns,
  type: text,
  kind: oneOf('input', 'outcome'),
  cause: { ...position, description: 'Position of the event behind this one; 0 for inputs.' },
  data: { type: 'object', description: 'Fields of the event.' },
};

const { data, ...beforeChain } = unchained;
const chained = { ...beforeChain, chain, data };

/** How a document refers to a schema that it holds under a name. */
export type Reference = (name: string) => Schema;

/** What is so of the events of each type: events of a document refer to it. */
export const EVENT_SCHEMAS: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(EVENT_DATA_SCHEMAS).map(([type, fields]) => [
    type,
    { required: ['type'], properties: { type: { const: type }, data: fields } },
  ]),
);

/** An event with the chain that is stored beside it. `reference` is asked for the schema of each type, unless `types` are given. */
export function chainedEvent(reference: Reference, types: Schema = eventTypes(reference)): Schema {
  return { ...closed(chained), ...types };
}

/** An event by itself. */
export function bareEvent(reference: Reference, types: Schema = eventTypes(reference)): Schema {
  return { ...closed(unchained), ...types };
}

const INPUTS = Object.entries(EVENT_KINDS).flatMap(([type, kind]) => (kind === 'input' ? [type] : []));

/** An event is one of the types, and an input or an outcome as its type is. */
export function eventTypes(reference: Reference): Schema {
  return {
    oneOf: Object.keys(EVENT_KINDS).map(reference),
    if: { properties: { type: oneOf(...INPUTS) } },
    // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
    then: { properties: { kind: { const: 'input' } } },
    else: { properties: { kind: { const: 'outcome' } } },
  };
}

/** A whole schema that holds the schema of every event, so that it needs no other document. */
export function publishedWithEvents(title: string, schema: (event: Reference) => Schema): Schema {
  return {
    ...published(
      title,
      schema((name) => ({ $ref: `#/definitions/${name}` })),
    ),
    definitions: EVENT_SCHEMAS,
  };
}

/** One line of NDJSON. */
export const eventSchema = publishedWithEvents('switchback events -f ndjson, one line', chainedEvent);

export const eventsSchema = publishedWithEvents('switchback events -f json', (reference) =>
  closed({ lab: text, events: list(chainedEvent(reference)) }),
);
