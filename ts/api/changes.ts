/** What all changes of labs share: the id of the command, and how it is handed over. */
import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { LabCommand } from '../model/events/codec-command.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { problemOf } from './failures.ts';
import { Problem } from './problem.ts';

/** Id of the command: the request's `Idempotency-Key`, or a new one. */
export function idOf({ headers }: FastifyRequest): string {
  const key = headers['idempotency-key'];
  return typeof key === 'string' ? key : randomUUID();
}

/** How long a request may wait, ms: a timer takes whole ones. */
export function waitMs(seconds: number): number {
  return Math.ceil(seconds * 1000);
}

export function addressOf(lab: string): string {
  return `/v1/labs/${encodeURIComponent(lab)}`;
}

/** The same service, but errors of passing a command to the lab are distinguished from other errors. */
export function handing(service: LabService): LabService {
  const submit = (command: LabCommand): ReturnType<LabService['submit']> =>
    service.submit(command).catch((error: unknown) => Promise.reject(handOverFailed(error, command)));
  return { ...service, submit };
}

/** A missing or ended lab gets its own problem; any other error may be temporary, and the client may try again. */
function handOverFailed(error: unknown, { id }: LabCommand): unknown {
  if (problemOf(error).kind !== 'defect') return error;
  const detail = `${error instanceof Error ? error.message : String(error)}; try again with the Idempotency-Key ${id}`;
  return new Problem('not-handed-over', detail, { id }, { 'retry-after': '1' }, { cause: error });
}
