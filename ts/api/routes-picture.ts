/**
 * Pictures of labs. Where everything is in a lab's picture is made once and kept beside the lab, so that nothing moves between two looks at
 * it; the page asks for that alone, and draws by itself.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { drawing } from '../picture/drawing.ts';
import { PICTURE_STYLE } from '../picture/style.ts';
import { svgText } from '../picture/svg-text.ts';
import { stateAt } from '../services/ask/state-at.ts';
import type { LabScene } from '../services/picture/lab-picture.ts';
import { storedLayout } from '../services/picture/stored-layout.ts';
import { type ApiContext, headOf, type LabPath, momentIn } from './context.ts';
import { Problem } from './problem.ts';
import { graphQuery, labPath, noQuery } from './request-schemas.ts';
import { answerOf } from './routes-debug.ts';
import { answers, problems, svgAnswer } from './schemas.ts';

/** How long ELK may take; then nodes stand in columns. */
const LAYOUT_MS = 10_000;
const SVG = 'image/svg+xml';
/** A browser that opens the picture by its address shows it with its own style sheet, and nothing else. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(PICTURE_STYLE).digest('base64')}'`;

interface GraphRoute {
  readonly Params: LabPath;
  readonly Querystring: { readonly at?: string };
}

export function addPictureRoutes(app: FastifyInstance, context: ApiContext): void {
  const { service, reads } = context;
  const { log, snapshots } = service;
  app.get<{ Params: LabPath }>('/v1/labs/:lab/layout', { schema: LAYOUT }, ({ params: { lab } }, reply) =>
    reads.answer(reply, async () => {
      await headOf(log, lab);
      const { recorded } = await stateAt(log, lab, { position: 1 }, { derived: false });
      const defined = recorded.defined ?? recorded.lab;
      if (defined === null) throw new Problem('no-such-position', `lab ${lab} has no definition`);
      return (await storedLayout(log, snapshots, lab, defined, LAYOUT_MS)).layout;
    }),
  );
  // A HEAD of it would run the lab for nothing.
  app.get<GraphRoute>('/v1/labs/:lab/graph', { schema: GRAPH, exposeHeadRoute: false }, ({ params, query }, reply) =>
    graph(context, params.lab, query.at, reply),
  );
}

/** The picture that `switchback graph` draws. */
async function graph(context: ApiContext, lab: string, at: string | undefined, reply: FastifyReply): Promise<unknown> {
  const { log, snapshots } = context.service;
  context.reads.enter(reply);
  const { position } = await headOf(log, lab);
  const until = (await momentIn(context.service, lab, at)) ?? { position };
  const { json } = await answerOf(context, reply, { ask: 'scene', lab, until }, { in: 'query', name: 'at' });
  const { scene, defined } = json as LabScene;
  const { layout } = await storedLayout(log, snapshots, lab, defined, LAYOUT_MS);
  return reply
    .type(SVG)
    .header('content-security-policy', POLICY)
    .send(svgText(drawing(layout, scene, lab)));
}

/** For the page, no operation for programs: /openapi.json leaves it out. */
const LAYOUT = { hide: true, params: labPath, querystring: noQuery };

const GRAPH = {
  operationId: 'graphLab',
  summary: 'A picture of a lab at a moment',
  tags: ['debugger'],
  params: labPath,
  querystring: graphQuery,
  response: {
    200: answers('As "switchback graph" draws it.', svgAnswer, SVG),
    ...problems('no-such-lab', 'no-such-position', 'unanswerable', 'too-much-work'),
  },
};
