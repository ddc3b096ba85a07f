/** One lab in the page: every moment of it is the one that the command line has. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainEvent } from '../../ts/debug/explain/explain-event.ts';
import { macBiography } from '../../ts/debug/explain/mac-biography.ts';
import { openLab } from '../../ts/debug/explain/open-lab.ts';
import { readFlows } from '../../ts/engine/derived.ts';
import { replayUntil } from '../../ts/engine/replay.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { stateAt } from '../../ts/services/ask/state-at.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { lineOf } from '../../ts/services/publish/describe-event.ts';
import { publishStateAt } from '../../ts/services/publish/publish-state.ts';
import type { Mac } from '../../ts/values/mac.ts';
import { needs } from '../needs.ts';
import type { WatchedPage } from './browser.ts';
import { bundleOfLab, type MadeBundle } from './bundles.ts';
import { prove, SinglePage } from './single-page.ts';

const LAB = 'ha-assigned-mac';

needs('chromium')('a lab in the page', () => {
  let single: SinglePage;
  let made: MadeBundle;
  let one: WatchedPage;
  let events: ReturnType<typeof decodeBody>[];

  beforeAll(async () => {
    [single, made] = await Promise.all([SinglePage.build(), bundleOfLab(LAB)]);
    events = made.records.map(({ body }) => decodeBody(body));
    one = await single.open();
    await prove(one, made.bytes);
  });
  afterAll(async () => {
    expect(one?.faults).toEqual([]);
    await single?.close();
  });

  const goTo = async (moment: string): Promise<void> => {
    await one.page.locator('#go-to').fill(moment);
    await one.page.locator('#go-to').press('Enter');
  };
  /** The event at which the client's entry for its gateway moves. */
  const moved = () => events.find(({ type, data }) => type === 'NeighbourUpdated' && data.node === 'client1' && data.old !== '');

  test('at the failover the neighbour entry of the client moves, and the event that moved it is one click away', async () => {
    const { page } = one;
    const at = moved();
    if (at?.type !== 'NeighbourUpdated') throw new Error('no entry of the client moves');
    const entry = page.getByRole('region', { name: 'neighbours' }).locator('tr', { hasText: 'client1' }).first();
    await goTo(`#${at.position - 1}`);
    await expect.poll(() => entry.textContent()).toContain(at.data.old);
    await page.keyboard.press('Escape');
    await page.keyboard.press('.');
    await expect.poll(() => entry.textContent()).toContain(at.data.new);
    await goTo('60s');
    await entry.getByRole('button', { name: `#${at.position}` }).click();
    await expect.poll(() => page.locator('.at').textContent()).toBe(`At #${at.position}`);
    await expect.poll(() => page.url()).toContain(`#/${LAB}@${at.position}`);
  });

  test('from an open lab, why its first frame was lost takes two clicks', async () => {
    const { page } = one;
    await goTo('#1');
    await page.getByRole('button', { name: /^Next drop/ }).click();
    await page.getByRole('tab', { name: 'Why' }).click();
    const drop = events.find(({ type }) => type === 'FrameDropped');
    const told = explainEvent(openLab(made.records), drop?.position ?? 0, { newEngine: createEngine, describe: lineOf });
    const list = page.getByRole('list', { name: 'Because, nearest first' });
    await expect.poll(() => list.locator('li').count()).toBe(told.because.length);
    const lines = await list.locator('li').allTextContents();
    for (const [index, { text, necessary }] of told.because.entries()) {
      expect(lines[index]).toContain(text);
      if (necessary !== null) expect(lines[index]).toContain(necessary ? ' necessary' : 'not necessary');
    }
  });

  test('frames around the cursor have layers and bytes', async () => {
    const { page } = one;
    await goTo(`#${moved()?.position}`);
    await page.getByRole('tab', { name: 'Frames' }).click();
    const list = page.getByRole('listbox', { name: 'Frames' });
    await page.getByLabel('Around the cursor').selectOption('0.1 ms');
    await list.getByText('(gratuitous)').first().click();
    const frame = page.locator('section.frame');
    await expect.poll(async () => (await frame.locator('summary').allTextContents()).slice(0, 2)).toEqual(['Ethernet', 'ARP']);
    await expect.poll(() => frame.locator('.hex').textContent()).toMatch(/^0000 {2}ff ff ff ff ff ff /);
  });

  test('a MAC in a table leads to its life: who had it, who believed in it, and where switches saw it move', async () => {
    const { page } = one;
    const at = moved();
    if (at?.type !== 'NeighbourUpdated') throw new Error('no entry of the client moves');
    const life = macBiography(made.records, at.data.new as Mac, createEngine);
    await goTo(`#${made.records.length}`);
    await page.getByRole('tab', { name: 'State' }).click();
    await page.getByRole('region', { name: 'neighbours', exact: true }).getByRole('button', { name: at.data.new }).first().click();
    await expect.poll(() => page.locator('.why h2').textContent()).toBe(`The life of MAC ${at.data.new}`);
    for (const name of ['owners', 'believers', 'moves', 'tables'] as const) {
      const rows = page.getByRole('region', { name, exact: true }).locator('tbody tr');
      expect([name, await rows.count()]).toEqual([name, life[name].length]);
    }
    expect(life.believers.length).toBeGreaterThan(0);
    const believer = page.getByRole('region', { name: 'believers' }).locator('tr', { hasText: 'client1' });
    await believer.getByRole('button', { name: `#${at.position}` }).click();
    await expect.poll(() => page.locator('.at').textContent()).toBe(`At #${at.position}`);
    await page.getByRole('button', { name: /^Why event #/ }).click();
  });

  test('above the time line stands what each flow carries and loses at the cursor', async () => {
    const { page } = one;
    const rates = page.getByRole('region', { name: 'Rates of flows at the cursor' });
    const [drop] = events.filter(({ type, data }) => type === 'FrameDropped' && data.reason === 'interface-down');
    if (drop === undefined) throw new Error('no frame is lost');
    const engine = createEngine();
    replayUntil(engine, made.records, { atNs: drop.atNs - 100_000_000 });
    const before = readFlows(engine);
    await goTo(`#${drop.position - 1}`);
    await expect.poll(() => rates.locator('.name').allTextContents()).toEqual(before.map(({ name }) => name));
    await expect.poll(() => rates.locator('li').first().textContent()).toMatch(/^\S+[\d,.]+\/s$/);
    // A while behind it: what was lost in the 100 ms before is told.
    const later = events.find(({ atNs }) => atNs > drop.atNs + 10_000_000);
    await goTo(`#${later?.position}`);
    await expect.poll(() => rates.textContent()).toMatch(/✗ [\d,.]+\/s lost/);
  });

  test('what differs between two moments is listed', async () => {
    const { page } = one;
    const at = moved();
    if (at?.type !== 'NeighbourUpdated') throw new Error('no entry of the client moves');
    await goTo(`#${at.position - 1}`);
    await page.getByRole('button', { name: /^Set B/ }).click();
    await goTo(`#${at.position}`);
    await page.getByRole('tab', { name: 'Diff' }).click();
    await expect.poll(() => page.locator('.only-a').textContent()).toContain(at.data.new);
    await expect.poll(() => page.locator('.only-b').textContent()).toContain(at.data.old);
    await page.getByRole('button', { name: /^B #/ }).click();
  });

  test('the state at a position is the one that Node publishes', async () => {
    const { page } = one;
    const position = (moved()?.position ?? 1) + 3;
    const log = openMemoryLog();
    await log.append(LAB, 0, made.records);
    const onNode = publishStateAt(await stateAt(log, LAB, { position }), { position });
    await page.getByRole('tab', { name: 'State' }).click();
    await goTo(`#${position}`);
    const table = page.getByRole('region', { name: 'tables' });
    await expect.poll(() => page.locator('summary', { hasText: 'tables (' }).count()).toBe(1);
    await page.locator('summary', { hasText: 'tables (' }).click();
    const expected = (onNode.derived?.tables ?? []).map(({ node, vlan, mac, interface: name, lastSeenNs, cause }) =>
      [node, vlan, mac, name, lastSeenNs, cause > 0 ? `#${cause}` : cause].join(''),
    );
    expect(expected.length).toBeGreaterThan(2);
    await expect.poll(() => table.locator('tbody tr').allTextContents()).toEqual(expected.slice(0, 200));
  });
});
