/** Whole histories: a lab's bundle, and the proof of a lab by re-execution. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { bundleOf } from '../services/bundle/export-lab.ts';
import { publishVerification } from '../services/publish/publish-verification.ts';
import { type ApiContext, headOf, type LabPath } from './context.ts';
import { answers, bundleAnswer, labPath, noQuery, problems, verifyAnswer } from './schemas.ts';

const BUNDLE_TYPE = 'application/gzip';

export function addBundleRoutes(app: FastifyInstance, { service, reads, reExecutions }: ApiContext): void {
  const { log } = service;
  app.get<{ Params: LabPath }>(
    '/v1/labs/:lab/bundle',
    { schema: BUNDLE },
    async ({ params: { lab } }, reply): Promise<FastifyReply> => {
      // A bundle is read as the client takes it, and a piece at a time.
      reads.enter(reply);
      const head = await headOf(log, lab);
      return reply
        .type(BUNDLE_TYPE)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(lab)}.sbk`)
        .send(Readable.from(bundleOf(log, lab, head)));
    },
  );
  app.get<{ Params: LabPath }>('/v1/labs/:lab/verification', { schema: VERIFY }, async ({ params: { lab } }, reply) => {
    // Re-execution is limited by itself, and takes longer than a turn should.
    reads.enter(reply);
    await headOf(log, lab);
    return publishVerification(lab, await reExecutions.verify(log, lab));
  });
}

const BUNDLE = {
  operationId: 'labBundle',
  summary: 'A lab as one file',
  tags: ['labs'],
  params: labPath,
  querystring: noQuery,
  response: {
    200: answers('The bundle: a compressed tar archive.', bundleAnswer, BUNDLE_TYPE),
    ...problems('no-such-lab', 'too-much-work'),
  },
};

const VERIFY = {
  operationId: 'verifyLab',
  summary: 'Verify a lab by re-execution',
  tags: ['labs'],
  params: labPath,
  querystring: noQuery,
  response: {
    200: answers('The verdict, as "switchback verify" prints it.', verifyAnswer),
    ...problems('no-such-lab', 'too-much-work'),
  },
};
