/** Labs as they are and were: `GET /v1/labs` and what lies below it, but for events. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Until } from '../engine/replay.ts';
import type { EventLog } from '../log/event-log.ts';
import { toHex } from '../model/events/chain.ts';
import { type LabSummary, labSummary } from '../services/ask/lab-summary.ts';
import { stateAt } from '../services/ask/state-at.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { publishEvent } from '../services/publish/publish-event.ts';
import { publishState, publishStateAt } from '../services/publish/publish-state.ts';
import { type ApiContext, headOf, type LabPath, momentIn, untilGone } from './context.ts';
import { decodeStored } from './polite-log.ts';
import { Problem } from './problem.ts';
import { labPath, noQuery, stateQuery } from './request-schemas.ts';
import { answers, definitionAnswer, labAnswer, labsAnswer, problems, stateAnswer } from './schemas.ts';

export function addLabRoutes(app: FastifyInstance, context: ApiContext): void {
  const { service, reads } = context;
  const { log } = service;
  app.get('/v1/labs', { schema: LIST }, (_, reply) => reads.answer(reply, () => list(log)));
  app.get<{ Params: LabPath }>('/v1/labs/:lab', { schema: SHOW }, ({ params }, reply) =>
    reads.answer(reply, () => show(service, params.lab)),
  );
  app.get<{ Params: LabPath; Querystring: StateQuery }>('/v1/labs/:lab/state', { schema: STATE }, ({ params, query }, reply) => {
    if (!query.derived) return reads.answer(reply, () => stateOf(context, reply, params.lab, query));
    // Re-execution is limited by itself, and takes longer than a turn should.
    reads.enter(reply);
    return stateOf(context, reply, params.lab, query);
  });
  app.get<{ Params: LabPath }>('/v1/labs/:lab/definition', { schema: DEFINITION }, ({ params }, reply) =>
    reads.answer(reply, () => definitionOf(log, params.lab)),
  );
}

async function list(log: EventLog): Promise<{ readonly labs: readonly LabSummary[] }> {
  const labs: LabSummary[] = [];
  for (const lab of await log.labs()) {
    const summary = await labSummary(log, lab);
    if (summary !== null) labs.push(summary);
  }
  return { labs };
}

const LIST = {
  operationId: 'listLabs',
  summary: 'All labs',
  tags: ['labs'],
  querystring: noQuery,
  response: { 200: answers('The labs, by name.', labsAnswer), ...problems('too-much-work') },
};

const SHOW = {
  operationId: 'showLab',
  summary: 'A lab at its end',
  tags: ['labs'],
  params: labPath,
  querystring: noQuery,
  response: { 200: answers('Its recorded state.', labAnswer), ...problems('no-such-lab', 'too-much-work') },
};

async function show({ log, snapshots }: LabService, lab: string): Promise<unknown> {
  const { position, chain } = await headOf(log, lab);
  const { atNs, recorded } = await stateAt(log, lab, { position }, { derived: false, snapshots });
  const { pacePermille, ended } = recorded;
  return { lab, position, atNs, chain: toHex(chain), pacePermille, ended, ...publishState(recorded) };
}

interface StateQuery {
  readonly at?: string;
  readonly derived: boolean;
}

const STATE = {
  operationId: 'showState',
  summary: 'A lab at a position or a virtual time',
  tags: ['labs'],
  params: labPath,
  querystring: stateQuery,
  response: {
    200: answers('Recorded state by folding, derived state by re-execution.', stateAnswer),
    ...problems('no-such-lab', 'no-such-position', 'too-much-work'),
  },
};

async function stateOf(context: ApiContext, reply: FastifyReply, lab: string, { at, derived }: StateQuery): Promise<unknown> {
  const { service, reExecutions } = context;
  const { log, snapshots } = service;
  const { position } = await headOf(log, lab);
  const asked = await momentIn(service, lab, at);
  const until: Until = asked ?? { position };
  if (!derived) return publishStateAt(await stateAt(log, lab, until, { derived, snapshots }), asked);
  const { json } = await reExecutions.ask(log, { ask: 'state', lab, until, asked }, untilGone(context, reply));
  return json;
}

const DEFINITION = {
  operationId: 'showDefinition',
  summary: 'Definition of a lab',
  tags: ['labs'],
  params: labPath,
  querystring: noQuery,
  response: { 200: answers('The resolved lab.', definitionAnswer), ...problems('no-such-lab', 'too-much-work') },
};

interface LabDefinition {
  readonly definition: unknown;
  readonly pacePermille: number;
}

async function definitionOf(log: EventLog, lab: string): Promise<unknown> {
  await headOf(log, lab);
  for await (const batch of log.read(lab, 1, 1)) {
    for (const record of batch) {
      const event = decodeStored(lab, record);
      if (event.type !== 'LabDefined') break;
      const { definition, pacePermille } = publishEvent(event).data as LabDefinition;
      if (typeof definition === 'object') return { lab, pacePermille, definition };
    }
  }
  throw new Problem('store-damaged', `lab ${lab} does not begin with its definition`);
}
