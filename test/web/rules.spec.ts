/**
 * The rules that applied, in the page in one file, from file:// with the network cut:
 *
 *   drop ─► its reason, its causes ─► rules, by number and title ─► what each says
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ruleNamed } from '../../ts/rules/rules.ts';
import { needs } from '../needs.ts';
import { HANGS_MS } from '../support/hangs.ts';
import { bundleOfLab } from './bundles.ts';
import { prove, SinglePage } from './single-page.ts';

/** A VF that sends with a MAC which its PF did not give it. */
const LAB = 'spoof-check';
const RULE = 'VF-07';

needs('chromium')('the rules in the page in one file', () => {
  let single: SinglePage;
  beforeAll(async () => {
    single = await SinglePage.build();
  });
  afterAll(() => single?.close());

  test('a drop names its rules, and each leads to what it says', async () => {
    const { bytes } = await bundleOfLab(LAB);
    const one = await single.open();
    await prove(one, bytes);
    await one.page.locator('#search').fill('spoof-mac: frame');
    await one.page.locator('#search').press('Enter');
    await one.page.getByRole('tab', { name: 'Why' }).click();
    const rules = one.page.getByRole('list', { name: /^Rules that applied/ });
    const line = rules.getByRole('listitem').filter({ hasText: RULE });
    await expect.poll(() => line.textContent(), { timeout: HANGS_MS }).toBe(`${RULE} ${ruleNamed(RULE)?.title}`);
    const [told] = await Promise.all([one.page.context().waitForEvent('page'), line.getByRole('link').click()]);
    const clause = ruleNamed(RULE)?.clauses[0];
    await expect.poll(() => told.locator(`#${clause?.id}`).textContent(), { timeout: HANGS_MS }).toContain(clause?.text);
    expect(new URL(told.url()).hash).toBe(`#${RULE}`);
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });

  test('a flow names the rules by which it lost frames', async () => {
    const { bytes } = await bundleOfLab(LAB);
    const one = await single.open();
    await prove(one, bytes);
    await one.page.getByRole('tab', { name: 'Why' }).click();
    await one.page
      .getByRole('button', { name: /^Why flow/ })
      .first()
      .click();
    const rules = one.page.getByRole('list', { name: /^Rules that applied/ });
    await expect.poll(() => rules.textContent(), { timeout: HANGS_MS }).toContain('VF-02');
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });
});
