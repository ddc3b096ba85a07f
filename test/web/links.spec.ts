/**
 * Labs in links, opened in Chromium: in the single file from file:// with the network cut, and in the page of a server.
 *
 *   lab ─ Node ─► records ─► inputs ─► #lab=… ─► page ─► worker ─► records
 *                    └────────────── chain is the same ──────────────┘
 */
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LINK_CHARACTERS_MAX } from '../../ts/bundle/link.ts';
import { needs } from '../needs.ts';
import type { WatchedPage } from './browser.ts';
import { linkOfLab } from './links.ts';
import { SinglePage } from './single-page.ts';

/** A pair that takes its MACs from the hypervisor; SR-IOV, DPDK and a driver that falls back to PacketMMAP. */
const SEEDS = ['ha-assigned-mac', 'azure-mmap-demotion'];

needs('chromium')('a lab in a link', () => {
  let single: SinglePage;
  beforeAll(async () => {
    single = await SinglePage.build();
  });
  afterAll(() => single?.close());

  const badge = ({ page }: WatchedPage) => page.locator('.badge.proven');

  test.each(SEEDS)('%s opens from 4,000 characters with the chain that Node has', async (lab) => {
    const { link, end, chain } = await linkOfLab(lab);
    expect(link.length).toBeLessThanOrEqual(LINK_CHARACTERS_MAX);
    const one = await single.open(link);
    await expect.poll(() => badge(one).textContent()).toContain(`proven #1–#${end}`);
    expect(await badge(one).getAttribute('title')).toContain(chain);
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });

  test('the address of a lab from a link names the moment, too, and is enough to see it again', async () => {
    const { link } = await linkOfLab('azure-mmap-demotion');
    const one = await single.open(link);
    await badge(one).waitFor();
    await one.page.locator('#go-to').fill('#7');
    await one.page.locator('#go-to').press('Enter');
    await expect.poll(() => one.page.url()).toMatch(new RegExp(`${link}@7$`));
    await one.page.reload();
    await badge(one).waitFor();
    await expect.poll(() => one.page.locator('.at').textContent()).toBe('At #7');
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });

  test('links that are damaged, too long, bombs, or no labs each give one sentence, and a sound one opens behind them', async () => {
    const { link, end } = await linkOfLab('azure-mmap-demotion');
    const bomb = `#lab=${deflateRawSync(new Uint8Array(2 ** 21), { level: 9 }).toString('base64url')}`;
    const script = `#lab=${deflateRawSync('<img src=x onerror=alert(1)>'.repeat(40)).toString('base64url')}`;
    const one = await single.open('#lab=');
    for (const [bad, said] of [
      ['#lab=', /^link damaged: /],
      [link.slice(0, 300), /^link damaged: expected deflate/],
      ['#lab=%3Cscript%3E', /^link damaged: expected base64url/],
      [`#lab=${'A'.repeat(100_000)}`, /^link damaged: it has 100000 characters; expected at most 3995/],
      [bomb, /^link damaged: a page holds at most 1048576 bytes/],
      [script, /^link damaged: byte 0: version 60;/],
    ] as const) {
      // An address alone is no new document: the page itself sees that it changed.
      await one.page.evaluate((fragment) => location.replace(fragment), bad);
      await expect.poll(() => one.page.getByRole('alert').allTextContents()).toEqual([expect.stringMatching(said)]);
    }
    await one.page.evaluate((fragment) => location.replace(fragment), link);
    await expect.poll(() => badge(one).textContent()).toContain(`proven #1–#${end}`);
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });
});
