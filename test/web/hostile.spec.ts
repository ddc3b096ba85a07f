/** What a stranger may give the page: names that look like markup, bundles that are damaged, labs that are huge. None of it does harm. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { longLab } from '../../ts/bench/long-lab.ts';
import { CHAIN_START, nextChain } from '../../ts/model/events/chain.ts';
import { decodeBody, encodeBody } from '../../ts/model/events/codec.ts';
import type { LabEvent, Payload } from '../../ts/model/events/events.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { needs } from '../needs.ts';
import { recordsOf, shippedLab } from '../support/recorded-lab.ts';
import type { WatchedPage } from './browser.ts';
import { bundleOf, bundleOfLab } from './bundles.ts';
import { choose, prove, SinglePage } from './single-page.ts';

const LAB = 'ha-assigned-mac';
const MARKUP = '<img src=x onerror="document.title=`harmed`"><script>document.title="harmed"</script>';

needs('chromium')('a page that is given what it should not be given', () => {
  let single: SinglePage;
  beforeAll(async () => {
    single = await SinglePage.build();
  });
  afterAll(() => single?.close());

  /** Ends a page that showed what it was given: nothing went wrong in it, and nothing of it ran. */
  const unharmed = async ({ page, faults }: WatchedPage): Promise<void> => {
    expect(await page.title()).toBe('Switchback');
    expect(await page.locator('#app img, #app script').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  };

  test('names that look like markup are shown as the texts they are', async () => {
    const { bytes } = await bundleOf('hostile', renamed(recordsOf(shippedLab(LAB)), 'client1', MARKUP));
    const one = await single.open();
    await choose(one, bytes);
    await expect.poll(() => one.page.locator('.tree .name').allTextContents()).toContain(MARKUP);
    await one.page.getByRole('button', { name: /^Next drop/ }).waitFor();
    for (const tab of ['Why', 'Frames', 'State'] as const) await one.page.getByRole('tab', { name: tab }).click();
    await expect.poll(() => one.page.getByRole('region', { name: 'neighbours', exact: true }).textContent()).toContain(MARKUP);
    await unharmed(one);
  });

  test('a damaged bundle is refused wherever it is damaged, and a sound one opens after each', async () => {
    const { bytes } = await bundleOfLab(LAB);
    const one = await single.open();
    const archive = gunzipSync(bytes);
    const damaged: readonly (readonly [what: string, bytes: Buffer])[] = [
      ['not compressed', archive],
      ['cut off', bytes.subarray(0, bytes.length - 100)],
      ['empty', Buffer.alloc(0)],
      ['archive cut off', gzipSync(archive.subarray(0, archive.length / 2))],
      ['manifest', gzipSync(changed(archive, 600))],
      ['records', gzipSync(changed(archive, archive.length - 4000))],
    ];
    for (const [what, file] of damaged) {
      await choose(one, file);
      await expect
        .poll(() => one.page.getByRole('alert').allTextContents(), { message: what })
        .toEqual([expect.stringMatching(/\S/)]);
      expect(await one.page.locator('.badge.proven').count(), what).toBe(0);
      await prove(one, bytes);
      expect(await one.page.getByRole('alert').count(), what).toBe(0);
    }
    await unharmed(one);
  });

  test('a history that no engine would decide is shown, and is not proven', async () => {
    const definition = decodeBody(recordsOf(shippedLab(LAB))[0]?.body ?? new Uint8Array(0));
    const records = [...longLab(definition as Payload & { readonly type: 'LabDefined' }, 20_000)];
    const { bytes } = await bundleOf('long', records);
    const one = await single.open();
    await choose(one, bytes);
    await expect.poll(() => one.page.locator('.moment').textContent()).toContain(' of 20000 ');
    await expect.poll(() => one.page.locator('.badge.diverged').textContent()).toContain('differs at #2');
    await one.page.locator('#go-to').fill('#10000');
    await one.page.locator('#go-to').press('Enter');
    await expect.poll(() => one.page.locator('p.event').textContent()).toContain('#10000 ');
    await unharmed(one);
  });
});

/** An archive with one bit of a byte changed. */
function changed(archive: Buffer, at: number): Buffer {
  const copy = Buffer.from(archive);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

/** The same history with other names, as sound as a forger can make it: each record follows from the one before it. */
function renamed(records: readonly LogRecord[], from: string, to: string): LogRecord[] {
  const rename = (field: string, text: string): string =>
    text.replaceAll(from, field === 'definition' ? JSON.stringify(to).slice(1, -1) : to);
  let chain: Uint8Array = CHAIN_START;
  return records.map((record) => {
    const event = decodeBody(record.body);
    const data = Object.fromEntries(
      Object.entries(event.data).map(([name, value]) => [name, typeof value === 'string' ? rename(name, value) : value]),
    );
    const body = encodeBody({ ...event, data } as unknown as LabEvent);
    chain = nextChain(chain, body);
    return { ...record, body, chain, checkpoint: null };
  });
}
