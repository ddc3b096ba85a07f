/** A change of a lab, from the request to what it came to. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LabRequest } from '../model/events/codec-command.ts';
import { ask, type CommandOutcome } from '../services/living/lab-commands.ts';
import { LabExists } from '../services/living/lab-errors.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { publishOutcome } from '../services/publish/publish-event.ts';
import { addressOf, handing, idOf } from './changes.ts';
import { type ApiContext, untilGone } from './context.ts';
import { Problem } from './problem.ts';

export interface WaitQuery {
  /** Seconds. */
  readonly wait: number;
}

/** Hands a request over and waits for the lab. @returns the answer, of which `reply` has the status. @throws Problem where the lab refuses */
export async function carryOut(
  context: ApiContext,
  lab: string,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: LabRequest,
): Promise<object> {
  const { wait } = request.query as WaitQuery;
  const id = idOf(request);
  const position = (await context.service.log.head(lab))?.position ?? 0;
  const outcome = await ask(handing(context.service), lab, asked, {
    id,
    timeoutMs: wait * 1000,
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
