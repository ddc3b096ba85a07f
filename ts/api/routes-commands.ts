/**
 * Changes of labs: deploy, command, destroy. Each is a command with an id (`Idempotency-Key`); a repeated id has no second effect, so
 * a client that got no answer sends the request again with the same id.
 */
import type { FastifyInstance } from 'fastify';
import type { LabRequest } from '../model/events/codec-command.ts';
import { carryOut, type WaitQuery } from './carry-out.ts';
import { type ApiContext, headOf, type LabPath } from './context.ts';
import { type DeployQuery, deploy, readSent } from './deploying.ts';
import {
  commandBody,
  commandQuery,
  deployQuery,
  destroyQuery,
  idempotencyKey,
  LAB_FILE_TYPES,
  labFileBody,
  labPath,
  noQuery,
} from './request-schemas.ts';
import {
  answers,
  cancelledAnswer,
  deployedAnswer,
  doneAnswer,
  forgottenAnswer,
  OF_CHANGES,
  pendingAnswer,
  problems,
} from './schemas.ts';

interface DeployRoute {
  readonly Params: LabPath;
  readonly Querystring: WaitQuery & DeployQuery;
  readonly Body: unknown;
}

interface CommandRoute {
  readonly Params: LabPath;
  readonly Querystring: WaitQuery;
  readonly Body: { readonly command: string };
}

interface DestroyRoute {
  readonly Params: LabPath;
  readonly Querystring: WaitQuery & { readonly forget: boolean };
}

export function addCommandRoutes(app: FastifyInstance, context: ApiContext): void {
  void app.register((files, _, done) => {
    // JSON is YAML: read as text, a mistake in it has a line and a column too.
    files.removeContentTypeParser('application/json');
    files.addContentTypeParser(LAB_FILE_TYPES, { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    files.put<DeployRoute>('/v1/labs/:lab', { schema: DEPLOY }, (request, reply) => {
      const { params, query, body } = request;
      return deploy(context, readSent(typeof body === 'string' ? body : '', params.lab), query, request, reply);
    });
    done();
  });
  app.post<CommandRoute>('/v1/labs/:lab/commands', { schema: COMMAND }, (request, reply) => {
    const asked: LabRequest = { verb: 'execute', text: request.body.command.trim() };
    return carryOut(context, request.params.lab, request, reply, asked);
  });
  app.delete<{ Params: LabPath }>('/v1/labs/:lab/commands/current', { schema: CANCEL }, ({ params }) =>
    cancel(context, params.lab),
  );
  app.delete<DestroyRoute>('/v1/labs/:lab', { schema: DESTROY }, (request, reply) => {
    const asked: LabRequest = { verb: 'destroy', forget: request.query.forget };
    return carryOut(context, request.params.lab, request, reply, asked);
  });
}

const PENDING = answers('Handed over; not settled within the time.', pendingAnswer);
const SHARED = { tags: ['changes'], security: [{ token: [] }], params: labPath, headers: idempotencyKey };

const DEPLOY = {
  ...SHARED,
  operationId: 'deployLab',
  summary: 'Deploy a lab',
  description:
    'The body is a lab file of that name. Its steps and checks are not carried out: time moves by command, or at a pace.',
  querystring: deployQuery,
  body: labFileBody,
  response: {
    201: answers('The lab has begun.', deployedAnswer),
    202: PENDING,
    ...problems('lab-exists', 'command-refused', 'cancelled', 'invalid-lab-file', ...OF_CHANGES),
  },
};

const COMMAND = {
  ...SHARED,
  operationId: 'sendCommand',
  summary: 'Send a command to a lab, or advance its time',
  querystring: commandQuery,
  body: commandBody,
  response: {
    200: answers('Carried out; with the events from the first it caused to where the lab settled.', doneAnswer),
    202: PENDING,
    ...problems('no-such-lab', 'lab-ended', 'command-refused', 'cancelled', 'invalid-command', ...OF_CHANGES),
  },
};

const DESTROY = {
  ...SHARED,
  operationId: 'destroyLab',
  summary: 'End a lab',
  description: 'Its history stays, unless `forget` is set.',
  querystring: destroyQuery,
  response: {
    200: answers('The lab has ended.', { anyOf: [doneAnswer, forgottenAnswer] }),
    202: PENDING,
    ...problems('no-such-lab', 'lab-ended', 'command-refused', 'cancelled', ...OF_CHANGES),
  },
};

const CANCEL = {
  tags: SHARED.tags,
  security: SHARED.security,
  params: labPath,
  operationId: 'cancelCommand',
  summary: 'End the command that a lab is at',
  description:
    'A step is cut where it is: what is recorded stays, and the next command of the lab finishes the step first. Commands that wait ' +
    'are not carried out. Whoever asked for one of them is answered "cancelled".',
  querystring: noQuery,
  response: {
    200: answers('Whether there was one.', cancelledAnswer),
    ...problems('no-such-lab', 'token-missing', 'too-large', 'unsupported-media-type'),
  },
};

/** Where the labs are shared, only the server that runs the lab has something to end. */
async function cancel({ service }: ApiContext, lab: string): Promise<object> {
  await headOf(service.log, lab);
  return { lab, cancelled: service.cancel?.(lab) ?? false };
}
