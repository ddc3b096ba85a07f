/**
 * Decides which requests are allowed. It checks in this order, before anything else: the `Host` header (another site can point a name of
 * its own at this server, but cannot change the `Host` that the browser sends), the origin of the page, the number of requests of the
 * address, and for changes the token. Loopback needs the token, too: every process and page of the machine can reach it. Where the server has a
 * token for reading as well, labs are told to those alone who send one of both, or have the cookie that a browser gets for it.
 */
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EVERY_ANSWER } from './answer-headers.ts';
import type { ApiLimits } from './limits.ts';
import { Problem } from './problem.ts';
import { isOneOf, READER_COOKIE, readerMark, sameText } from './token.ts';

export interface GuardOptions {
  readonly token: string;
  /** Null where anybody may read. */
  readonly readToken: string | null;
  /** Names, besides localhost and the address that was connected to, by which the server may be called. */
  readonly hosts: readonly string[];
  readonly limits: ApiLimits;
}

const MINUTE_MS = 60_000;
/** Probes are not limited: monitoring must get an answer while other clients flood the server. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
/** They tell nothing of labs. */
const OPEN: ReadonlySet<string> = new Set([...PROBES, '/page/:file', '/switchback.html']);
/** Gives a browser the cookie for reading. */
export const SESSION_URL = '/v1/session';

export function addGuard(app: FastifyInstance, { token, readToken, hosts, limits }: GuardOptions): void {
  const names = new Set(['localhost', '127.0.0.1', '::1', ...hosts.map((host) => host.toLowerCase())]);
  const isToken = isOneOf([token]);
  const isEither = isOneOf(readToken === null ? [token] : [token, readToken]);
  const mark = readToken === null ? null : readerMark(readToken);
  const throttle = addThrottle(app, limits);
  app.addHook('onRequest', (_, reply, done) => {
    reply.headers(EVERY_ANSWER);
    done();
  });
  app.addHook('onRequest', async (request, reply) => {
    checkHost(request, names);
    checkOrigin(request);
    if (!PROBES.has(request.routeOptions.url ?? '')) await throttle(request, reply);
    const { authorization = '', cookie = '' } = request.headers;
    const url = request.routeOptions.url ?? '';
    if (url === SESSION_URL) {
      if (!isEither(authorization)) throw tokenMissing(READ_HINT);
    } else if (isChange(request)) {
      if (!isToken(authorization)) throw tokenMissing(CHANGE_HINT);
    } else if (mark !== null && !OPEN.has(url) && !isEither(authorization) && !sameText(markIn(cookie), mark)) {
      throw tokenMissing(READ_HINT);
    }
  });
}

function isChange({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function checkHost(request: FastifyRequest, names: ReadonlySet<string>): void {
  const name = hostName(request.headers.host ?? '');
  // An address that was connected to cannot have been made up by a name server.
  if (name !== null && (names.has(name) || name === plainAddress(request.socket.localAddress ?? ''))) return;
  // RFC 9112, 3.2: it is a mistake of the request, whatever the server is called.
  if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
    throw new Problem('invalid-request', 'a request of HTTP/1.1 names the server in a Host header');
  }
  throw new Problem(
    'host-not-served',
    `this server is not called ${JSON.stringify(request.headers.host ?? '')}; --allow-host adds a name`,
  );
}

/** "[::1]:7788" and "Localhost:7788" without port and brackets; null for what is no host. */
export function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+?)\.?)(?::\d{1,5})?$/i.exec(host);
  return match === null ? null : (match[1] ?? match[2] ?? '').toLowerCase();
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase();
}

// ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function checkOrigin(request: FastifyRequest): void {
  const { origin, host = '' } = request.headers;
  if (origin !== undefined && !isSameOrigin(origin, host)) {
    throw new Problem('foreign-origin', `a page of ${JSON.stringify(origin)} sent the request; only pages of this server may`);
  }
  // Images, scripts and forms of other sites say no origin, but browsers mark them. A link to here may be followed.
  const site = request.headers['sec-fetch-site'];
  const isFollowed = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate';
  if ((site === 'cross-site' || site === 'same-site') && !isFollowed) {
    throw new Problem('foreign-origin', 'a page of another site sent the request; only pages of this server may');
  }
}

function isSameOrigin(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host.toLowerCase()}` || origin.toLowerCase() === `https://${host.toLowerCase()}`;
}

// ── How often ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Throttle = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Node cannot tell the address of a connection that its client has reset; such requests count together. */
const ADDRESS_GONE = 'gone';

function clientOf({ ip }: FastifyRequest): string {
  return (ip as string | undefined) === undefined ? ADDRESS_GONE : normalizeIP(ip);
}

function addThrottle(app: FastifyInstance, { readsPerMinuteMax, changesPerMinuteMax }: ApiLimits): Throttle {
  void app.register(rateLimit, { global: false, keyGenerator: clientOf });
  type Limiter = ReturnType<FastifyInstance['createRateLimit']>;
  let limiters: { readonly reads: Limiter; readonly changes: Limiter } | null = null;
  void app.after(() => {
    limiters = {
      reads: app.createRateLimit({ max: readsPerMinuteMax, timeWindow: MINUTE_MS }),
      changes: app.createRateLimit({ max: changesPerMinuteMax, timeWindow: MINUTE_MS }),
    };
  });
  return async (request, reply) => {
    if (limiters === null) throw new Error('asked before it was set up');
    const max = isChange(request) ? changesPerMinuteMax : readsPerMinuteMax;
    const limit = await (isChange(request) ? limiters.changes : limiters.reads)(request);
    if (limit.isAllowed || !limit.isExceeded) return;
    reply.header('retry-after', String(limit.ttlInSeconds));
    throw new Problem('too-many-requests', `more than ${max} requests in a minute; try again in ${limit.ttlInSeconds} s`);
  };
}

// ── Token ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const CHANGE_HINT =
  'send "Authorization: Bearer TOKEN"; the server printed its token when it started, or has it from SWITCHBACK_TOKEN';
const READ_HINT =
  'this server asks for a token to read, too: send "Authorization: Bearer TOKEN", with SWITCHBACK_READ_TOKEN or SWITCHBACK_TOKEN';

function tokenMissing(hint: string): Problem {
  return new Problem('token-missing', hint, {}, { 'www-authenticate': 'Bearer realm="switchback"' });
}

/** The mark in a `Cookie` header; empty for none. */
function markIn(cookie: string): string {
  const parts = cookie.split(';').map((part) => part.trim());
  return parts.find((part) => part.startsWith(`${READER_COOKIE}=`))?.slice(READER_COOKIE.length + 1) ?? '';
}
