/** The log of a lab: in pages, and as a stream. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Position } from '../model/events/events.ts';
import { addressOf } from './changes.ts';
import { type ApiContext, headOf, type LabPath, momentIn } from './context.ts';
import { EventPieces, type WriteEvent } from './event-pieces.ts';
import { type EventQuery, selectEvents } from './event-query.ts';
import { eventStream } from './event-stream.ts';
import { eventsQuery, labPath, lastEventId, streamQuery } from './request-schemas.ts';
import { answers, eventAnswer, eventsAnswer, problems } from './schemas.ts';

interface EventsRoute {
  readonly Params: LabPath;
  readonly Querystring: EventQuery & { readonly from: Position; readonly limit: number };
}

interface StreamRoute {
  readonly Params: LabPath;
  readonly Querystring: EventQuery & { readonly from: Position };
}

const NDJSON = 'application/x-ndjson';
const SSE = 'text/event-stream';

export function addEventRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get<EventsRoute>('/v1/labs/:lab/events', { schema: EVENTS }, (request, reply) => events(context, request, reply));
  // A HEAD of it would read the whole log for nothing.
  app.get<StreamRoute>('/v1/labs/:lab/events/stream', { schema: STREAM, exposeHeadRoute: false }, (request, reply) =>
    stream(context, request, reply),
  );
}

const EVENTS = {
  operationId: 'listEvents',
  summary: 'Events of a lab',
  description:
    `As JSON, or one event per line if the client accepts ${NDJSON}. If there are more events, a Link header names the next page, ` +
    'with the same filters.',
  tags: ['labs'],
  params: labPath,
  querystring: eventsQuery,
  response: {
    200: {
      description: 'Events, in the order in which they were decided.',
      content: { 'application/json': { schema: eventsAnswer }, [NDJSON]: { schema: eventAnswer } },
    },
    ...problems('no-such-lab', 'no-such-position', 'no-such-part', 'too-much-work'),
  },
};

async function events(
  context: ApiContext,
  { method, params: { lab }, query, headers }: FastifyRequest<EventsRoute>,
  reply: FastifyReply,
): Promise<unknown> {
  const { service, reads } = context;
  const { log } = service;
  const { limit, since, ...filters } = query;
  reads.enter(reply);
  const { position: end } = await headOf(log, lab);
  await momentIn(service, lab, since, { in: 'query', name: 'since' });
  const { from, isWanted } = await selectEvents(context, lab, query.from, query);
  const next = from + limit;
  reply.header('vary', 'accept');
  if (next <= end) reply.header('link', `<${addressOf(lab)}/events?${nextPage(filters, next, limit)}>; rel="next"`);
  const form = /\bapplication\/(x-)?ndjson\b/i.test(headers.accept ?? '') ? LINES : documentOf(lab);
  reply.type(form.type);
  // A HEAD of it would read the log for nothing.
  if (method === 'HEAD') return reply.send();
  const pieces = new EventPieces(log, lab, from, form.write, isWanted);
  const text = pageText(pieces, Math.min(next - 1, end), form, (work) => reads.turn(work));
  // What goes wrong before the first piece is still a problem; after it, the answer breaks off.
  const first = await text.next();
  return reply.send(Readable.from(rest(first, text), { objectMode: false, highWaterMark: 1 }));
}

/** The query of the page behind one; what `since` says is behind it already. */
function nextPage(filters: EventQuery & { readonly from: Position }, next: Position, limit: number): string {
  return String(new URLSearchParams({ ...filters, from: String(next), limit: String(limit) }));
}

/** How a page is written: what comes before its events, each event, and what comes after them. */
interface PageForm {
  readonly type: string;
  readonly before: string;
  readonly write: WriteEvent;
  readonly after: string;
}

const LINES: PageForm = { type: NDJSON, before: '', write: (_, json) => `${json}\n`, after: '' };

function documentOf(lab: string): PageForm {
  let before = '';
  return {
    type: 'application/json; charset=utf-8',
    before: `{"lab":${JSON.stringify(lab)},"events":[`,
    write: (_, json) => {
      const text = before + json;
      before = ',';
      return text;
    },
    after: ']}',
  };
}

async function* pageText(
  pieces: EventPieces,
  to: Position,
  { before, after }: PageForm,
  turn: <T>(work: () => Promise<T>) => Promise<T>,
): AsyncGenerator<string, void> {
  let text = before;
  while (pieces.next <= to) {
    text += await turn(() => pieces.read(to));
    if (pieces.next > to) break;
    if (text !== '') yield text;
    text = '';
  }
  yield text + after;
}

async function* rest(first: IteratorResult<string, void>, others: AsyncGenerator<string, void>): AsyncGenerator<string> {
  if (first.done !== true) yield first.value;
  yield* others;
}

const STREAM = {
  operationId: 'followEvents',
  summary: 'Stream of the events of a lab',
  description:
    'Server-sent events: `id` is the position, `data` the event. What is there comes first, then what happens. Goes on behind ' +
    'Last-Event-ID. Ends with an event `end` when the lab is removed.',
  tags: ['labs'],
  params: labPath,
  querystring: streamQuery,
  headers: lastEventId,
  response: {
    200: answers('Events, in the order in which they were decided, and those to come.', { type: 'string' }, SSE),
    ...problems('no-such-lab', 'no-such-part', 'too-many-streams'),
  },
};

async function stream(
  context: ApiContext,
  { params: { lab }, query, headers }: FastifyRequest<StreamRoute>,
  reply: FastifyReply,
): Promise<unknown> {
  const { service, streams, reads } = context;
  const { log } = service;
  const seen = headers['last-event-id'];
  const after = typeof seen === 'string' ? { ...query, from: Number(seen) + 1 } : query;
  const { from, isWanted } = await selectEvents(context, lab, after.from, after);
  const signal = streams.enter(reply.raw);
  const text = eventStream({ log, lab, from, isWanted, signal, turn: (work) => reads.turn(work) });
  // Each stream has its connection to itself; one that ends must not keep it from being closed.
  reply.type(SSE).header('connection', 'close').header('x-accel-buffering', 'no');
  return reply.send(Readable.from(text, { objectMode: false, highWaterMark: 1 }));
}
