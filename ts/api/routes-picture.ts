/** Where everything is in a lab's picture: made once and kept beside the lab, so that nothing moves between two looks at it. */
import type { FastifyInstance } from 'fastify';
import { stateAt } from '../services/ask/state-at.ts';
import { storedLayout } from '../services/picture/stored-layout.ts';
import { type ApiContext, headOf, type LabPath } from './context.ts';
import { Problem } from './problem.ts';
import { labPath, noQuery } from './request-schemas.ts';

/** How long ELK may take; then nodes stand in columns. */
const LAYOUT_MS = 10_000;

export function addPictureRoutes(app: FastifyInstance, { service: { log, snapshots }, reads }: ApiContext): void {
  app.get<{ Params: LabPath }>('/v1/labs/:lab/layout', { schema: LAYOUT }, ({ params: { lab } }, reply) =>
    reads.answer(reply, async () => {
      await headOf(log, lab);
      const { recorded } = await stateAt(log, lab, { position: 1 }, { derived: false });
      const defined = recorded.defined ?? recorded.lab;
      if (defined === null) throw new Problem('no-such-position', `lab ${lab} has no definition`);
      return (await storedLayout(log, snapshots, lab, defined, LAYOUT_MS)).layout;
    }),
  );
}

/** For the page, no operation for programs: /openapi.json leaves it out. */
const LAYOUT = { hide: true, params: labPath, querystring: noQuery };
