/**
 * The HTTP API over a service of living labs. `createApi` sets everything up and listens nowhere; `listen` (listen.ts) does.
 *
 * Guards come first (guard.ts), then the schemas (schemas.ts, validation.ts), then the routes; whatever fails on the way
 * becomes a problem (failures.ts).
 */
import swagger from '@fastify/swagger';
import { type FastifyInstance, fastify } from 'fastify';
import type { LabService } from '../services/living/lab-service.ts';
import { EVERY_ANSWER } from './answer-headers.ts';
import { addClosing } from './closing.ts';
import { addConnections, serverTimes } from './connections.ts';
import type { ApiContext } from './context.ts';
import { addFailures, problemOf, sendProblem } from './failures.ts';
import { addGuard } from './guard.ts';
import { limitJsonDepth } from './json-body.ts';
import { API_LIMITS, type ApiLimits } from './limits.ts';
import { addTiming, createMetrics } from './metrics.ts';
import { politeLog } from './polite-log.ts';
import { ReExecutions } from './re-execution.ts';
import { Reads } from './reads.ts';
import { addBundleRoutes } from './routes-bundles.ts';
import { addClockRoute } from './routes-clock.ts';
import { addCommandRoutes } from './routes-commands.ts';
import { addDebugRoutes } from './routes-debug.ts';
import { addEventRoutes } from './routes-events.ts';
import { addForkRoutes } from './routes-fork.ts';
import { addLabRoutes } from './routes-labs.ts';
import { addPageRoutes } from './routes-page.ts';
import { addPictureRoutes } from './routes-picture.ts';
import { addServerRoutes } from './routes-server.ts';
import { addSessionRoute } from './routes-session.ts';
import { COMPONENTS } from './schemas.ts';
import { Streams } from './streams.ts';
import { createValidators } from './validation.ts';

export interface ApiOptions {
  /** The token that changes must have; token.ts makes one. */
  readonly token: string;
  /** The token that reading must have, if it needs one. */
  readonly readToken?: string;
  /** Names by which the server may be called, besides localhost and the address that was connected to. */
  readonly hosts?: readonly string[];
  readonly limits?: Partial<ApiLimits>;
  /** Of the package, for /openapi.json. */
  readonly version?: string;
  /** Where the page was built; in the build itself, if not given. */
  readonly page?: URL;
  /** Gets each unexpected error, with its stack. */
  readonly onDefect?: (text: string) => void;
}

export function createApi(service: LabService, options: ApiOptions): FastifyInstance {
  const limits: ApiLimits = { ...API_LIMITS, ...options.limits };
  const app = newServer(limits);
  addConnections(app, limits);
  const streams = new Streams(limits);
  const closing = addClosing(app, limits, streams);
  const context: ApiContext = {
    service: polite(service),
    limits,
    streams,
    reads: new Reads(limits),
    reExecutions: new ReExecutions(limits),
    closing,
  };
  const registry = createMetrics(service, () => streams.open);
  addTiming(app, registry);
  addGuard(app, { token: options.token, readToken: options.readToken ?? null, hosts: options.hosts ?? [], limits });
  addFailures(app, options.onDefect ?? (() => undefined));
  addDescription(app, options.version ?? '0');
  // In a plugin, so that rate limits and the description are there before the first route is.
  void app.register((routes, _, done) => {
    addLabRoutes(routes, context);
    addBundleRoutes(routes, context);
    addDebugRoutes(routes, context);
    addForkRoutes(routes, context);
    addCommandRoutes(routes, context);
    addClockRoute(routes, context);
    addEventRoutes(routes, context);
    addServerRoutes(routes, context, registry);
    addPictureRoutes(routes, context);
    addPageRoutes(routes, options.page ?? null);
    addSessionRoute(routes, options.readToken ?? null);
    done();
  });
  return app;
}

/** The service as the routes see it: reading lets others be served too. */
function polite(service: LabService): LabService {
  return {
    log: politeLog(service.log),
    snapshots: service.snapshots,
    submit: (command) => service.submit(command),
    cancel: (lab) => service.cancel?.(lab) ?? false,
    ...(service.setClock === undefined ? {} : { setClock: service.setClock.bind(service) }),
    health: () => service.health(),
    close: () => service.close(),
  };
}

function newServer(limits: ApiLimits): FastifyInstance {
  const app = fastify({
    ...serverTimes(limits),
    bodyLimit: limits.bodyBytesMax,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 300 },
    // An address that cannot be read comes to no hook.
    frameworkErrors: (error, _, reply) => void sendProblem(reply.headers(EVERY_ANSWER), problemOf(error)),
  });
  // Nothing here reads plain text but lab files.
  app.removeContentTypeParser('text/plain');
  limitJsonDepth(app);
  app.setValidatorCompiler(createValidators());
  // Answers are sent unfiltered: a field that its schema lacks is a defect that the tests must see.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  return app;
}

function addDescription(app: FastifyInstance, version: string): void {
  for (const component of COMPONENTS) app.addSchema(component);
  void app.register(swagger, {
    // Components keep their own names.
    refResolver: { buildLocalReference: ({ $id }, _baseUri, _fragment, index) => String($id ?? `def-${index}`) },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Switchback',
        version,
        description: 'Living network labs: read their state and history, and send them commands.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      // Whatever the server is called: the document comes from it.
      servers: [{ url: '/' }],
      // Reading needs nothing; a change says itself that it needs the token.
      security: [],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      tags: [
        { name: 'labs', description: 'State and history of labs.' },
        { name: 'debugger', description: 'Why a lab did what it did, and what it would have done.' },
        { name: 'changes', description: 'Commands to labs.' },
        { name: 'server', description: 'The server itself.' },
      ],
    },
  });
}
