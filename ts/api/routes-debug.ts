/**
 * The debugger's questions to a lab: `explain`, `mac`, `bisect`, `diff` and `capture`, with the answers that the commands of these names
 * print. Each runs the lab again, in a worker (re-execution.ts).
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { EventLog } from '../log/event-log.ts';
import { labExpectation } from '../services/ask/lab-expectation.ts';
import { readFramePlace, type WhatToExplain } from '../services/debug/explanation.ts';
import type { Question, QuestionAnswered } from '../services/debug/question.ts';
import { parseMac } from '../values/mac.ts';
import { nanos, parseDuration } from '../values/nanos.ts';
import { type ApiContext, headOf, type LabPath, momentIn, untilGone } from './context.ts';
import { CAPTURE_BYTES_MAX } from './limits.ts';
import { type Mistake, Problem, type ProblemKind } from './problem.ts';
import { QuestionRefused } from './re-execution.ts';
import { bisectQuery, captureQuery, diffQuery, explainQuery, labPath, macPath, noQuery } from './request-schemas.ts';
import { answers, bisectAnswer, captureAnswer, diffAnswer, explainAnswer, macAnswer, pcapngAnswer, problems } from './schemas.ts';

interface ExplainQuery {
  readonly flow?: string;
  readonly drop?: number;
  readonly frame?: string;
  readonly why?: string;
  readonly at?: string;
}

interface DiffQuery {
  readonly at?: string;
  readonly with?: string;
  readonly withAt?: string;
}

interface CaptureQuery {
  readonly interfaces?: string;
  readonly from?: string;
  readonly to?: string;
  readonly drops: boolean;
}

interface CaptureRoute {
  readonly Params: LabPath;
  readonly Querystring: CaptureQuery;
}

const PCAPNG = 'application/x-pcapng';

export function addDebugRoutes(app: FastifyInstance, context: ApiContext): void {
  const { service, reads } = context;
  app.get<{ Params: LabPath; Querystring: ExplainQuery }>(
    '/v1/labs/:lab/explain',
    { schema: EXPLAIN },
    async ({ params: { lab }, query }, reply) => {
      reads.enter(reply);
      const until = await momentIn(service, lab, query.at);
      const { what, name } = whatToExplain(query, until);
      if (what.of === 'why') await refuseNoExpectation(service.log, lab, what.check, name);
      return (await answerOf(context, reply, { ask: 'explain', lab, what }, { in: 'query', name })).json;
    },
  );
  app.get<{ Params: LabPath & { readonly address: string } }>(
    '/v1/labs/:lab/mac/:address',
    { schema: MAC },
    async ({ params: { lab, address } }, reply) => {
      reads.enter(reply);
      await headOf(service.log, lab);
      const mac = parseMac(address);
      const place = { in: 'path', name: 'address' } as const;
      if (mac === null) throw misplaced('invalid-request', `"${address}" is not a MAC address, such as 00:50:56:aa:00:01`, place);
      return (await answerOf(context, reply, { ask: 'mac', lab, mac }, place)).json;
    },
  );
  app.get<{ Params: LabPath; Querystring: { readonly check: string } }>(
    '/v1/labs/:lab/bisect',
    { schema: BISECT },
    async ({ params: { lab }, query: { check } }, reply) => {
      reads.enter(reply);
      await headOf(service.log, lab);
      await refuseNoExpectation(service.log, lab, check, 'check');
      return (await answerOf(context, reply, { ask: 'bisect', lab, check }, { in: 'query', name: 'check' })).json;
    },
  );
  app.get<{ Params: LabPath; Querystring: DiffQuery }>(
    '/v1/labs/:lab/diff',
    { schema: DIFF },
    async ({ params: { lab }, query }, reply) => {
      reads.enter(reply);
      const other = query.with ?? lab;
      const a = { lab, until: await momentIn(service, lab, query.at) };
      const b = { lab: other, until: await momentIn(service, other, query.withAt, { in: 'query', name: 'withAt' }) };
      return (await answerOf(context, reply, { ask: 'diff', a, b }, { in: 'query', name: 'at' })).json;
    },
  );
  // A HEAD of it would run the lab for nothing.
  app.get<CaptureRoute>('/v1/labs/:lab/capture', { schema: CAPTURE, exposeHeadRoute: false }, ({ params, query, headers }, reply) =>
    capture(context, params.lab, query, headers.accept ?? '', reply),
  );
}

/** One of the four questions, and the parameter that asks it. @throws Problem for none, and for more than one */
function whatToExplain(
  { flow, drop, frame, why, at }: ExplainQuery,
  until: Awaited<ReturnType<typeof momentIn>>,
): { readonly what: WhatToExplain; readonly name: string } {
  const asked = Object.entries({ flow, drop, frame, why }).filter(([, value]) => value !== undefined);
  if (asked.length !== 1) throw misplaced('invalid-request', 'expected one of flow, drop, frame and why', { in: 'query' });
  if (at !== undefined && why === undefined) {
    throw misplaced('invalid-request', 'only "why" is asked at a moment', { in: 'query', name: 'at' });
  }
  if (drop !== undefined) return { name: 'drop', what: { of: 'event', position: drop } };
  if (frame !== undefined) return { name: 'frame', what: { of: 'frame', place: placeOf(frame) } };
  if (why !== undefined) return { name: 'why', what: { of: 'why', check: why, until } };
  return { name: 'flow', what: { of: 'flow', flow: flow ?? '' } };
}

function placeOf(frame: string): ReturnType<typeof readFramePlace> {
  try {
    return readFramePlace(frame);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw misplaced('invalid-request', error.message, { in: 'query', name: 'frame' });
  }
}

/** Refuses what is no expectation of the lab at once: a worker takes a second to begin. @throws Problem */
async function refuseNoExpectation(log: EventLog, lab: string, check: string, name: string): Promise<void> {
  try {
    await labExpectation(log, lab, check);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw misplaced('unanswerable', error.message, { in: 'query', name });
  }
}

/** A mistake, with the part of the request that it is in. */
function misplaced(kind: ProblemKind, message: string, place: Omit<Mistake, 'message'>): Problem {
  return new Problem(kind, message, { errors: [{ message, ...place }] });
}

/** Asks in a worker. @throws Problem naming the parameter that does not fit the lab */
export async function answerOf(
  context: ApiContext,
  reply: FastifyReply,
  question: Question,
  place: Omit<Mistake, 'message'>,
): Promise<QuestionAnswered> {
  const { service, reExecutions } = context;
  try {
    return await reExecutions.ask(service, question, untilGone(context, reply));
  } catch (error) {
    if (!(error instanceof QuestionRefused)) throw error;
    throw misplaced(error.isMissing ? 'no-such-part' : 'unanswerable', error.message, place);
  }
}

/** The frames, or with `Accept: application/json` what "switchback capture -f json" prints of them. */
async function capture(
  context: ApiContext,
  lab: string,
  { interfaces = '', from, to, drops }: CaptureQuery,
  accept: string,
  reply: FastifyReply,
): Promise<unknown> {
  context.reads.enter(reply);
  await momentIn(context.service, lab, from, { in: 'query', name: 'from' });
  const [fromNs, toNs] = [parseDuration(from ?? '0s') ?? 0, to === undefined ? LAST_NS : (parseDuration(to) ?? 0)];
  if (fromNs > toNs) throw misplaced('invalid-request', `from ${from} is after to ${to}`, { in: 'query', name: 'from' });
  const names = interfaces.split(',').filter((name) => name !== '');
  const request = { interfaces: names, fromNs, toNs, dropsOnly: drops };
  const file = `${lab}.pcapng`;
  const question: Question = { ask: 'capture', lab, request, file, bytesMax: CAPTURE_BYTES_MAX };
  const { json, bytes } = await answerOf(context, reply, question, { in: 'query', name: 'interfaces' });
  reply.header('vary', 'accept');
  if (/\bapplication\/json\b/i.test(accept)) return json;
  return reply
    .type(PCAPNG)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file)}`)
    .send(bytes);
}

const LAST_NS = nanos(Number.MAX_SAFE_INTEGER - 1);

const OF_QUESTIONS: readonly ProblemKind[] = ['no-such-lab', 'unanswerable', 'too-much-work'];
const SHARED = { tags: ['debugger'], params: labPath };

const EXPLAIN = {
  ...SHARED,
  operationId: 'explainLab',
  summary: 'Why frames were lost, an event happened, a frame died or a value is what it is',
  querystring: explainQuery,
  response: {
    200: answers('As "switchback explain" prints it: of a flow, an event, a frame or an expectation.', explainAnswer),
    ...problems('no-such-position', 'no-such-part', ...OF_QUESTIONS),
  },
};

const MAC = {
  ...SHARED,
  operationId: 'explainMac',
  summary: 'Who had a MAC address, and who believed in it',
  params: macPath,
  querystring: noQuery,
  response: { 200: answers('As "switchback mac" prints it.', macAnswer), ...problems(...OF_QUESTIONS) },
};

const BISECT = {
  ...SHARED,
  operationId: 'bisectLab',
  summary: 'The first event with which an expectation turns false',
  querystring: bisectQuery,
  response: { 200: answers('As "switchback bisect" prints it.', bisectAnswer), ...problems(...OF_QUESTIONS) },
};

const DIFF = {
  ...SHARED,
  operationId: 'diffLab',
  summary: 'Two labs, or one at two moments, side by side',
  querystring: diffQuery,
  response: { 200: answers('As "switchback diff" prints it.', diffAnswer), ...problems('no-such-position', ...OF_QUESTIONS) },
};

const CAPTURE = {
  ...SHARED,
  operationId: 'captureLab',
  summary: 'The frames of a lab as pcapng',
  description: `At most ${CAPTURE_BYTES_MAX >> 20} MiB. With "Accept: application/json" only what "switchback capture" prints of them.`,
  querystring: captureQuery,
  response: {
    200: {
      description: 'The frames, at virtual times, each with its verdict.',
      content: { [PCAPNG]: { schema: pcapngAnswer }, 'application/json': { schema: captureAnswer } },
    },
    ...problems('no-such-position', 'no-such-part', ...OF_QUESTIONS),
  },
};
