/** /openapi.json before a linter that others keep: every rule of Redocly's strict set, and no exception. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, expect, test } from 'vitest';
import { createApi } from '../../ts/api/api.ts';
import { TOKEN } from './answers.ts';
import { FakeService } from './fake-service.ts';

const app = createApi(new FakeService(), { token: TOKEN });
afterAll(() => app.close());

async function findings(document: string): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: document, absoluteRef: '/openapi.json', config });
  return problems.map(
    ({ ruleId, severity, message, location }) => `${severity} ${ruleId} ${location[0]?.pointer ?? ''}: ${message}`,
  );
}

test('the document has no error and no warning', async () => {
  const { body } = await app.inject('/openapi.json');
  expect(await findings(body)).toEqual([]);
});

test('a document with a mistake has one', async () => {
  const { body } = await app.inject('/openapi.json');
  expect((await findings(body.replace('"operationId":"showLab"', '"operationId":"listLabs"'))).join()).toContain(
    'operation-operationId-unique',
  );
});
