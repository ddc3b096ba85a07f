/** The context that all routes of the API share. */
import type { FastifyReply } from 'fastify';
import type { Until } from '../engine/replay.ts';
import type { EventLog, Head } from '../log/event-log.ts';
import { beyondEnd } from '../services/ask/lab-end.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { noSuchLab } from './failures.ts';
import type { ApiLimits } from './limits.ts';
import { parseMoment } from './moment.ts';
import { Problem } from './problem.ts';
import type { ReExecutions } from './re-execution.ts';
import type { Reads } from './reads.ts';
import type { Streams } from './streams.ts';

/** Services and limits that all routes use. */
export interface ApiContext {
  readonly service: LabService;
  readonly limits: ApiLimits;
  readonly streams: Streams;
  readonly reads: Reads;
  readonly reExecutions: ReExecutions;
  /** Aborted when requests that wait for a lab must be answered with "try again". */
  readonly closing: AbortSignal;
}

export interface LabPath {
  readonly lab: string;
}

/** Where a lab ends. @throws Problem naming the labs there are */
export async function headOf(log: EventLog, lab: string): Promise<Head> {
  const head = await log.head(lab);
  if (head === null) throw noSuchLab(lab, await log.labs());
  return head;
}

/** Aborted when the client has gone, or the server must answer before it closes. */
export function untilGone({ closing }: ApiContext, { raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  // A client may go while its request is read; then no further event tells of it.
  if (raw.destroyed) gone.abort(new Problem('closing', 'the client has gone'));
  else raw.once('close', () => gone.abort(new Problem('closing', 'the client has gone')));
  return AbortSignal.any([gone.signal, closing]);
}

/** The moment of a lab that a parameter names; null where it is not given. @throws Problem where the lab does not have that moment */
export async function momentIn(
  { log, snapshots }: LabService,
  lab: string,
  text: string | undefined,
  from: { readonly in: 'query' | 'body'; readonly name: string } = { in: 'query', name: 'at' },
): Promise<Until | null> {
  const { position: end } = await headOf(log, lab);
  const moment = text === undefined ? null : parseMoment(text);
  if (moment === null) return null;
  if ('position' in moment) {
    if (moment.position <= end) return moment;
    throw new Problem('no-such-position', `lab ${lab} ends at position ${end}; there is no position ${moment.position}`);
  }
  const beyond = await beyondEnd(log, lab, moment.atNs, snapshots);
  if (beyond === null) return moment;
  throw new Problem('invalid-request', beyond, { errors: [{ message: beyond, ...from }] });
}
