/** Whole histories: a lab's bundle, a bundle as a lab, and the proof of a lab by re-execution. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bundleOf } from '../services/bundle/export-lab.ts';
import { heldBytes, soundBundle } from '../services/bundle/file/bundle-file.ts';
import { importLiving } from '../services/bundle/import-living.ts';
import type { WaitQuery } from './carry-out.ts';
import { addressOf, handing, idOf } from './changes.ts';
import { type ApiContext, headOf, type LabPath, untilGone } from './context.ts';
import { type DeployQuery, deploy, readSent } from './deploying.ts';
import { BUNDLE_BYTES_MAX } from './limits.ts';
import { Problem } from './problem.ts';
import { addBody, addQuery, BUNDLE_TYPE, idempotencyKey, LAB_FILE_TYPES, labPath, noQuery } from './request-schemas.ts';
import {
  answers,
  bundleAnswer,
  deployedAnswer,
  importAnswer,
  OF_CHANGES,
  pendingAnswer,
  problems,
  validAnswer,
  verifyAnswer,
} from './schemas.ts';

interface AddRoute {
  readonly Querystring: DeployQuery & WaitQuery & { readonly name?: string; readonly validate: boolean };
  /** A bundle, or the text of a lab file. */
  readonly Body: Uint8Array | string | null;
}

export function addBundleRoutes(app: FastifyInstance, context: ApiContext): void {
  const { service, reads, reExecutions } = context;
  const { log } = service;
  addAdding(app, context);
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
    const { json } = await reExecutions.ask(log, { ask: 'verify', lab }, untilGone(context, reply));
    return json;
  });
}

/** `POST /v1/labs`: the lab of a bundle recorded here, or that of a file deployed. */
function addAdding(app: FastifyInstance, context: ApiContext): void {
  void app.register((adding, _, done) => {
    adding.removeAllContentTypeParsers();
    adding.addContentTypeParser(BUNDLE_TYPE, { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
    adding.addContentTypeParser(LAB_FILE_TYPES, { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    const options = { schema: ADD, bodyLimit: BUNDLE_BYTES_MAX };
    adding.post<AddRoute>('/v1/labs', options, (request, reply) => {
      const { body } = request;
      return typeof body === 'string' ? addFile(context, body, request, reply) : addBundle(context, body, request, reply);
    });
    done();
  });
}

function addFile(context: ApiContext, text: string, request: FastifyRequest<AddRoute>, reply: FastifyReply): Promise<object> {
  const { bodyBytesMax } = context.limits;
  if (Buffer.byteLength(text) > bodyBytesMax)
    throw new Problem('too-large', `a lab file may have at most ${bodyBytesMax / 2 ** 20} MiB`);
  const { query } = request;
  const read = readSent(text, query.name ?? null);
  if (!query.validate) return deploy(context, read, query, request, reply);
  return Promise.resolve({ lab: read.file.name, valid: true, warnings: read.warnings });
}

async function addBundle(
  context: ApiContext,
  body: Uint8Array | null,
  request: FastifyRequest<AddRoute>,
  reply: FastifyReply,
): Promise<object> {
  const bundle = body ?? new Uint8Array(0);
  const { name, pace, replace, validate, wait } = request.query;
  if (pace !== undefined) {
    const message = 'a bundle has its pace in it; only a lab file is deployed at one';
    throw new Problem('invalid-request', message, { errors: [{ message, in: 'query', name: 'pace' }] });
  }
  if (validate) {
    const { lab } = await soundBundle(heldBytes(bundle));
    return { lab: name ?? lab, valid: true, warnings: [] };
  }
  const signal = AbortSignal.any([untilGone(context, reply), AbortSignal.timeout(wait * 1000)]);
  const options = { replace, id: idOf(request), signal, ...(name === undefined ? {} : { name }) };
  const { status, id, ...imported } = await importLiving(handing(context.service), bundle, options);
  const { lab } = imported;
  if (status === 'done') {
    reply.code(201).header('location', addressOf(lab));
    return imported;
  }
  const look = `${addressOf(lab)}/events?from=1`;
  reply.code(202).header('location', look);
  return { lab, status, id, look };
}

const ADD = {
  operationId: 'addLab',
  summary: 'Record the lab of a bundle, or deploy that of a file',
  description:
    `A bundle has at most ${BUNDLE_BYTES_MAX >> 20} MiB; what was recorded elsewhere is not proven by that: its verification decides every ` +
    'event again. A file is deployed as by PUT, under the name in it. With `validate` it is only read.',
  tags: ['changes'],
  security: [{ token: [] }],
  headers: idempotencyKey,
  querystring: addQuery,
  body: addBody,
  response: {
    200: answers('With `validate`: a lab that could be added.', validAnswer),
    201: answers('Recorded, all of it; or deployed.', { anyOf: [importAnswer, deployedAnswer] }),
    202: answers('Handed over; not recorded within the time.', pendingAnswer),
    ...problems('lab-exists', 'command-refused', 'cancelled', 'invalid-bundle', 'invalid-lab-file', ...OF_CHANGES),
  },
};

const BUNDLE = {
  operationId: 'exportLab',
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
