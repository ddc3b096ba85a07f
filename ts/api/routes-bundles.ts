/** Whole histories: a lab's bundle, a bundle as a lab, and the proof of a lab by re-execution. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bundleOf } from '../services/bundle/export-lab.ts';
import { importLiving } from '../services/bundle/import-living.ts';
import { addressOf, handing, idOf } from './changes.ts';
import { type ApiContext, headOf, type LabPath, untilGone } from './context.ts';
import { BUNDLE_BYTES_MAX } from './limits.ts';
import {
  answers,
  BUNDLE_TYPE,
  bundleAnswer,
  bundleBody,
  idempotencyKey,
  importAnswer,
  importQuery,
  labPath,
  noQuery,
  OF_CHANGES,
  pendingAnswer,
  problems,
  verifyAnswer,
} from './schemas.ts';

interface ImportRoute {
  readonly Querystring: { readonly name?: string; readonly replace: boolean; readonly wait: number };
  readonly Body: Uint8Array | null;
}

export function addBundleRoutes(app: FastifyInstance, context: ApiContext): void {
  const { service, reads, reExecutions } = context;
  const { log } = service;
  addImport(app, context);
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
    const { json } = await reExecutions.ask(service, { ask: 'verify', lab }, untilGone(context, reply));
    return json;
  });
}

/** `POST /v1/labs`: the lab of a bundle, recorded here. */
function addImport(app: FastifyInstance, context: ApiContext): void {
  void app.register((bundles, _, done) => {
    bundles.removeAllContentTypeParsers();
    bundles.addContentTypeParser(Object.keys(bundleBody.content), { parseAs: 'buffer' }, (_request, body, parsed) =>
      parsed(null, body),
    );
    const options = { schema: IMPORT, bodyLimit: BUNDLE_BYTES_MAX };
    bundles.post<ImportRoute>('/v1/labs', options, (request, reply) => importBundle(context, request, reply));
    done();
  });
}

async function importBundle(context: ApiContext, request: FastifyRequest<ImportRoute>, reply: FastifyReply): Promise<object> {
  const { query, body } = request;
  const { name, replace, wait } = query;
  const signal = AbortSignal.any([untilGone(context, reply), AbortSignal.timeout(wait * 1000)]);
  const options = { replace, id: idOf(request), signal, ...(name === undefined ? {} : { name }) };
  const { status, id, ...imported } = await importLiving(handing(context.service), body ?? new Uint8Array(0), options);
  const { lab } = imported;
  if (status === 'done') {
    reply.code(201).header('location', addressOf(lab));
    return imported;
  }
  const look = `${addressOf(lab)}/events?from=1`;
  reply.code(202).header('location', look);
  return { lab, status, id, look };
}

const IMPORT = {
  operationId: 'importLab',
  summary: 'Record the lab of a bundle',
  description: `At most ${BUNDLE_BYTES_MAX >> 20} MiB. What was recorded elsewhere is not proven by that: its verification decides every event again.`,
  tags: ['changes'],
  security: [{ token: [] }],
  headers: idempotencyKey,
  querystring: importQuery,
  body: bundleBody,
  response: {
    201: answers('Recorded, all of it.', importAnswer),
    202: answers('Handed over; not recorded within the time.', pendingAnswer),
    ...problems('lab-exists', 'invalid-bundle', ...OF_CHANGES),
  },
};

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
