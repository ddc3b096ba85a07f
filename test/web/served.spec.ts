/**
 * The page, served with a living lab over the real API:
 *
 *   lab ─ API ─ bundle ─► page ─► proven
 *          └─── events ─────┴──► re-executed as they come, and refused where they do not follow
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/page.ts';
import { createApi } from '../../ts/api/api.ts';
import { listen } from '../../ts/api/listen.ts';
import { ruleNamed } from '../../ts/rules/rules.ts';
import type { LabService } from '../../ts/services/living/lab-service.ts';
import { openLabService } from '../../ts/services/open-service.ts';
import { AUTHORIZED, TOKEN } from '../api/answers.ts';
import { TWO_HOSTS } from '../api/recorded-lab.ts';
import { needs } from '../needs.ts';
import { openBrowser, type WatchedPage, watched } from './browser.ts';

const LAB = 'two-hosts';
const READ_TOKEN = 'a-token-for-readers';

interface AxePage {
  readonly axe: { run(): Promise<{ readonly violations: readonly unknown[] }> };
}

needs('chromium')('the page of a server', () => {
  const place = mkdtempSync(join(tmpdir(), 'switchback-served-'));
  let browser: Browser;
  let service: LabService;
  let app: FastifyInstance;
  let url = '';
  let isClosed = false;

  beforeAll(async () => {
    await buildPage(join(place, 'page'), 'test');
    service = await openLabService({ dataDir: join(place, 'data'), roles: ['controller', 'reader'], workers: 1 });
    app = createApi(service, { token: TOKEN, page: pathToFileURL(`${join(place, 'page')}/`) });
    url = await listen(app, { host: '127.0.0.1', port: 0 });
    await change('PUT', `/v1/labs/${LAB}?wait=60`, 'application/yaml', TWO_HOSTS);
    await command('step 1s');
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await closeServer();
    rmSync(place, { recursive: true, force: true });
  });

  const closeServer = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await app?.close();
    await service?.close();
  };
  const change = async (method: string, path: string, type: string, body: string): Promise<void> => {
    const answer = await fetch(`${url}${path}`, { method, body, headers: { ...AUTHORIZED, 'content-type': type } });
    expect(answer.ok, await answer.text()).toBe(true);
  };
  const command = (text: string): Promise<void> =>
    change('POST', `/v1/labs/${LAB}/commands?wait=60`, 'application/json', JSON.stringify({ command: text }));
  const positions = async (): Promise<number> => (await service.log.head(LAB))?.position ?? 0;
  const opened = async (): Promise<WatchedPage> => {
    const one = await watched(browser, (address) => address.startsWith(url));
    await one.page.goto(`${url}/page/index.html`);
    await one.page.getByRole('button', { name: LAB }).click();
    return one;
  };
  /** Waits until everything up to a position is proven. */
  const proven = ({ page }: WatchedPage, position: number): Promise<void> =>
    page.locator('.badge.proven', { hasText: `#1–#${position}` }).waitFor();

  test('comes with a policy of its own for page and worker, which name this server alone', async () => {
    const policyOf = async (file: string): Promise<string> =>
      (await fetch(`${url}/page/${file}`)).headers.get('content-security-policy') ?? '';
    expect(await policyOf('index.html')).toMatch(/^default-src 'none'; .*trusted-types switchback$/);
    expect(await policyOf('worker.js')).toMatch(/^default-src 'none'; .*script-src 'wasm-unsafe-eval'; trusted-types 'none'$/);
  });

  test('sends every answer with a strict policy and Trusted Types: files, JSON, pictures, streams and refusals', async () => {
    const page = [
      'index.html',
      'rules.html',
      'rules.json',
      'worker.js',
      'page.js',
      'page.css',
      'dataplane.wasm',
      'licences.txt',
      'nothing.js',
    ];
    const labs = ['', `/${LAB}`, `/${LAB}/layout`, `/${LAB}/bundle`, `/${LAB}/graph`, `/${LAB}/events/stream`, '/nothing'];
    const others = ['/switchback.html', '/healthz', '/readyz', '/metrics', '/openapi.json', '/nothing', '/v1/session', '/%zz'];
    for (const path of [...page.map((name) => `/page/${name}`), ...labs.map((name) => `/v1/labs${name}`), ...others]) {
      const answer = await fetch(`${url}${path}`);
      await answer.body?.cancel();
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy, path).toMatch(/^default-src 'none'; /);
      expect(policy, path).toContain("require-trusted-types-for 'script'");
      expect(policy, path).toMatch(/trusted-types (?:switchback|'none')$/);
      expect(policy, path).not.toMatch(/https?:|'unsafe-(?:eval|inline)'|\*/);
    }
  });

  test('opens a living lab, proves it, and proves what comes after a command', async () => {
    const one = await opened();
    await proven(one, await positions());
    await one.page.getByText('● live').waitFor();
    const before = await positions();
    await command('crash a');
    const end = await positions();
    expect(end).toBeGreaterThan(before);
    await proven(one, end);
    await expect.poll(() => one.page.locator('.at').textContent()).toBe(`At #${end}`);
    await one.page.locator('#search').fill('NeighbourUpdated');
    await one.page.locator('#search').press('Enter');
    await expect.poll(() => one.page.locator('p.event').textContent()).toContain(' NeighbourUpdated ');
    await one.page.getByRole('tab', { name: 'Why' }).click();
    const rule = one.page
      .getByRole('list', { name: /^Rules that applied/ })
      .getByRole('link')
      .first();
    const id = (await rule.textContent()) ?? '';
    const [told] = await Promise.all([one.page.context().waitForEvent('page'), rule.click()]);
    await expect.poll(() => told.locator(`#${id}`).textContent()).toBe(`${id} ${ruleNamed(id)?.title}`);
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });

  test('names an event that was tampered with on its way, and takes none behind it', async () => {
    const one = await watched(browser, (address) => address.startsWith(url));
    const from = await positions();
    await one.page.route('**/events/stream*', (route) => {
      const forged = {
        position: from + 1,
        atNs: 0,
        type: 'CommandReceived',
        cause: 0,
        data: { command: 'crash b' },
        chain: '0'.repeat(64),
      };
      return route.fulfill({ contentType: 'text/event-stream', body: `id: ${from + 1}\ndata: ${JSON.stringify(forged)}\n\n` });
    });
    await one.page.goto(`${url}/page/index.html#/${LAB}`);
    const refused = one.page.getByText(/refused: .*its chain does not follow/);
    await refused.waitFor();
    await expect.poll(() => refused.textContent()).toContain(`position ${from + 1}`);
    await proven(one, from);
    await one.page.context().close();
  });

  test('asks for the token to read where the server wants one, refuses a wrong one, and opens the lab of its address with the right one', async () => {
    const guarded = createApi(service, { token: TOKEN, readToken: READ_TOKEN, page: pathToFileURL(`${join(place, 'page')}/`) });
    const own = await listen(guarded, { host: '127.0.0.1', port: 0 });
    const one = await watched(browser, (address) => address.startsWith(own));
    const { page } = one;
    await page.goto(`${own}/page/index.html#/${LAB}`);
    const form = page.getByRole('form', { name: 'Reading' });
    const field = form.getByLabel('Token', { exact: true });
    await field.waitFor();
    expect(await field.evaluate((element) => element === document.activeElement), 'the field has the focus').toBe(true);
    expect(await page.getByText('The server has no lab').count()).toBe(0);
    await page.keyboard.type('a-wrong-one');
    await page.keyboard.press('Enter');
    await expect.poll(() => form.getByRole('alert').textContent()).toContain('this is not it');
    expect(await field.inputValue()).toBe('');
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    expect(await page.evaluate(async () => (await (globalThis as unknown as AxePage).axe.run()).violations)).toEqual([]);
    await page.keyboard.type(READ_TOKEN);
    await page.keyboard.press('Enter');
    await proven(one, await positions());
    await page.getByText('● live').waitFor();
    expect(page.url()).not.toContain(READ_TOKEN);
    // The cookie is the browser's: no script sees it, and the page opens again without being asked.
    expect(await page.evaluate(() => [document.cookie, JSON.stringify(sessionStorage)].join(''))).not.toContain('reader');
    await page.reload();
    await page.getByText('● live').waitFor();
    // That it was refused is what the browser itself says of the answer.
    expect(one.faults.filter((fault) => !fault.includes('status of 401'))).toEqual([]);
    await page.context().close();
    await guarded.close();
  });

  test('goes on with what it has when the server dies', async () => {
    const one = await opened();
    const end = await positions();
    await proven(one, end);
    await one.page.getByText('● live').waitFor();
    await closeServer();
    await one.page.getByText('server does not answer').waitFor();
    await one.page.locator('#go-to').fill('#2');
    await one.page.locator('#go-to').press('Enter');
    await expect.poll(() => one.page.locator('p.event').textContent()).toContain('#2 ');
    await expect.poll(() => one.page.locator('summary', { hasText: 'flows (' }).count()).toBeGreaterThan(0);
    // That the stream is gone is what the browser itself says of it.
    expect(one.faults.filter((fault) => !/ERR_(?:CONNECTION_REFUSED|INCOMPLETE|EMPTY|NETWORK)|net::/.test(fault))).toEqual([]);
  });
});
