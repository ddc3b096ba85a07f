/**
 * Closes a server: it ends streams and finishes requests that are under way. After a grace period, requests that still wait for a lab
 * are answered with "try again"; after a second one, the server no longer waits for any request.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ApiLimits } from './limits.ts';
import { Problem } from './problem.ts';
import type { Streams } from './streams.ts';

/** @returns a signal that is aborted when requests that wait for a lab must be answered */
export function addClosing(app: FastifyInstance, { closeGraceMs }: ApiLimits, streams: Streams): AbortSignal {
  const late = new AbortController();
  const unused = unusedConnections(app);
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    streams.end();
    for (const socket of unused) socket.destroy();
    setTimeout(() => late.abort(new Problem('closing', 'the server is closing')), closeGraceMs).unref();
    // A client that does not read its answer would keep the server from closing.
    setTimeout(() => app.server.closeAllConnections(), 2 * closeGraceMs).unref();
    done();
  });
  app.addHook('onRequest', (_, reply, done) => {
    if (!isClosing) return done();
    reply.header('connection', 'close');
    done(new Problem('closing', 'the server is closing'));
  });
  // A connection that stays open for the next request would keep the server from closing.
  app.addHook('onSend', (_, reply, payload, done) => {
    if (isClosing) reply.header('connection', 'close');
    done(null, payload);
  });
  return late.signal;
}

/** Browsers and `fetch` open connections in advance. Node does not call them idle before their first request. */
function unusedConnections(app: FastifyInstance): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket));
  return unused;
}
