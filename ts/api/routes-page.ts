/**
 * The page, and the page in one file. Its scripts come from this server and no other; a worker has a policy of its own, because the one of the
 * page does not reach it.
 */
import type { FastifyInstance } from 'fastify';
import { closed } from '../schemas/values.ts';
import { PAGE_FILES, type PageFiles, readPageFiles } from '../services/page/page-files.ts';
import { NOTHING_ALLOWED } from './answer-headers.ts';
import { Problem } from './problem.ts';
import { noQuery } from './request-schemas.ts';

const PAGE_POLICY = [
  ...NOTHING_ALLOWED,
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  'img-src data:',
  'trusted-types switchback',
].join('; ');

/** A worker compiles the data plane that the page hands to it, and asks no address for anything. */
const WORKER_POLICY = [...NOTHING_ALLOWED, "script-src 'wasm-unsafe-eval'", "trusted-types 'none'"].join('; ');

interface Sent {
  readonly type: string;
  readonly policy: string | null;
  readonly content: (files: PageFiles) => string | Uint8Array;
}

const FILES = {
  'index.html': { type: 'text/html; charset=utf-8', policy: PAGE_POLICY, content: ({ html }) => html },
  'page.css': { type: 'text/css; charset=utf-8', policy: null, content: ({ css }) => css },
  'page.js': { type: 'text/javascript; charset=utf-8', policy: null, content: ({ script }) => script },
  'worker.js': { type: 'text/javascript; charset=utf-8', policy: WORKER_POLICY, content: ({ worker }) => worker },
  'dataplane.wasm': { type: 'application/wasm', policy: null, content: ({ wasm }) => wasm },
  'rules.html': { type: 'text/html; charset=utf-8', policy: null, content: ({ rules }) => rules },
  'rules.json': { type: 'application/json; charset=utf-8', policy: null, content: ({ ruleNames }) => ruleNames },
  'licences.txt': { type: 'text/plain; charset=utf-8', policy: null, content: ({ licences }) => licences },
} as const satisfies Record<string, Sent>;

type FileName = keyof typeof FILES;

interface FileRoute {
  readonly Params: { readonly file: FileName };
}

/** @param folder where the page was built, if not in the build */
export function addPageRoutes(app: FastifyInstance, folder: URL | null): void {
  let read: PageFiles | null = null;
  /** From the disk once. @throws Problem when this server was built without */
  const files = (): PageFiles => {
    read ??= readPageFiles(folder);
    if (read === null) throw new Problem('no-such-route', 'this server was built without its page');
    return read;
  };
  app.get<FileRoute>('/page/:file', { schema: FILE }, ({ params: { file } }, reply) => {
    const { type, policy, content }: Sent = FILES[file];
    if (policy !== null) reply.header('content-security-policy', policy);
    const sent = content(files());
    return reply.type(type).send(typeof sent === 'string' ? sent : Buffer.from(sent));
  });
  // It brings a policy of its own, which the one of the answer must not forbid.
  app.get(`/${PAGE_FILES.single}`, { schema: SINGLE }, (_, reply) => {
    return reply
      .type('text/html; charset=utf-8')
      .header('content-disposition', `attachment; filename="${PAGE_FILES.single}"`)
      .send(files().single);
  });
}

/** Files for browsers, no operations for programs: /openapi.json leaves them out. */
const FILE = { hide: true, params: closed({ file: { type: 'string', enum: Object.keys(FILES) } }), querystring: noQuery };
const SINGLE = { hide: true, querystring: noQuery };
