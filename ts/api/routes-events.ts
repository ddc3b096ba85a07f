/** The log of a lab: in pages, and as a stream. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EventLog } from '../log/event-log.ts';
import type { Position } from '../model/events/events.ts';
import { type ChainedEvent, publishChained } from '../services/publish/publish-event.ts';
import { type ApiContext, headOf, type LabPath } from './context.ts';
import { eventStream } from './event-stream.ts';
import { decodeStored } from './polite-log.ts';
import { answers, eventAnswer, eventsAnswer, eventsQuery, labPath, lastEventId, problems, streamQuery } from './schemas.ts';

interface EventsRoute {
  readonly Params: LabPath;
  readonly Querystring: { readonly from: Position; readonly limit: number };
}

interface StreamRoute {
  readonly Params: LabPath;
  readonly Querystring: { readonly from: Position };
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
  operationId: 'events',
  summary: 'Events of a lab',
  description: `As JSON, or one event per line if the client accepts ${NDJSON}. If there are more events, a Link header names the next page.`,
  tags: ['labs'],
  params: labPath,
  querystring: eventsQuery,
  response: {
    200: {
      description: 'Events, in the order in which they were decided.',
      content: { 'application/json': { schema: eventsAnswer }, [NDJSON]: { schema: eventAnswer } },
    },
    ...problems('no-such-lab'),
  },
};

async function events(
  { service: { log } }: ApiContext,
  { params: { lab }, query: { from, limit }, headers }: FastifyRequest<EventsRoute>,
  reply: FastifyReply,
): Promise<unknown> {
  const { position: end } = await headOf(log, lab);
  const next = from + limit;
  const page = published(log, lab, from, next - 1);
  reply.header('vary', 'accept');
  if (next <= end) {
    const address = `/v1/labs/${encodeURIComponent(lab)}/events?from=${next}&limit=${limit}`;
    reply.header('link', `<${address}>; rel="next"`);
  }
  if (/\bapplication\/(x-)?ndjson\b/i.test(headers.accept ?? '')) {
    reply.type(NDJSON);
    return reply.send(Readable.from(lines(page), { objectMode: false }));
  }
  const found: ChainedEvent[] = [];
  for await (const event of page) found.push(event);
  return { lab, events: found };
}

async function* published(log: EventLog, lab: string, from: Position, to: Position): AsyncGenerator<ChainedEvent> {
  for await (const batch of log.read(lab, from, Math.min(to, Number.MAX_SAFE_INTEGER))) {
    for (const record of batch) yield publishChained(decodeStored(lab, record), record.chain);
  }
}

async function* lines(page: AsyncIterable<ChainedEvent>): AsyncGenerator<string> {
  for await (const event of page) yield `${JSON.stringify(event)}\n`;
}

const STREAM = {
  operationId: 'eventStream',
  summary: 'Stream of the events of a lab',
  description:
    'Server-sent events: `id` is the position, `data` the event. Goes on behind Last-Event-ID. Ends with an event `end` when the ' +
    'lab is removed.',
  tags: ['labs'],
  params: labPath,
  querystring: streamQuery,
  headers: lastEventId,
  response: {
    200: answers('Events, in the order in which they were decided, and those to come.', { type: 'string' }, SSE),
    ...problems('no-such-lab', 'too-many-streams'),
  },
};

async function stream(
  { service: { log }, streams, limits: { heartbeatMs } }: ApiContext,
  { params: { lab }, query, headers }: FastifyRequest<StreamRoute>,
  reply: FastifyReply,
): Promise<unknown> {
  await headOf(log, lab);
  const seen = headers['last-event-id'];
  const from = typeof seen === 'string' ? Number(seen) + 1 : query.from;
  const { signal, leave } = streams.enter();
  const text = Readable.from(eventStream({ log, lab, from, signal, heartbeatMs }), { objectMode: false });
  reply.raw.once('close', leave);
  // Each stream has its connection to itself; one that ends must not keep it from being closed.
  reply.type(SSE).header('connection', 'close').header('x-accel-buffering', 'no');
  return reply.send(text);
}
