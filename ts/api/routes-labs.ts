/** Labs as they are and were: `GET /v1/labs` and what lies below it, but for events. */
import type { FastifyInstance } from 'fastify';
import type { Until } from '../engine/replay.ts';
import type { EventLog } from '../log/event-log.ts';
import { toHex } from '../model/events/chain.ts';
import { beyondEnd } from '../services/ask/lab-end.ts';
import { type LabSummary, labSummary } from '../services/ask/lab-summary.ts';
import { stateAt } from '../services/ask/state-at.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { publishEvent } from '../services/publish/publish-event.ts';
import { publishState, publishStateAt } from '../services/publish/publish-state.ts';
import { type ApiContext, headOf, type LabPath } from './context.ts';
import { parseMoment } from './moment.ts';
import { decodeStored } from './polite-log.ts';
import { Problem } from './problem.ts';
import {
  answers,
  definitionAnswer,
  labAnswer,
  labPath,
  labsAnswer,
  noQuery,
  problems,
  stateAnswer,
  stateQuery,
} from './schemas.ts';

export function addLabRoutes(app: FastifyInstance, context: ApiContext): void {
  const { service, reads } = context;
  const { log } = service;
  app.get('/v1/labs', { schema: LIST }, (_, reply) => reads.answer(reply, () => list(log)));
  app.get<{ Params: LabPath }>('/v1/labs/:lab', { schema: SHOW }, ({ params }, reply) =>
    reads.answer(reply, () => show(service, params.lab)),
  );
  app.get<{ Params: LabPath; Querystring: StateQuery }>('/v1/labs/:lab/state', { schema: STATE }, ({ params, query }, reply) => {
    if (!query.derived) return reads.answer(reply, () => stateOf(context, params.lab, query));
    // Re-execution is limited by itself, and takes longer than a turn should.
    reads.enter(reply);
    return stateOf(context, params.lab, query);
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
  operationId: 'labAt',
  summary: 'A lab at a position or a virtual time',
  tags: ['labs'],
  params: labPath,
  querystring: stateQuery,
  response: {
    200: answers('Recorded state by folding, derived state by re-execution.', stateAnswer),
    ...problems('no-such-lab', 'no-such-position', 'too-much-work'),
  },
};

async function stateOf({ service, reExecutions }: ApiContext, lab: string, { at, derived }: StateQuery): Promise<unknown> {
  const { log, snapshots } = service;
  const { position: end } = await headOf(log, lab);
  const moment = at === undefined ? null : parseMoment(at);
  if (moment !== null && 'position' in moment && moment.position > end) {
    throw new Problem('no-such-position', `lab ${lab} ends at position ${end}; there is no position ${moment.position}`);
  }
  const beyond = moment !== null && 'atNs' in moment ? await beyondEnd(log, lab, moment.atNs, snapshots) : null;
  if (beyond !== null) throw new Problem('invalid-request', beyond, { errors: [{ message: beyond, in: 'query', name: 'at' }] });
  const until: Until = moment ?? { position: end };
  const state = derived ? await reExecutions.stateAt(log, lab, until) : await stateAt(log, lab, until, { derived, snapshots });
  return publishStateAt(state, moment);
}

const DEFINITION = {
  operationId: 'labDefinition',
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
