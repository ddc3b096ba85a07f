/** `POST /v1/session`: a browser that has a token gets the cookie with which it may read. */
import type { FastifyInstance } from 'fastify';
import { SESSION_URL } from './guard.ts';
import { noQuery } from './request-schemas.ts';
import { READER_COOKIE, readerMark } from './token.ts';

/** @param readToken null for a server that anybody may read */
export function addSessionRoute(app: FastifyInstance, readToken: string | null): void {
  // The guard has looked at the token. No script sees the cookie, and no other site's request brings it.
  app.post(SESSION_URL, { schema: { hide: true, querystring: noQuery } }, (_, reply) => {
    const cookie = `${READER_COOKIE}=${readToken === null ? '' : readerMark(readToken)}; Path=/; HttpOnly; SameSite=Strict`;
    return reply.code(204).header('set-cookie', cookie).send();
  });
}
