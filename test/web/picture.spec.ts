/**
 * The picture in the page, in Chromium:
 *
 *   records ─ Node ───► scene ─► tree ─► SVG text ─┐ the same
 *      └─ bundle ─► worker ─► tree ─► SVG text ────┘
 *                             └─► parts ─► elements of the document: the same tree
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { drawing } from '../../ts/picture/drawing.ts';
import type { SvgElement } from '../../ts/picture/element.ts';
import { plainLayout } from '../../ts/picture/plain-layout.ts';
import { planOf } from '../../ts/picture/plan.ts';
import { svgText } from '../../ts/picture/svg-text.ts';
import { stateAt } from '../../ts/services/ask/state-at.ts';
import { labScene } from '../../ts/services/picture/lab-picture.ts';
import { needs } from '../needs.ts';
import type { WatchedPage } from './browser.ts';
import { bundleOfLab, labsToOpen, type MadeBundle } from './bundles.ts';
import { prove, SinglePage } from './single-page.ts';

const LAB = 'ha-assigned-mac';
/** The demo's lab, and one with a guest that moves. WEB_LABS=all takes every shipped lab. */
const LABS = labsToOpen([LAB, 'vmotion']);

needs('chromium')('the picture in the page', () => {
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

  /** Moves the cursor, and waits until the picture has all that is known of the moment, and the page the state that its values lead by. */
  const goTo = async ({ page }: WatchedPage, position: number): Promise<void> => {
    await page.locator('#go-to').fill(`#${position}`);
    await page.locator('#go-to').press('Enter');
    await page.locator(`.sheet[data-shown="${position} derived"]`).waitFor({ state: 'attached' });
    // The line of the event comes behind the state.
    await page.locator('p.event', { hasText: new RegExp(`^#${position} `) }).waitFor();
  };
  const drawnOnNode = async ({ name, records }: MadeBundle, position: number): Promise<SvgElement> => {
    const log = openMemoryLog();
    await log.append(name, 0, records);
    const { scene, defined } = await labScene(log, name, { position });
    return drawing(plainLayout(planOf(defined)), scene, name);
  };
  /** The event at which the other unit becomes active. */
  const failover = (): number => {
    const found = events.find(({ type, data }) => type === 'HaStateChanged' && data.node === 'fw2' && data.to === 'active');
    return found?.position ?? 0;
  };

  test('is what the document shows: the same tree, element by element', async () => {
    for (const position of [1, failover(), made.records.length]) {
      await goTo(one, position);
      const shown = await one.page.evaluate(linesInDocument);
      expect([...shown].sort()).toEqual(linesOf(await drawnOnNode(made, position)).sort());
    }
  });

  test('follows the cursor to the failover: the role, and the mark of the MAC at the switch', async () => {
    const { page } = one;
    const crash = events.find(({ type, data }) => type === 'CommandReceived' && data.command.startsWith('crash'));
    await goTo(one, (crash?.position ?? 1) - 1);
    const roleOf = (node: string) => page.locator(`.nodes [data-node="${node}"] > text.small`).textContent();
    const marks = () =>
      page
        .locator('.picture .believes')
        .evaluateAll((all) =>
          all.map((mark) => `${mark.closest('[data-interface]')?.getAttribute('data-interface')} ${mark.getAttribute('data-mac')}`),
        );
    expect(await roleOf('fw1')).toContain('active');
    const before = await marks();
    await goTo(one, made.records.length);
    expect(await roleOf('fw2')).toContain('active');
    const after = await marks();
    expect(before.length).toBeGreaterThan(0);
    expect(after).not.toEqual(before);
  });

  test('selects the interface that is clicked, and leads from a value to the event that set it', async () => {
    const { page } = one;
    await goTo(one, made.records.length);
    await page.locator('[data-interface="fw2:eth1"] .port').click();
    await expect.poll(() => page.locator('#inspector h2').first().textContent()).toBe('fw2:eth1');
    await page.locator('.nodes [data-node="fw2"] .role').first().click();
    await expect.poll(() => page.locator('.at').textContent()).not.toBe(`At #${made.records.length}`);
    const position = Number(/\d+/.exec((await page.locator('.at').textContent()) ?? '')?.[0]);
    expect(events[position - 1]).toMatchObject({ type: 'HaStateChanged', data: { node: 'fw2', to: 'active' } });
  });

  test('leads from the MAC that an interface uses to the event that set the interface', async () => {
    const { page } = one;
    const end = made.records.length;
    await goTo(one, end);
    const log = openMemoryLog();
    await log.append(LAB, 0, made.records);
    const { recorded } = await stateAt(log, LAB, { position: end }, { derived: false });
    const since = recorded.interfaces['fw1:eth1']?.since;
    expect(since).toBeGreaterThan(0);
    await page.locator('[data-interface="fw1:eth1"] .uses').click();
    await expect.poll(() => page.locator('.at').textContent()).toBe(`At #${since}`);
  });

  test('leads from a mark of drops to the run of drops that began last there', async () => {
    const { page } = one;
    await goTo(one, made.records.length);
    await page.locator('.deaths .drops').first().click();
    await expect.poll(() => page.locator('.at').textContent()).not.toBe(`At #${made.records.length}`);
    const position = Number(/\d+/.exec((await page.locator('.at').textContent()) ?? '')?.[0]);
    expect(events[position - 1]?.type).toMatch(/^Frames?Dropped$/);
  });

  test.each(LABS)('of %s is saved as the very text that Node writes', async (name) => {
    const lab = name === made.name ? made : await bundleOfLab(name);
    const other = await single.open();
    await prove(other, lab.bytes);
    const position = Math.round(lab.records.length / 2);
    await goTo(other, position);
    const [download] = await Promise.all([
      other.page.waitForEvent('download'),
      other.page.getByRole('button', { name: 'SVG: download the picture' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toBe(svgText(await drawnOnNode(lab, position)));
    expect(other.faults).toEqual([]);
    await other.page.context().close();
  });

  test('shows frames on their way while history plays, and stands still where nothing shall move', async () => {
    const atNs = events[failover() - 1]?.atNs;
    // Behind the last event of its instant frames are on their way.
    const from = events.findLast((event) => event.atNs === atNs)?.position ?? 0;
    await goTo(one, from);
    await one.page.keyboard.press('Escape');
    await one.page.keyboard.press(' ');
    await one.page.locator('.upper .flight').first().waitFor({ state: 'attached' });
    await one.page.keyboard.press(' ');
    await expect.poll(() => one.page.locator('.upper .flight').count()).toBe(0);

    const calm = await single.open('', { reducedMotion: 'reduce' });
    await prove(calm, made.bytes);
    await goTo(calm, from);
    const flown = calm.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const shown = (): number => Number(/\d+/.exec(document.querySelector('.at')?.textContent ?? '')?.[0]);
          const end = shown() + 3;
          let count = 0;
          const watch = new MutationObserver((changes) => {
            for (const { addedNodes } of changes)
              for (const node of addedNodes) if (node instanceof Element && node.classList.contains('flight')) count++;
            // A busy machine draws two steps at once: the moment may be passed over.
            if (shown() >= end) resolve(count);
          });
          watch.observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
    );
    await calm.page.keyboard.press('Escape');
    await calm.page.keyboard.press(' ');
    expect(await flown).toBe(0);
    expect(calm.faults).toEqual([]);
    await calm.page.context().close();
  });
});

/** An element in a line: the classes it is in, its tag, its attributes, its own text. */
function linesOf({ tag, attributes, children }: SvgElement, above = ''): string[] {
  const values = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const text = children.filter((child) => typeof child === 'string').join('');
  const line = `${above}/${tag} ${JSON.stringify(values.map(([name, value]) => [name, String(value)]).sort())} ${text}`;
  const own = `${above}/${tag}.${attributes.class ?? ''}`;
  const isRoot = above === '';
  const below = children.flatMap((child) => (typeof child === 'string' ? [] : linesOf(child, isRoot ? 'svg' : own)));
  return isRoot ? below : [line, ...below];
}

/** The same of what the document shows, of both of its SVGs; what only the page adds is left out. */
function linesInDocument(): string[] {
  const lines = (element: Element, above: string): string[] => {
    if (element.matches('.halo, .flight')) return [];
    const values = [...element.attributes].map(({ name, value }) => [name, value]).sort();
    const text = [...element.childNodes].flatMap((node) => (node.nodeType === Node.TEXT_NODE ? [node.nodeValue] : [])).join('');
    const own = `${above}/${element.tagName}.${element.getAttribute('class') ?? ''}`;
    return [
      `${above}/${element.tagName} ${JSON.stringify(values)} ${text}`,
      ...[...element.children].flatMap((child) => lines(child, own)),
    ];
  };
  return [...document.querySelectorAll('.sheet > svg')].flatMap((root) =>
    [...root.children].flatMap((child) => lines(child, 'svg')),
  );
}
