/**
 * Turns every failure into a problem, which has a kind and one sentence, no stack. The server's own log gets the stack of an
 * unexpected error; the client learns only that there was a defect.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BundleDamaged, BundleNewer } from '../bundle/bundle-errors.ts';
import { LabRemoved, LogDamaged } from '../log/event-log.ts';
import { BundleDiffers, InvalidCommand, LabEnded, LabExists, NoSuchLab, StepCancelled } from '../services/living/lab-errors.ts';
import { collectMethods } from './allowed-methods.ts';
import { API_LIMITS, LABS_NAMED_MAX } from './limits.ts';
import { PROBLEM_MEDIA_TYPE, Problem } from './problem.ts';
import { mistakesOf } from './validation.ts';

export type OnDefect = (text: string) => void;

/** To be called before the routes are added. */
export function addFailures(app: FastifyInstance, onDefect: OnDefect): void {
  const methodsOf = collectMethods(app);
  app.setErrorHandler((error, request, reply) => {
    // What fastify says of a method that the address does not take is beside the point.
    const problem = request.is404 && !(error instanceof Problem) ? notFound(request, methodsOf) : problemOf(error, request);
    if (problem.kind === 'defect') onDefect(`${request.method} ${request.routeOptions.url ?? '?'}: ${stackOf(problem.cause)}`);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(request, methodsOf)));
}

function notFound({ method, url }: FastifyRequest, methodsOf: (path: string) => readonly string[]): Problem {
  const path = url.split('?')[0] ?? '';
  const allowed = methodsOf(path).join(', ');
  if (allowed === '') return new Problem('no-such-route', `${method} ${path}: no such route; /openapi.json lists all routes`);
  return new Problem('method-not-allowed', `${path} takes ${allowed}, not ${method}`, {}, { allow: allowed });
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).headers(problem.headers).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem.toBody()));
}

/** The problem behind whatever was thrown. */
export function problemOf(error: unknown, request: FastifyRequest | null = null): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NoSuchLab) return noSuchLab(error.lab, error.known);
  if (error instanceof LabRemoved) return noSuchLab(error.lab, []);
  if (error instanceof LabExists)
    return new Problem('lab-exists', `lab ${error.lab} exists already; replace=true deletes it and its history`);
  if (error instanceof BundleDiffers) return new Problem('lab-exists', differs(error));
  if (error instanceof LabEnded) return new Problem('lab-ended', error.message);
  if (error instanceof InvalidCommand) return new Problem('invalid-command', error.message);
  if (error instanceof BundleNewer) return new Problem('invalid-bundle', error.message);
  if (error instanceof BundleDamaged)
    return new Problem('invalid-bundle', error.message, error.position === 0 ? {} : { position: error.position });
  if (error instanceof StepCancelled) return new Problem('cancelled', error.message);
  if (error instanceof LogDamaged) return new Problem('store-damaged', error.message, {}, {}, { cause: error });
  if (!(error instanceof Error)) return defect(error);
  return ofFramework(error as FastifyError, request) ?? defect(error);
}

function differs({ lab }: BundleDiffers): string {
  return `lab ${lab} came from an earlier request with this Idempotency-Key, and with another history: send this one with a key of its own`;
}

export function noSuchLab(lab: string, known: readonly string[]): Problem {
  const named = known.slice(0, LABS_NAMED_MAX);
  const more = known.length - named.length;
  const there =
    known.length === 0 ? 'GET /v1/labs lists all labs' : `there are ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return new Problem('no-such-lab', `there is no lab ${lab}: ${there}`, { known: named });
}

function defect(cause: unknown): Problem {
  return new Problem('defect', 'the server could not do this; its log says why', {}, {}, { cause });
}

/** The problem of a request that fastify itself refuses. */
function ofFramework(error: FastifyError, request: FastifyRequest | null): Problem | null {
  if (error.validation !== undefined && request !== null) return invalidRequest(request, error);
  const { statusCode, message } = error;
  // Errors of native code have numbers.
  const code = typeof error.code === 'string' ? error.code : '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Problem('too-large', `the body may have at most ${mebibytesOf(request)} MiB`);
  if (statusCode === 413) return new Problem('too-large', message);
  if (statusCode === 415) return new Problem('unsupported-media-type', mediaTypesOf(request));
  if (code.startsWith('FST_') && statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem('invalid-request', message);
  }
  return null;
}

function invalidRequest(request: FastifyRequest, error: FastifyError): Problem {
  const errors = mistakesOf(request);
  const detail = errors[0] === undefined ? error.message : errors.map(({ message }) => message).join('; ');
  return new Problem('invalid-request', detail, { errors });
}

function mebibytesOf(request: FastifyRequest | null): number {
  return (request?.routeOptions.bodyLimit ?? API_LIMITS.bodyBytesMax) / 2 ** 20;
}

function mediaTypesOf(request: FastifyRequest | null): string {
  const body = request?.routeOptions.schema?.body as { readonly content?: object } | undefined;
  const types = body?.content === undefined ? ['application/json'] : Object.keys(body.content);
  return `expected Content-Type ${types.join(' or ')}`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
