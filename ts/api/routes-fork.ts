/** `POST /v1/labs/{lab}/fork`: the past of a lab with a change, as a lab of its own; answered with what came out differently. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readSetting, type Setting } from '../debug/settings.ts';
import type { Lab } from '../model/lab/lab.ts';
import type { Check } from '../model/lab/script.ts';
import { importLiving, refuseOther } from '../services/bundle/import-living.ts';
import { readChanged } from '../services/debug/changed-file.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { addressOf, handing, idOf } from './changes.ts';
import { type ApiContext, type LabPath, momentIn, untilGone } from './context.ts';
import { invalidFile, mistakeOf } from './invalid-file.ts';
import { BUNDLE_BYTES_MAX } from './limits.ts';
import { type Mistake, Problem, type ProblemKind } from './problem.ts';
import { commandQuery, forkBody, idempotencyKey, labPath } from './request-schemas.ts';
import { answerOf } from './routes-debug.ts';
import { answers, forkAnswer, OF_CHANGES, pendingAnswer, problems } from './schemas.ts';

interface ForkRoute {
  readonly Params: LabPath;
  readonly Querystring: { readonly wait: number };
  readonly Body: ForkBody;
}

interface ForkBody {
  readonly at?: string;
  readonly run?: readonly string[];
  readonly set?: readonly string[];
  readonly without?: readonly string[];
  readonly name?: string;
  readonly replace: boolean;
  readonly file?: string;
}

export function addForkRoutes(app: FastifyInstance, context: ApiContext): void {
  app.post<ForkRoute>('/v1/labs/:lab/fork', { schema: FORK }, (request, reply) => fork(context, request, reply));
}

const FORK = {
  operationId: 'forkLab',
  summary: 'Run a lab again from a moment, with a change',
  description: 'Makes a lab of its own, and answers with what came out differently.',
  tags: ['debugger'],
  security: [{ token: [] }],
  params: labPath,
  headers: idempotencyKey,
  querystring: commandQuery,
  body: forkBody,
  response: {
    201: answers('As "switchback fork" prints it.', forkAnswer),
    202: answers('Handed over; not recorded within the time.', pendingAnswer),
    ...problems(
      'no-such-lab',
      'no-such-position',
      'lab-exists',
      'unanswerable',
      'invalid-lab-file',
      'too-much-work',
      ...OF_CHANGES,
    ),
  },
};

async function fork(context: ApiContext, request: FastifyRequest<ForkRoute>, reply: FastifyReply): Promise<unknown> {
  const { service, reads } = context;
  const { params, query, body } = request;
  const { lab } = params;
  reads.enter(reply);
  const at = await momentIn(service, lab, body.at, { in: 'body', name: 'at' });
  const { run = [], without = [], name = `${lab}-fork`, replace } = body;
  if (name === lab) throw wrong(`a fork cannot be called ${lab}, as the lab that it comes from`, 'name');
  const id = idOf(request);
  const set = (body.set ?? []).map((text, index) => settingOf(text, index));
  const file = body.file === undefined ? {} : changedFile(body.file, lab, set);
  await refuseOther(service.log, name, id, replace);
  const order = { lab, at, name, replace, run, set, without, ...file };
  const { json, bytes } = await answerOf(context, reply, { ask: 'fork', order }, { in: 'body' });
  if (bytes === null || bytes.length > BUNDLE_BYTES_MAX) {
    throw new Problem(
      'unanswerable',
      `the fork has more than ${BUNDLE_BYTES_MAX >> 20} MiB, compressed: make it where the labs are`,
    );
  }
  const signal = AbortSignal.any([untilGone(context, reply), AbortSignal.timeout(query.wait * 1000)]);
  const { status } = await importLiving(handing(service), bytes, { name, replace, id, signal });
  if (status === 'done') {
    reply.code(201).header('location', addressOf(name));
    return json;
  }
  const look = `${addressOf(name)}/events?from=1`;
  reply.code(202).header('location', look);
  return { lab: name, status, id, look };
}

function wrong(message: string, name: string, kind: ProblemKind = 'invalid-request'): Problem {
  return new Problem(kind, message, { errors: [{ message, in: 'body', name }] });
}

function settingOf(text: string, index: number): Setting {
  try {
    return readSetting(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong(error.message, `set/${index}`);
  }
}

/** The checks of a lab file, and its lab with the settings in the file. @throws Problem with all that is wrong with the file */
function changedFile(
  text: string,
  lab: string,
  set: readonly Setting[],
): { readonly checks: readonly Check[]; readonly changed: Lab } {
  const read = readLabFile(text, lab);
  if (!read.ok) throw invalidFile(read.findings.map(mistakeOf), 'forked');
  const { checks } = read.file.script;
  if (set.length === 0) return { checks, changed: read.file.lab };
  const changed = changedBy(text, lab, read.file.lab, set);
  if (!changed.ok) throw invalidFile(changed.findings.map(inChanged), 'forked');
  return { checks, changed: changed.file.lab };
}

function changedBy(...asked: Parameters<typeof readChanged>): ReturnType<typeof readChanged> {
  try {
    return readChanged(...asked);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong(error.message, 'set', 'unanswerable');
  }
}

/** Places are those of the file with the settings, which nobody has. */
function inChanged(finding: Parameters<typeof mistakeOf>[0]): Mistake {
  const { line: _line, column: _column, ...mistake } = mistakeOf(finding);
  return { ...mistake, message: `with the settings: ${mistake.message}`, in: 'body', name: 'set' };
}
