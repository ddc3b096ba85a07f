/** `PUT /v1/labs/{lab}/clock`: a lab that follows the clock is paused, goes on, or changes its pace. */
import type { FastifyInstance } from 'fastify';
import type { LabService } from '../services/living/lab-service.ts';
import { parsePace } from '../values/quantities.ts';
import { type ApiContext, headOf, type LabPath } from './context.ts';
import { Problem } from './problem.ts';
import { clockBody, labPath, noQuery } from './request-schemas.ts';
import { answers, clockAnswer, problems } from './schemas.ts';

interface ClockRoute {
  readonly Params: LabPath;
  readonly Body: ClockBody;
}

interface ClockBody {
  readonly paused?: boolean;
  readonly pace?: string;
}

export function addClockRoute(app: FastifyInstance, { service }: ApiContext): void {
  app.put<ClockRoute>('/v1/labs/:lab/clock', { schema: CLOCK }, ({ params, body }) => setClock(service, params.lab, body));
}

const CLOCK = {
  operationId: 'setClock',
  summary: 'Pause a lab that follows the clock, let it go on, or change its pace',
  description:
    'Nothing of it is recorded: it holds until the server ends, and after that the lab has the pace it was deployed with. ' +
    'A lab whose time moves by `step`, or that is shared over Kafka, refuses it as `invalid-command`.',
  tags: ['changes'],
  security: [{ token: [] }],
  params: labPath,
  querystring: noQuery,
  body: clockBody,
  response: {
    200: answers('How the clock goes from now on.', clockAnswer),
    ...problems('no-such-lab', 'lab-ended', 'invalid-command', 'too-large', 'unsupported-media-type'),
  },
};

async function setClock(service: LabService, lab: string, { paused, pace }: ClockBody): Promise<object> {
  await headOf(service.log, lab);
  if (service.setClock === undefined) {
    throw new Problem('invalid-command', `lab ${lab} is shared over Kafka, and keeps the pace it was deployed with`);
  }
  const { isPaused, pacePermille } = await service.setClock(lab, {
    ...(paused === undefined ? {} : { isPaused: paused }),
    ...(pace === undefined ? {} : { pacePermille: parsePace(pace) }),
  });
  return { lab, paused: isPaused, pacePermille };
}
