/**
 * What one does in the page: a fork with a changed policy, compared with its original and with the command line's; and commands to a living
 * lab, with the token, and with refusals.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/page.ts';
import { createApi } from '../../ts/api/api.ts';
import { listen } from '../../ts/api/listen.ts';
import { LINK_CHARACTERS_MAX } from '../../ts/bundle/link.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { reportText } from '../../ts/picture/report.ts';
import { captureLab } from '../../ts/services/ask/capture-lab.ts';
import { forkLab } from '../../ts/services/debug/fork-lab.ts';
import type { LabService } from '../../ts/services/living/lab-service.ts';
import { openLabService } from '../../ts/services/open-service.ts';
import { reportLab } from '../../ts/services/picture/report-lab.ts';
import { lineOf } from '../../ts/services/publish/describe-event.ts';
import { AUTHORIZED, TOKEN } from '../api/answers.ts';
import { TWO_HOSTS } from '../api/recorded-lab.ts';
import { needs } from '../needs.ts';
import { openBrowser, type WatchedPage, watched } from './browser.ts';
import { bundleOfLab, type MadeBundle } from './bundles.ts';
import { linkOfLab } from './links.ts';
import { prove, SinglePage } from './single-page.ts';

const FORKED = 'garp-blocked-by-arp-inspection';

const goTo = async (page: Page, moment: string): Promise<void> => {
  await page.locator('#go-to').fill(moment);
  await page.locator('#go-to').press('Enter');
  await page.keyboard.press('Escape');
};
const fill = (page: Page, form: string, field: string, text: string) =>
  page.getByRole('form', { name: form }).getByLabel(field, { exact: true }).fill(text);

needs('chromium')('a fork in the page', () => {
  let single: SinglePage;
  let made: MadeBundle;
  let one: WatchedPage;
  beforeAll(async () => {
    [single, made] = await Promise.all([SinglePage.build(), bundleOfLab(FORKED)]);
    one = await single.open();
    await prove(one, made.bytes);
  });
  afterAll(async () => {
    expect(one?.faults).toEqual([]);
    await single?.close();
  });

  const compared = () => one.page.getByRole('region', { name: 'The fork compared' });

  test('with a changed policy it says what each flow lost or gained, as the command line does, and opens beside its original', async () => {
    const { page } = one;
    const log = openMemoryLog();
    await log.append(FORKED, 0, made.records);
    const set = [{ of: 'psw-in', property: 'arp-inspection', value: 'off' }];
    const order = { lab: FORKED, at: { position: 1 }, name: 'fork', replace: false, set };
    const { difference, chain, position } = await forkLab(log, order);
    await goTo(page, '#1');
    await page.keyboard.press('5');
    await fill(page, 'Fork', 'Set', 'psw-in.arp-inspection=off');
    await page.getByRole('button', { name: 'Fork', exact: true }).click();
    const rows = compared().getByRole('region', { name: 'Flows that fare differently' }).locator('tbody tr');
    const expected = difference.flows.map(({ name, a, b, lost, gained }) => {
      const verdict = lost > 0 ? `${lost} fewer` : gained > 0 ? `${gained} more` : 'as many';
      return [name, a?.received, b?.received, a?.lost, b?.lost, verdict].join('');
    });
    expect(expected.length).toBeGreaterThan(0);
    await expect.poll(() => rows.allTextContents()).toEqual(expected);
    const first = difference.events.first?.b;
    await compared()
      .locator('.first')
      .getByRole('button', { name: `#${first?.position}` })
      .last()
      .click();
    await expect.poll(() => page.locator('h1').textContent()).toBe(`${FORKED}-fork`);
    await expect.poll(() => page.locator('.at').textContent()).toBe(`At #${first?.position}`);
    const badge = page.locator('.badge.proven');
    await expect.poll(() => badge.textContent()).toContain(`proven #1–#${position}`);
    await expect.poll(() => badge.getAttribute('title')).toContain(chain);
    await compared().getByRole('button', { name: 'Show the original' }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe(FORKED);
    await expect.poll(() => badge.getAttribute('title')).toContain(made.chain);
  });

  test('a change that cannot be made is refused in a sentence, and so is none', async () => {
    const { page } = one;
    const fork = page.getByRole('region', { name: 'Fork', exact: true });
    const refused = () => fork.getByRole('alert').textContent();
    await fill(page, 'Fork', 'Set', 'nowhere.mtu=9000');
    await fork.getByRole('button', { name: 'Fork', exact: true }).click();
    await expect.poll(refused).toContain('there is no node "nowhere"');
    await fill(page, 'Fork', 'Set', '');
    await fork.getByRole('button', { name: 'Fork', exact: true }).click();
    await expect.poll(refused).toContain('needs a setting, a command, or a step');
  });

  test('the frames of an interface are downloaded as the very bytes that the command line captures', async () => {
    const { page } = one;
    const log = openMemoryLog();
    await log.append(FORKED, 0, made.records);
    const pieces: Uint8Array[] = [];
    const request = { interfaces: ['fw1:eth1'], fromNs: 0, toNs: Number.MAX_SAFE_INTEGER - 1 };
    await captureLab(log, FORKED, request, (piece) => pieces.push(piece));
    const part = page.getByRole('region', { name: 'Take away' });
    await part.getByLabel('Frames at').selectOption('fw1:eth1');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      part.getByRole('button', { name: 'Download the frames as pcapng' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${FORKED}-fw1-eth1.pcapng`);
    expect(Buffer.compare(readFileSync(await download.path()), Buffer.concat(pieces))).toBe(0);
  });

  test('the report of a moment is the very page that the command line writes, but for a layout that takes a library', async () => {
    const { page } = one;
    const log = openMemoryLog();
    await log.append(FORKED, 0, made.records);
    const asked = { lab: FORKED, until: { position: 60 }, file: null, describe: lineOf, limitMs: 1 };
    const onNode = reportText(await reportLab(log, asked));
    await goTo(page, '#60');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download a report for a ticket' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${FORKED}-60.html`);
    expect(readFileSync(await download.path(), 'utf8')).toBe(onNode);
  });

  test('the bundle that is downloaded proves the same chain, and a link to the lab has the moment', async () => {
    const { page } = one;
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('region', { name: 'Take away' }).getByRole('button', { name: 'Download the bundle' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${FORKED}.sbk`);
    const bytes = readFileSync(await download.path());
    await page.getByRole('button', { name: 'Link: put the lab into the address' }).click();
    await expect.poll(() => page.url()).toMatch(/#lab=[\w-]+@\d+\?tab=do$/);
    const other = await single.open();
    await prove(other, bytes);
    expect(await other.page.locator('.badge.proven').getAttribute('title')).toContain(made.chain);
    expect(other.faults).toEqual([]);
    await other.page.context().close();
  });
});

const LAB = 'two-hosts';

needs('chromium')('commands in the page', () => {
  const place = mkdtempSync(join(tmpdir(), 'switchback-do-'));
  let browser: Browser;
  let service: LabService;
  let app: FastifyInstance;
  let url = '';
  let one: WatchedPage;

  beforeAll(async () => {
    await buildPage(join(place, 'page'), 'test');
    service = await openLabService({ dataDir: join(place, 'data'), roles: ['controller', 'reader'], workers: 1 });
    app = createApi(service, { token: TOKEN, page: pathToFileURL(`${join(place, 'page')}/`) });
    url = await listen(app, { host: '127.0.0.1', port: 0 });
    const headers = { ...AUTHORIZED, 'content-type': 'application/yaml' };
    const deployed = await fetch(`${url}/v1/labs/${LAB}?wait=60`, { method: 'PUT', body: TWO_HOSTS, headers });
    expect(deployed.ok, await deployed.text()).toBe(true);
    browser = await openBrowser();
    one = await watched(browser, (address) => address.startsWith(url));
    await one.page.goto(`${url}/page/index.html#/${LAB}?tab=do`);
    await one.page.getByText('● live').waitFor();
  });
  afterAll(async () => {
    // That a command was refused is what the browser itself says of the answer.
    expect(one?.faults.filter((fault) => !/status of (?:401|409|422)/.test(fault))).toEqual([]);
    await browser?.close();
    await app?.close();
    await service?.close();
    rmSync(place, { recursive: true, force: true });
  });

  const sent = () => one.page.locator('.sent li').first().textContent();
  const keep = async (token: string): Promise<void> => {
    await fill(one.page, 'Token', 'Token', token);
    await one.page.getByRole('button', { name: 'Keep the token' }).click();
    await one.page.locator('#command').waitFor();
  };
  const send = async (text: string): Promise<void> => {
    await one.page.locator('#command').fill(text);
    await one.page.locator('#command').press('Enter');
  };

  test('a wrong token is refused and asked for again; the right one lets time pass, and never stands in the address', async () => {
    const { page } = one;
    await keep('wrong');
    await send('step 1s');
    await expect.poll(sent).toMatch(/^step 1s ✘ not sent: the server wants its token/);
    await keep(TOKEN);
    await page.getByRole('button', { name: '1 s on: let one second pass' }).click();
    await expect.poll(sent).toMatch(/^step 1s ✔ up to #\d+$/);
    const end = (await service.log.head(LAB))?.position ?? 0;
    await expect.poll(() => page.locator('.badge.proven:not(.link)').textContent()).toContain(`#1–#${end}`);
    expect(page.url()).not.toContain(TOKEN);
  });

  test('a command is completed and carried out; one that the lab refuses comes back with its reason', async () => {
    const { page } = one;
    await page.locator('#command').fill('crash ');
    const lines = () =>
      page.locator('#command-lines option').evaluateAll((all) => all.map((option) => option.getAttribute('value')));
    await expect.poll(lines).toEqual(['crash a', 'crash b', 'crash sw']);
    await send('crash a');
    await expect.poll(sent).toMatch(/^crash a ✔ up to #\d+$/);
    await send('crash a');
    await expect.poll(sent).toMatch(/^crash a ✘ refused: \S/);
    await send('crush a');
    await expect.poll(sent).toMatch(/^crush a ✘ not sent: .*crash/);
  });

  test('a fork of a living lab is played here: the lab on the server stays as it is, and is live again when the page goes back', async () => {
    const { page } = one;
    const before = await service.log.head(LAB);
    await fill(page, 'Fork', 'Run', 'crash b');
    await page.getByRole('button', { name: 'Fork', exact: true }).click();
    await page.getByRole('button', { name: `Show the fork ${LAB}-fork` }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe(`${LAB}-fork`);
    await expect.poll(() => page.getByText('● live').count()).toBe(0);
    expect(await page.getByRole('form', { name: 'Command' }).count()).toBe(0);
    expect(await service.log.labs()).toEqual([LAB]);
    expect(await service.log.head(LAB)).toEqual(before);
    await page.getByRole('button', { name: 'Show the original' }).click();
    await page.getByText('● live').waitFor();
    await expect.poll(() => page.locator('h1').textContent()).toBe(LAB);
  });

  test('a lab that follows the clock is paused and goes on', async () => {
    const { page } = one;
    const lab = 'clocked';
    const body = TWO_HOSTS.replace('name: two-hosts', `name: ${lab}`);
    const headers = { ...AUTHORIZED, 'content-type': 'application/yaml' };
    const deployed = await fetch(`${url}/v1/labs/${lab}?wait=60&pace=10x`, { method: 'PUT', body, headers });
    expect(deployed.ok, await deployed.text()).toBe(true);
    // Once the page has written where it stands.
    await expect.poll(() => page.url()).toMatch(new RegExp(`#/${LAB}@\\d+\\?tab=do$`));
    const before = page.url();
    // No load: the page itself opens the lab of an address that somebody wrote.
    await page.goto(`${url}/page/index.html#/${lab}?tab=do`);
    await expect.poll(() => page.locator('h1').textContent()).toBe(lab);
    await page.getByRole('button', { name: 'Let no time pass' }).click();
    await expect.poll(sent).toMatch(/^Let no time pass ✔/);
    await page.getByRole('button', { name: 'Time at 0.1x' }).click();
    await expect.poll(sent).toMatch(/^Time at 0.1x ✔/);
    await page.getByRole('button', { name: 'Let time pass again' }).click();
    await expect.poll(sent).toMatch(/^Let time pass again ✔/);
    await page.goto(`${url}/page/index.html#/${LAB}@1?tab=do`);
    await expect.poll(() => page.locator('h1').textContent()).toBe(LAB);
    await expect.poll(() => page.locator('.at').textContent()).toBe('At #1');
    await page.goto(before);
    await expect.poll(() => page.locator('.at').textContent()).not.toBe('At #1');
    await page.getByText('● live').waitFor();
  });

  test.each(['ha-assigned-mac', 'azure-mmap-demotion'])('a link to %s opens in the page of a server, too', async (name) => {
    const { link, end } = await linkOfLab(name);
    expect(link.length).toBeLessThanOrEqual(LINK_CHARACTERS_MAX);
    const other = await watched(browser, (address) => address.startsWith(url));
    await other.page.goto(`${url}/page/index.html${link}`);
    const badge = other.page.locator('.badge.proven');
    await expect.poll(() => badge.textContent()).toContain(`proven #1–#${end}`);
    expect(other.faults).toEqual([]);
    await other.page.context().close();
  });

  test('time runs until it is paused', async () => {
    const { page } = one;
    const position = async (): Promise<number> => (await service.log.head(LAB))?.position ?? 0;
    const before = await position();
    await page.getByRole('button', { name: 'Let time pass until it is paused' }).click();
    await expect.poll(position).toBeGreaterThan(before + 1);
    await page.getByRole('button', { name: 'Let no more time pass' }).click();
    await page.getByRole('button', { name: 'Let time pass until it is paused' }).waitFor();
    await expect.poll(sent).toMatch(/^step 1s ✔/);
  });
});
