/** Events as they are printed and answered: the data of each is typed by its `type`. */
import { EVENT_DATA_SCHEMAS } from '../../gen/events/schemas.ts';
import { EVENT_KINDS } from '../model/events/events.ts';
import { chain, closed, list, ns, oneOf, position, published, type Schema, text } from './values.ts';

const unchained = {
  position: { ...position, minimum: 1 },
  atNs: ns,
  type: oneOf(...Object.keys(EVENT_KINDS)),
  kind: oneOf('input', 'outcome'),
  cause: { ...position, description: 'Position of the event behind this one; 0 for inputs.' },
  data: { type: 'object', description: 'Fields of the event.' },
};

const { data, ...beforeChain } = unchained;
const chained = { ...beforeChain, chain, data };

/** How a document refers to a schema that it holds under a name. */
export type Reference = (name: string) => Schema;

/** The data of each event, by its type: what events of a document refer to. */
export const EVENT_DATA: Readonly<Record<string, Schema>> = EVENT_DATA_SCHEMAS;

/** An event with the chain that is stored beside it. `reference` is asked for the data of each type, unless `types` are given. */
export function chainedEvent(reference: Reference, types: Schema = eventTypes(reference)): Schema {
  return { ...closed(chained), ...types };
}

/** An event by itself. */
export function bareEvent(reference: Reference, types: Schema = eventTypes(reference)): Schema {
  return { ...closed(unchained), ...types };
}

/** For each type of event its kind and its own data. */
export function eventTypes(reference: Reference): Schema {
  return {
    oneOf: Object.entries(EVENT_KINDS).map(([type, kind]) => ({
      properties: { type: { const: type }, kind: { const: kind }, data: reference(type) },
    })),
  };
}

/** A whole schema that holds the data of every event, so that it needs no other document. */
export function publishedWithEvents(title: string, schema: (event: Reference) => Schema): Schema {
  return {
    ...published(
      title,
      schema((name) => ({ $ref: `#/definitions/${name}` })),
    ),
    definitions: EVENT_DATA,
  };
}

/** One line of NDJSON. */
export const eventSchema = publishedWithEvents('switchback events -f ndjson, one line', chainedEvent);

export const eventsSchema = publishedWithEvents('switchback events -f json', (reference) =>
  closed({ lab: text, events: list(chainedEvent(reference)) }),
);
