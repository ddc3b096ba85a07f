/**
 * Changes of labs: deploy, command, destroy. Each is a command with an id (`Idempotency-Key`); a repeated id has no second effect, so
 * a client that got no answer sends the request again with the same id.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LabRequest } from '../model/events/codec-command.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { ask, type CommandOutcome } from '../services/living/lab-commands.ts';
import { LabExists } from '../services/living/lab-errors.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { publishOutcome } from '../services/publish/publish-event.ts';
import type { Finding } from '../topology/draft/finding.ts';
import { readSource } from '../topology/draft/source-document.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import { parsePace } from '../values/quantities.ts';
import { addressOf, handing, idOf } from './changes.ts';
import { type ApiContext, headOf, type LabPath, untilGone } from './context.ts';
import { invalidFile, mistakeOf } from './invalid-file.ts';
import { ERRORS_TOLD_MAX } from './limits.ts';
import { Problem } from './problem.ts';
import {
  answers,
  cancelledAnswer,
  commandBody,
  commandQuery,
  deployedAnswer,
  deployQuery,
  destroyQuery,
  doneAnswer,
  forgottenAnswer,
  idempotencyKey,
  labFileBody,
  labPath,
  noQuery,
  OF_CHANGES,
  pendingAnswer,
  problems,
} from './schemas.ts';

interface WaitQuery {
  /** Seconds. */
  readonly wait: number;
}

interface DeployRoute {
  readonly Params: LabPath;
  readonly Querystring: WaitQuery & { readonly pace?: string; readonly replace: boolean };
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
    const types = ['application/json', 'text/plain', 'application/yaml', 'text/yaml', 'application/x-yaml'];
    files.addContentTypeParser(types, { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    files.put<DeployRoute>('/v1/labs/:lab', { schema: DEPLOY }, (request, reply) => deploy(context, request, reply));
    done();
  });
  app.post<CommandRoute>('/v1/labs/:lab/commands', { schema: COMMAND }, (request, reply) => {
    const asked: LabRequest = { verb: 'execute', text: request.body.command.trim() };
    return carryOut(context, request, reply, asked);
  });
  app.delete<{ Params: LabPath }>('/v1/labs/:lab/commands/current', { schema: CANCEL }, ({ params }) =>
    cancel(context, params.lab),
  );
  app.delete<DestroyRoute>('/v1/labs/:lab', { schema: DESTROY }, (request, reply) => {
    const asked: LabRequest = { verb: 'destroy', forget: request.query.forget };
    return carryOut(context, request, reply, asked);
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
  operationId: 'command',
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

// ── Lab files ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function deploy(context: ApiContext, request: FastifyRequest<DeployRoute>, reply: FastifyReply): Promise<unknown> {
  const { file, warnings } = readDeployed(typeof request.body === 'string' ? request.body : '', request.params.lab);
  const { pace, replace } = request.query;
  const pacePermille = pace === undefined ? 0 : (parsePace(pace) ?? 0);
  const asked: LabRequest = { verb: 'deploy', definition: canonicalJson(file.lab), pacePermille, replace };
  const answer = await carryOut(context, request, reply, asked);
  if (reply.statusCode !== 200) return answer;
  reply.code(201).header('location', addressOf(request.params.lab));
  return { ...answer, warnings: warnings.slice(0, ERRORS_TOLD_MAX).map(mistakeOf) };
}

/** @throws Problem with all that is wrong with the file */
function readDeployed(text: string, lab: string): { readonly file: LabFile; readonly warnings: readonly Finding[] } {
  const result = readLabFile(text, lab);
  if (!result.ok) throw invalidFile(result.findings.map(mistakeOf), 'deployed');
  const { file, warnings } = result;
  if (file.name === lab) return { file, warnings };
  const place = readSource(text).source?.valuePlace(['name']) ?? { line: 1, column: 1 };
  throw invalidFile([{ message: `the file names the lab ${file.name}, but the address names ${lab}`, ...place }], 'deployed');
}

// ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where the labs are shared, only the server that runs the lab has something to end. */
async function cancel({ service }: ApiContext, lab: string): Promise<object> {
  await headOf(service.log, lab);
  return { lab, cancelled: service.cancel?.(lab) ?? false };
}

type Asking = FastifyRequest<{ Params: LabPath; Querystring: WaitQuery }>;

async function carryOut(context: ApiContext, request: Asking, reply: FastifyReply, asked: LabRequest): Promise<object> {
  const { lab } = request.params;
  const id = idOf(request);
  const position = (await context.service.log.head(lab))?.position ?? 0;
  const outcome = await ask(handing(context.service), lab, asked, {
    id,
    timeoutMs: request.query.wait * 1000,
    signal: untilGone(context, reply),
  });
  if (outcome.status === 'pending') await checkNotOvertaken(context.service, lab, asked, id);
  const begins = asked.verb === 'deploy' && asked.replace ? 1 : position + 1;
  return answerOf(lab, outcome, reply, `${addressOf(lab)}/events?from=${begins}`);
}

function answerOf(lab: string, outcome: CommandOutcome, reply: FastifyReply, look: string): object {
  const answer = publishOutcome(lab, outcome);
  if (outcome.status === 'pending') {
    reply.code(202).header('location', look);
    return { ...answer, look };
  }
  if (outcome.status !== 'refused') return answer;
  const { lab: _lab, status: _status, ...members } = answer;
  throw new Problem('command-refused', outcome.reasons.join('; ') || 'the lab gave no reason', members);
}

/** Two may deploy the same name at the same time: the second finds the first's lab there, and nothing of its own. */
async function checkNotOvertaken({ log }: LabService, lab: string, asked: LabRequest, id: string): Promise<void> {
  if (asked.verb !== 'deploy' || asked.replace) return;
  for await (const batch of log.read(lab, 1, 1)) {
    if (batch.some(({ commandId }) => commandId !== id)) throw new LabExists(lab);
  }
}
