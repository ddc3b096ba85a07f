/**
 * Connections: how many there may be, and when each is closed. A client may send slowly, send what is no request, or never read: each
 * of them holds a connection for a stated time at most.
 */
import type { ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { EVERY_ANSWER } from './answer-headers.ts';
import type { ApiLimits } from './limits.ts';
import { PROBLEM_MEDIA_TYPE, Problem } from './problem.ts';

/** How often Node looks for requests that take too long to arrive, ms. */
const CHECK_MS = 1000;

/** The times of the limits, as fastify and Node take them. */
export function serverTimes(limits: ApiLimits) {
  const { headersMsMax, requestMsMax, keepAliveMsMax, idleMsMax, lingerMs } = limits;
  const http: ServerOptions = {
    // Node would answer with a status and no more; the guard says what is missing.
    requireHostHeader: false,
    headersTimeout: headersMsMax,
    requestTimeout: requestMsMax,
    connectionsCheckingInterval: Math.min(CHECK_MS, Math.ceil(headersMsMax / 2)),
  };
  return {
    http,
    requestTimeout: requestMsMax,
    keepAliveTimeout: keepAliveMsMax,
    connectionTimeout: idleMsMax,
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => refuseUnreadable(error, socket, lingerMs),
  };
}

export function addConnections(app: FastifyInstance, { connectionsMax, idleMsMax, stalledMsMax }: ApiLimits): void {
  app.server.maxConnections = connectionsMax;
  // Node would answer 417, which says nothing of the request; RFC 9110, 10.1.1, leaves a server free to go by the rest of it.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  // A request may wait for a lab longer than an answer may wait for its client. Node closes a connection over which nothing moved
  // for its time, and takes what the client reads for movement.
  app.addHook('onRequest', ({ raw: { socket } }, _, done) => {
    socket.setTimeout?.(idleMsMax);
    done();
  });
  app.addHook('onSend', ({ raw: { socket } }, _, payload, done) => {
    socket.setTimeout?.(stalledMsMax);
    done(null, payload);
  });
}

const UNREADABLE: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: new Problem('request-header-too-large', 'the request header is larger than the server accepts'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem('request-timeout', 'the request did not arrive in time'),
};

/** Answers bytes that are not HTTP, or not all of it, before there is a request; then the connection is closed, whatever the client does. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, lingerMs: number): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = UNREADABLE[error.code ?? ''] ?? new Problem('invalid-request', 'this is not an HTTP request');
  const body = JSON.stringify(problem.toBody());
  const head = `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nConnection: close`;
  const says = Object.entries(EVERY_ANSWER).map(([name, value]) => `\r\n${name}: ${value}`);
  socket.end(`${head}${says.join('')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  // Closing at once would take the answer back from a client that is still sending (RST).
  const linger = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(linger));
}
