/** What people see and reach of the page: contrast, names, narrow screens, keys, and no motion for those who want none. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../needs.ts';
import type { WatchedPage } from './browser.ts';
import { bundleOfLab } from './bundles.ts';
import { prove, SinglePage } from './single-page.ts';

const LAB = 'ha-assigned-mac';
const TABS = ['State', 'Diff', 'Why', 'Frames', 'Do'] as const;
const NARROW = { width: 360, height: 780 };
const WIDE = { width: 1280, height: 900 };

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

needs('chromium')('the looks of the page', () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  let single: SinglePage;
  let one: WatchedPage;
  beforeAll(async () => {
    const [built, made] = await Promise.all([SinglePage.build(), bundleOfLab(LAB)]);
    single = built;
    one = await single.open();
    await one.page.evaluate(axe);
    expect(await violations(one)).toEqual([]);
    await prove(one, made.bytes);
  });
  afterAll(async () => {
    expect(one?.faults).toEqual([]);
    await single?.close();
  });

  /** What axe finds: the rule, the element, and what to do. */
  const violations = async ({ page }: WatchedPage, rules: readonly string[] = []): Promise<string[]> => {
    const found = await page.evaluate(async (only) => {
      const { axe: tool } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: AxeViolation[] }> } };
      return (await tool.run({ preload: false, ...(only.length === 0 ? {} : { runOnly: only }) })).violations;
    }, rules);
    return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`));
  };
  const show = async (tab: (typeof TABS)[number]): Promise<void> => {
    await one.page.getByRole('tab', { name: tab }).click();
    await one.page.getByRole('tabpanel', { name: tab }).waitFor();
    // What is asked for a tab has come.
    await expect.poll(() => one.page.getByRole('tabpanel').getByRole('status').filter({ hasText: /\S/ }).count()).toBe(0);
  };

  test('axe finds nothing in any tab, light and dark', async () => {
    await one.page.locator('#go-to').fill('#60');
    await one.page.locator('#go-to').press('Enter');
    await one.page.getByRole('button', { name: /^Set B/ }).click();
    await one.page.getByRole('button', { name: /^First event/ }).click();
    await one.page.getByRole('button', { name: /^Next drop/ }).click();
    for (const tab of TABS) {
      await show(tab);
      if (tab === 'Frames') {
        await one.page.getByRole('listbox', { name: 'Frames' }).getByRole('option').first().click();
        await one.page.locator('section.frame').waitFor();
      }
      await one.page.emulateMedia({ colorScheme: 'light' });
      expect(await violations(one), `${tab}, light`).toEqual([]);
      await one.page.emulateMedia({ colorScheme: 'dark' });
      expect(await violations(one, ['color-contrast']), `${tab}, dark`).toEqual([]);
    }
    await one.page.keyboard.press('Escape');
    await one.page.keyboard.press('?');
    await one.page.getByRole('dialog').waitFor();
    expect(await violations(one), 'help').toEqual([]);
    await one.page.getByRole('button', { name: 'Close' }).click();
  });

  test('360 pixels are wide enough: nothing is beside the screen, and nothing is to be scrolled sideways but tables and the picture', async () => {
    await one.page.setViewportSize(NARROW);
    for (const tab of TABS) {
      await show(tab);
      const beside = await one.page.evaluate((width) => {
        const isInScroller = (element: Element): boolean => element.closest('.scroll, .hex, .rows, .sheet') !== null;
        const cut = [...document.querySelectorAll('body *')].filter((element) => {
          const { left, right, width: wide } = element.getBoundingClientRect();
          return (
            wide > 1 &&
            !element.matches('.sheet') &&
            !isInScroller(element.parentElement ?? element) &&
            (left < 0 || right > width + 0.5)
          );
        });
        return [document.documentElement.scrollWidth, ...cut.map(({ outerHTML }) => outerHTML.slice(0, 120))];
      }, NARROW.width);
      expect(beside, tab).toEqual([NARROW.width]);
    }
    const line = one.page.locator('p.event');
    expect(await line.evaluate((element) => element.scrollWidth <= element.clientWidth), 'the whole event can be read').toBe(true);
    await one.page.setViewportSize(WIDE);
  });

  test('Tab reaches every control, and what has the focus is seen', async () => {
    const { page } = one;
    await show('State');
    const expected = await page.evaluate(() => {
      const controls = document.querySelectorAll('button, input, select, summary, [role=slider], [role=listbox], [role=tabpanel]');
      const reached = [...controls].filter((one) => one.getAttribute('tabindex') !== '-1' && one.checkVisibility());
      for (const [index, one] of reached.entries()) one.setAttribute('data-control', String(index));
      return reached.length;
    });
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const seen = new Set<string>();
    const hidden: string[] = [];
    for (let presses = 0; presses < expected + 60 && seen.size < expected; presses++) {
      await page.keyboard.press('Tab');
      const [control, outline, html] = await page.evaluate(() => {
        const active = document.activeElement ?? document.body;
        const { outlineStyle, outlineWidth } = getComputedStyle(active);
        return [active.getAttribute('data-control'), `${outlineStyle} ${outlineWidth}`, active.outerHTML.slice(0, 80)] as const;
      });
      if (control !== null) seen.add(control);
      if (html !== '<body>' && !/^(?:solid|auto) [1-9]/.test(outline) && !html.startsWith('<body'))
        hidden.push(`${outline}: ${html}`);
    }
    expect(hidden).toEqual([]);
    expect(seen.size).toBe(expected);
  });

  test('keys move, zoom and select as the help says', async () => {
    const { page } = one;
    const at = (): Promise<string | null> => page.locator('.at').textContent();
    const slider = page.getByRole('slider');
    const press = async (key: string): Promise<void> => {
      await page.keyboard.press(key);
    };
    await slider.focus();
    await press('Home');
    await expect.poll(at).toBe('At #1');
    await press('.');
    await press('ArrowRight');
    await expect.poll(at).toBe('At #3');
    await press(',');
    await expect.poll(at).toBe('At #2');
    await press('e');
    await page.getByRole('button', { name: /^Axis: events/ }).waitFor();
    await press('n');
    await page.locator('.node[aria-pressed=true]').waitFor({ state: 'attached' });
    await press(']');
    await expect.poll(at).not.toBe('At #2');
    await press('Escape');
    await press('3');
    await expect.poll(() => page.getByRole('tab', { name: 'Why' }).getAttribute('aria-selected')).toBe('true');
    await press('1');
    await press('g');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('go-to');
    await press('Escape');
    await press('e');
  });

  test('nothing moves by itself where reduced motion is asked for, nor otherwise', async () => {
    const { page } = one;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.keyboard.press('Home');
    await page.keyboard.press('End');
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });
});

describe('the style sheet', () => {
  test('has motion only where nobody asked for less', () => {
    const css = readFileSync('ts/page/page.css', 'utf8').replace(
      /@media \(prefers-reduced-motion: no-preference\) \{[\s\S]*?\n\}\n/g,
      '',
    );
    expect(css.match(/^\s*(?:animation|transition)[\w-]*:.*$/gm) ?? []).toEqual([]);
  });
});
