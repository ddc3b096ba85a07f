/**
 * Pictures of the page for docs: the demo's lab at its failover, light, dark and narrow.
 *
 *   npm run page-pictures -- FOLDER      (docs, if not given)
 */
import { join } from 'node:path';
import { bundleOfLab } from '../test/web/bundles.ts';
import { prove, SinglePage } from '../test/web/single-page.ts';

const LAB = 'ha-assigned-mac';
/** The client's entry for its gateway moves to the unit that took over. */
const MOMENT = '30.001s';

const LOOKS = [
  { name: 'page-light', colorScheme: 'light', viewport: { width: 1280, height: 860 } },
  { name: 'page-dark', colorScheme: 'dark', viewport: { width: 1280, height: 860 } },
  { name: 'page-narrow', colorScheme: 'light', viewport: { width: 360, height: 780 } },
] as const;

const [folder = 'docs'] = process.argv.slice(2);
const { bytes } = await bundleOfLab(LAB);
const single = await SinglePage.build();
for (const { name, ...look } of LOOKS) {
  const one = await single.open('', { ...look, reducedMotion: 'reduce' });
  await prove(one, bytes);
  await one.page.locator('#go-to').fill(MOMENT);
  await one.page.locator('#go-to').press('Enter');
  await one.page.getByText('tables (').waitFor();
  await one.page.locator('.sheet[data-shown$="derived"]').waitFor();
  await one.page.keyboard.press('Escape');
  await one.page.screenshot({ path: join(folder, `${name}.png`) });
  if (one.faults.length > 0) throw new Error(one.faults.join('\n'));
}
await single.close();
