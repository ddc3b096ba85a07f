import { EVENT_KINDS } from '../model/events/events.ts';
import { chain, closed, list, ns, oneOf, position, published, text } from './values.ts';

const fields = {
  position: { ...position, minimum: 1 },
  atNs: ns,
  type: oneOf(...Object.keys(EVENT_KINDS)),
  kind: oneOf('input', 'outcome'),
  cause: { ...position, description: 'Position of the event behind this one; 0 for inputs.' },
  chain,
  data: { type: 'object', description: 'Fields of the event: the message of the same name in proto/switchback/v1/events.proto.' },
};

const { chain: _, ...unchained } = fields;

/** An event by itself, without the chain that is stored beside it. */
export const bareEvent = closed(unchained);

/** One line of NDJSON. */
export const eventSchema = published('switchback events -f ndjson, one line', closed(fields));

export const eventsSchema = published('switchback events -f json', closed({ lab: text, events: list(closed(fields)) }));
