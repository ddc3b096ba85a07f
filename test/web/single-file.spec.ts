/**
 * The page in one file, opened from file:// in Chromium with the network cut:
 *
 *   lab ─ Node ─► records ─► bundle ─► page ─► worker ─► re-execution
 *                    └───── chain and checkpoints are the same ─────┘
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { needs } from '../needs.ts';
import { recordsOf, shippedLab } from '../support/recorded-lab.ts';
import { bundleOf, bundleOfLab, labsToOpen } from './bundles.ts';
import { choose, prove, SinglePage } from './single-page.ts';

/** With the engine, compressed as a server would. */
const PAGE_BYTES_MAX = 250 * 1024;
/** WEB_LABS=all opens every shipped lab. */
const LABS = labsToOpen(['ha-assigned-mac', 'uplink-team']);

needs('chromium')('the page in one file', () => {
  let single: SinglePage;
  beforeAll(async () => {
    single = await SinglePage.build();
  });
  afterAll(() => single?.close());

  test('has at most 250 KB, compressed, with the engine in it', () => {
    expect(gzipSync(single.html, { level: 9 }).length).toBeLessThan(PAGE_BYTES_MAX);
  });

  test('names nothing outside of itself', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(single.html)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/https?:|'unsafe-eval'|'unsafe-inline'|\*/);
  });

  test.each(LABS)('executes %s again from its bundle, and proves the chain and every checkpoint that Node has', async (lab) => {
    const { bytes, records, chain } = await bundleOfLab(lab);
    const checkpoints = records.filter(({ checkpoint }) => checkpoint !== null).length;
    expect(checkpoints).toBeGreaterThan(0);
    const one = await single.open();
    await prove(one, bytes);
    const badge = one.page.locator('.badge.proven');
    await expect.poll(() => badge.textContent()).toContain(`proven #1–#${records.length}`);
    const title = await badge.getAttribute('title');
    expect(title).toContain(chain);
    expect(title).toMatch(new RegExp(`; ${checkpoints} checkpoints? compared$`));
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });

  test.each(['region', 'agents'] as const)('names the event whose checkpoint has another hash of the %s', async (of) => {
    const records = recordsOf(shippedLab('ha-assigned-mac'), { checkpoints: true });
    const position = records.findLast(({ checkpoint }) => checkpoint !== null)?.position ?? 0;
    const { bytes } = await bundleOf('forged', forgedAt(records, position, of));
    const one = await single.open();
    await choose(one, bytes);
    const badge = one.page.locator('.badge.diverged');
    await badge.waitFor();
    expect(await badge.textContent()).toContain(`not proven: differs at #${position}`);
    expect(await badge.textContent()).toContain('the events are identical but the state is not');
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });

  test('says of a damaged bundle what is damaged and where, and opens a sound one after it', async () => {
    const { bytes } = await bundleOfLab('ha-assigned-mac');
    const one = await single.open();
    const archive = gunzipSync(bytes);
    archive.writeUInt8(archive.readUInt8(20_000) ^ 1, 20_000);
    await choose(one, gzipSync(archive));
    const trouble = one.page.getByRole('alert');
    await trouble.waitFor();
    await expect.poll(() => trouble.textContent()).toMatch(/^bundle damaged: records\/0000000001, /);
    await prove(one, bytes);
    expect(one.faults).toEqual([]);
    await one.page.context().close();
  });
});

/** The same records with one bit of one checkpoint changed: no chain holds them, only a re-execution can tell. */
function forgedAt(records: readonly LogRecord[], position: number, of: 'region' | 'agents'): LogRecord[] {
  return records.map((record) => {
    const { checkpoint } = record;
    if (record.position !== position || checkpoint === null) return record;
    const hash = checkpoint[of].map((byte, index) => (index === 0 ? byte ^ 1 : byte));
    return { ...record, checkpoint: { ...checkpoint, [of]: hash } };
  });
}
