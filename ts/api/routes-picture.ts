/**
 * Pictures of labs. Where everything is in a lab's picture is made once and kept beside the lab, so that nothing moves between two looks at
 * it; the page asks for that alone, and draws by itself.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Lab } from '../model/lab/lab.ts';
import { drawing } from '../picture/drawing.ts';
import type { PictureLayout } from '../picture/layout.ts';
import { PICTURE_STYLE } from '../picture/style.ts';
import { svgText } from '../picture/svg-text.ts';
import { stateAt } from '../services/ask/state-at.ts';
import type { LabService } from '../services/living/lab-service.ts';
import type { LabScene } from '../services/picture/lab-picture.ts';
import { storedLayout } from '../services/picture/stored-layout.ts';
import { NOTHING_ALLOWED } from './answer-headers.ts';
import { type ApiContext, headOf, type LabPath, momentIn } from './context.ts';
import { Problem } from './problem.ts';
import { graphQuery, labPath, noQuery } from './request-schemas.ts';
import { answerOf } from './routes-debug.ts';
import { answers, problems, svgAnswer } from './schemas.ts';

/** How long ELK may take; then nodes stand in columns. */
const LAYOUT_MS = 10_000;
const SVG = 'image/svg+xml';
/** A browser that opens the picture by its address shows it with its own style sheet, and nothing else. */
const POLICY = [
  ...NOTHING_ALLOWED,
  `style-src 'sha256-${createHash('sha256').update(PICTURE_STYLE).digest('base64')}'`,
  "trusted-types 'none'",
].join('; ');

interface GraphRoute {
  readonly Params: LabPath;
  readonly Querystring: { readonly at?: string };
}

/** Gives the layout of a lab. */
type LayOut = (lab: string, defined: Lab) => Promise<PictureLayout>;

export function addPictureRoutes(app: FastifyInstance, context: ApiContext): void {
  const { service, reads } = context;
  const { log } = service;
  const layOut = oneAtATime(service);
  app.get<{ Params: LabPath }>('/v1/labs/:lab/layout', { schema: LAYOUT }, async ({ params: { lab } }, reply) => {
    reads.enter(reply);
    await headOf(log, lab);
    const { recorded } = await stateAt(log, lab, { position: 1 }, { derived: false });
    const defined = recorded.defined ?? recorded.lab;
    if (defined === null) throw new Problem('no-such-position', `lab ${lab} has no definition`);
    return layOut(lab, defined);
  });
  // A HEAD of it would run the lab for nothing.
  app.get<GraphRoute>('/v1/labs/:lab/graph', { schema: GRAPH, exposeHeadRoute: false }, ({ params, query }, reply) =>
    graph(context, layOut, params.lab, query.at, reply),
  );
}

/** A layout that is not there yet takes a worker: they are made one after the other, and two that ask for one lab get the same. */
function oneAtATime({ log, snapshots }: LabService): LayOut {
  let turn: Promise<unknown> = Promise.resolve();
  return (lab, defined) => {
    const mine = turn.then(async () => (await storedLayout(log, snapshots, lab, defined, LAYOUT_MS)).layout);
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/** The picture that `switchback graph` draws. */
async function graph(
  context: ApiContext,
  layOut: LayOut,
  lab: string,
  at: string | undefined,
  reply: FastifyReply,
): Promise<unknown> {
  context.reads.enter(reply);
  const { position } = await headOf(context.service.log, lab);
  const until = (await momentIn(context.service, lab, at)) ?? { position };
  const { json } = await answerOf(context, reply, { ask: 'scene', lab, until }, { in: 'query', name: 'at' });
  const { scene, defined } = json as LabScene;
  const layout = await layOut(lab, defined);
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
