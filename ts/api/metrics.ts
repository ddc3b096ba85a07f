/** Figures for Prometheus: what the service says of itself, how long requests take, and how the process is. */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LabService, ServiceHealth } from '../services/living/lab-service.ts';

type Gauges = ServiceHealth['gauges'];

const COUNTERS: readonly (readonly [name: string, help: string, of: keyof Gauges])[] = [
  ['switchback_commands_total', 'Commands taken by this process.', 'commandsTaken'],
  ['switchback_events_appended_total', 'Events appended by this process.', 'eventsAppended'],
  ['switchback_labs_halted_total', 'Labs whose engine halted in this process.', 'labsHalted'],
];
const GAUGES: readonly (readonly [name: string, help: string, of: keyof Gauges])[] = [
  ['switchback_labs_loaded', 'Labs in memory.', 'labsLoaded'],
  ['switchback_partitions_owned', 'Partitions whose labs this process runs.', 'partitionsOwned'],
];
const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

/** Figures of one service. @param streams how many event streams are open. */
export function createMetrics(service: LabService, streams: () => number): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const [name, help, of] of COUNTERS) {
    // The service counts; here is only shown what it has counted.
    const counter: Counter = new Counter({
      name,
      help,
      registers,
      collect: () => {
        counter.reset();
        counter.inc(figure(service, of));
      },
    });
  }
  for (const [name, help, of] of GAUGES) {
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(figure(service, of)) });
  }
  const open: Gauge = new Gauge({
    name: 'switchback_event_streams',
    help: 'Event streams open.',
    registers,
    collect: () => open.set(streams()),
  });
  const ready: Gauge = new Gauge({
    name: 'switchback_ready',
    help: '1 while the service is ready.',
    registers,
    collect: () => ready.set(service.health().ready ? 1 : 0),
  });
  return registry;
}

function figure(service: LabService, of: keyof Gauges): number {
  return service.health().gauges[of];
}

/** Times every request except streams, which last as long as the client listens. */
export function addTiming(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'switchback_http_request_duration_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS,
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (!route.endsWith('/stream')) {
      durations.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    }
    done();
  });
}
