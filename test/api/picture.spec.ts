/** Pictures over HTTP: those of the command line, and where the page gets its layout from. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { drawing } from '../../ts/picture/drawing.ts';
import type { PictureLayout } from '../../ts/picture/layout.ts';
import { planHash, planOf } from '../../ts/picture/plan.ts';
import { svgText } from '../../ts/picture/svg-text.ts';
import { labScene } from '../../ts/services/picture/lab-picture.ts';
import { recordsOf, switchedHosts } from '../support/recorded-lab.ts';
import { allElements, readXml } from '../support/xml-reader.ts';
import { ask, TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';

const LAB = 'cut';
const URL = `/v1/labs/${LAB}`;

let service: FakeService;
let app: FastifyInstance;

beforeAll(async () => {
  service = new FakeService();
  const script = 'steps:\n  - { at: 300ms, run: link down b:eth0 }\nduration: 1s\n';
  await service.log.append(LAB, 0, recordsOf(switchedHosts(script)));
  app = createApi(service, { token: TOKEN });
});
afterAll(() => app.close());

test('a picture is the one that "graph" draws, in the layout that the page gets', async () => {
  const until = { atNs: 400_000_000 } as const;
  const { scene, defined } = await labScene(service.log, LAB, until as never);
  const layout = (await app.inject({ url: `${URL}/layout` })).json<PictureLayout>();
  expect([layout.by, layout.plan]).toEqual(['elk', planHash(planOf(defined))]);
  const answer = await ask(app, { url: `${URL}/graph?at=400ms` });
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringContaining('image/svg+xml')]);
  expect(answer.body).toBe(svgText(drawing(layout, scene, LAB)));
  expect(allElements(readXml(answer.body)).some(({ attributes }) => attributes['class'] === 'link down')).toBe(true);
});

test('a picture of no lab, or of a moment that a lab does not have, is refused with what there is', async () => {
  expect((await ask(app, { url: '/v1/labs/none/graph' })).json()).toMatchObject({ status: 404 });
  expect((await ask(app, { url: `${URL}/graph?at=9999` })).json()).toMatchObject({ status: 404 });
  expect((await app.inject({ url: '/v1/labs/none/layout' })).json()).toMatchObject({ status: 404 });
});
