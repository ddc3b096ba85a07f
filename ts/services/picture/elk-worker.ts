/** A worker that lays a plan out by ELK: it may take long or too much, and whoever asked ends it then. */
import { parentPort } from 'node:worker_threads';
import elkjs from 'elkjs/lib/elk.bundled.js';
import type { PictureLayout } from '../../picture/layout.ts';
import type { Plan } from '../../picture/plan.ts';
import { type ElkAnswer, elkGraph, layoutOfElk } from './elk-graph.ts';

/** What comes back: a layout, or why there is none. */
export type ElkTold = { readonly layout: PictureLayout } | { readonly failure: string };

const port = parentPort;
if (port === null) throw new Error('elk-worker runs as a worker only');

port.once('message', (plan: Plan) => {
  const elk = new elkjs.default();
  // It takes its own types for a graph that it may change.
  const graph = JSON.parse(JSON.stringify(elkGraph(plan)));
  elk
    .layout(graph)
    .then((answer: unknown): ElkTold => ({ layout: layoutOfElk(plan, answer as ElkAnswer) }))
    .catch((error: unknown): ElkTold => ({ failure: error instanceof Error ? error.message : String(error) }))
    .then((told: ElkTold) => port.postMessage(told));
});
