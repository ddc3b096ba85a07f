/** The server itself: is it well, how is it doing, and what can be asked of it. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { LabService } from '../services/living/lab-service.ts';
import type { ApiContext } from './context.ts';
import { descriptionOf } from './description.ts';
import { LabFigures } from './lab-figures.ts';
import { LABS_NAMED_MAX } from './limits.ts';
import { noQuery } from './request-schemas.ts';
import { answers, healthAnswer, problems } from './schemas.ts';

/** The format that Prometheus reads. */
const METRICS = 'text/plain; version=0.0.4; charset=utf-8';

export function addServerRoutes(app: FastifyInstance, { service, reads }: ApiContext, registry: Registry): void {
  const labs = new LabFigures(service.log, (work) => reads.turn(work), registry);
  app.get('/healthz', { schema: LIVE }, (_, reply) => {
    const { live, ready, troubles, roles } = service.health();
    return reply.code(live ? 200 : 503).send({ live, ready, troubles, roles });
  });
  app.get('/readyz', { schema: READY }, (_, reply) => {
    const { live, ready, troubles, roles } = service.health();
    return reply.code(live && ready ? 200 : 503).send({ live, ready, troubles, roles });
  });
  app.get('/metrics', { schema: FIGURES }, async (_, reply) => {
    await labs.refresh();
    return reply.type(METRICS).send(await registry.metrics());
  });
  // The same bytes for all: a client that does not take them costs no copy.
  let description: Buffer | null = null;
  app.get('/openapi.json', { schema: DESCRIPTION }, (_, reply) => {
    description ??= Buffer.from(JSON.stringify(descriptionOf(app.swagger())));
    return reply.type('application/json; charset=utf-8').send(description);
  });
  app.get('/', { schema: PAGE }, async (_, reply) => reply.type('text/html; charset=utf-8').send(await pageOf(service)));
}

/** A probe is answered with its state, whatever that is; other problems come as problems. */
function health(operationId: string, summary: string, well: string, unwell: string): object {
  const common = problems();
  const unavailable = answers(unwell, healthAnswer);
  const response = {
    ...common,
    200: answers(well, healthAnswer),
    503: { ...unavailable, content: { ...unavailable.content, ...common[503]?.content } },
  };
  return { operationId, summary, tags: ['server'], querystring: noQuery, response };
}

const LIVE = health('checkLive', 'Whether the process works', 'It works.', 'It should be restarted.');
const READY = health('checkReady', 'Whether it can be asked', 'It can.', 'Not now; the troubles say why.');

const FIGURES = {
  operationId: 'showMetrics',
  summary: 'Metrics for Prometheus',
  tags: ['server'],
  querystring: noQuery,
  response: { 200: answers('The text format of Prometheus.', { type: 'string' }, 'text/plain'), ...problems() },
};

const DESCRIPTION = {
  operationId: 'describeApi',
  summary: 'This description',
  tags: ['server'],
  querystring: noQuery,
  response: { 200: answers('OpenAPI 3.1.', { type: 'object' }), ...problems() },
};

const PAGE = {
  operationId: 'showStartPage',
  summary: 'Start page with links',
  tags: ['server'],
  querystring: noQuery,
  response: { 200: answers('A page without scripts.', { type: 'string' }, 'text/html'), ...problems() },
};

async function pageOf({ log }: LabService): Promise<string> {
  const labs = await log.labs();
  const named = labs.slice(0, LABS_NAMED_MAX).map((lab) => `<li>${link(`/v1/labs/${encodeURIComponent(lab)}`, lab)}</li>`);
  const more = labs.length > named.length ? [`<li>and ${labs.length - named.length} more</li>`] : [];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Switchback</title>
<h1>Switchback</h1>
<p>Living network labs. ${link('/page/index.html', 'See them')}, ${link('/openapi.json', 'What can be asked')}, ${link('/v1/labs', 'all labs')}, ${link('/metrics', 'figures')},
${link('/readyz', 'health')}.</p>
<ul>
${[...named, ...more].join('\n') || '<li>There is no lab yet.</li>'}
</ul>
</html>
`;
}

function link(address: string, text: string): string {
  return `<a href="${escaped(address)}">${escaped(text)}</a>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
